"""What every tab shares: header, tabs, state of the model, downloads and links."""

from bge_demo.locales.text import Text

TEXTS = {
    # Header and tabs
    "page.title": Text("BGE-M3 workbench", "BGE-M3 工作台"),
    "page.purpose": Text(
        "See what an embedding model makes of your own texts, before you build search on it.",
        "先看清嵌入模型如何理解你自己的文本，再在它之上构建检索。",
    ),
    "tab.compare": Text("Compare", "语义相似度"),
    "tab.cross": Text("Cross-lingual", "跨语言"),
    "tab.benchmark": Text("Benchmark", "性能"),
    "tab.about": Text("About", "关于"),
    # Model state
    "model.starting": Text("starting …", "正在启动……"),
    "model.loading": Text("loading the model …", "正在加载模型……"),
    "model.idle": Text("loads when first asked for", "首次使用时加载"),
    "model.reads": Text("reads {n} [n:token|tokens]", "可读 {n} 个词元"),
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
    "model.stand_in": Text("stand-in model", "代用模型"),
    "model.why": Text("why?", "为什么？"),
    "model.choice": Text("Model", "模型"),
    "model.compact_note": Text(
        "The small offline model m3-compact is answering, not BAAI/bge-m3. It is much weaker.",
        "当前由离线小模型 m3-compact 作答，并非 BAAI/bge-m3。它弱得多。",
    ),
    "model.compact_bands": Text(
        "Half of all translations score 83 to 95 %, one in four lower. Trust the percentile more than the band.",
        "半数译文得 83–95 %，另有四分之一更低。请更看重百分位而不是分档。",
    ),
    "time.from_memory": Text("from memory", "取自内存"),
    "time.partly": Text("partly from memory", "部分取自内存"),
    # Controls of every tab
    "samples.try": Text("Try:", "试一试："),
    "weights.label": Text("Weights", "权重"),
    "result.stale": Text(
        "This result is of an earlier run: the inputs were changed since, or the last run brought none.",
        "以下是之前一次运行的结果：此后输入已更改，或最近一次运行没有得出结果。",
    ),
    # What gradio says by itself, see page.GRADIO_WORDS
    "gradio.error": Text("Error", "出错了"),
    "gradio.info": Text("Info", "提示"),
    "gradio.upload": Text("Drop File Here - or - Click to Upload", "将文件拖放到此处 - 或 - 点击上传"),
    "gradio.reset": Text("Reset to default value", "恢复默认值"),
    "gradio.table_actions": Text("Table actions", "表格操作"),
    "gradio.number_for": Text("number input for {what}", "数值输入：{what}"),
    "gradio.slider_for": Text("range slider for {what}", "滑块：{what}"),
    "gradio.copy": Text("copy", "复制"),
    "gradio.close": Text("Close", "关闭"),
    "gradio.complete": Text("Done", "完成"),
    "gradio.drop_file": Text("Drop File Here", "将文件拖放到此处"),
    "gradio.or": Text("- or -", "- 或 -"),
    "gradio.click": Text("Click to Upload", "点击上传"),
    "gradio.file_kind": Text(
        "{what} cannot be read here. Choose one of {kinds}.",
        "此处无法读取 {what}。请选择以下类型的文件：{kinds}。",
    ),
    "gradio.file_kinds": Text(
        "{what} cannot be read here. Choose files of {kinds}.",
        "此处无法读取 {what}。请选择这些类型的文件：{kinds}。",
    ),
    # A number's box
    "number.whole": Text("Use a whole number from {least} to {most}.", "请填 {least} 到 {most} 之间的整数。"),
    "number.at_least": Text("Use a whole number of at least {least}.", "请填不小于 {least} 的整数。"),
    "number.between": Text("Use a number from {least} to {most}.", "请填 {least} 到 {most} 之间的数。"),
    "number.held": Text(
        "Held to the range from {least} to {most}: what was typed lies outside.",
        "已限制在 {least} 到 {most} 之间：所填的值超出了范围。",
    ),
    # Long work
    "progress.forecast": Text("Working, about {left} s left", "处理中，约剩 {left} 秒"),
    "progress.at_work": Text("Working …", "处理中……"),
    "progress.cancel": Text("Cancel", "取消"),
    # Downloads and links
    "download.json": Text("Download JSON", "下载 JSON"),
    "download.csv": Text("Download CSV", "下载 CSV"),
    "report.save": Text("Report (HTML)", "报告（HTML）"),
    "picture.save": Text("Share picture", "分享图片"),
    "picture.made_by": Text("{model} · BGE-M3 workbench", "{model} · BGE-M3 工作台"),
    "picture.made_by_stand_in": Text(
        "{model}, the small stand-in for BAAI/bge-m3 · BGE-M3 workbench",
        "{model}（BAAI/bge-m3 的小型替代）· BGE-M3 工作台",
    ),
    "share.copy": Text("Copy link", "复制链接"),
    "share.copied": Text("Copied", "已复制"),
    "share.in_bar": Text("The link is now in the address bar", "链接已放入地址栏"),
    "share.too_long": Text(
        "These texts are too long for a link. Save the report instead.",
        "文本过长，无法放入链接。请改为保存报告。",
    ),
    "share.own_corpus": Text(
        "Nobody else has your own corpus, so there is no link to this result. Save the report instead.",
        "你自己的语料他人没有，所以此结果没有链接。请改为保存报告。",
    ),
    # The same input as code
    "code.title": Text("The same input as code", "用代码得到同样的结果"),
    "code.copy": Text("Copy", "复制"),
}
