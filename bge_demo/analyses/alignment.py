"""The ColBERT head told in words: which word found its match where, and what it added to the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bge_demo.embeddings import FloatArray
from bge_demo.scoring import best_matches
from bge_demo.tokens import TokenizedText, Word

MATCHES_PER_WORD = 3
HEATMAP_TOKENS = 120
_WORDS_AT_ONCE = 512


@dataclass(frozen=True)
class WordMatch:
    """Another text's word and the MaxSim between the two words' pieces."""

    word: int
    similarity: float


@dataclass(frozen=True)
class AlignedWord:
    """A word, the words of the other text it matches best, and its share of the ColBERT score.

    `contribution` = sum over the word's tokens of their best match, divided by all tokens of its text.
    """

    text: str
    start: int
    end: int
    contribution: float
    matches: tuple[WordMatch, ...]


@dataclass(frozen=True)
class Direction:
    """One text's words matched against the other text. `score` = all contributions + `outside_words`.

    `outside_words` is what tokens without a visible word add: the end mark `</s>` and bare `▁`.
    """

    words: tuple[AlignedWord, ...]
    score: float
    outside_words: float


@dataclass(frozen=True)
class TokenHeatmap:
    """Similarities of the strongest tokens: (n_rows, n_columns), both in text order.

    `row_ranks` and `column_ranks` say how strong each one's best match is (0 = strongest), so a smaller map
    shows ranks below its size. `n_rows_all` and `n_columns_all` count the texts' visible tokens.
    """

    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    row_ranks: tuple[int, ...]
    column_ranks: tuple[int, ...]
    similarities: FloatArray
    n_rows_all: int
    n_columns_all: int


@dataclass(frozen=True)
class Alignment:
    """Both directions word by word, and the token heat map of A (rows) against B (columns)."""

    a_to_b: Direction
    b_to_a: Direction
    heatmap: TokenHeatmap


def align(a: TokenizedText, b: TokenizedText, rows_a: FloatArray, rows_b: FloatArray) -> Alignment:
    """Tokenized texts and their ColBERT rows (n_tokens - 1, dim) -> who matched whom."""
    best_a, best_b = best_matches(rows_a, rows_b), best_matches(rows_b, rows_a)
    return Alignment(
        a_to_b=_direction(a.words, b.words, rows_a, rows_b, best_a),
        b_to_a=_direction(b.words, a.words, rows_b, rows_a, best_b),
        heatmap=_heatmap(a, b, (rows_a, best_a), (rows_b, best_b)),
    )


def _direction(
    words: Sequence[Word], others: Sequence[Word], rows: FloatArray, other_rows: FloatArray, best: FloatArray
) -> Direction:
    n_tokens = len(rows)
    matches = _word_matches(words, others, rows, other_rows)
    contributions = [float(best[_rows_of(word)].sum(dtype=np.float64)) / n_tokens for word in words]
    score = float(best.mean(dtype=np.float64))
    return Direction(
        words=tuple(
            AlignedWord(word.text, word.start, word.end, contribution, found)
            for word, contribution, found in zip(words, contributions, matches, strict=True)
        ),
        score=score,
        outside_words=score - sum(contributions),
    )


def _rows_of(word: Word) -> list[int]:
    # Row 0 is the token after <s>, position 1.
    return [position - 1 for position in word.positions]


def _word_matches(
    words: Sequence[Word], others: Sequence[Word], rows: FloatArray, other_rows: FloatArray
) -> list[tuple[WordMatch, ...]]:
    """The best words of the other text for each word, blocked over words so long texts stay small."""
    if not others:
        return [() for _ in words]
    found: list[tuple[WordMatch, ...]] = []
    for start in range(0, len(words), _WORDS_AT_ONCE):
        block = words[start : start + _WORDS_AT_ONCE]
        similarities = _word_similarities(block, others, rows, other_rows)
        found.extend(_top_matches(row) for row in similarities)
    return found


def _top_matches(similarities: FloatArray) -> tuple[WordMatch, ...]:
    """(n_others,) -> the best few, best first. A partition, not a sort: long texts have thousands of rows."""
    n_kept = min(MATCHES_PER_WORD, len(similarities))
    best = np.argpartition(-similarities, n_kept - 1)[:n_kept]
    ordered = sorted(best.tolist(), key=lambda word: (-similarities[word], word))
    return tuple(WordMatch(word, float(similarities[word])) for word in ordered)


def _word_similarities(
    words: Sequence[Word], others: Sequence[Word], rows: FloatArray, other_rows: FloatArray
) -> FloatArray:
    """Mean MaxSim between the pieces of words. -> (n_words, n_others)."""
    own = [_rows_of(word) for word in words]
    theirs = [_rows_of(word) for word in others]
    tokens = rows[np.concatenate(own)] @ other_rows[np.concatenate(theirs)].T
    best_in_word = np.maximum.reduceat(tokens, _starts(theirs), axis=1)
    sums = np.add.reduceat(best_in_word, _starts(own), axis=0)
    means: FloatArray = (sums / np.array([len(one) for one in own])[:, None]).astype(np.float32)
    return means


def _starts(groups: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    lengths = np.array([len(group) for group in groups], np.int64)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)[:-1]])


def _heatmap(
    a: TokenizedText,
    b: TokenizedText,
    rows: tuple[FloatArray, FloatArray],
    columns: tuple[FloatArray, FloatArray],
) -> TokenHeatmap:
    visible_a, visible_b = _visible_rows(a), _visible_rows(b)
    kept_a, ranks_a = _strongest(visible_a, rows[1])
    kept_b, ranks_b = _strongest(visible_b, columns[1])
    return TokenHeatmap(
        row_labels=tuple(a.tokens[row + 1].piece for row in kept_a),
        column_labels=tuple(b.tokens[row + 1].piece for row in kept_b),
        row_ranks=ranks_a,
        column_ranks=ranks_b,
        similarities=rows[0][kept_a] @ columns[0][kept_b].T,
        n_rows_all=len(visible_a),
        n_columns_all=len(visible_b),
    )


def _visible_rows(text: TokenizedText) -> list[int]:
    return sorted(row for word in text.words for row in _rows_of(word))


def _strongest(visible: list[int], best: FloatArray) -> tuple[list[int], tuple[int, ...]]:
    by_strength = sorted(visible, key=lambda row: (-best[row], row))[:HEATMAP_TOKENS]
    rank_of = {row: rank for rank, row in enumerate(by_strength)}
    kept = sorted(rank_of)
    return kept, tuple(rank_of[row] for row in kept)
