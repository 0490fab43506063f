"""Many queries by many pipelines: figures by hand, groups, labels that do not fit, the built-in corpus."""

from __future__ import annotations

import json
import math

import pytest
from corpus_stores import card_for
from fakes import FakeEncoder

from bge_demo.encoder.caller import on_behalf_of
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.retrieval.bm25 import terms_of
from bge_demo.retrieval.corpora import SAMPLE_HANDLE, FolderCorpora, temporary_index
from bge_demo.retrieval.library import CorpusLibrary
from bge_demo.retrieval.passage_index import PassageIndex
from bge_demo.retrieval.pipelines import PIPELINES, Pipeline, Stage
from bge_demo.retrieval.sample import sample_queries
from bge_demo.retrieval.store import Passage
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.evaluation import (
    MOST_QUERIES,
    LabelledQuery,
    RetrievalEvaluation,
    evaluate_retrieval,
)

# Passage -> document: the first document was cut in two.
PASSAGES = [
    Passage("a#1", "red cat", document="a"),
    Passage("a#2", "red cat sat", document="a"),
    Passage("b", "red dog", document="b"),
    Passage("c", "green", document="c"),
]
QUERIES = [
    LabelledQuery("red cat", ("b",), "en", "same-language"),
    LabelledQuery("green", ("c", "a"), "de", "same-language"),
    LabelledQuery("unheard", ("a",), "de", "cross-lingual"),
]
FUSION = Pipeline((Stage("rrf", 10),))
BM25 = {"bm25": PIPELINES["bm25"]}


@pytest.fixture
def index(fake: FakeEncoder) -> PassageIndex:
    texts = [one.text for one in PASSAGES]
    one = temporary_index(card_for(fake, texts))
    one.add(range(4), PASSAGES, fake.encode(texts), [terms_of(text) for text in fake.tokenize(texts)])
    return one


def test_figures_are_what_a_pencil_gives(fake: FakeEncoder, index: PassageIndex) -> None:
    (bm25,) = evaluate_retrieval(fake, index, QUERIES, BM25).pipelines
    first, second, third = bm25.outcomes
    # "red cat": documents a (once), b.
    assert (first.first_relevant, first.recall, first.reciprocal_rank, first.n_unjudged) == (2, 1, 0.5, 1)
    assert first.ndcg == pytest.approx(1 / math.log2(3))
    # "green": document c of the two.
    assert (second.first_relevant, second.recall, second.reciprocal_rank) == (1, 0.5, 1)
    assert second.ndcg == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert (third.first_relevant, third.recall, third.ndcg, third.n_unjudged) == (None, 0, 0, 0)
    assert (bm25.overall.n_queries, bm25.overall.recall, bm25.overall.mrr) == (3, 0.5, 0.5)
    assert bm25.overall.unjudged == pytest.approx(1 / 3)


def test_groups_are_means_of_their_own_queries(fake: FakeEncoder, index: PassageIndex) -> None:
    (bm25,) = evaluate_retrieval(fake, index, QUERIES, BM25).pipelines
    assert {name: (one.n_queries, one.recall) for name, one in bm25.by_language.items()} == {
        "de": (2, 0.25),
        "en": (1, 1),
    }
    assert {name: one.n_queries for name, one in bm25.by_kind.items()} == {
        "cross-lingual": 1,
        "same-language": 2,
    }


def test_queries_without_a_language_make_no_group(fake: FakeEncoder, index: PassageIndex) -> None:
    (bm25,) = evaluate_retrieval(fake, index, [LabelledQuery("red", ("a",))], BM25).pipelines
    assert (bm25.by_language, bm25.by_kind) == ({}, {})


def test_every_preset_is_run_on_every_query(fake: FakeEncoder, index: PassageIndex) -> None:
    told: list[tuple[int, int]] = []
    with on_behalf_of(lambda: False, 60, lambda done, total: told.append((done, total))):
        result = evaluate_retrieval(fake, index, QUERIES)
    assert [one.name for one in result.pipelines] == list(PIPELINES)
    assert all(len(one.outcomes) == 3 for one in result.pipelines)
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert result.n_passages == 4
    answer = result.to_json()
    assert json.loads(json.dumps(answer, allow_nan=False))["k"] == 10


def test_evaluation_ranks_as_search_does(fake: FakeEncoder, index: PassageIndex) -> None:
    pipeline = Pipeline((Stage("dense", 1),))
    (one,) = evaluate_retrieval(fake, index, QUERIES[:2], {"one": pipeline}).pipelines
    assert [outcome.recall for outcome in one.outcomes] == [0, 0.5]


@pytest.mark.parametrize(
    ("queries", "sentence"),
    [
        ([], "no query to evaluate"),
        ([LabelledQuery("red", ("a",))] * (MOST_QUERIES + 1), f"There are {MOST_QUERIES + 1} queries"),
        ([LabelledQuery("red", ("nope", "no"))], "such as 'nope'. Its ids begin a, b, c"),
        ([LabelledQuery("red", ())], "Row 1"),
        ([QUERIES[0], LabelledQuery(" ", ("a",))], "2"),
    ],
)
def test_queries_that_do_not_fit_are_refused(
    fake: FakeEncoder, index: PassageIndex, queries: list[LabelledQuery], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        evaluate_retrieval(fake, index, queries)


def test_labels_that_the_corpus_lacks_are_left_out_and_named(fake: FakeEncoder, index: PassageIndex) -> None:
    queries = [LabelledQuery("red", ("a", "nope")), LabelledQuery("green", ("gone", "nope")), QUERIES[0]]
    result = evaluate_retrieval(fake, index, queries, BM25)
    assert [query.relevant for query in result.queries] == [("a",), ("b",)]
    assert result.pipelines[0].overall.n_queries == 2
    assert result.pipelines[0].outcomes[0].recall == 1
    assert result.to_json()["left_out"] == {"ids": ("nope", "gone"), "queries": ("green",)}
    assert evaluate_retrieval(fake, index, QUERIES, BM25).left_out.ids == ()


def test_all_queries_together_have_a_limit(fake: FakeEncoder, index: PassageIndex) -> None:
    with pytest.raises(InputError, match="tokens"):
        evaluate_retrieval(fake, index, QUERIES, limits=Limits(request_tokens=8))


@pytest.fixture(scope="module")
def evaluated(compact: TextEncoder, tmp_path_factory: pytest.TempPathFactory) -> RetrievalEvaluation:
    """All presets on the built-in corpus."""
    library = CorpusLibrary(FolderCorpora(tmp_path_factory.mktemp("corpora")), Limits())
    library.open_sample(compact)
    library.wait(SAMPLE_HANDLE)
    queries = [LabelledQuery(one.text, one.relevant, one.language, one.kind) for one in sample_queries()]
    with library.searchable(compact, SAMPLE_HANDLE) as index:
        result = evaluate_retrieval(compact, index, queries, {**PIPELINES, "fusion": FUSION})
    library.close()
    return result


def test_words_and_meaning_together_beat_either_alone(evaluated: RetrievalEvaluation) -> None:
    ndcg = {one.name: one.overall.ndcg for one in evaluated.pipelines}
    assert ndcg["fusion-hybrid"] > max(ndcg["sparse"], ndcg["dense"])


def test_meaning_finds_across_languages_what_words_lose(evaluated: RetrievalEvaluation) -> None:
    recall = {one.name: one.by_kind["cross-lingual"].recall for one in evaluated.pipelines}
    assert recall["bm25"] < recall["dense"]
    assert recall["three-stage"] < recall["colbert"]
    (bm25,) = [one for one in evaluated.pipelines if one.name == "bm25"]
    assert bm25.by_kind["same-language"].recall > recall["bm25"]


def test_figures_stay_between_zero_and_one(evaluated: RetrievalEvaluation) -> None:
    for one in evaluated.pipelines:
        for outcome in one.outcomes:
            assert all(0 <= value <= 1 for value in (outcome.recall, outcome.reciprocal_rank, outcome.ndcg))
