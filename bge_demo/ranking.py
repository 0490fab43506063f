"""Retrieval pipelines: which stage ranks what, over anything that can score. Knows no index and no texts.

A first stage searches all passages; each later stage scores again what the stage before it let through.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np

from bge_demo.embeddings import FloatArray
from bge_demo.errors import InputError
from bge_demo.scoring import DEFAULT_WEIGHTS, WEIGHT_PRESETS, ScoreWeights

Head = Literal["bm25", "sparse", "dense", "colbert"]
FirstMethod = Literal["bm25", "sparse", "dense", "colbert", "rrf", "weighted"]
LaterMethod = Literal["sparse", "dense", "colbert", "hybrid"]
Method = FirstMethod | LaterMethod
HEADS: tuple[Head, ...] = get_args(Head)
FIRST_METHODS: tuple[FirstMethod, ...] = get_args(FirstMethod)
LATER_METHODS: tuple[LaterMethod, ...] = get_args(LaterMethod)
# Passages without a shared term have no lexical score: they are not found, rather than ranked last.
LEXICAL_HEADS: tuple[Head, ...] = ("bm25", "sparse")
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
            raise InputError("pipeline.stages", n_stages=len(self.stages), most=MOST_STAGES)
        for place, stage in enumerate(self.stages):
            allowed = LATER_METHODS if place else FIRST_METHODS
            if stage.method not in allowed:
                raise InputError(
                    "pipeline.method", method=stage.method, place=place + 1, allowed=", ".join(allowed)
                )
            if stage.k < 1:
                raise InputError("pipeline.k", k=stage.k)


@dataclass(frozen=True)
class StageRanking:
    """What a stage let through, best first, and how long it took; None when all stages were one query."""

    stage: Stage
    found: Found
    latency_ms: float | None

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
    for stage in pipeline.stages:
        started = time.perf_counter()
        if rankings:
            scores = combined_scores(stage.method, rankings[-1].passages, scorer, pipeline.weights)
            found = best_first(rankings[-1].passages, scores)[: stage.k]
        else:
            found = _search(stage, scorer, pipeline.weights)
        rankings.append(StageRanking(stage, found, 1000 * (time.perf_counter() - started)))
    return tuple(rankings)


def combined_scores(
    method: Method, passages: Sequence[int], scorer: HeadScorer, weights: ScoreWeights
) -> FloatArray:
    """(n,) passages -> (n,) scores by one head, or the weighted mean of several."""
    shares = weighted_heads(method, weights)
    scores = np.stack([scorer.scores(head, passages) for head in shares])
    mean: FloatArray = (np.array(list(shares.values())) @ scores).astype(np.float32)
    return mean


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
        raise InputError("pipeline.no_weight", method=method, heads=", ".join(heads))
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
    """

    def __init__(self, scores: Mapping[Head, FloatArray]) -> None:
        self._scores = scores

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


def _search(stage: Stage, scorer: HeadScorer, weights: ScoreWeights) -> Found:
    lists = [scorer.top(head, stage.k) for head in heads_of(stage.method)]
    if stage.method not in HEADS_OF:
        return lists[0]
    rankings = [[passage for passage, _ in found] for found in lists]
    if stage.method == "rrf":
        return fused_by_rank(rankings)[: stage.k]
    union = sorted({passage for ranking in rankings for passage in ranking})
    return best_first(union, combined_scores(stage.method, union, scorer, weights))[: stage.k]
