"""The Tune weights tab: labelled pairs in, a verdict with weights and a threshold out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.encoder.caller import allowed
from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Language, say
from bge_demo.scores.agreement import METRICS
from bge_demo.scores.scoring import DEFAULT_WEIGHTS
from bge_demo.settings import Limits
from bge_demo.tabs.tune_weights.analysis import checked_choices, tune
from bge_demo.tabs.tune_weights.exports import read_weights, weights_text
from bge_demo.tabs.tune_weights.pair_scores import NORMALIZATIONS
from bge_demo.tabs.tune_weights.program import tune_weights
from bge_demo.tabs.tune_weights.result import TuningResult
from bge_demo.tabs.tune_weights.samples import SAMPLE_KEYS, sample_pairs
from bge_demo.tabs.tune_weights.view import threshold_html, tuning_html
from bge_demo.ui.controls import KEPT_WEIGHTS, result_place, run_button, samples_row, slider, small_button
from bge_demo.ui.pair_input import pair_input, rows_of
from bge_demo.ui.rendering import render
from bge_demo.ui.tab import Tab
from bge_demo.ui.wiring import Page, html

AUTOMATIC = "automatic"
# A link's own weights win over those kept.
_UNLESS_LINKED = (
    "(language, kept, weights, model) => [language, bgeDemo.links.isLinked ? '' : kept, weights, model]"
)


class TuningView(NamedTuple):
    """The result's HTML in two pieces, the result for the slider and the buttons, and the one button that
    fits it: to use a recommendation, or to try weights that are none."""

    result: str
    threshold: str
    tuned: TuningResult
    use: Any
    use_anyway: Any


class ThresholdView(NamedTuple):
    """The threshold's HTML."""

    threshold: str


class UsedWeights(NamedTuple):
    """The weights of every tab, what the browser keeps, and what was done."""

    weights: str
    kept: str
    told: str


class RestoredWeights(NamedTuple):
    """The weights of every tab."""

    weights: Any


class FilledBox(NamedTuple):
    """The box of pairs."""

    pairs: str


def show_tuning(
    encoder: Encoder, limits: Limits, pairs: str, metric: str, normalization: str, miss_cost: float
) -> TuningView:
    """Tune on the pairs and render the result."""
    chosen = None if metric == AUTOMATIC else metric
    choices = checked_choices(chosen, normalization, None, miss_cost or None)
    with allowed(limits.labelled_seconds):
        result = tune(encoder, limits, rows_of(pairs, limits), choices)
    return TuningView(
        tuning_html(result),
        threshold_html(result),
        result.without_vectors(),
        use=gr.update(visible=result.is_decided),
        use_anyway=gr.update(visible=not result.is_decided),
    )


def show_threshold(tuned: TuningResult | None, miss_cost: float) -> ThresholdView:
    """The threshold for another cost of a miss; nothing while there is no result."""
    return ThresholdView(threshold_html(tuned.at_cost(miss_cost or None)) if tuned else "")


def use_weights(tuned: TuningResult | None) -> UsedWeights:
    """Make the recommended weights this visitor's in every tab."""
    if tuned is None:
        raise InputError("tune.nothing_yet")
    return _used(weights_text(tuned.recommended))


def use_weights_of_file(file: str) -> UsedWeights:
    """Make the weights of an uploaded file this visitor's in every tab."""
    return _used(read_weights(Path(file).read_bytes()))


def forget_weights() -> UsedWeights:
    """Back to the weights that the page starts with."""
    return UsedWeights(DEFAULT_WEIGHTS, "", render("ui/label.html", key="tune.forgotten"))


def restore_weights(kept: str, weights: str) -> RestoredWeights:
    """The weights that this browser kept, if any."""
    return RestoredWeights(kept or gr.skip())


def fill_sample(key: str) -> FilledBox:
    """A sample's pairs."""
    return FilledBox(sample_pairs(key))


def build_tune_tab(page: Page) -> None:
    """Components and wiring."""
    samples = samples_row(page, SAMPLE_KEYS)
    box = pair_input(page, "tune")
    with gr.Row(elem_classes="run-line"):
        metric = _choice(page, "metric", AUTOMATIC, _metric_choices)
        normalization = _choice(page, "normalization", "raw", _normalization_choices)
        run = run_button(page, "tune", "tune.run")
    with page.working_area("tune") as working:
        result = result_place(page, "tune", "tune.empty")
        tuned = gr.State(None)
        use, use_anyway = _build_use(page, tuned)
        miss_cost = slider(page, "tune-cost", 0, (0, 20, 0.5), "tune.miss_cost")
        threshold = html("", elem_id="tune-threshold")
    inputs = {
        "pairs": box.pairs, "metric": metric, "normalization": normalization, "miss_cost": miss_cost,
    }  # fmt: skip
    shown = {
        "result": result, "threshold": threshold, "tuned": tuned, "use": use, "use_anyway": use_anyway,
    }  # fmt: skip
    for button, key in zip(samples, SAMPLE_KEYS, strict=True):
        fill = partial(fill_sample, key)
        filled = page.connect(button.click, fill, {}, {"pairs": box.pairs}, show_progress="hidden")
        page.presses(run, filled.success)
    page.link("tune", {"p": box.pairs, "m": metric, "n": normalization}, run)
    working.can_cancel(page.connect(run.click, show_tuning, inputs, shown, working))
    changed = {"tuned": tuned, "miss_cost": miss_cost}
    page.connect(miss_cost.release, show_threshold, changed, {"threshold": threshold}, show_progress="hidden")


def _build_use(page: Page, tuned: gr.State) -> tuple[gr.Button, gr.Button]:
    """Buttons that make weights this visitor's in every tab, and bring back what the browser kept. Returns
    the one for a recommendation and the one for weights that are none."""
    kept = page.remembered[KEPT_WEIGHTS]
    with gr.Row(elem_classes="run-line centered"):
        use = small_button(page, "tune-use", "tune.use", variant="primary")
        use_anyway = small_button(page, "tune-use-anyway", "tune.use_anyway", visible=False)
        load = gr.UploadButton(
            file_types=[".json"], type="filepath", size="sm", scale=0, min_width=44, elem_id="tune-load"
        )
        page.label(load, "label", "tune.import")
        forget = small_button(page, "tune-forget", "tune.forget")
    told = html("", elem_id="tune-used", elem_classes="hint")
    used = {"weights": page.weights, "kept": kept, "told": told}
    for button in (use, use_anyway):
        page.connect(button.click, use_weights, {"tuned": tuned}, used, show_progress="hidden")
    page.connect(load.upload, use_weights_of_file, {"file": load}, used, show_progress="hidden")
    page.connect(forget.click, forget_weights, {}, used, show_progress="hidden")
    page.connect(
        page.opened,
        restore_weights,
        {"kept": kept, "weights": page.weights},
        {"weights": page.weights},
        js=_UNLESS_LINKED,
        show_progress="hidden",
    )
    return use, use_anyway


def _used(weights: str) -> UsedWeights:
    return UsedWeights(weights, weights, render("ui/said.html", key="tune.used", values={"weights": weights}))


def _choice(page: Page, name: str, value: str, choices: Any) -> gr.Dropdown:
    dropdown = gr.Dropdown(choices("en"), value=value, min_width=220, elem_id=f"tune-{name}")
    page.label(dropdown, "label", f"tune.{name}")
    page.translated(dropdown, "choices", choices)
    return dropdown


def _metric_choices(language: Language) -> list[tuple[str, str]]:
    return [(say(f"metric.{name}", language), name) for name in (AUTOMATIC, *METRICS)]


def _normalization_choices(language: Language) -> list[tuple[str, str]]:
    return [(say(f"normalization.{name}", language), name) for name in NORMALIZATIONS]


TAB = Tab("tune", build_tune_tab, programs=(tune_weights,))
