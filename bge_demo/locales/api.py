"""What programs read that send a request over HTTP: fields that do not fit, and who is not let in."""

from bge_demo.locales.text import Text

TEXTS = {
    "api.place": Text("{place}", "{place}"),
    "api.body": Text(
        "The body must be one JSON object, sent with the header Content-Type: application/json.",
        "请求体必须是一个 JSON 对象，并带有请求头 Content-Type: application/json。",
    ),
    "api.not_json": Text(
        "The body is not valid JSON. Check quotes, commas and brackets.",
        "请求体不是合法的 JSON。请检查引号、逗号和括号。",
    ),
    "api.unknown_field": Text(
        "There is no field {field!r} here. Leave it out; the fields are listed in /docs.",
        "这里没有字段 {field!r}。请删去它；可用字段见 /docs。",
    ),
    "api.missing_field": Text(
        "The field {field!r} is missing. Add it; /docs shows an example.",
        "缺少字段 {field!r}。请补上；示例见 /docs。",
    ),
    "api.wrong_field": Text(
        "The field {field} must be {wanted}. Compare it with /docs.",
        "字段 {field} 必须是 {wanted}。请对照 /docs。",
    ),
    "api.kind.text": Text("a text", "文本"),
    "api.kind.whole_number": Text("a whole number", "整数"),
    "api.kind.number": Text("a number", "数字"),
    "api.kind.switch": Text("true or false", "true 或 false"),
    "api.kind.list": Text("a list", "列表"),
    "api.kind.object": Text("an object", "对象"),
    "api.kind.null": Text("null", "null"),
    "api.kind.one_of": Text("one of {choices}", "以下之一：{choices}"),
    "api.kind.file": Text("a file", "文件"),
    "api.kind.other": Text("of another kind", "其他类型"),
    "api.either": Text("{first} or {second}", "{first}或{second}"),
    "api.token_numbers": Text(
        "The input holds token numbers of another model's tokenizer; send texts. In LangChain's OpenAIEmbeddings "
        "set check_embedding_ctx_length=False.",
        "input 里是其他模型分词器的词元编号，请改为发送文本。LangChain 的 OpenAIEmbeddings 请设置 "
        "check_embedding_ctx_length=False。",
    ),
    "api.too_many_items": Text(
        "There are {n_items} items; one call takes at most {limit}. Send them in several calls.",
        "共有 {n_items} 项，一次调用最多 {limit} 项。请分多次发送。",
    ),
    "api.nothing_to_do": Text("The list is empty. Send at least one text.", "列表为空。请至少发送一段文本。"),
    "api.dimensions": Text(
        "{model} gives vectors of {dim} numbers and cannot shorten them to {value}. Leave dimensions out or set it "
        "to {dim}.",
        "{model} 的向量有 {dim} 维，无法缩短为 {value} 维。请不要设置 dimensions，或设为 {dim}。",
    ),
    "api.not_finite": Text(
        "The model gives no finite vector for {field}. Change this text, or have the server run with --precision "
        "fp32.",
        "模型对{field}没有给出有限的向量。请修改这段文本，或让服务器以 --precision fp32 运行。",
    ),
    "api.top_n": Text(
        "top_n must be at least 1; got {value}. Leave it out for all documents.",
        "top_n 至少为 1；收到 {value}。若要全部文档，请不要设置。",
    ),
    "api.not_found": Text(
        "There is nothing at {path}. /docs lists what programs may call.",
        "{path} 处没有内容。程序可调用的接口见 /docs。",
    ),
    "api.wrong_method": Text(
        "{path} takes no {method}. Use {allowed}.", "{path} 不接受 {method}。请使用 {allowed}。"
    ),
    "api.login": Text(
        "This server asks for a login. Send it as HTTP Basic, or as the API key user:password.",
        "本服务器需要登录。请以 HTTP Basic 发送，或以 user:password 作为 API key。",
    ),
    "api.login_later": Text(
        "Too many wrong logins just now. Try again in {seconds} s.",
        "刚才错误的登录过多。请 {seconds} 秒后重试。",
    ),
    "api.too_large": Text(
        "The body is larger than {limit_mb} MB. Send fewer or shorter texts.",
        "请求体超过 {limit_mb} MB。请减少或缩短文本。",
    ),
    "api.bug": Text(
        "The server failed with an unexpected error; its log has the details under {request_id}.",
        "服务器出现意外错误，详情见日志中的 {request_id}。",
    ),
}
