"""Who matched whom: contributions add up to the ColBERT scores, matches and heat map equal slow loops."""

from __future__ import annotations

from functools import cache
from unicodedata import category

import numpy as np
import pytest
from fakes import FakeEncoder

from bge_demo.encoder.contract import Encoder, FloatArray, need_colbert
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.samples import PAIRS, background_sentences
from bge_demo.scores.alignment import (
    HEATMAP_TOKENS,
    MATCHES_PER_WORD,
    Alignment,
    Direction,
    align,
    best_links,
)
from bge_demo.scores.scoring import best_matches, mean_maxsim
from bge_demo.text.tokens import TokenizedText, Word

SENTENCES = [sentence for _, sentence in background_sentences()]
LONG_PAIR = (" ".join(SENTENCES[:110]), " ".join(SENTENCES[100:130]))
SHORT_PAIRS = [
    *((pair.text_a, pair.text_b) for pair in PAIRS),
    ("  ...  !  ", "👩‍👩‍👧 e\u0301té\u200b"),
    ("a", "الذكاء الاصطناعي يغير العالم"),
    ("same same same", "same"),
]


@cache
def aligned(encoder: Encoder, a: str, b: str) -> tuple[list[TokenizedText], list[FloatArray], Alignment]:
    tokenized = encoder.tokenize([a, b])
    rows = need_colbert(encoder.encode([a, b], dense=False, sparse=False))
    return tokenized, rows, align(tokenized[0], tokenized[1], rows[0], rows[1])


def word_similarity(word: Word, other: Word, rows: FloatArray, other_rows: FloatArray) -> float:
    """The mean over a word's pieces of the best similarity to the other word's pieces, one pair at a time."""
    best = [max(float(rows[p - 1] @ other_rows[q - 1]) for q in other.positions) for p in word.positions]
    return sum(best) / len(best)


@pytest.mark.parametrize("pair", [*SHORT_PAIRS, LONG_PAIR], ids=lambda pair: pair[0][:12])
def test_contributions_add_up_to_the_colbert_scores(compact: TextEncoder, pair: tuple[str, str]) -> None:
    _, (rows_a, rows_b), alignment = aligned(compact, *pair)
    expected = {"a_to_b": mean_maxsim(rows_a, rows_b), "b_to_a": mean_maxsim(rows_b, rows_a)}
    for name, score in expected.items():
        direction: Direction = getattr(alignment, name)
        assert direction.score == pytest.approx(score, abs=1e-6)
        parts = sum(word.contribution for word in direction.words) + direction.outside_words
        assert parts == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize("pair", SHORT_PAIRS, ids=lambda pair: pair[0][:12])
def test_a_words_contribution_is_its_tokens_share_of_the_mean(
    compact: TextEncoder, pair: tuple[str, str]
) -> None:
    (a, _), (rows_a, rows_b), alignment = aligned(compact, *pair)
    best = [max(float(row @ other) for other in rows_b) for row in rows_a]
    outside = dict(enumerate(best))
    for word, aligned_word in zip(a.words, alignment.a_to_b.words, strict=True):
        own = sum(outside.pop(position - 1) for position in word.positions)
        assert aligned_word.contribution == pytest.approx(own / len(best), abs=1e-6)
    assert len(best) - 1 in outside  # </s>
    assert alignment.a_to_b.outside_words == pytest.approx(sum(outside.values()) / len(best), abs=1e-6)


@pytest.mark.parametrize("pair", SHORT_PAIRS, ids=lambda pair: pair[0][:12])
def test_matches_equal_a_double_loop(compact: TextEncoder, pair: tuple[str, str]) -> None:
    (a, b), (rows_a, rows_b), alignment = aligned(compact, *pair)
    for word, found in zip(a.words, alignment.a_to_b.words, strict=True):
        oracle = [word_similarity(word, other, rows_a, rows_b) for other in b.words]
        best = sorted(oracle, reverse=True)[:MATCHES_PER_WORD]
        assert [match.similarity for match in found.matches] == pytest.approx(best, abs=1e-5)
        assert [oracle[match.word] for match in found.matches] == pytest.approx(best, abs=1e-5)
        assert len({match.word for match in found.matches}) == len(found.matches)


@pytest.mark.parametrize("pair", [*SHORT_PAIRS, LONG_PAIR, LONG_PAIR[::-1]], ids=lambda pair: pair[0][:12])
def test_matches_of_all_words_equal_one_large_matrix(compact: TextEncoder, pair: tuple[str, str]) -> None:
    (a, b), (rows_a, rows_b), alignment = aligned(compact, *pair)
    assert pair not in (LONG_PAIR, LONG_PAIR[::-1]) or max(len(a.words), len(b.words)) > 1000
    similarities = word_similarities(a, b, rows_a @ rows_b.T)
    reverse = word_similarities(b, a, rows_b @ rows_a.T)
    for oracle, direction in ((similarities, alignment.a_to_b), (reverse, alignment.b_to_a)):
        best = -np.sort(-oracle, axis=1)[:, :MATCHES_PER_WORD]
        for row, expected, word in zip(oracle, best, direction.words, strict=True):
            assert [match.similarity for match in word.matches] == pytest.approx(expected, abs=1e-5)
            assert [row[match.word] for match in word.matches] == pytest.approx(expected, abs=1e-5)


def word_similarities(a: TokenizedText, b: TokenizedText, tokens: FloatArray) -> FloatArray:
    """Mean over a word's pieces of the best similarity to the other word's pieces. -> (n_words, n_others)."""
    theirs = [[position - 1 for position in word.positions] for word in b.words]
    best = np.array([tokens[:, pieces].max(axis=1) for pieces in theirs])
    return np.array([best[:, [p - 1 for p in word.positions]].mean(axis=1) for word in a.words])


def test_of_equal_matches_the_first_ones_in_the_text_are_named(fake: FakeEncoder) -> None:
    _, _, alignment = aligned(fake, "red cat", "cat " + "red " * 400)
    red, cat = alignment.a_to_b.words
    assert [match.word for match in red.matches] == [1, 2, 3]
    assert [match.word for match in cat.matches] == [0, 1, 2]
    assert [[match.word for match in word.matches] for word in alignment.b_to_a.words[:2]] == [[1, 0], [0, 1]]


def test_words_carry_their_offsets(compact: TextEncoder) -> None:
    (a, b), _, alignment = aligned(compact, *LONG_PAIR)
    for tokenized, direction in ((a, alignment.a_to_b), (b, alignment.b_to_a)):
        assert [word.text for word in direction.words] == [word.text for word in tokenized.words]
        assert all(tokenized.text[word.start : word.end] == word.text for word in direction.words)


def test_a_word_finds_its_translation(compact: TextEncoder) -> None:
    _, _, alignment = aligned(compact, "Berlin is a big city", "Berlin ist eine große Stadt")
    words = [word.text for word in alignment.b_to_a.words]
    found = [(word.text, words[word.matches[0].word]) for word in alignment.a_to_b.words]
    assert found == [
        ("Berlin", "Berlin"),
        ("is", "ist"),
        ("a", "eine"),
        ("big", "große"),
        ("city", "Stadt"),
    ]


def strongest_rows(text: TokenizedText, best: FloatArray) -> tuple[list[int], list[int]]:
    """(rows kept in text order, rank of each), by a full sort."""
    words = [word for word in text.words if any(not category(char).startswith("P") for char in word.text)]
    visible = sorted(position - 1 for word in words for position in word.positions)
    by_strength = sorted(visible, key=lambda row: (-best[row], row))[:HEATMAP_TOKENS]
    kept = sorted(by_strength)
    return kept, [by_strength.index(row) for row in kept]


@pytest.mark.parametrize("pair", [*SHORT_PAIRS, LONG_PAIR], ids=lambda pair: pair[0][:12])
def test_the_heat_map_equals_a_double_loop_over_the_strongest_tokens(
    compact: TextEncoder, pair: tuple[str, str]
) -> None:
    (a, b), (rows_a, rows_b), alignment = aligned(compact, *pair)
    heatmap = alignment.heatmap
    rows, row_ranks = strongest_rows(a, best_matches(rows_a, rows_b))
    columns, column_ranks = strongest_rows(b, best_matches(rows_b, rows_a))
    assert heatmap.row_labels == tuple(a.tokens[row + 1].piece for row in rows)
    assert heatmap.column_labels == tuple(b.tokens[row + 1].piece for row in columns)
    assert (list(heatmap.row_ranks), list(heatmap.column_ranks)) == (row_ranks, column_ranks)
    assert heatmap.similarities.shape == (len(rows), len(columns))
    checked = columns if len(columns) < HEATMAP_TOKENS else columns[:5]
    for i, row in enumerate(rows):
        for j, column in enumerate(checked):
            similarity = sum(float(x) * float(y) for x, y in zip(rows_a[row], rows_b[column], strict=True))
            assert heatmap.similarities[i, j] == pytest.approx(similarity, abs=1e-5)


def test_the_heat_map_of_long_texts_stays_small(compact: TextEncoder) -> None:
    (a, b), _, alignment = aligned(compact, *LONG_PAIR)
    heatmap = alignment.heatmap
    assert heatmap.similarities.shape == (HEATMAP_TOKENS, HEATMAP_TOKENS)
    assert sorted(heatmap.row_ranks) == sorted(heatmap.column_ranks) == list(range(HEATMAP_TOKENS))
    for text, n_all in ((a, heatmap.n_rows_all), (b, heatmap.n_columns_all)):
        worded = [word for word in text.words if any(category(char)[0] != "P" for char in word.text)]
        assert n_all == sum(len(word.positions) for word in worded) > 200


def test_words_that_both_texts_have_are_the_strongest() -> None:
    encoder = FakeEncoder()
    shared = [f"both{i}" for i in range(40)]
    first = [
        word for i in range(200) for word in ([f"one{i}", shared[i // 5]] if i % 5 == 0 else [f"one{i}"])
    ]
    _, _, alignment = aligned(encoder, " ".join(first), " ".join([*shared, "other"]))
    ranks = dict(zip(alignment.heatmap.row_labels, alignment.heatmap.row_ranks, strict=True))
    assert sorted(ranks["▁" + word] for word in shared) == list(range(40))
    assert len(ranks) == HEATMAP_TOKENS


def test_two_texts_without_words_align_to_nothing(fake: FakeEncoder) -> None:
    a, b = fake.tokenize(["", "\u200b"])
    rows = need_colbert(fake.encode(["", ""]))
    alignment = align(a, TokenizedText("", b.tokens[:1] + b.tokens[-1:], 2), rows[0], rows[1])
    assert alignment.a_to_b.words == ()
    assert alignment.a_to_b.score == alignment.a_to_b.outside_words == pytest.approx(1)
    assert alignment.heatmap.similarities.shape == (0, 0)


def test_words_are_linked_with_their_best_matches(fake: FakeEncoder) -> None:
    texts = ["red cat .", "dog red ."]
    tokenized, rows = fake.tokenize(texts), need_colbert(fake.encode(texts))
    links = best_links(align(tokenized[0], tokenized[1], rows[0], rows[1]))
    assert (links[0].a, links[0].b, links[0].similarity) == (0, 1, pytest.approx(1.0))
    assert all(link.a != 2 for link in links), "punctuation links nothing"
