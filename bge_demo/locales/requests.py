"""What is wrong with a request, and requests that end early."""

from bge_demo.locales.text import Text

TEXTS = {
    # Fields named in errors
    "field.row": Text("Row {row}", "第 {row} 行"),
    # Errors
    "input.both_blank": Text("Both texts are blank. Give them some text.", "两段文本都为空。请填入文本。"),
    "input.blank": Text("{field} is blank. Give it some text.", "{field}为空。请填入文本。"),
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
        "There is no text to work on. Give at least one.", "没有可处理的文本。请至少给出一段。"
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
        "A value does not fit its field: numbers have to lie within the limits shown. Programs: compare the inputs with /gradio_api/info.",
        "有一个值与其输入项不符：数字须在所示范围之内。程序请对照 /gradio_api/info 检查输入。",
    ),
    "input.not_finite": Text(
        "Row {row} ({start!r}): the model's numbers for this text are not finite in {precision}. Leave it out, or start the server with --precision fp32.",
        "第 {row} 行（{start!r}）：模型以 {precision} 精度为该文本算出的数值不是有限数。请去掉该文本，或以 --precision fp32 启动服务器。",
    ),
    "input.file_encoding": Text(
        "The file is no text in any encoding known here. Save it as UTF-8 and upload it again.",
        "文件不是任何已知编码的文本。请另存为 UTF-8 后重新上传。",
    ),
    "input.is_pdf": Text(
        "The file is a PDF, whatever its name ends in. Name it .pdf and upload it in Long document, or save its text as .txt in UTF-8.",
        "无论文件名以什么结尾，内容都是 PDF。请改名为 .pdf 后在“长文档”中上传，或将其文本另存为 UTF-8 的 .txt。",
    ),
    "input.is_document": Text(
        "The file is {kind}, not plain text. Save it as plain text (.txt) or CSV in UTF-8 and upload that.",
        "文件实为：{kind}，不是纯文本。请另存为 UTF-8 的纯文本（.txt）或 CSV 后上传。",
    ),
    "input.is_archive": Text(
        "The file is {kind}, not text. Unpack it and upload the text files in it.",
        "文件实为：{kind}，不是文本。请解压后上传其中的文本文件。",
    ),
    "input.is_table": Text(
        "The file is {kind}, not text. Export its rows as CSV in UTF-8 and upload that.",
        "文件实为：{kind}，不是文本。请将其中的行导出为 UTF-8 的 CSV 后上传。",
    ),
    "input.is_other": Text(
        "The file is {kind}, not text. Choose a text file, or paste the text.",
        "文件实为：{kind}，不是文本。请选择文本文件，或直接粘贴文本。",
    ),
    "kind.word": Text("a Word document", "Word 文档"),
    "kind.excel": Text("an Excel workbook", "Excel 工作簿"),
    "kind.powerpoint": Text("a PowerPoint presentation", "PowerPoint 演示文稿"),
    "kind.open_document": Text("an OpenDocument file", "OpenDocument 文件"),
    "kind.epub": Text("an EPUB book", "EPUB 电子书"),
    "kind.office": Text("an older Word, Excel or PowerPoint file", "旧版 Word、Excel 或 PowerPoint 文件"),
    "kind.rtf": Text("a Rich Text document (RTF)", "RTF 文档"),
    "kind.zip": Text("a ZIP archive", "ZIP 压缩包"),
    "kind.gzip": Text("a gzip archive", "gzip 压缩包"),
    "kind.seven_zip": Text("a 7z archive", "7z 压缩包"),
    "kind.rar": Text("a RAR archive", "RAR 压缩包"),
    "kind.picture": Text("a picture", "图片"),
    "kind.recording": Text("a sound or video recording", "音频或视频"),
    "kind.parquet": Text("a Parquet table", "Parquet 表"),
    "kind.sqlite": Text("an SQLite database", "SQLite 数据库"),
    "kind.program": Text("a program", "程序"),
    "input.not_this_encoding": Text(
        "The file is no text in the encoding {encoding}. Choose another one.",
        "文件不是 {encoding} 编码的文本。请另选编码。",
    ),
    "input.unknown_encoding": Text(
        "Unknown encoding {value!r}. Use one of: {choices}.", "未知的编码 {value!r}。可选：{choices}。"
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
    "guard.host": Text(
        "This server does not know itself as {host}. If that name is right, start it with --allowed-hosts {host} "
        "(BGE_DEMO_ALLOWED_HOSTS).",
        "本服务器不认识 {host} 这个名称。如果名称无误，请用 --allowed-hosts {host}（BGE_DEMO_ALLOWED_HOSTS）启动。",
    ),
    "guard.origin": Text(
        "A page of another site sent this request, so it is refused. Behind a proxy: pass the Host header on, or "
        "name the site in BGE_DEMO_ALLOWED_HOSTS.",
        "该请求来自其他网站的页面，已拒绝。若位于代理之后：请转发 Host 头，或在 BGE_DEMO_ALLOWED_HOSTS 中写明网站名称。",
    ),
    "guard.closed": Text("This address is closed.", "此地址已关闭。"),
    "guard.address": Text(
        "The address of this request is longer than {limit} bytes. Send long texts in the body, see /docs.",
        "请求地址超过 {limit} 字节。长文本请放在请求内容中发送，见 /docs。",
    ),
    "guard.slow": Text(
        "The body did not arrive within {seconds} s. Send it again.",
        "请求内容未在 {seconds} 秒内到达，请重新发送。",
    ),
    "answer.not_fetched": Text(
        "This answer was not fetched in time and is gone. Send the request again.",
        "该结果未及时取走，已被丢弃。请重新发送请求。",
    ),
    "answer.too_many": Text(
        "Other large answers are being read just now. Send the request again in a few seconds.",
        "当前正在传输其他大型结果。请几秒后重新发送请求。",
    ),
    "answer.unknown": Text(
        "No answer waits under this id: it was fetched already, a minute has passed, or the id is wrong. "
        "Send the request again.",
        "此编号下没有等待领取的结果：可能已被取走、已过一分钟，或编号有误。请重新发送请求。",
    ),
    "request.busy": Text(
        "{limit} [limit:request is|requests are] waiting already; no more are taken. Try again in a few seconds.",
        "已有 {limit} 个请求在等待，暂不再接受。请几秒后重试。",
    ),
    "request.stopping": Text("The server is stopping. Ask again in a moment.", "服务正在停止，请稍后重试。"),
    "request.cancelled": Text("The request was cancelled.", "请求已取消。"),
    "request.too_slow": Text(
        "No answer within {seconds} s. Send fewer or shorter texts, or try again when the server is less busy.",
        "{seconds} 秒内未能完成。请减少或缩短文本，或等服务器空闲些再试。",
    ),
}
