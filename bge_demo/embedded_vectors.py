"""The vectors of an embedded Qdrant collection, scored where they lie.

Qdrant's local mode keeps them; but it scores lexical vectors in a Python loop, scores every passage whatever
is filtered, and hands vectors out number by number. So this module, and no other, reads the arrays of its
`LocalCollection`; their names hold for the pinned version, and the tests compare with Qdrant's own answers.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bge_demo.embeddings import FloatArray, SparseVector
from bge_demo.ranking import LEXICAL_HEADS, Found, Head, Pipeline, StageRanking, run_pipeline
from bge_demo.scoring import mean_maxsim
from bge_demo.stored_vectors import PassageVectors, QueryVectors

_HALF = np.float16


class EmbeddedVectors:
    """`collection` is a `LocalCollection`; a passage's row there is where it stands in every array.

    `lock` is held around every look at the arrays.
    """

    def __init__(self, collection: Any, lock: AbstractContextManager[Any]) -> None:
        self._collection = collection
        self._lock = lock
        self._postings = {head: _Postings() for head in LEXICAL_HEADS}
        if collection.storage is not None:
            # A commit for each passage would wait for the disk each time. So a kill still loses nothing, and
            # a power cut at most the last passages, which are then reported as missing.
            collection.storage.storage.execute("PRAGMA journal_mode=WAL")
            collection.storage.storage.execute("PRAGMA synchronous=NORMAL")

    def rankings(self, pipeline: Pipeline, query: QueryVectors) -> tuple[StageRanking, ...]:
        """Every stage's ranking: stage by stage, as a nested query would score all passages in each."""
        return run_pipeline(pipeline, _Scorer(self, query))

    def top(self, query: QueryVectors, head: Head, k: int) -> Found:
        """The `k` best of all passages."""
        with self._lock:
            numbers = np.array(self._collection.ids_inv, np.int64)
            scores = self._scores(query, head, np.arange(len(numbers)))
        found = np.flatnonzero(scores > 0) if head in LEXICAL_HEADS else np.arange(len(scores))
        best = found[np.lexsort((numbers[found], -scores[found]))[:k]]
        return list(zip(numbers[best].tolist(), scores[best].tolist(), strict=True))

    def scores(self, query: QueryVectors, head: Head, numbers: Sequence[int]) -> FloatArray:
        """(n,) passage numbers -> (n,) scores; 0 without a shared term."""
        with self._lock:
            rows = np.array([self._collection.ids[number] for number in numbers], np.int64)
            return self._scores(query, head, rows)

    def of(self, numbers: Sequence[int]) -> list[PassageVectors]:
        """The vectors of these passages, in their order."""
        with self._lock:
            return [self._passage_vectors(self._collection.ids[number]) for number in numbers]

    def noted(self, numbers: Sequence[int]) -> None:
        """Token vectors just stored are kept in half precision, as they are after reopening."""
        rows = [self._collection.ids[number] for number in numbers]
        stored = self._collection.multivectors["colbert"]
        for row in rows:
            stored[row] = stored[row].astype(_HALF)
        for head, postings in self._postings.items():
            if any(row < postings.n_rows for row in rows):
                self._postings[head] = _Postings()

    def _scores(self, query: QueryVectors, head: Head, rows: NDArray[np.int64]) -> FloatArray:
        """(n,) rows -> (n,) scores."""
        if head == "dense":
            dense: FloatArray = self._collection.vectors["dense"][rows] @ query.dense
            return dense
        if head == "colbert":
            stored = self._collection.multivectors["colbert"]
            # One product for each passage: larger ones wake more threads than they are worth.
            return np.array(
                [mean_maxsim(query.colbert, stored[row].astype(np.float32)) for row in rows], np.float32
            )
        postings = self._postings[head]
        postings.extend(self._collection.sparse_vectors[head])
        lexical: FloatArray = postings.scores(getattr(query, head), has_idf=head == "bm25")[rows]
        return lexical

    def _passage_vectors(self, row: int) -> PassageVectors:
        return PassageVectors(
            dense=np.array(self._collection.vectors["dense"][row], np.float32),
            sparse=_as_dict(self._collection.sparse_vectors["sparse"][row]),
            colbert=self._collection.multivectors["colbert"][row].astype(np.float32),
            bm25=_as_dict(self._collection.sparse_vectors["bm25"][row]),
        )


class _Scorer:
    """One query against the collection; a `HeadScorer`."""

    def __init__(self, vectors: EmbeddedVectors, query: QueryVectors) -> None:
        self._vectors = vectors
        self._query = query

    def top(self, head: Head, k: int) -> Found:
        """The `k` best of all passages."""
        return self._vectors.top(self._query, head, k)

    def scores(self, head: Head, passages: Sequence[int]) -> FloatArray:
        """(n,) passage numbers -> (n,) scores."""
        return self._vectors.scores(self._query, head, passages)


class _Postings:
    """An inverted index: for each term the rows of the passages that have it, and its weights there."""

    def __init__(self) -> None:
        self.n_rows = 0
        self._rows: dict[int, array[int]] = {}
        self._weights: dict[int, array[float]] = {}

    def extend(self, vectors: Sequence[Any]) -> None:
        """Take in the vectors that came since the last time."""
        for row in range(self.n_rows, len(vectors)):
            for term, weight in zip(vectors[row].indices, vectors[row].values, strict=True):
                self._rows.setdefault(term, array("l")).append(row)
                self._weights.setdefault(term, array("f")).append(weight)
        self.n_rows = len(vectors)

    def scores(self, query: SparseVector, has_idf: bool) -> FloatArray:
        """-> (n_rows,) sums over shared terms, each times its inverse document frequency if asked for."""
        scores = np.zeros(self.n_rows)
        for term, weight in query.items():
            if term in self._rows:
                rows = np.array(self._rows[term])
                scores[rows] += weight * self._idf(len(rows), has_idf) * np.array(self._weights[term])
        return scores.astype(np.float32)

    def _idf(self, n_with_term: int, has_idf: bool) -> float:
        """As Qdrant's `Modifier.IDF`; positive even for a term that all passages have."""
        return math.log((self.n_rows - n_with_term + 0.5) / (n_with_term + 0.5) + 1) if has_idf else 1.0


def _as_dict(vector: Any) -> SparseVector:
    return dict(zip(vector.indices, vector.values, strict=True))
