"""All pairs of rows that score high, found block by block. Pure numpy; knows no texts and no groups.

Scores are held in ten-thousandths, as they are displayed: a pair shown at 0.8000 is at a threshold of 0.8. At
most `most` pairs are kept; when more reach the floor, the floor rises until they fit, whatever the order of
the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.caller import check_caller
from bge_demo.encoder.contract import FloatArray

UNITS = 10_000
_ROWS_AT_ONCE = 256
_LOWEST = -UNITS

IntArray = NDArray[np.int32]


@dataclass(frozen=True)
class SimilarPairs:
    """Pairs of a row in `first` and a row in `second`, the most similar first, ties in the order of rows.

    `first`, `second` and `units` are (n_pairs,); `units` are cosines in ten-thousandths. Every pair of at
    least `floor_units` is among them; `is_full` where more reach the floor asked for. `counts`,
    (2 x UNITS + 1,), counts all pairs by their units, lowest first.
    """

    first: IntArray
    second: IntArray
    units: IntArray
    floor_units: int
    counts: NDArray[np.int64]
    is_full: bool = False

    @property
    def n_all(self) -> int:
        """How many pairs there are, the dissimilar ones too."""
        return int(self.counts.sum())


def to_units(score: float) -> int:
    """The lowest units that reach a score.

    >>> to_units(0.8), to_units(0.80001)
    (8000, 8001)
    """
    return int(np.ceil(round(score * UNITS, 6)))


def similar_pairs(rows: FloatArray, floor: float, most: int) -> SimilarPairs:
    """Pairs i < j of unit rows, (n, dim), that score at least `floor`. Never makes an n x n matrix."""
    blocks = (
        (start, start, np.tril(np.ones((len(block), block.shape[1]), bool)), block)
        for start, block in _blocks(rows, rows, is_half=True)
    )
    return _collected(blocks, floor, most)


def similar_pairs_between(rows: FloatArray, others: FloatArray, floor: float, most: int) -> SimilarPairs:
    """Pairs of a row, (n, dim), and a row of the others, (m, dim), that score at least `floor`."""
    blocks = ((start, 0, None, block) for start, block in _blocks(rows, others, is_half=False))
    return _collected(blocks, floor, most)


def _blocks(rows: FloatArray, others: FloatArray, is_half: bool) -> Iterator[tuple[int, IntArray]]:
    """(first row, its scores in units); with `is_half` against the rows from there on."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        check_caller()
        partners = others[start:] if is_half else others
        scores = rows[start : start + _ROWS_AT_ONCE] @ partners.T
        np.clip(scores, -1, 1, out=scores)
        yield start, np.rint(scores * UNITS).astype(np.int32)


_Block = tuple[int, int, NDArray[np.bool_] | None, IntArray]


def _collected(blocks: Iterator[_Block], floor: float, most: int) -> SimilarPairs:
    counts = np.zeros(2 * UNITS + 1, np.int64)
    asked = floor_units = max(_LOWEST, to_units(floor))
    kept, n_kept = [np.empty((3, 0), np.int32)], 0
    for row_from, column_from, ignored, units in blocks:
        counts += np.bincount((units - _LOWEST).ravel(), minlength=len(counts))
        if ignored is not None:
            counts -= np.bincount((units[ignored] - _LOWEST), minlength=len(counts))
            units[ignored] = _LOWEST - 1
        rows, columns = np.nonzero(units >= floor_units)
        found = np.stack([rows + row_from, columns + column_from, units[rows, columns]]).astype(np.int32)
        kept.append(found)
        n_kept += found.shape[1]
        if n_kept > most:
            floor_units = max(floor_units, _fitting_floor(counts, most))
            kept = [np.concatenate([part[:, part[2] >= floor_units] for part in kept], axis=1)]
            n_kept = kept[0].shape[1]
    first, second, units = np.concatenate(kept, axis=1)
    order = np.lexsort((second, first, -units))
    return SimilarPairs(first[order], second[order], units[order], floor_units, counts, floor_units > asked)


def _fitting_floor(counts: NDArray[np.int64], most: int) -> int:
    """The lowest units that at most `most` pairs reach."""
    reaching = counts[::-1].cumsum()[::-1]
    return int(np.argmax(reaching <= most)) + _LOWEST if reaching[-1] <= most else UNITS + 1
