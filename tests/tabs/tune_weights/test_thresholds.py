"""Every threshold against a count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.tabs.tune_weights.held_out import splits
from bge_demo.tabs.tune_weights.thresholds import best_threshold, threshold_curve

ROWS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 1)), min_size=2, max_size=30)


@given(ROWS)
def test_every_cut_counts_what_lies_at_or_above_it(rows: list[tuple[int, int]]) -> None:
    scores, classes = np.array([row[0] / 8 for row in rows]), np.array([row[1] for row in rows])
    curve = threshold_curve(scores, classes)
    for i, value in enumerate(curve.values):
        accepted = scores >= value
        assert curve.found[i] == (accepted & (classes == 1)).sum()
        assert curve.false_alarms[i] == (accepted & (classes == 0)).sum()
        if accepted.any():
            assert curve.precision[i] == pytest.approx((classes[accepted] == 1).mean())


def test_the_best_threshold_lies_in_the_middle_of_the_gap() -> None:
    best = best_threshold(np.array([0.1, 0.2, 0.6, 0.9]), np.array([0, 0, 1, 1]), [])
    assert best.value == pytest.approx(0.4)
    assert (best.precision, best.recall, best.f1, best.held_out_f1) == (1, 1, 1, None)


def test_a_dear_miss_lowers_the_threshold_and_a_cheap_one_raises_it() -> None:
    random = np.random.default_rng(0)
    classes = np.arange(200) % 2
    scores = random.normal(size=200) + classes
    cuts = [best_threshold(scores, classes, [], cost).value for cost in (0.1, 1.0, 10.0)]
    assert cuts == sorted(cuts, reverse=True)
    assert cuts[0] > cuts[2] + 1


def test_the_held_out_f1_is_below_the_fitted_one_on_noise() -> None:
    random = np.random.default_rng(4)
    classes = np.arange(60) % 2
    best = best_threshold(random.random(60), classes, splits(classes, range(60), 0))
    assert best.held_out_f1 is not None
    assert best.held_out_f1 < best.f1


def test_a_threshold_between_two_cuts_accepts_the_same() -> None:
    scores, classes = np.array([0.1, 0.5, 0.9]), np.array([0, 1, 1])
    curve = threshold_curve(scores, classes)
    for value in (0.05, 0.1, 0.3, 0.5, 0.6, 0.95):
        assert curve.found[curve.at(value)] == ((scores >= value) & (classes == 1)).sum()
