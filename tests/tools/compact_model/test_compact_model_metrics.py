"""Figures out of scores, against slow oracles; the hand-written word links; the card's tables."""

from __future__ import annotations

import numpy as np
import pytest

from tools.compact_model.alignments import read_links
from tools.compact_model.card import table
from tools.compact_model.losses import CALIBRATION, calibrated
from tools.compact_model.metrics import late_scores, lexical_scores, quantiles, recall_at_1, spearman


def test_recall_counts_rows_whose_own_column_is_best() -> None:
    assert recall_at_1(np.array([[0.9, 0.1], [0.8, 0.2]], np.float32)) == 50.0


def test_late_scores_are_mean_maxsim() -> None:
    rng = np.random.default_rng(0)
    queries, passages = (
        [rng.normal(size=(n, 4)).astype(np.float32) for n in sizes] for sizes in ((1, 3), (2, 5, 4))
    )
    wanted = [
        [np.mean([max(q @ p for p in passage) for q in query]) for passage in passages] for query in queries
    ]
    assert late_scores(queries, passages) == pytest.approx(np.array(wanted), abs=1e-5)


def test_lexical_scores_sum_products_of_shared_tokens() -> None:
    found = lexical_scores([{1: 0.5, 2: 0.25}, {9: 1.0}], [{2: 0.5, 3: 1.0}, {1: 1.0, 2: 1.0}])
    assert found == pytest.approx(np.array([[0.125, 0.75], [0.0, 0.0]]))


def test_rank_correlation_shares_ranks_of_equal_values() -> None:
    assert spearman([1, 2, 3], [10, 20, 15]) == 50.0
    assert spearman([1, 1, 2], [5, 5, 9]) == 100.0
    assert spearman([1, 1, 1], [5, 6, 9]) == 0.0


def test_quantiles_are_named_by_their_share() -> None:
    assert quantiles(np.array([0.0, 1.0, 2.0], np.float32), (0.0, 0.5)) == {"0.0": 0.0, "0.5": 1.0}


def test_calibration_rises_and_meets_its_points() -> None:
    import torch

    at = torch.linspace(-1, 1, 201)
    assert (calibrated(at).diff() > 0).all()
    x, y = torch.tensor(CALIBRATION).T
    assert calibrated(x).numpy() == pytest.approx(y.numpy(), abs=1e-6)


def test_every_linked_word_stands_in_its_sentence() -> None:
    pairs = read_links()
    assert sum(len(pair.links) for pair in pairs) >= 200
    assert {pair.language for pair in pairs} >= {"ar", "de", "es", "ja", "ko", "ru", "th", "tr", "zh"}


def test_a_table_is_markdown() -> None:
    assert table(["", "a"], [["x", 1.5]]) == "| | a |\n|---|---|\n| x | 1.5 |"
