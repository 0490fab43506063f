"""Contenders side by side: Markdown for the terminal, rows for a CSV file."""

from __future__ import annotations

from collections.abc import Sequence

from bge_demo.analyses.benchmark import MIXED_FROM, MIXED_TEXTS, MIXED_TO, MixedSpeed, advise
from bge_demo.analyses.contenders import LONG_TOKENS, Measured
from bge_demo.views.benchmark import SPEED_COLUMNS, speed_cells

STARTS = ("cold_start_s", "second_start_s", "memory_mb", "peak_memory_mb")
CSV_HEADER = ("contender", *SPEED_COLUMNS, *STARTS, "mixed_tokens_per_second", "mixed_padding")


def report(measured: Sequence[Measured]) -> str:
    """Markdown: start and memory, every cell side by side, advice."""
    starts = [
        [
            one.contender,
            f"{one.cold_start_s:.1f}",
            "" if one.second_start_s is None else f"{one.second_start_s:.1f}",
            f"{one.memory_mb:.0f}",
            f"{one.peak_memory_mb:.0f}",
        ]
        for one in measured
    ]
    cells = [(speed.n_tokens, speed.batch_size) for speed in measured[0].speeds]
    speeds = [
        [f"{batch_size} x {n_tokens}", *(_cell_text(one, (n_tokens, batch_size)) for one in measured)]
        for n_tokens, batch_size in cells
    ]
    return "\n".join(
        [
            _table(["", "cold start, s", "second start, s", "memory, MB", "peak memory, MB"], starts),
            "Median (95th percentile) in ms and tokens/s, texts x tokens:\n",
            _table(["", *(one.contender for one in measured)], speeds),
            *_mixed_lines(measured),
            *_advice_lines(measured),
            "",
        ]
    )


def csv_rows(measured: Sequence[Measured]) -> list[list[object]]:
    """One row of `CSV_HEADER` for each cell of each contender."""
    return [
        [
            one.contender,
            *speed_cells(speed),
            *(getattr(one, name) for name in STARTS),
            one.mixed and round(one.mixed.tokens_per_second, 1),
            one.mixed_padding,
        ]
        for one in measured
        for speed in one.speeds
    ]


def _mixed_lines(measured: Sequence[Measured]) -> list[str]:
    rows = [_mixed_row(one, one.mixed) for one in measured if one.mixed is not None]
    if not rows:
        return []
    title = f"{MIXED_TEXTS} texts of {MIXED_FROM} to {MIXED_TO} tokens at once:\n"
    return [title, _table(["", "median, ms", "tokens/s", "padding"], rows)]


def _mixed_row(one: Measured, mixed: MixedSpeed) -> list[str]:
    padding = "" if one.mixed_padding is None else f"{100 * one.mixed_padding:.1f} %"
    return [one.contender, f"{mixed.latency_p50_ms:.0f}", f"{mixed.tokens_per_second:.0f}", padding]


def _cell_text(one: Measured, cell: tuple[int, int]) -> str:
    speed = next(speed for speed in one.speeds if (speed.n_tokens, speed.batch_size) == cell)
    return f"{speed.latency_p50_ms:.1f} ({speed.latency_p95_ms:.1f}) · {speed.tokens_per_second:.0f}/s"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _advice_lines(measured: Sequence[Measured]) -> list[str]:
    """Which contender, which batch size, what one text costs."""
    best = max(measured, key=lambda one: advise(one.speeds).tokens_per_second)
    advice = advise(best.speeds)
    costs = [f"{n_tokens} tokens {cost_ms:.1f} ms" for n_tokens, cost_ms in advice.text_costs_ms]
    if best.long_text_ms is not None:
        costs.append(f"{LONG_TOKENS} tokens {best.long_text_ms:.0f} ms")
    return [
        "What a precision costs in exactness: python -m bge_demo.engines.precision_errors.",
        f"Use {best.contender}, the fastest here: {advice.tokens_per_second:.0f} tokens/s with "
        f"{advice.best_batch_size} texts of {advice.n_tokens} tokens at once; no larger batch measured adds "
        f"more than a tenth. One text costs: {', '.join(costs)}.",
    ]
