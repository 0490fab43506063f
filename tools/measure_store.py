"""Measure the store alone, without a model: python -m tools.measure_store [PASSAGESxDIM ...]

Synthetic vectors: passages of 45-75 tokens, a Zipf vocabulary, queries of 12 tokens of a stored passage. Time
to index, disk, time to open, p50 and p95 of a query, anonymous memory. Indexing and searching have a process
each, so that each memory is its own.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import numpy as np

from bge_demo.encoder.contract import Embeddings, ModelInfo
from bge_demo.retrieval.bm25 import Bm25, LexicalTerms, query_vector
from bge_demo.retrieval.corpora import FolderCorpora, new_handle
from bge_demo.retrieval.passage_index import CorpusCard, PassageIndex
from bge_demo.retrieval.pipelines import PIPELINES
from bge_demo.retrieval.store import Passage, QueryVectors
from tools.measure_retrieval import run

SIZES = ("1000x256", "5000x256")
BATCH, QUERIES, MAXSIM_QUERIES, QUERY_TOKENS, TERMS = 32, 60, 8, 12, 250_000
MEGA = 1024 * 1024


def main() -> None:
    """Print every figure with its unit; `index` and `search` are the parts that run on their own."""
    if sys.argv[1:2] == ["index"]:
        index(Path(sys.argv[2]), sys.argv[3])
    elif sys.argv[1:2] == ["search"]:
        search(Path(sys.argv[2]), *sys.argv[3:])
    else:
        for size in sys.argv[1:] or SIZES:
            with tempfile.TemporaryDirectory() as folder:
                handle = run("tools.measure_store", "index", folder, size)
                run("tools.measure_store", "search", folder, size, handle)


def index(folder: Path, size: str) -> None:
    """Fill a corpus as the indexer does."""
    n_passages, dim = map(int, size.split("x"))
    corpora, handle = FolderCorpora(folder), new_handle()
    corpora.create(handle, CorpusCard("measured", "2026-01-01T00:00:00+00:00", n_passages, model(dim), BM25))
    seconds = 0.0
    with corpora.use(handle) as corpus:
        opened = corpus.encoded_by(model(dim))
        assert opened is not None
        for start in range(0, n_passages, BATCH):
            numbers = range(start, min(start + BATCH, n_passages))
            made = [passage(number, dim) for number in numbers]
            batch = embeddings(made)
            passages = [Passage(f"p{number}", "text " * 60) for number in numbers]
            started = time.perf_counter()
            opened.add(numbers, passages, batch, [LexicalTerms(tuple(terms)) for _, _, _, terms in made])
            seconds += time.perf_counter() - started
    corpora.close()
    disk = corpora.size_bytes(handle) / MEGA
    print(f"{size}: stored in {seconds:.1f} s, on disk {disk:.0f} MB after closing")
    print(handle)


def search(folder: Path, size: str, handle: str) -> None:
    """Open the corpus as after a restart and ask it."""
    n_passages, dim = map(int, size.split("x"))
    before = anonymous_mb()
    started = time.perf_counter()
    corpora = FolderCorpora(folder)
    with corpora.use(handle) as corpus:
        opened = corpus.encoded_by(model(dim))
        assert opened is not None
        print(f"  opening {time.perf_counter() - started:.2f} s", end="")
        first = timed(
            lambda query: opened.rankings(PIPELINES["three-stage"], query), queries(n_passages, dim, 1)
        )
        print(f", first query {first[0]:.0f} ms")
        print(f"  three-stage {asked(opened, 'three-stage', queries(n_passages, dim, QUERIES))}")
        print(f"  fusion-hybrid {asked(opened, 'fusion-hybrid', queries(n_passages, dim, QUERIES))}")
        print(f"  MaxSim over all {asked(opened, 'colbert', queries(n_passages, dim, MAXSIM_QUERIES))}")
        print(f"  anonymous memory {anonymous_mb():.0f} MB, {before:.0f} MB before opening")
    corpora.close()
    print("done")


def asked(opened: PassageIndex, name: str, asked_for: list[QueryVectors]) -> str:
    """Median and 95th percentile of the second pass: the first one reads cold pages."""
    timed(lambda query: opened.rankings(PIPELINES[name], query), asked_for)
    times = timed(lambda query: opened.rankings(PIPELINES[name], query), asked_for)
    return f"p50 {median(times):.1f} ms, p95 {quantiles(times, n=20)[-1]:.1f} ms"


def timed(ask: Callable[[QueryVectors], object], asked_for: list[QueryVectors]) -> list[float]:
    """Milliseconds of each."""
    times = []
    for query in asked_for:
        started = time.perf_counter()
        ask(query)
        times.append(1000 * (time.perf_counter() - started))
    return times


BM25 = Bm25(mean_terms=60)


def model(dim: int) -> ModelInfo:
    """A model that made none of it."""
    return ModelInfo("measured", "1", "fp32", "none", "cpu", dim, 8192)


def passage(number: int, dim: int) -> tuple[np.ndarray, dict[int, float], np.ndarray, list[int]]:
    """Dense, sparse, ColBERT rows and terms of one passage; the same at every call."""
    chance = np.random.default_rng(number)
    terms = (chance.zipf(1.2, int(chance.integers(45, 76))) % TERMS).tolist()
    rows = unit(chance.standard_normal((len(terms) + 1, dim)))
    sparse = {term: float(chance.random() / 3) for term in dict.fromkeys(terms)}
    return unit(rows.sum(axis=0, keepdims=True))[0], sparse, rows, terms


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1."""
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def embeddings(made: list[tuple[np.ndarray, dict[int, float], np.ndarray, list[int]]]) -> Embeddings:
    """As an encoder answers."""
    dense, sparse, colbert, terms = zip(*made, strict=True)
    n_tokens = [len(one) + 2 for one in terms]
    return Embeddings(np.stack(dense), list(sparse), list(colbert), n_tokens, [False] * len(made))


def queries(n_passages: int, dim: int, n_queries: int) -> list[QueryVectors]:
    """The first tokens of stored passages."""
    asked_for = []
    for number in np.random.default_rng(9).integers(0, n_passages, n_queries).tolist():
        dense, sparse, colbert, terms = passage(number, dim)
        own = terms[:QUERY_TOKENS]
        lexical = query_vector(LexicalTerms(tuple(own)))
        asked_for.append(
            QueryVectors(dense, {term: sparse[term] for term in own}, colbert[:QUERY_TOKENS], lexical)
        )
    return asked_for


def anonymous_mb() -> float:
    """Memory of this process that no file backs."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
