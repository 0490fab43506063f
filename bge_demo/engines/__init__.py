"""One forward pass of a checkpoint. An engine knows token ids and arrays; it never sees a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bge_demo.embeddings import FloatArray

TokenIds = NDArray[np.int64]


@dataclass(frozen=True)
class HeadOutputs:
    """What one pass over a padded batch gives.

    `dense` (n_texts, dim), rows of length 1. `token_weights` (n_texts, n_positions), >= 0, padding included.
    `colbert` (n_texts, n_positions - 1, dim), rows of length 1, zeros at padding; None when not asked for.
    """

    dense: FloatArray
    token_weights: FloatArray
    colbert: FloatArray | None


class Engine(Protocol):
    """Runs the model; not safe for concurrent calls: the scheduler calls it from one thread."""

    name: str
    device: str
    precision: str
    dim: int

    def forward(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> HeadOutputs:
        """(n_texts, n_positions), (n_texts, n_positions) -> the heads' outputs."""
        ...
