"""Retrieval pipelines: which stage ranks what, over anything that can score. Knows no index and no texts.

A first stage searches all passages; each later stage scores again what the stage before it let through.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, cast, get_args

import numpy as np

from bge_demo.encoder.contract import FloatArray
from bge_demo.errors import InputError
from bge_demo.scores.scoring import DEFAULT_WEIGHTS, WEIGHT_PRESETS, ScoreWeights, checked_weights
from bge_demo.text.tokens import without_surrogates

Head = Literal["bm25", "sparse", "dense", "colbert"]
FirstMethod = Literal["bm25", "sparse", "dense", "colbert", "rrf", "weighted"]
LaterMethod = Literal["sparse", "dense", "colbert", "hybrid"]
Method = FirstMethod | LaterMethod
HEADS: tuple[Head, ...] = get_args(Head)
FIRST_METHODS: tuple[FirstMethod, ...] = get_args(FirstMethod)
LATER_METHODS: tuple[LaterMethod, ...] = get_args(LaterMethod)
# No word or number without end: an index takes none, and a sentence quotes them.
_STAGE = re.compile(r"(\w{1,20})\s+(-?\d{1,6})")
# Passages without a shared term have no lexical score: they are not found, rather than ranked last.
LEXICAL_HEADS: tuple[Head, ...] = ("bm25", "sparse")
# First methods that look at words, alone or beside meaning.
_WORD_METHODS: tuple[Method, ...] = ("bm25", "sparse", "rrf", "weighted")
# The score of a passage that is not there, such as one still to be indexed.
NOT_FOUND = -math.inf
MOST_STAGES = 3
# Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet ...", 2009.
RRF_CONSTANT = 60
# Methods that weigh or fuse several heads.
HEADS_OF: Mapping[Method, tuple[Head, ...]] = {
    "rrf": ("sparse", "dense"),
    "weighted": ("sparse", "dense"),
    "hybrid": ("dense", "sparse", "colbert"),
}
Found = list[tuple[int, float]]
"""(passage number, score), best first; equal scores in passage order."""


class HeadScorer(Protocol):
    """One query's scores against the passages of a corpus, which are numbered from 0."""

    def top(self, head: Head, k: int) -> Found:
        """The `k` best of all passages; a lexical head finds none without a shared term."""
        ...

    def scores(self, head: Head, passages: Sequence[int]) -> FloatArray:
        """(n,) passage numbers -> (n,) scores; 0 without a shared term."""
        ...

    @property
    def exact(self) -> Mapping[int, int]:
        """Passage number -> how many whole codes of the query it holds; those without one are left out."""
        ...


@dataclass(frozen=True)
class Stage:
    """Rank by `method` and let the best `k` through."""

    method: Method
    k: int


@dataclass(frozen=True)
class Pipeline:
    """One to three stages. Raises InputError for stages that do not fit together."""

    stages: tuple[Stage, ...]
    weights: ScoreWeights = WEIGHT_PRESETS[DEFAULT_WEIGHTS]

    def __post_init__(self) -> None:
        if not 1 <= len(self.stages) <= MOST_STAGES:
            raise InputError("pipeline.stages", n_stages=len(self.stages), most=MOST_STAGES).at("pipeline")
        for place, stage in enumerate(self.stages):
            allowed = LATER_METHODS if place else FIRST_METHODS
            if stage.method not in allowed:
                raise InputError(
                    "pipeline.method", method=stage.method, place=place + 1, allowed=", ".join(allowed)
                ).at("pipeline")
            if stage.k < 1:
                raise InputError("pipeline.k", k=stage.k).at("pipeline")


@dataclass(frozen=True)
class StageRanking:
    """What a stage let through, best first, and how long it took."""

    stage: Stage
    found: Found
    latency_ms: float

    @property
    def passages(self) -> list[int]:
        """The passage numbers, best first."""
        return [passage for passage, _ in self.found]


PIPELINES: Mapping[str, Pipeline] = {
    "fusion-hybrid": Pipeline((Stage("rrf", 100), Stage("dense", 50), Stage("hybrid", 10))),
    "three-stage": Pipeline((Stage("bm25", 100), Stage("dense", 50), Stage("colbert", 10))),
    "fusion-colbert": Pipeline((Stage("rrf", 100), Stage("colbert", 10))),
    "weighted-hybrid": Pipeline((Stage("weighted", 100), Stage("hybrid", 10))),
    "dense": Pipeline((Stage("dense", 10),)),
    "sparse": Pipeline((Stage("sparse", 10),)),
    "bm25": Pipeline((Stage("bm25", 10),)),
    "colbert": Pipeline((Stage("colbert", 10),)),
}
DEFAULT_PIPELINE = "fusion-hybrid"


def run_pipeline(pipeline: Pipeline, scorer: HeadScorer) -> tuple[StageRanking, ...]:
    """Every stage's ranking, first stage first."""
    rankings: list[StageRanking] = []
    for place, stage in enumerate(pipeline.stages):
        started = time.perf_counter()
        before = rankings[-1].passages if rankings else ()
        found = ranked_at(pipeline, place, scorer, before)[: stage.k]
        rankings.append(StageRanking(stage, found, 1000 * (time.perf_counter() - started)))
    return tuple(rankings)


def ranked_at(pipeline: Pipeline, place: int, scorer: HeadScorer, before: Sequence[int]) -> Found:
    """What a stage ranks, best first, uncut: the first one what its lists of `k` hold, a later one the
    passages `before`.

    Where a pipeline begins with words, passages that hold the query's codes exactly come first in every
    stage: `PPR-9087` is what was asked for, however alike `PPR-9078` looks to a model.
    """
    stage = pipeline.stages[place]
    exact = scorer.exact if pipeline.stages[0].method in _WORD_METHODS else {}
    if place:
        scores = combined_scores(stage.method, before, scorer, pipeline.weights)
        return _exact_first(best_first(before, scores), exact)
    return _exact_first(_search(stage, scorer, pipeline.weights, sorted(exact)), exact)


def combined_scores(
    method: Method, passages: Sequence[int], scorer: HeadScorer, weights: ScoreWeights
) -> FloatArray:
    """(n,) passages -> (n,) scores by one head, or the weighted mean of several."""
    shares = weighted_heads(method, weights)
    mean = np.zeros(len(passages))
    # Added one by one: a matrix product may round the same passage differently among others.
    for head, share in shares.items():
        mean += share * scorer.scores(head, passages).astype(np.float64)
    return mean.astype(np.float32)


def heads_of(method: Method) -> tuple[Head, ...]:
    """The head that a method ranks by, or those it weighs or fuses."""
    return HEADS_OF.get(method) or tuple(head for head in HEADS if head == method)


def weighted_heads(method: Method, weights: ScoreWeights) -> dict[Head, float]:
    """Each head's share in a method's score; shares sum to 1. Raises InputError if all weigh nothing."""
    heads = heads_of(method)
    if method not in HEADS_OF:
        return dict.fromkeys(heads, 1.0)
    total = sum(getattr(weights, head) for head in heads)
    if not total:
        raise InputError("pipeline.no_weight", method=method, heads=", ".join(heads)).at("weights")
    return {head: getattr(weights, head) / total for head in heads}


def fused_by_rank(rankings: Sequence[Sequence[int]]) -> Found:
    """Reciprocal rank fusion: each list of passages gives 1 / (60 + rank).

    >>> [passage for passage, _ in fused_by_rank([[5, 7], [7, 8]])]
    [7, 5, 8]
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, passage in enumerate(ranking, start=1):
            scores[passage] = scores.get(passage, 0.0) + 1 / (RRF_CONSTANT + rank)
    return best_first(list(scores), list(scores.values()))


def best_first(passages: Sequence[int], scores: Sequence[float] | FloatArray) -> Found:
    """Passages with their scores, highest first; equal scores in passage order."""
    pairs = zip(passages, map(float, scores), strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def worse_than_found(head: Head) -> float:
    """The score by a head of whatever it does not find."""
    return 0.0 if head in LEXICAL_HEADS else NOT_FOUND


class ArrayScorer:
    """A `HeadScorer` over scores that are all known: for evaluation, and the oracle of the tests.

    `scores` holds (n_passages,) per head; a lexical head's 0 means no shared term, NOT_FOUND no passage.
    `exact` as in `HeadScorer`.
    """

    def __init__(self, scores: Mapping[Head, FloatArray], exact: Mapping[int, int] | None = None) -> None:
        self._scores = scores
        self.exact: Mapping[int, int] = exact or {}

    @property
    def n_passages(self) -> int:
        """How many passages there are."""
        return len(next(iter(self._scores.values())))

    def top(self, head: Head, k: int) -> Found:
        """The `k` best of all passages."""
        scores = self._scores[head]
        found = np.flatnonzero(scores > worse_than_found(head))
        return best_first(found.tolist(), scores[found])[:k]

    def scores(self, head: Head, passages: Sequence[int]) -> FloatArray:
        """(n,) passage numbers -> (n,) scores."""
        return self._scores[head][np.asarray(passages, np.int64)]

    def rank(self, head: Head, passage: int) -> int | None:
        """Where a passage stands among all, from 1; None when a lexical head does not find it."""
        scores = self._scores[head]
        own = float(scores[passage])
        if own <= worse_than_found(head):
            return None
        better = int(np.count_nonzero(scores > own))
        return 1 + better + int(np.count_nonzero(scores[:passage] == own))


def _search(stage: Stage, scorer: HeadScorer, weights: ScoreWeights, exact: list[int]) -> Found:
    """What a first stage's lists of `k` hold, best first; `exact` passages are a list of their own."""
    lists = [scorer.top(head, stage.k) for head in heads_of(stage.method)]
    rankings = [[passage for passage, _ in found] for found in lists]
    if stage.method == "rrf":
        return fused_by_rank([*rankings, exact] if exact else rankings)
    if stage.method not in HEADS_OF and not exact:
        return lists[0]
    union = sorted({passage for ranking in [*rankings, exact] for passage in ranking})
    return best_first(union, combined_scores(stage.method, union, scorer, weights))


def _exact_first(found: Found, exact: Mapping[int, int]) -> Found:
    """Passages with more exact codes first; otherwise the order stays."""
    return sorted(found, key=lambda pair: -exact.get(pair[0], 0)) if exact else found


def checked_pipeline(choice: str | Pipeline) -> Pipeline:
    """A preset's name, or stages such as `rrf 100 > dense 50 > hybrid 10 | 0.4/0.2/0.4`: how each ranks and
    how many it lets through, then the weights if they matter. Raises InputError listing the presets."""
    if isinstance(choice, Pipeline):
        return choice
    if isinstance(choice, str) and choice in PIPELINES:
        return PIPELINES[choice]
    stages, _, weights = str(choice).partition("|")
    try:
        parsed = tuple(_stage(stage) for stage in stages.split(">"))
    except ValueError:
        shown = without_surrogates(str(choice)[:80])
        unknown = InputError("pipeline.unknown", value=shown, presets=", ".join(PIPELINES))
        raise unknown.at("pipeline") from None
    return Pipeline(parsed, checked_weights(weights.strip() or DEFAULT_WEIGHTS))


def _stage(text: str) -> Stage:
    match = _STAGE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return Stage(cast("Method", match[1]), int(match[2]))
