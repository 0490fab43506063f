"""The lower part of the Retrieval tab: labelled queries in, every pipeline's metrics out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.retrieval.corpora import SAMPLE_HANDLE
from bge_demo.retrieval.library import CorpusLibrary
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.evaluation import LabelledQuery, evaluate_retrieval
from bge_demo.tabs.retrieval.evaluation_view import evaluation_html
from bge_demo.tabs.retrieval.labelled_queries import (
    FILE_TYPES,
    built_in_queries,
    query_columns,
    read_labelled_queries,
)
from bge_demo.text.tables import read_table
from bge_demo.ui.rendering import render
from bge_demo.ui.upload import Files, Reading, SeenTable, files_of, reading_of, upload
from bge_demo.ui.wiring import Page, any_of, html


class EvaluationView(NamedTuple):
    """The result's HTML."""

    result: str


class UnknownIds(NamedTuple):
    """A note on relevant ids that the chosen corpus lacks."""

    ids: str


def seen_labels(limits: Limits, files: Files, reading: Reading) -> list[SeenTable]:
    """The files as they would be taken, or why they would not; of one file columns may be chosen."""
    tables = [read_table(name, data, limits, reading.choices) for name, data in files]
    told: tuple[Phrase, ...] = ()
    problem = None
    try:
        queries = read_labelled_queries(files, limits, reading.choices, reading.columns)
        n_labels = sum(len(query.relevant) for query in queries)
        told = (Phrase("evaluation.file_read", n=len(queries), labels=n_labels),)
    except InputError as error:
        problem = error.phrase
    if len(tables) > 1:
        seen = [SeenTable(table, (), table.unreadable) for table in tables]
        return [*seen[:-1], replace(seen[-1], told=told, problem=problem)]
    (table,) = tables
    columns = query_columns(table, reading.columns)
    by_query = replace(table, text_column=columns[0]) if columns[0] in table.columns else table
    skipped = by_query.skipped if columns[0] else table.unreadable
    return [SeenTable(table, columns, skipped, told, problem)]


def show_unknown_ids(
    encoder: Encoder,
    library: CorpusLibrary,
    limits: Limits,
    corpus: str,
    file: list[str] | None,
    reading: str = "",
) -> UnknownIds:
    """Ids of the files that the chosen corpus lacks; nothing where the preview says what is wrong."""
    try:
        queries = _queries_of(file, reading, limits) if file else []
        known = library.documents(encoder, corpus) if queries else frozenset()
    except InputError:
        return UnknownIds("")
    ids = list(dict.fromkeys(one for query in queries for one in query.relevant))
    unknown = [one for one in ids if one not in known]
    if not unknown:
        return UnknownIds("")
    values = {"all": len(ids), "n": len(unknown), "id": unknown[0][:80]}
    key = "evaluation.some_unknown_ids" if len(unknown) < len(ids) else "evaluation.unknown_ids"
    return UnknownIds(render("ui/area_note.html", key=key, values=values))


def _queries_of(file: list[str], reading: str, limits: Limits) -> list[LabelledQuery]:
    chosen = reading_of(reading)
    return read_labelled_queries(files_of(file), limits, chosen.choices, chosen.columns)


def show_evaluation(
    encoder: Encoder,
    library: CorpusLibrary,
    limits: Limits,
    corpus: str,
    file: list[str] | None,
    reading: str = "",
) -> EvaluationView:
    """Evaluate every preset on the uploaded queries, or on the built-in corpus's own."""
    if file:
        queries = _queries_of(file, reading, limits)
    elif corpus == SAMPLE_HANDLE:
        queries = built_in_queries()
    else:
        raise InputError("evaluation.no_file")
    with library.searchable(encoder, corpus) as index:
        evaluation = evaluate_retrieval(encoder, index, queries, limits=limits)
    return EvaluationView(evaluation_html(evaluation))


def build_evaluation_panel(page: Page, corpus: gr.Dropdown) -> None:
    """Components and wiring."""
    with gr.Accordion(open=False, elem_id="evaluation") as area:
        html(render("ui/label.html", key="evaluation.intro"), elem_classes="hint")
        with gr.Row(elem_classes="run-line centered"):
            file = gr.File(
                file_types=list(FILE_TYPES),
                file_count="multiple",
                type="filepath",
                height=150,
                elem_id="evaluation-file",
            )
            run = gr.Button(variant="primary", size="md", scale=0, min_width=160, elem_id="evaluation-run")
        read = upload(page, file, seen_labels, ("query", "relevant"))
        ids = html("", elem_id="evaluation-ids")
        with page.working_area("evaluation", one_run=True) as working:
            result = html("", elem_id="evaluation-result-area")
    page.label(area, "label", "evaluation.area")
    page.label(file, "label", "evaluation.file")
    page.label(run, "value", "evaluation.run")
    page.begins("evaluation", run.click)
    inputs = {"corpus": corpus, **read.inputs}
    changed = any_of([file.change, read.reading.change, corpus.change])
    quiet: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last"}
    page.connect_when_ready(changed, show_unknown_ids, inputs, {"ids": ids}, **quiet)
    evaluated = page.connect(run.click, show_evaluation, inputs, {"result": result}, concurrency_limit=1)
    read.marks_stale(page, "evaluation")
    page.marks_stale("evaluation", corpus)
    working.can_cancel(evaluated)
