"""Embeddings and models in OpenAI's shape, with the sparse and ColBERT heads as an extension."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bge_demo.api.raw_outputs import colbert_limits, token_weights
from bge_demo.api.turns import check_finite, checked_items, in_turns
from bge_demo.encoder.caller import one_step, report_progress
from bge_demo.encoder.contract import Embeddings, Encoder, FloatArray, SparseVector, need_dense
from bge_demo.errors import InputError
from bge_demo.serving.model_host import ModelChoice
from bge_demo.settings import Limits
from bge_demo.text.inputs import tokenize_within_limits
from bge_demo.text.tokens import TokenizedText

# What OpenAI's own service takes in one call.
MOST_ITEMS = 2048

EncodingFormat = Literal["float", "base64"]


@dataclass(frozen=True)
class Output:
    """How vectors are written, and which heads beside the dense one."""

    encoding_format: EncodingFormat
    sparse: bool
    colbert: bool


def embeddings(
    encoder: Encoder,
    limits: Limits,
    input: str | list[Any],
    encoding_format: EncodingFormat | None = None,
    dimensions: int | None = None,
    user: str | None = None,
    sparse: bool = False,
    colbert: bool = False,
) -> dict[str, Any]:
    """Dense embeddings in OpenAI's shape.

    input: a text or up to 2048 texts. encoding_format: float (the default), or base64 for little-endian
    float32. dimensions: only the model's own number. user: ignored. sparse, colbert: the other heads with
    their tokens as well; ColBERT rows for at most 8192 tokens of all texts together. Offsets are in Unicode
    code points.
    """
    texts = checked_input(input, limits)
    dim = encoder.info.dim
    if dimensions not in {None, dim}:
        values = {"model": encoder.info.name, "dim": dim, "value": dimensions}
        raise InputError("api.dimensions", **values).at("dimensions")
    output = Output(encoding_format or "float", sparse, colbert)
    data: list[dict[str, Any]] = []
    n_tokens = 0
    for turn in _turns(encoder, texts, limits, colbert):
        with one_step():
            made = encoder.encode([texts[i] for i in turn], True, sparse, colbert, limits.max_tokens)
        check_finite(need_dense(made), "input", turn.start)
        data += _items(encoder, [texts[i] for i in turn], made, limits, output)
        n_tokens += sum(made.n_tokens)
        report_progress(len(data), len(texts))
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": i, **item} for i, item in enumerate(data)],
        "model": encoder.info.name,
        "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens},
    }


def checked_input(input: str | list[Any], limits: Limits) -> list[str]:
    """1 to 2048 texts within the limits. Raises InputError that names the item, or the setting of a client
    that sends token numbers."""
    items: list[Any] = [input] if isinstance(input, str) else input
    if not items:
        raise InputError("api.nothing_to_do").at("input")
    if len(items) > MOST_ITEMS:
        raise InputError("api.too_many_items", n_items=len(items), limit=MOST_ITEMS).at("input")
    if any(isinstance(item, int | list) for item in items):
        raise InputError("api.token_numbers").at("input")
    return checked_items(items, "input", limits)


def _turns(encoder: Encoder, texts: Sequence[str], limits: Limits, colbert: bool) -> Iterator[range]:
    """All texts at once where the answer holds a row for every token; otherwise as many as go together."""
    if colbert:
        tokenize_within_limits(encoder, texts, colbert_limits(limits))
        yield range(len(texts))
    else:
        yield from in_turns(texts, limits.request_tokens)


def _items(
    encoder: Encoder, texts: Sequence[str], made: Embeddings, limits: Limits, output: Output
) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [{"embedding": _written(row, output)} for row in need_dense(made)]
    if not (output.sparse or output.colbert or any(made.truncated)):
        return items
    for i, text in enumerate(encoder.tokenize(texts, limits.max_tokens)):
        if text.truncated:
            items[i] |= {"truncated": True, "n_tokens": text.n_tokens, "n_tokens_uncut": text.n_tokens_uncut}
        if made.sparse is not None:
            items[i]["sparse"] = _sparse(encoder, text, made.sparse[i])
        if made.colbert is not None:
            items[i]["colbert"] = _colbert(text, made.colbert[i], output)
    return items


def _sparse(encoder: Encoder, text: TokenizedText, weights: SparseVector) -> list[dict[str, Any]]:
    return [one | {"offsets": _offsets(text, one["id"])} for one in token_weights(encoder, weights)]


def _colbert(text: TokenizedText, rows: FloatArray, output: Output) -> dict[str, Any]:
    # Row 0 already is the token after <s>.
    tokens = [_token(text, position) for position in range(1, len(rows) + 1)]
    return {"tokens": tokens, "shape": list(rows.shape), "vectors": _written(rows, output)}


def _token(text: TokenizedText, position: int) -> dict[str, Any]:
    token = text.tokens[position]
    return {"token": token.piece, "id": token.id, "start": token.start, "end": token.end}


def _offsets(text: TokenizedText, token_id: int) -> list[list[int]]:
    return [[token.start, token.end] for token in text.tokens if token.id == token_id]


def _written(numbers: FloatArray, output: Output) -> Any:
    """An array, which the door writes as numbers, or its bytes in base64."""
    if output.encoding_format == "float":
        return np.ascontiguousarray(numbers)
    return base64.b64encode(np.ascontiguousarray(numbers, "<f4").tobytes()).decode("ascii")


def models_list(models: ModelChoice, since: int) -> dict[str, Any]:
    """The models that may be asked for, in OpenAI's shape; `since` is when this server started, in seconds
    since 1970."""
    return {"object": "list", "data": [model_card(models, name, since) for name in models.names]}


def model_card(models: ModelChoice, name: str, since: int) -> dict[str, Any]:
    """One of the models. Raises InputError for one that is not offered."""
    status = models.host(name).status()
    info = status.model
    return {
        "id": info.name if info else name,
        "object": "model",
        "created": since,
        "owned_by": "bge-m3-demo",
        "state": status.state,
        "details": info.to_json() if info else None,
    }
