"""A `Store` in a folder: one shard of Qdrant Edge, the engine of Qdrant inside this process.

The engine holds the interpreter's lock (GIL) during every call, so every call here is short: MaxSim and
upserts go in small parts, and `optimize()`, which takes seconds, is never called. Knows no corpora.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bge_demo.encoder.contract import FloatArray, SparseVector
from bge_demo.errors import DemoError, InputError
from bge_demo.retrieval.beside import sync
from bge_demo.retrieval.pipelines import Found, Head, best_first, worse_than_found
from bge_demo.retrieval.store import Passage, Vectors, has_terms, mean_divisor, top_with_ties

if TYPE_CHECKING:
    import qdrant_edge as edge

# A call with these takes some 10 ms.
MOST_IDS, MOST_TOKEN_PAIRS, UPSERTED_AT_ONCE = 250, 100_000, 4
_PAGE = 256
_LONGEST_LOG = 128 * 1024 * 1024
# Free on the disk before passages are added: what one turn of indexing can take, and more.
LEAST_ROOM = 128 * 1024 * 1024
# Beside the passage's own fields: how many ColBERT rows it has.
_ROWS = "rows"


class EdgeStore:
    """One shard. Made by `create` or `open`."""

    def __init__(self, shard: edge.EdgeShard, folder: Path) -> None:
        self._folder = folder
        # Its own types are too wide to be of use here.
        self._shard: Any = shard
        self._lock = threading.Lock()
        self._known_rows: dict[int, int] | None = None

    @classmethod
    def create(cls, folder: Path, dim: int) -> EdgeStore:
        """A new, empty shard. Raises InputError where the disk takes none."""
        from qdrant_edge import EdgeShard

        with engine_errors():
            folder.mkdir(parents=True)
            if shutil.disk_usage(folder).free < LEAST_ROOM:
                raise InputError("corpus.full")
            return cls(EdgeShard.create(str(folder), _config(dim)), folder)

    @classmethod
    def open(cls, folder: Path) -> EdgeStore:
        """The shard in this folder. Raises InputError if it is damaged or another process has it."""
        from qdrant_edge import EdgeShard

        with engine_errors():
            return cls(EdgeShard.load(str(folder)), folder)

    def add(self, numbers: Sequence[int], passages: Sequence[Passage], vectors: Sequence[Vectors]) -> None:
        """Store passages; they are on disk when this returns."""
        from qdrant_edge import UpdateOperation

        points = [_point(*one) for one in zip(numbers, passages, vectors, strict=True)]
        with engine_errors():
            self._check_room()
            for start in range(0, len(points), UPSERTED_AT_ONCE):
                part = points[start : start + UPSERTED_AT_ONCE]
                self._shard.update(UpdateOperation.upsert_points(part))
            self._make_durable()
        self._rows.update({number: len(one.colbert) for number, one in zip(numbers, vectors, strict=True)})

    def top(self, query: Vectors, head: Head, k: int) -> Found:
        """The `k` best of all passages by one head."""
        if not has_terms(query, head):
            return []
        if head == "colbert":
            numbers = self.numbers()
            return best_first(numbers, self.scores(query, head, numbers))[:k]
        return top_with_ties(lambda limit: self._asked(query, head, limit), k)

    def scores(self, query: Vectors, head: Head, numbers: Sequence[int]) -> FloatArray:
        """(n,) numbers -> (n,) scores."""
        found: dict[int, float] = {}
        if has_terms(query, head):
            for part in self._parts(query, head, numbers):
                found.update(self._asked(query, head, len(part), part))
        worst = worse_than_found(head)
        return np.array([found.get(number, worst) for number in numbers], np.float32)

    def vectors(self, numbers: Sequence[int]) -> list[Vectors]:
        """The vectors of these passages, in their order."""
        found: dict[int, Vectors] = {}
        for start in range(0, len(numbers), UPSERTED_AT_ONCE):
            part = list(numbers[start : start + UPSERTED_AT_ONCE])
            with engine_errors():
                records = self._shard.retrieve(part, with_payload=False, with_vector=True)
                found.update({int(record.id): Vectors.of_stored(record.vector) for record in records})
        return [found[number] for number in numbers]

    def dense(self, numbers: Sequence[int]) -> FloatArray:
        """(n,) numbers -> (n, dim) dense vectors alone."""
        found: dict[int, Any] = {}
        for start in range(0, len(numbers), _PAGE):
            part = list(numbers[start : start + _PAGE])
            with engine_errors():
                records = self._shard.retrieve(part, with_payload=False, with_vector=["dense"])
                found.update({int(record.id): record.vector["dense"] for record in records})
        return np.array([found[number] for number in numbers], np.float32)

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """These passages, in their order."""
        with engine_errors():
            records = self._shard.retrieve(list(numbers), with_payload=True, with_vector=False)
            found = {int(record.id): Passage.of(record.payload) for record in records}
        return [found[number] for number in numbers]

    def all_passages(self) -> Iterator[tuple[int, Passage]]:
        """(number, passage) of all that are stored, in the order of their numbers."""
        for record in self._scrolled(with_payload=True):
            with engine_errors():
                passage = Passage.of(record.payload)
            yield int(record.id), passage

    def numbers(self) -> list[int]:
        """The numbers of all that are stored, ascending."""
        return sorted(self._rows)

    def n_passages(self) -> int:
        """How many are stored."""
        from qdrant_edge import CountRequest

        with engine_errors():
            return int(self._shard.count(CountRequest(exact=True)))

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove these passages."""
        from qdrant_edge import UpdateOperation

        with engine_errors():
            self._shard.update(UpdateOperation.delete_points(list(numbers)))
            self._make_durable()
        for number in numbers:
            self._rows.pop(number, None)

    def close(self) -> None:
        """Close the files."""
        with engine_errors():
            self._shard.close()

    def _check_room(self) -> None:
        """Raise InputError before the disk is full: the engine writes into mapped files, and a mapped page
        without a place on disk ends the process."""
        if shutil.disk_usage(self._folder).free < LEAST_ROOM:
            raise InputError("corpus.full")

    def _make_durable(self) -> None:
        """Have the engine's log of changes on disk: it is read again when the shard is opened.

        Syncing files lets other threads run, the engine's `flush` does not; so it is called only when the log
        has grown, which would make opening slow after a kill.
        """
        n_bytes = _synced_bytes(self._folder / "wal")
        if n_bytes > _LONGEST_LOG:
            self._shard.flush()

    def _asked(self, query: Vectors, head: Head, limit: int, among: Sequence[int] | None = None) -> Found:
        """What the engine finds, best first."""
        import qdrant_edge as edge

        chosen = None if among is None else edge.Filter(must=[edge.HasIdCondition(set(among))])
        nearest = edge.Query.Nearest(_sent(getattr(query, head)), using=head)
        with engine_errors():
            points = self._shard.query(
                edge.QueryRequest(
                    limit=limit, query=nearest, filter=chosen, params=edge.SearchParams(exact=True)
                )
            )
        divisor = mean_divisor(query, head)
        return [(int(point.id), point.score / divisor) for point in points]

    def _parts(self, query: Vectors, head: Head, numbers: Sequence[int]) -> Iterator[list[int]]:
        """Numbers in parts that one short call can score."""
        part: list[int] = []
        n_pairs = 0
        for number in numbers:
            own = len(query.colbert) * self._rows.get(number, 0) if head == "colbert" else 0
            if part and (len(part) == MOST_IDS or n_pairs + own > MOST_TOKEN_PAIRS):
                yield part
                part, n_pairs = [], 0
            part.append(number)
            n_pairs += own
        if part:
            yield part

    @property
    def _rows(self) -> dict[int, int]:
        """Number -> how many ColBERT rows that passage has, of all that are stored."""
        with self._lock:
            if self._known_rows is None:
                self._known_rows = {
                    int(record.id): int(record.payload[_ROWS]) for record in self._scrolled([_ROWS])
                }
            return self._known_rows

    def _scrolled(self, with_payload: bool | list[str]) -> Iterator[Any]:
        from qdrant_edge import ScrollRequest

        offset: Any = None
        while True:
            with engine_errors():
                request = ScrollRequest(offset=offset, limit=_PAGE, with_payload=with_payload)
                records, offset = self._shard.scroll(request)
            yield from records
            if offset is None:
                return


def _synced_bytes(log: Path) -> int:
    """Sync the files of the log; what they take on disk. Nothing of a corpus that was deleted meanwhile: its
    folder has another name by then."""
    while log.is_dir():
        try:
            files = [file for file in log.iterdir() if not file.name.startswith("tmp-")]
            for file in files:
                sync(file)
            return sum(file.stat().st_blocks * 512 for file in files)
        except FileNotFoundError:
            # The engine has renamed one meanwhile: look again.
            continue
    return 0


@contextmanager
def engine_errors() -> Iterator[None]:
    """Translate what the engine and the disk below it refuse into InputError, without paths.

    The engine raises plain `Exception`, and a panic of its own on some damaged files.
    """
    try:
        yield
    except DemoError:
        raise
    except OSError as error:
        raise InputError("corpus.disk", reason=os.strerror(error.errno or 0)) from error
    except (KeyError, TypeError) as error:
        # A stored row without the fields that every row has.
        raise InputError("corpus.damaged") from error
    except BaseException as error:
        if type(error) is Exception or type(error).__name__ == "PanicException":
            raise InputError(_sentence_for(str(error))) from error
        raise


def _sentence_for(message: str) -> str:
    if "WouldBlock" in message:
        return "corpus.in_use"
    signs = {"No space left": "corpus.full", "Permission denied": "corpus.read_only"}
    signs |= {"Read-only": "corpus.read_only", "not initialized": "corpus.gone"}
    return next((key for sign, key in signs.items() if sign in message), "corpus.damaged")


def _config(dim: int) -> edge.EdgeConfig:
    import qdrant_edge as edge

    dot, cold = edge.Distance.Dot, edge.Memory.Cold
    multivector = edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim)
    half, no_graph = edge.VectorStorageDatatype.Float16, edge.HnswIndexConfig(0, 100, 10_000)
    colbert = edge.EdgeVectorParams(
        dim, dot, memory=cold, datatype=half, multivector_config=multivector, hnsw_config=no_graph
    )
    return edge.EdgeConfig(
        vectors={"dense": edge.EdgeVectorParams(dim, dot, memory=cold), "colbert": colbert},
        sparse_vectors={
            "sparse": edge.EdgeSparseVectorParams(),
            "bm25": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf),
        },
        # A pool of threads for each shard would be many for nothing.
        max_search_threads=1,
    )


def _point(number: int, passage: Passage, vectors: Vectors) -> edge.Point:
    from qdrant_edge import Point

    heads = {head: _sent(getattr(vectors, head)) for head in ("dense", "sparse", "colbert", "bm25")}
    return Point(number, heads, asdict(passage) | {_ROWS: len(vectors.colbert)})


def _sent(vector: FloatArray | SparseVector) -> Any:
    """A vector as the engine takes it fastest: rows by their memory."""
    from qdrant_edge import SparseVector as EdgeSparse

    if isinstance(vector, dict):
        return EdgeSparse(list(vector), list(vector.values()))
    rows: Any = np.ascontiguousarray(vector, np.float32)
    return memoryview(rows) if rows.ndim == 1 else [memoryview(row) for row in rows]
