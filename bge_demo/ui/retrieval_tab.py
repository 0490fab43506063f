"""The Retrieval tab: a corpus, a query and a pipeline in; hits, their way there and a recall check out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.analyses.corpus_library import CorpusLibrary
from bge_demo.analyses.inputs import checked_pipeline
from bge_demo.analyses.search import search
from bge_demo.corpora import SAMPLE_HANDLE
from bge_demo.embeddings import Encoder
from bge_demo.locales import Language, say
from bge_demo.ranking import (
    DEFAULT_PIPELINE,
    FIRST_METHODS,
    LATER_METHODS,
    MOST_STAGES,
    PIPELINES,
    Pipeline,
)
from bge_demo.sample_corpus import sample_queries
from bge_demo.scoring import DEFAULT_WEIGHTS, WEIGHT_PRESETS
from bge_demo.settings import Limits
from bge_demo.ui.corpus_panel import build_corpus_panel, show_corpus
from bge_demo.ui.evaluation_panel import build_evaluation_panel
from bge_demo.ui.page import Page, html
from bge_demo.views.rendering import render
from bge_demo.views.search import search_html

OFF = "off"
CUSTOM = "custom"
EXAMPLES = ("q-earthquake-zh", "q-dormitory-en", "q-marriage-zh", "q-e17-en")
# Puts the inputs into the address bar, so the address can be shared; hands them on unchanged.
_REMEMBER_LINK = "(...inputs) => { bgeDemo.rememberSearch(...inputs.slice(1)); return inputs; }"


class SearchView(NamedTuple):
    """The result's HTML."""

    result: str


def show_search(
    encoder: Encoder,
    library: CorpusLibrary,
    limits: Limits,
    corpus: str,
    query: str,
    expected: str,
    pipeline: str,
) -> SearchView:
    """Search the corpus and render the result."""
    chosen = checked_pipeline(pipeline)
    with library.searchable(encoder, corpus) as index:
        return SearchView(search_html(search(encoder, index, query, chosen, expected, limits)))


def build_retrieval_tab(page: Page, opened: Any, known: gr.BrowserState) -> None:
    """Components and wiring; `opened` is the event of the page being opened, with a shared link perhaps, and
    `known` what `known_corpora` made."""
    html(render("label.html", key="search.intro"), elem_classes="hint")
    panel = build_corpus_panel(page, opened, known)
    with gr.Row(elem_classes="texts"):
        query = gr.Textbox(lines=2, elem_id="search-query", buttons=[], min_width=280)
        expected = gr.Textbox(lines=2, elem_id="search-expected", buttons=[], min_width=280)
    page.label(query, "label", "search.query")
    page.label(expected, "label", "search.expected")
    page.label(expected, "placeholder", "search.expected_placeholder")
    with gr.Row(elem_classes="run-line"):
        preset = gr.Dropdown(_preset_choices("en"), value=DEFAULT_PIPELINE, elem_id="pipeline", min_width=280)
        run = gr.Button(variant="primary", size="md", scale=0, min_width=160, elem_id="search-run")
    page.label(preset, "label", "pipeline.label")
    page.translated(preset, "choices", _preset_choices)
    page.label(run, "value", "search.run")
    pipeline, stage_controls = _pipeline_controls(page, preset)
    with gr.Row(elem_classes="samples"):
        samples = _sample_buttons()
    with page.working_area("search") as working:
        result = html(render("empty.html", key="search.empty"), elem_id="search-result-area")

    inputs = {"corpus": panel.corpus, "query": query, "expected": expected, "pipeline": pipeline}
    shown = {"result": result}
    options = {"js": _REMEMBER_LINK, "show_progress": "minimal"}
    searched = [page.connect(run.click, show_search, inputs, shown, **options)]
    for button, values in samples:
        filled = button.click(
            None, None, [panel.corpus, query, expected], js=f"() => {json.dumps([SAMPLE_HANDLE, *values])}"
        )
        searched.append(page.connect(filled.then, show_search, inputs, shown, **options))
    working.can_cancel(*searched)
    for one in searched:
        page.connect(one.then, show_corpus, {"corpus": panel.corpus}, panel.status, show_progress="hidden")
    link = [query, expected, pipeline, *stage_controls]
    linked = opened(None, link, link, js=f"(...present) => bgeDemo.sharedSearch(present, {_presets_json()})")
    linked.then(None, js="() => bgeDemo.runSharedSearch()")
    build_evaluation_panel(page, panel.corpus)


def _pipeline_controls(page: Page, preset: gr.Dropdown) -> tuple[gr.Textbox, list[Any]]:
    """Three stages and weights; together they feed one hidden value such as `rrf 100 > colbert 10`."""
    default = PIPELINES[DEFAULT_PIPELINE]
    with gr.Accordion(open=False, elem_id="pipeline-stages") as area:
        with gr.Row(elem_classes="pipeline-line"):
            stages = [
                control for place in range(MOST_STAGES) for control in _stage_controls(page, place, default)
            ]
            weights = gr.Dropdown(
                _weight_choices("en"),
                value=DEFAULT_WEIGHTS,
                allow_custom_value=True,
                elem_id="search-weights",
                min_width=260,
            )
    page.label(area, "label", "pipeline.stages_area")
    page.label(weights, "label", "search.weights")
    page.translated(weights, "choices", _weight_choices)
    value = gr.Textbox(pipeline_text(default), visible="hidden", elem_id="pipeline-text")
    controls = [*stages, weights]
    presets = _presets_json()
    preset.input(None, [preset, *stages], stages, js=f"(name, ...present) => ({presets})[name] ?? present")
    changes = [control.change for control in controls]
    gr.on(changes, None, controls, [value, preset], js=f"(...values) => bgeDemo.pipeline(values, {presets})")
    return value, controls


def _stage_controls(page: Page, place: int, default: Pipeline) -> list[Any]:
    """How a stage ranks and how many passages it lets through."""
    values = _control_values(default)
    with gr.Column(min_width=200, elem_classes="stage"):
        method = gr.Dropdown(
            _method_choices(place, "en"), value=values[2 * place], elem_id=f"stage-{place + 1}"
        )
        k = gr.Number(values[2 * place + 1], minimum=1, precision=0, elem_id=f"stage-{place + 1}-k")
    page.label(method, "label", "pipeline.stage", place=place + 1)
    page.translated(method, "choices", lambda language: _method_choices(place, language))
    page.label(k, "label", "pipeline.top_k")
    return [method, k]


def pipeline_text(pipeline: Pipeline) -> str:
    """A pipeline as `checked_pipeline` reads it, without its weights."""
    return " > ".join(f"{stage.method} {stage.k}" for stage in pipeline.stages)


def _control_values(pipeline: Pipeline) -> list[Any]:
    """Method and k of each of the three stages; a stage that is off keeps a k for when it is switched on."""
    values: list[Any] = [value for stage in pipeline.stages for value in (stage.method, stage.k)]
    return values + [OFF, 10] * (MOST_STAGES - len(pipeline.stages))


def _presets_json() -> str:
    """Every preset's control values, for the page's script."""
    return json.dumps({name: _control_values(one) for name, one in PIPELINES.items()})


def _preset_choices(language: Language) -> list[tuple[str, str]]:
    return [(say(f"pipeline.{name}", language), name) for name in (*PIPELINES, CUSTOM)]


def _method_choices(place: int, language: Language) -> list[tuple[str, str]]:
    methods: Sequence[str] = (OFF, *LATER_METHODS) if place else FIRST_METHODS
    return [(say(f"method.{name}", language), name) for name in methods]


def _weight_choices(language: Language) -> list[tuple[str, str]]:
    return [(say(f"preset.{name}", language), name) for name in WEIGHT_PRESETS]


def _sample_buttons() -> list[tuple[gr.Button, tuple[str, str]]]:
    """Queries of the built-in corpus with the passage that answers each."""
    queries = {query.id: query for query in sample_queries()}
    buttons = []
    html(render("label.html", key="compare.examples"), elem_classes="samples-label")
    for number, name in enumerate(EXAMPLES, start=1):
        query = queries[name]
        button = gr.Button(query.text, size="sm", scale=0, min_width=40, elem_id=f"sample-search-{number}")
        buttons.append((button, (query.text, query.relevant[0])))
    return buttons
