"""The Baselines tab, and why an encoder cannot be used."""

from bge_demo.locales.text import Text

TEXTS = {
    "baseline.no_weights": Text(
        "{name}: this model's weights cannot be read here.", "{name}：此处无法读取该模型的权重。"
    ),
    "baseline.not_cached": Text(
        "{name} is not on this machine. Fetch it with hf download {name}, or give a folder in BGE_DEMO_BASELINES.",
        "本机没有 {name}。请用 hf download {name} 下载，或在 BGE_DEMO_BASELINES 中给出文件夹。",
    ),
    "baseline.unloadable": Text("{name} cannot be loaded: {reason}", "{name} 无法加载：{reason}"),
    "baseline.died": Text(
        "Its process ended while it was loading or reading (exit code {code}): most often there is too little memory.",
        "其进程在加载或读取时结束（退出码 {code}），多半是内存不足。",
    ),
    "baseline.hangs": Text(
        "{name} did not answer within {seconds} s. Check that the server is up.",
        "{name} 在 {seconds} 秒内没有回答。请检查该服务是否在运行。",
    ),
    "baseline.unreachable": Text(
        "{name} cannot be reached. Check its address in BGE_DEMO_BASELINES.",
        "无法连接 {name}。请检查 BGE_DEMO_BASELINES 中的地址。",
    ),
    "baseline.status": Text(
        "{name} answered with status {status} instead of embeddings.",
        "{name} 返回状态码 {status}，没有给出向量。",
    ),
    "baseline.shape": Text(
        "{name} did not answer in the shape of OpenAI's embeddings: one vector for every text.",
        "{name} 的回答不符合 OpenAI 的 embeddings 格式：每段文本应有一个向量。",
    ),
    "baseline.dimensions": Text(
        "{name} answered with vectors of different sizes ({found}); they cannot be compared.",
        "{name} 返回的向量维数不一致（{found}），无法比较。",
    ),
    "baseline.unlisted": Text(
        "It is not listed on this server; the operator adds it to BGE_DEMO_BASELINES. Listed: {choices}.",
        "此服务器没有列出它；可由运维者加入 BGE_DEMO_BASELINES。已列出：{choices}。",
    ),
    "baseline.left_out": Text(
        "{n} [n:pair|pairs] [n:holds|hold] a text that one of the encoders cannot read; [n:it is|they are] left out for all alike: rows {rows}.",
        "有 {n} 对含有某个编码器无法读取的文本，已对所有编码器一并略去：第 {rows} 行。",
    ),
    "baseline.one_class": Text(
        "All pairs have the same label: there are ranks, but no AUC and no spread.",
        "所有句对的标签相同：有名次，但没有 AUC 与差距。",
    ),
    # Encoders' names: two are words, the others are names
    "encoder.ngrams": Text("character n-grams (TF-IDF)", "字符 n-gram（TF-IDF）"),
    "encoder.token_vectors": Text("{name}: token vectors", "{name}：词元向量"),
    "encoder.named": Text("{name}", "{name}"),
    "encoder.and": Text("{first}, {second}", "{first}、{second}"),
    # The tab
    "tab.baselines": Text("Baselines", "模型对比"),
    "sample.scenarios_en": Text("three scenarios in English", "三个场景（英文）"),
    "sample.scenarios_zh": Text("three scenarios in Chinese", "三个场景（中文）"),
    "sample.bundled_baselines": Text("the 512 bundled pairs", "内置的 512 对"),
    "baseline.run": Text("Compare models", "对比模型"),
    "baseline.empty": Text(
        "The same pairs through this model and through others: is it better than what you have?",
        "让同样的句对经过本模型与其他模型：它比您现有的更好吗？",
    ),
    "baseline.title": Text("Who tells related from unrelated?", "谁更能区分相关与不相关？"),
    "baseline.encoder": Text("encoder", "编码器"),
    "baseline.spread": Text("spread", "差距"),
    "baseline.means": Text("mean related / unrelated", "均值：相关 / 不相关"),
    "baseline.read": Text("tokens read", "读取的词元"),
    "baseline.read_of": Text(
        "read {read} of {whole} at worst, {n} [n:pair|pairs] cut",
        "最差读取 {whole} 中的 {read} 个，{n} 对被截断",
    ),
    "baseline.read_all": Text("all", "全部"),
    "baseline.read_untold": Text("not told", "未告知"),
    "baseline.time": Text(
        "{n} [n:pair|pairs] · {latency} s in all, with starting the other encoders · {model}",
        "{n} 对 · 共 {latency} 秒（含启动其他模型）· {model}",
    ),
    "baseline.seconds": Text("seconds", "秒"),
    "baseline.figures_note": Text(
        "{related} related and {others} unrelated [others:pair|pairs].",
        "相关 {related} 对，不相关 {others} 对。",
    ),
    "baseline.kinds_note": Text(
        "Under {kinds}: the AUC of that kind of pairs against all pairs of the other class.",
        "“{kinds}”各列：该类句对与另一类全部句对之间的 AUC。",
    ),
    "baseline.counts_related": Text("counts as related", "计为相关"),
    "baseline.counts_unrelated": Text("counts as unrelated", "计为不相关"),
    "baseline.chart": Text("Every pair's cosine, encoder by encoder", "各编码器下每一对的余弦"),
    "baseline.high_for_all": Text(
        "With {names} unrelated pairs average above 0.5: the vectors all point into a narrow cone, so everything looks alike. Read "
        "the gap between the two rows, not the height; 0.9 there may mean less than 0.4 elsewhere.",
        "在 {names} 中，不相关的句对平均也超过 0.5：向量都挤在一个狭窄的锥形里，看起来什么都相似。请看两行之间的差距而不是高低；那里的 0.9 可能还不如别处的 0.4。",
    ),
    "baseline.why_spread": Text(
        "Compare the gap between the two rows, not the height: raw BERT, for one, puts every pair high, because its vectors all "
        "point into a narrow cone.",
        "请比较两行之间的差距而不是高低：例如未针对句子训练的 BERT 会让所有句对得分都很高，因为它的向量都挤在一个狭窄的锥形里。",
    ),
    "baseline.pairs": Text("Rank and cosine of every pair", "每一对的名次与余弦"),
    "baseline.related": Text("related", "相关"),
    "baseline.unrelated": Text("unrelated", "不相关"),
    "baseline.missing": Text("Not available here", "此处不可用"),
    "baseline.missing_note": Text(
        "The operator lists encoders in BGE_DEMO_BASELINES: folders, names in the Hugging Face cache, OpenAI-shaped endpoints.",
        "运维者在 BGE_DEMO_BASELINES 中列出编码器：文件夹、Hugging Face 缓存中的名称、OpenAI 格式的接口。",
    ),
    "baseline.explain_auc": Text(
        "AUC: the chance that a related pair scores above an unrelated one. It compares order, so encoders of different scales can be compared.",
        "AUC：相关句对得分高于不相关句对的概率。它只看顺序，因此不同尺度的编码器可以相互比较。",
    ),
    "baseline.explain_spread": Text(
        "Spread: mean cosine of related pairs minus that of unrelated ones. A small spread makes every threshold brittle.",
        "差距：相关句对的平均余弦减去不相关句对的平均余弦。差距小，任何阈值都不稳。",
    ),
    "baseline.explain_always": Text(
        "Two baselines need nothing: character n-grams know spelling only, the mean of the model's own token vectors knows words without context.",
        "有两个对照无需安装：字符 n-gram 只认拼写；模型自身词元向量的平均只认词、不看上下文。",
    ),
}
