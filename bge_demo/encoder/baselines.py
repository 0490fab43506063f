"""What the model is compared with: encoders behind a small protocol, and the two that are always there.

Character n-grams know spelling only; the mean of the checkpoint's own token vectors knows words without their
context. Neither runs the model. Encoders of other packages and servers are in `listed_encoders`.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bge_demo.checkpoints.layout import weights_file
from bge_demo.encoder.cache import FromMemory, from_memory
from bge_demo.encoder.caller import check_caller
from bge_demo.encoder.contract import Encoder, FloatArray, need_dense
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import DemoError

# What the name of a checkpoint's own words ends with.
TOKEN_VECTORS = ": token vectors"
NGRAMS = (2, 4)
WORD_VECTORS = "embeddings.word_embeddings.weight"
TEXTS_AT_ONCE = 64
_WAIT_SECONDS = 0.2


class UnavailableError(DemoError):
    """A baseline cannot be used here; the sentence says why and how to get it."""


@dataclass(frozen=True)
class Reading:
    """What an encoder made of texts. `similarities` (n_pairs,) cosines of texts 0 and 1, 2 and 3 ...; NaN
    where it could not read one. `tokens` (n_texts,) read and whole of each; empty where it does not tell.
    `start_seconds` went into importing or loading: no part of the reading, and hardly there the next time.
    `from_memory`: how many of the texts were not read anew."""

    similarities: FloatArray
    tokens: tuple[tuple[int, int], ...]
    start_seconds: float = 0.0
    from_memory: FromMemory = "none"


class DenseEncoder(Protocol):
    """The least that can be compared: cosines of pairs of texts."""

    @property
    def name(self) -> str:
        """What the page calls it."""
        ...

    def read(self, texts: Sequence[str]) -> Reading:
        """(2 * n_pairs,) texts, a pair side by side. Raises UnavailableError."""
        ...


@dataclass(frozen=True)
class ServedModel:
    """The dense head of the model that serves."""

    encoder: Encoder
    max_tokens: int

    @property
    def name(self) -> str:
        """The checkpoint's name."""
        return self.encoder.info.name

    def read(self, texts: Sequence[str]) -> Reading:
        """Cosines as Compare shows them."""
        rows, n_from_memory = [], 0
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            check_caller()
            some = texts[start : start + TEXTS_AT_ONCE]
            found = self.encoder.encode(some, sparse=False, colbert=False, max_length=self.max_tokens)
            rows.append(need_dense(found))
            n_from_memory += found.n_from_memory
        read = self.encoder.tokenize(texts, self.max_tokens)
        tokens = tuple((text.n_tokens, text.n_tokens_uncut) for text in read)
        remembered = from_memory(len(texts), n_from_memory)
        return Reading(pair_cosines(np.concatenate(rows)), tokens, from_memory=remembered)


@dataclass(frozen=True)
class CharacterNgrams:
    """TF-IDF over runs of 2 to 4 characters inside words, fitted to the texts at hand."""

    name: str = "character n-grams (TF-IDF)"

    def read(self, texts: Sequence[str]) -> Reading:
        """Reads every character; a text without any n-gram has no cosine."""
        began = time.perf_counter()
        # Late: scikit-learn takes a second to import.
        from sklearn.feature_extraction.text import TfidfVectorizer

        start_seconds = time.perf_counter() - began
        vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=NGRAMS, sublinear_tf=True)
        rows = vectorizer.fit_transform(texts)
        cosines = np.asarray(rows[0::2].multiply(rows[1::2]).sum(axis=1)).ravel()
        is_empty = np.asarray(rows.sum(axis=1)).ravel() == 0
        cosines[is_empty[0::2] | is_empty[1::2]] = np.nan
        tokens = tuple((len(text), len(text)) for text in texts)
        return Reading(cosines.astype(np.float32), tokens, start_seconds)


@dataclass(frozen=True)
class TokenVectorMean:
    """The mean of the checkpoint's input embeddings over a text's tokens: its vocabulary, without context."""

    encoder: Encoder

    @property
    def name(self) -> str:
        """The checkpoint's name with what is taken of it."""
        return f"{self.encoder.info.name}{TOKEN_VECTORS}"

    def read(self, texts: Sequence[str]) -> Reading:
        """Reads every token but `<s>`, `</s>` and unknown ones."""
        if not isinstance(self.encoder, TextEncoder):
            raise UnavailableError("baseline.no_weights", name=self.name)
        tokenized = self.encoder.tokenize_whole(texts)
        unknown = {token.id for text in tokenized for token in text.tokens if token.piece == "<unk>"}
        ids = [[token_id for token_id in text.ids[1:-1] if token_id not in unknown] for text in tokenized]
        needed = sorted({token_id for text in ids for token_id in text})
        vectors = word_vectors(self.encoder.checkpoint.folder, needed)
        places = {token_id: i for i, token_id in enumerate(needed)}
        means = [
            vectors[[places[token_id] for token_id in text]].mean(axis=0)
            if text
            else np.zeros(vectors.shape[1], np.float32)
            for text in ids
        ]
        tokens = tuple((text.n_tokens, text.n_tokens) for text in tokenized)
        return Reading(pair_cosines(np.stack(means)), tokens)


def word_vectors(folder: Path, token_ids: Sequence[int]) -> FloatArray:
    """(n_ids, dim) rows of a checkpoint's input embeddings. Raises UnavailableError."""
    file = weights_file(folder)
    if file.suffix == ".safetensors":
        from safetensors import safe_open

        with safe_open(file, framework="np") as weights:
            key = next(key for key in weights.keys() if key.endswith(WORD_VECTORS))
            table = weights.get_slice(key)
            if table.get_dtype() in {"F16", "F32"}:
                rows = [table[i : i + 1] for i in token_ids]
                return np.concatenate(rows).astype(np.float32) if rows else np.zeros((0, 1), np.float32)
    rows_of_torch: FloatArray = in_child(_torch_word_vectors, file, list(token_ids))
    return rows_of_torch


def pair_cosines(rows: FloatArray) -> FloatArray:
    """(2 * n_pairs, dim) -> (n_pairs,) cosines of neighbours; NaN where a row is zero or not finite.

    >>> pair_cosines(np.array([[3.0, 0.0], [1.0, 0.0], [0.0, 0.0], [1.0, 1.0]], np.float32)).tolist()
    [1.0, nan]
    """
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    norms[~(norms > 0)] = np.nan
    with np.errstate(invalid="ignore"):
        units = rows / norms
        cosines: FloatArray = (units[0::2] * units[1::2]).sum(axis=1)
    cosines[~np.isfinite(cosines)] = np.nan
    return cosines


def in_child(function: Callable[..., Any], *values: Any) -> Any:
    """`function(*values)` in a process of its own, whose memory is free again afterwards.

    Raises what the function raised, if that is a DemoError, and UnavailableError when the process dies.
    Ends the process when the caller leaves.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(theirs, function, values), daemon=True)
    child.start()
    theirs.close()
    try:
        while not ours.poll(_WAIT_SECONDS):
            check_caller()
        answer = ours.recv()
    except EOFError:
        child.join()
        raise UnavailableError("baseline.died", code=child.exitcode) from None
    finally:
        child.terminate()
        child.join()
        ours.close()
    if isinstance(answer, DemoError):
        raise answer
    return answer


def _answer(connection: Connection, function: Callable[..., Any], values: tuple[Any, ...]) -> None:
    """What the child does: a sentence for the user is an answer too; any other error ends it."""
    try:
        connection.send(function(*values))
    except DemoError as error:
        connection.send(error)


def _torch_word_vectors(file: Path, token_ids: list[int]) -> FloatArray:
    import torch

    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        state = load_file(file)
    else:
        state = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    key = next(key for key in state if key.endswith(WORD_VECTORS))
    rows: FloatArray = state[key][token_ids].float().numpy()
    return rows
