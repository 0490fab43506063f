"""BM25 through Qdrant against the textbook's double loop."""

from __future__ import annotations

import math

import pytest
from corpus_stores import add_texts, asked, card_for, index_of, new_corpus
from fakes import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.errors import InputError
from bge_demo.retrieval.bm25 import DEFAULT_B, DEFAULT_K1, Bm25, LexicalTerms, query_vector, terms_of
from bge_demo.retrieval.corpora import Corpora, temporary_index

TEXTS = [
    "the cat sat on the mat",
    "the dog",
    "cat cat cat cat",
    "a bird in the hand is worth two in the bush",
    "mat and bird",
    "nothing shared",
]
PASSAGES = st.lists(
    st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=9).map(" ".join), min_size=1, max_size=8
)


def textbook(query: str, passage: str, passages: list[str], k1: float, b: float) -> float:
    """Robertson's sum over the query's words, each time they occur; IDF as Lucene's and Qdrant's."""
    words, mean = passage.split(), sum(len(one.split()) for one in passages) / len(passages)
    total = 0.0
    for word in query.split():
        n_with = sum(word in one.split() for one in passages)
        idf = math.log(1 + (len(passages) - n_with + 0.5) / (n_with + 0.5))
        frequency = words.count(word)
        total += idf * frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * len(words) / mean))
    return total


@pytest.mark.parametrize("query", ["cat", "the bird", "the the mat cat", "two in the bush", "bird unknown"])
def test_an_index_scores_as_the_textbook(corpora: Corpora, fake: FakeEncoder, query: str) -> None:
    handle = new_corpus(corpora, fake, TEXTS)
    found = dict(index_of(corpora, fake, handle).store.top(asked(fake, query), "bm25", len(TEXTS)))
    wanted = [textbook(query, one, TEXTS, DEFAULT_K1, DEFAULT_B) for one in TEXTS]
    assert [found.get(number, 0.0) for number in range(len(TEXTS))] == pytest.approx(wanted, abs=1e-5)
    assert set(found) == {number for number, score in enumerate(wanted) if score > 0}


@given(PASSAGES, st.lists(st.sampled_from("abcxyz"), min_size=1, max_size=4).map(" ".join))
def test_any_passages_score_as_the_textbook(passages: list[str], query: str) -> None:
    fake = FakeEncoder(dim=32)
    index = temporary_index(card_for(fake, passages))
    add_texts(index, fake, passages)
    found = dict(index.store.top(asked(fake, query), "bm25", 10))
    for number, passage in enumerate(passages):
        wanted = textbook(query, passage, passages, DEFAULT_K1, DEFAULT_B)
        assert found.get(number, 0.0) == pytest.approx(wanted, abs=1e-5)


def test_passages_added_later_count_in_every_score(fake: FakeEncoder) -> None:
    index = temporary_index(card_for(fake, TEXTS))
    add_texts(index, fake, TEXTS[:2])
    assert index.store.top(asked(fake, "cat bird"), "bm25", 10)[0][0] == 0
    add_texts(index, fake, TEXTS[2:], first=2)
    found = dict(index.store.top(asked(fake, "cat bird"), "bm25", 10))
    wanted = [textbook("cat bird", one, TEXTS, DEFAULT_K1, DEFAULT_B) for one in TEXTS]
    assert [found.get(number, 0.0) for number in range(len(TEXTS))] == pytest.approx(wanted, abs=1e-5)


def test_without_saturation_only_the_first_occurrence_counts() -> None:
    assert Bm25(mean_terms=3, k1=0).passage_vector(LexicalTerms((5, 5, 5, 6))) == {5: 1.0, 6: 1.0}


def test_without_length_normalisation_length_does_not_matter() -> None:
    bm25 = Bm25(mean_terms=3, b=0)
    assert (
        bm25.passage_vector(LexicalTerms((5,)))[5] == bm25.passage_vector(LexicalTerms((5, *range(6, 60))))[5]
    )


def test_longer_passages_are_held_back() -> None:
    bm25 = Bm25(mean_terms=3)
    assert bm25.passage_vector(LexicalTerms((5,)))[5] > bm25.passage_vector(LexicalTerms((5, 6, 7, 8)))[5]


def test_a_query_counts_its_words_as_often_as_they_occur() -> None:
    assert query_vector(LexicalTerms((7, 8, 7))) == {7: 2.0, 8: 1.0}


def test_special_tokens_are_no_terms(fake: FakeEncoder) -> None:
    (text,) = fake.tokenize(["red cat"])
    assert terms_of(text) == LexicalTerms(tuple(token.id for token in text.tokens[1:-1]))


@pytest.mark.parametrize(("k1", "b"), [(-0.1, 0.5), (10.1, 0.5), (1.2, -0.1), (1.2, 1.1), (math.nan, 0.5)])
def test_parameters_outside_their_range_are_refused(k1: float, b: float) -> None:
    with pytest.raises(InputError, match="BM25 takes k1 from 0 to 10"):
        Bm25(mean_terms=3, k1=k1, b=b)
