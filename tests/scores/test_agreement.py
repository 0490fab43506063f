"""Vectorised measures equal scikit-learn's and scipy's, ties and odd shapes included."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, ndcg_score, roc_auc_score

from bge_demo.scores.agreement import METRICS, measure, measure_one

# Few different values: ties are the rule.
ROWS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1)), min_size=4, max_size=40)
GRADED = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=4, max_size=40)


@given(ROWS)
def test_auc_and_average_precision_equal_scikit_learns(rows: list[tuple[int, int]]) -> None:
    scores, labels = np.array(rows, float).T
    if 0 < labels.sum() < len(labels):
        assert measure_one("auc", scores, labels) == pytest.approx(roc_auc_score(labels, scores))
        assert measure_one("average_precision", scores, labels) == pytest.approx(
            average_precision_score(labels, scores)
        )


@given(GRADED)
def test_spearman_and_ndcg_equal_scipys_and_scikit_learns(rows: list[tuple[int, int]]) -> None:
    scores, labels = np.array(rows, float).T
    if labels.any():
        assert measure_one("ndcg", scores, labels) == pytest.approx(ndcg_score([labels], [scores]))
    if len(set(labels)) > 1 and len(set(scores)) > 1:
        assert measure_one("spearman", scores, labels) == pytest.approx(spearmanr(scores, labels).statistic)


def test_auc_equals_a_loop_over_all_pairs() -> None:
    random = np.random.default_rng(3)
    scores, labels = random.integers(0, 9, 60).astype(float), random.integers(0, 2, 60).astype(float)
    wins = [0.5 if a == b else float(a > b) for a in scores[labels == 1] for b in scores[labels == 0]]
    assert measure_one("auc", scores, labels) == pytest.approx(sum(wins) / len(wins))


@pytest.mark.parametrize("metric", METRICS)
def test_each_row_is_measured_by_itself(metric: str) -> None:
    random = np.random.default_rng(4)
    scores, labels = random.normal(size=(5, 30)), random.integers(0, 2, (5, 30)).astype(float)
    together = measure(metric, scores, labels)  # type: ignore[arg-type]
    alone = [measure_one(metric, *pair) for pair in zip(scores, labels, strict=True)]  # type: ignore[arg-type]
    assert together == pytest.approx(alone)


@pytest.mark.parametrize("metric", METRICS)
def test_a_figure_that_is_not_defined_is_nan_without_a_warning(metric: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = measure_one(metric, np.array([0.1, 0.2]), np.zeros(2))  # type: ignore[arg-type]
    assert np.isnan(figure)
