"""The Baselines tab: labelled pairs in, several encoders side by side out."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from bge_demo.encoder.caller import allowed
from bge_demo.encoder.contract import Encoder
from bge_demo.encoder.listed_encoders import ListedEncoders
from bge_demo.samples import bundled_pairs
from bge_demo.settings import Limits
from bge_demo.tabs.baselines.analysis import compare_with_baselines
from bge_demo.tabs.baselines.program import baselines
from bge_demo.tabs.baselines.scenarios import SAMPLE_KEYS, sample_pairs
from bge_demo.tabs.baselines.view import baselines_html
from bge_demo.text.pair_tables import as_pasted
from bge_demo.ui.controls import result_place, run_button, samples_row
from bge_demo.ui.pair_input import pair_input, rows_of
from bge_demo.ui.tab import Tab
from bge_demo.ui.wiring import Page

BUNDLED = "sample.bundled_baselines"


class BaselinesView(NamedTuple):
    """The result's HTML."""

    result: str


class FilledBox(NamedTuple):
    """The box of pairs."""

    pairs: str


def show_baselines(
    encoder: Encoder, limits: Limits, listed_encoders: ListedEncoders, pairs: str
) -> BaselinesView:
    """Read the pairs with every encoder and render the result."""
    rows = rows_of(pairs, limits)
    with allowed(limits.labelled_seconds):
        result = compare_with_baselines(encoder, limits, listed_encoders, rows)
    return BaselinesView(baselines_html(result))


def fill_sample(key: str) -> FilledBox:
    """A sample's pairs."""
    if key == BUNDLED:
        return FilledBox(as_pasted(bundled_pairs()))
    return FilledBox(sample_pairs(key))


def build_baselines_tab(page: Page) -> None:
    """Components and wiring."""
    keys = (*SAMPLE_KEYS, BUNDLED)
    samples = samples_row(page, keys)
    box = pair_input(page, "baselines")
    run = run_button(page, "baselines", "baseline.run")
    with page.working_area("baselines") as working:
        result = result_place(page, "baselines", "baseline.empty")
    inputs, shown = {"pairs": box.pairs}, {"result": result}
    for button, key in zip(samples, keys, strict=True):
        filled = page.connect(button.click, partial(fill_sample, key), {}, inputs, show_progress="hidden")
        page.presses(run, filled.success)
    page.link("baselines", {"p": box.pairs}, run)
    working.can_cancel(page.connect(run.click, show_baselines, inputs, shown, working))


TAB = Tab("baselines", build_baselines_tab, programs=(baselines,))
