"""The controls that every tab shares, each with its fixed place, look and labels. Knows no tab."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from bge_demo.locales import Language, say
from bge_demo.scores.scoring import DEFAULT_WEIGHTS, WEIGHT_PRESETS
from bge_demo.ui.gradio_inside import as_typed
from bge_demo.ui.links import AREA_OF_RUN
from bge_demo.ui.rendering import render
from bge_demo.ui.wiring import Page, any_of, html

CUSTOM = "custom"
# The visitor's weights, in the visitor's browser.
KEPT_WEIGHTS = "weights"
_HEADS = ("dense", "sparse", "colbert")


def run_button(page: Page, area: str, key: str) -> gr.Button:
    """The button that fills the working area of that name; Ctrl or Cmd and Enter press it too."""
    button = gr.Button(
        variant="primary",
        size="md",
        scale=0,
        min_width=140,
        elem_id=f"{area}{AREA_OF_RUN}",
        elem_classes="run",
    )
    page.label(button, "value", key)
    return button


def small_button(page: Page, elem_id: str, key: str, **options: Any) -> gr.Button:
    """A button beside another control."""
    button = gr.Button(size="sm", scale=0, min_width=44, elem_id=elem_id, **options)
    page.label(button, "value", key)
    return button


def samples_row(page: Page, keys: Sequence[str]) -> list[gr.Button]:
    """ "Try:" and a button for each sample: `sample-<name>` for the sentence `sample.<name>`."""
    with gr.Row(elem_classes="samples"):
        html(render("ui/label.html", key="samples.try"), elem_classes="samples-label")
        return [small_button(page, f"sample-{key.split('.')[-1]}", key) for key in keys]


def upload_button(page: Page, area: str, key: str) -> gr.UploadButton:
    """A button that takes one file, of whatever kind: gradio would refuse one of another kind in passing and
    keep the earlier one, whose preview is taken for the new one's. The readers say why and what helps."""
    button = gr.UploadButton(
        type="filepath",
        size="sm",
        scale=0,
        min_width=44,
        elem_id=f"{area}-upload",
    )
    page.label(button, "label", key)
    return button


def number_box(
    page: Page, elem_id: str, value: float, bounds: tuple[float, float | None], label: str, **options: Any
) -> gr.Number:
    """A box of one number, whole unless a `step` is given. Outside its bounds it says what they are."""
    least, most = bounds
    is_whole = "step" not in options
    told = "number.between" if not is_whole else "number.at_least" if most is None else "number.whole"
    values = {"least": least} if most is None else {"least": least, "most": most}
    number = gr.Number(
        value,
        minimum=least,
        maximum=most,
        elem_id=elem_id,
        elem_classes=["bounded", "whole"] if is_whole else "bounded",
        **options,
    )
    as_typed(number)
    page.label(number, "label", label)
    page.label(number, "info", told, **values)
    return number


def slider(
    page: Page,
    elem_id: str,
    value: float,
    steps: tuple[float, float, float],
    label: str,
    **options: Any,
) -> gr.Slider:
    """A slider with a box to type into; `steps` are the least value, the largest, and how far one goes.
    gradio holds what is typed to them, and the slider says so."""
    least, most, step = steps
    made = gr.Slider(
        least, most, value=value, step=step, elem_id=elem_id, elem_classes="bounded held", **options
    )
    as_typed(made)
    page.label(made, "label", label)
    page.label(made, "info", "number.held", least=least, most=most)
    return made


def result_place(page: Page, area: str, empty_key: str, **values: object) -> gr.HTML:
    """Where a result is shown, and until then a sentence about it."""
    return html(render("ui/empty.html", key=empty_key, **values), elem_id=f"{area}-result-area")


def page_weights() -> gr.Textbox:
    """The weights of the whole page, hidden: a preset's name, or `0.4/0.2/0.4`. Every tab reads this one."""
    return gr.Textbox(DEFAULT_WEIGHTS, visible="hidden", elem_id="weights")


def weights_control(page: Page, name: str) -> gr.Dropdown:
    """A choice of presets, with sliders for weights of one's own, over `page.weights`.

    Several tabs may show one: all show the same weights, whoever changed them.
    """
    with gr.Column(min_width=220, scale=0, elem_classes="weights"):
        preset = gr.Dropdown(
            preset_choices("en"), value=DEFAULT_WEIGHTS, elem_id=f"{name}-weights", min_width=220
        )
        with gr.Row(elem_classes="weights-custom", elem_id=f"{name}-weights-custom"):
            heads = [_slider(page, name, head) for head in _HEADS]
    page.label(preset, "label", "weights.label")
    page.translated(preset, "choices", preset_choices)
    controls = [preset, *heads]
    known = json.dumps({key: [one.dense, one.sparse, one.colbert] for key, one in WEIGHT_PRESETS.items()})
    shown = f"(weights, ...present) => bgeDemo.weights.shown(weights, present, {known})"
    page.weights.change(None, [page.weights, *controls], controls, js=shown)
    chosen = [page.weights, page.remembered[KEPT_WEIGHTS]]
    preset.input(
        None, controls, chosen, js=f"(...all) => Array(2).fill(bgeDemo.weights.chosen(all, {known}))"
    )
    moved = any_of(head.input for head in heads)
    moved(None, heads, chosen, js="(...heads) => Array(2).fill(heads.join('/'))")
    return preset


def preset_choices(language: Language) -> list[tuple[str, str]]:
    """Every preset by its name in a language, and one's own weights."""
    return [(say(f"preset.{name}", language), name) for name in (*WEIGHT_PRESETS, CUSTOM)]


def _slider(page: Page, name: str, head: str) -> gr.Slider:
    default = getattr(WEIGHT_PRESETS[DEFAULT_WEIGHTS], head)
    return slider(page, f"{name}-weight-{head}", default, (0, 1, 0.05), f"head.{head}", min_width=90)


def fill_from_sample(button: gr.Button, values: Mapping[Any, Any] | Sequence[tuple[Any, Any]]) -> Any:
    """Have a sample's button put these values into components, in the browser; returns what follows."""
    pairs = list(values.items()) if isinstance(values, Mapping) else list(values)
    texts = json.dumps([value for _, value in pairs])
    return button.click(None, None, [component for component, _ in pairs], js=f"() => {texts}").then
