"""The Deduplicate tab and its result."""

from bge_demo.locales.text import Text

TEXTS = {
    "tab.deduplicate": Text("Deduplicate", "去重聚类"),
    "duplicates.intro": Text(
        "Finds lines that say the same: exact copies first, then other words and other languages. What differs in a negation, "
        "figure, date, time or size stays apart.",
        "找出意思相同的行：先是完全相同的，再是换了说法或语言的。否定、数字、日期、时刻、尺寸不同的行不会合并。",
    ),
    "duplicates.lines": Text("Lines", "文本行"),
    "duplicates.placeholder": Text("One text a line", "每行一段文本"),
    "duplicates.file": Text(
        "or a file (csv, tsv, txt, md, jsonl, json)", "或上传文件（csv、tsv、txt、md、jsonl、json）"
    ),
    "duplicates.file_skipped": Text(
        "The rows left out ({n}) take no part, and stay in the cleaned file.",
        "未采用的 {n} 行不参与比较，清理后的文件仍含这些行。",
    ),
    "duplicates.second_area": Text(
        "Second set: does test data leak from training data?", "第二个集合：测试数据是否与训练数据重复？"
    ),
    "duplicates.second": Text("Lines of the second set", "第二个集合的文本行"),
    "duplicates.keep_label": Text("Of each group keep", "每组保留"),
    "duplicates.keep_first": Text("the first", "第一行"),
    "duplicates.keep_longest": Text("the longest", "最长的"),
    "duplicates.keep_central": Text("the most central", "最居中的"),
    "duplicates.options": Text("Options", "选项"),
    "duplicates.option_merge": Text("Merge flagged pairs too", "有标记的行对也合并"),
    "duplicates.option_fold": Text("Simplified = traditional, é = e", "简体＝繁体，é＝e"),
    "duplicates.run": Text("Find duplicates", "查找重复"),
    "duplicates.threshold_label": Text("Threshold (cosine)", "阈值（余弦）"),
    "duplicates.count": Text(
        "Lines that go: {removed} · that stay: {kept}", "去掉 {removed} 行 · 保留 {kept} 行"
    ),
    "duplicates.cannot_be_cut": Text(
        "Rows of a JSON list have no lines of their own to take out, so there is no cleaned file as it was: take the cleaned CSV, or upload JSONL.",
        "JSON 列表中的条目不是独立的行，无法从原文件中去掉，因此没有“清理后的原文件”：请下载清理后的 CSV，或改传 JSONL 文件。",
    ),
    "duplicates.count_empty": Text(
        "After a search the threshold moves without computing anew; each search begins at its own suggestion.",
        "查找之后，移动阈值无需重新计算；每次查找都从其建议值开始。",
    ),
    "duplicates.empty": Text(
        "Paste lines or take a sample; groups of duplicates appear here.",
        "粘贴文本行或选一个示例，重复的分组会显示在这里。",
    ),
    "duplicates.file_cleaned": Text("Cleaned lines, otherwise untouched", "清理后的原文件"),
    "duplicates.file_safe": Text("Cleaned CSV, safe in spreadsheets", "清理后的 CSV（表格软件安全）"),
    "duplicates.file_groups": Text("Groups as CSV", "分组 CSV"),
    "duplicates.file_answer": Text("Everything as JSON", "全部结果 JSON"),
    "sample.climate": Text("one sentence in three languages", "一句话三种语言"),
    "sample.parts": Text("parts list with sizes", "带尺寸的零件表"),
    # The result
    "duplicates.headline": Text(
        "Lines that repeat another one: {removed} of {lines} · groups: {groups}",
        "与其他行重复：{lines} 行中的 {removed} 行 · 分组：{groups}",
    ),
    "duplicates.split": Text(
        "Exact copies: {exact} · the same in other words: {meaning} (cosine of at least {threshold})",
        "完全相同：{exact} 行 · 换了说法但意思相同：{meaning} 行（余弦不低于 {threshold}）",
    ),
    "duplicates.raised": Text(
        "Below {floor} so many pairs are alike that almost everything would be one group, so {floor} was used instead of {asked}.",
        "低于 {floor} 时相似的行对太多，几乎所有行都会成为一组，因此没有用 {asked}，而用了 {floor}。",
    ),
    "duplicates.raised_unsought": Text(
        "Pairs below {floor} were not looked for, as hardly any of them say the same: {floor} was used instead of {asked}.",
        "低于 {floor} 的行对几乎不会意思相同，未作查找：没有用 {asked}，而用了 {floor}。",
    ),
    "duplicates.one_text": Text(
        "There is only one different line, so there is no pair to compare by meaning.",
        "不同的行只有一条，没有可按意思比较的行对。",
    ),
    "duplicates.truncated": Text(
        "Longer than one pass, and cut: {n} [n:line|lines].", "有 {n} 行超过一次可读的长度，已截断。"
    ),
    "duplicates.blank": Text(
        "Lines without a text ({n}) take no part and stay.", "{n} 行没有文本，不参与比较，予以保留。"
    ),
    "duplicates.unreadable": Text(
        "The CSV for spreadsheets lacks the rows that cannot be read: {n}.",
        "供表格软件用的 CSV 不含无法读取的行：{n} 行。",
    ),
    "duplicates.rows": Text(
        "Rows of the file: {all} = {used} used ({kept} kept + {removed} removed) + {left_out} left out. Those left out take no part, and stay in the cleaned file.",
        "文件共 {all} 行 = 采用 {used} 行（保留 {kept} 行 + 去掉 {removed} 行）+ 未采用 {left_out} 行。未采用的行不参与比较，清理后的文件仍含这些行。",
    ),
    "duplicates.giant": Text(
        "A group of {n} [n:line|lines]: nearly all share “{shared}”. If that is only their template, raise the threshold.",
        "有一组共 {n} 行，几乎都含有“{shared}”。如果那只是模板，请调高阈值。",
    ),
    "duplicates.histogram": Text(
        "[n:The only pair|All {n} pairs] by [n:its|their] cosine, on a logarithmic scale. Dotted: one in a thousand unrelated pairs scores above {chance}. "
        "Dashed: the suggestion, {suggested}. Solid: the threshold.",
        "全部 {n} 个行对按余弦分布（对数刻度）。点线：千分之一的无关句对高于 {chance}。虚线：建议值 {suggested}。实线：阈值。",
    ),
    "duplicates.accepted": Text("Least similar pairs inside groups", "组内最不相似的行对"),
    "duplicates.rejected": Text("Most similar pairs below the threshold", "阈值以下最相似的行对"),
    "duplicates.none_rejected": Text(
        "None of {floor} or more; less similar pairs are not looked for.",
        "没有不低于 {floor} 的；更不相似的行对未作查找。",
    ),
    "duplicates.none": Text("None.", "没有。"),
    "duplicates.groups": Text("Groups ({n})", "分组（{n}）"),
    "duplicates.no_groups": Text(
        "No line repeats another one at this threshold. The pairs nearest to it stand above.",
        "在此阈值下没有重复的行。最接近的行对见上方。",
    ),
    "duplicates.no_groups_alone": Text(
        "No line repeats another one at this threshold.", "在此阈值下没有重复的行。"
    ),
    "duplicates.members": Text("lines: {n}", "{n} 行"),
    "duplicates.lowest": Text(
        "lowest pair {score} (lines {a} and {b})", "最低的一对 {score}（第 {a} 行与第 {b} 行）"
    ),
    "duplicates.kept": Text("kept", "保留"),
    "duplicates.exact": Text("exact copy", "完全相同"),
    "duplicates.keep_this": Text("keep this one", "改为保留这行"),
    "duplicates.more_members": Text("{n} more; the CSV has them all.", "另有 {n} 行，CSV 中有全部。"),
    "duplicates.more_groups": Text(
        "The {shown} largest of {all} [all:group|groups]; the CSV has them all.",
        "仅显示 {all} 组中最大的 {shown} 组，CSV 中有全部。",
    ),
    "duplicates.more_pairs": Text(
        "The {shown} most similar of {all}; the JSON has more.",
        "仅显示 {all} 对中最相似的 {shown} 对，JSON 中有更多。",
    ),
    "duplicates.apart": Text("Similar, but they differ in a detail ({n})", "相似，但有关键差别（{n}）"),
    "duplicates.apart_note": Text(
        "Embeddings hardly see negation and numbers. These pairs are not merged; what differs is marked.",
        "嵌入模型几乎看不出否定和数字的差别。这些行对不会合并，差别已标出。",
    ),
    "duplicates.apart_none": Text(
        "No similar lines differ in a negation, figure, date, time or size.",
        "没有相似却在否定、数字、日期、时刻或尺寸上不同的行。",
    ),
    "duplicates.apart_merged": Text(
        "Embeddings hardly see negation and numbers. You chose to merge such pairs; what differs is marked.",
        "嵌入模型几乎看不出否定和数字的差别。您选择了合并这些行对，差别已标出。",
    ),
    "duplicates.flag_negation": Text("negation", "否定"),
    "duplicates.flag_digits": Text("number", "数字"),
    "duplicates.flag_date": Text("date or time", "日期或时刻"),
    "duplicates.flag_size": Text("size", "尺寸"),
    "duplicates.close": Text("Also close ({n})", "也很接近（{n}）"),
    "duplicates.close_note": Text(
        "These pairs reach the threshold, but other lines of their groups do not reach it together.",
        "这些行对达到了阈值，但它们所在组的其他行之间没有全部达到。",
    ),
    "duplicates.leaks": Text(
        "Lines of the second set that repeat one of the first: {n} of {second}",
        "第二个集合与第一个集合重复：{second} 行中的 {n} 行",
    ),
    "duplicates.map": Text("Map", "分布图"),
    "duplicates.map_note": Text(
        "{n} different [n:line|lines] on the two directions in which they differ most; lines of a group share a colour. Point at one to read it.",
        "{n} 条不同的行，投影到差异最大的两个方向；同组同色。指向一点可看内容。",
    ),
    "duplicates.heat": Text("Heat map", "热力图"),
    "duplicates.heat_note": Text(
        "Cosines of {n} [n:line|lines] by line number; · stands for below {floor}.",
        "{n} 行两两之间的余弦，按行号排列；· 表示低于 {floor}。",
    ),
    "duplicates.explain": Text("How to read this", "怎样阅读"),
    "duplicates.explain_exact": Text(
        "Exact copies differ at most in width, case and blank space. They are found without the model and counted apart.",
        "“完全相同”指最多只在全半角、大小写、空白上有差别；不经模型判断，单独计数。",
    ),
    "duplicates.explain_linkage": Text(
        "In a group every pair reaches the threshold (complete linkage), so no chain of neighbours joins ends that have nothing in "
        "common. The order of lines plays no part, and a lower threshold only joins groups.",
        "组内任意两行都达到阈值（全连接聚类），不会因为逐个相邻而把毫不相干的两端连在一起。结果与行的顺序无关；阈值调低只会合并分组。",
    ),
    "duplicates.explain_flags": Text(
        "Flags come from rules for 16 languages: negations and prohibitions, figures, ordinals, dates, times, sizes with units. They do not know "
        "opposites such as open and closed, rise and fall, before and after, nor names.",
        "标记来自 16 种语言的规则：否定与禁止、数字、序数、日期、时刻、带单位的尺寸。规则不认识“开/关”“涨/跌”“前/后”这类反义词，也不认识名称。",
    ),
    "duplicates.explain_threshold": Text(
        "The suggestion stands 0.03 above where, judging by unrelated sentences of this model, one line in a hundred would meet an "
        "unrelated one by chance. More lines get a higher suggestion.",
        "建议值比“按该模型的无关句对推算，一百行中约有一行会偶然碰上无关行”的位置高 0.03。行数越多，建议值越高。",
    ),
    "duplicates.time": Text("{seconds} s · {model}", "{seconds} 秒 · {model}"),
    # Errors
    "duplicates.nothing_yet": Text(
        "There is no search to move the threshold of yet. Press “Find duplicates” first.",
        "还没有查找结果可调阈值。请先点“查找重复”。",
    ),
    "duplicates.too_many": Text(
        "There are {n_lines} [n_lines:line|lines]; at most {limit} are allowed. Split the file, or compare its parts as two sets.",
        "共有 {n_lines} 行，最多允许 {limit} 行。请拆分文件，或把各部分作为两个集合来比较。",
    ),
    "duplicates.threshold": Text(
        "The threshold must be a number from 0 to 1; got {value}.",
        "阈值必须是 0 到 1 之间的数；收到 {value}。",
    ),
    "duplicates.keep": Text(
        "Unknown choice {value!r} of the line to keep. Use one of: {choices}.",
        "未知的保留方式 {value!r}。可选：{choices}。",
    ),
}
