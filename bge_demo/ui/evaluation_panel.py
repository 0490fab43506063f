"""The lower part of the Retrieval tab: labelled queries in, every pipeline's metrics out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import gradio as gr

from bge_demo.analyses.corpus_library import CorpusLibrary
from bge_demo.analyses.labelled_queries import built_in_queries, read_labelled_queries
from bge_demo.analyses.retrieval_evaluation import evaluate_retrieval
from bge_demo.corpora import SAMPLE_HANDLE
from bge_demo.embeddings import Encoder
from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.ui.page import Page, html
from bge_demo.views.evaluation import evaluation_html
from bge_demo.views.rendering import render


class EvaluationView(NamedTuple):
    """The result's HTML."""

    result: str


def show_evaluation(
    encoder: Encoder, library: CorpusLibrary, limits: Limits, corpus: str, file: str | None
) -> EvaluationView:
    """Evaluate every preset on the uploaded queries, or on the built-in corpus's own."""
    if file is not None:
        path = Path(file)
        queries = read_labelled_queries(path.name, path.read_bytes(), limits)
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
        html(render("label.html", key="evaluation.intro"), elem_classes="hint")
        with gr.Row(elem_classes="run-line centered"):
            file = gr.File(
                file_types=[".csv", ".tsv", ".jsonl"], type="filepath", height=150, elem_id="evaluation-file"
            )
            run = gr.Button(variant="primary", size="md", scale=0, min_width=160, elem_id="evaluation-run")
        with page.working_area("evaluation") as working:
            result = html("", elem_id="evaluation-result-area")
    page.label(area, "label", "evaluation.area")
    page.label(file, "label", "evaluation.file")
    page.label(run, "value", "evaluation.run")
    evaluated = page.connect(
        run.click, show_evaluation, {"corpus": corpus, "file": file}, {"result": result}, concurrency_limit=1
    )
    working.can_cancel(evaluated)
