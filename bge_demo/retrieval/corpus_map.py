"""A corpus as a map: every passage a point in the plane, by the two main axes of its dense vectors (PCA).

Computed once when a corpus is complete; a query is placed in it later. Knows no store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import FloatArray

# More points than this only hide each other; they are thinned evenly.
MOST_POINTS = 2000


@dataclass(frozen=True)
class CorpusMap:
    """`places` (n_passages, 2) of the passages `numbers`; `labels` are their titles or how
    their texts begin.

    `mean` (dim,) and `axes` (2, dim) place any dense vector. `explained` is the axes' share of the variance.
    """

    numbers: tuple[int, ...]
    labels: tuple[str, ...]
    places: FloatArray
    mean: FloatArray
    axes: FloatArray
    explained: float

    @classmethod
    def of(cls, numbers: Sequence[int], labels: Sequence[str], dense: FloatArray) -> CorpusMap:
        """(n_passages, dim) dense vectors, n_passages >= 1."""
        mean = dense.mean(axis=0)
        centred = (dense - mean).astype(np.float64)
        main, explained = _main_axes(centred)
        return cls(
            tuple(numbers), tuple(labels), (centred @ main.T).astype(np.float32), mean, main, explained
        )

    def place(self, dense: FloatArray) -> tuple[float, float]:
        """(dim,) -> where this vector lies."""
        x, y = (self.axes @ (dense - self.mean)).tolist()
        return x, y

    def to_json(self) -> dict[str, Any]:
        """All of it, for `from_json`."""
        arrays = {name: getattr(self, name).tolist() for name in ("places", "mean", "axes")}
        return {**arrays, "numbers": self.numbers, "labels": self.labels, "explained": self.explained}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CorpusMap:
        """What `to_json` told. Raises KeyError or TypeError for anything else."""
        arrays = {name: np.array(values[name], np.float32) for name in ("places", "mean", "axes")}
        return cls(tuple(values["numbers"]), tuple(values["labels"]), explained=values["explained"], **arrays)


def _main_axes(centred: NDArray[np.float64]) -> tuple[FloatArray, float]:
    """(n, dim) -> the two axes of the largest variance (2, dim), and their share of it.

    By the smaller of the two square matrices: (dim, dim), or (n, n) for few passages.
    """
    n_rows, dim = centred.shape
    if n_rows < dim:
        squares, sides = np.linalg.eigh(centred @ centred.T)
        axes = centred.T @ sides
    else:
        squares, axes = np.linalg.eigh(centred.T @ centred)
    main = np.zeros((2, dim))
    for place, axis in enumerate(axes.T[::-1][:2]):
        length = np.linalg.norm(axis)
        if squares[-1 - place] > 1e-9 * max(1.0, squares[-1]) and length > 0:
            # An axis may point either way: the same corpus always gives the same picture.
            main[place] = axis / length * np.sign(axis[np.abs(axis).argmax()])
    total = float(squares.sum())
    return main.astype(np.float32), float(squares[-2:].sum()) / total if total > 0 else 0.0


@dataclass(frozen=True)
class MapView:
    """A map with one query in it: at most `MOST_POINTS` points, those of the hits always among them."""

    numbers: tuple[int, ...]
    labels: tuple[str, ...]
    places: tuple[tuple[float, float], ...]
    query: tuple[float, float]
    n_passages: int
    explained: float


def map_view(whole: CorpusMap, query: FloatArray, hits: Sequence[int]) -> MapView:
    """`query` (dim,); `hits` are passage numbers."""
    step = max(1, -(-len(whole.numbers) // MOST_POINTS))
    kept = [row for row, number in enumerate(whole.numbers) if row % step == 0 or number in hits]
    places = [(round(float(x), 4), round(float(y), 4)) for x, y in whole.places[kept]]
    x, y = whole.place(query)
    return MapView(
        numbers=tuple(whole.numbers[row] for row in kept),
        labels=tuple(whole.labels[row] for row in kept),
        places=tuple(places),
        query=(round(x, 4), round(y, 4)),
        n_passages=len(whole.numbers),
        explained=whole.explained,
    )
