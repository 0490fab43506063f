"""Keywords and shared tokens: the right words with exact offsets, the right weights, sums that add up."""

from __future__ import annotations

import math

import pytest
from fakes import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from bge_demo.encoder.contract import SparseVector
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.samples import background_sentences
from bge_demo.scores.keywords import Keyword, shared_tokens, top_keywords, weighted_words
from bge_demo.text.tokens import TokenizedText

AWKWARD = [
    "It's 3.14 €, isn't it? — “Yes” (100 %)!",
    "👩‍👩‍👧 Familie 🇩🇪🇯🇵 e\u0301te\u0301 naïve Å ﬁ",
    "العَرَبِيَّة والفارسیِ‌زبان مِن ١٢٣",
    "a\u202eevil\u202c b\x00c \u200b zero\u200bwidth \ufeff",
    "　全角　ＡＢＣ１２３　ｶﾀｶﾅ",
    "नमस्ते दुनिया ภาษาไทยไม่มีช่องว่าง 한국어는 띄어쓰기",
    "word\n\n\tword   word\r\nWORD",
    "C++ & C# | foo_bar.baz@example.org https://example.org/a?b=c#d",
    "\ud800 lone \udfff",
    "𝕳𝖊𝖑𝖑𝖔 𠀋𠮷 \U0001f9d1\U0001f3fd‍🚀",
]
SENTENCES = [sentence for _, sentence in background_sentences()][::5] + AWKWARD


def sparse_of(encoder: TextEncoder, text: str) -> tuple[TokenizedText, SparseVector]:
    sparse = encoder.encode([text], dense=False, colbert=False).sparse
    assert sparse is not None
    return encoder.tokenize([text])[0], sparse[0]


@pytest.mark.parametrize("text", SENTENCES)
def test_offsets_cut_exactly_the_word_out_of_the_text(compact: TextEncoder, text: str) -> None:
    tokenized, weights = sparse_of(compact, text)
    keywords = top_keywords(tokenized, weights)
    assert keywords
    for keyword in keywords:
        assert tokenized.text[keyword.start : keyword.end] == keyword.word
        assert keyword.word.strip() == keyword.word != ""


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_offsets_hold_for_any_text(compact: TextEncoder, text: str) -> None:
    tokenized, weights = sparse_of(compact, text)
    words = weighted_words(tokenized, weights)
    assert all(tokenized.text[word.start : word.end] == word.word for word in words)
    assert all(a.end <= b.start for a, b in zip(words, words[1:], strict=False))
    assert {*top_keywords(tokenized, weights)} <= {*words}


@pytest.mark.parametrize("text", SENTENCES[::4])
def test_a_word_weighs_as_much_as_its_heaviest_piece(compact: TextEncoder, text: str) -> None:
    tokenized, weights = sparse_of(compact, text)
    for word, weighted in zip(tokenized.words, weighted_words(tokenized, weights), strict=True):
        heaviest = 0.0
        for position in word.positions:
            heaviest = max(heaviest, weights.get(tokenized.tokens[position].id, 0.0))
        assert weighted == Keyword(word.text, word.start, word.end, heaviest)


@pytest.mark.parametrize("text", SENTENCES)
def test_keywords_come_heaviest_first_each_once_and_without_punctuation(
    compact: TextEncoder, text: str
) -> None:
    tokenized, weights = sparse_of(compact, text)
    keywords = top_keywords(tokenized, weights)
    order = [(-keyword.weight, keyword.start) for keyword in keywords]
    assert order == sorted(order)
    assert all(keyword.weight > 0 for keyword in keywords)
    spellings = [keyword.word.casefold() for keyword in keywords]
    assert len(set(spellings)) == len(spellings) <= 10
    assert not {*spellings} & {*".,!?—“”()|&", "。", "、", "，", "؟"}


def test_no_heavier_word_is_left_out(compact: TextEncoder) -> None:
    text = " ".join(sentence for language, sentence in background_sentences() if language == "en")
    tokenized, weights = sparse_of(compact, text)
    best: dict[str, float] = {}
    for word, weighted in zip(tokenized.words, weighted_words(tokenized, weights), strict=True):
        if word.is_content:
            best[word.text.casefold()] = max(best.get(word.text.casefold(), 0.0), weighted.weight)
    heaviest = sorted(best.values(), reverse=True)
    assert [keyword.weight for keyword in top_keywords(tokenized, weights)] == heaviest[:10]
    assert [keyword.weight for keyword in top_keywords(tokenized, weights, top_k=25)] == heaviest[:25]


def test_the_words_that_matter_are_on_top(compact: TextEncoder) -> None:
    text = "The quick brown fox jumps over the lazy dog in the garden of the castle."
    top = [keyword.word for keyword in top_keywords(*sparse_of(compact, text), top_k=4)]
    assert {"fox", "dog", "castle"} & {*top}
    assert not {"The", "the", "of", "in"} & {*top}


def test_a_repeated_word_stands_where_it_weighs_most_first(fake: FakeEncoder) -> None:
    (tokenized,) = fake.tokenize(["Cat cat dog CAT"])
    ids = tokenized.ids[1:-1]
    weights = dict(zip(ids, (0.2, 0.5, 0.3, 0.5), strict=True))
    assert top_keywords(tokenized, weights) == (Keyword("cat", 4, 7, 0.5), Keyword("dog", 8, 11, 0.3))


def test_a_text_without_weights_has_words_but_no_keywords(fake: FakeEncoder) -> None:
    (tokenized,) = fake.tokenize(["red cat"])
    assert top_keywords(tokenized, {}) == ()
    assert [(word.word, word.weight) for word in weighted_words(tokenized, {})] == [("red", 0), ("cat", 0)]


def test_shared_tokens_are_those_of_both_texts(compact: TextEncoder) -> None:
    a, weights_a = sparse_of(compact, "The bank raised its interest rate on savings accounts.")
    b, weights_b = sparse_of(compact, "We had a picnic on the bank of the river to save money.")
    shared = shared_tokens(compact, weights_a, weights_b)
    assert {token.id for token in shared} == {*weights_a} & {*weights_b}
    for token in shared:
        assert token.token == compact.piece(token.id)
        assert (token.weight_a, token.weight_b) == (weights_a[token.id], weights_b[token.id])
        assert token.contribution == token.weight_a * token.weight_b
    contributions = [token.contribution for token in shared]
    assert contributions == sorted(contributions, reverse=True)
    assert "▁bank" in {token.token for token in shared}


def test_contributions_sum_to_the_dot_product_of_full_vectors(compact: TextEncoder) -> None:
    sentences = [sentence for language, sentence in background_sentences() if language == "de"]
    _, a = sparse_of(compact, " ".join(sentences[:10]))
    _, b = sparse_of(compact, " ".join(sentences[6:]))
    product = math.fsum(a.get(i, 0.0) * b.get(i, 0.0) for i in range(max(*a, *b) + 1))
    assert product > 0
    assert sum(token.contribution for token in shared_tokens(compact, a, b)) == pytest.approx(product)
