"""Where the corpora live: a folder for each, or a Qdrant server (`corpus_server`). Knows no texts, no model.

A corpus is known by its handle, which cannot be guessed and stays with the visitor who made it. Every model
that encoded a corpus has a collection of its own there, so vectors of two models never meet.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bge_demo.embeddings import ModelInfo
from bge_demo.errors import InputError
from bge_demo.passage_index import CorpusCard, PassageIndex
from bge_demo.settings import Settings

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

SAMPLE_HANDLE = "sample"
# An open corpus holds its vectors in memory; the one unused for longest is closed when another is opened.
OPEN_CORPORA = 8
_HANDLE = re.compile(r"[0-9a-f]{32}")
SECONDS_A_DAY = 86_400
_UNFINISHED, _DOOMED = ".new-", ".deleted-"


def new_handle() -> str:
    """A name that cannot be guessed."""
    return uuid.uuid4().hex


def checked_handle(handle: object) -> str:
    """The handle as it is. Raises InputError for anything that is none: a handle becomes part of a path."""
    if not is_handle(handle):
        raise InputError("corpus.unknown")
    return str(handle)


def is_handle(handle: object) -> bool:
    """Whether it can be a corpus's name."""
    return handle == SAMPLE_HANDLE or (isinstance(handle, str) and _HANDLE.fullmatch(handle) is not None)


@dataclass(frozen=True)
class Corpus:
    """One corpus while it is in use: a collection for each model that encoded it.

    `indexes` keeps those that were asked for, as each remembers how it finds its vectors.
    """

    client: QdrantClient
    lock: AbstractContextManager[Any]
    prefix: str
    is_embedded: bool
    indexes: dict[str, PassageIndex] = field(default_factory=dict)

    def encoded_by(self, model: ModelInfo) -> PassageIndex | None:
        """The index made with this very model, if there is one."""
        name = self.prefix + _model_key(model)
        return self._index(name) if name in self._collections() else None

    def encoded_by_another(self) -> PassageIndex | None:
        """The fullest index there is: its texts can be encoded anew."""
        indexes = [self._index(name) for name in self._collections()]
        return max(indexes, key=lambda index: index.n_indexed(), default=None)

    def create(self, card: CorpusCard) -> PassageIndex:
        """A new, empty index for the card's model."""
        index = self._index(self.prefix + _model_key(card.model))
        with _disk_errors():
            index.create(card)
        return index

    def keep_only(self, model: ModelInfo) -> None:
        """Drop what other models encoded."""
        for name in self._collections():
            if name != self.prefix + _model_key(model):
                self._index(name).delete()

    def _index(self, collection: str) -> PassageIndex:
        with self.lock:
            known = self.indexes.get(collection)
            if known is None:
                known = PassageIndex(self.client, collection, self.lock, self.is_embedded)
                self.indexes[collection] = known
            return known

    def _collections(self) -> list[str]:
        with self.lock:
            collections = self.client.get_collections().collections
        return sorted(one.name for one in collections if one.name.startswith(self.prefix))


class Corpora(Protocol):
    """All corpora, by handle. Safe to use from several threads."""

    def create(self, handle: str, card: CorpusCard) -> None:
        """A new corpus with an empty index."""
        ...

    def use(self, handle: str) -> AbstractContextManager[Corpus]:
        """The corpus, which stays open meanwhile. Raises InputError when there is none of this handle."""
        ...

    def delete(self, handle: str) -> None:
        """Remove the corpus and free its disk, once nobody uses it. Nothing happens when it is gone
        already."""
        ...

    def idle_days(self) -> dict[str, float]:
        """Days since each corpus was used, or made where a server does not tell."""
        ...

    def close(self) -> None:
        """Let go of what is open. Nobody may use a corpus meanwhile or afterwards."""
        ...


@dataclass
class _Opened:
    corpus: Corpus
    users: int = 0


class FolderCorpora:
    """Qdrant's embedded mode: each corpus is a folder, opened when it is used.

    A folder appears under its name when its collection is there, and loses its name before it is removed: a
    kill leaves no half corpus. Leftovers are swept when this is made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._changed = threading.Condition()
        root.mkdir(parents=True, exist_ok=True)
        for leftover in [*root.glob(f"{_UNFINISHED}*"), *root.glob(f"{_DOOMED}*")]:
            shutil.rmtree(leftover)

    def create(self, handle: str, card: CorpusCard) -> None:
        """A new corpus with an empty index."""
        unfinished = self.root / f"{_UNFINISHED}{new_handle()}"
        with _disk_errors():
            corpus = _open_folder(unfinished)
            try:
                corpus.create(card)
            finally:
                corpus.client.close()
            unfinished.rename(self.root / checked_handle(handle))

    @contextmanager
    def use(self, handle: str) -> Iterator[Corpus]:
        """The corpus, which stays open meanwhile."""
        with self._changed:
            opened = self._open(checked_handle(handle))
            opened.users += 1
        try:
            yield opened.corpus
        except sqlite3.Error as error:
            raise InputError("corpus.disk", reason=error) from error
        finally:
            with self._changed:
                opened.users -= 1
                self._changed.notify_all()

    def delete(self, handle: str) -> None:
        """Remove the corpus and free its disk, once nobody uses it."""
        folder = self.root / checked_handle(handle)
        doomed = self.root / f"{_DOOMED}{new_handle()}"
        with self._changed:
            opened = self._opened.pop(handle, None)
            if not folder.is_dir():
                return
            folder.rename(doomed)
            self._changed.wait_for(lambda: opened is None or opened.users == 0)
        if opened is not None:
            opened.corpus.client.close()
        shutil.rmtree(doomed)

    def idle_days(self) -> dict[str, float]:
        """Days since each corpus was used."""
        now = time.time()
        days = {}
        for folder in self.root.iterdir():
            # Whatever else lies here is none of ours.
            if is_handle(folder.name):
                with suppress(FileNotFoundError):  # Deleted meanwhile.
                    days[folder.name] = (now - folder.stat().st_mtime) / SECONDS_A_DAY
        return days

    def close(self) -> None:
        """Close the open folders, so that another program may have them."""
        with self._changed:
            while self._opened:
                self._opened.popitem()[1].corpus.client.close()

    def size_bytes(self, handle: str) -> int:
        """What the corpus takes on disk."""
        files = (self.root / checked_handle(handle)).rglob("*")
        return sum(file.stat().st_size for file in files if file.is_file())

    def _open(self, handle: str) -> _Opened:
        folder = self.root / handle
        if not folder.is_dir():
            raise InputError("corpus.unknown")
        os.utime(folder)
        if handle not in self._opened:
            self._close_unused()
            with _disk_errors():
                self._opened[handle] = _Opened(_open_folder(folder))
        self._opened.move_to_end(handle)
        return self._opened[handle]

    def _close_unused(self) -> None:
        unused = [handle for handle, opened in self._opened.items() if opened.users == 0]
        for handle in unused[: max(0, len(self._opened) - OPEN_CORPORA + 1)]:
            self._opened.pop(handle).corpus.client.close()


def open_corpora(settings: Settings) -> Corpora:
    """The server that the settings name, else folders below the data folder. Raises SettingsError."""
    if settings.qdrant_url:
        from bge_demo.corpus_server import ServerCorpora, connection

        return ServerCorpora(connection(settings.qdrant_url, settings.qdrant_api_key))
    return FolderCorpora(Path(settings.data_dir).expanduser() / "corpora")


@contextmanager
def in_memory() -> Iterator[Corpus]:
    """A corpus that nobody else sees and nothing keeps."""
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    try:
        yield Corpus(client, nullcontext(), "passages-", is_embedded=True)
    finally:
        client.close()


@contextmanager
def _disk_errors() -> Iterator[None]:
    """What the disk of the data folder refuses becomes a sentence."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise InputError("corpus.disk", reason=error) from error


def _open_folder(folder: Path) -> Corpus:
    from qdrant_client import QdrantClient

    try:
        # Every call is made under the lock, from whichever thread.
        client = QdrantClient(path=str(folder), force_disable_check_same_thread=True)
    except RuntimeError as error:
        raise InputError("corpus.in_use") from error
    return Corpus(client, threading.RLock(), "passages-", is_embedded=True)


def _model_key(model: ModelInfo) -> str:
    """Differs between models whose vectors must not be mixed."""
    return hashlib.sha256(f"{model.name} {model.revision} {model.precision}".encode()).hexdigest()[:12]
