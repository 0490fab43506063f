"""What the student is punished for, on scores and vectors made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_work import TEACHER_DIM, write_tiny_work

from tools.compact_model import questions
from tools.compact_model.batch import Batch, Mix
from tools.compact_model.batches import TrainingData
from tools.compact_model.losses import (
    ANSWER_HEIGHT,
    _colbert_contrast,
    _contrast,
    _disagreement,
    calibrated,
    wanted_heights,
)
from tools.compact_model.table import TokenTable

MIX = Mix(pairs=8, questions=4, excerpts=0, scored=4, singles=6, max_tokens=32)


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Questions are asked in their passage's language."""
    monkeypatch.setattr(questions, "TRANSLATED_SHARE", 0.0)
    return TrainingData(write_tiny_work(tmp_path / "work"), TEACHER_DIM, seed=0).draw(MIX, 0)


def test_the_heights_to_reach_rise_with_the_teachers_cosine() -> None:
    heights = calibrated(torch.linspace(-1, 1, 201))
    assert bool((heights.diff() > 0).all())
    assert float(calibrated(torch.tensor([0.2]))) < 0.1
    assert float(calibrated(torch.tensor([0.55]))) > 0.8


def test_peoples_questions_stand_near_their_passages_whatever_the_teachers_say(batch: Batch) -> None:
    strangers = replace(batch, targets=torch.nn.functional.normalize(torch.eye(len(batch.targets)), dim=1))
    wanted = wanted_heights(strangers)
    question, passage = 2 * MIX.pairs, 2 * MIX.pairs + MIX.questions
    assert float(wanted[question, passage]) == pytest.approx(ANSWER_HEIGHT)
    assert float(wanted[passage, question]) == pytest.approx(ANSWER_HEIGHT)
    assert float(wanted[question, passage + 1]) == pytest.approx(0)


def test_what_means_the_same_is_no_negative() -> None:
    found = torch.tensor([[0.5, 0.9], [0.0, 0.5]])
    alike, different = torch.ones(2, 2), torch.eye(2)
    assert float(_contrast(found, alike, 0.05)) == pytest.approx(0, abs=1e-6)
    assert float(_contrast(found, different, 0.05)) > 1


def test_late_interaction_tells_the_passage_that_shares_the_querys_words(batch: Batch) -> None:
    words = torch.nn.functional.one_hot(batch.texts.inverse).float()
    generator = torch.Generator().manual_seed(0)
    strangers = torch.nn.functional.normalize(torch.randn(words.shape, generator=generator), dim=-1)
    assert float(_colbert_contrast(words, batch)) < 0.65 * float(_colbert_contrast(strangers, batch))


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
