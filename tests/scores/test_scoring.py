"""Scores against the model card's arithmetic and against slow oracles; bands, percentages and weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
from fakes import FakeEncoder
from hypothesis import assume, given
from hypothesis import strategies as st

from bge_demo.encoder.contract import FloatArray, SparseVector, need_colbert, need_dense, need_sparse
from bge_demo.errors import InputError
from bge_demo.scores.scoring import (
    DEFAULT_WEIGHTS,
    WEIGHT_PRESETS,
    PairScores,
    ScoreWeights,
    band,
    best_matches,
    dense_scores,
    lexical_matches,
    lexical_matching_score,
    mean_maxsim,
    pair_scores,
    percentile,
    similarity_percent,
    upper_triangle,
)

# "What is BGE M3?" and its passage, as the model card prints them.
QUERY_WEIGHTS = {
    335: 0.12965,
    11679: 0.25187,
    276: 0.17002,
    363: 0.26958,
    83: 0.08147,
    4865: 0.08362,
    32: 0.04076,
}
PASSAGE_WEIGHTS = {335: 0.14094, 11679: 0.25865, 276: 0.17205, 363: 0.26893, 83: 0.12734}
CARD = PairScores(dense=0.6260, sparse=0.1956, colbert=0.7796, colbert_reverse=0.0)
CARD_WEIGHTS = WEIGHT_PRESETS["model-card"]

finite_weights = st.floats(0, 1e6, allow_nan=False)
sparse_vectors = st.dictionaries(st.integers(4, 12), st.floats(1e-6, 10), max_size=8)


def _rows(n_rows: int, dim: int, seed: int) -> FloatArray:
    rows = np.random.default_rng(seed).standard_normal((n_rows, dim)).astype(np.float32)
    unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def test_the_lexical_weights_of_the_model_card_give_its_score() -> None:
    assert lexical_matching_score(QUERY_WEIGHTS, PASSAGE_WEIGHTS) == pytest.approx(0.1955, abs=1e-4)


def test_the_hybrid_scores_of_the_model_card_come_out() -> None:
    assert CARD.hybrid(CARD_WEIGHTS) == pytest.approx(0.6014, abs=1e-4)
    assert CARD.sparse_dense(CARD_WEIGHTS) == pytest.approx(0.4825, abs=1e-4)


def test_the_presets_are_those_of_the_design() -> None:
    assert {name: (w.dense, w.sparse, w.colbert) for name, w in WEIGHT_PRESETS.items()} == {
        "model-card": (0.4, 0.2, 0.4),
        "even": (0.4, 0.3, 0.3),
        "cross-lingual": (0.6, 0.1, 0.3),
        "keyword": (0.3, 0.5, 0.2),
        "long-document": (0.3, 0.2, 0.5),
        "mkqa": (1.0, 0.3, 1.0),
    }
    assert DEFAULT_WEIGHTS == "model-card"


def test_json_names_every_score_as_flag_embedding_does() -> None:
    answer = CARD.to_json(CARD_WEIGHTS)
    assert answer["colbert+sparse+dense"] == answer["hybrid"] == CARD.hybrid(CARD_WEIGHTS)
    assert answer["sparse+dense"] == CARD.sparse_dense(CARD_WEIGHTS)
    assert (answer["dense"], answer["sparse"], answer["colbert"]) == (0.6260, 0.1956, 0.7796)
    assert answer["colbert_reverse"] == 0.0


@given(finite_weights, finite_weights, finite_weights, st.floats(0.1, 100))
def test_only_the_proportions_of_weights_matter(d: float, s: float, c: float, factor: float) -> None:
    assume(d + s + c > 1e-3)
    scaled = ScoreWeights(d * factor, s * factor, c * factor)
    assert CARD.hybrid(scaled) == pytest.approx(CARD.hybrid(ScoreWeights(d, s, c)), rel=1e-9)


def test_one_weight_alone_gives_that_score() -> None:
    assert CARD.hybrid(ScoreWeights(2, 0, 0)) == CARD.dense
    assert CARD.hybrid(ScoreWeights(0, 3, 0)) == pytest.approx(CARD.sparse)
    assert CARD.hybrid(ScoreWeights(0, 0, 1)) == CARD.colbert


def test_sparse_and_dense_are_undefined_when_only_colbert_counts() -> None:
    assert CARD.sparse_dense(ScoreWeights(0, 0, 1)) is None


@pytest.mark.parametrize(
    "values",
    [(0, 0, 0), (-0.1, 1, 1), (1, -1e-9, 1), (math.nan, 1, 1), (1, math.inf, 1), (1, 1, -math.inf)],
)
def test_weights_below_zero_all_zero_or_not_finite_are_refused(values: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="not all 0"):
        ScoreWeights(*values)


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (100.0, "near-identical"),
        (85.01, "near-identical"),
        (85.0, "related"),
        (60.0, "related"),
        (59.99, "weakly-related"),
        (30.0, "weakly-related"),
        (29.99, "unrelated"),
        (0.0, "unrelated"),
    ],
)
def test_bands_change_exactly_at_their_bounds(percent: float, expected: str) -> None:
    assert band(percent) == expected


@pytest.mark.parametrize(
    ("cosine", "shown", "expected"),
    [
        (0.850049, "85.00", "related"),
        (0.850051, "85.01", "near-identical"),
        (0.599951, "60.00", "related"),
        (0.599949, "59.99", "weakly-related"),
        (0.299951, "30.00", "weakly-related"),
        (0.299949, "29.99", "unrelated"),
        (1.0000002, "100.00", "near-identical"),
        (-0.3, "0.00", "unrelated"),
    ],
)
def test_the_band_belongs_to_the_number_as_displayed(cosine: float, shown: str, expected: str) -> None:
    percent = similarity_percent(cosine)
    assert f"{percent:.2f}" == shown
    assert band(percent) == expected


@given(st.floats(-1.001, 1.001))
def test_a_percentage_has_two_decimals_and_stays_between_0_and_100(cosine: float) -> None:
    percent = similarity_percent(cosine)
    assert 0 <= percent <= 100
    assert float(f"{percent:.2f}") == percent
    assert abs(percent - 100 * min(1.0, max(0.0, cosine))) <= 0.005 + 1e-9


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=60), st.floats(-1, 1, width=32))
def test_the_percentile_counts_what_scores_lower(background: list[float], cosine: float) -> None:
    ascending = np.sort(np.array(background, np.float32))
    n_lower = sum(value < cosine for value in background)
    assert percentile(cosine, ascending) == 100 * n_lower / len(background)


@given(sparse_vectors, sparse_vectors)
def test_the_lexical_score_equals_a_walk_over_both_vectors(a: SparseVector, b: SparseVector) -> None:
    oracle = sum(weight * b.get(token_id, 0.0) for token_id, weight in a.items())
    assert lexical_matching_score(a, b) == pytest.approx(oracle, rel=1e-12)
    assert lexical_matching_score(a, b) == pytest.approx(lexical_matching_score(b, a), rel=1e-12)


@given(sparse_vectors, sparse_vectors)
def test_the_parts_are_the_shared_tokens_largest_first_and_sum_to_the_score(
    a: SparseVector, b: SparseVector
) -> None:
    matches = lexical_matches(a, b)
    assert {match.token_id for match in matches} == set(a) & set(b)
    assert all(
        (match.weight_a, match.weight_b) == (a[match.token_id], b[match.token_id]) for match in matches
    )
    contributions = [match.contribution for match in matches]
    assert contributions == sorted(contributions, reverse=True)
    assert math.fsum(contributions) == lexical_matching_score(a, b)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5), st.integers(0, 999))
def test_best_matches_equal_a_double_loop(n_query: int, n_passage: int, dim: int, seed: int) -> None:
    query, passage = _rows(n_query, dim, seed), _rows(n_passage, dim, seed + 1)
    oracle = [max(float(sum(q * p)) for p in passage) for q in query]
    np.testing.assert_allclose(best_matches(query, passage), oracle, atol=1e-6)
    assert mean_maxsim(query, passage) == pytest.approx(sum(oracle) / n_query, abs=1e-6)


@pytest.mark.parametrize("n_query", [1023, 1024, 1025, 2049])
def test_best_matches_keep_every_row_across_blocks(n_query: int) -> None:
    query, passage = _rows(n_query, 8, 1), _rows(7, 8, 2)
    np.testing.assert_allclose(best_matches(query, passage), (query @ passage.T).max(axis=1), atol=1e-6)


def test_the_colbert_score_of_a_part_against_the_whole_is_asymmetric() -> None:
    whole = np.eye(4, dtype=np.float32)
    part = whole[:2]
    assert mean_maxsim(part, whole) == 1.0
    assert mean_maxsim(whole, part) == 0.5


def test_dense_scores_are_queries_by_passages() -> None:
    queries, passages = _rows(3, 5, 1), _rows(2, 5, 2)
    scores = dense_scores(queries, passages)
    assert scores.shape == (3, 2)
    assert scores[2, 1] == pytest.approx(float(np.dot(queries[2], passages[1])), abs=1e-6)


def test_the_upper_triangle_holds_every_pair_once_in_ascending_order() -> None:
    scores = np.array([[1.0, 0.3, 0.1], [0.3, 1.0, 0.2], [0.1, 0.2, 1.0]], np.float32)
    assert upper_triangle(scores).tolist() == pytest.approx([0.1, 0.2, 0.3])


def _scores(fake: FakeEncoder, a: str, b: str) -> PairScores:
    made = fake.encode([a, b])
    return pair_scores(need_dense(made), need_sparse(made), need_colbert(made), 0, 1)


@pytest.mark.parametrize("text", ["cat", "the cat saw the other cat", "我 喜欢"])
def test_equal_texts_score_one(fake: FakeEncoder, text: str) -> None:
    scores = _scores(fake, text, text)
    assert (scores.dense, scores.sparse, scores.colbert, scores.colbert_reverse) == pytest.approx(
        (1, 1, 1, 1)
    )


def test_texts_without_a_common_word_score_zero(fake: FakeEncoder) -> None:
    scores = _scores(fake, "red cat", "blue dog runs")
    assert (scores.dense, scores.sparse, scores.colbert, scores.colbert_reverse) == (0, 0, 0, 0)


def test_half_equal_texts_score_what_a_pencil_gives(fake: FakeEncoder) -> None:
    scores = _scores(fake, "red cat", "red dog")
    assert (scores.dense, scores.sparse) == pytest.approx((0.5, 0.5))
    assert scores.colbert == scores.colbert_reverse == pytest.approx((1 + 0 + 0.5**0.5) / 3)


def test_a_longer_passage_costs_only_the_reverse_direction(fake: FakeEncoder) -> None:
    scores = _scores(fake, "cat", "cat and dog")
    assert scores.colbert == pytest.approx(1.0)
    assert scores.colbert_reverse < 0.7
