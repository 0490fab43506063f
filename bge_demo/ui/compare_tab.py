"""The Compare tab: two texts in, the whole comparison out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

from bge_demo.analyses.compare import compare
from bge_demo.embeddings import Encoder
from bge_demo.locales import Language, say
from bge_demo.samples import PAIRS
from bge_demo.scoring import DEFAULT_WEIGHTS, WEIGHT_PRESETS
from bge_demo.settings import Limits
from bge_demo.ui.page import Page, html
from bge_demo.views.comparison import comparison_html
from bge_demo.views.rendering import render

CUSTOM = "custom"
_HEADS = ("dense", "sparse", "colbert")
# Puts the texts into the address bar, so the address can be shared; hands the inputs on unchanged.
_REMEMBER_LINK = (
    "(language, a, b, weights, ...rest) => "
    "{ bgeDemo.rememberLink(a, b, weights); return [language, a, b, weights, ...rest]; }"
)


class ComparisonView(NamedTuple):
    """The result's HTML."""

    result: str


class TokenCount(NamedTuple):
    """The counter beside a text box."""

    counter: str


class CustomWeights(NamedTuple):
    """Whether the sliders are shown."""

    sliders: Any


def show_comparison(
    encoder: Encoder, limits: Limits, text_a: str, text_b: str, weights: str
) -> ComparisonView:
    """Compare two texts and render the result."""
    return ComparisonView(comparison_html(compare(encoder, text_a, text_b, weights, limits)))


def count_tokens(encoder: Encoder, limits: Limits, text: str) -> TokenCount:
    """How many tokens the model would read, and how many it can."""
    if len(text) > limits.text_chars:
        return TokenCount(render("count.html", n_tokens=None, limit=limits.text_chars, n_chars=len(text)))
    (tokenized,) = encoder.tokenize([text], limits.max_tokens)
    longest = min(limits.max_tokens, encoder.info.max_tokens)
    return TokenCount(
        render("count.html", n_tokens=tokenized.n_tokens_uncut, limit=longest, n_chars=len(text))
    )


def show_custom_weights(preset: str) -> CustomWeights:
    """Sliders only for the custom choice."""
    return CustomWeights(gr.update(visible=preset == CUSTOM))


@dataclass(frozen=True)
class WeightControls:
    """A dropdown of presets and three sliders that feed one hidden `value`: a preset's name, or
    `0.4/0.2/0.4`."""

    value: gr.Textbox
    preset: gr.Dropdown
    heads: list[gr.Slider]


def build_compare_tab(page: Page, opened: Any) -> None:
    """Components and wiring; `opened` is the event of the page being opened, with a shared link perhaps."""
    # Clicked by the page's script when another model serves: it may read the same text as other tokens.
    recount = gr.Button(visible="hidden", elem_id="recount")
    with gr.Row(elem_classes="texts"):
        text_a = _text_box(page, "a", recount)
        text_b = _text_box(page, "b", recount)
    with gr.Row(elem_classes="run-line"):
        weights = _weight_controls(page)
        swap = gr.Button(size="md", elem_id="compare-swap", scale=0, min_width=120)
        run = gr.Button(variant="primary", size="md", elem_id="compare-run", scale=0, min_width=160)
        page.label(swap, "value", "compare.swap")
        page.label(run, "value", "compare.run")
    samples = _sample_buttons(page)
    with page.working_area("compare") as working:
        result = html(render("empty.html", key="compare.empty"), elem_id="compare-result")

    compared = {"text_a": text_a, "text_b": text_b, "weights": weights.value}
    shown = {"result": result}
    swap.click(None, [text_a, text_b], [text_a, text_b], js="(a, b) => [b, a]")
    started = [run.click]
    for button, texts in samples:
        started.append(button.click(None, None, [text_a, text_b], js=f"() => {json.dumps(texts)}").then)
    working.can_cancel(
        *(
            page.connect(event, show_comparison, compared, shown, js=_REMEMBER_LINK, show_progress="minimal")
            for event in started
        )
    )
    link = [text_a, text_b, weights.value, weights.preset, *weights.heads]
    filled = opened(None, link, link, js="(...present) => bgeDemo.sharedTexts(present)")
    filled.then(None, js="() => bgeDemo.runShared()")


def _text_box(page: Page, side: str, recount: gr.Button) -> gr.Textbox:
    """A text with its live token count."""
    with gr.Column(min_width=280, elem_classes="text-side"):
        box = gr.Textbox(lines=4, max_lines=12, elem_id=f"text-{side}", buttons=[])
        count = html("", elem_classes="token-count", elem_id=f"count-{side}")
    page.label(box, "label", f"compare.text_{side}")
    page.label(box, "placeholder", "compare.placeholder", limit=page.limits.text_chars)
    for event in (box.change, recount.click):
        page.connect_when_ready(
            event,
            count_tokens,
            {"text": box},
            {"counter": count},
            show_progress="hidden",
            trigger_mode="always_last",
        )
    return box


def _weight_controls(page: Page) -> WeightControls:
    with gr.Column(min_width=240):
        preset = gr.Dropdown(_preset_choices("en"), value=DEFAULT_WEIGHTS, elem_id="weights-preset")
        with gr.Row(visible=False, elem_id="weights-custom") as sliders:
            heads = [_slider(page, head) for head in _HEADS]
    value = gr.Textbox(DEFAULT_WEIGHTS, visible="hidden", elem_id="weights")
    page.label(preset, "label", "compare.weights")
    page.translated(preset, "choices", _preset_choices)
    choose = f"(preset, ...heads) => preset === '{CUSTOM}' ? heads.join('/') : preset"
    changes = [preset.change, *(slider.change for slider in heads)]
    gr.on(changes, None, [preset, *heads], [value], js=choose)
    page.connect(
        preset.change, show_custom_weights, {"preset": preset}, {"sliders": sliders}, show_progress="hidden"
    )
    return WeightControls(value, preset, heads)


def _slider(page: Page, head: str) -> gr.Slider:
    default = getattr(WEIGHT_PRESETS[DEFAULT_WEIGHTS], head)
    slider = gr.Slider(0, 1, value=default, step=0.05, min_width=90, elem_id=f"weight-{head}")
    page.label(slider, "label", f"head.{head}")
    return slider


def _preset_choices(language: Language) -> list[tuple[str, str]]:
    return [(say(f"preset.{name}", language), name) for name in (*WEIGHT_PRESETS, CUSTOM)]


def _sample_buttons(page: Page) -> list[tuple[gr.Button, tuple[str, str]]]:
    buttons = []
    with gr.Row(elem_classes="samples"):
        html(render("label.html", key="compare.examples"), elem_classes="samples-label")
        for sample in PAIRS:
            button = gr.Button(
                size="sm", scale=0, min_width=40, elem_id=f"sample-{sample.name.split('.')[1]}"
            )
            page.label(button, "value", sample.name)
            buttons.append((button, (sample.text_a, sample.text_b)))
    return buttons
