"""Texts to embeddings: tokenise, look up, schedule the rest on one engine. Knows no scores and no page."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bge_demo.checkpoints.architecture import ModelShape
from bge_demo.checkpoints.cards import Checkpoint, load_auto, resolve
from bge_demo.encoder.cache import CacheKey, EmbeddingCache, TextEmbedding
from bge_demo.encoder.contract import Embeddings, FloatArray, ModelInfo, SparseVector
from bge_demo.encoder.engines import Engine
from bge_demo.encoder.scheduler import (
    BATCH_TOKENS,
    GPU_BATCH_TOKENS,
    BatchScheduler,
    SequenceOutputs,
    WorkDone,
)
from bge_demo.errors import InputError
from bge_demo.settings import DATA_DIR
from bge_demo.text.tokens import TokenizedText, Tokenizer

# How much of a text is quoted in an error.
_QUOTED_CHARS = 40


class TextEncoder:
    """An `Encoder` over one engine, with a cache of its own.

    Texts that the cache does not know go through the model once, repeated ones too, in batches shared with
    whoever else is waiting; see `BatchScheduler`. Batches hold at most `batch_tokens` padded tokens, what
    suits the engine's device if None (a longer text makes a batch of its own).
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        tokenizer: Tokenizer,
        engine: Engine,
        batch_tokens: int | None = None,
    ) -> None:
        self.checkpoint = checkpoint
        self.cache = EmbeddingCache()
        self._tokenizer = tokenizer
        self._engine = engine
        suited = GPU_BATCH_TOKENS if engine.device == "cuda" else BATCH_TOKENS
        self._scheduler = BatchScheduler(engine, tokenizer.padding_id, batch_tokens or suited)

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

    @property
    def shape(self) -> ModelShape:
        """What a pass computes."""
        return self.checkpoint.shape

    @property
    def work_done(self) -> WorkDone:
        """What went through the model so far, the cache's share left out."""
        return self._scheduler.work_done

    def tokenize(self, texts: Sequence[str], max_length: int | None = None) -> list[TokenizedText]:
        """(n_texts,) -> (n_texts,), exactly what `encode` reads. `max_length` is held between 3 and the
        model's limit."""
        return self._tokenizer(texts, self._tokens_read(max_length))

    def tokenize_whole(self, texts: Sequence[str]) -> list[TokenizedText]:
        """(n_texts,) -> (n_texts,), all tokens of each, more than `encode` reads of a long one."""
        return self._tokenizer(texts, sys.maxsize)

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
        """The short form of `tokenize` and `encode_tokens`."""
        return self.encode_tokens(self.tokenize(texts, max_length), dense, sparse, colbert)

    def encode_tokens(
        self,
        tokenized: Sequence[TokenizedText],
        dense: bool = True,
        sparse: bool = True,
        colbert: bool = True,
    ) -> Embeddings:
        """One pass for all texts and all heads asked for, in the order of the texts; see `Embeddings` for
        shapes. ColBERT rows are read-only.

        Raises StoppedError before the next batch when the caller has left or its time is up; see `callers`.
        Raises InputError naming the row when the model's numbers for a text are not finite; the others are
        in the cache then.
        """
        keys = [self._key(text) for text in tokenized]
        cached = self._from_cache(keys, colbert)
        known = cached | self._computed(
            {key: text for key, text in zip(keys, tokenized, strict=True) if key not in cached}, colbert
        )
        _check_finite([key in known for key in keys], tokenized, self._engine.precision)
        found = [known[key] for key in keys]
        return Embeddings(
            dense=_stacked([one.dense for one in found], self._engine.dim) if dense else None,
            sparse=[one.sparse for one in found] if sparse else None,
            colbert=[one.colbert for one in found if one.colbert is not None] if colbert else None,
            n_tokens=[text.n_tokens for text in tokenized],
            truncated=[text.truncated for text in tokenized],
            n_from_memory=sum(key in cached for key in keys),
        )

    def _from_cache(self, keys: Sequence[CacheKey], colbert: bool) -> dict[CacheKey, TextEmbedding]:
        """What is known of these texts; each is looked up once."""
        found = {key: self.cache.get(key, colbert) for key in dict.fromkeys(keys)}
        return {key: one for key, one in found.items() if one is not None}

    def _computed(
        self, missing: dict[CacheKey, TokenizedText], colbert: bool
    ) -> dict[CacheKey, TextEmbedding]:
        """The embeddings of other texts, from the engine; they go into the cache. A text whose numbers are
        not finite has none."""
        computed: dict[CacheKey, TextEmbedding] = {}
        outputs = self._scheduler.run([text.ids for text in missing.values()], colbert)
        for (key, text), output in zip(missing.items(), outputs, strict=True):
            if _is_finite(output):
                computed[key] = self._embedding(text.ids, output)
                self.cache.put(key, computed[key])
        return computed

    def _embedding(self, token_ids: Sequence[int], output: SequenceOutputs) -> TextEmbedding:
        sparse = self._sparse_vector(token_ids, output.token_weights)
        return TextEmbedding.of(output.dense, sparse, output.colbert)

    def _sparse_vector(self, token_ids: Sequence[int], token_weights: FloatArray) -> SparseVector:
        """The largest weight of each token id, special ids and zeros left out."""
        vector: SparseVector = {}
        for token_id, weight in zip(token_ids, token_weights.tolist(), strict=True):
            if weight > vector.get(token_id, 0.0) and token_id not in self._tokenizer.special_ids:
                vector[token_id] = weight
        return vector

    def _key(self, text: TokenizedText) -> CacheKey:
        return CacheKey(self.checkpoint.revision, self._engine.precision, array("I", text.ids).tobytes())

    def _tokens_read(self, max_length: int | None) -> int:
        longest = self.checkpoint.max_tokens
        return max(3, min(max_length or longest, longest))


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
    from bge_demo.encoder.engines.choice import choose, load_engine

    choice = choose(engine, device, precision)

    def load(name: str) -> TextEncoder:
        checkpoint = resolve(name)
        return TextEncoder(checkpoint, *load_engine(checkpoint, choice, Path(data_dir)))

    return load_auto(load)[0] if model == "auto" else load(model)


def _is_finite(output: SequenceOutputs) -> bool:
    arrays = [output.dense, output.token_weights, *([] if output.colbert is None else [output.colbert])]
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _check_finite(is_known: Sequence[bool], texts: Sequence[TokenizedText], precision: str) -> None:
    for row, (known, text) in enumerate(zip(is_known, texts, strict=True), start=1):
        if not known:
            start = text.text[:_QUOTED_CHARS]
            raise InputError("input.not_finite", row=row, start=start, precision=precision)


def _stacked(rows: Sequence[FloatArray], dim: int) -> FloatArray:
    """(n_rows, dim), a copy; no rows give (0, dim)."""
    return np.stack(rows) if rows else np.empty((0, dim), np.float32)
