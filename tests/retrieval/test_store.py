"""One contract for every store: what it answers is what plain numpy loops answer, again and again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest

from bge_demo.errors import InputError
from bge_demo.retrieval.array_store import ArrayStore
from bge_demo.retrieval.edge_store import EdgeStore, _synced_bytes
from bge_demo.retrieval.pipelines import HEADS, NOT_FOUND, PIPELINES, ArrayScorer, Head, run_pipeline
from bge_demo.retrieval.qdrant_store import QdrantStore
from bge_demo.retrieval.store import MOST_HOLDERS, Passage, QueryVectors, Store, StoreScorer, Vectors

N_PASSAGES, DIM, TOLERANCE = 60, 16, 1e-3
NUMBERS = list(range(N_PASSAGES))


def random_vectors(chance: np.random.Generator) -> Vectors:
    def rows(n_rows: int) -> np.ndarray:
        made = chance.standard_normal((n_rows, DIM)).astype(np.float32)
        return made / np.linalg.norm(made, axis=1, keepdims=True)

    def words() -> dict[int, float]:
        return {int(term): float(chance.random()) for term in chance.choice(30, 4, replace=False)}

    return Vectors(rows(1)[0], words(), rows(int(chance.integers(1, 9))), words())


STORED = [random_vectors(np.random.default_rng(number)) for number in NUMBERS]
# Equal passages tie in every head.
STORED[40:50] = [STORED[3]] * 10
PASSAGES = [Passage(f"p{number}", f"text {number} 文", "title", f"d{number}", number) for number in NUMBERS]
QUERIES = [QueryVectors(**vars(random_vectors(np.random.default_rng(1000 + number)))) for number in range(20)]


def opened_edge(folder: Path) -> Store:
    return EdgeStore.create(folder / "shard", DIM)


def opened_array(folder: Path) -> Store:
    return ArrayStore()


def opened_in_memory(folder: Path) -> Store:
    from qdrant_client import QdrantClient

    return QdrantStore.create(QdrantClient(":memory:"), "contract", DIM, {})


def opened_server(folder: Path) -> Store:
    from qdrant_client import QdrantClient

    if not os.environ.get("BGE_DEMO_QDRANT_URL"):
        pytest.skip("BGE_DEMO_QDRANT_URL names no Qdrant server")
    key = os.environ.get("BGE_DEMO_QDRANT_API_KEY")
    client = QdrantClient(url=os.environ["BGE_DEMO_QDRANT_URL"], api_key=key)
    client.delete_collection("bge-demo-contract")
    return QdrantStore.create(client, "bge-demo-contract", DIM, {})


@pytest.fixture(
    scope="module",
    params=[
        opened_edge,
        opened_array,
        opened_in_memory,
        pytest.param(opened_server, marks=pytest.mark.qdrant),
    ],
)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    make: Callable[[Path], Store] = request.param
    one = make(tmp_path_factory.mktemp("store"))
    one.add(NUMBERS, PASSAGES, STORED)
    yield one
    one.close()


def oracle(query: Vectors, head: Head, number: int) -> float:
    """The score by plain loops, from the definitions."""
    passage = STORED[number]
    if head == "dense":
        return sum(float(a) * float(b) for a, b in zip(query.dense, passage.dense, strict=True))
    if head == "colbert":
        best = [max(float(row @ other) for other in passage.colbert) for row in query.colbert]
        return sum(best) / len(best)
    mine, own = (query.sparse, passage.sparse) if head == "sparse" else (query.bm25, passage.bm25)

    def idf(term: int) -> float:
        n_with = sum(term in one.bm25 for one in STORED)
        return log((N_PASSAGES - n_with + 0.5) / (n_with + 0.5) + 1) if head == "bm25" else 1.0

    return sum(weight * own.get(term, 0.0) * idf(term) for term, weight in mine.items())


@pytest.mark.parametrize("head", HEADS)
def test_scores_are_the_oracles(store: Store, head: Head) -> None:
    for query in QUERIES:
        wanted = [oracle(query, head, number) for number in NUMBERS]
        assert store.scores(query, head, NUMBERS) == pytest.approx(wanted, abs=TOLERANCE)


@pytest.mark.parametrize("head", HEADS)
def test_the_best_are_the_oracles_and_ties_stand_in_passage_order(store: Store, head: Head) -> None:
    for query in [*QUERIES[:5], QueryVectors(**vars(STORED[3]))]:
        wanted = {number: oracle(query, head, number) for number in NUMBERS}
        for k in (1, 7, N_PASSAGES):
            found = store.top(query, head, k)
            assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))
            ranked = sorted(wanted.values(), reverse=True)[: len(found)]
            assert [score for _, score in found] == pytest.approx(ranked, abs=TOLERANCE)
    tied = [number for number, _ in store.top(QueryVectors(**vars(STORED[3])), head, 4)]
    if head in ("dense", "colbert"):
        assert tied == [3, 40, 41, 42]


@pytest.mark.parametrize("name", PIPELINES)
def test_every_stage_ranks_alike_a_hundred_times(store: Store, name: str) -> None:
    pipeline, query = PIPELINES[name], QUERIES[0]
    first = [one.found for one in run_pipeline(pipeline, StoreScorer(store, query))]
    for _ in range(100 if isinstance(store, EdgeStore) else 5):
        assert [one.found for one in run_pipeline(pipeline, StoreScorer(store, query))] == first


@pytest.mark.parametrize("name", PIPELINES)
def test_a_store_and_all_scores_known_before_rank_alike(store: Store, name: str) -> None:
    """The recall check and evaluation know all scores; the search asks stage by stage."""
    for query in QUERIES:
        known = ArrayScorer({head: store.scores(query, head, NUMBERS) for head in HEADS})
        asked = run_pipeline(PIPELINES[name], StoreScorer(store, query))
        assert [one.found for one in asked] == [one.found for one in run_pipeline(PIPELINES[name], known)]


def test_what_is_handed_out_is_what_was_stored(store: Store) -> None:
    numbers = [9, 0, 41]
    assert store.passages(numbers) == [PASSAGES[number] for number in numbers]
    assert store.dense(numbers) == pytest.approx(np.stack([STORED[n].dense for n in numbers]), abs=1e-6)
    for number, own in zip(numbers, store.vectors(numbers), strict=True):
        assert own.dense == pytest.approx(STORED[number].dense, abs=1e-6)
        assert own.colbert == pytest.approx(STORED[number].colbert, abs=TOLERANCE)
        assert own.sparse == pytest.approx(STORED[number].sparse)
        assert own.bm25 == pytest.approx(STORED[number].bm25)


def test_all_are_listed_in_order(store: Store) -> None:
    assert list(store.all_passages()) == list(enumerate(PASSAGES))
    assert (store.numbers(), store.n_passages()) == (NUMBERS, N_PASSAGES)


@pytest.mark.parametrize("head", HEADS)
def test_what_is_not_there_is_not_found(store: Store, head: Head) -> None:
    (score,) = store.scores(QUERIES[0], head, [N_PASSAGES + 5])
    assert score == (0 if head in ("bm25", "sparse") else NOT_FOUND)
    nothing = replace(QUERIES[0], sparse={}, bm25={})
    assert store.top(nothing, "bm25", 3) == store.top(nothing, "sparse", 3) == []


def test_deleted_passages_are_gone(tmp_path: Path) -> None:
    for make in (opened_edge, opened_array, opened_in_memory):
        store = make(tmp_path)
        store.add(NUMBERS[:5], PASSAGES[:5], STORED[:5])
        store.delete([1, 3])
        assert store.numbers() == [0, 2, 4]
        assert {number for number, _ in store.top(QUERIES[0], "colbert", 9)} == {0, 2, 4}
        store.close()


def test_a_code_that_few_hold_makes_them_exact(store: Store) -> None:
    query = replace(QUERIES[0], codes={777_777: "nowhere"})
    assert StoreScorer(store, query).exact == {}
    term = next(iter(STORED[0].bm25))
    holders = {number for number, one in enumerate(STORED) if term in one.bm25}
    exact = StoreScorer(store, replace(query, codes={term: "here"})).exact
    assert exact == (dict.fromkeys(holders, 1) if len(holders) <= MOST_HOLDERS else {})


def test_an_engine_error_is_a_sentence_without_paths(tmp_path: Path) -> None:
    store = EdgeStore.create(tmp_path / "shard", DIM)
    store.close()
    with pytest.raises(InputError) as told:
        store.n_passages()
    assert str(tmp_path) not in str(told.value)
    with pytest.raises(InputError, match="damaged") as told:
        EdgeStore.open(tmp_path / "nowhere")
    assert str(tmp_path) not in str(told.value)


def test_a_corpus_whose_folder_is_renamed_to_be_deleted_keeps_nobody_waiting(tmp_path: Path) -> None:
    store = EdgeStore.create(tmp_path / "shard", DIM)
    # Between the engine's own write and the sync of its log.
    (tmp_path / "shard").rename(tmp_path / "doomed")
    with pytest.raises(InputError):
        store.add(NUMBERS[:3], PASSAGES[:3], STORED[:3])
    assert _synced_bytes(tmp_path / "shard" / "wal") == 0
