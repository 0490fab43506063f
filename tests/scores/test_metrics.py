"""Metrics against trec_eval's own code, through ir-measures."""

from __future__ import annotations

import math

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.scores.metrics import ndcg_at, recall_at, reciprocal_rank_at

IDS = [f"p{number}" for number in range(20)]
RANKINGS = st.permutations(IDS).flatmap(lambda ids: st.integers(0, 20).map(lambda n: ids[:n]))
RELEVANT = st.sets(st.sampled_from([*IDS, "not in the corpus"]), min_size=1, max_size=20)


def trec_eval(measure: str, ranking: list[str], relevant: set[str]) -> float:
    """The measure as the reference computes it; a query without a run scores 0 there too."""
    labels = [ir_measures.Qrel("q", one, 1) for one in relevant]
    run = [ir_measures.ScoredDoc("q", one, float(-rank)) for rank, one in enumerate(ranking)]
    parsed = ir_measures.parse_measure(measure)
    answer: float = ir_measures.calc_aggregate([parsed], labels, run)[parsed]
    return answer


@given(RANKINGS, RELEVANT, st.sampled_from([1, 5, 10]))
def test_recall_is_that_of_trec_eval(ranking: list[str], relevant: set[str], k: int) -> None:
    assert recall_at(k, ranking, relevant) == pytest.approx(trec_eval(f"R@{k}", ranking, relevant))


@given(RANKINGS, RELEVANT, st.sampled_from([1, 5, 10]))
def test_the_reciprocal_rank_is_that_of_trec_eval(ranking: list[str], relevant: set[str], k: int) -> None:
    ours = reciprocal_rank_at(k, ranking, relevant)
    assert ours == pytest.approx(trec_eval(f"RR@{k}", ranking, relevant))


@given(RANKINGS, RELEVANT, st.sampled_from([1, 5, 10]))
def test_ndcg_is_that_of_trec_eval(ranking: list[str], relevant: set[str], k: int) -> None:
    assert ndcg_at(k, ranking, relevant) == pytest.approx(trec_eval(f"nDCG@{k}", ranking, relevant))


def test_one_relevant_passage_at_rank_three_gives_what_a_pencil_does() -> None:
    ranking, relevant = ["a", "b", "c"], {"c"}
    assert recall_at(10, ranking, relevant) == 1
    assert reciprocal_rank_at(10, ranking, relevant) == 1 / 3
    assert ndcg_at(10, ranking, relevant) == 1 / math.log2(4)


def test_nothing_found_scores_nothing() -> None:
    assert (recall_at(10, [], {"a"}), reciprocal_rank_at(10, [], {"a"}), ndcg_at(10, [], {"a"})) == (0, 0, 0)
