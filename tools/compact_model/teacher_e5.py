"""The second teacher: multilingual-e5-small as it is, whose weights training also begins from. Trains
nothing.

The package's own engine computes a tenth as fast; the vectors are the same to 1e-4 (cosine).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tools.compact_model.e5 import E5File, bert_model, has_bf16, model_path
from tools.compact_model.tokenizer import full_tokenizer

LONGEST_TOKENS = 512
# The model's card: texts that are to be like each other are all queries.
PREFIX = "query: "
# Sorted by length, so many tokens with their padding are computed at once.
BATCH_TOKENS = 4_096


class E5Teacher:
    """Sentence vectors of multilingual-e5-small, in bf16 where the processor computes in it."""

    def __init__(self, path: Path | None = None) -> None:
        file = E5File(path or model_path())
        self.dim = file.hidden
        self._tokenizer = full_tokenizer(file)
        self._model = bert_model(file, "eager")  # Twice as fast as sdpa on short texts.
        if has_bf16():
            self._model = self._model.bfloat16()

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n_texts, dim), unit length."""
        ids = [x.ids[:LONGEST_TOKENS] for x in self._tokenizer.encode_batch([PREFIX + x for x in texts])]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        vectors = np.zeros((len(ids), self.dim), np.float32)
        while order:
            n = max(1, BATCH_TOKENS // len(ids[order[-1]]))
            order, chosen = order[:-n], order[-n:]
            vectors[chosen] = self._encode([ids[i] for i in chosen])
        return vectors

    def _encode(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(x) for x in ids], batch_first=True)
        lengths = torch.tensor([len(x) for x in ids])[:, None]
        mask = (torch.arange(padded.shape[1]) < lengths).float()
        hidden = self._model(padded, attention_mask=mask).last_hidden_state.float()
        mean = (hidden * mask[..., None]).sum(1)
        return np.asarray(torch.nn.functional.normalize(mean, dim=1).numpy(), np.float32)
