"""The best mix of three heads, and what it is worth on pairs it was not fitted to. Pure arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.caller import check_caller
from bge_demo.scores.agreement import Metric, Values, measure

STEP = 0.05
FOLDS = 5
# Several divisions into folds: one alone leaves the figure to the luck of the draw.
REPEATS = 3


@dataclass(frozen=True)
class Split:
    """The positions of pairs to fit to and of pairs held out."""

    fitted: NDArray[np.intp]
    held_out: NDArray[np.intp]


def simplex() -> Values:
    """(231, 3) all weights that sum to 1, in steps of 0.05."""
    n = round(1 / STEP)
    points = [(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)]
    return np.array(points) / n


GRID = simplex()


def grid_figures(metric: Metric, scores: Values, labels: Values) -> Values:
    """(n_pairs, 3), (n_pairs,) -> (n_points,), the figure at each point of the grid."""
    # Rounded, so that two sums of equal parts tie as the parts do.
    return measure(metric, np.round(GRID @ scores.T, 10), labels)


def best_point(figures: Values) -> Values:
    """(n_points,) -> (3,) the weights of the highest figure; among equals the one nearest to their middle.

    Where no figure is defined the middle of the grid.
    """
    if not np.isfinite(figures).any():
        return np.full(3, 1 / 3)
    highest = GRID[np.nan_to_num(figures, nan=-np.inf) >= np.nanmax(figures) - 1e-12]
    middle = highest.mean(axis=0)
    nearest: Values = highest[np.argmin(((highest - middle) ** 2).sum(axis=1))]
    return nearest


def splits(classes: NDArray[np.intp], groups: Sequence[int], seed: int) -> list[Split]:
    """Folds that tear no group apart and hold both classes in like shares; none if there are too few."""
    # Late: scikit-learn takes a second to import.
    from sklearn.model_selection import StratifiedGroupKFold

    n_folds = min(FOLDS, len(set(groups)), *Counter(classes.tolist()).values())
    if n_folds < 2:
        return []
    folds = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    return [Split(*pair) for pair in folds.split(classes, classes, groups) if len(pair[1])]


def held_out_scores(metric: Metric, scores: Values, labels: Values, folds: Sequence[Split]) -> Values:
    """(n_pairs, 3) -> (n_pairs,) the score of each pair by the weights fitted without its fold.

    In units of the fitted pairs' spread: folds have weights of their own, and their scores are ranked
    together.
    """
    held_out = np.empty(len(scores))
    for fold in folds:
        check_caller()
        fitted = scores[fold.fitted]
        weights = best_point(grid_figures(metric, fitted, labels[fold.fitted]))
        spread = (fitted @ weights).std() or 1.0
        held_out[fold.held_out] = (scores[fold.held_out] @ weights - (fitted @ weights).mean()) / spread
    return held_out
