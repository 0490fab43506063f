"""The Cross-lingual tab: a query and a table of sentences in, a ranking out."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.encoder.contract import Encoder
from bge_demo.locales import Language, say
from bge_demo.samples import (
    CROSS_LINGUAL_QUERY,
    CROSS_LINGUAL_SENTENCES,
    TRAVEL_QUERY,
    TRAVEL_SENTENCES,
    SentenceSample,
)
from bge_demo.settings import Limits
from bge_demo.tabs.cross_lingual import program
from bge_demo.tabs.cross_lingual.analysis import compare_across_languages, sentences_from_rows
from bge_demo.tabs.cross_lingual.sentence_files import (
    language_column,
    sentence_rows,
    sentence_table,
)
from bge_demo.tabs.cross_lingual.view import cross_lingual_html
from bge_demo.text.tokens import without_surrogates
from bge_demo.ui.controls import result_place, run_button, samples_row, small_button, upload_button
from bge_demo.ui.rendering import render
from bge_demo.ui.tab import Tab
from bge_demo.ui.upload import Files, Reading, SeenTable, files_of, problem_of, reading_of, upload
from bge_demo.ui.wiring import Page, any_of, html

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


def seen_sentences(limits: Limits, files: Files, reading: Reading) -> list[SeenTable]:
    """A file of sentences as it would be taken, or why its rows would not."""
    ((name, data),) = files
    table = sentence_table(name, data, limits, reading.choices, reading.columns)
    language = language_column(table, reading.columns)
    problem = problem_of(sentence_rows, table, language, limits)
    return [SeenTable(table, (table.text_column, language), table.skipped, problem=problem)]


def show_uploaded(limits: Limits, language: Language, file: str, reading: str) -> SentenceTable:
    """The rows of an uploaded file."""
    (seen,) = seen_sentences(limits, files_of(file), reading_of(reading))
    return SentenceTable(_table(language, sentence_rows(seen.table, seen.columns[1], limits)))


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
        # The numbers of the rows take what is left: 48 px, on a phone a seventh.
        column_widths=["26%", "59%"],
        interactive=True,
        wrap=True,
        show_row_numbers=True,
        buttons=[],
        elem_id="cross-table",
    )
    page.label(table, "label", "cross.table")
    page.translated(table, "headers", _headers)
    page.connect(page.language.change, translate_headers, {"table": table}, {"table": table})
    html(render("ui/label.html", key="cross.table_note"), elem_classes="hint")
    samples = samples_row(page, list(SAMPLES))
    with gr.Row(elem_classes="run-line centered"):
        add = small_button(page, "cross-add", "cross.add_row")
        clear = small_button(page, "cross-clear", "cross.clear")
        file = upload_button(page, "cross", "cross.upload")
        run = run_button(page, "cross", "cross.run")
    uploaded = upload(page, file, seen_sentences, ("text", "language"), takes=True)
    with page.working_area("cross") as working:
        result = result_place(page, "cross", "cross.empty")

    inputs = {"query": query, "table": table}
    shown = {"result": result}
    add.click(None, [table], [table], js="(table) => ({ ...table, data: [...table.data, ['', '']] })")
    clear.click(None, [table], [table], js="(table) => ({ ...table, data: [['', '']] })")
    page.edits("cross", any_of([add.click, clear.click]))
    uploaded.takes(page, show_uploaded, {"table": table}, "cross")
    filled = [
        page.connect(button.click, partial(show_sample, name), {}, inputs, show_progress="hidden").success
        for button, name in zip(samples, SAMPLES, strict=True)
    ]
    page.presses(run, *filled)
    page.link("cross", {"q": query, "rows": table}, run)
    working.can_cancel(page.connect(run.click, show_cross_lingual, inputs, shown, working))


def _headers(language: Language) -> list[str]:
    return [say("cross.language", language), say("cross.text", language)]


def _table(language: Language, rows: list[list[str]]) -> dict[str, Any]:
    # A bare list of rows would bring back the headers that the page was built with.
    return {"headers": _headers(language), "data": rows}


def _rows(sentences: tuple[SentenceSample, ...]) -> list[list[str]]:
    return [[sentence.language, sentence.text] for sentence in sentences]


TAB = Tab("cross", build_cross_lingual_tab, programs=(program.cross_lingual,))
