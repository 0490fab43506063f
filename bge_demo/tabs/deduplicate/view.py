"""Groups of duplicates as a self-contained piece of HTML, and as CSV and JSON files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bge_demo.scores.similar_pairs import UNITS
from bge_demo.tabs.deduplicate.analysis import DuplicateResult
from bge_demo.tabs.deduplicate.groups import LinePair
from bge_demo.tabs.deduplicate.leaks import Leak
from bge_demo.tabs.deduplicate.sources import Source
from bge_demo.text.differences import FLAGS, Difference, differences
from bge_demo.ui.csv_files import csv_text
from bge_demo.ui.rendering import compact_json, render, score
from bge_demo.ui.snippets import snippets

GROUPS_SHOWN = 60
MEMBERS_SHOWN = 20
PAIRS_SHOWN = 30
ROWS_SHOWN = 20
TEXT_SHOWN = 300
HEAT_LINES = 16
MAP_LINES = 600
BINS = 50
CODE_LINES = 200
CSV_HEADER = ("group", "line", "kept", "exact", "score_to_kept", "kept_line", "text")


@dataclass(frozen=True)
class ShownPair:
    """A pair of lines by their numbers, with what only one of them has marked: runs of (text, is marked)."""

    a: int
    b: int
    score: str
    flags: tuple[str, ...]
    runs_a: list[tuple[str, bool]]
    runs_b: list[tuple[str, bool]]


def duplicates_html(
    result: DuplicateResult, source: Source, leaks: Sequence[Leak] = (), second: Sequence[str] = ()
) -> str:
    """Headline, histogram, groups, pairs kept apart, close pairs, map and heat map.

    Lines are called by the source's numbers.
    """
    shown, numbers = result.groups[:GROUPS_SHOWN], source.numbers
    return render(
        "tabs/deduplicate/result.html",
        r=result,
        n_lines=len(result.texts) - len(result.found.lines.blank),
        n_left_out=source.n_left_out,
        n_exact=result.found.lines.n_repeated,
        n_meaning=len(result.removed) - result.found.lines.n_repeated,
        groups=shown,
        members_shown=MEMBERS_SHOWN,
        numbers=numbers,
        unreadable=source.unreadable,
        rows_shown=ROWS_SHOWN,
        cut=_cut,
        apart=[_shown_pair(result, numbers, pair) for pair in result.flagged[:PAIRS_SHOWN]],
        close=[_shown_pair(result, numbers, pair) for pair in _unflagged(result.also_close)[:PAIRS_SHOWN]],
        n_close=len(_unflagged(result.also_close)),
        accepted=[_shown_pair(result, numbers, pair) for pair in result.accepted],
        rejected=[_shown_pair(result, numbers, pair) for pair in result.rejected],
        histogram=_histogram(result),
        map=_map(result, numbers),
        heat=_heat_map(result, numbers),
        leaks=[
            (leak, _cut(result.texts[leak.first]), _cut(second[leak.second])) for leak in leaks[:PAIRS_SHOWN]
        ],
        n_leaks=len({leak.second for leak in leaks}),
        n_second=len(second),
        code=_code(result, second),
        joins=compact_json(_joins(result, source)),
    )


def groups_csv(result: DuplicateResult, numbers: Sequence[int]) -> str:
    """A row for each line of a group, with the line kept in its place, both by their numbers."""
    return csv_text(
        CSV_HEADER,
        (
            (
                number,
                numbers[one.index],
                one.index == group.kept,
                one.exact,
                score(one.score),
                numbers[group.kept],
                result.texts[one.index],
            )
            for number, group in enumerate(result.groups, start=1)
            for one in group.members
        ),
    )


def _code(result: DuplicateResult, second: Sequence[str]) -> list[tuple[str, str]]:
    """The same search for programs; none for more lines than anybody reads."""
    if len(result.texts) + len(second) > CODE_LINES:
        return []
    body: dict[str, Any] = {"texts": list(result.texts), "threshold": result.threshold}
    if second:
        body["second"] = list(second)
    if result.choice.keep != "first":
        body["keep"] = result.choice.keep
    if result.choice.merge_flagged:
        body["merge_flagged"] = True
    return snippets("deduplicate", body)


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN else text[: TEXT_SHOWN - 1] + "…"


def _unflagged(pairs: Sequence[LinePair]) -> list[LinePair]:
    return [pair for pair in pairs if not pair.flags]


def _shown_pair(result: DuplicateResult, numbers: Sequence[int], pair: LinePair) -> ShownPair:
    text_a, text_b = _cut(result.texts[pair.a]), _cut(result.texts[pair.b])
    marked = differences(text_a, text_b) if pair.flags else None
    return ShownPair(
        numbers[pair.a],
        numbers[pair.b],
        score(pair.score),
        pair.flags,
        _runs(text_a, marked.only_a if marked else ()),
        _runs(text_b, marked.only_b if marked else ()),
    )


def _runs(text: str, only_here: Sequence[Difference]) -> list[tuple[str, bool]]:
    """The whole text in runs, those that tell the pair apart marked."""
    runs, place = [], 0
    for one in only_here:
        if one.kind in FLAGS and one.start >= place:
            runs += [(text[place : one.start], False), (text[one.start : one.end], True)]
            place = one.end
    return [run for run in [*runs, (text[place:], False)] if run[0]]


# ---- pictures --------------------------------------------------------------------------------------------


def _histogram(result: DuplicateResult) -> dict[str, Any]:
    """How many pairs score how high: bars with left edge and height in percent, on a logarithmic scale."""
    counts = result.found.pairs.counts
    edges = np.linspace(0, UNITS, BINS + 1).round().astype(int) + UNITS
    per_bin = [int(counts[a:b].sum()) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    per_bin[-1] += int(counts[-1])
    highest = math.log10(1 + max(per_bin, default=0)) or 1
    return {
        "bars": [
            (round(100 * place / BINS, 2), round(100 * math.log10(1 + n) / highest, 2), n, place / BINS)
            for place, n in enumerate(per_bin)
        ],
        "width": 100 / BINS,
        "chance": round(100 * float(np.quantile(result.found.background, 0.999)), 1),
        "n_pairs": result.found.pairs.n_all,
    }


def _lines_of_interest(result: DuplicateResult, most: int) -> list[int]:
    """Distinct lines worth a picture: those of groups, then of close pairs, then any."""
    wanted = [one.index for group in result.groups for one in group.members]
    wanted += [
        index
        for pair in (*result.flagged, *result.also_close, *result.rejected)
        for index in (pair.a, pair.b)
    ]
    wanted += [lines[0] for lines in result.found.lines.copies]
    row_of = {index: row for row, lines in enumerate(result.found.lines.copies) for index in lines}
    chosen: dict[int, int] = {}
    for index in wanted:
        if index in row_of and row_of[index] not in chosen:
            chosen[row_of[index]] = index
        if len(chosen) == most:
            break
    return list(chosen.values())


def _map(result: DuplicateResult, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Points in percent, each with its line and the number of its group, 0 for none."""
    group_of = {one.index: n for n, group in enumerate(result.groups, 1) for one in group.members}
    row_of = {index: row for row, lines in enumerate(result.found.lines.copies) for index in lines}
    lines = _lines_of_interest(result, MAP_LINES)
    if not lines:
        return []
    points = result.found.points[[row_of[index] for index in lines]]
    low, size = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)
    places = (4 + 92 * (points - low) / size).round(2).tolist()
    return [
        {
            "x": x,
            "y": y,
            "line": numbers[index],
            "group": group_of.get(index, 0),
            "text": _cut(result.texts[index]),
        }
        for index, (x, y) in zip(lines, places, strict=True)
    ]


def _heat_map(result: DuplicateResult, numbers: Sequence[int]) -> dict[str, Any]:
    """Scores of the lines worth a picture against each other; None where a pair scores below what is kept."""
    lines = _lines_of_interest(result, HEAT_LINES)
    row_of = {index: row for row, copies in enumerate(result.found.lines.copies) for index in copies}
    rows = np.array([row_of[index] for index in lines], np.int32)
    pairs = result.found.pairs
    near = np.isin(pairs.first, rows) & np.isin(pairs.second, rows)
    known = {
        (a, b): units / UNITS
        for a, b, units in zip(
            pairs.first[near].tolist(), pairs.second[near].tolist(), pairs.units[near].tolist(), strict=True
        )
    }
    cells = [
        [1.0 if a == b else known.get((min(a, b), max(a, b))) for b in rows.tolist()] for a in rows.tolist()
    ]
    return {
        "lines": [numbers[index] for index in lines],
        "texts": [result.texts[i][:60] for i in lines],
        "cells": cells,
    }


def _joins(result: DuplicateResult, source: Source) -> dict[str, Any]:
    """What the page needs to count along while the threshold moves: the units at which lines become one."""
    n_lines = len(result.texts) + len(source.unreadable)
    tree = result.found.merged if result.choice.merge_flagged else result.found.apart
    copies = [len(lines) for lines in result.found.lines.copies]
    return {"units": tree.units.tolist(), "nExact": sum(copies) - len(copies), "nLines": n_lines}
