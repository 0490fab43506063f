"""A pipeline as one query of Qdrant for each of its stages, the stages before it nested inside. Runs nothing.

A stage's query holds all that stands before it, so one round trip tells every stage's ranking. Worth it on a
server. Qdrant's local mode scores every passage in every nested part: with 1 000 passages the three-stage
pipeline took 250 ms of CPU so, and less than 40 ms stage by stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bge_demo.ranking import (
    HEADS_OF,
    LEXICAL_HEADS,
    RRF_CONSTANT,
    Head,
    Method,
    Pipeline,
    Stage,
    heads_of,
    weighted_heads,
)
from bge_demo.scoring import ScoreWeights
from bge_demo.stored_vectors import QueryVectors

if TYPE_CHECKING:
    from qdrant_client import models

# Qdrant counts ranks from 0: 1 / (k + rank from 0) = 1 / (k - 1 + rank from 1).
_RRF_K = RRF_CONSTANT + 1


def nested_queries(pipeline: Pipeline, query: QueryVectors) -> list[models.QueryRequest]:
    """One request per stage, or none when the query has no term that the first stage could look for.

    Scores come out as ours, but for a stage by ColBERT alone; see `mean_divisor`.
    """
    from qdrant_client import models

    requests: list[models.QueryRequest] = []
    before = _first_lists(pipeline.stages[0], query)
    for place, stage in enumerate(pipeline.stages):
        if not before:
            return []
        if place == 0 and stage.method not in HEADS_OF:
            (only,) = before
            compiled: dict[str, Any] = {"query": only.query, "using": only.using}
        else:
            compiled = _ranked(stage, before, query, pipeline.weights)
        requests.append(models.QueryRequest(**compiled, limit=stage.k, with_payload=False))
        before = [models.Prefetch(**compiled, limit=stage.k)]
    return requests


def query_vector(query: QueryVectors, head: Head) -> Any:
    """The query by one head as Qdrant takes it."""
    from qdrant_client import models

    if head in LEXICAL_HEADS:
        vector = getattr(query, head)
        return models.SparseVector(indices=list(vector), values=list(vector.values()))
    return getattr(query, head).tolist()


def has_terms(query: QueryVectors, head: Head) -> bool:
    """Whether the query can be asked by this head: Qdrant takes no empty vector."""
    return head not in LEXICAL_HEADS or bool(getattr(query, head))


def mean_divisor(query: QueryVectors, method: Method) -> int:
    """Qdrant sums the best matches of the query's tokens, where the ColBERT score is their mean."""
    return len(query.colbert) if method == "colbert" else 1


def _first_lists(stage: Stage, query: QueryVectors) -> list[models.Prefetch]:
    """What the first stage takes its passages from: one list, or one of each head that it fuses."""
    from qdrant_client import models

    return [
        models.Prefetch(query=query_vector(query, head), using=head, limit=stage.k)
        for head in heads_of(stage.method)
        if has_terms(query, head)
    ]


def _ranked(
    stage: Stage, before: list[models.Prefetch], query: QueryVectors, weights: ScoreWeights
) -> dict[str, Any]:
    """The passages of `before` in the stage's order."""
    from qdrant_client import models

    if stage.method == "rrf":
        return {"prefetch": before, "query": models.RrfQuery(rrf=models.Rrf(k=_RRF_K))}
    if stage.method in ("dense", "colbert"):
        (head,) = heads_of(stage.method)
        return {"prefetch": before, "query": query_vector(query, head), "using": head}
    return _by_formula(before, query, weighted_heads(stage.method, weights))


def _by_formula(
    before: list[models.Prefetch], query: QueryVectors, shares: Mapping[Head, float]
) -> dict[str, Any]:
    """Every passage of `before` by a sum of scores. A lexical head leaves out those without a shared term, so
    `before` itself stands in the list, where its scores do not count."""
    from qdrant_client import models

    n_passages = sum(one.limit or 0 for one in before)
    heads = [head for head in shares if has_terms(query, head)]
    scored = [
        models.Prefetch(prefetch=before, query=query_vector(query, head), using=head, limit=n_passages)
        for head in heads
    ]
    names = [f"$score[{len(before) + place}]" for place in range(len(heads))]
    factors = [shares[head] / mean_divisor(query, head) for head in heads]
    terms: list[Any] = [
        models.MultExpression(mult=[factor, name]) for factor, name in zip(factors, names, strict=True)
    ]
    formula = models.FormulaQuery(
        formula=models.SumExpression(sum=terms or [0.0]), defaults=dict.fromkeys(names, 0.0)
    )
    return {"prefetch": [*before, *scored], "query": formula}
