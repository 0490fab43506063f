"""Half of the groups of a batch are near neighbours of each other."""

from __future__ import annotations

import numpy as np

from tools.compact_model.group_pool import GroupPool, _nearest


def circle(*degrees: float) -> np.ndarray:
    """(n, 2) unit vectors at these angles."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)


def test_neighbours_are_near_but_do_not_mean_the_same() -> None:
    groups = np.array([10, 11, 12, 13, 14, 15])
    near = _nearest(circle(0, 1, 40, 50, 180, 182), groups)
    assert set(near[0]) >= {12, 13}
    assert 11 not in near[0]
    assert 15 not in near[4]


def test_the_first_half_is_more_alike_than_the_free_one() -> None:
    targets = circle(*range(0, 360, 3))
    pool = GroupPool(np.arange(120), np.ones(120), targets, seed=0)
    draws = [targets[pool.draw(16, np.random.default_rng(seed))] for seed in range(10)]
    near, free = (np.mean([x[half] @ x[half].T for x in draws]) for half in (slice(8), slice(8, 16)))
    assert near > free + 0.2


def test_free_draws_follow_the_weights() -> None:
    pool = GroupPool(np.array([2, 5]), np.array([1.0, 0.0]), circle(0, 10, 90, 20, 30, 270), seed=0)
    free = pool.draw(40, np.random.default_rng(0))[20:]
    assert free == [2] * 20


def test_a_pool_of_one_draws_it_and_an_empty_one_nothing() -> None:
    targets = circle(0, 90, 180)
    rng = np.random.default_rng(0)
    assert set(GroupPool(np.array([1]), np.ones(1), targets, seed=0).draw(6, rng)) == {1}
    assert GroupPool(np.zeros(0, np.int64), np.zeros(0), targets, seed=0).draw(6, rng) == []
