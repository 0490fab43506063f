"""Would this passage have been found, and if not, which stage lost it and what would have kept it?

Every answer is computed, not guessed: all heads score all passages, and each remedy is run as a pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from bge_demo.retrieval.passage_index import PassageIndex
from bge_demo.retrieval.pipelines import (
    FIRST_METHODS,
    HEADS,
    ArrayScorer,
    Found,
    Head,
    Pipeline,
    Stage,
    StageRanking,
    ranked_at,
    run_pipeline,
)
from bge_demo.retrieval.store import Passage, QueryVectors
from bge_demo.scores.scoring import RELATED_FROM, WEIGHT_PRESETS, similarity_percent

# Of other passages that fit the name as well, as many are named.
OTHERS_NAMED = 10
# So many characters are found inside a word too: an excerpt may begin in one.
_SURE_CHARS = 8

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
class PassageName:
    """What a passage is called."""

    id: str
    title: str


@dataclass(frozen=True)
class RecallCheck:
    """One passage's way through a pipeline. `lost_at` counts stages from 0; None when it was found.
    `is_readable`: the model can read the passage and the query, so its similarity has a band. `n_fitting`
    passages fit what was expected; this one ranks best, `others` are the next ones."""

    passage: Passage
    n_fitting: int
    others: tuple[PassageName, ...]
    similarity_percent: float
    is_match: bool
    is_readable: bool
    heads: tuple[HeadStanding, ...]
    stages: tuple[StageCheck, ...]
    lost_at: int | None
    final_rank: int | None
    remedies: tuple[Remedy, ...]

    def to_json(self) -> dict[str, Any]:
        """The check for programs."""
        stages = [asdict(one) | {"margin": one.margin} for one in self.stages]
        return asdict(self) | {"stages": stages}


def check_recall(
    index: PassageIndex,
    query: QueryVectors,
    pipeline: Pipeline,
    expected: str,
    is_readable: Callable[[Passage], bool] = lambda _: True,
) -> RecallCheck | None:
    """Follow the expected passage, named as in `fitting_passages`, through the pipeline; of several the one
    that ranks best. None where no passage is it.

    `is_readable` tells whether the model can read the query and that passage.
    """
    expected_ones = fitting_passages(index, expected)
    if not expected_ones:
        return None
    scorer = index.all_scores(query)
    rankings = run_pipeline(pipeline, scorer)
    fitting = _best_first(expected_ones, pipeline, scorer, rankings)
    number, passage = fitting[0]
    standings = tuple(_standing(scorer, head, number) for head in HEADS)
    percent = similarity_percent(next(one.score for one in standings if one.head == "dense"))
    stages, readable = _checked_stages(pipeline, scorer, rankings, number), is_readable(passage)
    lost_at = next((place for place, one in enumerate(stages) if not one.passed), None)
    return RecallCheck(
        passage=passage,
        n_fitting=len(fitting),
        others=tuple(PassageName(one.id, one.title) for _, one in fitting[1 : 1 + OTHERS_NAMED]),
        similarity_percent=percent,
        is_match=percent >= RELATED_FROM and readable,
        is_readable=readable,
        heads=standings,
        stages=stages,
        lost_at=lost_at,
        final_rank=stages[-1].rank if lost_at is None else None,
        remedies=() if lost_at is None else _remedies(pipeline, scorer, number, lost_at, stages[lost_at]),
    )


def fitting_passages(index: PassageIndex, expected: str) -> list[tuple[int, Passage]]:
    """The passages of this id (or of the document of this id), else those of this title, else those whose
    title contains these words, else those whose text does; titles and texts whatever their case. None may.
    A few letters or digits count as whole words only: A3 is not meant by A35."""
    wanted = expected.strip()
    folded = wanted.casefold()
    ways: tuple[Callable[[Passage], bool], ...] = (
        lambda one: one.id == wanted,
        lambda one: one.document == wanted,
        lambda one: one.title.casefold() == folded,
        lambda one: _holds(one.title.casefold(), folded),
        lambda one: _holds(one.text.casefold(), folded),
    )
    numbered = sorted(index.all_passages(), key=lambda pair: pair[0])
    for fits in ways:
        if found := [(number, passage) for number, passage in numbered if fits(passage)]:
            return found
    return []


def _holds(text: str, words: str) -> bool:
    if len(words) >= _SURE_CHARS or not words.isascii():
        return words in text
    return re.search(rf"(?<![a-z0-9]){re.escape(words)}(?![a-z0-9])", text) is not None


def _best_first(
    passages: Sequence[tuple[int, Passage]],
    pipeline: Pipeline,
    scorer: ArrayScorer,
    rankings: Sequence[StageRanking],
) -> list[tuple[int, Passage]]:
    """By how far each came, then by its rank there; those that the first stage cannot find last."""
    order = [number for ranking in reversed(rankings) for number in ranking.passages]
    order += [number for number, _ in _first_stage_ranking(pipeline, scorer)]
    places = {number: place for place, number in enumerate(dict.fromkeys(order))}
    return sorted(passages, key=lambda pair: places.get(pair[0], len(order)))


def _standing(scorer: ArrayScorer, head: Head, number: int) -> HeadStanding:
    return HeadStanding(head, float(scorer.scores(head, [number])[0]), scorer.rank(head, number))


def _checked_stages(
    pipeline: Pipeline, scorer: ArrayScorer, rankings: Sequence[StageRanking], number: int
) -> tuple[StageCheck, ...]:
    """The passage at every stage; after the one that lost it, as if it had been let through."""
    checks: list[StageCheck] = []
    for place, ranking in enumerate(rankings):
        arrived = all(one.passed for one in checks)
        if place == 0:
            everything = _first_stage_ranking(pipeline, scorer)
        else:
            candidates = sorted({*rankings[place - 1].passages, number})
            everything = ranked_at(pipeline, place, scorer, candidates)
        rank, score = next(
            ((rank, score) for rank, (one, score) in enumerate(everything, start=1) if one == number),
            (None, None),
        )
        passed = arrived and number in ranking.passages
        cutoff = ranking.found[-1][1] if len(ranking.found) == ranking.stage.k else None
        checks.append(StageCheck(ranking.stage, arrived, rank, score, cutoff, passed))
    return tuple(checks)


def _first_stage_ranking(pipeline: Pipeline, scorer: ArrayScorer) -> Found:
    """The first stage as it ranks, then what its lists did not hold, as longer lists would rank it.

    So a passage that came through has the same rank here as among the hits.
    """
    own = ranked_at(pipeline, 0, scorer, ())
    held = {passage for passage, _ in own}
    longer = replace(pipeline, stages=(Stage(pipeline.stages[0].method, scorer.n_passages),))
    return own + [pair for pair in ranked_at(longer, 0, scorer, ()) if pair[0] not in held]


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
