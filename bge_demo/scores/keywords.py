"""The sparse head told in words: which words of a text carry weight, which tokens two texts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bge_demo.encoder.contract import Encoder, SparseVector
from bge_demo.scores.scoring import lexical_matches
from bge_demo.text.tokens import TokenizedText

DEFAULT_TOP_K = 10


@dataclass(frozen=True)
class Keyword:
    """A word and the largest weight of its pieces; `text[start:end] == word`, in code points."""

    word: str
    start: int
    end: int
    weight: float

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class SharedToken:
    """A token of both texts as the vocabulary spells it; the contributions add up to the sparse score."""

    token: str
    id: int
    weight_a: float
    weight_b: float
    contribution: float

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        return dict(vars(self))


def weighted_words(text: TokenizedText, weights: SparseVector) -> tuple[Keyword, ...]:
    """Every word in text order with the largest weight of its pieces, 0 included."""
    return tuple(
        Keyword(
            word.text, word.start, word.end, max(weights.get(text.tokens[p].id, 0.0) for p in word.positions)
        )
        for word in text.words
    )


def top_keywords(
    text: TokenizedText, weights: SparseVector, top_k: int = DEFAULT_TOP_K
) -> tuple[Keyword, ...]:
    """The heaviest words, each once, punctuation left out; ties in text order."""
    content = [word.is_content for word in text.words]
    first_of: dict[str, Keyword] = {}
    for keyword, is_content in zip(weighted_words(text, weights), content, strict=True):
        spelling = keyword.word.casefold()
        if is_content and keyword.weight > first_of.get(spelling, Keyword("", 0, 0, 0.0)).weight:
            first_of[spelling] = keyword
    return tuple(sorted(first_of.values(), key=lambda keyword: (-keyword.weight, keyword.start))[:top_k])


def shared_tokens(encoder: Encoder, a: SparseVector, b: SparseVector) -> tuple[SharedToken, ...]:
    """The tokens both texts weigh, largest contribution first."""
    return tuple(
        SharedToken(encoder.piece(m.token_id), m.token_id, m.weight_a, m.weight_b, m.contribution)
        for m in lexical_matches(a, b)
    )
