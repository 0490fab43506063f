"""BM25 as sparse vectors over the checkpoint's sub-words. Knows no passages and no index.

Sub-words as terms keep scripts without spaces working. A passage vector holds saturated term frequencies, a
query vector the query's own; the index multiplies by the inverse document frequency (`Modifier.IDF`).
Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bge_demo.embeddings import SparseVector
from bge_demo.errors import InputError
from bge_demo.tokens import TokenizedText

DEFAULT_K1 = 1.2
DEFAULT_B = 0.75


@dataclass(frozen=True)
class Bm25:
    """`k1` says how soon repeating a term stops paying, `b` how much long passages are held back.

    `mean_terms` is the mean length of the corpus in terms. Raises InputError unless k1 >= 0 and 0 <= b <= 1.
    """

    mean_terms: float
    k1: float = DEFAULT_K1
    b: float = DEFAULT_B

    def __post_init__(self) -> None:
        if not (0 <= self.k1 <= 10 and 0 <= self.b <= 1):
            raise InputError("corpus.bm25_range", k1=self.k1, b=self.b)

    def passage_vector(self, terms: Sequence[int]) -> SparseVector:
        """Term ids of a passage -> saturated frequencies.

        >>> Bm25(mean_terms=2, k1=1.0, b=0.75).passage_vector([7, 7])
        {7: 1.3333333333333333}
        """
        stretch = 1 - self.b + self.b * len(terms) / self.mean_terms
        return {
            term: count * (self.k1 + 1) / (count + self.k1 * stretch)
            for term, count in Counter(terms).items()
        }


def query_vector(terms: Sequence[int]) -> SparseVector:
    """Term ids of a query -> how often each occurs."""
    return {term: float(count) for term, count in Counter(terms).items()}


def terms_of(text: TokenizedText) -> list[int]:
    """The ids of a text's tokens, `<s>` and `</s>` left out."""
    return text.ids[1:-1]
