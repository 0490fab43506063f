"""The ColBERT head told in words: which word found its match where, and what it added to the score."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import FloatArray
from bge_demo.text.tokens import TokenizedText, Word

Indices = NDArray[np.int64]

MATCHES_PER_WORD = 3
HEATMAP_TOKENS = 120
# Measured with two texts of 8192 tokens: what is read off the product then still lies in the cache.
_WORDS_AT_ONCE = 128


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


@dataclass(frozen=True)
class Link:
    """Word `a` of A and word `b` of B, one of which found its best match in the other."""

    a: int
    b: int
    similarity: float


def best_links(alignment: Alignment) -> tuple[Link, ...]:
    """Every word with its best match in the other text, each pair once, strongest first.

    Punctuation links nothing, nor does what is less than half as close as the strongest pair.
    """
    found: dict[tuple[int, int], float] = {}
    for number, word in enumerate(alignment.a_to_b.words):
        for match in word.matches[:1]:
            found[number, match.word] = match.similarity
    for number, word in enumerate(alignment.b_to_a.words):
        for match in word.matches[:1]:
            found[match.word, number] = max(match.similarity, found.get((match.word, number), -1.0))
    words_a, words_b = alignment.a_to_b.words, alignment.b_to_a.words
    links = [
        Link(a, b, similarity)
        for (a, b), similarity in found.items()
        if _is_worded(words_a[a].text) and _is_worded(words_b[b].text)
    ]
    weakest = max((link.similarity for link in links), default=0.0) / 2
    close = [link for link in links if link.similarity >= weakest]
    return tuple(sorted(close, key=lambda link: (-link.similarity, link.a, link.b)))


def _is_worded(text: str) -> bool:
    return any(not unicodedata.category(char).startswith(("P", "Z", "C")) for char in text)


def align(a: TokenizedText, b: TokenizedText, rows_a: FloatArray, rows_b: FloatArray) -> Alignment:
    """Tokenized texts and their ColBERT rows (n_tokens - 1, dim) -> who matched whom."""
    to_b, to_a = _Matches(a.words, len(rows_a)), _Matches(b.words, len(rows_b))
    places_b = _places(b.words, 0)
    for words, rows in _blocks(a.words, len(rows_a)):
        # The one large product, cut so that two long texts stay small; everything else is read off it.
        tokens = rows_a[rows] @ rows_b.T
        places_a = _places(a.words[words], rows.start)
        to_b.best[rows] = tokens.max(axis=1)
        to_a.best = np.maximum(to_a.best, tokens.max(axis=0))
        to_b.add(words, _top(_word_similarities(tokens, places_a, places_b), 0))
        to_a.add(slice(None), _top(_word_similarities(tokens.T, places_b, places_a), words.start))
    return Alignment(
        a_to_b=to_b.direction(),
        b_to_a=to_a.direction(),
        heatmap=_heatmap(a, b, (rows_a, to_b.best), (rows_b, to_a.best)),
    )


class _Matches:
    """What is known of one text's matches so far.

    `best` (n_tokens - 1,) each token's best match. `similarities` and `others` (n_words, MATCHES_PER_WORD):
    each word's best words of the other text, best first, -inf where there are not that many.
    """

    def __init__(self, words: Sequence[Word], n_rows: int) -> None:
        self.words = words
        self.best: FloatArray = np.full(n_rows, -np.inf, np.float32)
        self.similarities: FloatArray = np.full((len(words), MATCHES_PER_WORD), -np.inf, np.float32)
        self.others = np.zeros((len(words), MATCHES_PER_WORD), np.int64)

    def add(self, words: slice, found: tuple[FloatArray, Indices]) -> None:
        """Some words' best among further words of the other text, which come later in that text."""
        similarities = np.concatenate([self.similarities[words], found[0]], axis=1)
        others = np.concatenate([self.others[words], found[1]], axis=1)
        # Stable: of equal matches the first in the text stays first.
        order = np.argsort(-similarities, axis=1, kind="stable")[:, :MATCHES_PER_WORD]
        self.similarities[words] = np.take_along_axis(similarities, order, axis=1)
        self.others[words] = np.take_along_axis(others, order, axis=1)

    def direction(self) -> Direction:
        """What is known once the whole other text has been added."""
        n_tokens = len(self.best)
        contributions = [
            float(self.best[_rows_of(word)].sum(dtype=np.float64)) / n_tokens for word in self.words
        ]
        score = float(self.best.mean(dtype=np.float64))
        return Direction(
            words=tuple(
                AlignedWord(word.text, word.start, word.end, contribution, matches)
                for word, contribution, matches in zip(
                    self.words, contributions, self._word_matches(), strict=True
                )
            ),
            score=score,
            outside_words=score - sum(contributions),
        )

    def _word_matches(self) -> list[tuple[WordMatch, ...]]:
        return [
            tuple(
                WordMatch(other, similarity)
                for other, similarity in zip(others, similarities, strict=True)
                if similarity > -np.inf
            )
            for others, similarities in zip(self.others.tolist(), self.similarities.tolist(), strict=True)
        ]


def _blocks(words: Sequence[Word], n_rows: int) -> Iterator[tuple[slice, slice]]:
    """(words, rows): all words and all rows once, cut before a word; tokens without a word ride along."""
    firsts = [0, *(_rows_of(words[i])[0] for i in range(_WORDS_AT_ONCE, len(words), _WORDS_AT_ONCE)), n_rows]
    for number, (start, stop) in enumerate(pairwise(firsts)):
        yield slice(number * _WORDS_AT_ONCE, (number + 1) * _WORDS_AT_ONCE), slice(start, stop)


def _rows_of(word: Word) -> list[int]:
    # Row 0 is the token after <s>, position 1.
    return [position - 1 for position in word.positions]


def _places(words: Sequence[Word], first_row: int) -> list[tuple[Indices, Indices]]:
    """The k-th entry: which words have a k-th piece, and the row of it, counted from `first_row`."""
    rows = [_rows_of(word) for word in words]
    longest = max((len(one) for one in rows), default=1)
    having = [[word for word, one in enumerate(rows) if len(one) > k] for k in range(longest)]
    return [
        (np.array(some, np.int64), np.array([rows[word][k] - first_row for word in some], np.int64))
        for k, some in enumerate(having)
    ]


def _word_similarities(
    tokens: FloatArray, own: list[tuple[Indices, Indices]], theirs: list[tuple[Indices, Indices]]
) -> FloatArray:
    """Mean MaxSim between the pieces of words. (n_rows, n_other_rows) -> (n_words, n_others)."""
    best_in_word = _by_word(tokens.T, theirs, np.maximum)
    sums = _by_word(best_in_word.T, own, np.add)
    n_pieces = np.zeros(len(sums), np.float32)
    for words, _ in own:
        n_pieces[words] += 1
    return sums / n_pieces[:, None]


def _by_word(rows: FloatArray, places: list[tuple[Indices, Indices]], combine: np.ufunc) -> FloatArray:
    """The rows of each word's pieces combined to one. (n_rows, n) -> (n_words, n).

    Piece by piece over all words at once: numpy's `reduceat` goes through each word alone.
    """
    (_, firsts), *later = places
    combined: FloatArray = rows[firsts]
    for words, pieces in later:
        combined[words] = combine(combined[words], rows[pieces])
    return combined


def _top(similarities: FloatArray, first_word: int) -> tuple[FloatArray, Indices]:
    """The best few of each row and their columns, counted from `first_word`; empties `similarities`."""
    rows, n_kept = np.arange(len(similarities)), min(MATCHES_PER_WORD, similarities.shape[1])
    best = np.empty((len(rows), n_kept), np.float32)
    columns = np.empty((len(rows), n_kept), np.int64)
    for rank in range(n_kept):
        columns[:, rank] = similarities.argmax(axis=1)
        best[:, rank] = similarities[rows, columns[:, rank]]
        similarities[rows, columns[:, rank]] = -np.inf
    return best, first_word + columns


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
    # Without punctuation, which would take rows from words and say nothing.
    return sorted(row for word in text.words if _is_worded(word.text) for row in _rows_of(word))


def _strongest(visible: list[int], best: FloatArray) -> tuple[list[int], tuple[int, ...]]:
    by_strength = sorted(visible, key=lambda row: (-best[row], row))[:HEATMAP_TOKENS]
    rank_of = {row: rank for rank, row in enumerate(by_strength)}
    kept = sorted(rank_of)
    return kept, tuple(rank_of[row] for row in kept)
