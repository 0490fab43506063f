"""Labelled pairs to weights, a threshold and a verdict, each with what it is worth on pairs held out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.scores.agreement import METRICS, Metric, Values, measure
from bge_demo.scores.resampling import Difference, Figure, difference, figure, resampled
from bge_demo.scores.scoring import ScoreWeights
from bge_demo.settings import Limits
from bge_demo.tabs.tune_weights.held_out import (
    REPEATS,
    Split,
    best_point,
    grid_figures,
    held_out_scores,
    splits,
)
from bge_demo.tabs.tune_weights.next_labels import UnsurePair, next_labels, unlabelled_combinations
from bge_demo.tabs.tune_weights.pair_scores import (
    HEADS,
    NORMALIZATIONS,
    Normalization,
    PairScoreTable,
    score_pairs,
)
from bge_demo.tabs.tune_weights.result import (
    FIXED_WEIGHTS,
    LabelledScores,
    TuningResult,
    Winner,
    hybrid_scores,
)
from bge_demo.tabs.tune_weights.thresholds import (
    Threshold,
    best_threshold,
    threshold_curve,
)
from bge_demo.tabs.tune_weights.verdict import notes_on_size, says_nothing, undecided, verdict
from bge_demo.text.labelled_pairs import PairSet, checked_pairs, fold_groups, lowest_related
from bge_demo.text.labels import row_numbers


@dataclass(frozen=True)
class TuningChoices:
    """What a request may choose. `metric` None: AUC for two labels, Spearman for grades. `positive_from`: the
    lowest grade that counts as related, above the middle of the grades if None. `miss_cost`: what a missed
    related pair costs in false alarms; None: the threshold of the highest F1."""

    metric: Metric | None = None
    normalization: Normalization = "raw"
    positive_from: float | None = None
    miss_cost: float | None = None


def tune(encoder: Encoder, limits: Limits, rows: object, choices: TuningChoices) -> TuningResult:
    """Score the labelled pairs once, then fit, hold out and resample as arrays.

    Raises InputError for rows that are no labelled pairs, for labels of one class only, and for pairs that
    leave nothing to hold out.
    """
    started = time.perf_counter()
    checked = checked_pairs(rows, limits)
    metric = choices.metric or ("auc" if len(set(checked.labels)) <= 2 else "spearman")
    positive_from, classes = _classes(checked, choices.positive_from, metric)
    texts = [(pair.text_a, pair.text_b) for pair in checked.pairs]
    groups = tuple(fold_groups(checked.pairs))
    folds = _folds(classes, groups)
    table = score_pairs(encoder, texts, limits)
    scored = LabelledScores(checked.pairs, table, np.array(checked.labels), classes, groups)
    fixed, winners = figures_of(scored, metric, folds)
    best_head = max(HEADS, key=lambda head: np.nan_to_num(fixed[head].held_out, nan=-1.0))
    best, n_pairs = winners[choices.normalization], len(classes)
    is_decided = not says_nothing(n_pairs, [*fixed.values(), *(one.figure for one in winners.values())])
    result = TuningResult(
        model=encoder.info,
        scored=scored,
        metric=metric,
        normalization=choices.normalization,
        positive_from=positive_from,
        meanings=checked.meanings,
        notes=(*checked.notes, *(notes_on_size(classes) if is_decided else []), *_note_on_cut(scored)),
        fixed=fixed,
        winners=winners,
        best_head=best_head,
        verdict=verdict(metric, best_head, fixed[best_head], best.figure, best.gain, n_pairs)
        if is_decided
        else undecided(n_pairs),
        is_decided=is_decided,
        grid=grid_figures(metric, table.normalised(choices.normalization), scored.targets(metric)),
        threshold=Threshold(0.0, 0.0, 0.0, 0.0),
        next_labels=(),
        latency_ms=0.0,
    )
    threshold = best_threshold(result.scores, classes, folds[0], choices.miss_cost)
    result = replace(result, threshold=threshold)
    return replace(
        result,
        next_labels=_next_labels(encoder, limits, checked, result),
        latency_ms=1000 * (time.perf_counter() - started),
    )


def figures_of(
    scored: LabelledScores, metric: Metric, folds: Sequence[Sequence[Split]]
) -> tuple[dict[str, Figure], dict[Normalization, Winner]]:
    """Every fixed mix and every winner on the same pairs and the same resamples of them."""
    table, targets = scored.table, scored.targets(metric)
    fixed_scores = [hybrid_scores(table, weights) for weights in FIXED_WEIGHTS.values()]
    tuned_scores = [
        held_out_scores(metric, table.normalised(how), targets, division)
        for how in NORMALIZATIONS
        for division in folds
    ]
    rows = np.stack([*fixed_scores, *tuned_scores])
    values = measure(metric, rows, targets)
    resamples = resampled(metric, rows, targets, scored.groups)
    fixed = {name: figure(values[i], resamples[:, i]) for i, name in enumerate(FIXED_WEIGHTS)}
    best = max(range(len(HEADS)), key=lambda i: np.nan_to_num(values[i], nan=-1.0))
    winners = {}
    for i, how in enumerate(NORMALIZATIONS):
        start = len(FIXED_WEIGHTS) + i * len(folds)
        # One figure for all divisions into folds, in each resample too.
        mine = resamples[:, start : start + len(folds)].mean(axis=1)
        held_out = figure(float(values[start : start + len(folds)].mean()), mine)
        gain = difference(held_out, fixed[HEADS[best]], mine, resamples[:, best])
        winners[how] = _winner(table, how, metric, targets, held_out, gain)
    return fixed, winners


def checked_choices(
    metric: object, normalization: object, positive_from: object, miss_cost: object
) -> TuningChoices:
    """Choices as programs send them. Raises InputError listing what there is."""
    if metric is not None and metric not in METRICS:
        raise InputError("tune.unknown_metric", value=str(metric)[:40], choices=", ".join(METRICS))
    if normalization not in NORMALIZATIONS:
        raise InputError(
            "tune.unknown_normalization", value=str(normalization)[:40], choices=", ".join(NORMALIZATIONS)
        )
    lowest, cost = (_number_or_none(value) for value in (positive_from, miss_cost))
    if cost is not None and cost <= 0:
        raise InputError("tune.cost", value=cost)
    return TuningChoices(metric, normalization, lowest, cost)


def _classes(checked: PairSet, positive_from: float | None, metric: Metric) -> tuple[float, NDArray[np.intp]]:
    """The lowest label that counts as related, and (n_pairs,) 1 from there on, else 0."""
    labels = np.array(checked.labels)
    middle = lowest_related(checked.labels)
    if middle is None:
        raise InputError(
            "tune.one_class", n=len(labels), label=f"{labels[0]:g}", metric=Phrase(f"metric.{metric}")
        )
    positive_from = middle if positive_from is None else positive_from
    classes = (labels >= positive_from).astype(np.intp)
    if not 0 < classes.sum() < len(classes):
        low, high = f"{labels.min():g}", f"{labels.max():g}"
        raise InputError("tune.positive_from", value=f"{positive_from:g}", lowest=low, highest=high)
    return positive_from, classes


def _folds(classes: NDArray[np.intp], groups: Sequence[int]) -> list[list[Split]]:
    folds = [division for seed in range(REPEATS) if (division := splits(classes, groups, seed))]
    if not folds:
        n_rarer = int(min(classes.sum(), len(classes) - classes.sum()))
        raise InputError("tune.nothing_to_hold_out", n_groups=len(set(groups)), n_rarer=n_rarer)
    return folds


def _winner(
    table: PairScoreTable,
    how: Normalization,
    metric: Metric,
    targets: Values,
    held_out: Figure,
    gain: Difference,
) -> Winner:
    figures = grid_figures(metric, table.normalised(how), targets)
    weights = ScoreWeights(*(round(float(value), 2) for value in best_point(figures)))
    return Winner(how, weights, table.on_raw_scores(weights, how), held_out, gain, float(np.nanmax(figures)))


def _next_labels(
    encoder: Encoder, limits: Limits, checked: PairSet, result: TuningResult
) -> tuple[UnsurePair, ...]:
    dense = result.scored.table.raw[:, 0]
    cut = threshold_curve(dense, result.scored.classes)
    dense_threshold = float(cut.values[cut.best(None)])
    found = unlabelled_combinations(checked.pairs, result.scored.table, dense_threshold)
    return next_labels(encoder, limits, checked.unlabelled, found, result.recommended, result.threshold.value)


def _note_on_cut(scored: LabelledScores) -> list[Phrase]:
    rows = [scored.pairs[i].row for i in scored.table.cut]
    return [Phrase("tune.cut", n=len(rows), rows=row_numbers(rows))] if rows else []


def _number_or_none(value: object) -> float | None:
    if value is None or value == "":
        return None
    try:
        return float(str(value))
    except ValueError:
        raise InputError("tune.not_a_number", value=str(value)[:40]) from None
