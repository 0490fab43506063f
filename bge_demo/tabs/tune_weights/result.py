"""What tuning finds: figures of every mix of heads, the winners, and what follows for a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import ModelInfo
from bge_demo.locales import Phrase, say_all
from bge_demo.scores.agreement import OF_TWO_CLASSES, Metric, Values
from bge_demo.scores.resampling import Difference, Figure, finite
from bge_demo.scores.scoring import WEIGHT_PRESETS, ScoreWeights, similarity_percent
from bge_demo.tabs.tune_weights.held_out import splits
from bge_demo.tabs.tune_weights.next_labels import UnsurePair
from bge_demo.tabs.tune_weights.pair_scores import HEADS, Normalization, PairScoreTable, as_array
from bge_demo.tabs.tune_weights.thresholds import (
    Threshold,
    ThresholdCurve,
    best_threshold,
    threshold_at,
    threshold_curve,
)
from bge_demo.text.labelled_pairs import LabelledPair, note_on_grades
from bge_demo.text.labels import LabelMeaning

HEAD_WEIGHTS = {head: ScoreWeights(*row) for head, row in zip(HEADS, np.eye(3).tolist(), strict=True)}
FIXED_WEIGHTS = HEAD_WEIGHTS | WEIGHT_PRESETS
JSON_CURVE_POINTS = 101


@dataclass(frozen=True)
class Winner:
    """The best weights under one normalisation. `figure` is of pairs held out, `gain` over the best head;
    `raw_weights` rank the same on scores as they are, None where no weights do."""

    normalization: Normalization
    weights: ScoreWeights
    raw_weights: ScoreWeights | None
    figure: Figure
    gain: Difference
    fitted: float

    def to_json(self) -> dict[str, Any]:
        """Numbers with six decimals."""
        return {
            "weights": _listed(self.weights),
            "raw_weights": self.raw_weights and _listed(self.raw_weights),
            **self.figure.to_json(),
            "gain": self.gain.to_json(),
            "fitted": finite(self.fitted),
        }


@dataclass(frozen=True)
class WrongPair:
    """A pair on the wrong side of the threshold, by `distance`."""

    row: int
    text_a: str
    text_b: str
    label: float
    score: float
    distance: float


@dataclass(frozen=True)
class LabelledScores:
    """The labelled pairs as arrays. `labels` (n_pairs,) as given, `classes` 0/1, `groups` for the folds."""

    pairs: tuple[LabelledPair, ...]
    table: PairScoreTable
    labels: Values
    classes: NDArray[np.intp]
    groups: tuple[int, ...]

    def targets(self, metric: Metric) -> Values:
        """(n_pairs,) what the metric reads: classes, or grades of at least 0."""
        if metric in OF_TWO_CLASSES:
            return self.classes.astype(np.float64)
        return self.labels - min(0.0, float(self.labels.min()))


@dataclass(frozen=True)
class TuningResult:
    """Figures of heads, presets and winners on the same pairs, the verdict, and the threshold of what is
    recommended: the tuned weights where they are better, else the best head. Where the pairs are too few to
    say anything (not `is_decided`), those weights are a try and no recommendation."""

    model: ModelInfo
    scored: LabelledScores
    metric: Metric
    normalization: Normalization
    positive_from: float
    meanings: tuple[LabelMeaning, ...]
    notes: tuple[Phrase, ...]
    fixed: Mapping[str, Figure]
    winners: Mapping[Normalization, Winner]
    best_head: str
    verdict: Phrase
    is_decided: bool
    grid: Values
    threshold: Threshold
    next_labels: tuple[UnsurePair, ...]
    latency_ms: float

    @property
    def grades(self) -> Phrase | None:
        """Where the labels are cut, unless they are 0 and 1."""
        return note_on_grades([float(label) for label in self.scored.labels], self.positive_from)

    @property
    def best(self) -> Winner:
        """The winner under the normalisation asked for."""
        return self.winners[self.normalization]

    @property
    def is_better(self) -> bool:
        """Whether tuning beats the best head on pairs held out, beyond doubt."""
        return self.best.gain.is_above

    @property
    def recommended(self) -> ScoreWeights:
        """Weights on scores as they are, for every tab."""
        if self.is_better and self.best.raw_weights is not None:
            return self.best.raw_weights
        return HEAD_WEIGHTS[self.best_head]

    @property
    def scores(self) -> Values:
        """(n_pairs,) hybrid scores by the recommended weights, as Compare prints them."""
        return hybrid_scores(self.scored.table, self.recommended)

    @property
    def curve(self) -> ThresholdCurve:
        """Every threshold on those scores."""
        return threshold_curve(self.scores, self.scored.classes)

    @property
    def wrong(self) -> tuple[WrongPair, ...]:
        """The pairs on the wrong side of the threshold, worst first."""
        away = self.scores - self.threshold.value
        is_wrong = (away >= 0) != (self.scored.classes == 1)
        places = [int(i) for i in np.argsort(-np.abs(away), kind="stable") if is_wrong[i]]
        return tuple(
            WrongPair(
                pair.row,
                pair.text_a,
                pair.text_b,
                pair.label or 0.0,
                float(self.scores[i]),
                abs(float(away[i])),
            )
            for i in places
            for pair in (self.scored.pairs[i],)
        )

    def at_cost(self, miss_cost: float | None) -> TuningResult:
        """The same result with the threshold for another cost of a miss; nothing is encoded."""
        folds = splits(self.scored.classes, self.scored.groups, 0)
        return replace(self, threshold=best_threshold(self.scores, self.scored.classes, folds, miss_cost))

    def without_vectors(self) -> TuningResult:
        """The same result for keeping: what is left is a few numbers a pair."""
        empty = np.zeros((0, 0), np.float32)
        table = replace(self.scored.table, dense_a=empty, dense_b=empty)
        return replace(self, scored=replace(self.scored, table=table))

    def to_json(self) -> dict[str, Any]:
        """The answer of `/v1/tune_weights`."""
        said = say_all(self.verdict)
        return {
            "model": self.model.to_json(),
            "n_pairs": len(self.scored.pairs),
            "metric": self.metric,
            "normalization": self.normalization,
            "labels": [meaning.to_json() for meaning in self.meanings],
            "positive_from": self.positive_from,
            "heads": {head: self.fixed[head].to_json() for head in HEADS},
            "presets": {name: self.fixed[name].to_json() for name in WEIGHT_PRESETS},
            "best": self.best.to_json(),
            "normalizations": {name: winner.to_json() for name, winner in self.winners.items()},
            "better_than_best_head": self.is_better,
            "best_head": self.best_head,
            "pairs_needed": self.best.gain.pairs_needed(len(self.scored.pairs)),
            "verdict": said["en"],
            "verdict_zh": said["zh"],
            "notes": [say_all(note)["en"] for note in self.notes],
            "recommended": {"weights": _listed(self.recommended)},
            "threshold": self.threshold.to_json(),
            "curve": curve_points(self.curve),
            "wrong": [asdict(pair) for pair in self.wrong],
            "next_labels": [pair.to_json() for pair in self.next_labels],
            "pairs": _scored_rows(self),
            "latency_ms": round(self.latency_ms, 2),
        }


def hybrid_scores(table: PairScoreTable, weights: ScoreWeights) -> Values:
    """(n_pairs,) the weighted mean of the scores as they are."""
    scores: Values = np.round(table.raw @ as_array(weights), 10)
    return scores


def curve_points(curve: ThresholdCurve, n_points: int = JSON_CURVE_POINTS) -> list[dict[str, float]]:
    """The curve at evenly spread thresholds, each with precision, recall, F1 and the two counts."""
    values = np.linspace(curve.values[0], curve.values[-1], n_points)
    points = []
    for value in values:
        cut = curve.at(float(value))
        at = threshold_at(curve, cut)
        points.append(
            {
                "threshold": round(float(value), 6),
                "precision": round(at.precision, 6),
                "recall": round(at.recall, 6),
                "f1": round(at.f1, 6),
                "missed": curve.n_related - int(curve.found[cut]),
                "false_alarms": int(curve.false_alarms[cut]),
            }
        )
    return points


def _listed(weights: ScoreWeights) -> list[float]:
    return [weights.dense, weights.sparse, weights.colbert]


def _scored_rows(result: TuningResult) -> list[dict[str, Any]]:
    rows = zip(result.scored.pairs, result.scored.table.raw, result.scores, strict=True)
    return [
        {
            "row": pair.row,
            "label": pair.label,
            **{head: round(float(value), 6) for head, value in zip(HEADS, raw, strict=True)},
            "similarity_percent": similarity_percent(float(raw[0])),
            "score": round(float(score), 6),
        }
        for pair, raw, score in rows
    ]
