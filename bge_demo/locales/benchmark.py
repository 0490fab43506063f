"""The Benchmark tab and its result."""

from bge_demo.locales.text import Text

TEXTS = {
    "benchmark.lengths": Text("Tokens per text", "每段文本的词元数"),
    "benchmark.batch_sizes": Text("Texts at once", "一次处理的文本数"),
    "benchmark.run": Text("Measure", "开始测量"),
    "benchmark.empty": Text(
        "Measure how fast the model that serves this page is on this machine. No cell begins after {seconds} s; other visitors "
        "keep being served meanwhile, and slow the measurement down.",
        "测量当前服务的模型在服务器上的速度，{seconds} 秒后不再开始新的测量。期间其他访客照常使用，但会拉低测得的速度。",
    ),
    "benchmark.command_note": Text(
        "This measures the encoder that serves, nothing else is loaded. To compare engines, precisions, memory and "
        "FlagEmbedding itself, run python -m tools.compare_engines --help on the machine.",
        "这里只测量正在服务的编码器，不会加载其他模型。要比较引擎、精度、内存以及 FlagEmbedding 本身，请在服务器上运行 python -m tools.compare_engines --help。",
    ),
    "benchmark.title": Text("Tokens per second", "每秒词元数"),
    "benchmark.chart": Text(
        "Throughput for each length and number of texts at once", "各文本长度与批大小下的吞吐量"
    ),
    "benchmark.tokens": Text("tokens", "词元"),
    "benchmark.texts": Text("texts at once", "批大小"),
    "benchmark.p50": Text("median, ms", "中位数，毫秒"),
    "benchmark.p95": Text("95th percentile, ms", "95 百分位，毫秒"),
    "benchmark.per_second": Text("tokens/s", "词元/秒"),
    "benchmark.runs": Text("runs", "次数"),
    "benchmark.advice": Text(
        "Batches of {batch_size} are enough: with texts of {n_tokens} [n_tokens:token|tokens] they reach {speed} tokens/s, and no larger "
        "batch measured here adds more than a tenth.",
        "批大小取 {batch_size} 即可：文本长 {n_tokens} 词元时达到 {speed} 词元/秒，此处测过的更大批提升不到一成。",
    ),
    "benchmark.advice_largest": Text(
        "Batches of {batch_size} were the fastest here: texts of {n_tokens} [n_tokens:token|tokens] reach {speed} tokens/s. No larger batch was measured.",
        "此处批大小 {batch_size} 最快：文本长 {n_tokens} 词元时达到 {speed} 词元/秒；没有测过更大的批。",
    ),
    "benchmark.other_batch": Text(
        "With texts of {n_tokens} [n_tokens:token|tokens], batches of {batch_size} were faster.",
        "文本长 {n_tokens} 词元时，批大小 {batch_size} 更快。",
    ),
    "benchmark.share": Text("of the machine's limit", "占机器极限"),
    "benchmark.limit": Text(
        "A large matrix product in the same precision reached {gflops} GFLOP/s here, and reading this model's weights once took "
        "{reading} ms: the column says how near each cell comes to that. Where others use the machine meanwhile both vary, and a "
        "cell can seem to pass it. Memory of this server: {memory} MB.",
        "同精度的大矩阵乘法在这台机器上达到 {gflops} GFLOP/s，把该模型的权重读一遍用了 {reading} 毫秒：该列是各项达到此极限的比例。"
        "若其他人同时在用这台机器，两者都会波动，个别项看上去可能超过极限。本服务占用内存 {memory} MB。",
    ),
    "benchmark.cost": Text(
        "A text of {n_tokens} [n_tokens:token|tokens] takes {latency} ms.",
        "一段 {n_tokens} 词元的文本需 {latency} 毫秒。",
    ),
    "benchmark.skipped": Text(
        "{n} [n:combination|combinations] [n:was|were] left out because the time was up.",
        "因时间已到，有 {n} 种组合未测。",
    ),
    "benchmark.cancelled": Text(
        "You cancelled this run: {n} [n:combination was|combinations were] not measured any more.",
        "本次测量已被您取消：还有 {n} 种组合未测。",
    ),
    "benchmark.cancelled_early": Text(
        "The run was cancelled before anything was measured.", "尚未测得任何结果，测量就已取消。"
    ),
    "benchmark.bar_labels": Text(
        "Each bar: texts at once × tokens per text, and the tokens per second they reach.",
        "每条：一次处理的文本数 × 每段文本的词元数，以及达到的每秒词元数。",
    ),
    "benchmark.explain": Text("How this is measured", "测量方法"),
    "benchmark.explain_how": Text(
        "Every run encodes new texts of exactly that many tokens with all three heads, tokenising included, after one "
        "run that does not count. The cache cannot help, as no text comes twice.",
        "每次都用全新的、恰好这么多词元的文本，计算全部三种表示，含分词时间；首次运行不计。文本从不重复，缓存不起作用。",
    ),
    "benchmark.nothing_chosen": Text(
        "Nothing to measure. Choose at least one length that the model can read and one number of texts.",
        "没有可测量的内容。请至少选择一个模型能读的长度和一个批大小。",
    ),
}
