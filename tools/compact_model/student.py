"""The network that is trained: XLM-RoBERTa's arithmetic over texts laid end to end, without padding.

The token table stands apart (`table.py`): a step touches a few thousand of its rows. The last layer can be
computed for the first token alone, which is all the dense vector needs, and earlier layers can be left out:
while the table is rough, that buys many more texts in the same time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tools.compact_model.tokenizer import END, START

POSITIONS = 8_194
# XLM-RoBERTa counts positions from padding's id on.
FIRST_POSITION = 2
# Small beside a token's own vector, and fixed: positions never trained behave like those that were.
POSITION_NORM = 0.3
NORM_EPSILON = 1e-5
# Attention pads texts to the longest of their block: few blocks, little padding.
BLOCK_LENGTHS = (12, 18, 26, 40, 64, 128, 256, 1024, 8192)


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    hidden: int = 256
    layers: int = 1
    heads: int = 8
    intermediate: int = 2048
    targets: int = 384


@dataclass(frozen=True)
class Block:
    """Texts of like length, padded for attention.

    `texts` (n,) are their numbers; `places` (n, longest) each token's place, n_tokens where there is none.
    """

    texts: Tensor
    places: Tensor
    bias: Tensor

    @classmethod
    def of(cls, texts: NDArray[np.int64], first: NDArray[np.int64], lengths: NDArray[np.int64]) -> Block:
        """The block of these texts, given where each text of the batch starts and how long it is."""
        within = np.arange(lengths[texts].max())
        there = within < lengths[texts, None]
        places = np.where(there, first[texts, None] + within, lengths.sum())
        bias = np.where(there, 0, -1e9).astype(np.float32)[:, None, None, :]
        return cls(torch.from_numpy(texts), torch.from_numpy(places), torch.from_numpy(bias))

    def to(self, device: str) -> Block:
        """A copy on the device."""
        return Block(self.texts.to(device), self.places.to(device), self.bias.to(device))


@dataclass(frozen=True)
class Texts:
    """Texts as token ids laid end to end, start and end marks included.

    `rows` (n_rows,) are the distinct ids, `inverse` (n_tokens,) each token's place in them; `first`
    (n_texts,) is the place of each text's start mark, `places` (n_tokens,) each token's place in its text.
    The blocks hold every text once.
    """

    rows: Tensor
    inverse: Tensor
    lengths: Tensor
    first: Tensor
    places: Tensor
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, texts: Sequence[NDArray[np.uint16]]) -> Texts:
        """Texts from their ids without marks."""
        lengths = np.array([len(text) + 2 for text in texts])
        first = np.cumsum(lengths) - lengths
        ids = np.concatenate([np.concatenate([[START], text, [END]]) for text in texts]).astype(np.int64)
        rows, inverse = np.unique(ids, return_inverse=True)
        places = np.arange(len(ids)) - np.repeat(first, lengths)
        size = np.searchsorted(BLOCK_LENGTHS, lengths)
        blocks = tuple(Block.of(np.nonzero(size == n)[0], first, lengths) for n in np.unique(size))
        return cls(*map(torch.from_numpy, (rows, inverse, lengths, first, places)), blocks)

    def to(self, device: str) -> Texts:
        """A copy on the device."""
        parts = (self.rows, self.inverse, self.lengths, self.first, self.places)
        return Texts(*(part.to(device) for part in parts), tuple(block.to(device) for block in self.blocks))

    def padded(self, x: Tensor, chosen: Tensor, skipped: int = 0) -> Tensor:
        """(n_tokens + 1, ...) -> (n_chosen, longest - skipped, ...), from each text's token `skipped` on.

        The last row of x stands where a text has ended.
        """
        within = torch.arange(skipped, int(self.lengths[chosen].max()))
        places = torch.where(
            within < self.lengths[chosen, None], self.first[chosen, None] + within, len(x) - 1
        )
        return functional.embedding(places, x) if x.ndim == 2 else x[places]


class Layer(nn.Module):
    """One transformer layer, normalised after each part, as in XLM-RoBERTa."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.n_heads = shape.heads
        self.query, self.key, self.value, self.mix = (nn.Linear(shape.hidden, shape.hidden) for _ in range(4))
        self.up, self.down = (
            nn.Linear(shape.hidden, shape.intermediate),
            nn.Linear(shape.intermediate, shape.hidden),
        )
        self.norm_mix, self.norm_down = (nn.LayerNorm(shape.hidden, NORM_EPSILON) for _ in range(2))

    def forward(self, x: Tensor, texts: Texts) -> Tensor:
        """(n_tokens, hidden) -> (n_tokens, hidden)."""
        query, key, value = _with_zeros(self.query(x)), _with_zeros(self.key(x)), _with_zeros(self.value(x))
        mixed = [
            self._attend(functional.embedding(block.places, query), key, value, block)[block.places < len(x)]
            for block in texts.blocks
        ]
        order = torch.cat([block.places[block.places < len(x)] for block in texts.blocks]).argsort()
        return self._rest(x, functional.embedding(order, torch.cat(mixed)))

    def first_only(self, x: Tensor, texts: Texts) -> Tensor:
        """(n_tokens, hidden) -> (n_texts, hidden): the output at each text's start mark."""
        start = x[texts.first]
        query, key, value = self.query(start), _with_zeros(self.key(x)), _with_zeros(self.value(x))
        mixed = [self._attend(query[block.texts][:, None], key, value, block)[:, 0] for block in texts.blocks]
        order = torch.cat([block.texts for block in texts.blocks]).argsort()
        return self._rest(start, torch.cat(mixed)[order])

    def skipped(self, x: Tensor) -> Tensor:
        """What `forward` gives while both its parts add nothing."""
        normed: Tensor = self.norm_down(self.norm_mix(x))
        return normed

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, block: Block) -> Tensor:
        """(n, n_queries, hidden), keys and values of all tokens -> (n, n_queries, hidden)."""
        query = self._split(query)
        keys, values = (self._split(functional.embedding(block.places, x)) for x in (key, value))
        scores = query @ keys.transpose(2, 3) / math.sqrt(query.shape[-1]) + block.bias
        return (scores.softmax(-1) @ values).transpose(1, 2).flatten(2)

    def _rest(self, x: Tensor, mixed: Tensor) -> Tensor:
        x = self.norm_mix(x + self.mix(mixed))
        normed: Tensor = self.norm_down(x + self.down(functional.gelu(self.up(x))))
        return normed

    def _split(self, padded: Tensor) -> Tensor:
        """(n_texts, longest, hidden) -> (n_texts, n_heads, longest, hidden / n_heads)."""
        return padded.unflatten(2, (self.n_heads, -1)).transpose(1, 2)


class Student(nn.Module):
    """All that is trained but the token table: layers, heads, and the map onto the teacher's vectors."""

    positions: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.norm = nn.LayerNorm(shape.hidden, NORM_EPSILON)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.to_teacher = nn.Linear(shape.hidden, shape.targets, bias=False)
        self.colbert, self.sparse = nn.Linear(shape.hidden, shape.hidden), nn.Linear(shape.hidden, 1)
        self.register_buffer("positions", sinusoids(shape.hidden), persistent=False)
        self._begin_as_an_average()

    def _begin_as_an_average(self) -> None:
        """Earlier layers begin by adding nothing, the last one as the mean of the tokens."""
        for layer in self.layers:
            for part in (layer.query, layer.key, layer.up):
                nn.init.normal_(part.weight, std=0.04)
            for part in (layer.query, layer.key, layer.value, layer.mix, layer.up, layer.down):
                nn.init.zeros_(part.bias)
            nn.init.eye_(layer.value.weight)
            nn.init.zeros_(layer.mix.weight)
            nn.init.zeros_(layer.down.weight)
        last = self.layers[-1]
        nn.init.eye_(last.mix.weight)
        nn.init.normal_(last.down.weight, std=0.02)
        for head in (self.to_teacher, self.colbert):
            nn.init.eye_(head.weight)
        nn.init.zeros_(self.colbert.bias)
        nn.init.zeros_(self.sparse.weight)
        nn.init.constant_(self.sparse.bias, 0.15)

    def dense(self, texts: Texts, rows: Tensor, contextual: bool) -> Tensor:
        """(n_texts, hidden), unit length; without the earlier layers if not `contextual`."""
        x = self._before_last(texts, rows, contextual)
        return functional.normalize(self.layers[-1].first_only(x, texts), dim=-1)  # type: ignore[operator]

    def tokens(self, texts: Texts, rows: Tensor, contextual: bool) -> Tensor:
        """(n_tokens, hidden): the last layer at every token."""
        output: Tensor = self.layers[-1](self._before_last(texts, rows, contextual), texts)
        return output

    def _before_last(self, texts: Texts, rows: Tensor, contextual: bool) -> Tensor:
        x = self.norm(
            functional.embedding(texts.inverse, rows) + self.positions[texts.places + FIRST_POSITION]
        )
        for layer in self.layers[:-1]:
            x = layer(x, texts) if contextual else layer.skipped(x)  # type: ignore[operator]
        return x


def sinusoids(hidden: int) -> Tensor:
    """(POSITIONS, hidden), each row of length POSITION_NORM but for the padding's, which is 0."""
    place = np.arange(POSITIONS)[:, None]
    rate = np.exp(np.arange(0, hidden, 2) * (-math.log(10_000.0) / hidden))
    waves = np.zeros((POSITIONS, hidden), np.float32)
    waves[:, 0::2], waves[:, 1::2] = np.sin(place * rate), np.cos(place * rate)
    waves *= POSITION_NORM / math.sqrt(hidden / 2)
    waves[1] = 0
    return torch.from_numpy(waves)


def _with_zeros(x: Tensor) -> Tensor:
    """A row of zeros at the end, where padding points."""
    return torch.cat([x, x.new_zeros(1, x.shape[1])])
