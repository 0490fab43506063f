"""A tuning as self-contained pieces of HTML: the verdict with its figures, and the threshold by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from bge_demo.locales import Phrase
from bge_demo.scores.resampling import Figure
from bge_demo.scores.scoring import (
    NEAR_IDENTICAL_ABOVE,
    RELATED_FROM,
    WEAKLY_RELATED_FROM,
    WEIGHT_PRESETS,
    ScoreWeights,
)
from bge_demo.tabs.tune_weights.drawing import (
    CURVE_POINTS,
    histogram,
    place_on,
    roc_line,
    ternary,
    ternary_place,
    threshold_lines,
)
from bge_demo.tabs.tune_weights.exports import store_snippets, weights_json, weights_text
from bge_demo.tabs.tune_weights.pair_scores import HEADS, as_array
from bge_demo.tabs.tune_weights.result import TuningResult, curve_points
from bge_demo.ui.csv_files import csv_text
from bge_demo.ui.rendering import NO_FIGURE, as_json, decimals, render
from bge_demo.ui.snippets import snippets

CSV_HEADER = ("model", "row", "label", "dense", "sparse", "colbert", "score", "accepted")
MOST_WRONG = 30
# A request of more pairs is no example any more.
CODE_PAIRS = 4
_CUT_CHARS = 220


class FigureRow(NamedTuple):
    """One line of the table of figures; widths are in percent of a scale."""

    key: str
    weights: str
    value: str
    interval: str
    left: float
    width: float
    place: float
    is_best: bool

    @property
    def lacks_interval(self) -> bool:
        """Whether there is a figure that no interval can be given for."""
        return self.value != NO_FIGURE and not self.interval


def tuning_html(result: TuningResult) -> str:
    """Verdict, figures, ternary map and ROC, weights for other programs, with downloads inside."""
    low = _scale_start(result)
    best = as_array(result.best.weights)
    return render(
        "tabs/tune_weights/result.html",
        r=result,
        metric=Phrase(f"metric.{result.metric}"),
        recommended=weights_text(result.recommended),
        heads=[_fixed_row(result, name, low) for name in HEADS],
        presets=[_fixed_row(result, name, low) for name in WEIGHT_PRESETS],
        winners=[_winner_row(result, name, low) for name in result.winners],
        decides=_normalisation_decides(result),
        dots=ternary(result),
        best_place=ternary_place(*best),
        best_weights=weights_text(result.best.weights),
        roc={
            "recommended": roc_line(result.scores, result),
            **{head: roc_line(result.scored.table.raw[:, i], result) for i, head in enumerate(HEADS)},
        },
        stores=store_snippets(result),
        snippets=snippets("tune_weights", {"pairs": _example(result), "metric": result.metric}),
        json=as_json(result.to_json()),
        csv=csv_text(CSV_HEADER, _csv_rows(result)),
    )


def threshold_html(result: TuningResult) -> str:
    """The threshold: its figures, the curve at each value, histograms, pairs still wrong, what to label."""
    curve = result.curve
    bands = {"30": WEAKLY_RELATED_FROM / 100, "60": RELATED_FROM / 100, "85": NEAR_IDENTICAL_ABOVE / 100}
    return render(
        "tabs/tune_weights/threshold.html",
        r=result,
        cut=f"{result.threshold.value:.3f}",
        cut_place=place_on(curve, result.threshold.value),
        low=decimals(curve.values[0]),
        high=decimals(curve.values[-1]),
        lines=threshold_lines(curve),
        points=curve_points(curve, CURVE_POINTS),
        score_bins=histogram(result.scores, result, {"": result.threshold.value}),
        dense_bins=histogram(result.scored.table.raw[:, 0], result, bands),
        wrong=result.wrong[:MOST_WRONG],
        n_wrong=len(result.wrong),
        link=lambda a, b: compare_link(a, b, result.recommended),
        short=_short,
        weights_json=as_json(weights_json(result)),
    )


def compare_link(text_a: str, text_b: str, weights: ScoreWeights) -> str:
    """The address of a pair in Compare, with these weights."""
    return "#compare?" + urlencode({"a": text_a, "b": text_b, "w": weights_text(weights)})


def _fixed_row(result: TuningResult, name: str, low: float) -> FigureRow:
    family = "head" if name in HEADS else "preset"
    is_best = not result.is_better and name == result.best_head
    return _row(f"{family}.{name}", "", result.fixed[name], low, is_best)


def _winner_row(result: TuningResult, name: str, low: float) -> FigureRow:
    winner = next(one for one in result.winners.values() if one.normalization == name)
    is_best = result.is_better and name == result.normalization
    return _row(f"normalization.{name}", weights_text(winner.weights), winner.figure, low, is_best)


def _row(key: str, weights: str, figure: Figure, low: float, is_best: bool) -> FigureRow:
    def place(value: float) -> float:
        return round(100 * min(1.0, max(0.0, (value - low) / (1 - low))), 1) if math.isfinite(value) else 0.0

    start, end = (place(bound) for bound in figure.interval)
    interval = " – ".join(_two(bound) for bound in figure.interval) if figure.has_interval else ""
    return FigureRow(
        key,
        weights,
        _two(figure.held_out),
        interval,
        start,
        round(end - start, 1),
        place(figure.held_out),
        is_best,
    )


def _scale_start(result: TuningResult) -> float:
    """Where the bars begin: the lowest bound of all, rounded down to a tenth."""
    figures = [*result.fixed.values(), *(winner.figure for winner in result.winners.values())]
    bounds = [figure.interval[0] for figure in figures if math.isfinite(figure.interval[0])]
    return min(0.9, math.floor(10 * min(bounds, default=0.0)) / 10)


def _normalisation_decides(result: TuningResult) -> bool:
    """Whether another normalisation would recommend something else beyond doubt."""
    return len({winner.gain.is_above for winner in result.winners.values()}) > 1


def _two(value: float) -> str:
    return decimals(value) if math.isfinite(value) else NO_FIGURE


def _short(text: str) -> str:
    return text if len(text) <= _CUT_CHARS else text[: _CUT_CHARS - 1] + "…"


def _example(result: TuningResult) -> list[dict[str, object]]:
    """A few of the pairs, of both classes."""
    chosen: list[int] = []
    for one in (1, 0):
        chosen += [i for i, a_class in enumerate(result.scored.classes) if a_class == one][: CODE_PAIRS // 2]
    pairs = [result.scored.pairs[i] for i in chosen]
    return [{"text_a": _short(one.text_a), "text_b": _short(one.text_b), "label": one.label} for one in pairs]


def _csv_rows(result: TuningResult) -> Sequence[Sequence[object]]:
    rows = zip(result.scored.pairs, result.scored.table.raw, result.scores, strict=True)
    return [
        [
            result.model.name,
            pair.row,
            pair.label,
            *(round(float(value), 6) for value in raw),
            round(float(score), 6),
            int(score >= result.threshold.value),
        ]
        for pair, raw, score in rows
    ]
