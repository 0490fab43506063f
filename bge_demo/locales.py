"""Every sentence the page says, in both languages side by side. Holds no logic but lookup and filling in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


class Text(NamedTuple):
    """One sentence in both languages; `{name}` is filled in."""

    en: str
    zh: str


@dataclass(frozen=True, init=False)
class Phrase:
    """A sentence of the table with its values, to be said later in either language."""

    key: str
    values: Mapping[str, object]

    def __init__(self, key: str, **values: object) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "values", values)


def say(key: str, language: Language, **values: object) -> str:
    """The sentence in one language, its values filled in; a Phrase among the values is said in the same language."""
    template: str = getattr(TEXTS[key], language)
    return template.format_map({name: _said(value, language) for name, value in values.items()})


def say_all(phrase: Phrase) -> dict[Language, str]:
    """The phrase in every language."""
    return {language: say(phrase.key, language, **phrase.values) for language in LANGUAGES}


def _said(value: object, language: Language) -> object:
    return say(value.key, language, **value.values) if isinstance(value, Phrase) else value


TEXTS: dict[str, Text] = {
    # Header and tabs
    "page.title": Text("BGE-M3 demo", "BGE-M3 演示"),
    "tab.compare": Text("Compare", "语义相似度"),
    "tab.cross": Text("Cross-lingual", "跨语言"),
    "tab.benchmark": Text("Benchmark", "性能"),
    "tab.about": Text("About", "关于"),
    # Model state
    "model.starting": Text("starting …", "正在启动……"),
    "model.loading": Text("loading the model …", "正在加载模型……"),
    "model.reads": Text("reads {n} tokens", "可读 {n} 个词元"),
    "model.ready": Text("ready", "就绪"),
    "model.failed": Text("no model: {reason}", "没有可用模型：{reason}"),
    "model.crashed": Text(
        "loading failed with an unexpected error; the server's log has the details",
        "加载时出现意外错误，详情见服务器日志",
    ),
    "model.unreachable": Text("the server does not answer", "服务器没有响应"),
    "model.waiting": Text(
        "The model is still loading. Your request waits and runs as soon as it is ready.",
        "模型仍在加载，请求会等待，就绪后立即运行。",
    ),
    "model.not_ready": Text(
        "The model was not ready within {seconds} s. Try again in a moment; the header shows its state.",
        "模型在 {seconds} 秒内未就绪。请稍后再试，页首会显示状态。",
    ),
    "model.compact_note": Text(
        "The small offline model m3-compact is answering, not BAAI/bge-m3. Its percentages run lower: "
        "a good translation scores about 57-73 %. Trust the percentile more than the band.",
        "当前由离线小模型 m3-compact 作答，并非 BAAI/bge-m3。它的百分比偏低：准确的翻译约 57–73 %。请更看重百分位而不是分档。",
    ),
    # Compare
    "compare.text_a": Text("Text A (query)", "文本 A（查询）"),
    "compare.text_b": Text("Text B (passage)", "文本 B（段落）"),
    "compare.placeholder": Text("Any language, up to {limit} characters", "任意语言，最多 {limit} 个字符"),
    "compare.weights": Text("Weights of the hybrid score", "混合得分的权重"),
    "compare.run": Text("Compare", "比较"),
    "count.tokens": Text("tokens", "词元"),
    "count.chars": Text("characters: too long", "字符：过长"),
    "compare.swap": Text("⇄ Swap", "⇄ 互换"),
    "compare.examples": Text("Try:", "试一试："),
    "compare.empty": Text(
        "Type two texts, or click an example. You will see how similar they are, which words matched, and why.",
        "输入两段文本，或点击一个示例。你将看到它们有多相似、哪些词匹配上了、为什么。",
    ),
    "preset.model-card": Text("model card 0.4 / 0.2 / 0.4", "模型卡 0.4 / 0.2 / 0.4"),
    "preset.even": Text("even mix 0.4 / 0.3 / 0.3", "均衡 0.4 / 0.3 / 0.3"),
    "preset.cross-lingual": Text("cross-lingual 0.6 / 0.1 / 0.3", "跨语言 0.6 / 0.1 / 0.3"),
    "preset.keyword": Text("keyword 0.3 / 0.5 / 0.2", "关键词 0.3 / 0.5 / 0.2"),
    "preset.long-document": Text("long document 0.3 / 0.2 / 0.5", "长文档 0.3 / 0.2 / 0.5"),
    "preset.mkqa": Text("MKQA 1 / 0.3 / 1", "MKQA 1 / 0.3 / 1"),
    "preset.custom": Text("custom …", "自定义……"),
    "sample.paraphrase": Text("paraphrase", "同义"),
    "sample.translation": Text("translation", "翻译"),
    "sample.unrelated": Text("unrelated", "无关"),
    "sample.shared_words": Text("shared words", "同词不同义"),
    "sample.question": Text("question → passage", "问题 → 段落"),
    "sample.ai": Text("AI in six sentences", "AI 主题六句"),
    "sample.luggage": Text("lost luggage", "行李丢失"),
    # Result: verdict
    "band.near-identical": Text("near-identical", "极度相似"),
    "band.related": Text("related", "语义相关"),
    "band.weakly-related": Text("weakly related", "弱相关"),
    "band.unrelated": Text("unrelated", "基本无关"),
    "verdict.percentile": Text(
        "scores above {percentile} % of unrelated sentence pairs", "高于 {percentile} % 的无关句对"
    ),
    "verdict.rule_of_thumb": Text(
        "The bands are rules of thumb for comparing sentences. Search needs its own threshold: in BAAI's example a "
        "matching query and passage score 63 %, a non-matching pair 35 %.",
        "分档只是句子相似度的经验规则。检索需要另定阈值：在 BAAI 的示例中，匹配的查询与段落为 63 %，不匹配的为 35 %。",
    ),
    "verdict.tokens": Text(
        "A {a} tokens · B {b} tokens · {latency} ms · {model}",
        "A {a} 词元 · B {b} 词元 · {latency} 毫秒 · {model}",
    ),
    "verdict.truncated": Text(
        "Text {name} is longer than the model reads at once: {used} of {all} tokens were used, the end was cut off.",
        "文本 {name} 超过模型一次能读的长度：只用了 {all} 个词元中的前 {used} 个，末尾被截断。",
    ),
    # Result: scores
    "scores.title": Text("Scores", "得分"),
    "scores.dense": Text("dense (cosine)", "稠密（余弦）"),
    "scores.sparse": Text("sparse (lexical)", "稀疏（词汇）"),
    "scores.colbert": Text("ColBERT A → B", "ColBERT A → B"),
    "scores.colbert_reverse": Text("ColBERT B → A", "ColBERT B → A"),
    "scores.sparse_dense": Text("sparse + dense", "稀疏 + 稠密"),
    "scores.hybrid": Text("hybrid", "混合"),
    "scores.hybrid_sum": Text(
        "hybrid = ({wd} × {dense} + {ws} × {sparse} + {wc} × {colbert}) ÷ {total}",
        "混合 = ({wd} × {dense} + {ws} × {sparse} + {wc} × {colbert}) ÷ {total}",
    ),
    "scores.presets": Text("The same texts under every preset", "同样的文本在各预设权重下"),
    "scores.undefined": Text("not defined: both weights are 0", "未定义：两个权重都为 0"),
    "scores.explain": Text("What these numbers mean", "这些数字是什么意思"),
    "scores.explain_dense": Text(
        "dense: the cosine between one vector per text. It sees meaning, across languages too; the percentage above "
        "is this number.",
        "稠密：每段文本一个向量，取其余弦。它看的是含义，也能跨语言；上面的百分比就是它。",
    ),
    "scores.explain_sparse": Text(
        "sparse: the sum over shared tokens of weight in A × weight in B. It sees exact words only. It is not a "
        "percentage: 0.2 is normal for two short identical texts.",
        "稀疏：对共有词元求和，A 中权重 × B 中权重。它只看完全相同的词。它不是百分比：两段相同的短文本得 0.2 也很正常。",
    ),
    "scores.explain_colbert": Text(
        "ColBERT: each token of the first text looks for its best match in the second; the score is the mean. "
        "A → B and B → A differ when one text says more than the other.",
        "ColBERT：前一文本的每个词元在后一文本中找最佳匹配，得分取平均。一方内容更多时，A → B 与 B → A 会不同。",
    ),
    "scores.explain_hybrid": Text(
        "hybrid: the weighted mean of dense, sparse and ColBERT A → B, as FlagEmbedding computes it "
        "(colbert+sparse+dense).",
        "混合：稠密、稀疏与 ColBERT A → B 的加权平均，与 FlagEmbedding 的算法一致（colbert+sparse+dense）。",
    ),
    "head.dense": Text("dense", "稠密"),
    "head.sparse": Text("sparse", "稀疏"),
    "head.colbert": Text("ColBERT", "ColBERT"),
    # Result: alignment
    "align.title": Text("Which words matched", "哪些词匹配上了"),
    "align.hint": Text(
        "Hover, tap or focus a word: its best matches in the other text light up. The stronger a word's colour, the closer its best match.",
        "悬停、点按或聚焦一个词，另一文本中的最佳匹配会亮起。底色越浓，最佳匹配越接近。",
    ),
    "align.detail_idle": Text("No word chosen.", "尚未选择词。"),
    "align.detail": Text("best matches", "最佳匹配"),
    "align.adds": Text("adds", "贡献"),
    "align.to": Text("to ColBERT", "计入 ColBERT"),
    "align.sum": Text(
        "{direction}: words {words} + marks without a word (such as the end of the text) {outside} = {score}",
        "{direction}：各词 {words} + 无对应词的标记（如文本结尾）{outside} = {score}",
    ),
    "align.heatmap": Text("Full token heat map", "完整词元热力图"),
    "align.heatmap_note": Text(
        "Rows: tokens of A. Columns: tokens of B. Each cell is the similarity of two ColBERT vectors.",
        "行为 A 的词元，列为 B 的词元，每格是两个 ColBERT 向量的相似度。",
    ),
    "align.heatmap_shown": Text(
        "Showing the strongest {rows} of {all_rows} rows and {columns} of {all_columns} columns.",
        "显示最强的 {rows}/{all_rows} 行、{columns}/{all_columns} 列。",
    ),
    "align.more": Text("Show more", "显示更多"),
    "align.no_words": Text("No visible words to align.", "没有可对齐的词。"),
    # Result: keywords
    "keywords.title": Text("Keywords", "关键词"),
    "keywords.of": Text("Text {name}", "文本 {name}"),
    "keywords.none": Text(
        "The sparse head gives no word of this text any weight.", "稀疏头没有给这段文本的任何词赋予权重。"
    ),
    "keywords.in_text": Text("Weights in the text", "文中的权重"),
    "keywords.tokens": Text("Raw tokens", "原始词元"),
    "keywords.tokens_note": Text(
        "As the model reads them; ▁ marks the start of a word.", "模型实际读到的样子；▁ 表示词的开头。"
    ),
    "keywords.tokens_cut": Text("The first {shown} of {all} tokens.", "{all} 个词元中的前 {shown} 个。"),
    "shared.title": Text("Shared tokens", "共有词元"),
    "shared.token": Text("token", "词元"),
    "shared.product": Text("A × B", "A × B"),
    "shared.total": Text("sum = sparse score", "合计 = 稀疏得分"),
    "shared.none": Text(
        "No weighted token in common, so the sparse score is 0 (a word at the start of a text can be another token than inside it). That says nothing about meaning: see dense and ColBERT.",
        "没有共有的带权词元，所以稀疏得分为 0（同一个词在文本开头与在文中可能是不同的词元）。这不代表含义无关：请看稠密与 ColBERT。",
    ),
    "shared.more": Text("{n} more tokens together", "其余 {n} 个词元合计"),
    # Downloads and links
    "download.json": Text("Download JSON", "下载 JSON"),
    "download.csv": Text("Download CSV", "下载 CSV"),
    "share.copy": Text("Copy link to these texts", "复制这两段文本的链接"),
    "share.copied": Text("Copied", "已复制"),
    "share.in_bar": Text("The link is now in the address bar", "链接已放入地址栏"),
    "share.too_long": Text("Too long for a link", "文本过长，无法生成链接"),
    # Cross-lingual
    "cross.query": Text("Query", "查询"),
    "cross.table": Text("Sentences to rank", "待排序的句子"),
    "cross.table_note": Text(
        "Edit the cells, add rows, or upload a CSV, TSV or TXT file with the columns language, text. "
        "Mark an unrelated sentence as control.",
        "可编辑单元格、增加行，或上传含 language、text 两列的 CSV / TSV / TXT 文件。把一句无关的话标为 control 作对照。",
    ),
    "cross.language": Text("language", "语言"),
    "cross.text": Text("sentence", "句子"),
    "cross.upload": Text("Upload file", "上传文件"),
    "cross.run": Text("Rank", "排序"),
    "cross.empty": Text(
        "Rank sentences of many languages by their similarity to one query.",
        "按与查询的相似度，给多种语言的句子排序。",
    ),
    "cross.title": Text("Ranked by dense cosine", "按稠密余弦排序"),
    "cross.rank": Text("#", "#"),
    "cross.similarity": Text("similarity", "相似度"),
    "cross.band": Text("band", "分档"),
    "cross.heads": Text("three heads", "三种表示"),
    "cross.above": Text("above unrelated", "高于无关句对"),
    "cross.highly_related": Text("highly related", "高度相关"),
    "cross.highly_related_note": Text(
        "★ highly related: similarity of at least 75 %", "★ 高度相关：相似度不低于 75 %"
    ),
    "cross.heatmap": Text(
        "Every sentence against every other (dense cosine)", "所有句子两两比较（稠密余弦）"
    ),
    "cross.heatmap_cut": Text(
        "The first {shown} of {all} texts; the JSON has them all.",
        "仅显示 {all} 段文本中的前 {shown} 段，JSON 中有全部。",
    ),
    "cross.query_label": Text("query", "查询"),
    "cross.sparse_note": Text(
        "Sparse compares tokens, not meaning. {n} of {all} sentences share no weighted token with the query, so their "
        "sparse score is 0 whatever they say (the best dense there is {dense}, the best ColBERT {colbert}). "
        "Across scripts only dense and ColBERT can hold.",
        "稀疏比较的是词元而不是含义。{all} 句中有 {n} 句与查询没有共有的带权词元，无论说什么稀疏得分都是 0"
        "（其中稠密最高 {dense}，ColBERT 最高 {colbert}）。跨文字时只有稠密与 ColBERT 能起作用。",
    ),
    "cross.sparse_note_all": Text(
        "Every sentence shares at least one weighted token with the query. Add one in another script and its sparse score falls "
        "to 0, while dense and ColBERT hold.",
        "每句话都与查询至少共有一个带权词元。换成另一种文字的句子，稀疏得分会降到 0，而稠密与 ColBERT 仍然有效。",
    ),
    "cross.truncated": Text(
        "{n} of the texts were cut at {limit} tokens.", "有 {n} 段文本在 {limit} 个词元处被截断。"
    ),
    "cross.explain": Text("How to read this", "怎样阅读"),
    "cross.explain_rank": Text(
        "Sentences are ranked by the dense cosine to the query. A translation should stand above the control by a wide "
        "margin; the margin tells more than the percentage.",
        "句子按与查询的稠密余弦排序。译文应明显高于对照句；差距比百分比本身更说明问题。",
    ),
    "cross.explain_heatmap": Text(
        "The heat map compares all texts with each other: a strongly coloured block of translations beside a faint control row is what "
        "a cross-lingual model should show.",
        "热力图两两比较所有文本：译文之间颜色浓、对照句一行颜色淡，正是跨语言模型应有的样子。",
    ),
    # Benchmark
    "benchmark.lengths": Text("Tokens per text", "每段文本的词元数"),
    "benchmark.batch_sizes": Text("Texts at once", "一次处理的文本数"),
    "benchmark.run": Text("Measure", "开始测量"),
    "benchmark.cancel": Text("Cancel", "取消"),
    "benchmark.empty": Text(
        "Measure how fast the model that serves this page is on this machine. No cell begins after {seconds} s; other visitors "
        "keep being served meanwhile, and slow the measurement down.",
        "测量当前服务的模型在服务器上的速度，{seconds} 秒后不再开始新的测量。期间其他访客照常使用，但会拉低测得的速度。",
    ),
    "benchmark.command_note": Text(
        "This measures the encoder that serves, nothing else is loaded. To compare engines, precisions, memory and "
        "FlagEmbedding itself, run python -m bge_demo.benchmark --help on the machine.",
        "这里只测量正在服务的编码器，不会加载其他模型。要比较引擎、精度、内存以及 FlagEmbedding 本身，请在服务器上运行 python -m bge_demo.benchmark --help。",
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
        "Batches of {batch_size} are enough: with texts of {n_tokens} tokens they reach {speed} tokens/s, and no larger "
        "batch measured here adds more than a tenth.",
        "批大小取 {batch_size} 即可：文本长 {n_tokens} 词元时达到 {speed} 词元/秒，此处测过的更大批提升不到一成。",
    ),
    "benchmark.cost": Text(
        "A text of {n_tokens} tokens takes {latency} ms.", "一段 {n_tokens} 词元的文本需 {latency} 毫秒。"
    ),
    "benchmark.skipped": Text(
        "{n} combinations were left out because the time was up.", "因时间已到，有 {n} 种组合未测。"
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
    # Requests that end early
    "request.cancelled": Text("The request was cancelled.", "请求已取消。"),
    "request.too_slow": Text(
        "No answer within {seconds} s. Send fewer or shorter texts, or try again when the server is less busy.",
        "{seconds} 秒内未能完成。请减少或缩短文本，或等服务器空闲些再试。",
    ),
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
    "checkpoint.unknown": Text(
        "{model!r} is no known model and no folder. Use auto, BAAI/bge-m3, m3-compact, or a folder in BGE-M3 layout.",
        "{model!r} 既不是已知模型也不是文件夹。请使用 auto、BAAI/bge-m3、m3-compact 或 BGE-M3 格式的文件夹。",
    ),
    "checkpoint.not_cached": Text(
        "{model} is not in the local Hugging Face cache. The README tells how to fetch it; a folder can be given with --model.",
        "本地 Hugging Face 缓存中没有 {model}。下载方法见 README；也可用 --model 指定文件夹。",
    ),
    "checkpoint.incomplete": Text(
        "The checkpoint in {folder} is incomplete: missing {files}. Copy the missing files from the original.",
        "{folder} 中的检查点不完整，缺少 {files}。请从原始模型复制缺失的文件。",
    ),
    "checkpoint.bad_file": Text(
        "{file} in {folder} cannot be read. Copy it again from the original.",
        "无法读取 {folder} 中的 {file}。请从原始模型重新复制。",
    ),
    "checkpoint.head_shape": Text(
        "{file} in {folder} has the shapes {shapes}, but the model needs {expected}. Use the head saved with this model.",
        "{folder} 中的 {file} 形状为 {shapes}，而模型需要 {expected}。请使用与该模型一同保存的文件。",
    ),
}
