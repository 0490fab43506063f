"""Training on a tiny corpus: it learns, and a stopped run goes on as if it had not been stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_work import TEACHER_DIM, tiny_backbone, write_tiny_work

from tools.compact_model.batch import Mix
from tools.compact_model.batches import EXCERPT_GROUPS, TrainingData
from tools.compact_model.files import WorkFolder
from tools.compact_model.train import Plan, Run, save

SMALL = Mix(pairs=8, questions=4, excerpts=3, scored=4, singles=6, max_tokens=32)
LONG = Mix(pairs=4, questions=3, excerpts=0, scored=0, singles=2, max_tokens=32, long=True)
PLAN = Plan(steps=24, rate=2e-3, table_rate=2e-3, mix=SMALL, long_mix=LONG)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> WorkFolder:
    return write_tiny_work(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def data(work: WorkFolder) -> TrainingData:
    return TrainingData(work, TEACHER_DIM, PLAN.seed)


def begin(data: TrainingData, plan: Plan = PLAN) -> Run:
    torch.set_num_threads(1)
    return Run(plan, data, tiny_backbone(data.vocabulary))


def test_a_run_that_was_killed_ends_like_one_that_was_not(data: TrainingData, tmp_path: Path) -> None:
    whole = begin(data)
    while whole.done < 1:
        whole.advance()

    killed = begin(data)
    for _ in range(9):
        killed.advance()
    save(killed, tmp_path / "state.pt")
    killed.advance()
    resumed = begin(data)
    resumed.resume(torch.load(tmp_path / "state.pt"))
    while resumed.done < 1:
        resumed.advance()

    assert resumed.step == whole.step == PLAN.steps
    for name, value in whole.weights().items():
        assert torch.equal(resumed.weights()[name], value), name


def test_training_lowers_what_it_is_punished_for(data: TrainingData) -> None:
    run = begin(data, replace(PLAN, steps=80))
    losses = []
    while run.done < 1:
        losses.append(run.advance())
    for name in ("similarity", "teacher", "colbert", "lexical"):
        first, last = (np.mean([x[name] for x in part]) for part in (losses[:8], losses[-8:]))
        assert last < 0.8 * first, name


def test_all_weights_move_but_the_words_that_no_batch_holds(data: TrainingData) -> None:
    run = begin(data)
    before = {name: value.clone() for name, value in run.weights().items()}
    run.advance()
    run.advance()
    moved = {name for name, value in run.weights().items() if not torch.equal(value, before[name])}
    # A key's bias shifts all scores of a text alike, so it has next to no gradient.
    still = {name for name in before if name not in moved and not name.endswith("key.bias")}
    assert still == set()
    table = "backbone.embeddings.word_embeddings.weight"
    rows = (run.weights()[table] != before[table]).any(1)
    assert 10 < int(rows.sum()) < data.vocabulary - 10


def test_a_step_draws_the_same_batch_again(data: TrainingData) -> None:
    one, same, other = data.draw(SMALL, 5), data.draw(SMALL, 5), data.draw(SMALL, 6)
    assert torch.equal(one.texts.inverse, same.texts.inverse)
    assert torch.equal(one.targets, same.targets)
    assert len(one.texts.inverse) != len(other.texts.inverse) or not torch.equal(one.targets, other.targets)


def test_translations_share_their_target(data: TrainingData) -> None:
    batch = data.draw(SMALL, 0)
    assert torch.equal(batch.targets[: SMALL.pairs], batch.targets[SMALL.pairs : 2 * SMALL.pairs])
    assert batch.targets.norm(dim=1).numpy() == pytest.approx(np.ones(len(batch.targets)), abs=1e-5)


def test_a_long_batch_joins_the_answer_with_other_passages(data: TrainingData) -> None:
    batch = data.draw(LONG, 0)
    passages = slice(2 * LONG.pairs + LONG.questions, 2 * (LONG.pairs + LONG.questions))
    questions = slice(2 * LONG.pairs, 2 * LONG.pairs + LONG.questions)
    assert batch.texts.lengths[passages].min() > 4 * batch.texts.lengths[questions].max()


def test_an_excerpts_passage_holds_its_query_or_its_translation(data: TrainingData) -> None:
    mix = replace(SMALL, excerpts=60)
    excerpts = data._draw_excerpts(mix, np.random.default_rng(0))
    assert len(excerpts) == mix.excerpts
    for query, passage in excerpts:
        assert data.group[query] in data.group[passage]
        assert len(passage) == 1 or data._lengths(passage).sum() <= mix.max_tokens
    assert 10 < sum(query in passage for query, passage in excerpts) < len(excerpts)
    sizes = [len(passage) for _, passage in excerpts]
    assert min(sizes) < max(sizes) <= EXCERPT_GROUPS[1]


def test_some_queries_of_excerpts_are_keywords(data: TrainingData, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.compact_model import batches

    mix = Mix(pairs=0, questions=0, excerpts=40, scored=0, singles=0, max_tokens=32)
    marks, words = 2, 4
    assert set(data.draw(mix, 0).texts.lengths[: mix.excerpts].tolist()) == {marks + words}
    monkeypatch.setattr(batches, "SHORTEST_DROPPED", words)
    lengths = data.draw(mix, 0).texts.lengths[: mix.excerpts]
    assert 5 < int((lengths < marks + words).sum()) < 35
