"""Corpora, pipelines and labelled queries: their state, and what is wrong with them."""

from bge_demo.locales.text import Text

TEXTS = {
    # Where corpora live
    "corpus.unknown": Text(
        "There is no such corpus here: {value!r}; it may have been removed. Use 'sample', the built-in one, or add the passages again.",
        "这里没有该语料库：{value!r}，可能已被删除。请使用内置的 'sample'，或重新添加段落。",
    ),
    "corpus.gone": Text(
        "This corpus was removed meanwhile. Add the passages again.", "该语料库已被删除。请重新添加段落。"
    ),
    "corpus.in_use": Text(
        "Another copy of this program uses this data folder, and only one may. Give each copy its own --data-dir, or let them share a Qdrant server with --qdrant-url.",
        "本程序的另一个副本正在使用该数据目录，而同时只能有一个。请为每个副本设置各自的 --data-dir，或用 --qdrant-url 共用一个 Qdrant 服务器。",
    ),
    "corpus.disk": Text(
        "The corpus could not be written or read ({reason}). Ask the operator to look at the disk of the data folder.",
        "语料库无法读写（{reason}）。请联系管理员检查数据目录所在磁盘。",
    ),
    "corpus.full": Text(
        "The disk of the data folder is full. What was stored before stays and can be searched; ask the operator for room.",
        "数据目录所在磁盘已满。此前存入的内容仍在，可以检索；请联系管理员腾出空间。",
    ),
    "corpus.read_only": Text(
        "The data folder cannot be written. Ask the operator to let this program write there.",
        "数据目录无法写入。请联系管理员授予写权限。",
    ),
    "corpus.damaged": Text(
        "A file of this corpus is damaged, so it cannot be read. Remove the corpus and add its passages again.",
        "该语料库的文件已损坏，无法读取。请删除该语料库并重新添加段落。",
    ),
    "corpus.too_many_tokens": Text(
        "These passages have {n_tokens} [n_tokens:token|tokens]; a corpus may have {limit}. Use a part of them.",
        "这些段落共有 {n_tokens} 个词元，一个语料库最多 {limit} 个。请只用其中一部分。",
    ),
    "corpus.server": Text(
        "The Qdrant server did not do its part ({reason}). Try again; the operator can check --qdrant-url.",
        "Qdrant 服务器未能完成请求（{reason}）。请重试；管理员可检查 --qdrant-url。",
    ),
    "corpus.no_room": Text(
        "[limit:The only place|All {limit} places] for corpora [limit:is|are] taken. Remove one of yours, or try again later.",
        "{limit} 个语料库名额已满。请删除自己的一个，或稍后再试。",
    ),
    "corpus.no_share": Text(
        "Your network address has {limit} corpora here, as many as one may have. Remove one of them first.",
        "你的网络地址在这里已有 {limit} 个语料库，达到单个地址的上限。请先删除其中一个。",
    ),
    "corpus.sample_stays": Text(
        "The built-in corpus is for everybody and cannot be removed.", "内置语料库供所有人使用，不能删除。"
    ),
    # Indexing
    "corpus.nothing_indexed": Text(
        "No passage of this corpus is indexed yet. Wait a moment and search again.",
        "该语料库还没有已索引的段落。请稍候再检索。",
    ),
    "corpus.other_model": Text(
        "This corpus was encoded by another model than {model}, which serves now. Encode it anew first; vectors of two models cannot be compared.",
        "该语料库不是由当前服务的 {model} 编码的。请先重新编码：不同模型的向量不能互相比较。",
    ),
    "corpus.stopped": Text("Indexing was cancelled.", "索引已取消。"),
    "corpus.crashed": Text(
        "Indexing failed with an unexpected error; the server's log has the details.",
        "索引时出现意外错误，详情见服务器日志。",
    ),
    # Files and splitting
    "corpus.empty": Text(
        "There is no text to index. Give at least one passage with text.",
        "没有可索引的文本。请至少给出一个含文本的段落。",
    ),
    "corpus.too_many": Text(
        "That would be more than {limit} passages. Use a part of the file, or longer passages (split by windows).",
        "段落数将超过 {limit}。请只用文件的一部分，或使用更长的段落（按窗口切分）。",
    ),
    "corpus.file_type": Text(
        "This kind of file cannot be read. Choose one of: {types}.", "无法读取这种文件。可选类型：{types}。"
    ),
    "corpus.no_table": Text(
        "The file has no table: a first line with the columns' names and at least one row are needed.",
        "文件中没有表格：需要一行列名和至少一行数据。",
    ),
    "corpus.bad_row": Text("Row {row}: {reason}", "第 {row} 行：{reason}"),
    "corpus.titles_alone": Text(
        "{n} [n:row has|rows have] a title and no text; the title is indexed in place of the text: rows {rows}.",
        "有 {n} 行只有标题、没有文本，将以标题代替文本建立索引：第 {rows} 行。",
    ),
    "corpus.repeated_ids": Text(
        "Ids that several rows share: {n}, the first one is {id!r}. Those rows get a number behind it, and count as one document.",
        "有 {n} 个编号被多行共用，第一个是 {id!r}。这些行会在编号后加序号，并算作同一文档。",
    ),
    "corpus.same_id": Text(
        "Rows {other} and {row} have the same id {id!r}. Give each passage an id of its own, or none.",
        "第 {other} 行和第 {row} 行的编号都是 {id!r}。请为每个段落给出不同的编号，或不给编号。",
    ),
    "corpus.no_column": Text(
        "There is no column {name!r}. Choose one of: {names}.", "没有名为 {name!r} 的列。可选：{names}。"
    ),
    "corpus.bad_split": Text(
        "Passages cannot be split by {value!r}. Choose one of: {choices}.",
        "不能按 {value!r} 切分。可选：{choices}。",
    ),
    "corpus.bad_window": Text(
        "A window of {window} [window:token|tokens] with {overlap} [overlap:token|tokens] of overlap does not fit: use at least 16 tokens, and an overlap of less than half of them.",
        "窗口 {window} 个词元、重叠 {overlap} 个不合适：窗口至少 16 个词元，重叠须小于其一半。",
    ),
    "corpus.bm25_range": Text(
        "BM25 takes k1 from 0 to 10 and b from 0 to 1; got k1 = {k1}, b = {b}.",
        "BM25 的 k1 取 0 到 10，b 取 0 到 1；收到 k1 = {k1}，b = {b}。",
    ),
    # Pipelines
    "pipeline.unknown": Text(
        "Unknown pipeline {value!r}. Write stages such as bm25 100 > dense 50 > colbert 10, or use one of: {presets}.",
        "未知的检索流程 {value!r}。请写成 bm25 100 > dense 50 > colbert 10 的形式，或使用：{presets}。",
    ),
    "pipeline.stages": Text(
        "A pipeline has 1 to {most} stages; got {n_stages}.",
        "检索流程有 1 到 {most} 个阶段；收到 {n_stages} 个。",
    ),
    "pipeline.method": Text(
        "Stage {place} cannot rank by {method!r}. Use one of: {allowed}.",
        "第 {place} 阶段不能用 {method!r} 排序。可选：{allowed}。",
    ),
    "pipeline.k": Text(
        "Every stage must let at least one passage through; got {k}.",
        "每个阶段至少要保留 1 个段落；收到 {k}。",
    ),
    "pipeline.no_weight": Text(
        "{method} needs a weight above 0 for one of: {heads}. Choose other weights.",
        "{method} 要求以下至少一项的权重大于 0：{heads}。请换一组权重。",
    ),
    "search.no_such_passage": Text(
        "No passage has the id or contains the words {wanted!r}. Copy a few words from the passage itself, or empty that box to search without the check.",
        "没有段落的编号是 {wanted!r} 或包含这些文字。请从段落原文中复制几个词，或清空该框，直接检索。",
    ),
    # Labelled queries
    "evaluation.no_queries": Text(
        "There is no query to evaluate. Each needs a text and the ids of the passages that answer it.",
        "没有可评测的查询。每个查询需要文本和相关段落的编号。",
    ),
    "evaluation.file_read": Text(
        "Queries: {n}, with {labels} relevant [labels:passage|passages].",
        "共 {n} 个查询，{labels} 个相关段落。",
    ),
    "evaluation.file_type": Text(
        "Labelled queries come as a csv, tsv or jsonl file with the columns query and relevant.",
        "带标注的查询须为含 query 和 relevant 两列的 csv、tsv 或 jsonl 文件。",
    ),
    "evaluation.no_columns": Text(
        "The file needs the columns query and relevant (passage ids); it has: {names}. Rename them, or choose the columns in the menus of the page.",
        "文件需要 query 和 relevant（段落编号）两列；现有列：{names}。请改列名，或在页面的菜单中选择列。",
    ),
    "evaluation.two_files": Text(
        "Choose one file with the columns query and relevant, or two: judgements (BEIR or TREC) and the texts of the queries. A file chosen "
        "later joins the first: to put it in its place, take the first one away.",
        "请选择一个含 query 和 relevant 两列的文件，或两个文件：相关性标注（BEIR 或 TREC 格式）和查询文本。后选的文件会加在前一个之后；如要替换，请先移除前一个。",
    ),
    "evaluation.judgements_alone": Text(
        "These judgements name queries by their ids. Choose the file with the texts of the queries beside it.",
        "该标注文件只含查询编号。请同时选择含查询文本的文件。",
    ),
    "evaluation.no_query_texts": Text(
        "The file of the queries needs the columns id (or _id) and text; it has: {names}.",
        "查询文件需要 id（或 _id）和 text 两列；现有列：{names}。",
    ),
    "evaluation.no_such_query": Text(
        "{n} judged [n:query|queries] [n:has|have] no text, the first one has the id {id!r}. Choose the file of the queries that these judgements belong to.",
        "{n} 个带标注的查询没有文本，第一个编号为 {id!r}。请选择与该标注对应的查询文件。",
    ),
    "evaluation.no_grade": Text(
        "Row {row}: the grade {value!r} is no number.", "第 {row} 行：分级 {value!r} 不是数字。"
    ),
    "evaluation.not_queries": Text(
        'The queries must come as a list of {{"text", "relevant": [ids]}}.',
        '查询必须以 {{"text", "relevant": [编号]}} 的列表形式给出。',
    ),
    "evaluation.too_many": Text(
        "There are {n_queries} [n_queries:query|queries]; at most {limit} are evaluated at once. Use a part of them.",
        "共有 {n_queries} 个查询，一次最多评测 {limit} 个。请只用其中一部分。",
    ),
    "evaluation.no_relevant": Text(
        "Row {row} names no passage that answers its query. Give at least one id, or leave the row out.",
        "第 {row} 行没有写明回答该查询的段落。请至少给出一个编号，或删去该行。",
    ),
    "evaluation.unknown_label": Text(
        "The corpus has none of the passages named as relevant, such as {label!r}. Its ids begin {ids}. Use them.",
        "语料库中没有任何标为相关的段落，例如 {label!r}。它的编号如 {ids}。请使用这些编号。",
    ),
}
