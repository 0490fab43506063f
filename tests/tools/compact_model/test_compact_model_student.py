"""The student computes what XLMRobertaModel computes, without padding; small steps survive bf16."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_work import HIDDEN, tiny_backbone

from tools.compact_model import student as student_module
from tools.compact_model.master import Master
from tools.compact_model.student import Student
from tools.compact_model.texts import Texts

VOCABULARY = 60
LENGTHS = (3, 40, 1, 16, 9)


@pytest.fixture
def ids() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(4, VOCABULARY, n).astype(np.int32) for n in LENGTHS]


@pytest.mark.parametrize("longest_plain", [256, 8])
def test_the_last_layer_is_xlm_robertas(
    ids: list[np.ndarray], longest_plain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(student_module, "LONGEST_PLAIN", longest_plain)
    model = tiny_backbone(VOCABULARY)
    student, texts = Student(model, 8), Texts.of(ids)
    with torch.no_grad():
        tokens = student(texts, model.embeddings.word_embeddings.weight[texts.rows])
        dense = student.dense(texts, tokens)
        for number, text in enumerate(ids):
            wanted = model(torch.tensor([[0, *text.tolist(), 2]])).last_hidden_state[0]
            first = int(texts.first[number])
            assert tokens[first : first + len(wanted)].numpy() == pytest.approx(wanted.numpy(), abs=1e-4)
            unit = torch.nn.functional.normalize(wanted[0], dim=0)
            assert dense[number].numpy() == pytest.approx(unit.numpy(), abs=1e-4)


def test_blocks_hold_every_token_once_and_give_them_back(ids: list[np.ndarray]) -> None:
    texts = Texts.of(ids)
    x = torch.arange(1.0, len(texts.inverse) + 1)[:, None]
    blocks = texts.in_blocks(x)
    assert (
        sorted(value for part, there in blocks for value in part[there].flatten().tolist())
        == x.flatten().tolist()
    )
    assert all(float(part[~there].abs().sum()) == 0 for part, there in blocks)
    assert torch.equal(texts.end_to_end([part for part, _ in blocks]), x)


def test_the_rows_of_chosen_texts_end_in_the_last_row(ids: list[np.ndarray]) -> None:
    texts = Texts.of(ids)
    x = torch.cat([torch.arange(len(texts.inverse)).float()[:, None], torch.tensor([[-1.0]])])
    rows = texts.rows_of(x, torch.tensor([2, 0]), skipped=1)
    assert rows[:, :, 0].tolist() == [
        [float(texts.first[2]) + 1, float(texts.first[2]) + 2, -1, -1],
        [float(texts.first[0]) + n for n in (1, 2, 3, 4)],
    ]


def test_steps_too_small_for_bf16_add_up() -> None:
    module = torch.nn.Linear(HIDDEN, 1, bias=False).bfloat16()
    before = module.weight.detach().float().clone()
    master = Master(module, (), 1.0)
    for _ in range(400):
        module.weight.grad = torch.ones_like(module.weight)
        master.move(1e-5)
    assert float((before - module.weight.detach().float()).mean()) == pytest.approx(400e-5, rel=0.1)
    assert float((before - master.exact()[0]).mean()) == pytest.approx(400e-5, rel=0.02)


def test_heads_move_faster() -> None:
    module = torch.nn.ModuleDict({"layer": torch.nn.Linear(2, 2), "head": torch.nn.Linear(2, 2)})
    before = [p.detach().clone() for p in module.parameters()]
    for p in module.parameters():
        p.grad = torch.ones_like(p)
    Master(module, ("head",), 4.0).move(1e-3)
    moved = [float((a - b.detach()).abs().mean()) for a, b in zip(before, module.parameters(), strict=True)]
    assert moved[2] == pytest.approx(4 * moved[0], rel=0.05)
