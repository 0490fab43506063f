"""What a store of passages answers, whichever engine keeps it: add, rank by a head, score, hand out.

One query's scores over a store are a `HeadScorer`, so `run_pipeline` runs over any engine. Knows no engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from bge_demo.encoder.contract import FloatArray, SparseVector
from bge_demo.retrieval.pipelines import LEXICAL_HEADS, Found, Head, best_first

# A code that more passages hold than this singles none of them out.
MOST_HOLDERS = 5


@dataclass(frozen=True)
class Passage:
    """What is searched for. `document` names the text it was cut from, and `start` where it begins there."""

    id: str
    text: str
    title: str = ""
    document: str = ""
    start: int = 0

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Passage:
        """From its stored fields; what else was stored beside them is left out."""
        return cls(**{one.name: stored[one.name] for one in fields(cls)})


@dataclass(frozen=True)
class Vectors:
    """A text by all heads. `dense` (dim,), `colbert` (n_tokens - 1, dim)."""

    dense: FloatArray
    sparse: SparseVector
    colbert: FloatArray
    bm25: SparseVector

    @classmethod
    def of_stored(cls, vectors: Mapping[str, Any]) -> Vectors:
        """From a point's vectors by name, as both engines of Qdrant hand them out."""
        return cls(
            dense=np.array(vectors["dense"], np.float32),
            sparse=_as_dict(vectors["sparse"]),
            colbert=np.array(vectors["colbert"], np.float32),
            bm25=_as_dict(vectors["bm25"]),
        )


def _as_dict(vector: Any) -> SparseVector:
    return dict(zip(vector.indices, vector.values, strict=True))


@dataclass(frozen=True)
class QueryVectors(Vectors):
    """A query by all heads. `codes` are the terms of its whole identifiers, as the query spells them."""

    codes: Mapping[int, str] = field(default_factory=dict)


class Store(Protocol):
    """The passages of one corpus with their vectors, numbered from 0. Safe to use from several threads."""

    def add(self, numbers: Sequence[int], passages: Sequence[Passage], vectors: Sequence[Vectors]) -> None:
        """Store passages under their numbers. When this returns they survive a kill and a power cut."""
        ...

    def top(self, query: Vectors, head: Head, k: int) -> Found:
        """The `k` best of all passages by one head; see `HeadScorer.top`."""
        ...

    def scores(self, query: Vectors, head: Head, numbers: Sequence[int]) -> FloatArray:
        """(n,) numbers -> (n,) scores; a passage that is not there scores `worse_than_found`."""
        ...

    def vectors(self, numbers: Sequence[int]) -> list[Vectors]:
        """The vectors of these passages, in their order."""
        ...

    def dense(self, numbers: Sequence[int]) -> FloatArray:
        """(n,) numbers -> (n, dim) dense vectors alone."""
        ...

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """These passages, in their order."""
        ...

    def all_passages(self) -> Iterator[tuple[int, Passage]]:
        """(number, passage) of all that are stored, in the order of their numbers."""
        ...

    def numbers(self) -> list[int]:
        """The numbers of all that are stored, ascending."""
        ...

    def n_passages(self) -> int:
        """How many are stored."""
        ...

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove these passages."""
        ...

    def close(self) -> None:
        """Let go of it; nothing may be asked afterwards."""
        ...


class StoreScorer:
    """One query against a store; a `HeadScorer`."""

    def __init__(self, store: Store, query: QueryVectors) -> None:
        self._store = store
        self._query = query

    def top(self, head: Head, k: int) -> Found:
        """The `k` best of all passages."""
        return self._store.top(self._query, head, k)

    def scores(self, head: Head, passages: Sequence[int]) -> FloatArray:
        """(n,) passage numbers -> (n,) scores."""
        return self._store.scores(self._query, head, passages)

    @cached_property
    def exact(self) -> dict[int, int]:
        """Passage number -> how many of the query's codes it holds exactly, for codes that few hold."""
        holds: dict[int, int] = {}
        for term in self._query.codes:
            found = self._store.top(replace(self._query, bm25={term: 1.0}), "bm25", MOST_HOLDERS + 1)
            if len(found) <= MOST_HOLDERS:
                for number, _ in found:
                    holds[number] = holds.get(number, 0) + 1
        return holds


def has_terms(query: Vectors, head: Head) -> bool:
    """Whether a lexical head has anything to look for; other heads always have."""
    return head not in LEXICAL_HEADS or bool(query.sparse if head == "sparse" else query.bm25)


def mean_divisor(query: Vectors, head: Head) -> int:
    """What an engine's score is divided by: it sums MaxSim over the query's tokens, we take the mean."""
    return len(query.colbert) if head == "colbert" else 1


def top_with_ties(ask: Callable[[int], Found], k: int) -> Found:
    """The `k` best, equal scores in passage order.

    `ask(limit)` is what an engine finds, best first. Engines break a tie at the cut by chance, so they are
    asked for more until the tie has ended.
    """
    limit = k + 1
    while True:
        found = ask(limit)
        if len(found) < limit or found[-1][1] < found[k - 1][1]:
            return best_first([number for number, _ in found], [score for _, score in found])[:k]
        limit *= 2
