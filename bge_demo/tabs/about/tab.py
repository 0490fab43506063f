"""The About tab: what the model is and is not, the limits, and API examples that run as they stand."""

from __future__ import annotations

from math import comb
from pathlib import Path

import gradio as gr

from bge_demo.locales import Language
from bge_demo.samples import background_sentences
from bge_demo.ui.rendering import render
from bge_demo.ui.tab import Tab
from bge_demo.ui.wiring import Page, html


def build_about_tab(page: Page) -> None:
    """One Markdown page in the reader's language; below it the self-check, filled in by the page's script."""
    about = gr.Markdown(elem_id="about")
    html(render("tabs/about/self_check.html"), elem_id="self-check")

    def text(language: Language) -> str:
        template = (Path(__file__).parent / f"about.{language}.md").read_text("utf-8")
        return template.format(n_pairs=comb(len(background_sentences()), 2), **vars(page.limits))

    page.translated(about, "value", text)


TAB = Tab("about", build_about_tab)
