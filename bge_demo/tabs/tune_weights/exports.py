"""Tuned weights for other programs: JSON to keep, and settings of Milvus, Qdrant, OpenSearch and this API."""

from __future__ import annotations

import json
from typing import Any

from bge_demo.errors import InputError
from bge_demo.scores.scoring import ScoreWeights, checked_weights
from bge_demo.tabs.tune_weights.pair_scores import as_array
from bge_demo.tabs.tune_weights.result import TuningResult

FORMAT = "bge-m3-weights"


def weights_text(weights: ScoreWeights) -> str:
    """As every tab writes weights: `0.45/0.2/0.35`."""
    return "/".join(f"{value:g}" for value in (weights.dense, weights.sparse, weights.colbert))


def weights_json(result: TuningResult) -> dict[str, Any]:
    """What a file keeps of a tuning; `read_weights` takes it back."""
    weights = result.recommended
    return {
        "format": FORMAT,
        "model": result.model.name,
        "revision": result.model.revision,
        "weights": {"dense": weights.dense, "sparse": weights.sparse, "colbert": weights.colbert},
        "threshold": round(result.threshold.value, 6),
        "metric": result.metric,
        "n_pairs": len(result.scored.pairs),
    }


def read_weights(file: bytes) -> str:
    """The weights of such a file, as every tab writes them. Raises InputError."""
    try:
        kept = json.loads(file.decode("utf-8-sig"))
        values = [kept["weights"][head] for head in ("dense", "sparse", "colbert")]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("tune.not_weights") from error
    return weights_text(checked_weights(values))


def store_snippets(result: TuningResult) -> list[tuple[str, str]]:
    """(title, code) for each store; the weights sum to 1, and a head of weight 0 can be left out."""
    dense, sparse, colbert = (round(float(value), 4) for value in as_array(result.recommended))
    return [
        ("Milvus", _MILVUS.format(dense=dense, sparse=sparse)),
        ("Qdrant", _QDRANT.format(dense=dense, sparse=sparse, colbert=colbert)),
        ("OpenSearch", _OPENSEARCH.format(dense=dense, sparse=sparse)),
    ]


# Milvus ranks with the scores of its own requests: WeightedRanker's order is that of the requests.
_MILVUS = """from pymilvus import WeightedRanker

# dense and sparse requests in this order; rescore the hits with ColBERT yourself
collection.hybrid_search([dense_request, sparse_request],
                         WeightedRanker({dense}, {sparse}, norm_score=False), limit=50)"""
_QDRANT = """from qdrant_client import models

client.query_points("passages", prefetch=[
    models.Prefetch(query=dense, using="dense", limit=100),
    models.Prefetch(query=sparse, using="sparse", limit=100),
    models.Prefetch(query=colbert, using="colbert", limit=100),
], query=models.RrfQuery(rrf=models.Rrf(weights=[{dense}, {sparse}, {colbert}])), limit=10)
# ranks, not scores: for the weighted scores of this page, rescore the union of the hits"""
_OPENSEARCH = """PUT /_search/pipeline/bge-m3-hybrid
{{"phase_results_processors": [{{"normalization-processor": {{
  "normalization": {{"technique": "min_max"}},
  "combination": {{"technique": "arithmetic_mean", "parameters": {{"weights": [{dense}, {sparse}]}}}}
}}}}]}}
# weights in the order of the queries: dense, sparse; take those of min-max normalisation"""
