"""A pipeline as one nested query ranks as stage by stage does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from corpus_stores import add_texts, asked, card_for, real_texts

from bge_demo.corpora import in_memory
from bge_demo.encoder import TextEncoder
from bge_demo.nested_query import nested_queries
from bge_demo.passage_index import PassageIndex
from bge_demo.ranking import FIRST_METHODS, LATER_METHODS, PIPELINES, Method, Pipeline, Stage, StageRanking
from bge_demo.server_vectors import ServerVectors

N_PASSAGES = 48
TOLERANCE = 1e-3


@pytest.fixture(scope="module")
def both(compact: TextEncoder) -> Iterator[tuple[PassageIndex, ServerVectors]]:
    """The same passages, ranked stage by stage and by nested queries."""
    texts = real_texts(N_PASSAGES)
    with in_memory() as corpus:
        index = corpus.create(card_for(compact, texts))
        add_texts(index, compact, texts)
        (collection,) = [one.name for one in corpus.client.get_collections().collections]
        yield index, ServerVectors(corpus.client, collection)


def assert_same(nested: StageRanking, stepwise: StageRanking) -> None:
    """The same scores in the same order; passages of equal scores at the cut may differ."""
    assert nested.stage == stepwise.stage
    scores = [score for _, score in stepwise.found]
    assert [score for _, score in nested.found] == pytest.approx(scores, abs=TOLERANCE)
    safe = scores[-1] + 2 * TOLERANCE if len(scores) == nested.stage.k else -1.0
    theirs, ours = dict(nested.found), dict(stepwise.found)
    for passage in {*theirs, *ours}:
        if max(theirs.get(passage, -1.0), ours.get(passage, -1.0)) > safe:
            assert theirs[passage] == pytest.approx(ours[passage], abs=TOLERANCE)


QUERIES = ["How does the harbour work?", "Vogel im Garten", "鸟在花园里", "12 %"]


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("query", QUERIES)
def test_every_preset_ranks_alike(
    both: tuple[PassageIndex, ServerVectors], compact: TextEncoder, name: str, query: str
) -> None:
    index, server = both
    vectors = asked(compact, query)
    stepwise = index.vectors.rankings(PIPELINES[name], vectors)
    for nested, own in zip(server.rankings(PIPELINES[name], vectors), stepwise, strict=True):
        assert_same(nested, own)


@pytest.mark.parametrize("first", FIRST_METHODS)
@pytest.mark.parametrize("second", LATER_METHODS)
def test_any_two_stages_rank_alike(
    both: tuple[PassageIndex, ServerVectors], compact: TextEncoder, first: Method, second: Method
) -> None:
    index, server = both
    # No cut before the last stage: a passage without a shared term is as good as another there.
    everything = 2 * N_PASSAGES
    pipeline = Pipeline((Stage(first, everything), Stage(second, everything), Stage("colbert", 10)))
    vectors = asked(compact, "The bird in the garden sings 鸟")
    stepwise = index.vectors.rankings(pipeline, vectors)
    for nested, own in zip(server.rankings(pipeline, vectors), stepwise, strict=True):
        assert_same(nested, own)


@pytest.mark.parametrize("name", PIPELINES)
def test_a_query_without_terms_ranks_alike(
    both: tuple[PassageIndex, ServerVectors], compact: TextEncoder, name: str
) -> None:
    index, server = both
    vectors = replace(asked(compact, "bird"), sparse={}, bm25={})
    stepwise = index.vectors.rankings(PIPELINES[name], vectors)
    for nested, own in zip(server.rankings(PIPELINES[name], vectors), stepwise, strict=True):
        assert_same(nested, own)


def test_all_stages_are_one_request_and_none_has_a_time(
    both: tuple[PassageIndex, ServerVectors], compact: TextEncoder
) -> None:
    _, server = both
    vectors = asked(compact, "bird")
    pipeline = PIPELINES["three-stage"]
    requests = nested_queries(pipeline, vectors)
    assert [request.limit for request in requests] == [100, 50, 10]
    deepest = requests[2].prefetch[0].prefetch[0]
    assert (deepest.using, deepest.limit) == ("bm25", 100)
    assert [one.latency_ms for one in server.rankings(pipeline, vectors)] == [None, None, None]
