"""The Long document tab: a document, a question and a summary in, curves and coverage out."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.encoder.caller import allowed
from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Language
from bge_demo.settings import Limits
from bge_demo.tabs.long_document.analysis import analyse_document
from bge_demo.tabs.long_document.document_files import read_document
from bge_demo.tabs.long_document.program import long_document, window_sweep
from bge_demo.tabs.long_document.request import (
    DEFAULT_OVERLAP_TOKENS,
    DEFAULT_WINDOW_TOKENS,
    SMALLEST_WINDOW,
    checked_document,
    checked_request,
    most_overlap,
)
from bge_demo.tabs.long_document.samples import SAMPLE_NAMES, sample
from bge_demo.tabs.long_document.sweep import sweep_windows
from bge_demo.tabs.long_document.view import long_document_html, sweep_html
from bge_demo.text.inputs import checked_texts
from bge_demo.text.markup import without_markup
from bge_demo.text.readable import is_blank
from bge_demo.ui.controls import (
    number_box,
    result_place,
    run_button,
    samples_row,
    small_button,
    upload_button,
)
from bge_demo.ui.tab import Tab
from bge_demo.ui.upload import Files, Reading, SeenTable, files_of, reading_of, upload
from bge_demo.ui.wiring import Page, any_of


class DocumentView(NamedTuple):
    """The result's HTML."""

    result: str


class SweepView(NamedTuple):
    """The sweep's HTML."""

    sweep: str


class FilledDocument(NamedTuple):
    """The document's box."""

    document: Any


class FilledSample(NamedTuple):
    """The boxes of a sample."""

    document: str
    query: str
    summary: str


def show_long_document(
    encoder: Encoder,
    limits: Limits,
    document: str,
    query: str,
    summary: str,
    window_tokens: float,
    overlap_tokens: float,
) -> DocumentView:
    """Read the document and render the result."""
    window = (window_tokens, overlap_tokens)
    request = checked_request(encoder, limits, document, (query, summary), window)
    with allowed(limits.document_seconds):
        return DocumentView(long_document_html(analyse_document(encoder, request)))


def show_sweep(encoder: Encoder, limits: Limits, document: str, query: str) -> SweepView:
    """Try window sizes; every line of the query is a question."""
    text = checked_document(document, limits)
    questions = checked_texts([line for line in query.splitlines() if line.strip()], limits)
    longest = min(encoder.info.max_tokens, limits.max_tokens)
    with allowed(limits.document_seconds):
        return SweepView(sweep_html(sweep_windows(encoder, text, questions, longest)))


def seen_document(limits: Limits, files: Files, reading: Reading) -> list[SeenTable]:
    """A file's text as it would be taken. Raises InputError saying that the box holds none of it."""
    ((name, data),) = files
    try:
        document = read_document(name, data, limits, reading.choices)
    except InputError as error:
        raise InputError("document.not_taken", problem=error.phrase) from error
    return [SeenTable.of_texts(document.table(name))]


def show_uploaded_document(limits: Limits, file: str | None, reading: str) -> FilledDocument:
    """The text of an uploaded file. One that cannot be read leaves the box as it is; its preview says why."""
    if not file:
        return FilledDocument(gr.skip())
    ((name, data),) = files_of(file)
    try:
        return FilledDocument(read_document(name, data, limits, reading_of(reading).choices).text)
    except InputError:
        return FilledDocument(gr.skip())


def strip_markup(document: str) -> FilledDocument:
    """The same text without HTML and Markdown; one that is nothing else stays."""
    bare = without_markup(document)
    return FilledDocument(document if is_blank(bare) else bare)


def show_document_sample(name: str, language: Language) -> FilledSample:
    """A sample's document, question and summary."""
    chosen = sample(name, language)
    return FilledSample(chosen.document, chosen.query, chosen.summary)


class Boxes(NamedTuple):
    """What a visitor fills in."""

    document: gr.Textbox
    query: gr.Textbox
    summary: gr.Textbox
    window_tokens: gr.Number
    overlap_tokens: gr.Number


def build_document_tab(page: Page) -> None:
    """Components and wiring."""
    samples = samples_row(page, SAMPLE_NAMES)
    boxes = _build_boxes(page)
    with gr.Row(elem_classes="run-line centered"):
        file = upload_button(page, "document", "document.upload")
        strip = small_button(page, "document-strip", "document.strip")
        run = run_button(page, "document", "document.run")
    uploaded = upload(page, file, seen_document, menus=("encoding",))
    with page.working_area("document") as working:
        result = result_place(page, "document", "document.empty")
    with page.working_area("document-sweep") as sweeping:
        with gr.Row(elem_classes="run-line centered"):
            sweep_run = small_button(page, "document-sweep-run", "document.sweep_run")
        sweep = result_place(page, "document-sweep", "document.sweep_empty")

    document = {"document": boxes.document}
    filled_boxes = {name: boxes._asdict()[name] for name in FilledSample._fields}
    stripped = page.connect(strip.click, strip_markup, document, document, show_progress="hidden")
    page.edits(working.name, stripped.success)
    filled = [
        page.connect(
            button.click, partial(show_document_sample, name), {}, filled_boxes, show_progress="hidden"
        ).success
        for button, name in zip(samples, SAMPLE_NAMES, strict=True)
    ]
    uploaded.takes_at_once(page, show_uploaded_document, document, working.name, *filled)
    page.presses(run, *filled)
    page.link("document", _link_fields(boxes), run)
    working.can_cancel(
        page.connect(run.click, show_long_document, boxes._asdict(), {"result": result}, working)
    )
    asked = {"document": boxes.document, "query": boxes.query}
    # Whatever fills the boxes: no sample and no file runs the sweep.
    page.edits(sweeping.name, any_of([boxes.document.change, boxes.query.change]))
    page.begins(sweeping.name, sweep_run.click)
    swept = page.connect(sweep_run.click, show_sweep, asked, {"sweep": sweep}, sweeping)
    sweeping.can_cancel(swept)


def _link_fields(boxes: Boxes) -> dict[str, gr.components.Component]:
    return {
        "d": boxes.document,
        "q": boxes.query,
        "s": boxes.summary,
        "window": boxes.window_tokens,
        "overlap": boxes.overlap_tokens,
    }


def _build_boxes(page: Page) -> Boxes:
    document = gr.Textbox(lines=8, max_lines=14, elem_id="document-text")
    page.label(document, "label", "document.document")
    page.label(document, "placeholder", "document.document_hint", limit=f"{page.limits.document_chars:,}")
    with gr.Row():
        query = _textbox(page, "query")
        summary = _textbox(page, "summary")
    with gr.Row(elem_classes="document-window"):
        longest = page.limits.max_tokens
        sizes = (SMALLEST_WINDOW, longest)
        overlaps = (0, most_overlap(longest))
        window = number_box(
            page, "document-window", DEFAULT_WINDOW_TOKENS, sizes, "document.window", min_width=140
        )
        overlap = number_box(
            page, "document-overlap", DEFAULT_OVERLAP_TOKENS, overlaps, "document.overlap", min_width=140
        )
    return Boxes(document, query, summary, window, overlap)


def _textbox(page: Page, name: str) -> gr.Textbox:
    box = gr.Textbox(lines=3, max_lines=8, min_width=260, elem_id=f"document-{name}")
    page.label(box, "label", f"document.{name}")
    page.label(box, "placeholder", f"document.{name}_hint")
    return box


TAB = Tab("document", build_document_tab, programs=(long_document, window_sweep))
