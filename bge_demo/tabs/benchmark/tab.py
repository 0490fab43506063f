"""The Benchmark tab: how fast the encoder that serves is on this machine. Loads no other."""

from __future__ import annotations

from typing import NamedTuple

import gradio as gr

from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.tabs.benchmark.analysis import BATCH_SIZES, LENGTHS, BenchmarkPlan, SoFar, benchmark
from bge_demo.tabs.benchmark.view import benchmark_html
from bge_demo.ui.rendering import render
from bge_demo.ui.tab import Tab
from bge_demo.ui.wiring import Page, html

# One visitor's click must not keep the model busy for long.
RUNS = 7
CELL_SECONDS = 2.0
TOTAL_SECONDS = 30.0


class BenchmarkView(NamedTuple):
    """The result's HTML."""

    result: str


def show_benchmark(
    encoder: Encoder, limits: Limits, lengths: list[int], batch_sizes: list[int], so_far: SoFar
) -> BenchmarkView:
    """Measure what was ticked, shortest first, within the tab's time."""
    so_far.result = None
    # Only what the page offers: a program could name any number.
    offered_lengths = [n for n in LENGTHS if n in lengths and n <= limits.max_tokens]
    offered_sizes = [n for n in BATCH_SIZES if n in batch_sizes]
    seconds = min(TOTAL_SECONDS, limits.request_seconds / 2)
    plan = BenchmarkPlan(offered_lengths, offered_sizes, RUNS, CELL_SECONDS, seconds)
    return BenchmarkView(benchmark_html(benchmark(encoder, plan, so_far)))


def show_measured(so_far: SoFar) -> BenchmarkView:
    """What was measured before the visitor cancelled. Raises InputError for nothing at all."""
    if so_far.result is None:
        raise InputError("benchmark.cancelled_early")
    return BenchmarkView(benchmark_html(so_far.result))


def build_benchmark_tab(page: Page) -> None:
    """Components and wiring."""
    with gr.Row():
        lengths = gr.CheckboxGroup(list(LENGTHS), value=list(LENGTHS), elem_id="benchmark-lengths")
        batch_sizes = gr.CheckboxGroup(list(BATCH_SIZES), value=[1, 2, 8], elem_id="benchmark-sizes")
    with gr.Row(elem_classes="run-line centered"):
        run = gr.Button(variant="primary", size="md", scale=0, min_width=160, elem_id="benchmark-run")
    page.label(lengths, "label", "benchmark.lengths")
    page.label(batch_sizes, "label", "benchmark.batch_sizes")
    page.label(run, "value", "benchmark.run")
    html(render("ui/label.html", key="benchmark.command_note"), elem_classes="hint")
    empty = render("ui/empty.html", key="benchmark.empty", seconds=round(TOTAL_SECONDS))
    with page.working_area("benchmark", one_run=True) as working:
        result = html(empty, elem_id="benchmark-result-area")

    # The one thing of a visitor that changes in place: a cancelled event brings nothing.
    so_far = gr.State(SoFar())
    inputs = {"lengths": lengths, "batch_sizes": batch_sizes, "so_far": so_far}
    page.marks_stale(working.name, lengths, batch_sizes)
    page.begins(working.name, run.click)
    measured = page.connect(run.click, show_benchmark, inputs, {"result": result}, concurrency_limit=1)
    working.can_cancel(measured)
    kept = page.connect(
        working.cancel.click, show_measured, {"so_far": so_far}, {"result": result}, show_progress="hidden"
    )
    working.shows(kept, unasked=True)


TAB = Tab("benchmark", build_benchmark_tab)
