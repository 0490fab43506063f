"""What every tab shares: header, tabs, state of the model, downloads and links."""

from bge_demo.locales.text import Text

TEXTS = {
    # Header and tabs
    "page.title": Text("BGE-M3 demo", "BGE-M3 演示"),
    "tab.compare": Text("Compare", "语义相似度"),
    "tab.cross": Text("Cross-lingual", "跨语言"),
    "tab.benchmark": Text("Benchmark", "性能"),
    "tab.about": Text("About", "关于"),
    # Model state
    "model.starting": Text("starting …", "正在启动……"),
    "model.loading": Text("loading the model …", "正在加载模型……"),
    "model.idle": Text("loads when first asked for", "首次使用时加载"),
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
    "model.choice": Text("Model", "模型"),
    "model.compact_note": Text(
        "The small offline model m3-compact is answering, not BAAI/bge-m3. It is much weaker: "
        "half of all translations score 69-86 %, a quarter less. Trust the percentile more than the band.",
        "当前由离线小模型 m3-compact 作答，并非 BAAI/bge-m3。它弱得多：半数译文得 69–86 %，四分之一更低。请更看重百分位而不是分档。",
    ),
    # Long work
    "progress.working": Text("Working: {done} of {total}", "处理中：{done} / {total}"),
    "progress.cancel": Text("Cancel", "取消"),
    # Downloads and links
    "download.json": Text("Download JSON", "下载 JSON"),
    "download.csv": Text("Download CSV", "下载 CSV"),
    "share.copy": Text("Copy link to these texts", "复制这两段文本的链接"),
    "share.copied": Text("Copied", "已复制"),
    "share.in_bar": Text("The link is now in the address bar", "链接已放入地址栏"),
    "share.too_long": Text("Too long for a link", "文本过长，无法生成链接"),
}
