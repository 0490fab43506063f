"""Contenders side by side: Markdown for the terminal, rows for a CSV file."""

from __future__ import annotations

from collections.abc import Sequence

from bge_demo.tabs.benchmark.analysis import (
    MIXED_FROM,
    MIXED_TEXTS,
    MIXED_TO,
    MixedSpeed,
    Reachable,
    Speed,
    advise,
)
from bge_demo.tabs.benchmark.view import SPEED_COLUMNS, speed_cells
from tools.compare_engines.contenders import LONG_TOKENS, Measured

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
            *_limit_lines(measured),
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


def _limit_lines(measured: Sequence[Measured]) -> list[str]:
    """What the machine could do at most, and how near each cell comes."""
    ours = [(one, one.reachable) for one in measured if one.reachable is not None]
    if not ours:
        return []
    cells = [(speed.n_tokens, speed.batch_size) for speed in ours[0][0].speeds]
    limits = [
        ["GFLOP/s", *(f"{most.limit.operations_per_second / 1e9:.0f}" for _, most in ours)],
        ["reading the weights once, ms", *(f"{most.reading_ms:.1f}" for _, most in ours)],
    ]
    shares = [
        [
            f"{cell[1]} x {cell[0]}",
            *(_share_text(one, most, cell) for one, most in ours),
        ]
        for cell in cells
    ]
    title = "Share of this machine's limit (matrix products, or reading the weights once):\n"
    return [title, _table(["", *(one.contender for one, _ in ours)], [*limits, *shares])]


def _share_text(one: Measured, most: Reachable, cell: tuple[int, int]) -> str:
    return f"{100 * most.share(_speed(one, cell)):.0f} %"


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
    speed = _speed(one, cell)
    return f"{speed.latency_p50_ms:.1f} ({speed.latency_p95_ms:.1f}) · {speed.tokens_per_second:.0f}/s"


def _speed(one: Measured, cell: tuple[int, int]) -> Speed:
    return next(speed for speed in one.speeds if (speed.n_tokens, speed.batch_size) == cell)


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
        "What a precision costs in exactness: python -m tools.measure_precision.",
        f"Use {best.contender}, the fastest here: {advice.tokens_per_second:.0f} tokens/s with "
        f"{advice.best_batch_size} texts of {advice.n_tokens} tokens at once."
        f" One text costs: {', '.join(costs)}.",
    ]
