"""The Retrieval tab and its results."""

from bge_demo.locales.text import Text

TEXTS = {
    "tab.retrieval": Text("Retrieval", "检索验证"),
    # Corpus panel
    "corpus.label": Text("Corpus", "语料库"),
    "corpus.sample": Text("Built-in: a fictional company, 13 languages", "内置：一家虚构公司，13 种语言"),
    "corpus.waiting": Text(
        "The corpus shows its state when the model is ready.", "模型就绪后显示语料库状态。"
    ),
    "corpus.not_started": Text(
        "{n} [n:passage|passages], indexed at the first search.", "{n} 个段落，首次检索时建立索引。"
    ),
    "corpus.indexing": Text("{done} of {all} [all:passage|passages] indexed", "已索引 {done} / {all} 个段落"),
    "corpus.seconds_left": Text("about {seconds} s left", "约剩 {seconds} 秒"),
    "corpus.search_meanwhile": Text(
        "You can search already; what is indexed is found.", "现在就可以检索，已索引的段落都能找到。"
    ),
    "corpus.ready": Text("{n} [n:passage|passages] ready", "{n} 个段落已就绪"),
    "corpus.storage": Text("{kb} KB of vectors each", "每段向量 {kb} KB"),
    "corpus.incomplete": Text(
        "Only {done} of {all} [all:passage|passages] [done:is|are] indexed, and nothing is indexing the rest. What is indexed can be searched; add the passages again for all of them.",
        "{all} 个段落中只有 {done} 个已索引，其余没有在处理。已索引的可以检索；要全部收录请重新添加。",
    ),
    "corpus.encoded_by": Text(
        "This corpus was encoded by {model}. Another model serves now: encode it anew to search it.",
        "该语料库由 {model} 编码，而当前服务的是另一个模型：请重新编码后再检索。",
    ),
    "corpus.sample_note": Text(
        "Handbook, product pages and support articles of a fictional company, written for this demo.",
        "一家虚构公司的员工手册、产品页与支持文章，为本演示而写。",
    ),
    "corpus.own_note": Text(
        "Only this browser knows this corpus. It is removed when unused for long.",
        "只有这个浏览器知道该语料库；长期不用会被删除。",
    ),
    "corpus.stop": Text("Cancel indexing", "取消索引"),
    "corpus.anew": Text("Encode anew", "重新编码"),
    "corpus.remove": Text("Remove corpus", "删除语料库"),
    "corpus.remove_sure": Text("Yes, remove it for good", "确认，永久删除"),
    "corpus.add_title": Text("Add your own passages", "添加自己的段落"),
    "corpus.paste": Text("Paste text", "粘贴文本"),
    "corpus.paste_placeholder": Text(
        "Paragraphs, separated by blank lines. Or choose a file.", "段落之间空一行；也可以选择文件。"
    ),
    "corpus.file": Text(
        "or a file: txt, md, csv, tsv, jsonl, json", "或文件：txt、md、csv、tsv、jsonl、json"
    ),
    "corpus.split": Text("Split by", "切分方式"),
    "corpus.window": Text("Longest, tokens", "最长词元数"),
    "corpus.overlap": Text("Overlap, tokens", "重叠词元数"),
    "corpus.k1": Text("BM25 k1", "BM25 k1"),
    "corpus.b": Text("BM25 b", "BM25 b"),
    "corpus.bm25_help": Text(
        "BM25 k1: how much a word that a passage repeats adds (0: nothing; 1.2 to 2 is usual). BM25 b: how much long passages are marked down "
        "(0: not at all, 1: fully; 0.75 is usual). Both change BM25 alone.",
        "BM25 k1：词在段落中重复出现时加多少分（0 为不加，常用 1.2–2）。BM25 b：长段落扣多少分（0 为不扣，1 为全扣，常用 0.75）。两者只影响 BM25。",
    ),
    "corpus.index": Text("Index", "建立索引"),
    "corpus.waits": Text(
        "What stands under “Add your own passages” waits and takes no part in a search. Press “Index” there, then search.",
        "“添加自己的段落”中的内容尚未建立索引，检索不会用到。请先点“建立索引”，再检索。",
    ),
    "split.paragraphs": Text("paragraphs", "段落"),
    "split.lines": Text("lines", "行"),
    "split.windows": Text("longest passages", "尽量长的段落"),
    # Pipeline
    "pipeline.label": Text("Pipeline", "检索流程"),
    "pipeline.stages_area": Text("Stages and weights", "阶段与权重"),
    "pipeline.stage": Text("Stage {place}", "第 {place} 阶段"),
    "pipeline.top_k": Text("lets through", "保留"),
    "pipeline.fusion-hybrid": Text(
        "sparse + dense by rank → dense → hybrid", "稀疏+稠密（按名次）→ 稠密 → 混合"
    ),
    "pipeline.three-stage": Text("BM25 → dense → ColBERT", "BM25 → 稠密 → ColBERT"),
    "pipeline.fusion-colbert": Text("sparse + dense by rank → ColBERT", "稀疏+稠密（按名次）→ ColBERT"),
    "pipeline.weighted-hybrid": Text("sparse + dense by weight → hybrid", "稀疏+稠密（按权重）→ 混合"),
    "pipeline.dense": Text("dense only", "仅稠密"),
    "pipeline.sparse": Text("sparse only", "仅稀疏"),
    "pipeline.bm25": Text("BM25 only", "仅 BM25"),
    "pipeline.colbert": Text("ColBERT only", "仅 ColBERT"),
    "pipeline.custom": Text("custom", "自定义"),
    "method.off": Text("off", "关闭"),
    "method.encode": Text("encode query", "编码查询"),
    "method.bm25": Text("BM25", "BM25"),
    "method.sparse": Text("sparse", "稀疏"),
    "method.dense": Text("dense", "稠密"),
    "method.colbert": Text("ColBERT", "ColBERT"),
    "method.rrf": Text("sparse + dense by rank", "稀疏+稠密（按名次）"),
    "method.weighted": Text("sparse + dense by weight", "稀疏+稠密（按权重）"),
    "method.hybrid": Text("hybrid", "混合"),
    # Search
    "search.intro": Text(
        "Would your passage have been found, and if not, which stage lost it?",
        "你的段落能被检索到吗？如果不能，是在哪个阶段丢失的？",
    ),
    "search.query": Text("Query", "查询"),
    "search.expected": Text("Passage that should be found (optional)", "应当找到的段落（可选）"),
    "search.expected_placeholder": Text(
        "its id, its title, or a few words of it", "段落编号、标题，或其中的几个词"
    ),
    "search.run": Text("Search", "检索"),
    "search.empty": Text(
        "Search, and see for every hit where it stood after each stage. Name a passage that should be found, and see what lost it.",
        "检索后可看到每条结果在各阶段的名次。填写应当找到的段落，可看到它在哪里丢失。",
    ),
    "search.hits": Text("Hits", "检索结果"),
    "search.nothing": Text(
        "Nothing was found. The first stage found no passage that shares a term with the query; try one that uses dense vectors.",
        "没有结果。第一阶段没有找到与查询有共同词元的段落；请换用含稠密向量的第一阶段。",
    ),
    "search.partial": Text(
        "Only {done} of {all} [all:passage|passages] [done:was|were] indexed when this was searched.",
        "本次检索时 {all} 个段落中只索引了 {done} 个。",
    ),
    "search.weak": Text(
        "The first hit is {percent} % similar. Of the {n} labelled [n:query|queries] of the built-in corpus, {wrong} % of the wrong first hits lie below {threshold} % with this model, and {right} % of the right ones: look at your chunking, or at the wording of the query.",
        "首条结果的相似度为 {percent} %。在内置语料库的 {n} 个带标注查询上，使用该模型时 {wrong} % 的错误首条结果低于 {threshold} %，而正确的只有 {right} %：请检查切分方式或查询措辞。",
    ),
    "search.no_words": Text(
        "This query has no words, so the lexical heads find nothing; only dense and ColBERT vectors rank.",
        "该查询不含词语，词汇类方法找不到任何内容；仅由稠密与 ColBERT 向量排序。",
    ),
    "search.exact": Text("exact match:", "完全匹配："),
    "search.score_reachable": Text(
        "Ranked by the {method} score; a text identical to the query would score {largest}.",
        "按{method}得分排序；与查询完全相同的文本得分为 {largest}。",
    ),
    "search.score_by_rank": Text(
        "Ranked by a rank score, {formula} for each list that holds the passage: no similarity. First in every list gives {largest}.",
        "按名次得分排序：每个含该段落的列表贡献 {formula}，它不是相似度。在所有列表中都居首位时为 {largest}。",
    ),
    "search.score_unbounded": Text(
        "Ranked by the {method} score, which depends on the corpus and has no largest value.",
        "按 {method} 得分排序；该得分取决于语料库，没有上限。",
    ),
    "search.path": Text("rank after each stage", "各阶段名次"),
    "search.similarity": Text("similarity", "相似度"),
    "search.shared": Text("shared words and pieces", "共有的词与片段"),
    "search.movement": Text("Rank movement", "名次变化"),
    "search.movement_note": Text(
        "Each line is a hit, from its rank after the first stage to its rank at the end. Above each stage stands how many passages it let through.",
        "每条线是一条结果，从第一阶段的名次到最终名次。各阶段上方是其保留的段落数。",
    ),
    "search.map": Text("The corpus as a map", "语料地图"),
    "search.map_note": Text(
        "{shown} of {all} [all:passage|passages], alike ones close together, coloured by script; the diamond is the query, "
        "ringed dots are hits: a click goes there.",
        "{all} 个段落中的 {shown} 个，相近的靠在一起，按文字着色；菱形是查询，带圈的点是命中，点击即可跳转。",
    ),
    "script.LATIN": Text("Latin", "拉丁字母"),
    "script.CJK": Text("Han", "汉字"),
    "script.HIRAGANA": Text("Hiragana", "平假名"),
    "script.KATAKANA": Text("Katakana", "片假名"),
    "script.HANGUL": Text("Hangul", "谚文"),
    "script.CYRILLIC": Text("Cyrillic", "西里尔字母"),
    "script.GREEK": Text("Greek", "希腊字母"),
    "script.ARABIC": Text("Arabic", "阿拉伯字母"),
    "script.HEBREW": Text("Hebrew", "希伯来字母"),
    "script.DEVANAGARI": Text("Devanagari", "天城文"),
    "script.THAI": Text("Thai", "泰文"),
    "script.other": Text("script of {letter}", "{letter} 的文字"),
    "search.map_kept": Text(
        "Two axes keep {share} % of the differences, so near on the map is a hint, no measure.",
        "两个坐标轴只保留了 {share} % 的差异，所以图上的远近只是提示，不是度量。",
    ),
    "search.map_whole": Text(
        "So few different passages lie on a map without loss; the query may lie further off than it is drawn.",
        "不同的段落这么少，画成地图没有损失；但查询的实际距离可能比图上更远。",
    ),
    "search.times": Text("Time of each stage, ms", "各阶段用时（毫秒）"),
    "search.times_note": Text(
        "{total} ms together over {n} [n:passage|passages], on the server.",
        "在服务器上检索 {n} 个段落共 {total} 毫秒。",
    ),
    "search.explain": Text("How to read this", "怎样阅读"),
    "search.explain_evidence": Text(
        "The darker a word, the nearer ColBERT sees it to some word of the query. Underlined words hold a token that the sparse head counts in both.",
        "词的底色越深，ColBERT 认为它与查询中某个词越接近。带下划线的词含有稀疏头在两边都计分的词元。",
    ),
    "search.explain_scores": Text(
        "Hits stand in the order of the last stage's score; those that hold an identifier of the query exactly, which few passages do, come first whatever their score. Scores of different methods cannot be compared with each other, ranks can.",
        "结果按末阶段得分排序；若只有少数段落含有查询中的编号，这些段落无论得分如何都排在最前。不同方法的得分不能互相比较，名次可以。",
    ),
    # Recall check
    "recall.title": Text("Recall check", "召回检查"),
    "recall.skipped": Text(
        "Recall check skipped: no passage of this corpus has the id “{wanted}” or contains these words. For the check, copy a few words from the passage itself.",
        "已跳过召回检查：该语料库中没有编号为“{wanted}”或包含这些文字的段落。要做检查，请从段落原文中复制几个词。",
    ),
    "recall.found": Text("Found, at rank {rank}.", "已找到，名次 {rank}。"),
    "recall.lost": Text(
        "Lost at stage {place} ({method}): its rank there is {rank}, and {k} are let through.",
        "丢失于第 {place} 阶段（{method}）：名次 {rank}，而该阶段只保留 {k} 个。",
    ),
    "recall.lost_by": Text(
        "Lost at stage {place} ({method}): its rank there is {rank}, and {k} are let through. Its score {score} misses the last one's {cutoff} by {margin}.",
        "丢失于第 {place} 阶段（{method}）：名次 {rank}，而该阶段只保留 {k} 个。其得分 {score} 与末位的 {cutoff} 相差 {margin}。",
    ),
    "recall.lost_no_term": Text(
        "Lost at stage {place} ({method}): it shares no term with the query, so this stage cannot find it.",
        "丢失于第 {place} 阶段（{method}）：它与查询没有共同的词元，该阶段无法找到它。",
    ),
    "recall.several": Text(
        "{n} [n:passage|passages] [n:fits|fit] “{expected}”; the one that ranks best is judged. To judge another one, name it by its id:",
        "“{expected}”对应 {n} 个段落；此处检查的是其中名次最好的。要检查其他段落，请填写其编号：",
    ),
    "recall.several_more": Text("and {n} more", "另有 {n} 个"),
    "recall.passage": Text("Passage", "段落"),
    "recall.similarity": Text("similarity to the query {percent} %", "与查询的相似度 {percent} %"),
    "recall.no_match": Text(
        "At {percent} % similarity (below 60 %) this passage does not match the query: look at your chunking. Perhaps the answer is a small part of a long passage, or the query needs other words.",
        "相似度只有 {percent} %（低于 60 %），该段落与查询不匹配：请检查切分方式。也许答案只占长段落的一小部分，或查询需要换一种说法。",
    ),
    "recall.below_threshold": Text(
        "Its similarity is {percent} %: a search that drops everything below 60 % would lose it all the same.",
        "它的相似度为 {percent} %：若检索丢弃所有低于 60 % 的结果，它仍会丢失。",
    ),
    "recall.remedies": Text("What would have found it (each was run)", "怎样才能找到它（均已实际运行）"),
    "recall.remedy_k": Text(
        "Let {k} passages through stage {place}: it ends at rank {rank}.",
        "第 {place} 阶段保留 {k} 个段落：最终名次 {rank}。",
    ),
    "recall.remedy_first": Text(
        "Use {method} as the first stage: it ends at rank {rank}.", "第一阶段改用{method}：最终名次 {rank}。"
    ),
    "recall.remedy_leave_out": Text(
        "Leave out stage {place} ({method}): it ends at rank {rank}.",
        "去掉第 {place} 阶段（{method}）：最终名次 {rank}。",
    ),
    "recall.remedy_weights": Text(
        "Use the weights {preset}: it ends at rank {rank}.", "改用权重“{preset}”：最终名次 {rank}。"
    ),
    "recall.no_remedy": Text(
        "No single change of k, first stage or weights finds it.", "单独改变 k、第一阶段或权重都找不到它。"
    ),
    "recall.stage": Text("stage", "阶段"),
    "recall.top": Text("top {k}", "前 {k}"),
    "recall.rank": Text("rank", "名次"),
    "recall.score": Text("score", "得分"),
    "recall.cutoff": Text("last let through", "末位得分"),
    "recall.outcome": Text("outcome", "结果"),
    "recall.passed": Text("passed", "通过"),
    "recall.lost_here": Text("lost here", "在此丢失"),
    "recall.not_reached": Text("not reached", "未到达"),
    "recall.alone": Text("each score alone", "单独使用"),
    "recall.rank_among": Text("rank among {n}", "{n} 个中的名次"),
    "recall.no_term": Text("no common term", "无共同词元"),
    "recall.explain": Text(
        "After the stage that lost it, rank and score are what it would have had there.",
        "在丢失它的阶段之后，名次与得分是假如它到达时的值。",
    ),
    # Evaluation
    "evaluation.area": Text("Evaluate all pipelines with labelled queries", "用带标注的查询评测所有流程"),
    "search.no_band": Text("cannot be read: no band", "无法读取，不分档"),
    "search.identical": Text("the query itself", "与查询完全相同"),
    "search.other_script": Text("same words, other character set", "同样的词，字体不同（繁/简）"),
    "search.punctuation_decides": Text(
        "Hits 1 and 2 are a punctuation mark apart: with the mark at the query's end taken away, or one put there, they change places.",
        "第 1 和第 2 个结果只差一个标点：去掉或加上查询末尾的标点，两者就会互换。",
    ),
    "recall.other_script": Text(
        "The passage says the query's words in the other Chinese character set (traditional or simplified). Dense and ColBERT see through it; sparse shares few pieces; BM25 here folds both to one.",
        "该段落用另一种汉字字形（繁体或简体）写了查询中的词。稠密与 ColBERT 不受影响；稀疏几乎没有共同词元；这里的 BM25 会把两种字形归一。",
    ),
    "evaluation.intro": Text(
        "A csv, tsv or jsonl file with the columns query and relevant (ids of the passages that answer it); language and kind group the results. Without a file the built-in corpus's own queries are used.",
        "含 query 与 relevant（相关段落编号）两列的 csv、tsv 或 jsonl 文件；language 与 kind 列用于分组。不选文件时使用内置语料库自带的查询。",
    ),
    "evaluation.no_file": Text(
        "Choose a file with labelled queries first; only the built-in corpus has its own.",
        "请先选择带标注查询的文件；只有内置语料库自带查询。",
    ),
    "evaluation.file": Text("Labelled queries", "带标注的查询"),
    "evaluation.some_unknown_ids": Text(
        "Of {all} relevant [all:id|ids] the chosen corpus lacks {n}, the first one is {id!r}. “Evaluate” leaves [n:it|them] out. If that is wrong, choose "
        "the corpus that these ids belong to, or correct them.",
        "{all} 个相关编号中有 {n} 个不在所选语料库里，第一个是 {id!r}。评测时会略去这些编号。如果不对，请选择与这些编号对应的语料库，或改正编号。",
    ),
    "evaluation.left_out_ids": Text(
        "Left out: {n} relevant [n:id|ids] that this corpus lacks ({names}). The figures are those of the rest.",
        "已略去 {n} 个不在该语料库中的相关编号（{names}）。以下为其余部分的结果。",
    ),
    "evaluation.left_out_queries": Text(
        "Left out with [n:it|them]: {n} [n:query|queries] with no other relevant id ({names}).",
        "因没有其他相关编号，同时略去 {n} 个查询（{names}）。",
    ),
    "evaluation.unknown_ids": Text(
        "Of {all} relevant [all:id|ids] the chosen corpus lacks {n}, the first one is {id!r}: it cannot be evaluated so. Choose the "
        "corpus that these ids belong to, or correct them.",
        "{all} 个相关编号中有 {n} 个不在所选语料库里，第一个是 {id!r}，因此无法评测。请选择与这些编号对应的语料库，或改正编号。",
    ),
    "evaluation.run": Text("Evaluate", "评测"),
    "evaluation.title": Text(
        "{n} [n:query|queries] on {passages} [passages:passage|passages]", "{n} 个查询，{passages} 个段落"
    ),
    "evaluation.pipeline": Text("pipeline", "检索流程"),
    "evaluation.unjudged": Text("unjudged of 10 (mean)", "前 10 中未标注（平均）"),
    "evaluation.rescued": Text(
        "{by_meaning} [by_meaning:query is|queries are] answered by dense or ColBERT and lost by BM25; {by_words} the other way round; {by_neither} by none of them.",
        "有 {by_meaning} 个查询由稠密或 ColBERT 找到而 BM25 丢失；{by_words} 个相反；{by_neither} 个两者都没找到。",
    ),
    "kind.same-language": Text("same language", "同语言"),
    "kind.cross-lingual": Text("cross-lingual", "跨语言"),
    "kind.keyword": Text("keyword", "关键词"),
    "kind.paraphrase": Text("paraphrase", "改写"),
    "evaluation.by_kind": Text("nDCG@{k} by kind of query", "按查询类型的 nDCG@{k}"),
    "evaluation.by_language": Text("nDCG@{k} by language of the query", "按查询语言的 nDCG@{k}"),
    "evaluation.per_query": Text("Query by query", "逐条查询"),
    "evaluation.per_query_note": Text(
        "Rank of the first relevant passage under each pipeline; – means none in the first {k}.",
        "各流程中首个相关段落的名次；– 表示前 {k} 中没有。",
    ),
    "evaluation.per_query_cut": Text(
        "The first {shown} of {all}; the CSV has them all.",
        "仅显示 {all} 条中的前 {shown} 条，CSV 中有全部。",
    ),
    "evaluation.explain": Text("What the figures mean", "指标含义"),
    "evaluation.explain_ndcg": Text(
        "nDCG@{k}: how near the first {k} come to the best possible order; 1 is perfect.",
        "nDCG@{k}：前 {k} 条与最佳排序的接近程度，1 为完美。",
    ),
    "evaluation.explain_recall": Text(
        "recall@{k}: the share of the relevant passages among the first {k}.",
        "recall@{k}：前 {k} 条覆盖了多少相关段落。",
    ),
    "evaluation.explain_mrr": Text(
        "MRR@{k}: the mean of 1 / rank of the first relevant passage.",
        "MRR@{k}：首个相关段落名次倒数的平均值。",
    ),
    "evaluation.explain_unjudged": Text(
        "Unjudged: passages of the first {k} that no label mentions. Many of them mean that the metrics may be too low.",
        "未标注：前 {k} 条中没有标注的段落数。数量多时，指标可能偏低。",
    ),
}
