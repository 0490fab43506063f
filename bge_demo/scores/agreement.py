"""How well scores agree with labels: AUC, average precision, Spearman, nDCG, for many scores at once.

Equal to scikit-learn's and scipy's figures, ties included; the rows here are the points of a grid or the
resamples of a bootstrap, which one call a figure would take minutes for. Knows no texts and no weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Metric = Literal["auc", "average_precision", "spearman", "ndcg"]
METRICS: tuple[Metric, ...] = get_args(Metric)


def auc(scores: Values, labels: Values) -> Values:
    """(n_rows, n_pairs) scores, labels 0/1 of the same shape -> (n_rows,); NaN where a row has one class.

    The chance that a related pair scores above an unrelated one, ties counting half (Mann-Whitney).
    """
    ranks = _ranks(scores)
    n_related = labels.sum(axis=1)
    n_others = labels.shape[1] - n_related
    above = (ranks * labels).sum(axis=1) - n_related * (n_related + 1) / 2
    return _divided(above, n_related * n_others)


def average_precision(scores: Values, labels: Values) -> Values:
    """(n_rows, n_pairs) scores and labels 0/1 -> (n_rows,): mean over related pairs of the precision at
    their score; NaN without related pairs."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ordered, found = _taken(scores, order), _taken(labels, order)
    _, last = _tie_bounds(ordered)
    precision = np.cumsum(found, axis=1) / np.arange(1, scores.shape[1] + 1)
    return _divided((_taken(precision, last) * found).sum(axis=1), found.sum(axis=1))


def spearman(scores: Values, labels: Values) -> Values:
    """(n_rows, n_pairs) scores and grades -> (n_rows,) correlation of ranks; NaN where one is constant."""
    a, b = (_ranks(values) - (values.shape[1] + 1) / 2 for values in (scores, labels))
    return _divided((a * b).sum(axis=1), np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)))


def ndcg(scores: Values, labels: Values) -> Values:
    """(n_rows, n_pairs) scores and grades >= 0 -> (n_rows,) of one ranking of all pairs; ties share their
    gain; NaN where every grade is 0."""
    discounts = 1 / np.log2(np.arange(2, scores.shape[1] + 2))
    order = np.argsort(-scores, axis=1, kind="stable")
    first, last = _tie_bounds(_taken(scores, order))
    totals = np.concatenate([[0.0], np.cumsum(discounts)])
    shared = (totals[last + 1] - totals[first]) / (last - first + 1)
    ideal = -np.sort(-labels, axis=1)
    return _divided((_taken(labels, order) * shared).sum(axis=1), (ideal * discounts).sum(axis=1))


MEASURES: dict[Metric, Callable[[Values, Values], Values]] = {
    "auc": auc,
    "average_precision": average_precision,
    "spearman": spearman,
    "ndcg": ndcg,
}
# Metrics of two classes; the others read grades.
OF_TWO_CLASSES: frozenset[Metric] = frozenset({"auc", "average_precision"})


def measure(metric: Metric, scores: Values, labels: Values) -> Values:
    """(n_rows, n_pairs) scores, (n_pairs,) or (n_rows, n_pairs) labels -> (n_rows,)."""
    return MEASURES[metric](scores, np.broadcast_to(labels, scores.shape))


def measure_one(metric: Metric, scores: Values, labels: Values) -> float:
    """(n_pairs,), (n_pairs,) -> one figure.

    >>> measure_one("auc", np.array([0.9, 0.2, 0.4]), np.array([1.0, 0.0, 1.0]))
    1.0
    """
    return float(measure(metric, scores[None], labels)[0])


def _ranks(values: Values) -> Values:
    """(n_rows, n_pairs) ranks from 1, ties at their mean."""
    # scipy.stats takes a good part of a second to import.
    from scipy.stats import rankdata

    ranks: Values = rankdata(values, axis=1)
    return ranks


def _taken(values: Values, places: NDArray[np.intp]) -> Values:
    taken: Values = np.take_along_axis(np.broadcast_to(values, places.shape), places, axis=1)
    return taken


def _tie_bounds(ordered: Values) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Sorted rows -> the first and the last position of each value's run of equal values."""
    n = ordered.shape[1]
    positions = np.arange(n)
    new = np.ones(ordered.shape, bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    ends = np.ones(ordered.shape, bool)
    ends[:, :-1] = new[:, 1:]
    first = np.maximum.accumulate(np.where(new, positions, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, positions, n - 1)[:, ::-1], axis=1)[:, ::-1]
    return first, last


def _divided(above: Values, below: Values) -> Values:
    """NaN where the divisor is 0."""
    quotient: Values = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return quotient
