"""The Tune weights tab, its verdicts, and what can be wrong with labelled pairs."""

from bge_demo.locales.text import Text

TEXTS = {
    # Labelled pairs
    "pairs.not_list": Text(
        'The pairs must come as a list of {{"text_a", "text_b", "label"}}, at least one.',
        '句对必须以 {{"text_a", "text_b", "label"}} 的列表给出，至少一对。',
    ),
    "pairs.not_pair": Text(
        "Row {row} has no text_a and text_b. Give every row both texts and a label.",
        "第 {row} 行缺少 text_a 或 text_b。请让每一行都有两段文本和一个标签。",
    ),
    "pairs.no_labels": Text(
        "No row has two texts and a label. Label some pairs, for example with 1 and 0 or yes and no.",
        "没有一行同时有两段文本和标签。请先给一些句对标注，例如 1 和 0，或 是 和 否。",
    ),
    "pairs.no_text_a": Text(
        "{n} [n:row|rows] without text A [n:was|were] left out: {rows}.",
        "已略去 {n} 行，缺少文本 A：第 {rows} 行。",
    ),
    "pairs.no_text_b": Text(
        "{n} [n:row|rows] without text B [n:was|were] left out: {rows}.",
        "已略去 {n} 行，缺少文本 B：第 {rows} 行。",
    ),
    "pairs.no_texts": Text(
        "{n} [n:row|rows] with neither text A nor text B [n:was|were] left out: {rows}.",
        "已略去 {n} 行，文本 A 与文本 B 都缺少：第 {rows} 行。",
    ),
    "pairs.lacks_text_a": Text("The row has no text A.", "该行没有文本 A。"),
    "pairs.lacks_text_b": Text("The row has no text B.", "该行没有文本 B。"),
    "pairs.lacks_texts": Text("The row has neither text A nor text B.", "该行既没有文本 A，也没有文本 B。"),
    "pairs.unlabelled": Text(
        "{n} [n:row|rows] [n:has|have] no label ({rows}). [n:It is|They are] not counted, but offered below as labels worth having.",
        "{n} 行没有标签（第 {rows} 行），不计入，但会在下文作为值得标注的句对列出。",
    ),
    "pairs.repeated": Text(
        "{n} [n:row|rows] [n:repeats|repeat] an earlier pair ({rows}). [n:It stays|They stay] on the same side of every fold, so nothing leaks, but [n:it|they] "
        "count twice.",
        "{n} 行与前面的句对重复（第 {rows} 行）。它们总在同一折中，不会泄漏，但被计了两次。",
    ),
    "pairs.contradicting": Text(
        "{n} [n:row|rows] [n:gives|give] an earlier pair another label ({rows}). No weights can satisfy both: correct one of them.",
        "{n} 行给前面的同一句对标了不同的标签（第 {rows} 行）。没有权重能同时满足两者，请改正其一。",
    ),
    "pairs.related_from": Text(
        "Labels from {value} on count as related, those below as unrelated.",
        "标签从 {value} 起计为相关，低于它的计为不相关。",
    ),
    "labels.unknown": Text(
        "{n} [n:label is|labels are] not understood: {labels} ([n:row|rows] {rows}). Use numbers, or words such as yes/no, 是/否, да/нет, ja/nein.",
        "有 {n} 个标签无法理解：{labels}（第 {rows} 行）。请使用数字，或 是/否、yes/no、да/нет、ja/nein 这样的词。",
    ),
    # What cannot be tuned
    "tune.one_class": Text(
        "[n:The only label is|All {n} labels are] {label}: {metric} compares related with unrelated pairs and cannot be given. Add pairs of the "
        "other kind.",
        "{n} 个标签全是 {label}：{metric} 要比较相关与不相关的句对，无法计算。请加入另一类句对。",
    ),
    "tune.positive_from": Text(
        "With related from {value} on, all pairs are of one kind; the labels run from {lowest} to {highest}. Choose a value between.",
        "若从 {value} 起算相关，所有句对都属于同一类；标签的范围是 {lowest} 到 {highest}。请取其间的值。",
    ),
    "tune.nothing_to_hold_out": Text(
        "There is nothing to hold out: {n_groups} independent [n_groups:group|groups] of pairs, {n_rarer} [n_rarer:pair|pairs] of the rarer kind. Label at least two "
        "of each kind that share no text.",
        "没有可留出验证的数据：相互独立的句对只有 {n_groups} 组，较少的一类只有 {n_rarer} 对。每一类请至少标注两对互不共享文本的句对。",
    ),
    "tune.unknown_metric": Text(
        "Unknown metric {value!r}. Use one of: {choices}.", "未知的指标 {value!r}。可选：{choices}。"
    ),
    "tune.unknown_normalization": Text(
        "Unknown normalization {value!r}. Use one of: {choices}.",
        "未知的归一化方式 {value!r}。可选：{choices}。",
    ),
    "tune.not_a_number": Text("{value!r} is not a number.", "{value!r} 不是数字。"),
    "tune.cost": Text(
        "The cost of a miss must be above 0; got {value}.", "漏判的代价必须大于 0；收到 {value}。"
    ),
    # Warnings
    "tune.few_pairs": Text(
        "{n} [n:pair|pairs] [n:is|are] too few for a decision: read the intervals where there are any, not the figures, and label at least {enough}.",
        "{n} 对太少，不足以下结论：请看区间（若有）而不是数值，并至少标注 {enough} 对。",
    ),
    "tune.few_of_a_class": Text(
        "{related} related and {others} unrelated [others:pair|pairs]: with fewer than {enough} of a kind one label more or less moves every "
        "figure.",
        "相关 {related} 对、不相关 {others} 对：某一类少于 {enough} 对时，多一个或少一个标签都会改变所有数值。",
    ),
    "tune.cut": Text(
        "In {n} [n:pair|pairs] a text was longer than the model reads and was cut: rows {rows}.",
        "有 {n} 对的文本超过模型能读的长度而被截断：第 {rows} 行。",
    ),
    # Verdicts
    "verdict.better": Text(
        "Tuning pays: {metric} {tuned} against {alone} for {head} alone, on pairs it was not fitted to ({gain}, 95 % interval {low} to "
        "{high}, {n} [n:pair|pairs]).",
        "调优有效：在未参与拟合的句对上，{metric} 为 {tuned}，仅用{head}为 {alone}（差 {gain}，95 % 区间 {low} 至 {high}，共 {n} 对）。",
    ),
    "verdict.undecided": Text(
        "{n} [n:pair is|pairs are] too few to say anything about weights: the figures below hold for [n:it|them] alone, and nothing is recommended. "
        "Label at least {enough}; until then keep the default weights.",
        "{n} 对太少，说明不了该用什么权重：下方的数值只对它们成立，不作推荐。请至少标注 {enough} 对；在此之前请沿用默认权重。",
    ),
    "verdict.too_few": Text(
        "No better than {head} alone on [n:this 1 pair|these {n} pairs]: {metric} {tuned} against {alone} on pairs held out. About {needed} "
        "pairs would be needed to see this difference ({gain}).",
        "在这 {n} 对上并不优于仅用{head}：留出句对上 {metric} 为 {tuned}，对照 {alone}。要看出这一差别（{gain}）约需 {needed} 对。",
    ),
    "verdict.nothing_to_gain": Text(
        "Nothing to gain: on pairs held out, tuned weights are no better than {head} alone ({metric} {tuned} against {alone}, {n} "
        "[n:pair|pairs]). Use {head} alone.",
        "没有可得的提升：在留出句对上，调优后的权重不优于仅用{head}（{metric} {tuned} 对 {alone}，共 {n} 对）。仅用{head}即可。",
    ),
    "verdict.perfect": Text(
        "Nothing to gain: {head} alone already tells all {n} [n:pair|pairs] apart ({metric} {alone}; tuned {tuned}). Harder pairs would say "
        "more.",
        "没有可得的提升：仅用{head}就能分开全部 {n} 对（{metric} {alone}；调优后 {tuned}）。更难的句对才能说明更多。",
    ),
    "verdict.chance": Text(
        "Nothing to gain: no head tells [n:this 1 pair|these {n} pairs] apart better than chance ({head}: {metric} {alone}, 95 % interval {low} to "
        "{high}; tuned {tuned}). Check the labels, or label more pairs.",
        "没有可得的提升：没有一种表示能比随机更好地分开这 {n} 对（{head}：{metric} {alone}，95 % 区间 {low} 至 {high}；调优后 {tuned}）。"
        "请检查标签，或标注更多句对。",
    ),
    "metric.auc": Text("AUC", "AUC（区分度）"),
    "metric.average_precision": Text("average precision", "平均精度"),
    "metric.spearman": Text("Spearman correlation", "Spearman 相关"),
    "metric.ndcg": Text("nDCG", "nDCG（排序质量）"),
    # The box of pairs
    "pairs.box": Text("Labelled pairs", "标注句对"),
    "pairs.placeholder": Text(
        "text A ⇥ text B ⇥ label, one pair a line: 1/0, yes/no or grades. Tabs, commas or semicolons between; paste from a "
        "spreadsheet. At most {limit} pairs.",
        "每行一对：文本 A ⇥ 文本 B ⇥ 标签（1/0、是/否或等级），以制表符、逗号或分号分隔；可直接从表格粘贴。最多 {limit} 对。",
    ),
    "pairs.upload": Text("Upload pairs", "上传句对"),
    "pairs.empty_box": Text(
        "The box of pairs is empty. Paste some, upload a file and press “Use this file” below its preview, or take a sample.",
        "句对框为空。请粘贴句对，或上传文件并在其预览下方点“采用此文件”，或使用示例。",
    ),
    "pairs.no_columns": Text(
        "The pairs have one column only. Put a tab, comma or semicolon between text A, text B and the label. Full-width ones (，；) are read "
        "only where every line has exactly two of them and a label at its end.",
        "句对只有一列。请用制表符、逗号或分号分隔文本 A、文本 B 和标签。全角的（，；）仅在每行恰好有两个且行末是标签时才能识别。",
    ),
    "pairs.first_line_is_header": Text(
        "The first line is taken for the names of the columns. If it is a pair, put a line with text_a, text_b and label above it, divided in the same way.",
        "首行视为列名。如果它是一对句子，请在它上面加一行 text_a、text_b、label，用同样的分隔符隔开。",
    ),
    "pairs.count": Text("{n} labelled [n:pair|pairs]", "{n} 对已标注"),
    "pairs.in_file": Text(
        "This file has {n} labelled [n:pair|pairs], which are not in the box yet.",
        "该文件有 {n} 对已标注的句对，尚未放入框中。",
    ),
    "pairs.columns": Text("columns:", "列："),
    "pairs.labels": Text("labels:", "标签："),
    "pairs.unreadable": Text(
        "{n} [n:row|rows] cannot be read and [n:is|are] left out: {rows}.",
        "{n} 行无法读取，已略去：第 {rows} 行。",
    ),
    # The tab
    "tab.tune": Text("Tune weights", "权重调优"),
    "sample.pairs_all": Text("512 pairs in 16 languages", "16 种语言 512 对"),
    "sample.pairs_en": Text("32 English pairs", "英文 32 对"),
    "sample.pairs_zh": Text("32 Chinese pairs", "中文 32 对"),
    "tune.metric": Text("Measure", "指标"),
    "metric.automatic": Text("by the labels", "按标签自动选择"),
    "tune.normalization": Text("Scores", "得分处理"),
    "tune.miss_cost": Text(
        "Cost of missing a related pair, in false alarms: higher misses fewer, with more false alarms (0: best F1)",
        "漏掉一对相关句的代价，折合误报几对：越大漏得越少，误报越多（0：取最佳 F1）",
    ),
    "tune.run": Text("Tune", "调优"),
    "tune.use": Text("Use the recommended weights in every tab", "在所有标签页使用推荐权重"),
    "tune.use_anyway": Text("Use these weights in every tab all the same", "仍要在所有标签页使用这组权重"),
    "tune.forget": Text("Back to the default weights", "恢复默认权重"),
    "tune.import": Text("Load weights (JSON)", "载入权重（JSON）"),
    "tune.used": Text(
        "In use in every tab: {weights}. Only you see them; this browser keeps them.",
        "所有标签页正在使用：{weights}。仅对您生效，并保存在此浏览器中。",
    ),
    "tune.forgotten": Text("Every tab uses its default weights again.", "所有标签页已恢复默认权重。"),
    "tune.nothing_yet": Text("There is no result yet. Press Tune first.", "还没有结果。请先点“调优”。"),
    "tune.not_weights": Text(
        "This file holds no weights. Load one that was downloaded here.",
        "该文件不含权重。请载入从这里下载的文件。",
    ),
    "tune.empty": Text(
        "Learn from your own pairs which weights and which threshold suit them, and whether tuning is worth it at all.",
        "用您自己的句对得出合适的权重与阈值，并看清调优是否值得。",
    ),
    # The result
    "tune.verdict": Text("Verdict", "结论"),
    "tune.recommended": Text(
        "Recommended weights for dense / sparse / ColBERT: {weights}. The button, the threshold and the downloads below use these.",
        "推荐权重（稠密 / 稀疏 / ColBERT）：{weights}。下方的按钮、阈值与下载都采用这组权重。",
    ),
    "tune.highest_here": Text(
        "Highest on these pairs, by chance or not: {weights} (dense / sparse / ColBERT). The threshold and the downloads below are of these weights.",
        "在这几对上最高的权重，可能只是偶然：{weights}（稠密 / 稀疏 / ColBERT）。下方的阈值与下载对应这组权重。",
    ),
    "tune.recommended_short": Text("recommended", "推荐"),
    "tune.highest_short": Text("highest here", "此处最高"),
    "tune.normalisation_decides": Text(
        "Normalisation decides here: with another treatment of the scores the verdict would differ. Compare the three tuned rows.",
        "此处归一化方式起决定作用：换一种得分处理，结论就会不同。请比较三行调优结果。",
    ),
    "tune.cannot_carry_over": Text(
        "A score divided by the text's own cannot be used by the other tabs; for them the best head is recommended.",
        "除以文本自身得分的做法无法用于其他标签页，因此为它们推荐最好的单一表示。",
    ),
    "tune.figures": Text(
        "{metric} on pairs held out, with 95 % intervals", "留出句对上的 {metric} 与 95 % 区间"
    ),
    "tune.weights": Text("weights", "权重"),
    "tune.interval": Text("95 % interval", "95 % 区间"),
    "tune.interval_none": Text("none", "无"),
    "tune.interval_none_note": Text(
        "Interval “none”: all resamples gave the same figure, as the pairs are too few or too alike to tell how far it may be off.",
        "区间为“无”：所有重采样的结果相同，句对太少或太相似，无法判断误差有多大。",
    ),
    "tune.heads": Text("One head alone (nothing is fitted)", "单一表示（无需拟合）"),
    "tune.winners": Text("Tuned weights, measured on pairs held out", "调优权重（在留出句对上测得）"),
    "tune.presets": Text("Presets (nothing is fitted)", "预设（无需拟合）"),
    "normalization.raw": Text("scores as they are", "原始得分"),
    "normalization.min-max": Text("each head stretched to 0..1", "各表示拉伸到 0..1"),
    "normalization.self-score": Text("divided by the text's own score", "除以文本自身得分"),
    "tune.figures_note": Text(
        "All rows are measured on the same [n:pair|{n} pairs] and the same resamples of them.",
        "所有行都在同样的 {n} 对及其同样的重采样上测得。",
    ),
    "tune.ternary": Text("All 231 mixes", "全部 231 种组合"),
    "tune.ternary_note": Text(
        "Stronger colour: higher figure. The ring is the mix that fits all pairs best: {weights} ({figure}; fitted, so a little too good). A broad "
        "plateau means that the exact weights hardly matter.",
        "颜色越深数值越高。圆圈是最贴合全部句对的组合：{weights}（{figure}，经过拟合，略偏乐观）。平台越宽，说明具体权重越不重要。",
    ),
    "tune.ternary_other": Text(
        "The weights above, {weights}, are others: that the ring is better than the best single head is not shown.",
        "上文给出的权重是 {weights}，与圆圈不同：没有证据表明圆圈优于最好的单个头。",
    ),
    "tune.roc": Text("Found against false alarms (ROC)", "召回与误报（ROC）"),
    "tune.roc_note": Text(
        "Up: share of related pairs found. Right: share of unrelated pairs accepted. The diagonal is chance.",
        "纵轴：找到的相关句对比例；横轴：误收的不相关句对比例。对角线相当于随机。",
    ),
    "tune.explain": Text("How to read this", "怎样阅读"),
    "tune.explain_held_out": Text(
        "Held out: weights are fitted to four fifths of the pairs and measured on the rest, in five turns and three divisions. Pairs that share a "
        "text or a group are never torn apart.",
        "留出：用五分之四的句对拟合权重，在其余句对上测量，轮换五次、划分三次。共享文本或同组的句对不会被分开。",
    ),
    "tune.explain_interval": Text(
        "Interval: the middle 95 % of 1000 resamples of the pairs. Tuning counts as better only where the whole interval of the difference "
        "lies above 0. Where all resamples give one figure there is none: the pairs are too few or too alike to tell how far it may be off.",
        "区间：对句对重采样 1000 次所得结果的中间 95 %。只有差值的整个区间都大于 0，才算调优更好。若所有重采样的结果相同，则不给区间：句对太少或太相似，无法判断误差。",
    ),
    "tune.explain_normalization": Text(
        "Scores as they are: as every tab adds them. Stretched: each head from its lowest to its highest score here; the same ranking is had by "
        "other weights on scores as they are, which is what the other tabs get.",
        "原始得分：与各标签页的相加方式相同。拉伸：每种表示按此处的最低到最高得分缩放；换一组权重作用于原始得分可得到相同的排序，其他标签页用的就是这组权重。",
    ),
    "tune.stores": Text(
        "These weights in Milvus, Qdrant, OpenSearch", "在 Milvus、Qdrant、OpenSearch 中使用这些权重"
    ),
    "tune.stores_note": Text(
        "Stores fuse in their own ways; a comment says where a setting is not the weighted mean of this page.",
        "各数据库的融合方式不同；若设置并非本页的加权平均，注释中会说明。",
    ),
    "tune.time": Text("{n} [n:pair|pairs] · {latency} s · {model}", "{n} 对 · {latency} 秒 · {model}"),
    "tune.threshold": Text("Where to put the cut", "阈值放在哪里"),
    "tune.threshold_at": Text("threshold", "阈值"),
    "tune.precision": Text("precision", "精确率"),
    "tune.recall": Text("recall", "召回率"),
    "tune.held_out_f1": Text("F1 on pairs held out", "留出句对上的 F1"),
    "tune.curve_table": Text("The curve at each value", "各阈值处的数值"),
    "tune.missed": Text("missed", "漏判"),
    "tune.false_alarms": Text("false alarms", "误报"),
    "tune.threshold_note": Text(
        "Pairs at or above the threshold are accepted. It is one of the score by the weights named in the verdict, as Compare prints it, "
        "and of this checkpoint alone: another model needs its own.",
        "得分不低于阈值的句对被接受。阈值针对结论中所列权重的得分（与“语义相似度”页显示的一致），且只适用于当前模型：换模型须重新确定。",
    ),
    "tune.highest_bins": Text("Score of the weights that are highest here", "此处最高权重的得分分布"),
    "tune.score_bins": Text("Score of the recommended weights", "推荐权重的得分分布"),
    "tune.dense_bins": Text("Dense cosine and the bands", "稠密余弦与分档"),
    "tune.bands_note": Text(
        "Lines at 30, 60 and 85: the bands are rules of thumb. Where your two colours meet elsewhere, trust your pairs.",
        "竖线位于 30、60、85：分档只是经验规则。若两种颜色在别处相交，请以您的句对为准。",
    ),
    "tune.related_pairs": Text("related pairs", "相关句对"),
    "tune.unrelated_pairs": Text("unrelated pairs", "不相关句对"),
    "tune.wrong": Text("Still wrong: {n} [n:pair|pairs], worst first", "仍判错的 {n} 对，最严重的在前"),
    "tune.wrong_cut": Text(
        "The first {shown} of {all}; the JSON has them all.",
        "仅显示 {all} 对中的前 {shown} 对，JSON 中有全部。",
    ),
    "tune.none_wrong": Text(
        "No pair is wrong: every one is on its side of the threshold", "没有判错：所有句对都在阈值的正确一侧"
    ),
    "tune.row": Text("row", "行"),
    "tune.label": Text("label", "标签"),
    "tune.score": Text("score", "得分"),
    "tune.compare": Text("Compare", "查看对比"),
    "tune.next_labels": Text("The next labels worth having", "接下来最值得标注的句对"),
    "tune.next_labels_note": Text(
        "Pairs of your own texts without a label whose score lies nearest to the threshold: a label there tells most.",
        "由您的文本组成、尚无标签且得分最接近阈值的句对：标注它们信息量最大。",
    ),
    "tune.highest_keep": Text(
        "The weights that are highest here and their threshold as a file:", "此处最高的权重及其阈值存为文件："
    ),
    "tune.keep_note": Text(
        "Recommended weights and their threshold as a file:", "推荐权重及其阈值存为文件："
    ),
    "tune.download_weights": Text("Download weights", "下载权重"),
}
