"""The passages of one corpus in one Qdrant collection: add, count, search, fetch. Encodes nothing.

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
from bge_demo.embeddings import (
    Embeddings,
    FloatArray,
    ModelInfo,
    SparseVector,
    need_colbert,
    need_dense,
    need_sparse,
)
from bge_demo.ranking import HEADS, LEXICAL_HEADS, ArrayScorer, Found, Head, HeadScorer
from bge_demo.scoring import lexical_matching_score, mean_maxsim

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


@dataclass(frozen=True)
class QueryVectors:
    """One query by all heads. `dense` (dim,), `colbert` (n_tokens - 1, dim)."""

    dense: FloatArray
    sparse: SparseVector
    colbert: FloatArray
    bm25: SparseVector


@dataclass(frozen=True)
class PassageVectors:
    """A stored passage by the model's heads. `dense` (dim,), `colbert` (n_tokens - 1, dim)."""

    dense: FloatArray
    sparse: SparseVector
    colbert: FloatArray


class PassageIndex:
    """One corpus. Safe to use from several threads: `lock` is held around every call of Qdrant.

    `is_embedded` tells Qdrant inside this process from a server: the first keeps vectors as arrays and scores
    every passage whatever is filtered, so candidates are fetched and scored here.
    """

    def __init__(
        self, client: QdrantClient, collection: str, lock: AbstractContextManager[Any], is_embedded: bool
    ) -> None:
        self._client = client
        self._collection = collection
        self._lock = lock
        self._is_embedded = is_embedded
        self._card: CorpusCard | None = None

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

    def vectors(self, numbers: Sequence[int], heads: Sequence[Head]) -> list[PassageVectors]:
        """The stored vectors of these passages, in their order; those of other heads stay empty."""
        with self._lock:
            records = self._client.retrieve(
                self._collection, list(numbers), with_payload=False, with_vectors=list(heads)
            )
        found = {int(record.id): _passage_vectors(record.vector) for record in records}
        return [found[number] for number in numbers]

    def scorer(self, query: QueryVectors) -> HeadScorer:
        """The corpus as one query sees it."""
        return _QdrantScorer(self, query)

    def nearest(self, query: QueryVectors, head: Head, k: int, among: Sequence[int] | None = None) -> Found:
        """The `k` best passages by one head, of all or among some; see `HeadScorer.top`."""
        from qdrant_client import models

        if head in LEXICAL_HEADS and not getattr(query, head):
            return []
        only = models.Filter(must=[models.HasIdCondition(has_id=list(among))]) if among is not None else None
        with self._lock:
            answer = self._client.query_points(
                self._collection,
                query=_query_vector(query, head),
                using=head,
                limit=k,
                query_filter=only,
                with_payload=False,
            )
        # Qdrant sums the best matches of the query's tokens; the score is their mean.
        divisor = len(query.colbert) if head == "colbert" else 1
        found = [(int(point.id), point.score / divisor) for point in answer.points]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def scores(self, query: QueryVectors, head: Head, numbers: Sequence[int]) -> FloatArray:
        """(n,) passage numbers -> (n,) scores by one head; 0 without a shared term."""
        if not numbers:
            return np.zeros(0, np.float32)
        if self._is_embedded and head != "bm25":
            stored = self.vectors(numbers, [head])
            return np.array([_score(query, head, passage) for passage in stored], np.float32)
        found = dict(self.nearest(query, head, len(numbers), among=numbers))
        return np.array([found.get(number, 0.0) for number in numbers], np.float32)

    def all_scores(self, query: QueryVectors) -> ArrayScorer:
        """Every head's score of every passage number up to the card's; 0 for passages not stored."""
        n_passages = self.card.n_passages
        scores = {head: np.zeros(n_passages, np.float32) for head in HEADS}
        for head in HEADS:
            for number, score in self.nearest(query, head, n_passages):
                scores[head][number] = score
        return ArrayScorer(scores)

    def bytes_per_passage(self) -> float:
        """What the vectors of a passage take on average, in bytes, by a sample; texts come on top."""
        with self._lock:
            records, _ = self._client.scroll(
                self._collection, limit=_SAMPLED, with_payload=False, with_vectors=True
            )
        sizes = [_stored_bytes(record.vector) for record in records]
        return float(np.mean(sizes)) if sizes else 0.0

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


class _QdrantScorer:
    """One query against one index; a `HeadScorer`."""

    def __init__(self, index: PassageIndex, query: QueryVectors) -> None:
        self._index = index
        self._query = query

    def top(self, head: Head, k: int) -> Found:
        """The `k` best of all passages."""
        return self._index.nearest(self._query, head, k)

    def scores(self, head: Head, passages: Sequence[int]) -> FloatArray:
        """(n,) passage numbers -> (n,) scores."""
        return self._index.scores(self._query, head, passages)


def _query_vector(query: QueryVectors, head: Head) -> Any:
    from qdrant_client import models

    if head in LEXICAL_HEADS:
        vector: SparseVector = getattr(query, head)
        return models.SparseVector(indices=list(vector), values=list(vector.values()))
    return getattr(query, head).tolist()


def _score(query: QueryVectors, head: Head, passage: PassageVectors) -> float:
    if head == "sparse":
        return lexical_matching_score(query.sparse, passage.sparse)
    if head == "dense":
        return float(query.dense.astype(np.float64) @ passage.dense.astype(np.float64))
    return mean_maxsim(query.colbert, passage.colbert)


def _passage_vectors(vectors: Any) -> PassageVectors:
    sparse = vectors.get("sparse")
    return PassageVectors(
        dense=np.array(vectors.get("dense", []), np.float32),
        sparse=dict(zip(sparse.indices, sparse.values, strict=True)) if sparse else {},
        colbert=np.array(vectors.get("colbert", []), np.float32),
    )


def _stored_bytes(vectors: Any) -> int:
    colbert = vectors["colbert"]
    n_terms = sum(len(vectors[head].indices) for head in LEXICAL_HEADS)
    n_rows = len(colbert)
    return (
        _DENSE_BYTES * len(vectors["dense"])
        + _COLBERT_BYTES * n_rows * len(colbert[0])
        + _SPARSE_BYTES * n_terms
    )
