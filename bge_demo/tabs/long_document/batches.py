"""Many texts through the encoder a batch at a time, with the caller told how far it is. Knows no scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bge_demo.encoder.cache import FromMemory, from_memory
from bge_demo.encoder.caller import check_caller, one_step, report_progress
from bge_demo.encoder.contract import Embeddings, Encoder, FloatArray, need_dense
from bge_demo.text.tokens import TokenizedText

# Tokens between two looks at the caller, and whose ColBERT rows are held at once.
BATCH_TOKENS = 2048
# What cutting a token out of the text counts for, beside reading it.
CUTTING_SHARE = 0.05


class Work:
    """How many tokens of one request are read, and of how many."""

    def __init__(self, total_tokens: int) -> None:
        self._done, self._total = 0, max(1, total_tokens)
        self._n_texts = self._n_from_memory = 0

    def add(self, n_tokens: int) -> None:
        """Tell the caller; raises StoppedError when there is none any more."""
        self._done = min(self._total, self._done + n_tokens)
        check_caller()
        report_progress(self._done, self._total)

    def read(self, embeddings: Embeddings) -> None:
        """Count these texts for `lap_memory`."""
        self._n_texts += len(embeddings.n_tokens)
        self._n_from_memory += embeddings.n_from_memory

    def lap_memory(self) -> FromMemory:
        """How much of what was read since the last lap came from memory."""
        lap = from_memory(self._n_texts, self._n_from_memory)
        self._n_texts = self._n_from_memory = 0
        return lap


class Watched:
    """An encoder's tokenizer that counts as work: it tells the caller after every text."""

    def __init__(self, encoder: Encoder, work: Work) -> None:
        self._encoder, self._work = encoder, work

    def tokenize_whole(self, texts: Sequence[str]) -> list[TokenizedText]:
        """(n_texts,) -> (n_texts,), all tokens of each."""
        tokenized = self._encoder.tokenize_whole(texts)
        self._work.add(round(sum(text.n_tokens for text in tokenized) * CUTTING_SHARE))
        return tokenized


def encoded_batches(
    encoder: Encoder, texts: Sequence[str], n_tokens: Sequence[int], work: Work, colbert: bool
) -> Iterator[tuple[list[int], Embeddings]]:
    """(numbers of the texts, their dense and, if asked for, ColBERT rows), batch after batch.

    `n_tokens` (n_texts,) are what each text will be read as; they decide how many go together.
    """
    for batch in _batches(n_tokens):
        with one_step():
            embeddings = encoder.encode([texts[i] for i in batch], sparse=False, colbert=colbert)
        work.read(embeddings)
        yield batch, embeddings
        work.add(sum(n_tokens[i] for i in batch))


def dense_rows(encoder: Encoder, texts: Sequence[str], work: Work) -> FloatArray:
    """(n_texts, dim) of texts whose lengths nobody knows yet."""
    rows = np.empty((len(texts), encoder.info.dim), np.float32)
    n_tokens = guessed_tokens(texts)
    for batch, embeddings in encoded_batches(encoder, texts, n_tokens, work, colbert=False):
        rows[batch] = need_dense(embeddings)
    return rows


def guessed_tokens(texts: Sequence[str]) -> list[int]:
    """(n_texts,) roughly, for texts that nobody tokenized yet: rather too many than too few."""
    return [len(text) // 2 + 2 for text in texts]


def _batches(n_tokens: Sequence[int]) -> Iterator[list[int]]:
    """Neighbours together, at most `BATCH_TOKENS` of them; a longer text alone."""
    batch: list[int] = []
    size = 0
    for number, tokens in enumerate(n_tokens):
        if batch and size + tokens > BATCH_TOKENS:
            yield batch
            batch, size = [], 0
        batch.append(number)
        size += tokens
    if batch:
        yield batch
