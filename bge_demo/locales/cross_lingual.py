"""The Cross-lingual tab and its result."""

from bge_demo.locales.text import Text

TEXTS = {
    "cross.query": Text("Query", "查询"),
    "cross.table": Text("Sentences to rank", "待排序的句子"),
    "cross.table_note": Text(
        "Edit the cells, add rows, or upload a CSV, TSV, TXT, JSONL or JSON file with the columns language, text. "
        "Mark an unrelated sentence as control.",
        "可编辑单元格、增加行，或上传含 language、text 两列的 CSV / TSV / TXT / JSONL / JSON 文件。把一句无关的话标为 control 作对照。",
    ),
    "cross.language": Text("language", "语言"),
    "cross.text": Text("sentence", "句子"),
    "cross.upload": Text("Upload file", "上传文件"),
    "cross.add_row": Text("+ row", "+ 行"),
    "cross.clear": Text("Clear", "清空"),
    "cross.filter": Text("Filter", "筛选"),
    "cross.sort_hint": Text("A click on a heading sorts.", "点击表头可排序。"),
    "cross.all_rows": Text("Show all {n} [n:row|rows]", "显示全部 {n} 行"),
    "cross.run": Text("Rank", "排序"),
    "cross.empty": Text(
        "Rank sentences of many languages by their similarity to one query.",
        "按与查询的相似度，给多种语言的句子排序。",
    ),
    "cross.title": Text("Ranked by dense cosine", "按稠密余弦排序"),
    "cross.rank": Text("#", "#"),
    "cross.similarity": Text("similarity", "相似度"),
    "cross.band": Text("band", "分档"),
    "cross.no_band": Text("none: unreadable signs ({n})", "无：有无法读取的字符（{n} 个）"),
    "cross.above_all": Text("all", "全部"),
    "cross.above": Text("above unrelated", "高于无关句对"),
    "cross.highly_related_note": Text(
        "The line in each bar marks 75 %, often the least for a translation. The bands begin elsewhere: at 30, 60 and 85 %.",
        "每条中的竖线标出 75 %，常用作判定译文的下限；分档另有界线：30、60、85 %。",
    ),
    "cross.heatmap": Text(
        "Every sentence against every other (dense cosine)", "所有句子两两比较（稠密余弦）"
    ),
    "cross.heatmap_cut": Text(
        "The first {shown} of {all} [all:text|texts]; the JSON has them all.",
        "仅显示 {all} 段文本中的前 {shown} 段，JSON 中有全部。",
    ),
    "cross.query_label": Text("query", "查询"),
    "cross.sparse_note": Text(
        "Sparse compares tokens, not meaning. {n} of {all} [all:sentence|sentences] [n:shares|share] no weighted token with the query, so their "
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
    "cross.control_wins": Text(
        "The control stands above {n} of the other {all} [all:sentence|sentences]: for this query the model does not tell these from an "
        "unrelated sentence. Read their order with care, or try another query or model.",
        "对照句排在其余 {all} 句中的 {n} 句之上：对该查询，模型没能把这些句子与无关的话区分开。请谨慎看待这一排序，或换一个查询或模型。",
    ),
    "cross.below_zero": Text(
        "A cosine below 0 counts as 0 % similar; the heat map shows it as it is.",
        "余弦低于 0 时相似度记作 0 %；热力图显示原值。",
    ),
    "cross.truncated": Text(
        "{n} of the texts were cut at {limit} tokens.", "有 {n} 段文本在 {limit} 个词元处被截断。"
    ),
    "cross.time": Text("{latency} ms · {model}", "{latency} 毫秒 · {model}"),
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
}
