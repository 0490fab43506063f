"""Documents ordered by how well they answer a query, in the shape of Cohere's, Jina's and TEI's rerankers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import WithJsonSchema

from bge_demo.api.turns import check_finite, checked_at, checked_items, in_turns
from bge_demo.encoder.caller import one_step, report_progress
from bge_demo.encoder.contract import (
    Embeddings,
    Encoder,
    FloatArray,
    SparseVector,
    need_colbert,
    need_dense,
    need_sparse,
)
from bge_demo.errors import InputError
from bge_demo.scores.scoring import (
    DEFAULT_WEIGHTS,
    PairScores,
    checked_weights,
    dense_score,
    lexical_matching_score,
    mean_maxsim_both_ways,
)
from bge_demo.settings import Limits

MOST_DOCUMENTS = 1000
_TEXT = {"type": "string"}
_DOCUMENT = {"type": "object", "properties": {"text": _TEXT}, "required": ["text"]}
Documents = Annotated[list[Any], WithJsonSchema({"type": "array", "items": {"anyOf": [_TEXT, _DOCUMENT]}})]


@dataclass(frozen=True)
class Query:
    """All heads of the query: (dim,), {token id: weight}, (n_tokens - 1, dim)."""

    dense: FloatArray
    sparse: SparseVector
    colbert: FloatArray


def rerank(
    encoder: Encoder,
    limits: Limits,
    query: str,
    documents: Documents,
    top_n: int | None = None,
    return_documents: bool = False,
    weights: str | list[float] = DEFAULT_WEIGHTS,
    max_tokens_per_doc: int | None = None,
) -> dict[str, Any]:
    """Order documents, texts or {"text"}, by their hybrid score for a query, best first.

    relevance_score is the weighted mean of the dense, sparse and ColBERT scores, each of which stands beside
    it; weights: a preset or three numbers. top_n: how many to return, all by default. max_tokens_per_doc:
    what is read of each document.
    """
    if top_n is not None and top_n < 1:
        raise InputError("api.top_n", value=top_n).at("top_n")
    chosen = checked_weights(weights)
    asked = checked_at(query, "query", limits)
    texts = _checked_documents(documents, limits)
    most_tokens = min(limits.max_tokens, max_tokens_per_doc or limits.max_tokens)
    made = encoder.encode([asked], max_length=limits.max_tokens)
    wanted = Query(need_dense(made)[0], need_sparse(made)[0], need_colbert(made)[0])
    scores: list[PairScores] = []
    n_tokens = sum(made.n_tokens)
    for turn in in_turns(texts, limits.request_tokens):
        with one_step():
            read = encoder.encode([texts[i] for i in turn], max_length=most_tokens)
        check_finite(need_dense(read), "documents", turn.start)
        scores += [_scores(wanted, read, i) for i in range(len(turn))]
        n_tokens += sum(read.n_tokens)
        report_progress(len(scores), len(texts))
    by_score = sorted(range(len(texts)), key=lambda i: -scores[i].hybrid(chosen))[:top_n]
    results = [_result(i, scores[i].to_json(chosen)) for i in by_score]
    if return_documents:
        results = [one | {"document": {"text": texts[one["index"]]}} for one in results]
    return {"model": encoder.info.name, "results": results, "usage": {"total_tokens": n_tokens}}


def _checked_documents(documents: list[Any], limits: Limits) -> list[str]:
    if not documents:
        raise InputError("api.nothing_to_do").at("documents")
    if len(documents) > MOST_DOCUMENTS:
        limit = MOST_DOCUMENTS
        raise InputError("api.too_many_items", n_items=len(documents), limit=limit).at("documents")
    texts = [one.get("text") if isinstance(one, dict) else one for one in documents]
    return checked_items(texts, "documents", limits)


def _scores(query: Query, made: Embeddings, i: int) -> PairScores:
    dense, sparse, colbert = need_dense(made)[i], need_sparse(made)[i], need_colbert(made)[i]
    return PairScores(
        dense_score(query.dense, dense),
        lexical_matching_score(query.sparse, sparse),
        *mean_maxsim_both_ways(query.colbert, colbert),
    )


def _result(index: int, scores: dict[str, float | None]) -> dict[str, Any]:
    return {"index": index, "relevance_score": scores["hybrid"], "scores": scores}
