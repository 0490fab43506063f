"""A `Store` in memory, scored by numpy: for the passages of one request, which no disk need see."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from bge_demo.encoder.contract import FloatArray
from bge_demo.retrieval.pipelines import Found, Head, best_first, worse_than_found
from bge_demo.retrieval.store import Passage, Vectors
from bge_demo.scores.scoring import lexical_matching_score, mean_maxsim


class ArrayStore:
    """Everything by number. ColBERT rows in half precision, as the other stores keep them."""

    def __init__(self) -> None:
        self._stored: dict[int, tuple[Passage, Vectors]] = {}
        self._n_with: Counter[int] = Counter()

    def add(self, numbers: Sequence[int], passages: Sequence[Passage], vectors: Sequence[Vectors]) -> None:
        """Keep passages under their numbers."""
        self.delete([number for number in numbers if number in self._stored])
        for number, passage, own in zip(numbers, passages, vectors, strict=True):
            half = own.colbert.astype(np.float16).astype(np.float32)
            self._stored[number] = passage, Vectors(own.dense, own.sparse, half, own.bm25)
            self._n_with.update(own.bm25.keys())

    def top(self, query: Vectors, head: Head, k: int) -> Found:
        """The `k` best of all passages by one head."""
        numbers = self.numbers()
        scores = self.scores(query, head, numbers)
        found = [pair for pair in zip(numbers, scores, strict=True) if pair[1] > worse_than_found(head)]
        return best_first([number for number, _ in found], [score for _, score in found])[:k]

    def scores(self, query: Vectors, head: Head, numbers: Sequence[int]) -> FloatArray:
        """(n,) numbers -> (n,) scores."""
        if head == "bm25":
            idf = {term: weight * self._idf(term) for term, weight in query.bm25.items()}
            query = Vectors(query.dense, query.sparse, query.colbert, idf)
        worst = worse_than_found(head)
        return np.array(
            [
                _score(query, self._stored[number][1], head) if number in self._stored else worst
                for number in numbers
            ],
            np.float32,
        )

    def vectors(self, numbers: Sequence[int]) -> list[Vectors]:
        """The vectors of these passages, in their order."""
        return [self._stored[number][1] for number in numbers]

    def dense(self, numbers: Sequence[int]) -> FloatArray:
        """(n,) numbers -> (n, dim) dense vectors alone."""
        return np.stack([self._stored[number][1].dense for number in numbers])

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """These passages, in their order."""
        return [self._stored[number][0] for number in numbers]

    def all_passages(self) -> Iterator[tuple[int, Passage]]:
        """(number, passage) of all, in the order of their numbers."""
        yield from ((number, self._stored[number][0]) for number in self.numbers())

    def numbers(self) -> list[int]:
        """The numbers of all, ascending."""
        return sorted(self._stored)

    def n_passages(self) -> int:
        """How many there are."""
        return len(self._stored)

    def delete(self, numbers: Sequence[int]) -> None:
        """Forget these passages."""
        for number in numbers:
            self._n_with.subtract(self._stored.pop(number)[1].bm25.keys())

    def close(self) -> None:
        """Nothing is open."""

    def _idf(self, term: int) -> float:
        """As Qdrant's `Modifier.IDF`; positive even for a term that all passages have."""
        n_with = self._n_with[term]
        return math.log((len(self._stored) - n_with + 0.5) / (n_with + 0.5) + 1)


def _score(query: Vectors, passage: Vectors, head: Head) -> float:
    if head == "dense":
        return float(query.dense @ passage.dense)
    if head == "colbert":
        return mean_maxsim(query.colbert, passage.colbert)
    if head == "sparse":
        return lexical_matching_score(query.sparse, passage.sparse)
    return lexical_matching_score(query.bm25, passage.bm25)
