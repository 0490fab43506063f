"""Where the corpora live: a folder for each, or a Qdrant server (`corpus_server`). Knows no texts, no model.

A corpus is known by its handle, which cannot be guessed and stays with the visitor who made it. Every model
that encoded a corpus has an index of its own there, so vectors of two models never meet.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from bge_demo.encoder.contract import ModelInfo
from bge_demo.errors import InputError
from bge_demo.retrieval.array_store import ArrayStore
from bge_demo.retrieval.beside import disk_errors
from bge_demo.retrieval.corpus_folder import FolderShelf
from bge_demo.retrieval.passage_index import CorpusCard, PassageIndex

SAMPLE_HANDLE = "sample"
# Open corpora hold files; the one unused for longest is closed when another is opened.
OPEN_CORPORA = 8
SECONDS_A_DAY = 86_400
# Counts up when indexes of earlier versions can no longer be searched: their texts are then encoded anew.
LAYOUT = 2
_HANDLE = re.compile(r"[0-9a-f]{32}")
_UNFINISHED, _DOOMED = ".new-", ".deleted-"


def new_handle() -> str:
    """A name that cannot be guessed."""
    return uuid.uuid4().hex


def checked_handle(handle: object) -> str:
    """The handle as it is. Raises InputError for anything that is none: a handle becomes part of a path."""
    if not is_handle(handle):
        raise InputError("corpus.unknown", value=str(handle)[:80]).at("corpus")
    return str(handle)


def is_handle(handle: object) -> bool:
    """Whether it can be a corpus's name."""
    return handle == SAMPLE_HANDLE or (isinstance(handle, str) and _HANDLE.fullmatch(handle) is not None)


class Shelf(Protocol):
    """The indexes of one corpus by key, one for each model that encoded it."""

    def keys(self) -> list[str]:
        """Those that are there."""
        ...

    def open(self, key: str) -> PassageIndex:
        """One of them. Raises InputError if it is damaged."""
        ...

    def create(self, key: str, card: CorpusCard) -> PassageIndex:
        """A new, empty one."""
        ...

    def drop(self, key: str) -> None:
        """Remove one, closed, with all passages."""
        ...


@dataclass(frozen=True)
class Corpus:
    """One corpus while it is in use. Keeps the indexes it opened."""

    shelf: Shelf
    opened: dict[str, PassageIndex] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def encoded_by(self, model: ModelInfo) -> PassageIndex | None:
        """The index made with this very model, if there is one."""
        key = _model_key(model)
        return self._index(key) if key in self._keys() else None

    def encoded_by_another(self) -> PassageIndex | None:
        """The fullest index there is: its texts can be encoded anew."""
        indexes = [self._index(key) for key in self._keys()]
        return max(indexes, key=lambda index: index.n_indexed(), default=None)

    def create(self, card: CorpusCard) -> PassageIndex:
        """A new, empty index for the card's model."""
        key = _model_key(card.model)
        with self.lock:
            self.opened[key] = self.shelf.create(key, card)
            return self.opened[key]

    def drop(self, model: ModelInfo) -> None:
        """Remove what this model encoded."""
        self._drop(_model_key(model))

    def keep_only(self, model: ModelInfo) -> None:
        """Remove what other models encoded."""
        for key in self._keys():
            if key != _model_key(model):
                self._drop(key)

    def close(self) -> None:
        """Close the indexes that were opened."""
        with self.lock:
            while self.opened:
                self.opened.popitem()[1].store.close()

    def _keys(self) -> set[str]:
        """All indexes. Those that are open stay usable while the corpus is deleted."""
        with self.lock:
            return {*self.opened, *self.shelf.keys()}

    def _index(self, key: str) -> PassageIndex:
        with self.lock:
            if key not in self.opened:
                self.opened[key] = self.shelf.open(key)
            return self.opened[key]

    def _drop(self, key: str) -> None:
        with self.lock:
            opened = self.opened.pop(key, None)
            if opened is not None:
                opened.store.close()
            self.shelf.drop(key)


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
    """Each corpus is a folder with Qdrant's engine inside this process, opened when it is used.

    A folder appears under its name when its index is there, and loses its name before it is removed: a kill
    leaves no half corpus. One process has them all from its first use to `close`; a second one is refused
    with a sentence.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._changed = threading.Condition()
        self._owner = FileLock(root / ".lock", blocking=False, thread_local=False)
        # Added to the monotonic clock: the time of day, unmoved when somebody sets it while this runs.
        self._epoch = time.time() - time.monotonic()

    def create(self, handle: str, card: CorpusCard) -> None:
        """A new corpus with an empty index."""
        unfinished = self.root / f"{_UNFINISHED}{new_handle()}"
        with self._changed:
            self._own()
        with disk_errors():
            corpus = Corpus(FolderShelf(unfinished))
            try:
                corpus.create(card)
            finally:
                corpus.close()
            unfinished.rename(self.root / checked_handle(handle))

    @contextmanager
    def use(self, handle: str) -> Iterator[Corpus]:
        """The corpus, which stays open meanwhile."""
        with self._changed:
            opened = self._open(checked_handle(handle))
            opened.users += 1
        try:
            yield opened.corpus
        finally:
            with self._changed:
                opened.users -= 1
                self._changed.notify_all()

    def delete(self, handle: str) -> None:
        """Remove the corpus and free its disk, once nobody uses it."""
        folder = self.root / checked_handle(handle)
        doomed = self.root / f"{_DOOMED}{new_handle()}"
        with self._changed, disk_errors():
            self._own()
            opened = self._opened.pop(handle, None)
            if not folder.is_dir():
                return
            folder.rename(doomed)
            self._changed.wait_for(lambda: opened is None or opened.users == 0)
        if opened is not None:
            opened.corpus.close()
        with disk_errors():
            shutil.rmtree(doomed)

    def idle_days(self) -> dict[str, float]:
        """Days since each corpus was used."""
        now = self._epoch + time.monotonic()
        days = {}
        for folder in self.root.iterdir() if self.root.is_dir() else ():
            # Whatever else lies here is none of ours.
            if is_handle(folder.name):
                with suppress(FileNotFoundError):  # Deleted meanwhile.
                    days[folder.name] = (now - folder.stat().st_mtime) / SECONDS_A_DAY
        return days

    def close(self) -> None:
        """Close the open folders, so that another program may have them."""
        with self._changed:
            while self._opened:
                self._opened.popitem()[1].corpus.close()
            self._owner.release(force=True)

    def size_bytes(self, handle: str) -> int:
        """What the corpus takes on disk: the engine's files are sparse, so their lengths say nothing."""
        files = (self.root / checked_handle(handle)).rglob("*")
        return sum(file.stat().st_blocks * 512 for file in files if file.is_file())

    def _own(self) -> None:
        """Have all corpora to this process. Sweeps what a kill left behind."""
        if self._owner.is_locked:
            return
        with disk_errors():
            # For this user alone: passages are their visitors' own.
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._owner.acquire()
            except Timeout as error:
                raise InputError("corpus.in_use") from error
            for leftover in [*self.root.glob(f"{_UNFINISHED}*"), *self.root.glob(f"{_DOOMED}*")]:
                shutil.rmtree(leftover)

    def _open(self, handle: str) -> _Opened:
        folder = self.root / handle
        if not folder.is_dir():
            raise InputError("corpus.unknown", value=handle).at("corpus")
        self._own()
        with suppress(OSError):  # A folder that cannot be written can still be read.
            os.utime(folder)
        if handle not in self._opened:
            self._close_unused()
            self._opened[handle] = _Opened(Corpus(FolderShelf(folder)))
        self._opened.move_to_end(handle)
        return self._opened[handle]

    def _close_unused(self) -> None:
        unused = [handle for handle, opened in self._opened.items() if opened.users == 0]
        for handle in unused[: max(0, len(self._opened) - OPEN_CORPORA + 1)]:
            self._opened.pop(handle).corpus.close()


def temporary_index(card: CorpusCard) -> PassageIndex:
    """An empty index that nobody else sees and nothing keeps."""
    return PassageIndex(card, ArrayStore())


def _model_key(model: ModelInfo) -> str:
    """Differs between models whose vectors must not be mixed, and between layouts."""
    name = f"{LAYOUT} {model.name} {model.revision} {model.precision}"
    return hashlib.sha256(name.encode()).hexdigest()[:12]
