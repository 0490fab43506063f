"""The Retrieval tab: a corpus, a query and a pipeline in; hits, their way there and a recall check out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.encoder.contract import Encoder
from bge_demo.locales import Language, say
from bge_demo.retrieval.corpora import SAMPLE_HANDLE
from bge_demo.retrieval.library import CorpusLibrary
from bge_demo.retrieval.pipelines import (
    DEFAULT_PIPELINE,
    FIRST_METHODS,
    LATER_METHODS,
    MOST_STAGES,
    PIPELINES,
    Pipeline,
    checked_pipeline,
)
from bge_demo.retrieval.sample import sample_queries
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval import program
from bge_demo.tabs.retrieval.analysis import search
from bge_demo.tabs.retrieval.corpus_panel import build_corpus_panel, show_corpus
from bge_demo.tabs.retrieval.evaluation_panel import build_evaluation_panel
from bge_demo.tabs.retrieval.new_corpus_panel import show_waiting
from bge_demo.tabs.retrieval.view import search_html
from bge_demo.ui.controls import fill_from_sample, number_box, result_place, run_button, weights_control
from bge_demo.ui.rendering import render
from bge_demo.ui.tab import Tab
from bge_demo.ui.wiring import Page, html

OFF = "off"
CUSTOM = "custom"
EXAMPLES = ("q-earthquake-zh", "q-dormitory-en", "q-marriage-zh", "q-e17-en")


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


def build_retrieval_tab(page: Page) -> None:
    """Components and wiring."""
    html(render("ui/label.html", key="search.intro"), elem_classes="hint")
    with gr.Row(elem_classes="settings-and-result"):
        with gr.Column(scale=4, min_width=320, elem_classes="settings"):
            query, expected, run, samples = _build_query(page)
            panel = build_corpus_panel(page)
            preset = gr.Dropdown(_preset_choices("en"), value=DEFAULT_PIPELINE, elem_id="pipeline")
            page.label(preset, "label", "pipeline.label")
            page.translated(preset, "choices", _preset_choices)
            pipeline = _pipeline_controls(page, preset)
        with gr.Column(scale=8, min_width=320):
            with page.working_area("search") as working:
                waiting = html("", elem_id="search-waiting")
                result = result_place(page, "search", "search.empty")

    inputs = {"corpus": panel.corpus, "query": query, "expected": expected, "pipeline": pipeline}
    filled = [
        fill_from_sample(button, {panel.corpus: SAMPLE_HANDLE, query: text, expected: passage})
        for button, (text, passage) in samples
    ]
    # The passage that a sample names is one of the built-in corpus.
    named = json.dumps([passage for _, (_, passage) in samples])
    panel.corpus.change(
        None,
        [panel.corpus, expected],
        [expected],
        js=f"(corpus, wanted) => corpus !== '{SAMPLE_HANDLE}' && {named}.includes(wanted) ? '' : wanted",
    )
    # One's own corpus is nobody else's: a link would run on the built-in one.
    fields = {"q": query, "e": expected, "p": pipeline}
    page.marks_stale("search", panel.corpus)
    page.edits("search", page.weights.change)
    page.presses(run, *filled)
    page.link("retrieval", fields, run, only_where=(panel.corpus, SAMPLE_HANDLE))
    searched = page.connect(run.click, show_search, inputs, {"result": result}, working)
    working.can_cancel(searched)
    for event in (run.click, *panel.fills):
        page.connect(
            event,
            show_waiting,
            panel.waiting,
            {"waiting": waiting},
            show_progress="hidden",
            trigger_mode="always_last",
        )
    page.connect(searched.then, show_corpus, {"corpus": panel.corpus}, panel.status, show_progress="hidden")
    build_evaluation_panel(page, panel.corpus)


def _build_query(page: Page) -> tuple[gr.Textbox, gr.Textbox, gr.Button, list[Any]]:
    """What is looked for and what should be found, the button, and the samples."""
    with gr.Row(elem_classes="samples"):
        samples = _sample_buttons()
    query = gr.Textbox(lines=2, elem_id="search-query", buttons=[])
    expected = gr.Textbox(lines=2, elem_id="search-expected", buttons=[])
    page.label(query, "label", "search.query")
    page.label(expected, "label", "search.expected")
    page.label(expected, "placeholder", "search.expected_placeholder")
    return query, expected, run_button(page, "search", "search.run"), samples


def _pipeline_controls(page: Page, preset: gr.Dropdown) -> gr.Textbox:
    """Three stages and weights; together they feed one hidden value such as `rrf 100 > colbert 10`."""
    default = PIPELINES[DEFAULT_PIPELINE]
    with gr.Accordion(open=False, elem_id="pipeline-stages") as area:
        with gr.Row(elem_classes="pipeline-line"):
            stages = [
                control for place in range(MOST_STAGES) for control in _stage_controls(page, place, default)
            ]
            weights_control(page, "search")
    page.label(area, "label", "pipeline.stages_area")
    value = gr.Textbox(pipeline_text(default), visible="hidden", elem_id="pipeline-text")
    controls = [*stages, page.weights]
    presets = _presets_json()
    preset.input(None, [preset, *stages], stages, js=f"(name, ...present) => ({presets})[name] ?? present")
    changes = [control.change for control in controls]
    gr.on(changes, None, controls, [value, preset], js=f"(...values) => bgeDemo.pipeline(values, {presets})")
    # A link sets the text.
    shown = f"(text, ...present) => bgeDemo.pipelineControls(text, present, {presets})"
    value.change(None, [value, *controls], controls, js=shown)
    page.marks_stale("search", preset, *stages)
    return value


def _stage_controls(page: Page, place: int, default: Pipeline) -> list[Any]:
    """How a stage ranks and how many passages it lets through."""
    values = _control_values(default)
    with gr.Column(min_width=200, elem_classes="stage"):
        method = gr.Dropdown(
            _method_choices(place, "en"), value=values[2 * place], elem_id=f"stage-{place + 1}"
        )
        k = number_box(page, f"stage-{place + 1}-k", values[2 * place + 1], (1, None), "pipeline.top_k")
    page.label(method, "label", "pipeline.stage", place=place + 1)
    page.translated(method, "choices", lambda language: _method_choices(place, language))
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


def _sample_buttons() -> list[tuple[gr.Button, tuple[str, str]]]:
    """Queries of the built-in corpus with the passage that answers each."""
    queries = {query.id: query for query in sample_queries()}
    buttons = []
    html(render("ui/label.html", key="samples.try"), elem_classes="samples-label")
    for number, name in enumerate(EXAMPLES, start=1):
        query = queries[name]
        button = gr.Button(query.text, size="sm", scale=0, min_width=44, elem_id=f"sample-search-{number}")
        buttons.append((button, (query.text, query.relevant[0])))
    return buttons


REMEMBERED = {"corpora": [], "corpus": SAMPLE_HANDLE}
TAB = Tab("retrieval", build_retrieval_tab, remembers=REMEMBERED, programs=program.PROGRAMS)
