"""How far a number format moves the three heads from fp32, measured on real texts, and how much is small
enough. `tools/measure_precision.py` prints the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.engines import Engine, HeadOutputs
from bge_demo.samples import background_sentences

if TYPE_CHECKING:
    from bge_demo.text.tokens import Tokenizer

# Half a percentage point: the page shows hundredths, but its bands and percentiles mean no more than this. Of
# 999 in 1000 similarities: the largest shift of all grows with the number of texts, this share does not.
LARGEST_SIMILARITY_SHIFT = 0.005
USUAL_SHARE = 0.999
# MaxSim is a mean of cosines; a row turned by less than 0.998 (3.6 degrees) moves it by thousandths.
SMALLEST_ROW_COSINE = 0.998
# Keyword bars are drawn relative to the largest weight: 3 % is a pixel or two and keeps their order.
LARGEST_SPARSE_SHIFT = 0.03
# Search must find the same nearest text but for near-ties: another one is at most half a point less similar.
LARGEST_NEIGHBOUR_LOSS = 0.005
LONG_TEXTS = (4, 8, 16)


@dataclass(frozen=True)
class PrecisionErrors:
    """Deviations from fp32 over a set of texts.

    `similarity_shift` is the largest change of a cosine between any two texts, `usual_shift` the largest but
    for one in 1000. `row_cosine_*` compare ColBERT rows with themselves. `sparse_shift*` are over all tokens,
    `_relative` to the text's largest weight. `tokens_gained` and `tokens_lost` count weights that left or
    became 0, of `n_tokens`. `neighbour_agreement` is the share of texts whose nearest text is the same,
    `neighbour_loss` how much less similar, in fp32, another one is at most.
    """

    n_texts: int
    n_tokens: int
    dense_cosine_min: float
    dense_cosine_mean: float
    similarity_shift: float
    usual_shift: float
    row_cosine_min: float
    row_cosine_mean: float
    sparse_shift: float
    sparse_shift_relative: float
    tokens_gained: int
    tokens_lost: int
    neighbour_agreement: float
    neighbour_loss: float

    @property
    def are_small(self) -> bool:
        """Whether `auto` may use this format: a reader of the page could not tell it from fp32."""
        return (
            self.usual_shift <= LARGEST_SIMILARITY_SHIFT
            and self.row_cosine_min >= SMALLEST_ROW_COSINE
            and self.sparse_shift_relative <= LARGEST_SPARSE_SHIFT
            and self.neighbour_loss <= LARGEST_NEIGHBOUR_LOSS
        )


def probe_texts() -> list[str]:
    """The 256 background sentences in their languages, and longer texts joined from them."""
    sentences = [sentence for _, sentence in background_sentences()]
    # A stride that is prime to the number of sentences mixes the languages.
    mixed = [sentences[i * 37 % len(sentences)] for i in range(len(sentences))]
    joined = [" ".join(mixed[:size]) for size in LONG_TEXTS] + [
        " ".join(mixed[-size:]) for size in LONG_TEXTS
    ]
    return sentences + joined


def run_texts(engine: Engine, tokenizer: Tokenizer, texts: Sequence[str]) -> list[HeadOutputs]:
    """(n_texts,) -> one unpadded pass per text."""
    passes = []
    for text in tokenizer(texts, max_tokens=512):
        ids = np.array([text.ids], np.int64)
        passes.append(engine.forward(ids, np.ones_like(ids), colbert=True))
    return passes


def compare_passes(exact: Sequence[HeadOutputs], other: Sequence[HeadOutputs]) -> PrecisionErrors:
    """Both from `run_texts` over the same texts; `exact` in fp32."""
    dense = np.concatenate([one.dense for one in exact])
    dense_other = np.concatenate([one.dense for one in other])
    cosines = (dense * dense_other).sum(axis=1)
    row_cosines = np.concatenate([_row_cosines(a, b) for a, b in zip(exact, other, strict=True)])
    weights = [_token_weights(one) for one in exact]
    weights_other = [_token_weights(one) for one in other]
    shifts = [np.abs(a - b).max() for a, b in zip(weights, weights_other, strict=True)]
    largest = [max(a.max(), 1e-6) for a in weights]
    flat, flat_other = np.concatenate(weights), np.concatenate(weights_other)
    similar, similar_other = dense @ dense.T, dense_other @ dense_other.T
    moved = np.abs(similar - similar_other)[np.triu_indices(len(similar), 1)]
    nearest, nearest_other = _nearest(similar), _nearest(similar_other)
    each = np.arange(len(similar))
    return PrecisionErrors(
        n_texts=len(exact),
        n_tokens=len(flat),
        dense_cosine_min=float(cosines.min()),
        dense_cosine_mean=float(cosines.mean()),
        similarity_shift=float(moved.max()),
        usual_shift=float(np.quantile(moved, USUAL_SHARE)),
        row_cosine_min=float(row_cosines.min()),
        row_cosine_mean=float(row_cosines.mean()),
        sparse_shift=float(max(shifts)),
        sparse_shift_relative=float(max(s / m for s, m in zip(shifts, largest, strict=True))),
        tokens_gained=int(((flat == 0) & (flat_other > 0)).sum()),
        tokens_lost=int(((flat > 0) & (flat_other == 0)).sum()),
        neighbour_agreement=float((nearest == nearest_other).mean()),
        neighbour_loss=float((similar[each, nearest] - similar[each, nearest_other]).max()),
    )


def _row_cosines(exact: HeadOutputs, other: HeadOutputs) -> FloatArray:
    assert exact.colbert is not None
    assert other.colbert is not None
    cosines: FloatArray = (exact.colbert[0] * other.colbert[0]).sum(axis=1)
    return cosines


def _token_weights(one: HeadOutputs) -> FloatArray:
    """Without `<s>` and `</s>`, whose weights are never used."""
    return one.token_weights[0, 1:-1]


def _nearest(similarities: FloatArray) -> NDArray[np.intp]:
    apart = similarities.copy()
    np.fill_diagonal(apart, -1.0)
    nearest: NDArray[np.intp] = apart.argmax(axis=1)
    return nearest
