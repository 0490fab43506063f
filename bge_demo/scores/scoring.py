"""Scores from embeddings, fusion, bands. Knows no texts and no tokenizer.

Score matrices are queries x passages; `_scores` is a matrix, `_score` a float.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import FloatArray, SparseVector
from bge_demo.errors import InputError
from bge_demo.text.tokens import without_surrogates

Band = Literal["near-identical", "related", "weakly-related", "unrelated"]
NEAR_IDENTICAL_ABOVE = 85.0
RELATED_FROM = 60.0
WEAKLY_RELATED_FROM = 30.0
HIGHLY_RELATED_FROM = 75.0
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class ScoreWeights:
    """How much each head counts in the hybrid score; only the proportions matter."""

    dense: float
    sparse: float
    colbert: float

    def __post_init__(self) -> None:
        values = (self.dense, self.sparse, self.colbert)
        if not all(value >= 0 for value in values) or not 0 < self.total < math.inf:
            raise InputError("input.weights", value=list(values)).at("weights")

    @property
    def total(self) -> float:
        """What the weighted sum is divided by."""
        return self.dense + self.sparse + self.colbert


WeightsChoice = str | Sequence[float] | ScoreWeights


WEIGHT_PRESETS = {
    "model-card": ScoreWeights(0.4, 0.2, 0.4),
    "even": ScoreWeights(0.4, 0.3, 0.3),
    "cross-lingual": ScoreWeights(0.6, 0.1, 0.3),
    "keyword": ScoreWeights(0.3, 0.5, 0.2),
    "long-document": ScoreWeights(0.3, 0.2, 0.5),
    "mkqa": ScoreWeights(1.0, 0.3, 1.0),
}
DEFAULT_WEIGHTS = "model-card"


@dataclass(frozen=True)
class PairScores:
    """All raw scores of one query (A) against one passage (B)."""

    dense: float
    sparse: float
    colbert: float
    colbert_reverse: float

    def sparse_dense(self, weights: ScoreWeights) -> float | None:
        """FlagEmbedding's "sparse+dense"; None when both weights are 0."""
        total = weights.sparse + weights.dense
        return (weights.sparse * self.sparse + weights.dense * self.dense) / total if total > 0 else None

    def hybrid(self, weights: ScoreWeights) -> float:
        """Weighted mean of dense, sparse and ColBERT A -> B; FlagEmbedding's "colbert+sparse+dense"."""
        weighted = weights.dense * self.dense + weights.sparse * self.sparse + weights.colbert * self.colbert
        return weighted / weights.total

    def to_json(self, weights: ScoreWeights) -> dict[str, float | None]:
        """Every score by the name programs know it by."""
        hybrid = self.hybrid(weights)
        return {
            "dense": self.dense,
            "sparse": self.sparse,
            "colbert": self.colbert,
            "colbert_reverse": self.colbert_reverse,
            "sparse+dense": self.sparse_dense(weights),
            "colbert+sparse+dense": hybrid,
            "hybrid": hybrid,
        }


@dataclass(frozen=True)
class LexicalMatch:
    """One token that both texts have; the contributions add up to the sparse score."""

    token_id: int
    weight_a: float
    weight_b: float

    @property
    def contribution(self) -> float:
        """The product of both weights."""
        return self.weight_a * self.weight_b


def dense_scores(queries: FloatArray, passages: FloatArray) -> FloatArray:
    """Cosines of unit rows. (n_queries, dim), (n_passages, dim) -> (n_queries, n_passages)."""
    return queries @ passages.T


def dense_score(query: FloatArray, passage: FloatArray) -> float:
    """Cosine of two unit rows, (dim,) each."""
    return float(query.astype(np.float64) @ passage.astype(np.float64))


def similarity_percent(cosine: float) -> float:
    """100 x max(0, cosine), two decimals, at most 100. The only score ever shown as a percentage.

    >>> similarity_percent(0.873449)
    87.34
    >>> similarity_percent(-0.2)
    0.0
    """
    return round(100 * min(1.0, max(0.0, cosine)), 2)


def band(percent: float) -> Band:
    """The rule of thumb for a percentage as displayed.

    >>> [band(p) for p in (85.01, 85.0, 60.0, 59.99, 30.0, 29.99)]
    ['near-identical', 'related', 'related', 'weakly-related', 'weakly-related', 'unrelated']
    """
    if percent > NEAR_IDENTICAL_ABOVE:
        return "near-identical"
    if percent >= RELATED_FROM:
        return "related"
    return "weakly-related" if percent >= WEAKLY_RELATED_FROM else "unrelated"


def percentile(cosine: float, background: FloatArray) -> float:
    """Share of the background, in percent, that scores lower. `background` (n_pairs,) ascending."""
    return 100 * float(np.searchsorted(background, cosine, side="left")) / len(background)


def lexical_matches(a: SparseVector, b: SparseVector) -> list[LexicalMatch]:
    """The shared tokens, largest contribution first."""
    shared = [LexicalMatch(token_id, weight, b[token_id]) for token_id, weight in a.items() if token_id in b]
    return sorted(shared, key=lambda match: (-match.contribution, match.token_id))


def lexical_matching_score(a: SparseVector, b: SparseVector) -> float:
    """Sum over shared tokens of weight x weight; unbounded, never a percentage.

    >>> lexical_matching_score({7: 0.5, 8: 0.25}, {8: 0.5, 9: 1.0})
    0.125
    """
    return math.fsum(match.contribution for match in lexical_matches(a, b))


def best_matches(query: FloatArray, passage: FloatArray) -> FloatArray:
    """The highest similarity of each query token. (n_query, dim), (n_passage, dim) -> (n_query,)."""
    return np.concatenate([block.max(axis=1) for block in _products(query, passage)])


def mean_maxsim(query: FloatArray, passage: FloatArray) -> float:
    """ColBERT score: mean over the query's tokens of the best match. (n_query, dim), (n_passage, dim)."""
    return float(best_matches(query, passage).mean(dtype=np.float64))


def mean_maxsim_both_ways(a: FloatArray, b: FloatArray) -> tuple[float, float]:
    """ColBERT scores of `a` against `b` and of `b` against `a` from one product. (n_a, dim), (n_b, dim)."""
    best_a, best_b = zip(*((block.max(axis=1), block.max(axis=0)) for block in _products(a, b)), strict=True)
    of_a, of_b = np.concatenate(best_a), np.max(best_b, axis=0)
    return float(of_a.mean(dtype=np.float64)), float(of_b.mean(dtype=np.float64))


def _products(a: FloatArray, b: FloatArray) -> Iterator[FloatArray]:
    """`a @ b.T` in blocks of rows, so that two texts of 8192 tokens never make a matrix of 8192 x 8192."""
    return (a[start : start + _ROWS_AT_ONCE] @ b.T for start in range(0, len(a), _ROWS_AT_ONCE))


def pair_scores(
    dense: FloatArray, sparse: Sequence[SparseVector], colbert: Sequence[FloatArray], a: int, b: int
) -> PairScores:
    """All scores of text `a` against text `b` of the same request."""
    return PairScores(
        dense_score(dense[a], dense[b]),
        lexical_matching_score(sparse[a], sparse[b]),
        *mean_maxsim_both_ways(colbert[a], colbert[b]),
    )


def upper_triangle(scores: FloatArray) -> NDArray[np.float32]:
    """Every pair of different texts once, ascending. (n, n) -> (n * (n - 1) / 2,)."""
    rows, columns = np.triu_indices(len(scores), k=1)
    pairs: NDArray[np.float32] = np.sort(scores[rows, columns])
    return pairs


def checked_weights(weights: WeightsChoice) -> ScoreWeights:
    """A preset's name, three numbers, or the three as `0.4/0.2/0.4`. Raises InputError listing the
    presets."""
    if isinstance(weights, ScoreWeights):
        return weights
    if isinstance(weights, str) and weights in WEIGHT_PRESETS:
        return WEIGHT_PRESETS[weights]
    values = weights.split("/") if isinstance(weights, str) else weights
    if (
        isinstance(values, Sequence)
        and len(values) == 3
        and not any(isinstance(value, bool) for value in values)
    ):
        try:
            return ScoreWeights(*(float(value) for value in values))
        except (ValueError, TypeError, OverflowError):
            pass  # Not numbers: told below, with the presets.
    given = without_surrogates(weights) if isinstance(weights, str) else weights
    # A tuple of Python's is the same list for whoever sent JSON.
    shown = repr(list(given) if isinstance(given, tuple) else given)[:80]
    raise InputError("input.weights_unknown", value=shown, presets=", ".join(WEIGHT_PRESETS)).at("weights")
