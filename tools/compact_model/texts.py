"""Texts of a batch as token ids laid end to end: only attention needs padding. Knows no weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tools.compact_model.tokenizer import END, START

# Texts are padded to the longest of their block: few blocks, little padding.
BLOCK_LENGTHS = (12, 18, 26, 40, 64, 128, 256, 512, 1024, 8192)


@dataclass(frozen=True)
class Texts:
    """`rows` (n_rows,) are the distinct ids, `inverse` (n_tokens,) each token's place in them; `first`
    (n_texts,) is the place of each text's start mark, `places` (n_tokens,) each token's place in its own
    text. Start and end marks are included.

    For attention, texts of like length stand in blocks, one after another: `padded` (n_padded,) is the
    place of each token in the batch, `n_tokens` for padding, `unpadded` (n_tokens,) the way back, and
    `shapes` the blocks'.
    """

    rows: Tensor
    inverse: Tensor
    lengths: Tensor
    first: Tensor
    places: Tensor
    padded: Tensor
    unpadded: Tensor
    shapes: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, texts: Sequence[NDArray[np.int32]]) -> Texts:
        """Texts from their ids without marks."""
        lengths = np.array([len(text) + 2 for text in texts])
        first = np.cumsum(lengths) - lengths
        ids = np.concatenate([np.concatenate([[START], text, [END]]) for text in texts]).astype(np.int64)
        rows, inverse = np.unique(ids, return_inverse=True)
        places = np.arange(len(ids)) - np.repeat(first, lengths)
        size = np.searchsorted(BLOCK_LENGTHS, lengths)
        blocks = [_block(np.nonzero(size == n)[0], first, lengths) for n in np.unique(size)]
        padded = np.concatenate([block.ravel() for block in blocks])
        unpadded = padded.argsort(kind="stable")[: len(ids)]
        parts = map(torch.from_numpy, (rows, inverse, lengths, first, places, padded, unpadded))
        return cls(*parts, tuple((len(block), block.shape[1]) for block in blocks))

    def in_blocks(self, x: Tensor) -> list[tuple[Tensor, Tensor]]:
        """(n_tokens, size) -> each block's (n, longest, size), 0 for padding, and (n, longest), what is no
        padding.
        """
        laid = functional.embedding(self.padded, torch.cat([x, x.new_zeros(1, x.shape[1])]))
        sizes = [n * longest for n, longest in self.shapes]
        there = (self.padded < len(x)).split(sizes)
        return [
            (part.unflatten(0, shape), mask.unflatten(0, shape))
            for part, mask, shape in zip(laid.split(sizes), there, self.shapes, strict=True)
        ]

    def end_to_end(self, parts: Sequence[Tensor]) -> Tensor:
        """Each block's (n, longest, size) -> (n_tokens, size)."""
        return functional.embedding(self.unpadded, torch.cat([part.flatten(0, 1) for part in parts]))

    def rows_of(self, x: Tensor, chosen: Tensor, skipped: int = 0) -> Tensor:
        """(n_tokens + 1, ...) -> (n_chosen, longest - skipped, ...), from each text's token `skipped` on.

        The last row of x stands where a text has ended.
        """
        within = torch.arange(skipped, int(self.lengths[chosen].max()))
        places = torch.where(
            within < self.lengths[chosen, None], self.first[chosen, None] + within, len(x) - 1
        )
        return functional.embedding(places, x) if x.ndim == 2 else x[places]


def _block(
    texts: NDArray[np.int64], first: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(n, longest): the place in the batch of each token of these texts, the number of all tokens for
    padding.
    """
    within = np.arange(lengths[texts].max())
    return np.asarray(np.where(within < lengths[texts, None], first[texts, None] + within, lengths.sum()))
