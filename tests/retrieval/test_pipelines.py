"""Pipelines against an oracle that sorts everything; fusion by hand; what does not fit is refused."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_scores import random_scores

from bge_demo.encoder.contract import FloatArray
from bge_demo.errors import InputError
from bge_demo.retrieval.pipelines import (
    DEFAULT_PIPELINE,
    FIRST_METHODS,
    HEADS,
    LATER_METHODS,
    LEXICAL_HEADS,
    NOT_FOUND,
    PIPELINES,
    ArrayScorer,
    Head,
    Method,
    Pipeline,
    Stage,
    best_first,
    fused_by_rank,
    run_pipeline,
)
from bge_demo.scores.scoring import WEIGHT_PRESETS, ScoreWeights

SEEDS = st.integers(0, 10_000)
WEIGHTS = st.sampled_from(list(WEIGHT_PRESETS.values()))
STAGES = st.lists(st.tuples(st.sampled_from(LATER_METHODS), st.integers(1, 30)), max_size=2)


def slow_pipeline(pipeline: Pipeline, scores: dict[Head, FloatArray]) -> list[list[int]]:
    """Every stage's passages, by full sorts in plain Python."""
    kept = list(range(len(scores["dense"])))
    stages = []
    for place, stage in enumerate(pipeline.stages):
        if place == 0:
            kept, points = slow_first_stage(stage, pipeline.weights, scores, kept)
        else:
            points = {one: slow_score(stage.method, pipeline.weights, scores, one) for one in kept}
        kept = slow_order(kept, points)[: stage.k]
        stages.append(kept)
    return stages


def slow_first_stage(
    stage: Stage, weights: ScoreWeights, scores: dict[Head, FloatArray], everything: list[int]
) -> tuple[list[int], dict[int, float]]:
    def listed(head: Head) -> list[int]:
        own = {one: float(scores[head][one]) for one in everything}
        findable = [one for one in everything if head not in LEXICAL_HEADS or own[one] > 0]
        return slow_order(findable, own)[: stage.k]

    if stage.method not in ("rrf", "weighted"):
        (head,) = [head for head in HEADS if head == stage.method]
        return listed(head), {one: float(scores[head][one]) for one in everything}
    lists = [listed("sparse"), listed("dense")]
    union = sorted({*lists[0], *lists[1]})
    if stage.method == "weighted":
        return union, {one: slow_score("weighted", weights, scores, one) for one in union}
    return union, {one: sum(1 / (61 + own.index(one)) for own in lists if one in own) for one in union}


def slow_score(method: Method, weights: ScoreWeights, scores: dict[Head, FloatArray], passage: int) -> float:
    mixes: dict[str, Sequence[Head]] = {
        "weighted": ("sparse", "dense"),
        "hybrid": ("dense", "sparse", "colbert"),
    }
    if method not in mixes:
        (head,) = [head for head in HEADS if head == method]
        return float(scores[head][passage])
    shares = {head: getattr(weights, head) for head in mixes[method]}
    total = sum(share * float(scores[head][passage]) for head, share in shares.items())
    return total / sum(shares.values())


def slow_order(passages: list[int], points: dict[int, float]) -> list[int]:
    return sorted(passages, key=lambda one: (-round(points[one], 6), one))


@given(SEEDS, WEIGHTS, st.sampled_from(FIRST_METHODS), st.integers(1, 30), STAGES)
def test_every_pipeline_ranks_as_full_sorts_do(
    seed: int, weights: ScoreWeights, first: Method, k: int, later: list[tuple[Method, int]]
) -> None:
    stages = (Stage(first, k), *(Stage(method, size) for method, size in later))
    pipeline = Pipeline(stages, weights)
    scores = random_scores(seed)
    rankings = run_pipeline(pipeline, ArrayScorer(scores))
    for ranking, wanted in zip(rankings, slow_pipeline(pipeline, scores), strict=True):
        points = dict(ranking.found)
        assert slow_order(ranking.passages, points) == wanted
        assert all(earlier >= later for (_, earlier), (_, later) in pairwise(ranking.found))


@given(SEEDS, st.sampled_from(HEADS))
def test_a_rank_is_the_place_in_the_full_list(seed: int, head: Head) -> None:
    scorer = ArrayScorer(random_scores(seed))
    listed = [passage for passage, _ in scorer.top(head, scorer.n_passages)]
    for passage in range(scorer.n_passages):
        place = listed.index(passage) + 1 if passage in listed else None
        assert scorer.rank(head, passage) == place


def test_fusion_gives_each_list_one_over_sixty_plus_rank() -> None:
    assert fused_by_rank([[5, 7], [7, 8]]) == [
        (7, pytest.approx(1 / 62 + 1 / 61)),
        (5, pytest.approx(1 / 61)),
        (8, pytest.approx(1 / 62)),
    ]


def test_equal_scores_stand_in_passage_order() -> None:
    assert best_first([9, 2, 5], [1.0, 1.0, 2.0]) == [(5, 2.0), (2, 1.0), (9, 1.0)]
    assert [passage for passage, _ in fused_by_rank([[8], [3]])] == [3, 8]


def test_a_lexical_head_finds_nothing_without_a_shared_term() -> None:
    scores = random_scores(1) | {"bm25": np.zeros(25, np.float32)}
    first, second = run_pipeline(Pipeline((Stage("bm25", 10), Stage("dense", 5))), ArrayScorer(scores))
    assert (first.found, second.found) == ([], [])


def test_passages_that_are_not_there_are_not_found() -> None:
    scorer = ArrayScorer({head: np.array([-0.5, NOT_FOUND, -0.7], np.float32) for head in HEADS})
    assert scorer.top("dense", 3) == [(0, -0.5), (2, pytest.approx(-0.7))]
    assert scorer.rank("colbert", 1) is None


def test_a_fusion_lists_what_only_one_head_finds() -> None:
    scores = {head: np.array([0.0, 0.9, 0.1], np.float32) for head in HEADS}
    scores["sparse"] = np.array([0.3, 0, 0], np.float32)
    (rrf,) = run_pipeline(Pipeline((Stage("rrf", 2),)), ArrayScorer(scores))
    assert rrf.passages == [0, 1]


@pytest.mark.parametrize("method", ["weighted", "hybrid"])
def test_heads_that_all_weigh_nothing_are_refused(method: Method) -> None:
    stages = (Stage("weighted", 5),) if method == "weighted" else (Stage("dense", 5), Stage("hybrid", 5))
    weights = ScoreWeights(0, 0, 1)
    if method == "hybrid":
        run_pipeline(Pipeline(stages, weights), ArrayScorer(random_scores(1)))
    else:
        with pytest.raises(InputError, match="weighted needs a weight above 0 for one of: sparse, dense"):
            run_pipeline(Pipeline(stages, weights), ArrayScorer(random_scores(1)))


@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        ((), "1 to 3 stages; got 0"),
        ((Stage("dense", 1),) * 4, "1 to 3 stages; got 4"),
        ((Stage("hybrid", 5),), "Stage 1 cannot rank by 'hybrid'"),
        ((Stage("dense", 5), Stage("bm25", 5)), "Stage 2 cannot rank by 'bm25'"),
        ((Stage("dense", 5), Stage("rrf", 5)), "Stage 2 cannot rank by 'rrf'"),
        ((Stage("dense", 0),), "at least one passage through; got 0"),
    ],
)
def test_stages_that_do_not_fit_are_refused(stages: tuple[Stage, ...], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Pipeline(stages)


def test_the_presets_hold_those_of_the_field() -> None:
    methods = {name: [one.method for one in pipeline.stages] for name, pipeline in PIPELINES.items()}
    assert methods["three-stage"] == ["bm25", "dense", "colbert"]
    assert methods["fusion-colbert"] == ["rrf", "colbert"]
    assert methods["dense"] == ["dense"]
    assert PIPELINES["three-stage"].stages[0].k == 100
    assert DEFAULT_PIPELINE in PIPELINES
