"""The same labelled pairs through several encoders: ranks, AUC and spread rather than percentages."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.baselines import (
    CharacterNgrams,
    DenseEncoder,
    Reading,
    ServedModel,
    TokenVectorMean,
    UnavailableError,
)
from bge_demo.encoder.cache import FromMemory
from bge_demo.encoder.caller import check_caller, report_progress
from bge_demo.encoder.contract import Encoder, ModelInfo
from bge_demo.encoder.listed_encoders import ListedEncoders
from bge_demo.locales import Phrase, say_all
from bge_demo.scores.agreement import Values, measure_one
from bge_demo.scores.resampling import Figure, figure, finite, resampled
from bge_demo.settings import Limits
from bge_demo.text.labelled_pairs import (
    LabelledPair,
    PairSet,
    checked_pairs,
    fold_groups,
    lowest_related,
    note_on_grades,
)
from bge_demo.text.labels import row_numbers
from bge_demo.text.tokens import without_surrogates

RESAMPLES = 400


@dataclass(frozen=True)
class ReadPairs:
    """What all encoders are measured on. `classes` (n_pairs,) 1 for related; `is_read` (n_pairs,) whether
    every encoder read both texts."""

    pairs: tuple[LabelledPair, ...]
    classes: NDArray[np.intp]
    is_read: NDArray[np.bool_]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The user's names for sorts of pairs, as they come."""
        return tuple(dict.fromkeys(pair.kind for pair in self.pairs if pair.kind))

    @property
    def related_from(self) -> float | None:
        """The lowest label that counts as related; None where all labels are the same."""
        return lowest_related([pair.label or 0.0 for pair in self.pairs])

    @property
    def grades(self) -> Phrase | None:
        """Where the labels are cut, unless they are 0 and 1."""
        return note_on_grades([pair.label or 0.0 for pair in self.pairs], self.related_from)

    def class_of(self, kind: str) -> int | None:
        """1 or 0 where all pairs of a kind count alike, else None."""
        classes = {int(one) for pair, one in zip(self.pairs, self.classes, strict=True) if pair.kind == kind}
        return classes.pop() if len(classes) == 1 else None

    def of_kind(self, kind: str) -> NDArray[np.bool_]:
        """(n_pairs,) the pairs of one kind and those of the other class: what it must be told from."""
        mine = np.array([pair.kind == kind for pair in self.pairs])
        told_apart: NDArray[np.bool_] = mine | (self.classes != round(float(self.classes[mine].mean())))
        return told_apart


@dataclass(frozen=True)
class ModelScores:
    """One encoder on all pairs. `scores` (n_pairs,) cosines, NaN where it read nothing; `ranks` (n_pairs,) 1
    for the highest, 0 for pairs left out. `auc` and `by_kind` are of the pairs that every encoder read."""

    name: str
    scores: Values
    ranks: NDArray[np.intp]
    auc: Figure
    by_kind: dict[str, Figure]
    mean_related: float
    mean_unrelated: float
    read_tokens: tuple[tuple[int, int], ...]
    seconds: float
    from_memory: FromMemory = "none"

    @property
    def spread(self) -> float:
        """How far related pairs lie above unrelated ones on average."""
        return self.mean_related - self.mean_unrelated

    @property
    def cut_pairs(self) -> tuple[int, ...]:
        """The places of the pairs of which it did not read all."""
        return tuple(i for i, (read, whole) in enumerate(self.read_tokens) if read < whole)

    def to_json(self) -> dict[str, Any]:
        """Numbers with six decimals; None for what is not defined."""
        return {
            "name": self.name,
            "scores": [finite(score) for score in self.scores],
            "ranks": [int(rank) or None for rank in self.ranks],
            "auc": finite(self.auc.held_out),
            "auc_interval": [finite(bound) for bound in self.auc.interval],
            "by_kind": {
                kind: {"auc": finite(one.held_out), "interval": [finite(bound) for bound in one.interval]}
                for kind, one in self.by_kind.items()
            },
            "spread": finite(self.spread),
            "mean_related": finite(self.mean_related),
            "mean_unrelated": finite(self.mean_unrelated),
            "read_tokens": [list(pair) for pair in self.read_tokens],
            "seconds": round(self.seconds, 3),
            "from_memory": self.from_memory,
        }


@dataclass(frozen=True)
class Missing:
    """An encoder that could not be used, and why."""

    name: str
    reason: Phrase

    def to_json(self) -> dict[str, Any]:
        """The reason in English and Chinese."""
        said = say_all(self.reason)
        return {"name": self.name, "reason": said["en"], "reason_zh": said["zh"]}


@dataclass(frozen=True)
class BaselinesResult:
    """All encoders on the same pairs, the one that serves first. `left_out` are rows of the user's."""

    model: ModelInfo
    read: ReadPairs
    models: tuple[ModelScores, ...]
    unavailable: tuple[Missing, ...]
    left_out: tuple[int, ...]
    notes: tuple[Phrase, ...]
    latency_ms: float

    def to_json(self) -> dict[str, Any]:
        """The answer of `/v1/baselines`."""
        return {
            "model": self.model.to_json(),
            "n_pairs": len(self.read.pairs),
            "rows": [pair.row for pair in self.read.pairs],
            "related_from": self.read.related_from,
            "labels": [int(one) for one in self.read.classes],
            "models": [one.to_json() for one in self.models],
            "unavailable": [one.to_json() for one in self.unavailable],
            "left_out": list(self.left_out),
            "notes": [say_all(note)["en"] for note in self.notes],
            "latency_ms": round(self.latency_ms, 2),
        }


def compare_with_baselines(
    encoder: Encoder, limits: Limits, listed: ListedEncoders, rows: object, names: object = None
) -> BaselinesResult:
    """Read the pairs with each encoder in turn; one that is missing or fails is named, the others go on.

    `names` picks encoders by name, all if None. Raises InputError for rows that are no labelled pairs.
    """
    started = time.perf_counter()
    checked = checked_pairs(rows, limits)
    encoders, unlisted = _chosen(contenders(encoder, limits, listed), names)
    readings, unavailable = _read_all(encoders, checked)
    is_read = np.all([np.isfinite(reading.similarities) for _, reading, _ in readings], axis=0)
    read = ReadPairs(checked.pairs, _classes(checked), is_read)
    left_out = [pair.row for pair, is_whole in zip(checked.pairs, is_read, strict=True) if not is_whole]
    return BaselinesResult(
        model=encoder.info,
        read=read,
        models=tuple(_scored(read, *reading) for reading in readings),
        unavailable=(*unavailable, *unlisted),
        left_out=tuple(left_out),
        notes=(*checked.notes, *_notes(read.classes, left_out)),
        latency_ms=1000 * (time.perf_counter() - started),
    )


def contenders(encoder: Encoder, limits: Limits, listed: ListedEncoders) -> list[DenseEncoder]:
    """The served model first, then what is always there, then what the operator lists."""
    always: list[DenseEncoder] = [
        ServedModel(encoder, limits.max_tokens),
        CharacterNgrams(),
        TokenVectorMean(encoder),
    ]
    return [*always, *listed.encoders()]


def _chosen(encoders: Sequence[DenseEncoder], names: object) -> tuple[list[DenseEncoder], list[Missing]]:
    """The served model always, of the others those that are named; and the names that are not listed here."""
    if names is None or names == []:
        return list(encoders), []
    wanted = names if isinstance(names, list) else [names]
    known = {one.name for one in encoders}
    unlisted = [without_surrogates(str(name))[:80] for name in wanted if name not in known]
    missing = [
        Missing(name, Phrase("baseline.unlisted", choices=", ".join(sorted(known)))) for name in unlisted
    ]
    return [one for i, one in enumerate(encoders) if i == 0 or one.name in wanted], missing


def _read_all(
    encoders: Sequence[DenseEncoder], checked: PairSet
) -> tuple[list[tuple[str, Reading, float]], list[Missing]]:
    """(name, reading, seconds without importing and loading) of each encoder that could read, one in memory
    at a time, and the others."""
    texts = [text for pair in checked.pairs for text in (pair.text_a, pair.text_b)]
    readings, unavailable = [], []
    for done, one in enumerate(encoders):
        check_caller()
        report_progress(done, len(encoders))
        began = time.perf_counter()
        try:
            reading = one.read(texts)
            seconds = time.perf_counter() - began - reading.start_seconds
            readings.append((one.name, reading, seconds))
        except UnavailableError as error:
            unavailable.append(Missing(one.name, error.phrase))
    return readings, unavailable


def _classes(checked: PairSet) -> NDArray[np.intp]:
    """(n_pairs,) 1 above the middle of the labels; labels of one kind are taken as they are."""
    labels = np.array(checked.labels)
    related_from = lowest_related(checked.labels)
    if related_from is None:
        return np.full(len(labels), int(labels[0] > 0), np.intp)
    classes: NDArray[np.intp] = (labels >= related_from).astype(np.intp)
    return classes


def _scored(read: ReadPairs, name: str, reading: Reading, seconds: float) -> ModelScores:
    scores = reading.similarities.astype(np.float64)
    related, others = (scores[read.is_read & (read.classes == one)] for one in (1, 0))
    return ModelScores(
        name=name,
        scores=scores,
        ranks=_ranks(scores, read.is_read),
        auc=_auc(read, scores, read.is_read),
        by_kind={kind: _auc(read, scores, read.is_read & read.of_kind(kind)) for kind in read.kinds},
        mean_related=float(related.mean()) if len(related) else math.nan,
        mean_unrelated=float(others.mean()) if len(others) else math.nan,
        read_tokens=_read_of_pairs(reading.tokens),
        seconds=seconds,
        from_memory=reading.from_memory,
    )


def _auc(read: ReadPairs, scores: Values, chosen: NDArray[np.bool_]) -> Figure:
    """AUC of the chosen pairs with its interval; NaN where they are of one class."""
    targets = read.classes[chosen].astype(np.float64)
    if not 0 < targets.sum() < len(targets):
        return Figure(math.nan, (math.nan, math.nan))
    groups = fold_groups([read.pairs[i] for i in np.flatnonzero(chosen)])
    resamples = resampled("auc", scores[None, chosen], targets, groups, RESAMPLES)
    return figure(measure_one("auc", scores[chosen], targets), resamples[:, 0])


def _ranks(scores: Values, is_read: NDArray[np.bool_]) -> NDArray[np.intp]:
    """1 for the highest of the pairs that every encoder read, ties sharing the better rank; 0 for others."""
    ordered = np.sort(-scores[is_read])
    ranks = np.zeros(len(scores), np.intp)
    ranks[is_read] = np.searchsorted(ordered, -scores[is_read], side="left") + 1
    return ranks


def _read_of_pairs(tokens: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Read and whole tokens of the text of each pair that lost most, of the longer one if none did."""
    sides = zip(tokens[0::2], tokens[1::2], strict=True)
    return tuple(max(a, b, key=lambda one: (one[1] - one[0], one[1])) for a, b in sides)


def _notes(classes: NDArray[np.intp], left_out: Sequence[int]) -> list[Phrase]:
    notes = []
    if left_out:
        notes.append(Phrase("baseline.left_out", n=len(left_out), rows=row_numbers(left_out)))
    if not 0 < classes.sum() < len(classes):
        notes.append(Phrase("baseline.one_class"))
    return notes
