"""Would this passage have been found, and if not, which stage lost it and what would have kept it?

Every answer is computed, not guessed: all heads score all passages, and each remedy is run as a pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from bge_demo.errors import InputError
from bge_demo.passage_index import Passage, PassageIndex
from bge_demo.ranking import (
    FIRST_METHODS,
    HEADS,
    ArrayScorer,
    Head,
    Pipeline,
    Stage,
    best_first,
    combined_scores,
    run_pipeline,
)
from bge_demo.scoring import RELATED_FROM, WEIGHT_PRESETS, similarity_percent
from bge_demo.stored_vectors import QueryVectors

RemedyKind = Literal["k", "first-stage", "leave-out", "weights"]


@dataclass(frozen=True)
class HeadStanding:
    """Where the passage stands among all by one head alone; no rank when it shares no term with the query."""

    head: Head
    score: float
    rank: int | None


@dataclass(frozen=True)
class StageCheck:
    """The passage at one stage. `rank` and `score` are what it has, or would have had, there.

    `cutoff` is the score of the last passage let through, None when the stage let all through; `arrived` says
    whether the stages before had let it through. No rank when the stage cannot find it at all.
    """

    stage: Stage
    arrived: bool
    rank: int | None
    score: float | None
    cutoff: float | None
    passed: bool

    @property
    def margin(self) -> float | None:
        """How much its score missed by.

        None where the score would do: an earlier stage lost it, or lists were cut before they were fused.
        """
        if self.passed or self.score is None or self.cutoff is None or self.score > self.cutoff:
            return None
        return self.cutoff - self.score


@dataclass(frozen=True)
class Remedy:
    """A change to the pipeline that lets the passage through, and the rank it then ends at.

    `value` is the new k of the stage, the other first stage's method, or the weights' preset.
    """

    kind: RemedyKind
    stage: int
    value: str
    final_rank: int


@dataclass(frozen=True)
class RecallCheck:
    """One passage's way through a pipeline. `lost_at` counts stages from 0; None when it was found."""

    passage: Passage
    similarity_percent: float
    is_match: bool
    heads: tuple[HeadStanding, ...]
    stages: tuple[StageCheck, ...]
    lost_at: int | None
    final_rank: int | None
    remedies: tuple[Remedy, ...]

    def to_json(self) -> dict[str, Any]:
        """The check for programs."""
        stages = [asdict(one) | {"margin": one.margin} for one in self.stages]
        return asdict(self) | {"stages": stages}


def check_recall(index: PassageIndex, query: QueryVectors, pipeline: Pipeline, expected: str) -> RecallCheck:
    """Follow the expected passage, named by its id or a part of its text, through the pipeline.

    Raises InputError when no passage is it.
    """
    number, passage = find_passage(index, expected)
    scorer = index.all_scores(query)
    standings = tuple(_standing(scorer, head, number) for head in HEADS)
    percent = similarity_percent(next(one.score for one in standings if one.head == "dense"))
    stages = _checked_stages(pipeline, scorer, number)
    lost_at = next((place for place, one in enumerate(stages) if not one.passed), None)
    return RecallCheck(
        passage=passage,
        similarity_percent=percent,
        is_match=percent >= RELATED_FROM,
        heads=standings,
        stages=stages,
        lost_at=lost_at,
        final_rank=stages[-1].rank if lost_at is None else None,
        remedies=() if lost_at is None else _remedies(pipeline, scorer, number, lost_at, stages[lost_at]),
    )


def find_passage(index: PassageIndex, expected: str) -> tuple[int, Passage]:
    """The passage of this id, else the first that contains these words, whatever their case."""
    wanted = expected.strip()
    numbered = sorted(index.all_passages(), key=lambda pair: pair[0])
    for number, passage in numbered:
        if wanted in (passage.id, passage.document):
            return number, passage
    for number, passage in numbered:
        if wanted.casefold() in passage.text.casefold() or wanted.casefold() == passage.title.casefold():
            return number, passage
    raise InputError("search.no_such_passage", wanted=wanted[:80])


def _standing(scorer: ArrayScorer, head: Head, number: int) -> HeadStanding:
    return HeadStanding(head, float(scorer.scores(head, [number])[0]), scorer.rank(head, number))


def _checked_stages(pipeline: Pipeline, scorer: ArrayScorer, number: int) -> tuple[StageCheck, ...]:
    """The passage at every stage; after the one that lost it, as if it had been let through."""
    rankings = run_pipeline(pipeline, scorer)
    checks: list[StageCheck] = []
    for place, ranking in enumerate(rankings):
        arrived = all(one.passed for one in checks)
        if place == 0:
            everything = run_pipeline(_first_stage_without_limit(pipeline, scorer), scorer)[0].found
        else:
            candidates = sorted({*rankings[place - 1].passages, number})
            scores = combined_scores(ranking.stage.method, candidates, scorer, pipeline.weights)
            everything = best_first(candidates, scores)
        rank, score = next(
            ((rank, score) for rank, (one, score) in enumerate(everything, start=1) if one == number),
            (None, None),
        )
        passed = arrived and number in ranking.passages
        cutoff = ranking.found[-1][1] if len(ranking.found) == ranking.stage.k else None
        checks.append(StageCheck(ranking.stage, arrived, rank, score, cutoff, passed))
    return tuple(checks)


def _first_stage_without_limit(pipeline: Pipeline, scorer: ArrayScorer) -> Pipeline:
    return Pipeline((Stage(pipeline.stages[0].method, scorer.n_passages),), pipeline.weights)


def _remedies(
    pipeline: Pipeline, scorer: ArrayScorer, number: int, lost_at: int, check: StageCheck
) -> tuple[Remedy, ...]:
    """Every single change that was run and found the passage, best final rank first; the least k that did."""
    found: list[Remedy] = []
    for kind, value, changed in _changes(pipeline, lost_at, check, scorer.n_passages):
        if kind == "k" and any(one.kind == "k" for one in found):
            continue
        passages = run_pipeline(changed, scorer)[-1].passages
        if number in passages:
            found.append(Remedy(kind, lost_at, value, passages.index(number) + 1))
    return tuple(sorted(found, key=lambda remedy: remedy.final_rank))


def _changes(
    pipeline: Pipeline, lost_at: int, check: StageCheck, n_passages: int
) -> Iterator[tuple[RemedyKind, str, Pipeline]]:
    stages = pipeline.stages
    for k in _larger(check, n_passages):
        larger = replace(check.stage, k=k)
        yield "k", str(k), replace(pipeline, stages=_with(stages, lost_at, larger))
    for method in FIRST_METHODS:
        if lost_at == 0 and method != stages[0].method:
            other = replace(stages[0], method=method)
            yield "first-stage", method, replace(pipeline, stages=_with(stages, 0, other))
    if lost_at > 0:
        yield "leave-out", "", replace(pipeline, stages=(*stages[:lost_at], *stages[lost_at + 1 :]))
    if check.stage.method in ("weighted", "hybrid"):
        for name, weights in WEIGHT_PRESETS.items():
            if weights != pipeline.weights:
                yield "weights", name, replace(pipeline, weights=weights)


def _larger(check: StageCheck, n_passages: int) -> Iterator[int]:
    """Its rank, which is enough unless longer lists are fused in another order; then ever more."""
    k = max(check.rank, check.stage.k + 1) if check.rank is not None else n_passages + 1
    while k < n_passages:
        yield k
        k *= 2
    if check.rank is not None:
        yield n_passages


def _with(stages: tuple[Stage, ...], place: int, stage: Stage) -> tuple[Stage, ...]:
    return (*stages[:place], stage, *stages[place + 1 :])
