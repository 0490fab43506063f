"""The vectors of a collection on a Qdrant server: ranked there, all stages in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bge_demo.embeddings import SparseVector
from bge_demo.nested_query import has_terms, mean_divisor, nested_queries, query_vector
from bge_demo.ranking import Found, Head, Pipeline, StageRanking, best_first
from bge_demo.stored_vectors import PassageVectors, QueryVectors

if TYPE_CHECKING:
    from qdrant_client import QdrantClient


class ServerVectors:
    """What the server stores under one collection's name."""

    def __init__(self, client: QdrantClient, collection: str) -> None:
        self._client = client
        self._collection = collection

    def rankings(self, pipeline: Pipeline, query: QueryVectors) -> tuple[StageRanking, ...]:
        """Every stage's ranking. No stage has a time of its own."""
        requests = nested_queries(pipeline, query)
        if not requests:
            return tuple(StageRanking(stage, [], None) for stage in pipeline.stages)
        answers = self._client.query_batch_points(self._collection, requests)
        return tuple(
            StageRanking(stage, _found(answer, mean_divisor(query, stage.method)), None)
            for stage, answer in zip(pipeline.stages, answers, strict=True)
        )

    def top(self, query: QueryVectors, head: Head, k: int) -> Found:
        """The `k` best of all passages."""
        if not has_terms(query, head):
            return []
        vector = query_vector(query, head)
        answer = self._client.query_points(
            self._collection, query=vector, using=head, limit=k, with_payload=False
        )
        return _found(answer, mean_divisor(query, head))

    def of(self, numbers: Sequence[int]) -> list[PassageVectors]:
        """The vectors of these passages, in their order."""
        records = self._client.retrieve(
            self._collection, list(numbers), with_payload=False, with_vectors=True
        )
        found = {int(record.id): _passage_vectors(record.vector) for record in records}
        return [found[number] for number in numbers]

    def noted(self, numbers: Sequence[int]) -> None:
        """Nothing is kept on this side."""


def _found(answer: Any, divisor: int) -> Found:
    """Best first, equal scores in passage order."""
    return best_first(
        [int(point.id) for point in answer.points], [point.score / divisor for point in answer.points]
    )


def _passage_vectors(vectors: Any) -> PassageVectors:
    return PassageVectors(
        dense=np.array(vectors["dense"], np.float32),
        sparse=_as_dict(vectors["sparse"]),
        colbert=np.array(vectors["colbert"], np.float32),
        bm25=_as_dict(vectors["bm25"]),
    )


def _as_dict(vector: Any) -> SparseVector:
    return dict(zip(vector.indices, vector.values, strict=True))
