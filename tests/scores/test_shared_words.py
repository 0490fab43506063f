"""Shared words add up to the sparse score; a piece of two different words is told apart from a word."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.encoder.contract import need_sparse
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.scores.scoring import lexical_matching_score
from bge_demo.scores.shared_words import shared_words
from bge_demo.text.tokens import Token, TokenizedText

RANT, WAR, Y, GUA, EE, BIKE = range(10, 16)


def text_of(*pieces: tuple[int, str]) -> TokenizedText:
    text, tokens = "", [Token(0, "<s>", 0, 0)]
    for token_id, piece in pieces:
        start = len(text)
        text += piece.replace("▁", " " if text else "")
        tokens.append(Token(token_id, piece, start + (piece.startswith("▁") and start > 0), len(text)))
    return TokenizedText(text, (*tokens, Token(2, "</s>", 0, 0)), len(tokens) + 1)


WARRANTY = text_of((WAR, "▁war"), (RANT, "rant"), (Y, "y"), (BIKE, "▁bike"))
GUARANTEE = text_of((GUA, "▁gua"), (RANT, "rant"), (EE, "ee"), (BIKE, "▁bike"))


def test_a_piece_of_two_different_words_is_no_shared_word() -> None:
    weights = {RANT: 0.5, BIKE: 0.2}
    same, accident = shared_words(WARRANTY, GUARANTEE, weights, weights)
    assert (same.word_a, same.word_b, same.is_same_word) == ("bike", "bike", True)
    assert (accident.word_a, accident.word_b, accident.is_same_word) == ("warranty", "guarantee", False)
    assert accident.pieces == ("rant",)
    assert accident.contribution == pytest.approx(0.25)


def test_a_piece_counts_for_the_word_that_both_texts_have() -> None:
    twice = text_of((WAR, "▁war"), (RANT, "rant"), (Y, "y"), (GUA, "▁gua"), (RANT, "rant"), (EE, "ee"))
    (shared,) = shared_words(twice, GUARANTEE, {RANT: 0.5}, {RANT: 0.5})
    assert (shared.word_a, shared.is_same_word) == ("guarantee", True)


@given(st.lists(st.sampled_from("reading books makes me happy 书 阅读 Bücher Straße".split()), min_size=1))
def test_the_contributions_add_up_to_the_sparse_score(compact: TextEncoder, words: list[str]) -> None:
    texts = ["reading books at home, Straße 书", " ".join(words)]
    tokenized = compact.tokenize(texts)
    sparse = need_sparse(compact.encode(texts, dense=False, colbert=False))
    shared = shared_words(tokenized[0], tokenized[1], sparse[0], sparse[1])
    total = math.fsum(word.contribution for word in shared)
    assert total == pytest.approx(lexical_matching_score(sparse[0], sparse[1]), abs=1e-9)
