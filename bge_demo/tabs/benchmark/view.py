"""A benchmark as a self-contained piece of HTML: chart, table, advice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bge_demo.tabs.benchmark.analysis import BenchmarkResult, Speed
from bge_demo.ui.csv_files import csv_text
from bge_demo.ui.rendering import as_json, render

SPEED_COLUMNS = (
    "n_tokens",
    "batch_size",
    "latency_p50_ms",
    "latency_p95_ms",
    "tokens_per_second",
    "n_runs",
)
CSV_HEADER = ("model", "engine", "precision", "device", *SPEED_COLUMNS, "share_of_limit")
ROW_HEIGHT = 22
GROUP_GAP = 14
BAR_LEFT, BAR_WIDTH, CHART_WIDTH = 120, 400, 600


class Bar(NamedTuple):
    """One bar in the chart's units; `width` is 0..BAR_WIDTH."""

    y: int
    width: float
    label: str
    value: str


def benchmark_html(result: BenchmarkResult) -> str:
    """The chart, the figures and the advice, with downloads inside."""
    bars = throughput_bars(result.speeds)
    return render(
        "tabs/benchmark/result.html",
        r=result,
        bars=bars,
        whole=_whole,
        left=BAR_LEFT,
        chart_width=CHART_WIDTH,
        chart_height=bars[-1].y + ROW_HEIGHT,
        json=as_json(result.to_json()),
        csv=csv_text(CSV_HEADER, benchmark_rows(result)),
    )


def benchmark_rows(result: BenchmarkResult) -> list[list[object]]:
    """One row of `CSV_HEADER` for each cell."""
    model = result.model
    return [
        [
            *(model.name, model.engine, model.precision, model.device),
            *speed_cells(speed),
            round(result.reachable.share(speed), 4),
        ]
        for speed in result.speeds
    ]


def speed_cells(speed: Speed) -> list[object]:
    """One value for each of `SPEED_COLUMNS`."""
    return [
        speed.n_tokens,
        speed.batch_size,
        speed.latency_p50_ms,
        speed.latency_p95_ms,
        round(speed.tokens_per_second, 1),
        speed.n_runs,
    ]


def throughput_bars(speeds: Sequence[Speed]) -> list[Bar]:
    """A bar for each cell, the fastest over the full width, a gap between lengths."""
    fastest = max(speed.tokens_per_second for speed in speeds)
    lengths = sorted({speed.n_tokens for speed in speeds})
    return [
        Bar(
            row * ROW_HEIGHT + lengths.index(speed.n_tokens) * GROUP_GAP,
            round(BAR_WIDTH * speed.tokens_per_second / fastest, 1),
            f"{speed.batch_size} × {speed.n_tokens}",
            _whole(speed.tokens_per_second),
        )
        for row, speed in enumerate(speeds)
    ]


def _whole(value: float) -> str:
    return f"{value:,.0f}"
