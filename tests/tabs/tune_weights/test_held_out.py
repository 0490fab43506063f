"""The grid finds what is there, holds out honestly, and finds nothing in noise."""

from __future__ import annotations

import numpy as np
import pytest

from bge_demo.scores.agreement import Values, measure_one
from bge_demo.scores.resampling import Difference, Figure, difference, figure, resampled
from bge_demo.scores.scoring import ScoreWeights
from bge_demo.tabs.tune_weights.analysis import figures_of
from bge_demo.tabs.tune_weights.held_out import GRID, best_point, grid_figures, held_out_scores, splits
from bge_demo.tabs.tune_weights.pair_scores import PairScoreTable, as_array
from bge_demo.tabs.tune_weights.result import LabelledScores, Winner
from bge_demo.text.labelled_pairs import LabelledPair


def _scored(raw: Values, classes: Values) -> LabelledScores:
    n = len(raw)
    rows = np.zeros((n, 1), np.float32)
    pairs = tuple(LabelledPair(i, f"a{i}", f"b{i}", float(classes[i])) for i in range(n))
    table = PairScoreTable(raw, np.ones_like(raw), rows, rows, ())
    return LabelledScores(pairs, table, classes, classes.astype(np.intp), tuple(range(n)))


def _winner(scored: LabelledScores) -> Winner:
    folds = [splits(scored.classes, scored.groups, 0)]
    return figures_of(scored, "auc", folds)[1]["raw"]


def test_the_grid_holds_every_mix_once() -> None:
    assert len(GRID) == 231
    assert len(np.unique(GRID, axis=0)) == 231
    assert GRID.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
def test_a_known_mix_is_found_within_one_step(seed: int) -> None:
    random = np.random.default_rng(seed)
    raw = random.random((500, 3))
    truth = raw @ np.array([0.5, 0.2, 0.3])
    winner = _winner(_scored(raw, (truth > np.median(truth)).astype(float)))
    assert np.abs(as_array(winner.weights) - [0.5, 0.2, 0.3]).max() <= 0.05 + 1e-9
    assert winner.gain.is_above


def test_noise_has_nothing_to_gain() -> None:
    random = np.random.default_rng(1)
    winner = _winner(_scored(random.random((150, 3)), random.integers(0, 2, 150).astype(float)))
    assert not winner.gain.is_above
    assert winner.fitted > winner.figure.held_out


def test_among_equal_points_the_middle_wins() -> None:
    figures = np.where(GRID[:, 0] >= 0.8, 1.0, 0.5)
    assert best_point(figures)[0] == pytest.approx(0.85, abs=0.051)
    assert best_point(np.full(len(GRID), np.nan)) == pytest.approx([1 / 3] * 3)


def test_corners_of_the_grid_are_the_heads() -> None:
    random = np.random.default_rng(5)
    raw, labels = random.random((40, 3)), random.integers(0, 2, 40).astype(float)
    figures = grid_figures("auc", raw, labels)
    for head in range(3):
        corner = int(np.flatnonzero(GRID[:, head] == 1)[0])
        assert figures[corner] == pytest.approx(measure_one("auc", raw[:, head], labels))


def test_no_group_stands_on_both_sides_of_a_fold() -> None:
    classes, groups = np.arange(40) % 2, [i // 4 for i in range(40)]
    folds = splits(classes, groups, 0)
    assert len(folds) == 5
    for fold in folds:
        assert not {groups[i] for i in fold.fitted} & {groups[i] for i in fold.held_out}
    assert sorted(i for fold in folds for i in fold.held_out) == list(range(40))


def test_a_held_out_score_knows_nothing_of_its_own_label() -> None:
    random = np.random.default_rng(2)
    raw, labels = random.random((60, 3)), (np.arange(60) % 2).astype(float)
    folds = splits(labels.astype(np.intp), range(60), 0)
    before = held_out_scores("auc", raw, labels, folds)
    held_out = folds[0].held_out
    changed = labels.copy()
    changed[held_out] = 1 - changed[held_out]
    assert held_out_scores("auc", raw, changed, folds)[held_out] == pytest.approx(before[held_out])


def test_one_of_a_class_leaves_no_folds() -> None:
    assert splits(np.array([1, 0, 0, 0]), range(4), 0) == []


def test_min_max_weights_rank_the_same_on_raw_scores() -> None:
    random = np.random.default_rng(8)
    raw = random.random((50, 3)) * [1.0, 0.1, 0.4] + [0.2, 0.0, 0.5]
    table = PairScoreTable(
        raw, np.ones_like(raw), np.zeros((50, 1), np.float32), np.zeros((50, 1), np.float32), ()
    )
    weights = ScoreWeights(0.5, 0.3, 0.2)
    on_raw = table.on_raw_scores(weights, "min-max")
    assert on_raw is not None
    stretched = table.normalised("min-max") @ as_array(weights)
    assert np.argsort(stretched).tolist() == np.argsort(raw @ as_array(on_raw)).tolist()
    assert table.normalised("min-max").min() == 0
    assert table.normalised("min-max").max() == 1


def test_resamples_are_the_same_every_time_and_draw_whole_groups() -> None:
    random = np.random.default_rng(0)
    scores, labels = random.random((2, 20)), (np.arange(20) % 2).astype(float)
    groups = [i // 10 for i in range(20)]
    first = resampled("auc", scores, labels, groups, 50)
    assert np.array_equal(first, resampled("auc", scores, labels, groups, 50))
    # Two groups: both, or one of them twice.
    assert len(np.unique(first[:, 0].round(9))) <= 3


def test_a_difference_needs_more_pairs_the_smaller_it_is() -> None:
    large, small = (Difference(value, (-0.1, 0.2), 0.05) for value in (0.1, 0.02))
    # (2.8 * 0.05 / 0.1) ** 2 = 1.96
    assert large.pairs_needed(80) == 160
    assert (small.pairs_needed(80) or 0) > 3000
    assert Difference(-0.01, (-0.1, 0.1), 0.05).pairs_needed(80) is None


def test_an_interval_holds_its_figure() -> None:
    random = np.random.default_rng(3)
    labels = (np.arange(80) % 2).astype(float)
    scores = (random.normal(size=80) + labels)[None]
    resamples = resampled("auc", scores, labels, range(80))
    one = figure(measure_one("auc", scores[0], labels), resamples[:, 0])
    assert one.interval[0] < one.held_out < one.interval[1]
    nothing = difference(one, one, resamples[:, 0], resamples[:, 0])
    assert (nothing.value, nothing.interval) == (0, (0, 0))
    assert isinstance(one, Figure)
