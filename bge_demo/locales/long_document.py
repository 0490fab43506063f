"""The Long document tab and its result."""

from bge_demo.locales.text import Text

TEXTS = {
    "tab.document": Text("Long document", "长文档"),
    # Inputs
    "document.document": Text("Document", "文档"),
    "document.document_hint": Text(
        "Paste up to {limit} characters, or upload txt, md, html or pdf",
        "粘贴不超过 {limit} 个字符的文本，或上传 txt、md、html、pdf 文件",
    ),
    "document.query": Text("Question or query", "问题或查询"),
    "document.query_hint": Text(
        "What should be found in the document? The window sweep takes one question a line.",
        "想在文档里找什么？窗口试验可以每行写一个问题。",
    ),
    "document.summary": Text("Summary to check", "待核对的摘要"),
    "document.summary_hint": Text(
        "A summary, in any language: what does it leave out, what does it invent?",
        "任意语言的摘要：漏了什么，又多写了什么？",
    ),
    "document.window": Text("Window, tokens", "窗口长度（词元）"),
    "document.overlap": Text("Overlap, tokens", "重叠（词元）"),
    "document.upload": Text("Upload file", "上传文件"),
    "document.strip": Text("Remove markup", "去除标记"),
    "document.run": Text("Read the document", "开始分析"),
    "document.sweep_run": Text("Try window sizes", "试验窗口长度"),
    "sample.handbook": Text("handbook + question", "手册 + 问题"),
    "sample.chapter": Text("chapter + summary", "章节 + 摘要"),
    "document.empty": Text(
        "See where in a long text your question is answered, what a single vector of all of it still says, "
        "and what a summary leaves out or invents.",
        "看看长文本的哪一处回答了你的问题，整篇压成一个向量还剩多少信息，以及一份摘要漏了什么、编了什么。",
    ),
    "document.sweep_empty": Text(
        "Tries windows of 64 to 8192 tokens on this document and question, and advises one.",
        "用这份文档和问题试验 64 到 8192 个词元的窗口，并给出建议。",
    ),
    # How it was read
    "document.read_all": Text(
        "The document has {n} [n:token|tokens]. The model reads all of them in one pass.",
        "文档共 {n} 个词元，模型一次可全部读完。",
    ),
    "document.read_part": Text(
        "Read whole, the model sees the first {read} of {n} [n:token|tokens]; the rest is cut off:",
        "整篇读入时，模型只看到 {n} 个词元中的前 {read} 个，其余被截断：",
    ),
    "document.cut_here": Text("cut here", "在此截断"),
    "document.markup": Text(
        "Markup makes up {share} % of the characters and dilutes every score. “Remove markup” keeps what a reader sees.",
        "标记占全部字符的 {share} %，会稀释所有得分。点“去除标记”只保留读者看到的内容。",
    ),
    "document.one_window": Text(
        "All of it fits into one window of at most {size} tokens.",
        "全文放得进一个窗口（最多 {size} 个词元）。",
    ),
    "document.windows_apart": Text(
        "{n} [n:window|windows] of at most {size} tokens, side by side.",
        "共 {n} 个窗口，每个最多 {size} 个词元，互不重叠。",
    ),
    "document.windows": Text(
        "{n} [n:window|windows] of at most {size} tokens, {overlap} of them shared with the window before.",
        "共 {n} 个窗口，每个最多 {size} 个词元，与前一个重叠 {overlap} 个。",
    ),
    "document.no_query": Text(
        "Without a question the document is only cut into windows. Type one to see where it is answered.",
        "没有问题时只切分窗口。写一个问题，就能看到它在哪里得到回答。",
    ),
    "document.no_query_summary": Text(
        "Without a question no passage is looked for; the summary is checked below. Type a question to see where it is answered.",
        "没有问题时不查找段落；摘要的核对结果见下方。写一个问题，就能看到它在哪里得到回答。",
    ),
    # Five ways
    "document.best": Text("The passage nearest to the question", "与问题最接近的段落"),
    "document.best_at": Text(
        "window {number} of {n}, characters {start} to {end}",
        "第 {number} / {n} 个窗口，第 {start} 至 {end} 个字符",
    ),
    "document.ways": Text("Five ways to score a long document", "长文档的五种打分方式"),
    "document.way": Text("way", "方式"),
    "document.score": Text("score", "得分"),
    "document.seconds": Text("time", "用时"),
    "document.what": Text("what it is", "含义"),
    "document.whole": Text("whole", "整篇"),
    "document.whole_what": Text(
        "One vector for all that is read. The longer the text, the less of any single passage is left in it.",
        "把读到的全部压成一个向量。文本越长，单个段落留下的痕迹越少。",
    ),
    "document.mean": Text("mean of the windows", "窗口平均"),
    "document.mean_what": Text(
        "How much the document as a whole is about the question.", "整份文档在多大程度上与问题相关。"
    ),
    "document.max": Text("best window", "最佳窗口"),
    "document.max_what": Text(
        "The usual way of search: the one window nearest to the question counts.",
        "检索的通常做法：只看与问题最接近的那个窗口。",
    ),
    "document.colbert": Text("ColBERT, best window", "ColBERT 最佳窗口"),
    "document.colbert_what": Text(
        "Each token of the question finds its best match in the window; the mean of these.",
        "问题的每个词元在窗口内找最佳匹配，再取平均。",
    ),
    "document.late": Text("late chunking, best window", "后期切分最佳窗口"),
    "document.late_what": Text(
        "The document is read in passes of up to {limit} tokens and pooled per window afterwards, so each window knows its "
        "surroundings. Pooled are ColBERT rows, the token vectors this model gives out, for the question too: compare windows "
        "with each other, not with the other scores.",
        "先按每次至多 {limit} 个词元整段读入，再按窗口合并，因此每个窗口都带有上下文。合并的是模型输出的 ColBERT 词元向量，"
        "问题也同样处理：只宜在窗口之间比较，不宜与其他得分比较。",
    ),
    "document.same_time": Text("with the best window", "与最佳窗口同时算出"),
    "document.same_pass": Text("in the pass of the whole", "与整篇同一次读入"),
    # Curves
    "document.curve": Text("Similarity along the document", "沿文档的相似度"),
    "document.curve_note": Text(
        "Each step is a window (dense cosine). [n:The dot is the best place|Dots are the {n} best places that do not overlap]; choose one to read it.",
        "每一级是一个窗口（稠密余弦）。圆点是互不重叠的 {n} 个最佳位置，点选即可阅读。",
    ),
    "document.peak": Text(
        "{percent} % · characters {start} to {end}", "{percent} % · 第 {start} 至 {end} 个字符"
    ),
    "document.prefixes": Text("Similarity of a growing beginning", "开头逐渐变长时的相似度"),
    "document.prefixes_note": Text(
        "One vector for each of {n} growing beginnings, from the first {first} tokens to all {last} that are read: it rises where the "
        "answer comes in and falls as more is said after it. Best with the first {best} [best:token|tokens] ({percent} %).",
        "从前 {first} 个词元到读到的全部 {last} 个，逐渐加长共取 {n} 段开头，各算一个向量：读到答案处上升，之后内容越多越低。前 {best} 个词元时最高（{percent} %）。",
    ),
    # Coverage
    "document.coverage": Text("Summary against document", "摘要对照文档"),
    "document.coverage_line": Text(
        "{unsupported} of {n_sentences} [n_sentences:sentence|sentences] [unsupported:finds|find] no support, {differing} [differing:gives|give] another figure, {uncovered} of {n_parts} [n_parts:part|parts] "
        "are not covered.",
        "{n_sentences} 句摘要中有 {unsupported} 句找不到依据，{differing} 句数字不符；文档 {n_parts} 个部分中有 {uncovered} 个未被覆盖。",
    ),
    "document.few_probes": Text(
        "The limit of {threshold} is a rough guess: it rests on {n} [n:sentence|sentences] of this document. Check what lies near it yourself.",
        "界限 {threshold} 只是粗略估计：依据的是本文档的 {n} 个句子。接近界限的结果请自行核对。",
    ),
    "document.threshold_document": Text(
        "A sentence counts as supported from a match of {threshold}. The document says so itself: of {n} of its own sentences, "
        "each looked up with its own part left out, seven in ten match nothing better.",
        "匹配度达到 {threshold} 视为有依据。这个界限来自文档自身：取其中 {n} 句，各自去掉所在部分后再找最相近处，十句中有七句找不到更高的。",
    ),
    "document.threshold_bundled": Text(
        "A sentence counts as supported from a match of {threshold}, above 98 % of unrelated sentence pairs: the document has too few "
        "parts to set the limit itself.",
        "匹配度达到 {threshold} 视为有依据，高于 98 % 的无关句对：文档部分太少，无法自定界限。",
    ),
    "document.match_note": Text(
        "The match is half dense cosine, half ColBERT. It tells what is talked about, not whether it is true: figures are compared "
        "by rules, a denied or reversed statement may still match.",
        "匹配度一半是稠密余弦，一半是 ColBERT。它说明谈的是不是同一件事，而不是说得对不对：数字按规则核对，被否定或说反的话仍可能匹配。",
    ),
    "document.unsupported": Text("Nothing in the document says this", "文档中找不到依据的句子"),
    "document.differing": Text("Supported, but the figure differs", "有依据，但数字不符"),
    "document.uncovered": Text("Parts the summary does not cover", "摘要没有覆盖的部分"),
    "document.none": Text("None.", "没有。"),
    "document.nearest": Text("nearest ({match}):", "最接近处（{match}）："),
    "document.more": Text("and {n} more in the downloads", "另有 {n} 项，见下载文件"),
    "document.map": Text("Every sentence against every part", "逐句对照各部分"),
    "document.map_note": Text(
        "Rows are sentences of the summary, columns parts of the document from the beginning to the end; outlined from the limit up.",
        "行是摘要的句子，列是文档从头到尾的各部分；达到界限的格子带框。",
    ),
    "document.map_binned": Text(
        "{n} [n:part|parts] [n:shares|share] {columns} columns, the best of each shown.",
        "{n} 个部分合并为 {columns} 列，每格取最高值。",
    ),
    # Sweep
    "document.sweep": Text("Which window size?", "窗口多长合适？"),
    "document.sweep_advice": Text(
        "Windows of {size} tokens: the largest size at which the best window still stands out nearly as far as it ever does.",
        "建议 {size} 个词元：在最佳窗口几乎同样突出的各种长度中，这是最长的一种。",
    ),
    "document.sweep_no_advice": Text(
        "Nothing to choose by: even small windows are hardly more than two, or none stands out from the others.",
        "无从选择：再小的窗口也只有一两个，或没有窗口比其他窗口突出。",
    ),
    "document.sweep_stretch": Text(
        "Tried on characters {start} to {end}, around what is nearest to the question.",
        "仅在与问题最接近的第 {start} 至 {end} 个字符之间试验。",
    ),
    "document.sweep_size": Text("window", "窗口"),
    "document.sweep_windows": Text("windows", "窗口数"),
    "document.sweep_best": Text("best", "最高"),
    "document.sweep_median": Text("median", "中位数"),
    "document.sweep_stands_out": Text("stands out by", "突出"),
    "document.tokens": Text("{n} [n:token|tokens]", "{n} 个词元"),
    "document.time": Text("{seconds} s · {model}", "{seconds} 秒 · {model}"),
    "document.s": Text("{seconds} s", "{seconds} 秒"),
    "document.download_windows": Text("Windows (CSV)", "窗口（CSV）"),
    "document.download_coverage": Text("Coverage (CSV)", "覆盖（CSV）"),
    # Errors
    "document.bad_window": Text(
        "A window of {window} [window:token|tokens] does not fit here. Use a whole number from {least} to {most}.",
        "窗口长度 {window} 个词元不合适。请填 {least} 到 {most} 之间的整数。",
    ),
    "document.bad_overlap": Text(
        "An overlap of {overlap} [overlap:token|tokens] does not fit windows of {window}. Use a whole number from 0 to {most}.",
        "重叠 {overlap} 个词元与 {window} 个词元的窗口不匹配。请填 0 到 {most} 之间的整数。",
    ),
    "document.file_type": Text(
        "This kind of file cannot be read here. Choose one of: {types}.",
        "无法读取这种文件。请选择以下之一：{types}。",
    ),
    "document.not_taken": Text(
        "{problem} The box above was left as it is: nothing in it comes from this file.",
        "{problem}上面的文本框保持原样，其中的内容不来自该文件。",
    ),
    "document.file_empty": Text(
        "There is no text in the file. Choose another one, or paste the text.",
        "文件中没有文本。请换一个文件，或直接粘贴文本。",
    ),
    "document.not_pdf": Text(
        "The file is named .pdf, but its content is no PDF. If it is a text, name it .txt; else save it as PDF again.",
        "文件名以 .pdf 结尾，但内容不是 PDF。若是文本，请改名为 .txt；否则请重新存为 PDF。",
    ),
    "document.pdf_unreadable": Text(
        "The PDF is broken or locked with a password. Save it again without a password, or paste the text.",
        "PDF 已损坏或设有密码。请另存为无密码的文件，或直接粘贴文本。",
    ),
    "document.pdf_pictures": Text(
        "The {n_pages} [n_pages:page|pages] of the PDF [n_pages:holds|hold] pictures, no text. Run text recognition over it first, or paste the text.",
        "PDF 的 {n_pages} 页都是图片，没有文本。请先做文字识别，或直接粘贴文本。",
    ),
}
