"""One forward pass of a checkpoint. An engine knows token ids and arrays; it never sees a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import FloatArray

TokenIds = NDArray[np.int64]

# A pass over more positions is a long one: on a CPU it runs beside the short ones.
SHORT_POSITIONS = 1024


@dataclass(frozen=True)
class HeadOutputs:
    """What one pass over a padded batch gives.

    `dense` (n_texts, dim), rows of length 1. `token_weights` (n_texts, n_positions), >= 0, padding included.
    `colbert` (n_texts, n_positions - 1, dim), rows of length 1, zeros at padding; None when not asked for.
    """

    dense: FloatArray
    token_weights: FloatArray
    colbert: FloatArray | None


class OutOfMemoryError(Exception):
    """A batch did not fit into memory. The engine can be used again, with a smaller one perhaps."""


class Engine(Protocol):
    """Runs the model. On a CPU one short pass and one long pass may run at once (see `SHORT_POSITIONS`),
    otherwise one pass at a time."""

    name: str
    device: str
    precision: str
    dim: int

    def forward(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> HeadOutputs:
        """(n_texts, n_positions), (n_texts, n_positions) -> the heads' outputs.

        Raises OutOfMemoryError when the batch does not fit.
        """
        ...


@contextmanager
def telling_out_of_memory(signs: Sequence[str]) -> Iterator[None]:
    """Raise OutOfMemoryError for a lack of memory, which most libraries tell by a RuntimeError's words.

    `signs` are those words: a RuntimeError without any of them is another matter and stays as it is.
    """
    try:
        yield
    except MemoryError as error:
        raise OutOfMemoryError(str(error)) from error
    except RuntimeError as error:
        if not any(sign in str(error) for sign in signs):
            raise
        raise OutOfMemoryError(str(error)) from error
