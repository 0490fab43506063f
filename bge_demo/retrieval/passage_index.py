"""One corpus by one model: its card, its store, and what is asked of both together. Encodes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bge_demo.encoder.contract import Embeddings, ModelInfo, need_colbert, need_dense, need_sparse
from bge_demo.retrieval.beside import read_json, write_json
from bge_demo.retrieval.bm25 import Bm25, LexicalTerms
from bge_demo.retrieval.corpus_map import CorpusMap
from bge_demo.retrieval.pipelines import HEADS, ArrayScorer, Pipeline, StageRanking, run_pipeline
from bge_demo.retrieval.pipelines import worse_than_found as worst
from bge_demo.retrieval.store import Passage, QueryVectors, Store, StoreScorer, Vectors
from bge_demo.retrieval.threshold import SearchThreshold

_MAP, _THRESHOLD = "map.json", "threshold.json"
# Without a folder a map is drawn for each search.
_MAPPED_AT_ONCE = 1000
_SAMPLED = 16
# So much of a text names it on the map.
_LABEL_CHARS = 60
# Bytes of one number of each vector, as Qdrant stores it.
_DENSE_BYTES, _COLBERT_BYTES, _SPARSE_BYTES = 4, 2, 8


@dataclass(frozen=True)
class CorpusCard:
    """What a corpus is and by which model it was encoded."""

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
        """The card that `to_json` told. Raises KeyError or TypeError for anything else."""
        return cls(**values | {"model": ModelInfo(**values["model"]), "bm25": Bm25(**values["bm25"])})


class PassageIndex:
    """One corpus. `folder` is where files beside the passages go; None on a server.

    `threshold` is what the library knows about the serving model, if anything.
    """

    def __init__(self, card: CorpusCard, store: Store, folder: Path | None = None) -> None:
        self.card = card
        self.store = store
        self.threshold: SearchThreshold | None = None
        self._folder = folder
        self._map: CorpusMap | None = None

    def add(
        self,
        numbers: Sequence[int],
        passages: Sequence[Passage],
        embeddings: Embeddings,
        terms: Sequence[LexicalTerms],
    ) -> None:
        """Store passages under their numbers. When this returns they survive a kill and a power cut."""
        heads = need_dense(embeddings), need_sparse(embeddings), need_colbert(embeddings)
        vectors = [
            Vectors(dense, sparse, colbert, self.card.bm25.passage_vector(own))
            for dense, sparse, colbert, own in zip(*heads, terms, strict=True)
        ]
        self.store.add(numbers, passages, vectors)

    def n_indexed(self) -> int:
        """How many passages are stored."""
        return self.store.n_passages()

    def missing(self) -> list[int]:
        """The numbers of passages that the card promises and the store lacks."""
        present = {number for number, _ in self.all_passages()}
        return [number for number in range(self.card.n_passages) if number not in present]

    def all_passages(self) -> Iterator[tuple[int, Passage]]:
        """(number, passage) of all that are stored, in the order of their numbers."""
        return self.store.all_passages()

    def rankings(self, pipeline: Pipeline, query: QueryVectors) -> tuple[StageRanking, ...]:
        """Every stage's ranking, first stage first."""
        return run_pipeline(pipeline, StoreScorer(self.store, query))

    def all_scores(self, query: QueryVectors) -> ArrayScorer:
        """Every head's score of every passage number up to the card's; passages not stored are not found."""
        n_passages = self.card.n_passages
        scores = {head: np.full(n_passages, worst(head), np.float32) for head in HEADS}
        for head in HEADS:
            for number, score in self.store.top(query, head, n_passages):
                scores[head][number] = score
        return ArrayScorer(scores, StoreScorer(self.store, query).exact)

    @property
    def map(self) -> CorpusMap | None:
        """The corpus as a map; None until it is complete, and for large corpora on a server."""
        if self._map is None and self._folder is not None:
            values = read_json(self._folder / _MAP)
            self._map = CorpusMap.from_json(values) if values else None
        elif self._map is None and 0 < self.n_indexed() <= _MAPPED_AT_ONCE:
            self.draw_map()
        return self._map

    def draw_map(self) -> None:
        """Compute the map of what is stored, and keep it beside the passages."""
        numbered = list(self.all_passages())
        if not numbered:
            return
        numbers = [number for number, _ in numbered]
        labels = [passage.title or " ".join(passage.text[:_LABEL_CHARS].split()) for _, passage in numbered]
        self._map = CorpusMap.of(numbers, labels, self.store.dense(numbers))
        if self._folder is not None:
            write_json(self._folder / _MAP, self._map.to_json())

    def kept_threshold(self) -> SearchThreshold | None:
        """What `keep_threshold` kept beside the passages."""
        values = read_json(self._folder / _THRESHOLD) if self._folder else None
        return SearchThreshold(**values) if values else None

    def keep_threshold(self, threshold: SearchThreshold) -> None:
        """Keep it beside the passages, so that it is measured once."""
        if self._folder is not None:
            write_json(self._folder / _THRESHOLD, asdict(threshold))

    def bytes_per_passage(self) -> float:
        """What the vectors of a passage take on average, in bytes, by a sample; texts come on top."""
        numbers = [number for number, _ in zip(self.store.numbers(), range(_SAMPLED), strict=False)]
        sizes = [_stored_bytes(one) for one in self.store.vectors(numbers)]
        return float(np.mean(sizes)) if sizes else 0.0


def _stored_bytes(vectors: Vectors) -> int:
    n_terms = len(vectors.sparse) + len(vectors.bm25)
    return _DENSE_BYTES * vectors.dense.size + _COLBERT_BYTES * vectors.colbert.size + _SPARSE_BYTES * n_terms
