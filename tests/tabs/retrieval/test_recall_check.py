"""The recall check: which stage lost a passage, by how much, and remedies that are true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from corpus_stores import add_texts, asked, card_for, real_texts
from fakes import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from random_scores import random_scores

from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.retrieval.bm25 import terms_of
from bge_demo.retrieval.corpora import temporary_index
from bge_demo.retrieval.passage_index import PassageIndex
from bge_demo.retrieval.pipelines import (
    FIRST_METHODS,
    HEADS,
    LATER_METHODS,
    PIPELINES,
    ArrayScorer,
    Head,
    Method,
    Pipeline,
    Stage,
    run_pipeline,
)
from bge_demo.retrieval.store import Passage, QueryVectors
from bge_demo.scores.scoring import WEIGHT_PRESETS
from bge_demo.tabs.retrieval.recall_check import (
    RecallCheck,
    Remedy,
    check_recall,
    fitting_passages,
)

NO_QUERY = QueryVectors(np.zeros(1, np.float32), {}, np.zeros((1, 1), np.float32), {})


class ScoredIndex:
    """The part of an index that the check asks, over scores written by hand; passage n has the id "n"."""

    def __init__(self, scores: dict[Head, FloatArray]) -> None:
        self._scorer = ArrayScorer(scores)

    def all_passages(self) -> Iterator[tuple[int, Passage]]:
        yield from (
            (number, Passage(str(number), f"text {number}")) for number in range(self._scorer.n_passages)
        )

    def all_scores(self, query: QueryVectors) -> ArrayScorer:
        return self._scorer


def by_hand(**scores: list[float]) -> dict[Head, FloatArray]:
    n_passages = len(next(iter(scores.values())))
    return {head: np.array(scores.get(head, [0.1] * n_passages), np.float32) for head in HEADS}


def checked(scores: dict[Head, FloatArray], pipeline: Pipeline, expected: str) -> RecallCheck:
    check = check_recall(ScoredIndex(scores), NO_QUERY, pipeline, expected)  # type: ignore[arg-type]
    assert check is not None
    return check


def changed(pipeline: Pipeline, remedy: Remedy) -> Pipeline:
    """The pipeline with the remedy, put together independently of the check."""
    stages = list(pipeline.stages)
    if remedy.kind == "weights":
        return replace(pipeline, weights=WEIGHT_PRESETS[remedy.value])
    if remedy.kind == "leave-out":
        del stages[remedy.stage]
    elif remedy.kind == "k":
        stages[remedy.stage] = Stage(stages[remedy.stage].method, int(remedy.value))
    else:
        (method,) = [method for method in FIRST_METHODS if method == remedy.value]
        stages[remedy.stage] = Stage(method, stages[remedy.stage].k)
    return Pipeline(tuple(stages), pipeline.weights)


SCORES = by_hand(
    bm25=[4, 3, 2, 1, 0],
    dense=[0.1, 0.2, 0.9, 0.8, 0.95],
    colbert=[0.5, 0.6, 0.1, 0.9, 0.9],
)
THREE = Pipeline((Stage("bm25", 3), Stage("dense", 2), Stage("colbert", 1)))


def test_a_found_passage_passes_every_stage() -> None:
    check = checked(SCORES, THREE, "1")
    assert (check.lost_at, check.final_rank, check.remedies) == (None, 1, ())
    assert [(one.arrived, one.passed, one.rank) for one in check.stages] == [
        (True, True, 2),
        (True, True, 2),
        (True, True, 1),
    ]
    assert all(one.margin is None for one in check.stages)


def test_the_first_stage_lost_it_by_a_margin() -> None:
    check = checked(SCORES, THREE, "3")
    assert check.lost_at == 0
    first, second, _ = check.stages
    assert (first.rank, first.score, first.cutoff, first.margin) == (4, 1, 2, 1)
    assert (second.arrived, second.passed) == (False, False)
    assert second.rank == 2
    assert second.margin is None
    assert check.final_rank is None


def test_a_passage_without_a_shared_term_has_no_rank_there() -> None:
    check = checked(SCORES, THREE, "4")
    assert (check.stages[0].rank, check.stages[0].score, check.stages[0].margin) == (None, None, None)
    assert not any(remedy.kind == "k" for remedy in check.remedies)
    assert ("first-stage", "dense") in {(one.kind, one.value) for one in check.remedies}


def test_the_last_stage_lost_it_and_a_larger_k_keeps_it() -> None:
    check = checked(SCORES, THREE, "2")
    assert (check.lost_at, check.stages[2].rank) == (2, 2)
    assert check.stages[2].margin == pytest.approx(0.5)
    assert Remedy("k", 2, "2", 2) in check.remedies


def test_heads_tell_the_rank_among_all() -> None:
    standings = {one.head: one for one in checked(SCORES, THREE, "3").heads}
    assert (standings["bm25"].rank, standings["dense"].rank, standings["colbert"].rank) == (4, 3, 1)
    assert standings["dense"].score == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("dense", "is_match"), [(0.59994, False), (0.59996, True), (0.9, True), (-0.4, False)]
)
def test_below_sixty_percent_it_is_no_match(dense: float, is_match: bool) -> None:
    check = checked(by_hand(dense=[dense, 0.95]), PIPELINES["dense"], "0")
    assert check.is_match is is_match
    assert (check.similarity_percent >= 60) is is_match


@given(
    st.integers(0, 999),
    st.sampled_from(FIRST_METHODS),
    st.integers(1, 12),
    st.lists(st.tuples(st.sampled_from(LATER_METHODS), st.integers(1, 8)), max_size=2),
    st.integers(0, 24),
)
def test_every_answer_is_true(
    seed: int, first: Method, k: int, later: list[tuple[Method, int]], number: int
) -> None:
    scores = random_scores(seed)
    pipeline = Pipeline((Stage(first, k), *(Stage(method, size) for method, size in later)))
    check = checked(scores, pipeline, str(number))
    rankings = run_pipeline(pipeline, ArrayScorer(scores))
    passed = [number in ranking.passages for ranking in rankings]
    assert check.lost_at == (passed.index(False) if False in passed else None)
    assert check.final_rank == (None if False in passed else rankings[-1].passages.index(number) + 1)
    for remedy in check.remedies:
        after = run_pipeline(changed(pipeline, remedy), ArrayScorer(scores))[-1].passages
        assert after.index(number) + 1 == remedy.final_rank
    for one in check.stages:
        assert one.margin is None or one.margin >= 0


@given(st.integers(0, 999), st.sampled_from(FIRST_METHODS), st.integers(1, 6), st.integers(0, 24))
def test_a_single_stage_that_can_find_it_has_a_k_that_does(
    seed: int, method: Method, k: int, number: int
) -> None:
    check = checked(random_scores(seed), Pipeline((Stage(method, k),)), str(number))
    if check.lost_at is not None and check.stages[0].rank is not None:
        (remedy,) = [one for one in check.remedies if one.kind == "k"]
        assert int(remedy.value) > k


@pytest.fixture(scope="module")
def real_index(compact: TextEncoder) -> PassageIndex:
    texts = real_texts(40)
    one = temporary_index(card_for(compact, texts))
    add_texts(one, compact, texts)
    return one


@pytest.mark.parametrize("name", PIPELINES)
def test_remedies_hold_on_real_passages(compact: TextEncoder, real_index: PassageIndex, name: str) -> None:
    pipeline = Pipeline(tuple(Stage(one.method, 3) for one in PIPELINES[name].stages))
    vectors = asked(compact, "the sea and its ships")
    n_remedies = 0
    for number in range(40):
        check = check_recall(real_index, vectors, pipeline, f"p{number}")
        json.dumps(check.to_json(), allow_nan=False)
        for remedy in check.remedies:
            after = real_index.rankings(changed(pipeline, remedy), vectors)[-1].passages
            assert number in after
            n_remedies += 1
    assert n_remedies > 0


def index_of(fake: FakeEncoder, passages: list[Passage]) -> PassageIndex:
    texts = [one.text for one in passages]
    index = temporary_index(card_for(fake, texts))
    terms = [terms_of(text) for text in fake.tokenize(texts)]
    index.add(range(len(passages)), passages, fake.encode(texts), terms)
    return index


def test_the_expected_passage_is_named_by_id_then_title_then_words(fake: FakeEncoder) -> None:
    passages = [
        Passage("a#1", "Red CAT sat: title", "", "a"),
        Passage("a#2", "blue dog", "Title", "a"),
        Passage("cat", "x", "Sub title"),
        Passage("c#1", "a blue cat, ti", "", "c"),
    ]
    index = index_of(fake, passages)
    names = ("a#2", "a", " red cat ", "cat", "TITLE", "b t", "ub title", "ti", "BLUE")
    found = {wanted: [number for number, _ in fitting_passages(index, wanted)] for wanted in names}
    assert found == {
        "a#2": [1],
        "a": [0, 1],
        " red cat ": [0],
        "cat": [2],
        "TITLE": [1],
        "b t": [],
        "ub title": [2],
        "ti": [3],
        "BLUE": [1, 3],
    }
    assert fitting_passages(index, "nowhere") == []
    assert check_recall(index, asked(fake, "cat"), Pipeline((Stage("dense", 1),)), "nowhere") is None


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_of_several_that_fit_the_best_ranked_is_judged_and_the_others_are_named(k: int) -> None:
    """All texts contain "text": the one that comes furthest is judged, wherever it stands."""
    dense = [0.1, 0.2, 0.9, 0.3, 0.0, 0.8, 0.4, 0.5, 0.6, 0.7, 0.05, 0.01]
    colbert = [0.1] * 5 + [0.9] + [0.1] * 6
    pipeline = Pipeline((Stage("dense", k), Stage("colbert", 1)))
    check = checked(by_hand(dense=dense, colbert=colbert), pipeline, "text")
    best_first = [2, 5, 9, 8, 7, 6, 3, 1, 0, 10, 11, 4]
    if k > 1:
        best_first = [5, *(number for number in best_first if number != 5)]
    assert check.passage.id == str(best_first[0])
    assert check.lost_at is None
    assert check.n_fitting == 12
    assert [one.id for one in check.others] == [str(number) for number in best_first[1:11]]


def test_a_name_that_fits_none_the_pipeline_finds_is_still_judged(fake: FakeEncoder) -> None:
    index = index_of(fake, [Passage("1", "red"), Passage("2", "red sun"), Passage("3", "moon")])
    check = check_recall(index, asked(fake, "moon"), Pipeline((Stage("bm25", 1),)), "red")
    assert check is not None
    assert (check.passage.id, check.n_fitting, check.lost_at) == ("1", 2, 0)
    assert [one.id for one in check.others] == ["2"]
