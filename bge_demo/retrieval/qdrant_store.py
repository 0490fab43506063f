"""A `Store` in a collection of a Qdrant server, reached through qdrant-client. Knows no corpora."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bge_demo.encoder.contract import FloatArray, SparseVector
from bge_demo.errors import InputError
from bge_demo.retrieval.pipelines import HEADS, Found, Head, worse_than_found
from bge_demo.retrieval.store import Passage, Vectors, has_terms, mean_divisor, top_with_ties

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_PAGE = 256


class QdrantStore:
    """One collection. The client is shared and stays open."""

    def __init__(self, client: QdrantClient, collection: str) -> None:
        self._client = client
        self._collection = collection

    @classmethod
    def create(
        cls, client: QdrantClient, collection: str, dim: int, metadata: Mapping[str, Any]
    ) -> QdrantStore:
        """A new, empty collection."""
        from qdrant_client import models

        dot = models.Distance.DOT
        client.create_collection(
            collection,
            vectors_config={
                "dense": models.VectorParams(size=dim, distance=dot),
                "colbert": models.VectorParams(
                    size=dim,
                    distance=dot,
                    datatype=models.Datatype.FLOAT16,
                    # No graph: it only scores again.
                    hnsw_config=models.HnswConfigDiff(m=0),
                    multivector_config=models.MultiVectorConfig(
                        comparator=models.MultiVectorComparator.MAX_SIM
                    ),
                ),
            },
            sparse_vectors_config={
                "sparse": models.SparseVectorParams(),
                "bm25": models.SparseVectorParams(modifier=models.Modifier.IDF),
            },
            metadata=dict(metadata),
        )
        return cls(client, collection)

    def add(self, numbers: Sequence[int], passages: Sequence[Passage], vectors: Sequence[Vectors]) -> None:
        """Store passages and wait until the server has them."""
        from qdrant_client import models

        points = [
            models.PointStruct(
                id=number,
                vector={head: _sent(getattr(own, head)) for head in HEADS},
                payload=asdict(passage),
            )
            for number, passage, own in zip(numbers, passages, vectors, strict=True)
        ]
        self._client.upsert(self._collection, points, wait=True)

    def top(self, query: Vectors, head: Head, k: int) -> Found:
        """The `k` best of all passages by one head."""
        if not has_terms(query, head):
            return []
        return top_with_ties(lambda limit: self._asked(query, head, limit), k)

    def scores(self, query: Vectors, head: Head, numbers: Sequence[int]) -> FloatArray:
        """(n,) numbers -> (n,) scores."""
        found: dict[int, float] = {}
        if numbers and has_terms(query, head):
            found = dict(self._asked(query, head, len(numbers), numbers))
        worst = worse_than_found(head)
        return np.array([found.get(number, worst) for number in numbers], np.float32)

    def vectors(self, numbers: Sequence[int]) -> list[Vectors]:
        """The vectors of these passages, in their order."""
        records = self._client.retrieve(
            self._collection, list(numbers), with_payload=False, with_vectors=True
        )
        found = {int(record.id): Vectors.of_stored(record.vector) for record in records}
        return [found[number] for number in numbers]

    def dense(self, numbers: Sequence[int]) -> FloatArray:
        """(n,) numbers -> (n, dim) dense vectors alone."""
        records = self._client.retrieve(
            self._collection, list(numbers), with_payload=False, with_vectors=["dense"]
        )
        found: dict[int, Any] = {int(record.id): record.vector for record in records}
        return np.array([found[number]["dense"] for number in numbers], np.float32)

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """These passages, in their order."""
        records = self._client.retrieve(self._collection, list(numbers), with_payload=True)
        found = {int(record.id): Passage.of(record.payload or {}) for record in records}
        return [found[number] for number in numbers]

    def all_passages(self) -> Iterator[tuple[int, Passage]]:
        """(number, passage) of all that are stored, in the order of their numbers."""
        for record in self._scrolled(with_payload=True):
            yield int(record.id), Passage.of(record.payload or {})

    def numbers(self) -> list[int]:
        """The numbers of all that are stored, ascending."""
        return [int(record.id) for record in self._scrolled(with_payload=False)]

    def n_passages(self) -> int:
        """How many are stored."""
        return int(self._client.count(self._collection, exact=True).count)

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove these passages."""
        self._client.delete(self._collection, list(numbers), wait=True)

    def close(self) -> None:
        """Nothing: the client belongs to all collections."""

    def _scrolled(self, with_payload: bool) -> Iterator[Any]:
        offset: Any = None
        while True:
            records, offset = self._client.scroll(
                self._collection, limit=_PAGE, offset=offset, with_payload=with_payload
            )
            yield from records
            if offset is None:
                return

    def _asked(self, query: Vectors, head: Head, limit: int, among: Sequence[int] | None = None) -> Found:
        """What the server finds, best first."""
        from qdrant_client import models

        chosen = None if among is None else models.Filter(must=[models.HasIdCondition(has_id=list(among))])
        answer = self._client.query_points(
            self._collection,
            query=_sent(getattr(query, head)),
            using=head,
            limit=limit,
            query_filter=chosen,
            search_params=models.SearchParams(exact=True),
            with_payload=False,
        )
        divisor = mean_divisor(query, head)
        # Single precision, as `scores` gives: one passage has one score, however it was asked for.
        return [(int(point.id), float(np.float32(point.score / divisor))) for point in answer.points]


def _sent(vector: FloatArray | SparseVector) -> Any:
    """A vector as the client takes it."""
    from qdrant_client import models

    if isinstance(vector, dict):
        return models.SparseVector(indices=list(vector), values=list(vector.values()))
    return vector.tolist()


class LocalStore(QdrantStore):
    """A collection in a folder of qdrant-client's local mode, which earlier versions used; has its client."""

    @classmethod
    def open(cls, folder: Path, collection: str) -> LocalStore:
        """Raises InputError if it is damaged or another process has it."""
        from qdrant_client import QdrantClient

        try:
            return cls(QdrantClient(path=str(folder), force_disable_check_same_thread=True), collection)
        except RuntimeError as error:
            raise InputError("corpus.in_use") from error
        except (ValueError, sqlite3.Error, pickle.UnpicklingError) as error:
            raise InputError("corpus.damaged") from error

    def metadata(self) -> dict[str, Any]:
        """What was stored about the collection."""
        return dict(self._client.get_collection(self._collection).config.metadata or {})

    def close(self) -> None:
        """Close the files."""
        self._client.close()
