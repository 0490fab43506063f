"""Two texts compared by all three heads, with the evidence for every number."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from bge_demo.analyses.alignment import Alignment, align
from bge_demo.analyses.background import background_cosines
from bge_demo.analyses.inputs import (
    DEFAULT_LIMITS,
    WeightsChoice,
    checked_text,
    checked_weights,
    tokenize_within_limits,
)
from bge_demo.analyses.keywords import Keyword, SharedToken, shared_tokens, top_keywords, weighted_words
from bge_demo.embeddings import Encoder, ModelInfo, SparseVector, need_colbert, need_dense, need_sparse
from bge_demo.locales import Phrase
from bge_demo.scoring import (
    DEFAULT_WEIGHTS,
    Band,
    PairScores,
    ScoreWeights,
    band,
    dense_score,
    lexical_matching_score,
    percentile,
    similarity_percent,
)
from bge_demo.settings import Limits
from bge_demo.tokens import TokenizedText


@dataclass(frozen=True)
class WeightedToken:
    """One token of a text and its sparse weight (0 when the head gives it none)."""

    token: str
    id: int
    weight: float


@dataclass(frozen=True)
class ComparedText:
    """What the model read of a text, and which words carry its sparse weight."""

    text: str
    n_tokens: int
    n_tokens_uncut: int
    truncated: bool
    words: tuple[Keyword, ...]
    keywords: tuple[Keyword, ...]
    tokens: tuple[WeightedToken, ...]

    def to_json(self) -> dict[str, Any]:
        """The text, counts and keywords; offsets are in code points of the text."""
        return {
            "text": self.text,
            "n_tokens": self.n_tokens,
            "n_tokens_uncut": self.n_tokens_uncut,
            "truncated": self.truncated,
            "keywords": [keyword.to_json() for keyword in self.keywords],
        }


@dataclass(frozen=True)
class Comparison:
    """Everything the Compare tab shows and `/compare` answers."""

    model: ModelInfo
    similarity_percent: float
    band: Band
    percentile: float
    scores: PairScores
    weights: ScoreWeights
    texts: tuple[ComparedText, ComparedText]
    shared: tuple[SharedToken, ...]
    alignment: Alignment
    latency_ms: float

    def to_json(self) -> dict[str, Any]:
        """The answer of `/compare`."""
        return {
            "model": self.model.to_json(),
            "similarity_percent": self.similarity_percent,
            "band": self.band,
            "percentile": self.percentile,
            "scores": self.scores.to_json(self.weights),
            "weights": asdict(self.weights),
            "texts": [text.to_json() for text in self.texts],
            "shared": [token.to_json() for token in self.shared],
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
    texts = [
        checked_text(text_a, Phrase("compare.text_a"), limits),
        checked_text(text_b, Phrase("compare.text_b"), limits),
    ]
    background = background_cosines(encoder)
    started = time.perf_counter()
    tokenized = tokenize_within_limits(encoder, texts, limits)
    embeddings = encoder.encode(texts, max_length=limits.max_tokens)
    dense, sparse, colbert = need_dense(embeddings), need_sparse(embeddings), need_colbert(embeddings)
    alignment = align(tokenized[0], tokenized[1], colbert[0], colbert[1])
    scores = PairScores(
        dense=dense_score(dense[0], dense[1]),
        sparse=lexical_matching_score(sparse[0], sparse[1]),
        # What the words add up to on the page; for long texts a second MaxSim would cost seconds.
        colbert=alignment.a_to_b.score,
        colbert_reverse=alignment.b_to_a.score,
    )
    percent = similarity_percent(scores.dense)
    return Comparison(
        model=encoder.info,
        similarity_percent=percent,
        band=band(percent),
        percentile=percentile(scores.dense, background),
        scores=scores,
        weights=chosen,
        texts=(_compared_text(tokenized[0], sparse[0]), _compared_text(tokenized[1], sparse[1])),
        shared=shared_tokens(encoder, sparse[0], sparse[1]),
        alignment=alignment,
        latency_ms=1000 * (time.perf_counter() - started),
    )


def _compared_text(text: TokenizedText, weights: SparseVector) -> ComparedText:
    return ComparedText(
        text=text.text,
        n_tokens=text.n_tokens,
        n_tokens_uncut=text.n_tokens_uncut,
        truncated=text.truncated,
        words=weighted_words(text, weights),
        keywords=top_keywords(text, weights),
        tokens=tuple(
            WeightedToken(token.piece, token.id, weights.get(token.id, 0.0)) for token in text.tokens
        ),
    )
