"""The passages of one corpus in one Qdrant collection: add, count, fetch. Encodes and ranks nothing.

Every passage has four named vectors: `dense`, `sparse`, `bm25` (with Qdrant's IDF modifier) and `colbert`
(multi-vector, MaxSim, no HNSW graph, as it only scores again). Point ids are passage numbers from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bge_demo.bm25 import Bm25
from bge_demo.embedded_vectors import EmbeddedVectors
from bge_demo.embeddings import Embeddings, ModelInfo, need_colbert, need_dense, need_sparse
from bge_demo.ranking import HEADS, ArrayScorer, worse_than_found
from bge_demo.server_vectors import ServerVectors
from bge_demo.stored_vectors import PassageVectors, QueryVectors, StoredVectors

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

_PAGE = 256
_SAMPLED = 16
# Bytes of one number of each vector, as Qdrant stores it.
_DENSE_BYTES, _COLBERT_BYTES, _SPARSE_BYTES = 4, 2, 8


@dataclass(frozen=True)
class Passage:
    """What is searched for. `document` names the text it was cut from, and `start` where it begins there."""

    id: str
    text: str
    title: str = ""
    document: str = ""
    start: int = 0


@dataclass(frozen=True)
class CorpusCard:
    """What a corpus is and by which model it was encoded; stands in the collection's metadata."""

    title: str
    created: str
    n_passages: int
    model: ModelInfo
    bm25: Bm25

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CorpusCard:
        """The card that `to_json` told."""
        return cls(**values | {"model": ModelInfo(**values["model"]), "bm25": Bm25(**values["bm25"])})


class PassageIndex:
    """One corpus. Safe to use from several threads: `lock` is held around every call of Qdrant.

    `is_embedded` tells Qdrant inside this process, which keeps vectors as arrays, from a server.
    """

    def __init__(
        self, client: QdrantClient, collection: str, lock: AbstractContextManager[Any], is_embedded: bool
    ) -> None:
        self._client = client
        self._collection = collection
        self._lock = lock
        self._is_embedded = is_embedded
        self._card: CorpusCard | None = None
        self._vectors: StoredVectors | None = None

    @property
    def card(self) -> CorpusCard:
        """What the corpus is."""
        if self._card is None:
            with self._lock:
                config = self._client.get_collection(self._collection).config
            assert config.metadata is not None
            self._card = CorpusCard.from_json(dict(config.metadata))
        return self._card

    def create(self, card: CorpusCard) -> None:
        """Make the empty collection."""
        from qdrant_client import models

        dot, dim = models.Distance.DOT, card.model.dim
        multivector = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
        half, no_graph = models.Datatype.FLOAT16, models.HnswConfigDiff(m=0)
        with self._lock:
            self._client.create_collection(
                self._collection,
                vectors_config={
                    "dense": models.VectorParams(size=dim, distance=dot),
                    "colbert": models.VectorParams(
                        size=dim,
                        distance=dot,
                        datatype=half,
                        hnsw_config=no_graph,
                        multivector_config=multivector,
                    ),
                },
                sparse_vectors_config={
                    "sparse": models.SparseVectorParams(),
                    "bm25": models.SparseVectorParams(modifier=models.Modifier.IDF),
                },
                metadata=card.to_json(),
            )

    def delete(self) -> None:
        """Drop the collection with all passages."""
        with self._lock:
            # An open file would keep its disk.
            self._vectors = self._card = None
            self._client.delete_collection(self._collection)

    def add(
        self,
        numbers: Sequence[int],
        passages: Sequence[Passage],
        embeddings: Embeddings,
        terms: Sequence[Sequence[int]],
    ) -> None:
        """Store passages under their numbers. When this returns they survive a kill.

        `terms` are the token ids of each passage for BM25.
        """
        bm25 = self.card.bm25
        dense, sparse, colbert = need_dense(embeddings), need_sparse(embeddings), need_colbert(embeddings)
        points = [
            self._point(
                number,
                passage,
                {
                    "dense": dense[i],
                    "colbert": colbert[i].astype(np.float16),
                    "sparse": sparse[i],
                    "bm25": bm25.passage_vector(terms[i]),
                },
            )
            for i, (number, passage) in enumerate(zip(numbers, passages, strict=True))
        ]
        with self._lock:
            self._client.upsert(self._collection, points, wait=True)
            self.vectors.noted(numbers)

    def n_indexed(self) -> int:
        """How many passages are stored."""
        with self._lock:
            return int(self._client.count(self._collection, exact=True).count)

    def missing(self) -> list[int]:
        """The numbers of passages that the card promises and the index lacks."""
        present = {number for number, _ in self.all_passages()}
        return [number for number in range(self.card.n_passages) if number not in present]

    def all_passages(self) -> Iterator[tuple[int, Passage]]:
        """(number, passage) of all that are stored, in no order."""
        offset: Any = None
        while True:
            with self._lock:
                records, offset = self._client.scroll(
                    self._collection, limit=_PAGE, offset=offset, with_payload=True
                )
            yield from ((int(record.id), Passage(**(record.payload or {}))) for record in records)
            if offset is None:
                return

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """The passages of these numbers, in their order."""
        with self._lock:
            records = self._client.retrieve(self._collection, list(numbers), with_payload=True)
        found = {int(record.id): Passage(**(record.payload or {})) for record in records}
        return [found[number] for number in numbers]

    @property
    def vectors(self) -> StoredVectors:
        """Its vectors, to be ranked or looked at."""
        with self._lock:
            if self._vectors is None:
                self._vectors = self._opened_vectors()
            return self._vectors

    def all_scores(self, query: QueryVectors) -> ArrayScorer:
        """Every head's score of every passage number up to the card's; passages not stored are not found."""
        n_passages = self.card.n_passages
        scores = {head: np.full(n_passages, worse_than_found(head), np.float32) for head in HEADS}
        for head in HEADS:
            for number, score in self.vectors.top(query, head, n_passages):
                scores[head][number] = score
        return ArrayScorer(scores)

    def bytes_per_passage(self) -> float:
        """What the vectors of a passage take on average, in bytes, by a sample; texts come on top."""
        with self._lock:
            records, _ = self._client.scroll(self._collection, limit=_SAMPLED, with_payload=False)
        sizes = [_stored_bytes(one) for one in self.vectors.of([int(record.id) for record in records])]
        return float(np.mean(sizes)) if sizes else 0.0

    def _opened_vectors(self) -> StoredVectors:
        if self._is_embedded:
            # The one look behind qdrant-client's face; see `embedded_vectors`.
            return EmbeddedVectors(self._client._client.collections[self._collection], self._lock)
        return ServerVectors(self._client, self._collection)

    def _point(self, number: int, passage: Passage, vectors: dict[str, Any]) -> models.PointStruct:
        from qdrant_client import models

        stored = {
            name: models.SparseVector(indices=list(vector), values=list(vector.values()))
            if isinstance(vector, dict)
            else vector
            if self._is_embedded
            else vector.tolist()
            for name, vector in vectors.items()
        }
        if self._is_embedded:
            # Kept as they come: lists of floats would take nine bytes a number, half-precision rows take two.
            return models.PointStruct.model_construct(id=number, vector=stored, payload=asdict(passage))
        return models.PointStruct(id=number, vector=stored, payload=asdict(passage))


def _stored_bytes(vectors: PassageVectors) -> int:
    n_terms = len(vectors.sparse) + len(vectors.bm25)
    return _DENSE_BYTES * vectors.dense.size + _COLBERT_BYTES * vectors.colbert.size + _SPARSE_BYTES * n_terms
