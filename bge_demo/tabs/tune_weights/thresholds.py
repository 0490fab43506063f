"""Where to put the cut between related and unrelated: every threshold with what it costs. Pure arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bge_demo.scores.agreement import Values
from bge_demo.tabs.tune_weights.held_out import Split


@dataclass(frozen=True)
class ThresholdCurve:
    """All cuts between two different scores, ascending, and what lies at or above each of them.

    `values` (n_cuts,), one more than the different `scores`; `found`, `false_alarms` (n_cuts,) counts of
    related and unrelated pairs accepted.
    """

    scores: Values
    values: Values
    found: NDArray[np.intp]
    false_alarms: NDArray[np.intp]
    n_related: int
    n_unrelated: int

    @property
    def precision(self) -> Values:
        """(n_cuts,); 1 where nothing is accepted."""
        accepted = self.found + self.false_alarms
        share: Values = np.divide(self.found, accepted, out=np.ones(len(accepted)), where=accepted > 0)
        return share

    @property
    def recall(self) -> Values:
        """(n_cuts,)."""
        share: Values = self.found / max(self.n_related, 1)
        return share

    @property
    def f1(self) -> Values:
        """(n_cuts,)."""
        mean: Values = 2 * self.found / (self.found + self.false_alarms + self.n_related)
        return mean

    def best(self, miss_cost: float | None) -> int:
        """The cut of the highest F1; given the cost of a miss in false alarms, the cheapest cut."""
        if miss_cost is None:
            return _middle_of(self.f1 >= self.f1.max() - 1e-12)
        cost = self.false_alarms + miss_cost * (self.n_related - self.found)
        return _middle_of(cost <= cost.min() + 1e-9)

    def at(self, value: float) -> int:
        """The cut that accepts just what `value` as a threshold accepts."""
        return int(np.searchsorted(self.scores, value))


@dataclass(frozen=True)
class Threshold:
    """One cut with its figures; `held_out_f1` is what a cut chosen the same way gets on held-out pairs."""

    value: float
    precision: float
    recall: float
    f1: float
    held_out_f1: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Numbers with six decimals."""
        return {key: None if value is None else round(value, 6) for key, value in asdict(self).items()}


def threshold_curve(scores: Values, classes: NDArray[np.intp]) -> ThresholdCurve:
    """(n_pairs,) scores and classes 0/1 -> every cut. A pair is accepted at or above the threshold."""
    different = np.unique(scores)
    between = (different[1:] + different[:-1]) / 2
    margin = max(float(different[-1] - different[0]) / 100, 1e-6)
    values = np.concatenate([[different[0] - margin], between, [different[-1] + margin]])
    related, unrelated = np.sort(scores[classes == 1]), np.sort(scores[classes == 0])
    return ThresholdCurve(
        scores=different,
        values=values,
        found=len(related) - np.searchsorted(related, values),
        false_alarms=len(unrelated) - np.searchsorted(unrelated, values),
        n_related=len(related),
        n_unrelated=len(unrelated),
    )


def best_threshold(
    scores: Values, classes: NDArray[np.intp], folds: Sequence[Split], miss_cost: float | None = None
) -> Threshold:
    """The best cut on all pairs, and the F1 on held-out pairs of cuts chosen without them."""
    curve = threshold_curve(scores, classes)
    return threshold_at(curve, curve.best(miss_cost), _held_out_f1(scores, classes, folds, miss_cost))


def threshold_at(curve: ThresholdCurve, cut: int, held_out_f1: float | None = None) -> Threshold:
    """A cut of a curve with its figures."""
    return Threshold(
        value=float(curve.values[cut]),
        precision=float(curve.precision[cut]),
        recall=float(curve.recall[cut]),
        f1=float(curve.f1[cut]),
        held_out_f1=held_out_f1,
    )


def _held_out_f1(
    scores: Values, classes: NDArray[np.intp], folds: Sequence[Split], miss_cost: float | None
) -> float | None:
    if not folds:
        return None
    accepted = np.zeros(len(scores), bool)
    for fold in folds:
        curve = threshold_curve(scores[fold.fitted], classes[fold.fitted])
        accepted[fold.held_out] = scores[fold.held_out] >= curve.values[curve.best(miss_cost)]
    hits = int((accepted & (classes == 1)).sum())
    total = int(accepted.sum()) + int((classes == 1).sum())
    return 2 * hits / total if total else math.nan


def _middle_of(places: NDArray[np.bool_]) -> int:
    """The middle of the first run of equally good cuts: as far from both sides' pairs as can be."""
    first = int(np.argmax(places))
    ends = np.flatnonzero(~places[first:])
    run = int(ends[0]) if len(ends) else len(places) - first
    return first + (run - 1) // 2
