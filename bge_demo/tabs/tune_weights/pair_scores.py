"""Pairs of texts to arrays of scores, encoded once in batches. Knows no labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from bge_demo.encoder.caller import check_caller, steps
from bge_demo.encoder.contract import Encoder, FloatArray, need_colbert, need_dense, need_sparse
from bge_demo.scores.agreement import Values
from bge_demo.scores.scoring import ScoreWeights, dense_score, lexical_matching_score, mean_maxsim
from bge_demo.settings import Limits

HEADS = ("dense", "sparse", "colbert")
Normalization = Literal["raw", "min-max", "self-score"]
NORMALIZATIONS: tuple[Normalization, ...] = get_args(Normalization)
PAIRS_AT_ONCE = 32


@dataclass(frozen=True)
class PairScoreTable:
    """Scores of pairs. `raw` (n_pairs, 3): dense, sparse, ColBERT of A against B. `self_scores` (n_pairs, 3):
    what text A scores against itself. `dense_a`, `dense_b` (n_pairs, dim). `cut` the pairs of which a text
    was cut at the model's limit."""

    raw: Values
    self_scores: Values
    dense_a: FloatArray
    dense_b: FloatArray
    cut: tuple[int, ...]

    def normalised(self, how: Normalization) -> Values:
        """(n_pairs, 3). Min-max stretches each head to 0..1 over these pairs; a constant head becomes 0."""
        if how == "raw":
            return self.raw
        if how == "min-max":
            spans = self.spans
            stretched: Values = (self.raw - self.raw.min(axis=0)) / np.where(spans > 0, spans, 1.0)
            return stretched
        return self.raw / np.where(self.self_scores > 0, self.self_scores, 1.0)

    @property
    def spans(self) -> Values:
        """(3,) largest minus smallest score of each head."""
        spans: Values = np.ptp(self.raw, axis=0)
        return spans

    def on_raw_scores(self, weights: ScoreWeights, how: Normalization) -> ScoreWeights | None:
        """Weights on the scores as they are that rank alike; None where no such weights exist.

        Min-max is a straight line for each head: its slope goes into the weight, and the offset moves all
        pairs alike. A self-score differs from text to text.
        """
        if how == "raw":
            return weights
        if how == "self-score":
            return weights if weights.sparse == 0 else None
        spans = np.where(self.spans > 0, self.spans, np.inf)
        values = as_array(weights) / spans
        total = values.sum()
        return ScoreWeights(*(round(float(value), 4) for value in values / total)) if total > 0 else None


def score_pairs(encoder: Encoder, pairs: Sequence[tuple[str, str]], limits: Limits) -> PairScoreTable:
    """Encode both texts of every pair; memory holds one batch's token vectors at a time."""
    parts = []
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        check_caller()
        batch = pairs[start : start + PAIRS_AT_ONCE]
        with steps(start, start + len(batch), len(pairs)):
            parts.append(_score_batch(encoder, batch, limits))
    offsets = np.cumsum([0, *(len(part.raw) for part in parts)])
    return PairScoreTable(
        raw=np.concatenate([part.raw for part in parts]),
        self_scores=np.concatenate([part.self_scores for part in parts]),
        dense_a=np.concatenate([part.dense_a for part in parts]),
        dense_b=np.concatenate([part.dense_b for part in parts]),
        cut=tuple(int(offset) + i for offset, part in zip(offsets, parts, strict=False) for i in part.cut),
    )


def _score_batch(encoder: Encoder, pairs: Sequence[tuple[str, str]], limits: Limits) -> PairScoreTable:
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    places = {text: i for i, text in enumerate(texts)}
    embeddings = encoder.encode(texts, max_length=limits.max_tokens)
    dense, sparse, colbert = need_dense(embeddings), need_sparse(embeddings), need_colbert(embeddings)
    sides = [(places[a], places[b]) for a, b in pairs]
    raw = [
        (
            dense_score(dense[a], dense[b]),
            lexical_matching_score(sparse[a], sparse[b]),
            mean_maxsim(colbert[a], colbert[b]),
        )
        for a, b in sides
    ]
    own = [(1.0, lexical_matching_score(sparse[a], sparse[a]), 1.0) for a, _ in sides]
    cut = [i for i, side in enumerate(sides) if any(embeddings.truncated[text] for text in side)]
    rows_a, rows_b = zip(*sides, strict=True)
    return PairScoreTable(np.array(raw), np.array(own), dense[list(rows_a)], dense[list(rows_b)], tuple(cut))


def as_array(weights: ScoreWeights) -> Values:
    """(3,) shares of dense, sparse, ColBERT that sum to 1."""
    return np.array([weights.dense, weights.sparse, weights.colbert]) / weights.total
