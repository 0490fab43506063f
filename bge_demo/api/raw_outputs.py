"""Raw vectors and token weights for programs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bge_demo.encoder.contract import Embeddings, Encoder, SparseVector
from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.text.inputs import DEFAULT_LIMITS, checked_texts, tokenize_within_limits

# A row of 1024 numbers is some 20 KB of JSON, and every token has one.
COLBERT_TOKENS = 8192


def embed(
    encoder: Encoder,
    texts: Sequence[str],
    dense: bool = True,
    sparse: bool = False,
    colbert: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """The answer of `embed`: per text its counts and the heads asked for.

    `dense` is a list of dim floats; `sparse` a list of {token, id, weight}, heaviest first; `colbert` an
    array (n_tokens - 1, dim), for `COLBERT_TOKENS` tokens at most. Raises InputError for
    blank or oversized input and when no head is asked for.
    """
    if not (dense or sparse or colbert):
        raise InputError("input.no_head")
    checked = checked_texts(texts, limits)
    if colbert:
        limits = colbert_limits(limits)
    started = time.perf_counter()
    tokenize_within_limits(encoder, checked, limits)
    embeddings = encoder.encode(checked, dense, sparse, colbert, limits.max_tokens)
    return {
        "model": encoder.info.to_json(),
        "embeddings": [_one_text(encoder, embeddings, i) for i in range(len(checked))],
        "latency_ms": round(1000 * (time.perf_counter() - started), 2),
    }


def colbert_limits(limits: Limits) -> Limits:
    """The limits of a request whose answer holds a row for every token."""
    return replace(limits, request_tokens=min(limits.request_tokens, COLBERT_TOKENS))


def token_weights(encoder: Encoder, weights: SparseVector) -> list[dict[str, Any]]:
    """{"token", "id", "weight"} of every token with a weight, heaviest first."""
    by_weight = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"token": encoder.piece(token_id), "id": token_id, "weight": weight} for token_id, weight in by_weight
    ]


def _one_text(encoder: Encoder, embeddings: Embeddings, i: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"n_tokens": embeddings.n_tokens[i], "truncated": embeddings.truncated[i]}
    if embeddings.dense is not None:
        answer["dense"] = embeddings.dense[i].tolist()
    if embeddings.sparse is not None:
        answer["sparse"] = token_weights(encoder, embeddings.sparse[i])
    if embeddings.colbert is not None:
        # As it is: Python's numbers would take ten times the memory. Each door writes it in its own way.
        answer["colbert"] = embeddings.colbert[i]
    return answer
