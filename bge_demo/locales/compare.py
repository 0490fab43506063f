"""The Compare tab and its result."""

from bge_demo.locales.text import Text

TEXTS = {
    # Compare
    "compare.text_a": Text("Text A (query)", "文本 A（查询）"),
    "compare.text_b": Text("Text B (passage)", "文本 B（段落）"),
    "compare.placeholder": Text("Any language, up to {limit} characters", "任意语言，最多 {limit} 个字符"),
    "compare.run": Text("Compare", "比较"),
    "count.tokens": Text("tokens", "词元"),
    "count.chars": Text("characters: too long", "字符：过长"),
    "compare.swap": Text("⇄ Swap", "⇄ 互换"),
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
    "sample.negation": Text("not", "“不”"),
    "sample.numbers": Text("5 / 50 million", "500 万 / 5000 万"),
    "sample.unrelated": Text("unrelated", "无关"),
    "sample.shared_words": Text("bank / bank", "同词不同义"),
    "sample.question": Text("question → answer", "问题 → 答案"),
    "sample.long": Text("long text", "长文本"),
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
    "verdict.above_all": Text("above all {n} pairs of unrelated sentences", "高于全部 {n} 对无关句子"),
    "verdict.negative": Text(
        "The cosine is below 0 ({raw}): shown as 0 %. The texts are no further apart than unrelated ones.",
        "余弦小于 0（{raw}），显示为 0 %。这并不比无关文本更远。",
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
        "Text {name} is longer than the model reads at once: {used} of {all} [all:token|tokens] [used:was|were] used, the end was cut off.",
        "文本 {name} 超过模型一次能读的长度：只用了 {all} 个词元中的前 {used} 个，末尾被截断。",
    ),
    # Result: what the scores hardly see
    "compare.strip": Text("Compare without markup", "去掉标记再比较"),
    "blind.only_a": Text("Only in A: “{only}”.", "只在 A 中：“{only}”。"),
    "blind.only_b": Text("Only in B: “{only}”.", "只在 B 中：“{only}”。"),
    "blind.both": Text(
        "Only in A: “{only_a}”, only in B: “{only_b}”.", "只在 A 中：“{only_a}”；只在 B 中：“{only_b}”。"
    ),
    "blind.near-identical": Text(
        "{where} The score barely sees it: embeddings do not judge negation, numbers or names.",
        "{where}得分几乎看不出来：向量不判断否定、数字和名称。",
    ),
    "blind.related": Text(
        "{where} The score alone does not tell it from another wording: embeddings do not judge negation, numbers or names.",
        "{where}单看得分，分不清这是含义不同还是措辞不同：向量不判断否定、数字和名称。",
    ),
    "blind.order": Text(
        "The same words in another order. The scores barely see what belongs to what.",
        "用词相同，只是顺序不同。得分几乎看不出什么与什么相对应。",
    ),
    "blind.frame": Text(
        "Both begin with “{start}”. A frame that texts share raises their score, whatever fills it.",
        "两段都以“{start}”开头。共同的句式会抬高得分，与填入的内容无关。",
    ),
    "blind.form": Text(
        "What the rules find different is form alone: {kinds}.", "按规则找到的区别只在形式上：{kinds}。"
    ),
    "form.punctuation": Text("punctuation", "标点"),
    "form.width": Text("character width", "全角与半角"),
    "form.case": Text("upper and lower case", "大小写"),
    "form.blanks": Text("blank space", "空白"),
    "form.script": Text("simplified or traditional characters", "简体与繁体"),
    "form.marks": Text("accents and vowel marks", "变音与元音符号"),
    "blind.and": Text("{first}, {second}", "{first}、{second}"),
    # Result: the three heads
    "heads.dense": Text(
        "Meaning: one vector for each text, and the angle between the two.",
        "含义：每段文本一个向量，看两者的夹角。",
    ),
    "heads.sparse": Text(
        "Words in common that carry weight: {n}. Text A against itself would score {largest}.",
        "带权重的共有词：{n} 个。文本 A 与自身相比可得 {largest}。",
    ),
    "heads.sparse_pieces": Text(
        "No whole word in common, but {n} [n:piece|pieces] of words. Text A against itself would score {largest}.",
        "没有完整的共有词，但有 {n} 个共有的词片段。文本 A 与自身相比可得 {largest}。",
    ),
    "heads.sparse_none": Text(
        "No word in common that carries weight. Text A against itself would score {largest}.",
        "没有带权重的共有词。文本 A 与自身相比可得 {largest}。",
    ),
    "heads.sparse_other_tokens": Text(
        "“{word}” stands in both texts, but as different tokens, and only equal tokens count. Text A against itself would score {largest}.",
        "“{word}”在两段中都有，但词元不同，而这里只计相同的词元。文本 A 与自身相比可得 {largest}。",
    ),
    "heads.colbert": Text(
        "Word by word: each token of A finds its best match in B (from B to A: {reverse}).",
        "逐词：A 的每个词元在 B 中找最佳匹配（反向 B → A：{reverse}）。",
    ),
    "story.no_word_but_alike": Text("No word in common, and still alike.", "没有一个词相同，却依然相近。"),
    "story.no_token_but_alike": Text(
        "No weighted token in common, and still alike.", "没有共有的带权词元，却依然相近。"
    ),
    "story.pieces_but_alike": Text(
        "No whole word in common, only pieces, and still alike.",
        "没有完整的共有词，只有片段相同，却依然相近。",
    ),
    "story.words_but_not_alike": Text("Words in common, and still not alike.", "有相同的词，却并不相近。"),
    # Result: scores
    "scores.fold": Text("Every score, the formula, and what they mean", "全部得分、公式与含义"),
    "scores.reachable": Text(
        "With an identical text B this text A reaches {hybrid}; many weighty words lift that above 1.",
        "若文本 B 与文本 A 完全相同，得分为 {hybrid}；有分量的词多时会超过 1。",
    ),
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
    "scores.undefined": Text("not defined: both weights are 0", "未定义：两个权重都为 0"),
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
        "A line joins each word with its best match; thicker is closer. Hover, tap, or use the arrow keys to explore. Underlined: the words that carry lexical weight.",
        "连线把每个词与它的最佳匹配相连，越粗越接近。悬停、点按或用方向键查看。下划线表示承载词汇权重的词。",
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
        "Showing the strongest {rows} of {all_rows} [all_rows:row|rows] and {columns} of {all_columns} [all_columns:column|columns].",
        "显示最强的 {rows}/{all_rows} 行、{columns}/{all_columns} 列。",
    ),
    "align.more": Text("Show more", "显示更多"),
    "align.no_words": Text("No visible words to align.", "没有可对齐的词。"),
    # Dense by leaving out
    "leave_out.too_many_tokens": Text(
        "Every part is left out once and the rest read anew, which here makes {n_tokens} tokens; one request takes at most {limit}. "
        "Shorten the longer text.",
        "每个部分都要去掉一次并重新读取其余文本，在此共 {n_tokens} 个词元，一次请求最多 {limit} 个。请缩短较长的文本。",
    ),
    "leave_out.run": Text("What each word carries of the dense score", "每个词对稠密得分的贡献"),
    "leave_out.title": Text("Dense by leaving out", "稠密得分：逐一去掉"),
    "leave_out.word": Text(
        "Each word was left out once and both texts encoded anew: how far the similarity of {similarity} falls without it. "
        "Orange: closer without it. The shares do not add up, as words share meaning.",
        "逐个去掉一个词并重新编码：没有它，相似度 {similarity} 会下降多少。橙色：去掉后反而更接近。各词共同承载含义，因此数值不能相加。",
    ),
    "leave_out.sentence": Text(
        "The texts are long, so each sentence was left out once: how far the similarity of {similarity} falls without it. "
        "Orange: closer without it. The shares do not add up.",
        "文本较长，因此逐句去掉：没有它，相似度 {similarity} 会下降多少。橙色：去掉后反而更接近。数值不能相加。",
    ),
    # Result: keywords
    "keywords.title": Text("Keywords", "关键词"),
    "keywords.of": Text("Text {name}", "文本 {name}"),
    "keywords.none": Text(
        "The sparse head gives no word of this text any weight.", "稀疏头没有给这段文本的任何词赋予权重。"
    ),
    "keywords.tokens": Text("Raw tokens", "原始词元"),
    "keywords.tokens_note": Text(
        "As the model reads them; ▁ marks the start of a word.", "模型实际读到的样子；▁ 表示词的开头。"
    ),
    "keywords.tokens_cut": Text(
        "The first {shown} of {all} [all:token|tokens].", "{all} 个词元中的前 {shown} 个。"
    ),
    "shared.word": Text("word", "词"),
    "shared.product": Text("A × B", "A × B"),
    "shared.pieces": Text("pieces", "词元"),
    "shared.accident": Text("different words with a piece in common", "不同的词，含有相同的片段"),
    "shared.whole": Text("Shared words with weight ({n})", "带权重的共有词（{n}）"),
    "shared.only_pieces": Text("Shared pieces of words ({n})", "共有的词片段（{n}）"),
    "shared.total": Text("sum = sparse score", "合计 = 稀疏得分"),
    "shared.none": Text(
        "No weighted token in common, so the sparse score is 0 (a word at the start of a text can be another token than inside it). That says nothing about meaning: see dense and ColBERT.",
        "没有共有的带权词元，所以稀疏得分为 0（同一个词在文本开头与在文中可能是不同的词元）。这不代表含义无关：请看稠密与 ColBERT。",
    ),
    "shared.more": Text("{n} more [n:word|words] together", "其余 {n} 个词合计"),
}
