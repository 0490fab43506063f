"""The Cross-lingual tab: a query and a table of sentences in, a ranking out."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.analyses.cross_lingual import compare_across_languages, sentences_from_rows
from bge_demo.analyses.sentence_files import read_sentence_rows
from bge_demo.embeddings import Encoder
from bge_demo.locales import Language, say
from bge_demo.samples import (
    CROSS_LINGUAL_QUERY,
    CROSS_LINGUAL_SENTENCES,
    TRAVEL_QUERY,
    TRAVEL_SENTENCES,
    SentenceSample,
)
from bge_demo.settings import Limits
from bge_demo.tokens import without_surrogates
from bge_demo.ui.page import Page, html
from bge_demo.views.cross_lingual import cross_lingual_html
from bge_demo.views.rendering import render

SAMPLES = {
    "sample.ai": (CROSS_LINGUAL_QUERY, CROSS_LINGUAL_SENTENCES),
    "sample.luggage": (TRAVEL_QUERY, TRAVEL_SENTENCES),
}


class CrossLingualView(NamedTuple):
    """The result's HTML."""

    result: str


class SentenceTable(NamedTuple):
    """Rows of (language, sentence) under headers in the page's language."""

    table: dict[str, Any]


class FilledSample(NamedTuple):
    """A sample's query and rows."""

    query: str
    table: dict[str, Any]


def show_cross_lingual(
    encoder: Encoder, limits: Limits, query: str, table: list[list[Any]]
) -> CrossLingualView:
    """Rank the table's sentences and render the result."""
    sentences = sentences_from_rows(table, limits)
    result = compare_across_languages(encoder, query, sentences, limits=limits)
    return CrossLingualView(cross_lingual_html(result))


def show_uploaded(limits: Limits, language: Language, file: bytes) -> SentenceTable:
    """The rows of an uploaded file."""
    return SentenceTable(_table(language, read_sentence_rows(file, limits)))


def show_sample(name: str, language: Language) -> FilledSample:
    """A sample's query and rows."""
    query, sentences = SAMPLES[name]
    return FilledSample(query, _table(language, _rows(sentences)))


def translate_headers(language: Language, table: list[list[Any]]) -> SentenceTable:
    """The same rows under headers in the page's language."""
    rows = [[without_surrogates("" if cell is None else str(cell)) for cell in row] for row in table]
    return SentenceTable(_table(language, rows))


def build_cross_lingual_tab(page: Page) -> None:
    """Components and wiring."""
    query = gr.Textbox(CROSS_LINGUAL_QUERY, lines=2, elem_id="cross-query")
    page.label(query, "label", "cross.query")
    table = gr.Dataframe(
        _rows(CROSS_LINGUAL_SENTENCES),
        headers=_headers("en"),
        datatype="str",
        type="array",
        column_count=2,
        column_widths=["28%", "72%"],
        interactive=True,
        wrap=True,
        buttons=[],
        elem_id="cross-table",
    )
    page.label(table, "label", "cross.table")
    page.connect(page.language.change, translate_headers, {"table": table}, {"table": table})
    html(render("label.html", key="cross.table_note"), elem_classes="hint")
    with gr.Row(elem_classes="run-line centered"):
        samples = _sample_buttons(page)
        upload = gr.UploadButton(
            file_types=[".csv", ".tsv", ".txt"],
            type="binary",
            size="md",
            scale=0,
            min_width=140,
            elem_id="cross-upload",
        )
        page.label(upload, "label", "cross.upload")
        run = gr.Button(variant="primary", size="md", scale=0, min_width=160, elem_id="cross-run")
        page.label(run, "value", "cross.run")
    with page.working_area("cross") as working:
        result = html(render("empty.html", key="cross.empty"), elem_id="cross-result")

    inputs = {"query": query, "table": table}
    shown = {"result": result}
    ranked = [page.connect(run.click, show_cross_lingual, inputs, shown, show_progress="minimal")]
    page.connect(upload.upload, show_uploaded, {"file": upload}, {"table": table}, show_progress="minimal")
    for button, name in samples:
        filled = page.connect(button.click, partial(show_sample, name), {}, inputs, show_progress="hidden")
        ranked.append(page.connect(filled.then, show_cross_lingual, inputs, shown, show_progress="minimal"))
    working.can_cancel(*ranked)


def _sample_buttons(page: Page) -> list[tuple[gr.Button, str]]:
    buttons = []
    html(render("label.html", key="compare.examples"), elem_classes="samples-label")
    for name in SAMPLES:
        button = gr.Button(size="sm", scale=0, min_width=40, elem_id=f"sample-{name.split('.')[1]}")
        page.label(button, "value", name)
        buttons.append((button, name))
    return buttons


def _headers(language: Language) -> list[str]:
    return [say("cross.language", language), say("cross.text", language)]


def _table(language: Language, rows: list[list[str]]) -> dict[str, Any]:
    # A bare list of rows would bring back the headers that the page was built with.
    return {"headers": _headers(language), "data": rows}


def _rows(sentences: tuple[SentenceSample, ...]) -> list[list[str]]:
    return [[sentence.language, sentence.text] for sentence in sentences]
