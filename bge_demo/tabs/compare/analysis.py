"""Two texts compared by all three heads, with the evidence for every number."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bge_demo.encoder.contract import (
    Encoder,
    FloatArray,
    ModelInfo,
    SparseVector,
    need_colbert,
    need_dense,
    need_sparse,
)
from bge_demo.errors import InputError
from bge_demo.locales import Phrase, say
from bge_demo.scores.alignment import Alignment, align
from bge_demo.scores.keywords import Keyword, SharedToken, shared_tokens, top_keywords, weighted_words
from bge_demo.scores.scoring import (
    DEFAULT_WEIGHTS,
    Band,
    PairScores,
    ScoreWeights,
    WeightsChoice,
    band,
    checked_weights,
    lexical_matching_score,
    pair_scores,
    percentile,
    similarity_percent,
)
from bge_demo.scores.shared_words import SharedWord, shared_words
from bge_demo.serving.background import background_cosines
from bge_demo.settings import Limits
from bge_demo.text.differences import Differences, differences
from bge_demo.text.hints import hints
from bge_demo.text.inputs import DEFAULT_LIMITS, checked_text, tokenize_within_limits
from bge_demo.text.readable import Reading, is_blank, reading
from bge_demo.text.tokens import TokenizedText

# Longer texts differ in so many places that naming them says nothing.
DIFFERENCES_CHARS = 5000


@dataclass(frozen=True)
class WeightedToken:
    """One token of a text and its sparse weight (0 when the head gives it none)."""

    token: str
    id: int
    weight: float


@dataclass(frozen=True)
class ComparedText:
    """What the model read of a text, and which words carry its sparse weight. `rows` are its ColBERT
    vectors, (n_tokens - 1, dim)."""

    tokenized: TokenizedText
    weights: SparseVector
    rows: FloatArray
    keywords: tuple[Keyword, ...]
    reading: Reading
    hints: tuple[Phrase, ...]

    @cached_property
    def words(self) -> tuple[Keyword, ...]:
        """Every word in text order with its weight."""
        return weighted_words(self.tokenized, self.weights)

    @cached_property
    def tokens(self) -> tuple[WeightedToken, ...]:
        """Every token in text order with its weight."""
        return tuple(
            WeightedToken(token.piece, token.id, self.weights.get(token.id, 0.0))
            for token in self.tokenized.tokens
        )

    def to_json(self) -> dict[str, Any]:
        """The text, counts and keywords; offsets are in code points of the text."""
        return {
            "text": self.tokenized.text,
            "n_tokens": self.tokenized.n_tokens,
            "n_tokens_uncut": self.tokenized.n_tokens_uncut,
            "truncated": self.tokenized.truncated,
            "n_unknown": self.reading.n_unknown,
            "n_signs": self.reading.n_signs,
            "n_unreadable": self.reading.n_unreadable,
            "hints": [say(hint.key, "en", **hint.values) for hint in self.hints],
            "keywords": [keyword.to_json() for keyword in self.keywords],
        }


@dataclass(frozen=True)
class Reachable:
    """What text A would score against itself: the largest values this query can reach."""

    sparse: float
    hybrid: float


@dataclass(frozen=True)
class Comparison:
    """Everything the Compare tab shows and `/compare` answers. Band and percentile are None where the model
    cannot read one of the texts."""

    model: ModelInfo
    similarity_percent: float
    band: Band | None
    percentile: float | None
    n_background: int
    scores: PairScores
    weights: ScoreWeights
    texts: tuple[ComparedText, ComparedText]
    reachable: Reachable
    shared: tuple[SharedToken, ...]
    shared_words: tuple[SharedWord, ...]
    differences: Differences
    latency_ms: float

    @cached_property
    def alignment(self) -> Alignment:
        """Who matched whom, word by word: for the page alone."""
        a, b = self.texts
        return align(a.tokenized, b.tokenized, a.rows, b.rows)

    def to_json(self) -> dict[str, Any]:
        """The answer of `/compare`."""
        return {
            "model": self.model.to_json(),
            "similarity_percent": self.similarity_percent,
            "band": self.band,
            "percentile": self.percentile,
            "scores": self.scores.to_json(self.weights),
            "weights": dict(vars(self.weights)),
            "texts": [text.to_json() for text in self.texts],
            "reachable": dict(vars(self.reachable)),
            "shared": [token.to_json() for token in self.shared],
            "shared_words": [word.to_json() for word in self.shared_words],
            "differences": {
                "only_a": [dict(vars(one)) for one in self.differences.only_a],
                "only_b": [dict(vars(one)) for one in self.differences.only_b],
            },
            "latency_ms": round(self.latency_ms, 2),
        }


def compare(
    encoder: Encoder,
    text_a: str,
    text_b: str,
    weights: WeightsChoice = DEFAULT_WEIGHTS,
    limits: Limits = DEFAULT_LIMITS,
) -> Comparison:
    """Compare A (the query) with B (the passage).

    `weights` is a preset's name or three numbers for dense, sparse, ColBERT. `latency_ms` is the time of
    this call without the background set. Raises InputError for blank or too long texts and for unknown
    weights.
    """
    chosen = checked_weights(weights)
    texts = checked_pair(text_a, text_b, limits)
    background = background_cosines(encoder)
    started = time.perf_counter()
    tokenized = tokenize_within_limits(encoder, texts, limits)
    embeddings = encoder.encode_tokens(tokenized)
    dense, sparse, colbert = need_dense(embeddings), need_sparse(embeddings), need_colbert(embeddings)
    scores = pair_scores(dense, sparse, colbert, 0, 1)
    percent = similarity_percent(scores.dense)
    compared = (
        _compared_text(Phrase("compare.text_a"), tokenized[0], sparse[0], colbert[0]),
        _compared_text(Phrase("compare.text_b"), tokenized[1], sparse[1], colbert[1]),
    )
    is_readable = all(text.reading.is_readable for text in compared)
    return Comparison(
        model=encoder.info,
        similarity_percent=percent,
        band=band(percent) if is_readable else None,
        percentile=percentile(scores.dense, background) if is_readable else None,
        n_background=len(background),
        scores=scores,
        weights=chosen,
        texts=compared,
        reachable=_reachable(sparse[0], chosen),
        shared=shared_tokens(encoder, sparse[0], sparse[1]),
        shared_words=shared_words(tokenized[0], tokenized[1], sparse[0], sparse[1]),
        differences=_differences(*texts),
        latency_ms=1000 * (time.perf_counter() - started),
    )


def checked_pair(text_a: str, text_b: str, limits: Limits) -> tuple[str, str]:
    """Both texts as the model may read them. Raises InputError naming the one that cannot be read."""
    if all(isinstance(text, str) and is_blank(text) for text in (text_a, text_b)):
        raise InputError("input.both_blank").at("text_a")
    return (
        checked_text(text_a, Phrase("compare.text_a"), limits, "text_a"),
        checked_text(text_b, Phrase("compare.text_b"), limits, "text_b"),
    )


def _differences(text_a: str, text_b: str) -> Differences:
    is_short = max(len(text_a), len(text_b)) <= DIFFERENCES_CHARS
    return differences(text_a, text_b) if is_short else Differences((), ())


def _reachable(sparse: SparseVector, weights: ScoreWeights) -> Reachable:
    own = lexical_matching_score(sparse, sparse)
    return Reachable(own, PairScores(1.0, own, 1.0, 1.0).hybrid(weights))


def _compared_text(
    field: Phrase, text: TokenizedText, weights: SparseVector, rows: FloatArray
) -> ComparedText:
    read = reading(text)
    return ComparedText(text, weights, rows, top_keywords(text, weights), read, hints(text, field, read))
