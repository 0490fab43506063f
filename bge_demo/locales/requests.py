"""What is wrong with a request, and requests that end early."""

from bge_demo.locales.text import Text

TEXTS = {
    # Fields named in errors
    "field.row": Text("Row {row}", "第 {row} 行"),
    # Errors
    "input.blank": Text(
        "{field} is blank. Type or paste some text first.", "{field}为空。请先输入或粘贴文本。"
    ),
    "input.too_long": Text(
        "{field} has {n_chars} characters; at most {limit} are allowed here. Shorten it or split it.",
        "{field}有 {n_chars} 个字符，此处最多 {limit} 个。请缩短或拆分。",
    ),
    "input.not_text": Text("{field} must be a text.", "{field}必须是文本。"),
    "input.not_list": Text("The texts must come as a list of texts.", "文本必须以列表形式给出。"),
    "input.not_sentences": Text(
        'The sentences must come as a list of {{"language", "text"}}.',
        '句子必须以 {{"language", "text"}} 的列表形式给出。',
    ),
    "input.no_rows": Text(
        "There is no text to work on. Fill in at least one row.", "没有可处理的文本。请至少填写一行。"
    ),
    "input.too_many_rows": Text(
        "There are {n_rows} rows; at most {limit} are allowed. Send fewer at once.",
        "共有 {n_rows} 行，最多允许 {limit} 行。请减少一次提交的行数。",
    ),
    "input.too_many_tokens": Text(
        "The texts have {n_tokens} tokens together; one request takes at most {limit}. Send fewer or shorter texts.",
        "文本合计 {n_tokens} 个词元，一次请求最多 {limit} 个。请减少或缩短文本。",
    ),
    "input.no_head": Text(
        "No output was asked for. Set at least one of return_dense, return_sparse, return_colbert.",
        "没有要求任何输出。请至少打开 return_dense、return_sparse、return_colbert 之一。",
    ),
    "input.weights": Text(
        "The weights must be three numbers of at least 0, not all 0; got {value}.",
        "权重必须是三个不小于 0 且不全为 0 的数；收到 {value}。",
    ),
    "input.weights_unknown": Text(
        "Unknown weights {value}. Give three numbers (dense, sparse, ColBERT) or one of: {presets}.",
        "未知的权重 {value}。请给出三个数（稠密、稀疏、ColBERT），或以下之一：{presets}。",
    ),
    "input.unknown_model": Text(
        "There is no model {value!r} here. Use one of: {choices}.",
        "这里没有模型 {value!r}。可选：{choices}。",
    ),
    "input.payload": Text(
        "The request does not fit this endpoint. Compare its inputs with /gradio_api/info.",
        "请求与该接口不符。请对照 /gradio_api/info 检查输入。",
    ),
    "input.file_encoding": Text(
        "The file is neither UTF-8 nor GB18030 text. Save it as UTF-8 and upload it again.",
        "文件既不是 UTF-8 也不是 GB18030 文本。请另存为 UTF-8 后重新上传。",
    ),
    "input.file_too_big": Text(
        "The file has {size_mb} MB; at most {limit_mb} MB are allowed. Split it.",
        "文件大小为 {size_mb} MB，最多允许 {limit_mb} MB。请拆分。",
    ),
    "request.out_of_memory": Text(
        "A text of {n_tokens} tokens does not fit into the server's free memory. Shorten it or split it, or try "
        "again when the server is less busy.",
        "一段 {n_tokens} 个词元的文本超出服务器的可用内存。请缩短或拆分，或等服务器空闲些再试。",
    ),
    # Requests that end early
    "request.cancelled": Text("The request was cancelled.", "请求已取消。"),
    "request.too_slow": Text(
        "No answer within {seconds} s. Send fewer or shorter texts, or try again when the server is less busy.",
        "{seconds} 秒内未能完成。请减少或缩短文本，或等服务器空闲些再试。",
    ),
}
