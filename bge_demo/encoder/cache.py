"""Embeddings of texts seen before, bounded in bytes. Knows no engine and computes nothing."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import FloatArray, SparseVector

Number = TypeVar("Number", np.float32, np.int64)
MB = 1024 * 1024
DEFAULT_CACHE_MB = 256
# What Python keeps around an entry's numbers and text: four array headers, the key, the dictionary's slot.
ENTRY_OVERHEAD_BYTES = 1024


FromMemory = Literal["none", "part", "all"]


def from_memory(n_texts: int, n_found: int) -> FromMemory:
    """How much of some texts was found: seconds are a speed only where none was."""
    return "none" if not n_found else "all" if n_found >= n_texts else "part"


class CacheKey(NamedTuple):
    """Everything an embedding depends on. `token_ids` as bytes: what the model reads of a text."""

    revision: str
    precision: str
    token_ids: bytes


@dataclass(frozen=True, eq=False)
class TextEmbedding:
    """All heads of one text; every array is read-only.

    `dense` (dim,), `token_ids` and `weights` (n_weighted,), `colbert` (n_tokens - 1, dim) or None.
    """

    dense: FloatArray
    token_ids: NDArray[np.int64]
    weights: FloatArray
    colbert: FloatArray | None

    @classmethod
    def of(cls, dense: FloatArray, sparse: SparseVector, colbert: FloatArray | None) -> TextEmbedding:
        """Keeps the arrays themselves: hand over arrays that own nothing but this text's rows."""
        return cls(
            _locked(dense),
            _locked(np.fromiter(sparse.keys(), np.int64, len(sparse))),
            _locked(np.fromiter(sparse.values(), np.float32, len(sparse))),
            None if colbert is None else _locked(colbert),
        )

    @property
    def sparse(self) -> SparseVector:
        """{token id: weight}, a new one at every call."""
        return dict(zip(self.token_ids.tolist(), self.weights.tolist(), strict=True))

    @property
    def n_bytes(self) -> int:
        """What the arrays hold."""
        arrays = (self.dense, self.token_ids, self.weights, self.colbert)
        return sum(array.nbytes for array in arrays if array is not None)


class EmbeddingCache:
    """The most recently used embeddings, at most `limit_bytes` with keys and overhead. Thread-safe.

    An entry with ColBERT rows also serves those who ask without; one without does not serve those who ask
    for them. `n_found` and `n_missed` count lookups.
    """

    def __init__(self, limit_bytes: int = DEFAULT_CACHE_MB * MB) -> None:
        self._limit_bytes = limit_bytes
        self._used_bytes = 0
        self._entries: OrderedDict[CacheKey, TextEmbedding] = OrderedDict()
        self._lock = threading.Lock()
        self.n_found, self.n_missed = 0, 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def used_bytes(self) -> int:
        """Keys, arrays and overhead of all entries."""
        return self._used_bytes

    def resize(self, limit_bytes: int) -> None:
        """Change the bound; the least recently used entries go. 0 keeps nothing."""
        with self._lock:
            self._limit_bytes = limit_bytes
            self._evict()

    def get(self, key: CacheKey, colbert: bool) -> TextEmbedding | None:
        """The entry if it has what is asked for; that makes it the most recently used."""
        with self._lock:
            found = self._entries.get(key)
            if found is None or (colbert and found.colbert is None):
                self.n_missed += 1
                return None
            self.n_found += 1
            self._entries.move_to_end(key)
            return found

    def put(self, key: CacheKey, embedding: TextEmbedding) -> None:
        """Keep an embedding; one with ColBERT rows is never replaced by one without."""
        size = _size(key, embedding)
        with self._lock:
            old = self._entries.get(key)
            if size > self._limit_bytes or (old and old.colbert is not None and embedding.colbert is None):
                return
            if old is not None:
                self._used_bytes -= _size(key, old)
            self._entries[key] = embedding
            self._entries.move_to_end(key)
            self._used_bytes += size
            self._evict()

    def _evict(self) -> None:
        while self._used_bytes > self._limit_bytes:
            self._used_bytes -= _size(*self._entries.popitem(last=False))


def _size(key: CacheKey, embedding: TextEmbedding) -> int:
    return ENTRY_OVERHEAD_BYTES + sys.getsizeof(key.token_ids) + embedding.n_bytes


def _locked(array: NDArray[Number]) -> NDArray[Number]:
    """A view that nobody can make writable again, as its owner is read-only too."""
    array.setflags(write=False)
    return array.view()
