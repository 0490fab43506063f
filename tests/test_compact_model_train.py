"""Training on a tiny corpus: it learns, and a stopped run goes on as if it had not been stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_work import write_tiny_work

from tools.compact_model import batches
from tools.compact_model.batch import Mix
from tools.compact_model.batches import EXCERPT_GROUPS, TrainingData
from tools.compact_model.files import WorkFolder
from tools.compact_model.losses import _colbert_contrast, _disagreement
from tools.compact_model.student import Shape
from tools.compact_model.table import TokenTable
from tools.compact_model.train import Plan, Run, _begin, save

SHAPE = Shape(hidden=16, layers=2, heads=2, intermediate=32, targets=24)
SMALL = Mix(pairs=8, questions=4, excerpts=3, scored=4, singles=6, words=5, max_tokens=32)
LONG = Mix(pairs=4, questions=3, scored=0, singles=2, words=0, max_tokens=32, long=True)
PLAN = Plan(
    steps=30, threads=1, table_mix=SMALL, full_mix=SMALL, long_mix=LONG, heads_from=0.4, contextual_from=0.6
)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> WorkFolder:
    return write_tiny_work(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def data(work: WorkFolder) -> TrainingData:
    return TrainingData(work, SHAPE.targets, PLAN.seed)


def begin(data: TrainingData, plan: Plan = PLAN) -> Run:
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(3)
    return Run(plan, data, torch.randn(data.vocabulary, SHAPE.hidden, generator=generator) * 0.2, SHAPE)


def test_a_run_that_was_killed_ends_like_one_that_was_not(data: TrainingData, tmp_path: Path) -> None:
    whole = begin(data)
    while whole.done < 1:
        whole.advance()

    killed = begin(data)
    for _ in range(13):
        killed.advance()
    save(killed, tmp_path / "state.pt")
    killed.advance()
    resumed = begin(data)
    resumed.resume(torch.load(tmp_path / "state.pt"))
    while resumed.done < 1:
        resumed.advance()

    assert resumed.step == whole.step == PLAN.steps
    for name, value in whole.student.state_dict().items():
        assert torch.equal(resumed.student.state_dict()[name], value), name
    assert torch.equal(resumed.table.vectors, whole.table.vectors)


def test_a_run_begins_with_the_mean_of_others(data: TrainingData, work: WorkFolder, tmp_path: Path) -> None:
    runs = begin(data), begin(data)
    runs[1].table.vectors += 2
    runs[1].student.colbert.weight.data += 2
    paths = [tmp_path / "a.pt", tmp_path / "b.pt"]
    for run, path in zip(runs, paths, strict=True):
        save(run, path)
    mean = _begin(work, PLAN, SHAPE, tmp_path / "none.pt", paths)
    assert torch.allclose(mean.table.vectors, runs[0].table.vectors + 1)
    assert torch.allclose(mean.student.colbert.weight, runs[0].student.colbert.weight + 1)
    assert mean.step == 0
    assert _begin(work, replace(PLAN, steps=0, minutes=0), SHAPE, tmp_path / "none.pt", paths).done == 1


def test_another_seed_draws_other_batches_for_the_same_first_layers(
    data: TrainingData, work: WorkFolder
) -> None:
    plan = replace(PLAN, seed=PLAN.seed + 1)
    other = begin(TrainingData(work, SHAPE.targets, plan.seed), plan)
    for name, value in begin(data).student.state_dict().items():
        assert torch.equal(other.student.state_dict()[name], value), name
    assert len(other._data.draw(SMALL, 0).texts.inverse) != len(data.draw(SMALL, 0).texts.inverse)


def test_training_lowers_the_distance_to_the_teacher(data: TrainingData) -> None:
    run = begin(data, replace(PLAN, steps=120, rate=0.01, table_rate=0.01))
    distances = []
    while run.done < 1:
        distances.append(run.advance()["teacher"])
    assert np.mean(distances[-8:]) < np.mean(distances[:4]) - 0.03


def test_the_heads_are_trained_late_and_every_other_step(data: TrainingData) -> None:
    run = begin(data)
    trained = []
    while run.done < 1:
        losses = run.advance()
        trained.append("lexical" in losses)
    begun = int(PLAN.heads_from * PLAN.steps)
    assert not any(trained[:begun])
    assert trained[begun:] == [step % 2 == 0 for step in range(begun, PLAN.steps)]


def test_a_step_draws_the_same_batch_again(data: TrainingData) -> None:
    one, same, other = data.draw(SMALL, 5), data.draw(SMALL, 5), data.draw(SMALL, 6)
    assert torch.equal(one.texts.inverse, same.texts.inverse)
    assert torch.equal(one.targets, same.targets)
    assert len(one.texts.inverse) != len(other.texts.inverse) or not torch.equal(one.targets, other.targets)


def test_translations_share_their_target(data: TrainingData) -> None:
    batch = data.draw(SMALL, 0)
    assert torch.equal(batch.targets[: SMALL.pairs], batch.targets[SMALL.pairs : 2 * SMALL.pairs])
    assert batch.targets.norm(dim=1).numpy() == pytest.approx(np.ones(len(batch.targets)), abs=1e-5)


def test_words_of_the_vocabulary_are_texts_with_targets_of_their_own(data: TrainingData) -> None:
    batch = data.draw(SMALL, 0)
    words = slice(-SMALL.words, None)
    assert set(batch.texts.lengths[words].tolist()) <= {3, 4}
    assert batch.targets[words].norm(dim=1).numpy() == pytest.approx(np.ones(SMALL.words), abs=1e-5)
    assert len({tuple(row) for row in batch.targets[words].tolist()}) > 1


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
    assert 20 < sum(query in passage for query, passage in excerpts) < len(excerpts)
    sizes = [len(passage) for _, passage in excerpts]
    assert min(sizes) < max(sizes) <= EXCERPT_GROUPS[1]


def test_some_queries_of_excerpts_are_keywords(data: TrainingData, monkeypatch: pytest.MonkeyPatch) -> None:
    mix = Mix(pairs=0, questions=0, excerpts=40, scored=0, singles=0, words=0, max_tokens=32)
    marks, words = 2, 4
    assert set(data.draw(mix, 0).texts.lengths[: mix.excerpts].tolist()) == {marks + words}
    monkeypatch.setattr(batches, "SHORTEST_DROPPED", words)
    lengths = data.draw(mix, 0).texts.lengths[: mix.excerpts]
    assert 5 < int((lengths < marks + words).sum()) < 35


def test_late_interaction_tells_the_passage_that_shares_the_querys_words(data: TrainingData) -> None:
    batch = data.draw(replace(SMALL, excerpts=0), 0)
    words = torch.nn.functional.one_hot(batch.texts.inverse).float()
    generator = torch.Generator().manual_seed(0)
    strangers = torch.nn.functional.normalize(torch.randn(words.shape, generator=generator), dim=-1)
    assert float(_colbert_contrast(words, batch)) < float(_colbert_contrast(strangers, batch)) / 2


def test_longer_texts_lose_tokens(data: TrainingData) -> None:
    text = max(range(len(data.group)), key=lambda n: data._starts[n + 1] - data._starts[n])
    whole = data._starts[text + 1] - data._starts[text]
    kept, dropped = (
        [len(data._joined([text], 32, np.random.default_rng(seed), share)) for seed in range(20)]
        for share in (0.0, 0.08)
    )
    assert whole < 32
    assert min(kept) >= whole - 1  # The full stop at the end may go.
    assert min(dropped) < whole - 1


@pytest.mark.parametrize("loss", ["sts_weight", "question_weight"])
def test_a_run_weighs_a_loss_as_it_is_told(work: WorkFolder, loss: str) -> None:
    data = TrainingData(work, SHAPE.targets, PLAN.seed)
    data._scored[:, 2] = np.linspace(0, 1, len(data._scored))  # Equal scores give no order to learn.
    tables = []
    for weight in (0.0, 1.0, 1.0):
        run = begin(data, replace(PLAN, **{loss: weight}))
        run.advance()
        run.advance()
        tables.append(run.table.vectors)
    assert torch.equal(tables[1], tables[2])
    assert not torch.equal(tables[0], tables[1])


def test_human_scores_say_which_pairs_are_more_alike_not_how_much() -> None:
    scores = torch.tensor([0.1, 0.5, 0.9])
    assert float(_disagreement(scores / 2 + 0.3, scores)) == pytest.approx(0, abs=1e-6)
    assert float(_disagreement(-scores, scores)) == pytest.approx(2, abs=1e-6)


def test_adam_moves_only_the_rows_of_the_step_and_like_torch() -> None:
    table = TokenTable(torch.ones(4, 3))
    whole = torch.nn.Parameter(torch.ones(2, 3))
    torchs = torch.optim.Adam([whole], lr=0.1, betas=(0.9, 0.98), eps=1e-8)
    rows = torch.tensor([1, 3])
    for step in range(3):
        gradient = torch.randn(2, 3, generator=torch.Generator().manual_seed(step))
        table.move(rows, gradient, 0.1)
        whole.grad = gradient
        torchs.step()
    assert torch.allclose(table.vectors[rows], whole.detach(), atol=1e-6)
    assert torch.equal(table.vectors[[0, 2]], torch.ones(2, 3))
