"""A query's and a passage's vectors, and what an index must answer about those it stores. Knows no Qdrant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bge_demo.embeddings import FloatArray, SparseVector
from bge_demo.ranking import Found, Head, Pipeline, StageRanking


@dataclass(frozen=True)
class QueryVectors:
    """One query by all heads. `dense` (dim,), `colbert` (n_tokens - 1, dim)."""

    dense: FloatArray
    sparse: SparseVector
    colbert: FloatArray
    bm25: SparseVector


@dataclass(frozen=True)
class PassageVectors:
    """A stored passage by all heads. `dense` (dim,), `colbert` (n_tokens - 1, dim)."""

    dense: FloatArray
    sparse: SparseVector
    colbert: FloatArray
    bm25: SparseVector


class StoredVectors(Protocol):
    """The vectors of one corpus, wherever they lie. Safe to use from several threads."""

    def rankings(self, pipeline: Pipeline, query: QueryVectors) -> tuple[StageRanking, ...]:
        """Every stage's ranking, first stage first."""
        ...

    def top(self, query: QueryVectors, head: Head, k: int) -> Found:
        """The `k` best of all passages by one head; see `HeadScorer.top`."""
        ...

    def of(self, numbers: Sequence[int]) -> list[PassageVectors]:
        """The vectors of these passages, in their order."""
        ...

    def noted(self, numbers: Sequence[int]) -> None:
        """Told after passages were stored under these numbers, new ones or anew."""
        ...
