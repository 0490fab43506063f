"""What is wrong with a setting or a checkpoint."""

from bge_demo.locales.text import Text

TEXTS = {
    # Settings
    "settings.choice": Text(
        "{setting} cannot be {value!r}. Use one of: {choices}.",
        "{setting} 不能是 {value!r}。可选值：{choices}。",
    ),
    "settings.number": Text(
        "{setting} cannot be {value!r}. Use a whole number from 1 to {highest}.",
        "{setting} 不能是 {value!r}。请使用 1 到 {highest} 的整数。",
    ),
    "settings.auth": Text(
        "--auth / BGE_DEMO_AUTH must look like user:password.",
        "--auth / BGE_DEMO_AUTH 的格式必须是 user:password。",
    ),
    "settings.same_name": Text(
        "Two models of --models / BGE_DEMO_MODELS have the same name: {names}. Rename one of the folders.",
        "--models / BGE_DEMO_MODELS 中有两个模型同名：{names}。请重命名其中一个文件夹。",
    ),
    "settings.port_taken": Text(
        "Port {port} on {host} is already in use. Stop the program that holds it, or choose another port with "
        "--port or BGE_DEMO_PORT, such as --port {other}.",
        "{host} 的端口 {port} 已被占用。请停止占用它的程序，或用 --port 或 BGE_DEMO_PORT 换一个端口，例如 --port {other}。",
    ),
    "settings.address": Text(
        "Cannot listen on {host}:{port} ({reason}). Check --host / BGE_DEMO_HOST and --port / BGE_DEMO_PORT.",
        "无法监听 {host}:{port}（{reason}）。请检查 --host / BGE_DEMO_HOST 与 --port / BGE_DEMO_PORT。",
    ),
    "settings.device_missing": Text(
        "There is no usable device {device!r} on this machine. Use --device auto or --device cpu.",
        "本机没有可用的设备 {device!r}。请使用 --device auto 或 --device cpu。",
    ),
    "settings.fp16_needs_cuda": Text(
        "fp16 needs a CUDA device; this is {device}. Use --precision auto or --precision fp32.",
        "fp16 需要 CUDA 设备，当前是 {device}。请使用 --precision auto 或 --precision fp32。",
    ),
    "settings.openvino_needs_cpu": Text(
        "OpenVINO runs on a CPU only; this is {device}. Use --engine auto, or --device cpu.",
        "OpenVINO 只能在 CPU 上运行，当前设备是 {device}。请使用 --engine auto 或 --device cpu。",
    ),
    "settings.precision_needs_openvino": Text(
        "{precision} is offered by OpenVINO on a CPU only. Use --engine openvino with --device cpu, or --precision auto.",
        "{precision} 仅在 CPU 上的 OpenVINO 引擎中可用。请使用 --engine openvino 并设 --device cpu，或改用 --precision auto。",
    ),
    "settings.baseline": Text(
        "--baselines / BGE_DEMO_BASELINES: {value!r} is no encoder. Write an endpoint as name=https://host/v1.",
        "--baselines / BGE_DEMO_BASELINES：{value!r} 不是编码器。接口请写成 name=https://host/v1。",
    ),
    "settings.baseline_offline": Text(
        "--baselines / BGE_DEMO_BASELINES lists the endpoint {value}, but --offline forbids calls to other machines. Drop one of them.",
        "--baselines / BGE_DEMO_BASELINES 列有接口 {value}，但 --offline 禁止访问其他机器。请去掉其中之一。",
    ),
    "settings.qdrant_url": Text(
        "{url!r} is no address of a Qdrant server. Use --qdrant-url http://host:6333, or leave it empty.",
        "{url!r} 不是 Qdrant 服务器地址。请使用 --qdrant-url http://host:6333，或留空。",
    ),
    # Checkpoints
    "checkpoint.unknown": Text(
        "{model!r} is no known model and no folder. Use auto, BAAI/bge-m3, m3-compact, or a folder in BGE-M3 layout.",
        "{model!r} 既不是已知模型也不是文件夹。请使用 auto、BAAI/bge-m3、m3-compact 或 BGE-M3 格式的文件夹。",
    ),
    "checkpoint.not_cached": Text(
        "{model} is not in the local Hugging Face cache. Fetch it with: python app.py --fetch. A folder can be given with --model.",
        "本地 Hugging Face 缓存中没有 {model}。可用 python app.py --fetch 下载，或用 --model 指定文件夹。",
    ),
    "checkpoint.incomplete": Text(
        "The checkpoint {model} is incomplete: missing {files}. Copy the missing files from the original.",
        "检查点 {model} 不完整，缺少 {files}。请从原始模型复制缺失的文件。",
    ),
    "checkpoint.bad_file": Text(
        "{file} of {model} cannot be read. Copy it again from the original.",
        "无法读取 {model} 的 {file}。请从原始模型重新复制。",
    ),
    "checkpoint.other_model": Text(
        "{file} of {model} describes another kind of model ({kind}). BGE-M3 and what is tuned from it are xlm-roberta with gelu and absolute positions: use one of those.",
        "{model} 的 {file} 描述的是另一类模型（{kind}）。BGE-M3 及由其微调的模型均为使用 gelu 与绝对位置的 xlm-roberta，请改用这类模型。",
    ),
    "checkpoint.head_shape": Text(
        "{file} of {model} has the shapes {shapes}, but the model needs {expected}. Use the head saved with this model.",
        "{model} 的 {file} 形状为 {shapes}，而模型需要 {expected}。请使用与该模型一同保存的文件。",
    ),
    "checkpoint.weights_missing": Text(
        "{file} of {model} lacks {n} of the {total} weights that config.json calls for, such as {example}. Copy both "
        "files again from the original.",
        "{model} 的 {file} 缺少 config.json 所要求的 {total} 项权重中的 {n} 项，例如 {example}。请从原始模型重新复制这两个文件。",
    ),
    "checkpoint.weights_shape": Text(
        "{part} in {file} of {model} has the shape {shape}, but config.json calls for {expected}. Copy both files again "
        "from the original.",
        "{model} 的 {file} 中 {part} 形状为 {shape}，而 config.json 要求 {expected}。请从原始模型重新复制这两个文件。",
    ),
    "checkpoint.vocabulary_size": Text(
        "{file} of {model} has {tokens} tokens, but the weights have rows for {rows}: it belongs to another vocabulary. "
        "Use the tokenizer saved with this model.",
        "{model} 的 {file} 有 {tokens} 个词元，而权重有 {rows} 行：它属于另一套词表。请使用与该模型一同保存的分词器。",
    ),
    "checkpoint.vocabulary_marks": Text(
        "{file} of {model} numbers {token} as {found}, but config.json says {expected}: it belongs to another vocabulary. "
        "Use the tokenizer saved with this model.",
        "{model} 的 {file} 中 {token} 的编号为 {found}，而 config.json 为 {expected}：它属于另一套词表。请使用与该模型一同保存的分词器。",
    ),
    "checkpoint.round_trip": Text(
        "{file} of {model} does not give {text!r} back from its tokens. Use the tokenizer saved with this model.",
        "{model} 的 {file} 无法从词元还原 {text!r}。请使用与该模型一同保存的分词器。",
    ),
    "checkpoint.self_check": Text(
        "{model} was not taken: the scores of its published example come out {shift} off, so its weights or its engine are not what "
        "they should be. Try --engine torch --precision fp32; if that fails too, fetch the files again.",
        "未采用 {model}：官方示例的分数偏差达 {shift}，说明权重或引擎不对。请试 --engine torch --precision fp32；若仍失败，请重新下载文件。",
    ),
}
