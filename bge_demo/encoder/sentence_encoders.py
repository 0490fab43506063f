"""sentence-transformers and plain BERT checkpoints, each loaded in a child process for one reading."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bge_demo.encoder.baselines import Reading, UnavailableError, in_child, pair_cosines
from bge_demo.encoder.contract import FloatArray

Pooling = Literal["own", "cls", "mean"]
# A folder that says how to pool; without it a checkpoint is plain BERT.
MODULES = "modules.json"
# What loading a folder raises that is no such checkpoint, or a damaged one.
_UNLOADABLE = (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, ImportError)


@dataclass(frozen=True)
class SentenceEncoder:
    """A checkpoint by folder, or by its name in the local Hugging Face cache. Fetches nothing."""

    source: str
    pooling: Pooling

    @property
    def name(self) -> str:
        """The folder's or the repository's name, and the pooling if it is ours."""
        short = Path(self.source).name if Path(self.source).is_absolute() else self.source
        return short if self.pooling == "own" else f"{short} ({self.pooling.upper()})"

    def read(self, texts: Sequence[str]) -> Reading:
        """Reads what the model's own `max_seq_length` lets it read."""
        folder = found_folder(self.source)
        if folder is None:
            raise UnavailableError("baseline.not_cached", name=self.source)
        began = time.perf_counter()
        rows, tokens, seconds = in_child(encode_with, str(folder), self.pooling, list(texts))
        return Reading(pair_cosines(rows), tuple(tokens), time.perf_counter() - began - seconds)


def sentence_encoders(source: str) -> list[SentenceEncoder]:
    """A sentence encoder as it pools itself; plain BERT by its first token and by the mean of all."""
    folder = found_folder(source)
    if folder is not None and not (folder / MODULES).is_file():
        return [SentenceEncoder(source, "cls"), SentenceEncoder(source, "mean")]
    return [SentenceEncoder(source, "own")]


def found_folder(source: str) -> Path | None:
    """Where the checkpoint lies on this machine, None if it does not."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    if Path(source).expanduser().is_dir():
        return Path(source).expanduser()
    try:
        return Path(snapshot_download(source, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        return None


def encode_with(
    folder: str, pooling: Pooling, texts: list[str]
) -> tuple[FloatArray, list[tuple[int, int]], float]:
    """(n_texts,) -> (n_texts, dim), read and whole tokens of each, and the seconds after loading. Raises
    UnavailableError."""
    try:
        model = _loaded(folder, pooling)
        began = time.perf_counter()
        tokenizer, limit = model.tokenizer, model.max_seq_length
        lengths = [len(ids) for ids in tokenizer(texts, truncation=False, verbose=False)["input_ids"]]
        rows = model.encode(texts, batch_size=16, convert_to_numpy=True, show_progress_bar=False)
    except _UNLOADABLE as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise UnavailableError("baseline.unloadable", name=Path(folder).name, reason=reason) from error
    tokens = [(min(length, limit or length), length) for length in lengths]
    return np.asarray(rows, np.float32), tokens, time.perf_counter() - began


def _loaded(folder: str, pooling: Pooling) -> Any:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling as PoolingModule

    if pooling == "own":
        return SentenceTransformer(folder, local_files_only=True)
    words = Transformer(folder)
    pooled = PoolingModule(words.get_embedding_dimension(), pooling_mode=pooling)
    return SentenceTransformer(modules=[words, pooled])
