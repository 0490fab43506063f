"""The sparse score told in words: which words two texts share, and which pieces only look like a shared word.

Knows no page. The contributions add up to the sparse score.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bge_demo.encoder.contract import SparseVector
from bge_demo.scores.scoring import LexicalMatch, lexical_matches
from bge_demo.text.tokens import WORD_MARK, TokenizedText, Word


@dataclass(frozen=True)
class SharedWord:
    """Pieces that both texts have, under the words they belong to; `contribution` is the pieces' sum.

    `is_same_word` is False where the words differ: the piece may be an accident of spelling (*rant* in
    warranty and guarantee) or mean the same in both (one person of two families in emoji).
    """

    word_a: str
    word_b: str
    is_same_word: bool
    pieces: tuple[str, ...]
    contribution: float

    @property
    def is_visible(self) -> bool:
        """Whether it stands for more than the blank before a word, which scores as well."""
        return WORD_MARK not in (self.word_a, self.word_b)

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        return vars(self) | {"pieces": list(self.pieces)}


def shared_words(
    a: TokenizedText, b: TokenizedText, sparse_a: SparseVector, sparse_b: SparseVector
) -> tuple[SharedWord, ...]:
    """Same words first, then pieces of different words, each by contribution."""
    words_a, words_b = _words_by_token(a), _words_by_token(b)
    pieces = {token.id: token.piece for token in a.tokens}
    grouped: dict[tuple[str, str], list[LexicalMatch]] = {}
    for match in lexical_matches(sparse_a, sparse_b):
        pair = _closest_pair(words_a.get(match.token_id, ()), words_b.get(match.token_id, ()))
        grouped.setdefault(pair, []).append(match)
    shared = [
        SharedWord(
            word_a,
            word_b,
            is_same_word=_spelling(word_a) == _spelling(word_b),
            pieces=tuple(pieces[match.token_id] for match in matches),
            contribution=math.fsum(match.contribution for match in matches),
        )
        for (word_a, word_b), matches in grouped.items()
    ]
    return tuple(sorted(shared, key=lambda one: (not one.is_same_word, -one.contribution, one.word_a)))


def _words_by_token(text: TokenizedText) -> dict[int, tuple[Word, ...]]:
    """Token id -> the words it is a piece of, in text order."""
    found: dict[int, tuple[Word, ...]] = {}
    for word in text.words:
        for position in word.positions:
            token_id = text.tokens[position].id
            found[token_id] = (*found.get(token_id, ()), word)
    return found


def _closest_pair(words_a: Sequence[Word], words_b: Sequence[Word]) -> tuple[str, str]:
    """Two words of equal spelling that hold the piece, else the first of each text."""
    spellings = {_spelling(word.text): word.text for word in reversed(words_b)}
    for word in words_a:
        if _spelling(word.text) in spellings:
            return word.text, spellings[_spelling(word.text)]
    return _first(words_a), _first(words_b)


def _first(words: Iterable[Word]) -> str:
    # The bare mark belongs to no visible word.
    return next((word.text for word in words), WORD_MARK)


def _spelling(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()
