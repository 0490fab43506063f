"""Coordinates of the pictures of a tuning: ternary map, ROC, threshold curve, histograms. Knows no HTML."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bge_demo.scores.agreement import Values
from bge_demo.tabs.tune_weights.held_out import GRID
from bge_demo.tabs.tune_weights.result import TuningResult, curve_points
from bge_demo.tabs.tune_weights.thresholds import ThresholdCurve, threshold_curve

SIZE = 300
_HEIGHT = SIZE * math.sqrt(3) / 2
N_BINS = 24
CURVE_POINTS = 41


@dataclass(frozen=True)
class Dot:
    """A point of the ternary map; `shade` 0..1 from the worst to the best figure, steep near the
    best."""

    x: float
    y: float
    shade: float
    title: str


@dataclass(frozen=True)
class Bar:
    """One bin of a histogram, in percent of the drawing; both classes stand back to back."""

    x: float
    width: float
    related: float
    unrelated: float
    title: str


@dataclass(frozen=True)
class Histogram:
    """Bins, and marks at places of the axis in percent."""

    bars: tuple[Bar, ...]
    marks: tuple[tuple[float, str], ...]
    low: float
    high: float


def ternary(result: TuningResult) -> list[Dot]:
    """The whole grid: dense at the lower left, sparse at the lower right, ColBERT on top."""
    figures = result.grid
    low, high = float(np.nanmin(figures)), float(np.nanmax(figures))
    span = (high - low) or 1.0
    return [
        Dot(
            *ternary_place(*weights),
            round(((float(value) - low) / span) ** 3, 3) if np.isfinite(value) else 0.0,
            f"{weights[0]:.2f} / {weights[1]:.2f} / {weights[2]:.2f}: {value:.3f}",
        )
        for weights, value in zip(GRID, figures, strict=True)
    ]


def ternary_place(dense: float, sparse: float, colbert: float) -> tuple[float, float]:
    """Where weights stand on the map. They sum to 1."""
    return round(SIZE * (sparse + colbert / 2), 1), round(_HEIGHT * (1 - colbert), 1)


def roc_line(scores: Values, result: TuningResult) -> str:
    """Points of the ROC curve for a drawing of 100 by 100, from the lower left to the upper right."""
    curve = threshold_curve(scores, result.scored.classes)
    points = zip(curve.false_alarms[::-1], curve.found[::-1], strict=True)
    return " ".join(
        f"{100 * alarms / curve.n_unrelated:.2f},{100 - 100 * found / curve.n_related:.2f}"
        for alarms, found in points
    )


def threshold_lines(curve: ThresholdCurve) -> dict[str, str]:
    """Precision, recall and F1 over the threshold, each for a drawing of 100 by 100."""
    points = curve_points(curve, 201)
    n = len(points) - 1
    return {
        name: " ".join(f"{100 * i / n:.2f},{100 - 100 * point[name]:.2f}" for i, point in enumerate(points))
        for name in ("precision", "recall", "f1")
    }


def place_on(curve: ThresholdCurve, value: float) -> float:
    """Where a threshold stands on the curve's axis, in percent."""
    low, high = float(curve.values[0]), float(curve.values[-1])
    return round(100 * (value - low) / (high - low), 2)


def histogram(scores: Values, result: TuningResult, marks: dict[str, float]) -> Histogram:
    """Shares of related and unrelated pairs by score, each class for itself."""
    classes = result.scored.classes
    low, high = min(0.0, float(scores.min())), max(1.0, float(scores.max()))
    edges = np.linspace(low, high, N_BINS + 1)
    counts = {one: np.histogram(scores[classes == one], edges)[0] for one in (0, 1)}
    most = max(float((counts[one] / max(1, counts[one].sum())).max()) for one in (0, 1)) or 1.0
    bars = tuple(
        Bar(
            x=round(100 * i / N_BINS, 3),
            width=round(100 / N_BINS, 3),
            related=round(50 * counts[1][i] / max(1, counts[1].sum()) / most, 2),
            unrelated=round(50 * counts[0][i] / max(1, counts[0].sum()) / most, 2),
            title=f"{edges[i]:.2f} – {edges[i + 1]:.2f}: {counts[1][i]} / {counts[0][i]}",
        )
        for i in range(N_BINS)
    )
    placed = tuple((round(100 * (value - low) / (high - low), 2), name) for name, value in marks.items())
    return Histogram(bars, placed, low, high)
