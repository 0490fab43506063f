"""The page: header, language switch, one tab per job, endpoints."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.analyses.corpus_library import CorpusLibrary
from bge_demo.locales import say
from bge_demo.model_host import ModelChoice
from bge_demo.settings import Settings
from bge_demo.ui.about_tab import build_about_tab
from bge_demo.ui.benchmark_tab import build_benchmark_tab
from bge_demo.ui.compare_tab import build_compare_tab
from bge_demo.ui.corpus_panel import known_corpora
from bge_demo.ui.cross_lingual_tab import build_cross_lingual_tab
from bge_demo.ui.endpoints import Endpoints, publish_endpoints
from bge_demo.ui.guarded_blocks import GuardedBlocks
from bge_demo.ui.page import Page, html
from bge_demo.ui.retrieval_tab import build_retrieval_tab
from bge_demo.views.rendering import render

STATIC = Path(__file__).parent / "static"
FONTS = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans", "sans-serif")
CODE_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Noto Sans Mono CJK SC", "monospace")


def build_blocks(settings: Settings, models: ModelChoice, library: CorpusLibrary) -> gr.Blocks:
    """All components and events; nothing is launched."""
    title = say("page.title", "en")
    with GuardedBlocks(title=title, analytics_enabled=False, delete_cache=(600, 600)) as blocks:
        page = Page(models, library, settings.limits, *_build_header(models))
        page.label(page.model, "label", "model.choice")
        wanted = gr.Textbox(visible="hidden", elem_id="wanted-tab")
        opened = blocks.load(None, None, [page.language, wanted], js="() => bgeDemo.openPage()")
        known = known_corpora()
        tabs: dict[str, Callable[[Page], None]] = {
            "compare": lambda page: build_compare_tab(page, blocks.load),
            "cross": build_cross_lingual_tab,
            "retrieval": lambda page: build_retrieval_tab(page, opened.then, known),
            "benchmark": build_benchmark_tab,
            "about": build_about_tab,
        }
        with gr.Tabs(elem_id="tabs") as tab_bar:
            for name, build in tabs.items():
                with gr.Tab(id=name, elem_id=f"tab-{name}") as tab:
                    build(page)
                page.label(tab, "label", f"tab.{name}")
        page.translate_on(page.language.change)
        show = partial(show_tab, names=tuple(tabs))
        page.connect(opened.then, show, {"wanted": wanted}, {"tab_bar": tab_bar}, show_progress="hidden")
        publish_endpoints(Endpoints(models, library, settings.limits))
    blocks.queue(api_open=False, max_size=settings.limits.waiting_requests, default_concurrency_limit=32)
    return blocks


class OpenTab(NamedTuple):
    """The tab in front."""

    tab_bar: Any


def show_tab(wanted: str, names: tuple[str, ...]) -> OpenTab:
    """Bring the tab that a link names to the front; any other word changes nothing."""
    return OpenTab(gr.update(selected=wanted) if wanted in names else gr.skip())


def page_options() -> dict[str, Any]:
    """Look and scripts, as `gr.mount_gradio_app` takes them. Everything comes from this server."""
    return {
        "theme": gr.themes.Base(primary_hue="indigo", neutral_hue="slate", font=FONTS, font_mono=CODE_FONTS),
        "favicon_path": str(STATIC / "favicon.png"),
        "css": (STATIC / "page.css").read_text("utf-8"),
        "head": f"<script>{(STATIC / 'page.js').read_text('utf-8')}</script>",
    }


def _build_header(models: ModelChoice) -> tuple[gr.Radio, gr.Dropdown]:
    """The switches of language and model; without a choice of models theirs is hidden."""
    with gr.Row(elem_id="header"):
        html(render("header.html"), elem_id="brand")
        language = gr.Radio(
            [("English", "en"), ("中文", "zh")],
            value="en",
            label="Language / 语言",
            show_label=False,
            container=False,
            elem_id="language",
            scale=0,
            min_width=170,
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
    model.change(None, [model], js="(model) => bgeDemo.showModel(model)")
    return language, model
