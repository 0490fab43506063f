"""How far a figure on some pairs may be trusted: bootstrap intervals, differences, how many pairs would do.

Knows labels and scores, no texts. Whole groups of pairs are drawn, as they depend on each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.caller import check_caller
from bge_demo.scores.agreement import Metric, Values, measure

RESAMPLES = 1000
CONFIDENCE = 0.95
# Two-sided 95 % and a power of 80 %.
_DEVIATIONS_NEEDED = 1.96 + 0.84


@dataclass(frozen=True)
class Figure:
    """A measured figure with its bootstrap interval; NaN bounds where it cannot be resampled."""

    held_out: float
    interval: tuple[float, float]

    @property
    def has_interval(self) -> bool:
        """Whether resamples differ: where all give one figure, they say nothing of how far it may be off."""
        return self.interval[0] < self.interval[1]

    def to_json(self) -> dict[str, Any]:
        """Numbers with six decimals; None for what is not defined."""
        return {"held_out": finite(self.held_out), "interval": [finite(bound) for bound in self.interval]}


@dataclass(frozen=True)
class Difference:
    """How much one figure lies above another on the same resamples."""

    value: float
    interval: tuple[float, float]
    standard_error: float

    @property
    def is_above(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.interval[0] > 0

    def pairs_needed(self, n_pairs: int) -> int | None:
        """About how many pairs like these would show this difference, in two digits; None if it is not
        above 0."""
        if not self.value > 0:
            return None
        needed = n_pairs * (_DEVIATIONS_NEEDED * self.standard_error / self.value) ** 2
        unit = math.pow(10, max(0, math.floor(math.log10(max(needed, 1.0))) - 1))
        return max(n_pairs, round(math.ceil(needed / unit) * unit))

    def to_json(self) -> dict[str, Any]:
        """Numbers with six decimals."""
        return {"value": finite(self.value), "interval": [finite(bound) for bound in self.interval]}


def resampled(
    metric: Metric, scores: Values, labels: Values, groups: Sequence[int], n_resamples: int = RESAMPLES
) -> Values:
    """(n_rows, n_pairs) scores, (n_pairs,) labels and groups -> (n_resamples, n_rows) figures.

    The same resamples for every row, so rows can be subtracted. Equal inputs give equal figures.
    """
    members = _members(groups)
    random = np.random.default_rng(0)
    figures = np.empty((n_resamples, len(scores)))
    for i in range(n_resamples):
        check_caller()
        drawn = random.integers(len(members), size=len(members))
        pairs = np.concatenate([members[group] for group in drawn])
        figures[i] = measure(metric, scores[:, pairs], labels[pairs])
    return figures


def figure(value: float, resamples: Values) -> Figure:
    """A figure and (n_resamples,) of its resamples -> the figure with its interval."""
    return Figure(float(value), _interval(resamples))


def difference(a: Figure, b: Figure, resamples_a: Values, resamples_b: Values) -> Difference:
    """How much `a` lies above `b`; (n_resamples,) each, of the same resamples."""
    differences = resamples_a - resamples_b
    known = differences[np.isfinite(differences)]
    error = float(known.std()) if len(known) else math.nan
    return Difference(a.held_out - b.held_out, _interval(differences), error)


def finite(value: float) -> float | None:
    """Six decimals, or None for what is not a number: JSON knows no NaN."""
    return round(float(value), 6) if math.isfinite(value) else None


def _interval(resamples: Values) -> tuple[float, float]:
    known = resamples[np.isfinite(resamples)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _members(groups: Sequence[int]) -> list[NDArray[np.intp]]:
    """The pairs of each group."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(np.asarray(groups)[order])) + 1
    return list(np.split(order, starts))
