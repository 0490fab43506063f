"""Groups in which every pair is similar: complete linkage over the pairs that were found. Knows no texts.

Why complete linkage: every pair of a group reaches the threshold, so no group is a chain of neighbours whose
ends have nothing in common; a pair that was left out of the graph is never grouped; and one tree holds the
groups of every threshold, where a lower one only joins what a higher one has.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bge_demo.encoder.caller import check_caller
from bge_demo.scores.similar_pairs import IntArray

_STEPS_BETWEEN_CHECKS = 4096


@dataclass(frozen=True)
class Tree:
    """Joins in their order, the most similar first: at `units[i]` the group of row `right[i]` became part of
    the group of `left[i]`. `units` are ten-thousandths, (n_joins,), and never rise."""

    n_rows: int
    left: IntArray
    right: IntArray
    units: IntArray

    def n_joined(self, units: int) -> int:
        """By how many a threshold lowers the number of groups, lone rows counted as groups."""
        return int(np.searchsorted(-self.units, -units, side="right"))

    def labels(self, units: int) -> IntArray:
        """(n_rows,) the smallest row of each row's group at a threshold."""
        labels = np.arange(self.n_rows, dtype=np.int32)
        n = self.n_joined(units)
        # Backwards: a group that was joined later already has its label when its parts ask for it.
        for left, right in zip(self.left[:n][::-1].tolist(), self.right[:n][::-1].tolist(), strict=True):
            labels[right] = labels[left]
        return labels


def complete_linkage(n_rows: int, first: Iterable[int], second: Iterable[int], units: Iterable[int]) -> Tree:
    """The tree over rows 0 to n_rows - 1, from their similar pairs (first < second); other pairs never meet.

    Ties are broken by the order of rows. Memory and time grow with the number of pairs.
    """
    near: list[dict[int, int]] = [{} for _ in range(n_rows)]
    heap: list[tuple[int, int, int]] = []
    for a, b, score in zip(first, second, units, strict=True):
        near[a][b] = near[b][a] = score
        heap.append((-score, a, b))
    heapq.heapify(heap)
    joins: list[tuple[int, int, int]] = []
    step = 0
    while heap:
        step += 1
        if step % _STEPS_BETWEEN_CHECKS == 0:
            check_caller()
        negative, a, b = heapq.heappop(heap)
        if near[a].get(b) == -negative:
            joins.append((a, b, -negative))
            for pair in _join(near, a, b):
                heapq.heappush(heap, pair)
    columns = np.array(joins, np.int32).reshape(-1, 3).T
    return Tree(n_rows, *columns)


def _join(near: list[dict[int, int]], a: int, b: int) -> list[tuple[int, int, int]]:
    """Make b's group part of a's: only what is near to both stays near, by its lower score. Returns the
    pairs whose score changed."""
    del near[a][b], near[b][a]
    near_a, near_b = near[a], near[b]
    changed = []
    for other, score in list(near_a.items()):
        of_b = near_b.get(other)
        if of_b is None:
            del near_a[other], near[other][a]
        elif of_b < score:
            near_a[other] = near[other][a] = of_b
            changed.append((-of_b, min(a, other), max(a, other)))
    for other in near_b:
        del near[other][b]
    near[b] = {}
    return changed
