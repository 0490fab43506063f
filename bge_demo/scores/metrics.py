"""Retrieval metrics of one query with binary relevance. Knows no texts; see Manning et al., "Introduction to
Information Retrieval", chapter 8, and Järvelin and Kekäläinen 2002 for nDCG.

`ranking` lists passage ids best first, each once; `relevant` is never empty.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence


def recall_at(k: int, ranking: Sequence[str], relevant: Collection[str]) -> float:
    """Share of the relevant passages among the first `k`.

    >>> recall_at(2, ["a", "b", "c"], {"b", "c"})
    0.5
    """
    return len(set(ranking[:k]) & set(relevant)) / len(set(relevant))


def reciprocal_rank_at(k: int, ranking: Sequence[str], relevant: Collection[str]) -> float:
    """1 / rank of the first relevant passage, 0 beyond `k`; its mean over queries is MRR@k.

    >>> reciprocal_rank_at(10, ["a", "b"], {"b"})
    0.5
    """
    ranks = (rank for rank, passage in enumerate(ranking[:k], start=1) if passage in relevant)
    return 1 / next(ranks, math.inf)


def ndcg_at(k: int, ranking: Sequence[str], relevant: Collection[str]) -> float:
    """Discounted gain of the first `k` over that of the best possible order.

    >>> ndcg_at(10, ["b", "a"], {"b"})
    1.0
    """
    ideal = _discounted_gain([True] * min(k, len(set(relevant))))
    return _discounted_gain([passage in relevant for passage in ranking[:k]]) / ideal


def _discounted_gain(hits: Sequence[bool]) -> float:
    return math.fsum(1 / math.log2(rank + 1) for rank, is_hit in enumerate(hits, start=1) if is_hit)
