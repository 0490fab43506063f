"""What an encoder promises and what it answers. Arrays and names only; computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bge_demo.checkpoints.architecture import ModelShape
from bge_demo.text.tokens import TokenizedText

FloatArray = NDArray[np.float32]
SparseVector = dict[int, float]


@dataclass(frozen=True)
class ModelInfo:
    """Which model made a result. `revision` is a commit of the hub, or a fingerprint of the folder."""

    name: str
    revision: str
    precision: str
    engine: str
    device: str
    dim: int
    max_tokens: int

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Embeddings:
    """The heads' outputs in the order of the texts; a head that was not asked for is None.

    `dense` (n_texts, dim) float32, rows of length 1. `sparse` one {token id: weight > 0} per text.
    `colbert` one (n_tokens - 1, dim) float32 array per text, rows of length 1: the tokens after `<s>`,
    `</s>` included. ColBERT rows may be shared with a cache, and are then read-only. `n_from_memory` texts
    were not read anew.
    """

    dense: FloatArray | None
    sparse: list[SparseVector] | None
    colbert: list[FloatArray] | None
    n_tokens: list[int]
    truncated: list[bool]
    n_from_memory: int = 0


class Encoder(Protocol):
    """Texts to tokens and to embeddings. Safe to call from several threads."""

    @property
    def info(self) -> ModelInfo:
        """The checkpoint and how it runs."""
        ...

    @property
    def shape(self) -> ModelShape:
        """What a pass computes."""
        ...

    def tokenize(self, texts: Sequence[str], max_length: int | None = None) -> list[TokenizedText]:
        """(n_texts,) -> (n_texts,), exactly what `encode` would read. Never waits for the model."""
        ...

    def tokenize_whole(self, texts: Sequence[str]) -> list[TokenizedText]:
        """(n_texts,) -> (n_texts,), all tokens of each, more than `encode` reads of a long one."""
        ...

    def piece(self, token_id: int) -> str:
        """The vocabulary's spelling of a token id, `▁` included."""
        ...

    def encode(
        self,
        texts: Sequence[str],
        dense: bool = True,
        sparse: bool = True,
        colbert: bool = True,
        max_length: int | None = None,
    ) -> Embeddings:
        """One pass for all texts and all heads asked for. `max_length` in tokens, the model's own limit if
        None."""
        ...

    def encode_tokens(
        self,
        tokenized: Sequence[TokenizedText],
        dense: bool = True,
        sparse: bool = True,
        colbert: bool = True,
    ) -> Embeddings:
        """What `encode` does with texts, for texts that `tokenize` has cut already."""
        ...


def need_dense(embeddings: Embeddings) -> FloatArray:
    """The dense rows; TypeError if they were not asked for."""
    if embeddings.dense is None:
        raise TypeError("these embeddings were made without the dense head")
    return embeddings.dense


def need_sparse(embeddings: Embeddings) -> list[SparseVector]:
    """The sparse vectors; TypeError if they were not asked for."""
    if embeddings.sparse is None:
        raise TypeError("these embeddings were made without the sparse head")
    return embeddings.sparse


def need_colbert(embeddings: Embeddings) -> list[FloatArray]:
    """The ColBERT rows; TypeError if they were not asked for."""
    if embeddings.colbert is None:
        raise TypeError("these embeddings were made without the ColBERT head")
    return embeddings.colbert
