"""An index of passages, in folders and on a server: what it finds, what it scores, what survives."""

from __future__ import annotations

import numpy as np
import pytest
from corpus_stores import Store, add_texts, asked, card_for, index_of, new_corpus, real_texts
from fakes import FakeEncoder

from bge_demo.encoder.contract import Embeddings, FloatArray, need_colbert, need_dense, need_sparse
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.retrieval.bm25 import terms_of
from bge_demo.retrieval.corpora import Corpora, new_handle
from bge_demo.retrieval.passage_index import CorpusCard, PassageIndex
from bge_demo.retrieval.pipelines import HEADS, LEXICAL_HEADS, Head
from bge_demo.retrieval.store import QueryVectors
from bge_demo.scores.scoring import lexical_matching_score, mean_maxsim

TOLERANCE = 1e-3  # Token vectors are stored in half precision.
MODEL_HEADS: tuple[Head, ...] = ("dense", "sparse", "colbert")
TEXTS = ["red cat", "red dog runs", "blue bird", "the red cat sat", "green"]


def score_by_hand(query: QueryVectors, head: Head, passages: Embeddings, number: int) -> float:
    if head == "dense":
        return float(query.dense.astype(np.float64) @ need_dense(passages)[number].astype(np.float64))
    if head == "sparse":
        return lexical_matching_score(query.sparse, need_sparse(passages)[number])
    return mean_maxsim(query.colbert, need_colbert(passages)[number])


def test_stored_scores_are_those_of_the_scoring_module(corpora: Corpora, compact: TextEncoder) -> None:
    texts = real_texts(40)
    passages = compact.encode(texts)
    index = index_of(corpora, compact, new_corpus(corpora, compact, texts))
    pairs = np.random.default_rng(5).choice(40 * 20, size=200, replace=False)
    asked_for = {number: asked(compact, texts[number][: 2 + len(texts[number]) // 2]) for number in range(20)}
    for head in MODEL_HEADS:
        found = {n: dict(index.store.top(query, head, 40)) for n, query in asked_for.items()}
        for query_number, passage in (divmod(int(pair), 40) for pair in pairs):
            wanted = score_by_hand(asked_for[query_number], head, passages, passage)
            assert found[query_number].get(passage, 0.0) == pytest.approx(wanted, abs=TOLERANCE)


@pytest.mark.parametrize("head", MODEL_HEADS)
def test_the_order_is_that_of_brute_force(corpora: Corpora, compact: TextEncoder, head: Head) -> None:
    texts = real_texts(40)
    passages = compact.encode(texts)
    index = index_of(corpora, compact, new_corpus(corpora, compact, texts))
    for text in texts[::4]:
        query = asked(compact, text)
        scores = np.array([score_by_hand(query, head, passages, number) for number in range(40)])
        findable = np.flatnonzero(scores > 0) if head == "sparse" else np.arange(40)
        wanted = findable[np.argsort(-scores[findable], kind="stable")][:15]
        found = [number for number, _ in index.store.top(query, head, 15)]
        assert_same_order(found, wanted.tolist(), scores)


def assert_same_order(found: list[int], wanted: list[int], scores: FloatArray) -> None:
    """Passages may change places only where half precision cannot tell them apart."""
    assert len(found) == len(wanted)
    for own, other in zip(found, wanted, strict=True):
        assert own == other or abs(scores[own] - scores[other]) < TOLERANCE


def test_equal_scores_stand_in_passage_order(corpora: Corpora, fake: FakeEncoder) -> None:
    index = index_of(corpora, fake, new_corpus(corpora, fake, ["cat", "red dog", "cat", "blue", "cat"]))
    for head in HEADS:
        assert [number for number, _ in index.store.top(asked(fake, "cat"), head, 5)][:3] == [0, 2, 4]


@pytest.mark.parametrize("head", LEXICAL_HEADS)
def test_a_lexical_head_finds_only_shared_terms(corpora: Corpora, fake: FakeEncoder, head: Head) -> None:
    index = index_of(corpora, fake, new_corpus(corpora, fake, TEXTS))
    assert {number for number, _ in index.store.top(asked(fake, "red unheard"), head, 5)} == {0, 1, 3}
    assert index.store.top(asked(fake, "unheard"), head, 5) == []


def test_a_query_without_terms_finds_nothing_by_words(corpora: Corpora, fake: FakeEncoder) -> None:
    index = index_of(corpora, fake, new_corpus(corpora, fake, TEXTS))
    empty = asked(fake, " ")
    assert [index.store.top(empty, head, 5) for head in LEXICAL_HEADS] == [[], []]
    assert len(index.store.top(empty, "dense", 5)) == 5


def test_everything_is_there_after_a_restart(store: Store, fake: FakeEncoder) -> None:
    handle = new_corpus(store.corpora, fake, TEXTS)
    before = snapshot(index_of(store.corpora, fake, handle), fake)
    store.corpora = store.reopened()
    assert snapshot(index_of(store.corpora, fake, handle), fake) == before


def snapshot(index: PassageIndex, fake: FakeEncoder) -> list[object]:
    """All that an index can say."""
    query = asked(fake, "the red bird")
    vectors = [
        (one.dense.tolist(), one.sparse, one.colbert.tolist(), one.bm25)
        for one in index.store.vectors(range(len(TEXTS)))
    ]
    tops = [index.store.top(query, head, 5) for head in HEADS]
    passages = index.store.passages([4, 0, 2])
    return [
        index.card,
        index.n_indexed(),
        sorted(index.all_passages(), key=lambda p: p[0]),
        vectors,
        tops,
        passages,
    ]


def test_passages_that_are_not_stored_are_missing_and_not_found(corpora: Corpora, fake: FakeEncoder) -> None:
    handle = new_handle()
    corpora.create(handle, card_for(fake, TEXTS))
    index = index_of(corpora, fake, handle)
    assert (index.n_indexed(), index.missing(), index.bytes_per_passage()) == (0, [0, 1, 2, 3, 4], 0.0)
    add_texts(index, fake, TEXTS[1:3], first=1)
    assert (index.n_indexed(), index.missing()) == (2, [0, 3, 4])
    scores = index.all_scores(asked(fake, "purple"))
    assert [number for number, _ in scores.top("dense", 5)] == [1, 2]
    assert scores.rank("colbert", 0) is None


def test_storing_a_passage_again_replaces_it(corpora: Corpora, fake: FakeEncoder) -> None:
    index = index_of(corpora, fake, new_corpus(corpora, fake, TEXTS))
    assert dict(index.store.top(asked(fake, "green"), "bm25", 5)).keys() == {4}
    add_texts(index, fake, ["orange"], first=4)
    assert index.n_indexed() == 5
    assert index.store.top(asked(fake, "green"), "bm25", 5) == []
    assert dict(index.store.top(asked(fake, "orange"), "sparse", 5)).keys() == {4}
    assert index.store.passages([4])[0].text == "orange"


def test_storage_is_counted_number_by_number(corpora: Corpora) -> None:
    fake = FakeEncoder(dim=64)
    index = index_of(corpora, fake, new_corpus(corpora, fake, ["red cat red"]))
    # dense 64 x 4 bytes; four token rows (with `</s>`) of 64 x 2; two terms x 8 by each lexical head.
    assert index.bytes_per_passage() == 64 * 4 + 4 * 64 * 2 + 2 * 8 + 2 * 8


def test_more_passages_than_a_page_are_all_listed(corpora: Corpora) -> None:
    fake = FakeEncoder(dim=8)
    index = index_of(corpora, fake, new_corpus(corpora, fake, ["a b"] * 600))
    assert sorted(number for number, _ in index.all_passages()) == list(range(600))
    assert index.missing() == []


def test_a_passage_without_words_can_be_stored(corpora: Corpora, fake: FakeEncoder) -> None:
    index = index_of(corpora, fake, new_corpus(corpora, fake, [" ", "red"]))
    assert [number for number, _ in index.store.top(asked(fake, "red"), "bm25", 5)] == [1]
    assert index.n_indexed() == 2


def test_a_card_survives_json(fake: FakeEncoder) -> None:
    card = card_for(fake, TEXTS, title='标题 "quoted"')
    assert CorpusCard.from_json(card.to_json()) == card


def test_terms_are_the_models_sub_words(compact: TextEncoder) -> None:
    (text,) = compact.tokenize(["年假二十五天"])
    assert len(terms_of(text).subwords) == text.n_tokens - 2 > 1
