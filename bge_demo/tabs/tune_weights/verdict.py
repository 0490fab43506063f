"""What the figures of a tuning mean, in plain sentences. Computes none of them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bge_demo.locales import Phrase
from bge_demo.scores.agreement import Metric
from bge_demo.scores.resampling import Difference, Figure

FEW_PAIRS = 30
# Below this many nothing is recommended, whatever the figures.
LEAST_PAIRS = 10
# Below this many related, or unrelated, pairs one label more or less moves every figure.
FEW_OF_A_CLASS = 10
# A smaller gain would not show in the figures as they are printed.
SMALLEST_GAIN = 0.005
# What a score that knows nothing gets.
_CHANCE: dict[Metric, float] = {"auc": 0.5, "spearman": 0.0}


def verdict(
    metric: Metric, best_head: str, head: Figure, tuned: Figure, gain: Difference, n_pairs: int
) -> Phrase:
    """Whether tuned weights are better than the best head alone, how sure that is, and what would show it."""
    values = {
        "head": Phrase(f"head.{best_head}"),
        "metric": Phrase(f"metric.{metric}"),
        "tuned": f"{tuned.held_out:.2f}",
        "alone": f"{head.held_out:.2f}",
        "n": n_pairs,
    }
    if head.interval[0] <= _CHANCE.get(metric, -1.0) and not gain.is_above:
        return Phrase(
            "verdict.chance", low=f"{head.interval[0]:.2f}", high=f"{head.interval[1]:.2f}", **values
        )
    if gain.is_above:
        low, high = (f"{bound:+.3f}" for bound in gain.interval)
        return Phrase("verdict.better", gain=f"{gain.value:+.3f}", low=low, high=high, **values)
    if head.held_out >= 1:
        return Phrase("verdict.perfect", **values)
    needed = gain.pairs_needed(n_pairs)
    if needed is None or gain.value < SMALLEST_GAIN or not math.isfinite(gain.interval[0]):
        return Phrase("verdict.nothing_to_gain", **values)
    return Phrase("verdict.too_few", needed=needed, gain=f"{gain.value:+.3f}", **values)


def says_nothing(n_pairs: int, figures: Iterable[Figure]) -> bool:
    """Whether the pairs cannot recommend weights: next to none, or few and no figure with an interval."""
    has_interval = any(one.has_interval for one in figures)
    return n_pairs < LEAST_PAIRS or (n_pairs < FEW_PAIRS and not has_interval)


def undecided(n_pairs: int) -> Phrase:
    """The verdict on pairs that say nothing about weights."""
    return Phrase("verdict.undecided", n=n_pairs, enough=FEW_PAIRS)


def notes_on_size(classes: NDArray[np.intp]) -> list[Phrase]:
    """Warnings about too few pairs, or too few of one kind. (n_pairs,) classes 0/1."""
    n, n_related = len(classes), int(classes.sum())
    if n < FEW_PAIRS:
        return [Phrase("tune.few_pairs", n=n, enough=FEW_PAIRS)]
    if min(n_related, n - n_related) < FEW_OF_A_CLASS:
        return [Phrase("tune.few_of_a_class", related=n_related, others=n - n_related, enough=FEW_OF_A_CLASS)]
    return []
