"""The page: header, language switch, one tab per job, endpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from bge_demo.api.gradio_api import publish_endpoints
from bge_demo.api.programs import PROGRAMS
from bge_demo.locales import LANGUAGES, say
from bge_demo.serving.gate import Gate
from bge_demo.serving.model_host import ModelChoice
from bge_demo.tabs.all_tabs import TABS
from bge_demo.ui.controls import KEPT_WEIGHTS, page_weights
from bge_demo.ui.gradio_inside import GuardedBlocks, use_front_page
from bge_demo.ui.links import connect_links
from bge_demo.ui.rendering import render
from bge_demo.ui.wiring import Page, html

STATIC = Path(__file__).parent / "ui" / "static"
# What chats show of a link; made by tools/screenshots.py.
PREVIEW = STATIC / "preview.png"
FONTS = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans", "sans-serif")
# What gradio says in English, or in the browser's language rather than the page's; {what} and {kinds} stand
# for words of the page.
GRADIO_WORDS = {
    "error": "Error",
    "info": "Info",
    "upload": "Click to upload or drop files",
    "reset": "Reset to default value",
    "table_actions": "Table actions",
    "number_for": "number input for {what}",
    "slider_for": "range slider for {what}",
    "copy": "copy",
    "close": "Close",
    # A name of gradio's own table that its table lacks; it is read aloud when work ends.
    "complete": "common.complete",
    "drop_file": "Drop File Here",
    "or": "- or -",
    "click": "Click to Upload",
    "file_kind": "Invalid file type: {what}. Only {kinds} allowed.",
    "file_kinds": "Invalid file types: {what}. Only {kinds} allowed.",
}
CODE_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Noto Sans Mono CJK SC", "monospace")


def build_blocks(gate: Gate) -> gr.Blocks:
    """All components and events; nothing is launched. Has gradio serve them from our front page."""
    title = say("page.title", "en")
    head = {"title": title, "description": say("page.purpose", "en")}
    use_front_page(head, PREVIEW.name, (STATIC / "first.css").read_text("utf-8"), _joined("js"))
    with GuardedBlocks(title=title, analytics_enabled=False, delete_cache=(600, 600)) as blocks:
        language, model = _build_header(gate.models)
        opened = blocks.load(None, js="() => bgeDemo.openPage()")
        # Not inside the tabs: what is inside one is there once it was opened.
        remembered = {
            name: gr.BrowserState(default, storage_key=f"bge-{name}", secret="bge-demo")
            for name, default in {KEPT_WEIGHTS: "", **_remembered_by_tabs()}.items()
        }
        page = Page(gate, language, model, page_weights(), blocks.load, opened.then, remembered)
        page.label(model, "label", "model.choice")
        tab_bar = _build_tabs(page)
        page.translate_on(page.language.change)
        connect_links(page.links, tab_bar, blocks.load)
        publish_endpoints(gate, PROGRAMS)
    blocks.page_data = {
        "language": language._id,
        "labels": page.words(),
        "links": [link.to_json() for link in page.links],
        "tabs": [tab.name for tab in TABS],
        "weights": page.weights.value,
        "gradio_words": [
            [word, *(say(f"gradio.{name}", one, what="{what}", kinds="{kinds}") for one in LANGUAGES)]
            for name, word in GRADIO_WORDS.items()
        ],
    }
    blocks.queue(api_open=False, max_size=gate.limits.waiting_requests, default_concurrency_limit=32)
    return blocks


def _remembered_by_tabs() -> dict[str, Any]:
    return {name: default for tab in TABS for name, default in tab.remembers.items()}


def _build_tabs(page: Page) -> gr.Tabs:
    """One tab for each job; which one is in front stands in the address."""
    with gr.Tabs(elem_id="tabs") as tab_bar:
        for tab in TABS:
            with gr.Tab(id=tab.name, elem_id=f"tab-{tab.name}") as place:
                # For screen readers: results have headings of the third level.
                html(render("ui/heading.html", key=f"tab.{tab.name}"), elem_classes="sr")
                tab.build(page)
            page.label(place, "label", f"tab.{tab.name}")
            place.select(None, js=f"() => bgeDemo.links.entered('{tab.name}')")
    return tab_bar


def page_options() -> dict[str, Any]:
    """Look and scripts, as `gr.mount_gradio_app` takes them. Everything comes from this server."""
    return {
        "theme": page_theme(),
        "favicon_path": str(STATIC / "favicon.png"),
        "css": _joined("css"),
    }


def page_theme() -> gr.themes.Base:
    """gradio's boxes in the look of our results; the same values stand in page.css."""
    radius = gr.themes.Size("10px", "10px", "10px", "10px", "10px", "10px", "10px", name="page")
    theme = gr.themes.Base(
        primary_hue="indigo", neutral_hue="slate", radius_size=radius, font=FONTS, font_mono=CODE_FONTS
    )
    colours = {
        "body_background_fill": ("#ffffff", "#171b26"),
        "body_text_color": ("#1e2330", "#e8eaf2"),
        "body_text_color_subdued": ("#5b6474", "#a3acbd"),
        "background_fill_primary": ("#ffffff", "#171b26"),
        "background_fill_secondary": ("#f6f7fb", "#1f2431"),
        "border_color_primary": ("#e1e5ee", "#333a4b"),
        "block_background_fill": ("#ffffff", "#171b26"),
        "block_border_color": ("#e1e5ee", "#333a4b"),
        "block_label_text_color": ("#5b6474", "#a3acbd"),
        "block_title_text_color": ("#5b6474", "#a3acbd"),
        "input_background_fill": ("#f6f7fb", "#1f2431"),
        "input_placeholder_color": ("#5b6474", "#a3acbd"),
        "button_primary_background_fill": ("#4f46e5", "#818cf8"),
        "button_primary_background_fill_hover": ("#4338ca", "#a5b4fc"),
        "button_primary_text_color": ("#ffffff", "#10131c"),
        "button_secondary_background_fill": ("#f6f7fb", "#1f2431"),
        "button_secondary_background_fill_hover": ("#e1e5ee", "#333a4b"),
        "button_secondary_text_color": ("#1e2330", "#e8eaf2"),
        "color_accent": ("#4f46e5", "#818cf8"),
        "slider_color": ("#4f46e5", "#818cf8"),
    }
    both = {name: light for name, (light, _) in colours.items()}
    # gradio has no dark variant of this one: it is the accent everywhere.
    both |= {f"{name}_dark": dark for name, (_, dark) in colours.items() if name != "color_accent"}
    return theme.set(checkbox_border_radius="4px", **both)


def _joined(kind: str) -> str:
    """page.css or page.js, then what the tabs add to it, in alphabetical order."""
    files = [STATIC / f"page.{kind}", *sorted((STATIC / kind).glob(f"*.{kind}"))]
    return "\n".join(file.read_text("utf-8") for file in files)


def _build_header(models: ModelChoice) -> tuple[gr.Radio, gr.Dropdown]:
    """The switches of language and model; without a choice of models theirs is hidden."""
    with gr.Row(elem_id="header"):
        html(render("ui/header.html"), elem_id="brand")
        language = gr.Radio(
            [("EN", "en"), ("中文", "zh")],
            value="en",
            label="Language / 语言",
            show_label=False,
            container=False,
            elem_id="language",
            scale=0,
            min_width=100,
        )
        model = gr.Dropdown(
            list(models.names),
            value=models.names[0],
            visible=len(models.names) > 1,
            show_label=False,
            container=False,
            elem_id="model",
            scale=0,
            min_width=170,
        )
        theme = gr.Button("☾", size="sm", elem_id="theme", scale=0, min_width=44)
    theme.click(None, js="() => bgeDemo.switchTheme()")
    language.change(None, [language], js="(language) => bgeDemo.showLanguage(language)")
    # Loading begins with the choice, not with the first request.
    model.change(
        lambda name: models.host(name).start(), [model], api_visibility="private", show_progress="hidden"
    )
    model.change(None, [model], js="(model) => bgeDemo.modelStatus.showModel(model)")
    return language, model
