"""Draws groups of translations: half of them freely by weight, half as near neighbours of each other.

Among strangers a batch would hold next to no texts that are rather alike and yet mean something else; these
teach how alike texts are, and are the hard negatives.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

CLUSTERED_SHARE = 0.5
N_CLUSTERS = 1024
FITTED_GROUPS = 60_000
# So many groups of a cluster, each with one of its nearest.
PER_CLUSTER = 8
N_NEAREST = 4
# Targets closer than this mean the same.
SAME_TARGET = 0.9


class GroupPool:
    """Some groups, with the weight of each in free draws."""

    def __init__(
        self,
        groups: NDArray[np.int64],
        weights: NDArray[np.float64],
        targets: NDArray[np.float32],
        seed: int,
    ) -> None:
        """`groups` (n,) ascending, `weights` (n,), `targets` (n_all_groups, n_targets), unit length."""
        self.groups = groups
        self._cumulative = _cumulative(weights)
        self._clusters = _clusters(groups, targets, seed)
        self._nearest = np.zeros((len(targets), N_NEAREST), np.int64)
        for cluster in self._clusters:
            self._nearest[cluster] = _nearest(targets[cluster], cluster)

    def draw(self, n: int, rng: np.random.Generator) -> list[int]:
        """n groups, none if the pool is empty."""
        if not len(self.groups):
            return []
        clustered = self._draw_clustered(int(n * CLUSTERED_SHARE), rng)
        free = np.searchsorted(self._cumulative, rng.random(n - len(clustered)))
        return [*clustered, *self.groups[free].tolist()]

    def _draw_clustered(self, n: int, rng: np.random.Generator) -> list[int]:
        chosen: list[int] = []
        while len(chosen) < n:
            cluster = self._clusters[rng.integers(len(self._clusters))]
            some = rng.choice(cluster, min(PER_CLUSTER, len(cluster)), replace=False)
            near = self._nearest[some, rng.integers(N_NEAREST, size=len(some))]
            chosen += np.unique([*some, *near]).tolist()
        return chosen[:n]


def members_of(group: NDArray[np.int64], usable: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """The texts of each group."""
    texts = np.nonzero(usable)[0]
    order = texts[np.argsort(group[texts], kind="stable")]
    bounds = np.searchsorted(group[order], np.arange(group.max() + 2))
    return [order[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]


def _clusters(
    groups: NDArray[np.int64], targets: NDArray[np.float32], seed: int
) -> Sequence[NDArray[np.int64]]:
    """Groups of like meaning, by k-means on their targets; clusters of one are left out."""
    if not len(groups):
        return []
    x = torch.from_numpy(targets[groups])
    rng = np.random.default_rng(seed)
    centres = x[rng.choice(len(x), min(N_CLUSTERS, max(1, len(x) // 4)), replace=False)].clone()
    for _ in range(4):
        part = x[rng.choice(len(x), min(len(x), FITTED_GROUPS), replace=False)]
        total = torch.zeros_like(centres).index_add_(0, (part @ centres.T).argmax(1), part)
        centres = torch.where(
            total.norm(dim=1, keepdim=True) > 0, torch.nn.functional.normalize(total, dim=1), centres
        )
    nearest = torch.cat([(part @ centres.T).argmax(1) for part in x.split(20_000)]).numpy()
    order = np.argsort(nearest, kind="stable")
    parts = np.split(groups[order], np.nonzero(np.diff(nearest[order]))[0] + 1)
    return [part for part in parts if len(part) > 1] or [groups]


def _nearest(targets: NDArray[np.float32], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, N_NEAREST): the nearest groups that do not mean the same, the group itself where none is left."""
    cosine = targets @ targets.T
    cosine[cosine > SAME_TARGET] = -1
    n = max(1, min(N_NEAREST, len(groups) - 1))
    nearest = np.argpartition(-cosine, n - 1, axis=1)[:, :n]
    found = np.where(np.take_along_axis(cosine, nearest, 1) > -1, groups[nearest], groups[:, None])
    return np.resize(found.T, (N_NEAREST, len(groups))).T


def _cumulative(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.cumsum(weights)
    return np.asarray(total / total[-1] * (1 + 1e-12)) if len(total) else total
