"""What is a small error: near-ties and a single similarity in thousands are none, a lost neighbour is one."""

from __future__ import annotations

import numpy as np

from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.engines import HeadOutputs
from bge_demo.encoder.engines.precision_errors import compare_passes


def passes(rows: FloatArray) -> list[HeadOutputs]:
    """One pass for each dense vector, with the same token weights and ColBERT rows."""
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    row = np.eye(1, 4, dtype=np.float32)[None]
    return [HeadOutputs(one[None], np.ones((1, 4), np.float32), row) for one in rows.astype(np.float32)]


def test_another_of_two_nearly_equal_neighbours_is_no_loss() -> None:
    exact = np.array([[1, 0, 0], [0.9, 0.436, 0], [0.899, 0, 0.438]])
    other = np.array([[1, 0, 0], [0.899, 0.438, 0], [0.9, 0, 0.436]])
    errors = compare_passes(passes(exact), passes(other))
    assert errors.neighbour_agreement < 1
    assert 0 < errors.neighbour_loss < 0.005
    assert errors.are_small


def test_a_neighbour_that_is_clearly_less_similar_is_a_loss() -> None:
    exact = np.array([[1, 0, 0], [0.9, 0.436, 0], [0.8, 0, 0.6]])
    errors = compare_passes(passes(exact), passes(exact[[0, 2, 1]]))
    assert errors.neighbour_loss > 0.05
    assert not errors.are_small


def test_one_shifted_similarity_in_thousands_is_told_and_counts_for_nothing() -> None:
    rng = np.random.default_rng(7)
    exact = rng.normal(size=(120, 60))
    exact[1] = exact[0] + 0.3 * exact[1]
    shifted = exact.copy()
    # Only against each other do these two move by much: 1 of 7 140 pairs.
    shifted[1] += 0.07 * exact[0]
    errors = compare_passes(passes(exact), passes(shifted))
    assert errors.usual_shift < 0.005 < errors.similarity_shift
    assert errors.are_small
