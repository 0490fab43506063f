"""Numbers out of scores. Arrays in, numbers out; knows no texts and no model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import (
    Embeddings,
    FloatArray,
    SparseVector,
    need_colbert,
    need_dense,
    need_sparse,
)

Heads = dict[str, NDArray[np.float32]]


def recall_at_1(scores: NDArray[np.float32]) -> float:
    """(n, n) -> % of rows whose own column scores highest.

    >>> recall_at_1(np.array([[0.9, 0.1], [0.8, 0.2]], np.float32))
    50.0
    """
    return round(100 * float(np.mean(scores.argmax(1) == np.arange(len(scores)))), 1)


def spearman(found: Sequence[float] | NDArray[np.float32], wanted: Sequence[float]) -> float:
    """Rank correlation x 100; equal values share their mean rank.

    >>> spearman([1, 2, 3], [10, 20, 15])
    50.0
    """
    a, b = _ranks(np.asarray(found)), _ranks(np.asarray(wanted))
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return round(100 * float(np.corrcoef(a, b)[0, 1]), 1)


def quantiles(values: NDArray[np.float32], at: Sequence[float]) -> dict[str, float]:
    """Each quantile by its name.

    >>> quantiles(np.array([0.0, 1.0, 2.0]), (0.5,))
    {'0.5': 1.0}
    """
    return {str(share): round(float(np.quantile(values, share)), 3) for share in at}


def head_scores(queries: Embeddings, passages: Embeddings) -> Heads:
    """(n_queries, n_passages) scores of each head."""
    return {
        "dense": need_dense(queries) @ need_dense(passages).T,
        "sparse": lexical_scores(need_sparse(queries), need_sparse(passages)),
        "colbert": late_scores(need_colbert(queries), need_colbert(passages)),
    }


def lexical_scores(queries: Sequence[SparseVector], passages: Sequence[SparseVector]) -> NDArray[np.float32]:
    """Sums of products of shared tokens' weights."""
    tokens = {token: at for at, token in enumerate(sorted({t for vector in queries for t in vector}))}
    return _lexical_rows(queries, tokens) @ _lexical_rows(passages, tokens).T


def late_scores(queries: Sequence[FloatArray], passages: Sequence[FloatArray]) -> NDArray[np.float32]:
    """Mean over a query's tokens of the best match in the passage."""
    rows = np.concatenate(queries)
    starts = np.cumsum([0, *map(len, queries)])[:-1]
    lengths = np.array([len(query) for query in queries], np.float32)
    columns = [np.add.reduceat((rows @ passage.T).max(1), starts) / lengths for passage in passages]
    return np.stack(columns, axis=1)


def _lexical_rows(vectors: Sequence[SparseVector], tokens: dict[int, int]) -> NDArray[np.float32]:
    rows = np.zeros((len(vectors), len(tokens)), np.float32)
    for at, vector in enumerate(vectors):
        for token, weight in vector.items():
            if token in tokens:
                rows[at, tokens[token]] = weight
    return rows


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place])
