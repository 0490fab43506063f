"""Getting BAAI/bge-m3: progress, what went wrong and what helps, the self-check."""

from bge_demo.locales.text import Text

TEXTS = {
    # On the way
    "fetch.start": Text("Looking for {model} …", "正在查找 {model}……"),
    "fetch.progress": Text(
        "Fetching {model}: {done} of {total} ({percent} %).",
        "正在下载 {model}：{done} / {total}（{percent} %）。",
    ),
    "fetch.progress_speed": Text(
        "Fetching {model}: {done} of {total} ({percent} %), {speed}/s, {left}.",
        "正在下载 {model}：{done} / {total}（{percent} %），{speed}/秒，{left}。",
    ),
    "fetch.trying_again": Text(
        "Fetching {model}: {done} of {total} ({percent} %). The connection failed [failures:once|{failures} times]; trying again.",
        "正在下载 {model}：{done} / {total}（{percent} %）。连接已失败 {failures} 次，正在重试。",
    ),
    "fetch.seconds_left": Text("less than a minute left", "剩余不到 1 分钟"),
    "fetch.minutes_left": Text("about {n} min left", "剩余约 {n} 分钟"),
    "fetch.hours_left": Text("about {n} h left", "剩余约 {n} 小时"),
    "fetch.loading": Text(
        "{model} is here and whole. Loading and checking it …", "{model} 已下载完整，正在加载并自检……"
    ),
    "fetch.until_then": Text("{doing} Until then {model} answers.", "{doing}在此之前由 {model} 作答。"),
    "fetch.stays": Text("{model} goes on answering. {reason}", "继续由 {model} 作答。{reason}"),
    "fetch.switched": Text(
        "{now} answers from now on. Earlier results name the checkpoint that made them.",
        "从现在起由 {now} 作答。先前的结果都注明了当时所用的检查点。",
    ),
    "fetch.done": Text("{model} is whole and lies in {folder}", "{model} 完整，位于 {folder}"),
    # What went wrong
    "fetch.remedies": Text(
        "Three ways around it: a mirror (HF_ENDPOINT=https://hf-mirror.com), ModelScope (BGE_DEMO_HUB=modelscope), or "
        "a folder copied from another machine (--model FOLDER).",
        "可选办法：使用镜像（HF_ENDPOINT=https://hf-mirror.com）、使用 ModelScope（BGE_DEMO_HUB=modelscope），"
        "或从其他机器复制文件夹（--model 文件夹）。",
    ),
    "fetch.offline": Text(
        "{model} is not on this machine, and offline mode forbids fetching it. Start without BGE_DEMO_OFFLINE and "
        "HF_HUB_OFFLINE, or copy a folder from another machine and give it with --model.",
        "本机没有 {model}，离线模式又禁止下载。请去掉 BGE_DEMO_OFFLINE 与 HF_HUB_OFFLINE 后重新启动，"
        "或从其他机器复制文件夹并用 --model 指定。",
    ),
    "fetch.unreachable": Text(
        "{model} could not be fetched: {host} cannot be reached ({reason}). What has arrived is kept. {remedies}",
        "无法下载 {model}：连不上 {host}（{reason}）。已下载的部分会保留。{remedies}",
    ),
    "fetch.server_error": Text(
        "{model} could not be fetched: {host} answers with error {status}. Start again later to continue. {remedies}",
        "无法下载 {model}：{host} 返回错误 {status}。稍后重新启动即可续传。{remedies}",
    ),
    "fetch.refused": Text(
        "{model} could not be fetched: {host} refuses access ({status}). Check HF_TOKEN, or HF_ENDPOINT: a hub gives "
        "the same answer for a repository it does not have. {remedies}",
        "无法下载 {model}：{host} 拒绝访问（{status}）。请检查 HF_TOKEN 或 HF_ENDPOINT：站点没有该仓库时也会这样回答。{remedies}",
    ),
    "fetch.not_found": Text(
        "{model} could not be fetched: {host} does not have the pinned revision ({status}). Check HF_ENDPOINT. {remedies}",
        "无法下载 {model}：{host} 上没有所需的版本（{status}）。请检查 HF_ENDPOINT。{remedies}",
    ),
    "fetch.too_short": Text(
        "{model} could not be fetched: {host} ends a file before it is whole. {remedies}",
        "无法下载 {model}：{host} 发来的文件不完整。{remedies}",
    ),
    "fetch.damaged": Text(
        "{model} was not taken: {host} twice sent other bytes than the published ones (the SHA-256 differs). {remedies}",
        "未采用 {model}：{host} 两次发来的内容都与官方发布的不一致（SHA-256 不符）。{remedies}",
    ),
    "fetch.no_room": Text(
        "{model} was not fetched: it needs {needed} more, and the disk of the Hugging Face cache has {free} free. Make "
        "room, or set HF_HOME to a folder on a larger disk, and start again.",
        "未下载 {model}：还需要 {needed}，而 Hugging Face 缓存所在磁盘只剩 {free}。请腾出空间，"
        "或把 HF_HOME 设到更大的磁盘，然后重新启动。",
    ),
    "fetch.disk_full": Text(
        "{model} could not be fetched: the disk of the Hugging Face cache is full. Make room, or set HF_HOME to a folder "
        "on a larger disk, and start again; what has arrived is continued.",
        "无法下载 {model}：Hugging Face 缓存所在磁盘已满。请腾出空间，或把 HF_HOME 设到更大的磁盘，然后重新启动；会从已下载处继续。",
    ),
    "fetch.cannot_write": Text(
        "{model} could not be fetched: the Hugging Face cache cannot be written ({reason}). Set HF_HOME to a folder that "
        "this user may write, and start again.",
        "无法下载 {model}：无法写入 Hugging Face 缓存（{reason}）。请把 HF_HOME 设到当前用户可写的文件夹，然后重新启动。",
    ),
    "fetch.no_modelscope": Text(
        "BGE_DEMO_HUB=modelscope needs ModelScope's client. Install it with: pip install modelscope",
        "BGE_DEMO_HUB=modelscope 需要 ModelScope 客户端。请先安装：pip install modelscope",
    ),
    # Self-check
    "selfcheck.title": Text("Self-check of the model that serves", "当前模型的自检"),
    "selfcheck.pair": Text("query · passage", "查询 · 段落"),
    "selfcheck.expected": Text("expected", "应得"),
    "selfcheck.found": Text("here", "本机"),
    "selfcheck.passed": Text(
        "Self-check passed: all {n} [n:score|scores] of the example come out as expected, {shift} off at most ({tolerance} allowed).",
        "自检通过：示例的 {n} 个分数全部符合预期，最大偏差 {shift}（允许 {tolerance}）。",
    ),
    "selfcheck.differs": Text(
        "Self-check failed: a score of the example comes out {shift} off, {tolerance} is allowed. Small differences between "
        "texts mean little here; try --precision fp32.",
        "自检未通过：示例的分数偏差达 {shift}，允许 {tolerance}。此时文本间的细小差别意义不大；可试 --precision fp32。",
    ),
    "selfcheck.unknown": Text(
        "No expected scores are known for this checkpoint. Its files are whole and fit together; more was not checked.",
        "该检查点没有已知的分数可比对。已确认文件完整且相互匹配，其余未检查。",
    ),
}
