"""Pairs found block by block against a full matrix, and groups against scipy's complete linkage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage

from bge_demo.encoder.contract import FloatArray
from bge_demo.scores import similar_pairs as module
from bge_demo.scores.linkage import Tree, complete_linkage
from bge_demo.scores.similar_pairs import UNITS, similar_pairs, similar_pairs_between, to_units


def unit_rows(seed: int, n_rows: int, dim: int = 5) -> FloatArray:
    rows = np.random.default_rng(seed).normal(size=(n_rows, dim)).astype(np.float32)
    unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def tree_of(rows: FloatArray, floor: float = -1.0) -> Tree:
    pairs = similar_pairs(rows, floor, most=10**6)
    return complete_linkage(len(rows), pairs.first.tolist(), pairs.second.tolist(), pairs.units.tolist())


def partition(labels: object) -> set[frozenset[int]]:
    groups: dict[int, set[int]] = {}
    for row, label in enumerate(np.asarray(labels).tolist()):
        groups.setdefault(label, set()).add(row)
    return {frozenset(group) for group in groups.values()}


@pytest.mark.parametrize("n_rows", [0, 1, 2, 255, 256, 257, 600])
@pytest.mark.parametrize("floor", [-1.0, 0.0, 0.5])
def test_the_blocks_find_every_pair_of_the_full_matrix(n_rows: int, floor: float) -> None:
    rows = unit_rows(3, n_rows)
    units = np.rint(np.clip(rows @ rows.T, -1, 1) * UNITS)
    wanted = {(i, j) for i, j in zip(*np.nonzero(np.triu(units >= floor * UNITS, 1)), strict=True)}
    pairs = similar_pairs(rows, floor, most=10**6)
    found = set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    # Another shape of the product may round the last bit the other way.
    unsure = {(i, j) for i, j in found ^ wanted if abs(units[i, j] - floor * UNITS) <= 1}
    assert found ^ wanted == unsure
    assert pairs.n_all == n_rows * (n_rows - 1) // 2
    assert pairs.units.tolist() == sorted(pairs.units.tolist(), reverse=True)


def test_the_floor_rises_until_the_pairs_fit_and_loses_none_above_it() -> None:
    rows = unit_rows(5, 700)
    whole, bounded = similar_pairs(rows, 0.0, 10**6), similar_pairs(rows, 0.0, 900)
    assert 0 < len(bounded.units) <= 900 < len(whole.units)
    above = whole.units >= bounded.floor_units
    assert bounded.units.tolist() == whole.units[above].tolist()
    assert (whole.units >= bounded.floor_units - 1).sum() > 900
    shuffled = similar_pairs(rows[np.random.default_rng(1).permutation(700)], 0.0, 900)
    assert abs(shuffled.floor_units - bounded.floor_units) <= 1


def test_when_too_many_are_equal_none_is_kept() -> None:
    pairs = similar_pairs(np.ones((50, 1), np.float32), 0.5, most=100)
    assert len(pairs.units) == 0
    assert pairs.floor_units == UNITS + 1


def test_pairs_between_two_sets() -> None:
    rows, others = unit_rows(1, 300), unit_rows(2, 40)
    pairs = similar_pairs_between(rows, others, 0.9, most=10**6)
    scores = (rows @ others.T)[pairs.first, pairs.second]
    assert len(scores) > 0
    np.testing.assert_allclose(scores, pairs.units / UNITS, atol=1e-4)
    assert pairs.n_all == 300 * 40


def test_a_threshold_is_reached_by_what_is_shown_as_equal_to_it() -> None:
    assert [to_units(score) for score in (0.8, 0.80004, 0.3, 1.0, -1.0)] == [8000, 8001, 3000, UNITS, -UNITS]


@given(st.integers(0, 10**6), st.integers(2, 40), st.floats(-0.9, 0.95))
def test_groups_equal_those_of_scipy(seed: int, n_rows: int, threshold: float) -> None:
    rows = unit_rows(seed, n_rows, dim=3)
    tree = tree_of(rows)
    distances = np.full((n_rows, n_rows), 0.0)
    pairs = similar_pairs(rows, -1, 10**6)
    distances[pairs.first, pairs.second] = UNITS - pairs.units
    if len(set(pairs.units.tolist())) < len(pairs.units):
        return  # scipy breaks ties in its own way.
    condensed = distances[np.triu_indices(n_rows, 1)]
    cut = UNITS - to_units(threshold)
    theirs = fcluster(linkage(condensed, "complete"), cut, "distance")
    assert partition(tree.labels(to_units(threshold))) == partition(theirs)


units = st.integers(0, UNITS)


@given(st.dictionaries(st.tuples(st.integers(0, 9), st.integers(0, 9)), units, max_size=45), units, units)
def test_any_graph_gives_groups_of_similar_pairs_that_only_grow(
    graph: dict[tuple[int, int], int], one: int, two: int
) -> None:
    edges = {(a, b): score for (a, b), score in graph.items() if a < b}
    tree = complete_linkage(10, *zip(*edges, strict=True), edges.values()) if edges else _no_edges()
    low, high = sorted((one, two))
    for level in (low, high):
        for group in partition(tree.labels(level)):
            assert all(edges.get((a, b), -1) >= level for a in group for b in group if a < b)
    coarse = partition(tree.labels(low))
    assert all(any(group <= larger for larger in coarse) for group in partition(tree.labels(high)))
    assert 10 - tree.n_joined(low) == len(coarse)
    # Two lone rows that are similar would have been joined.
    alone = {min(group) for group in coarse if len(group) == 1}
    assert not [pair for pair, score in edges.items() if score >= low and alone.issuperset(pair)]


def _no_edges() -> Tree:
    return complete_linkage(10, [], [], [])


def test_the_doctests_hold() -> None:
    import doctest

    assert doctest.testmod(module).failed == 0
