"""Texts to embeddings: tokenise, schedule, run one engine. Knows no scores and no page."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bge_demo.checkpoints import Checkpoint, resolve
from bge_demo.embeddings import Embeddings, FloatArray, ModelInfo, SparseVector
from bge_demo.engines import Engine, HeadOutputs
from bge_demo.settings import DATA_DIR
from bge_demo.tokens import TokenizedText, Tokenizer

BATCH_TOKENS = 4096


class TextEncoder:
    """An `Encoder` over one engine.

    All texts of a request go through the model once, longest first, in batches of at most `batch_tokens`
    padded tokens (a longer text makes a batch of its own). The engine's lock is taken batch by batch, so a
    short request does not wait for the whole of a long one.
    """

    def __init__(
        self, checkpoint: Checkpoint, tokenizer: Tokenizer, engine: Engine, batch_tokens: int = BATCH_TOKENS
    ) -> None:
        self.checkpoint = checkpoint
        self._tokenizer = tokenizer
        self._engine = engine
        self._batch_tokens = batch_tokens
        self._lock = threading.Lock()

    @property
    def info(self) -> ModelInfo:
        """The checkpoint and how it runs."""
        engine, checkpoint = self._engine, self.checkpoint
        return ModelInfo(
            name=checkpoint.name,
            revision=checkpoint.revision,
            precision=engine.precision,
            engine=engine.name,
            device=engine.device,
            dim=engine.dim,
            max_tokens=checkpoint.max_tokens,
        )

    def tokenize(self, texts: Sequence[str], max_length: int | None = None) -> list[TokenizedText]:
        """(n_texts,) -> (n_texts,), exactly what `encode` reads. `max_length` is held between 3 and the
        model's limit."""
        longest = self.checkpoint.max_tokens
        return self._tokenizer(texts, max(3, min(max_length or longest, longest)))

    def piece(self, token_id: int) -> str:
        """The vocabulary's spelling of a token id, `▁` included."""
        return self._tokenizer.piece(token_id)

    def encode(
        self,
        texts: Sequence[str],
        dense: bool = True,
        sparse: bool = True,
        colbert: bool = True,
        max_length: int | None = None,
    ) -> Embeddings:
        """One pass for all texts and all heads asked for, in the order of the texts; see `Embeddings` for
        shapes."""
        tokenized = self.tokenize(texts, max_length)
        dense_rows: FloatArray = np.empty((len(texts), self._engine.dim), np.float32)
        sparse_vectors: list[SparseVector] = [{} for _ in texts]
        colbert_rows: list[FloatArray] = [np.empty((0, self._engine.dim), np.float32)] * len(texts)
        for batch in _batches([text.n_tokens for text in tokenized], self._batch_tokens):
            outputs = self._forward([tokenized[i].ids for i in batch], colbert)
            for row, i in enumerate(batch):
                dense_rows[i] = outputs.dense[row]
                sparse_vectors[i] = self._sparse_vector(tokenized[i].ids, outputs.token_weights[row])
                if outputs.colbert is not None:
                    # Row 0 already is the token after <s>; the copy frees the padded batch.
                    colbert_rows[i] = outputs.colbert[row, : tokenized[i].n_tokens - 1].copy()
        return Embeddings(
            dense=dense_rows if dense else None,
            sparse=sparse_vectors if sparse else None,
            colbert=colbert_rows if colbert else None,
            n_tokens=[text.n_tokens for text in tokenized],
            truncated=[text.truncated for text in tokenized],
        )

    def _forward(self, sequences: Sequence[Sequence[int]], colbert: bool) -> HeadOutputs:
        longest = max(len(sequence) for sequence in sequences)
        token_ids = np.full((len(sequences), longest), self._tokenizer.padding_id, np.int64)
        attention_mask = np.zeros_like(token_ids)
        for row, sequence in enumerate(sequences):
            token_ids[row, : len(sequence)] = sequence
            attention_mask[row, : len(sequence)] = 1
        with self._lock:
            return self._engine.forward(token_ids, attention_mask, colbert)

    def _sparse_vector(self, token_ids: Sequence[int], token_weights: FloatArray) -> SparseVector:
        """The largest weight of each token id, special ids and zeros left out."""
        vector: SparseVector = {}
        for token_id, weight in zip(token_ids, token_weights.tolist(), strict=False):
            if weight > vector.get(token_id, 0.0) and token_id not in self._tokenizer.special_ids:
                vector[token_id] = weight
        return vector


def load_encoder(
    model: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
    device: str = "auto",
    data_dir: str | Path = DATA_DIR,
) -> TextEncoder:
    """Find, check and load a checkpoint.

    `model` is auto, BAAI/bge-m3, m3-compact or a folder in BGE-M3 layout. `data_dir` keeps what OpenVINO
    converted: the first load takes seconds to a minute, later ones a fraction. Makes no network call. Raises
    CheckpointError or SettingsError with the next step.
    """
    from bge_demo.engines.choice import choose, load_openvino, load_torch

    choice = choose(engine, device, precision)
    if choice.engine == "torch":
        checkpoint = resolve(model)
        return TextEncoder(checkpoint, *load_torch(checkpoint.folder, choice))
    from bge_demo.engines.converted import ConvertedModels

    kept = ConvertedModels(Path(data_dir))
    checkpoint = resolve(model, vouched=lambda folder: kept.vouches(folder, choice.stored))
    return TextEncoder(checkpoint, *load_openvino(checkpoint.folder, choice, kept))


def _batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Indices, longest first, so that texts x longest text <= batch_tokens, or one text.

    `_batches([3, 9, 4], 10)` -> `[1]`, `[2, 0]`.
    """
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > batch_tokens:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
