"""One corpus as a folder: a subfolder for each model, with its card and a shard of Qdrant Edge.

Also reads the folders of earlier versions (qdrant-client's local mode), so that their texts can be encoded
anew; writes none of them. Knows no handles.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from bge_demo.errors import InputError
from bge_demo.retrieval.beside import disk_errors, read_json, sync, write_json
from bge_demo.retrieval.edge_store import EdgeStore, engine_errors
from bge_demo.retrieval.passage_index import CorpusCard, PassageIndex
from bge_demo.retrieval.qdrant_store import LocalStore

_CARD, _SHARD, _HALF_MADE = "card.json", "shard", ".half-"
# What earlier versions left in a corpus's folder.
_EARLIER = "collection"
_EARLIER_FILES = ("meta.json", ".lock")


class FolderShelf:
    """The indexes of one corpus, by key: the subfolder's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keys(self) -> list[str]:
        """Those that are there, of this version and of earlier ones."""
        own = sorted(card.parent.name for card in self._folder.glob(f"*/{_CARD}"))
        return own + [f"{_EARLIER}/{one.name}" for one in sorted((self._folder / _EARLIER).glob("*"))]

    def open(self, key: str) -> PassageIndex:
        """One of them. Raises InputError if it is damaged."""
        if key.startswith(_EARLIER):
            return _open_earlier(self._folder, key.removeprefix(f"{_EARLIER}/"))
        folder = self._folder / key
        return PassageIndex(_read_card(folder / _CARD), EdgeStore.open(folder / _SHARD), folder)

    def create(self, key: str, card: CorpusCard) -> PassageIndex:
        """A new, empty one: it has its name when card and shard are on disk."""
        half_made, folder = self._folder / f"{_HALF_MADE}{key}", self._folder / key
        with disk_errors():
            for leftover in (half_made, folder):
                shutil.rmtree(leftover, ignore_errors=True)
            EdgeStore.create(half_made / _SHARD, card.model.dim).close()
            write_json(half_made / _CARD, card.to_json())
            half_made.rename(folder)
            sync(self._folder)
        return PassageIndex(card, EdgeStore.open(folder / _SHARD), folder)

    def drop(self, key: str) -> None:
        """Remove one, closed, with all passages."""
        with disk_errors():
            # Without its card it is no index any more, should the rest be interrupted.
            with suppress(FileNotFoundError):
                (self._folder / key / _CARD).unlink()
            shutil.rmtree(self._folder / key)
            if key.startswith(_EARLIER) and not any((self._folder / _EARLIER).iterdir()):
                for name in _EARLIER_FILES:
                    (self._folder / name).unlink(missing_ok=True)


def _read_card(path: Path) -> CorpusCard:
    values = read_json(path)
    if values is None:
        raise InputError("corpus.damaged")
    with engine_errors():
        return CorpusCard.from_json(values)


def _open_earlier(folder: Path, collection: str) -> PassageIndex:
    """An index of qdrant-client's local mode; its passages can be read, its vectors are not used."""
    store = LocalStore.open(folder, collection)
    with engine_errors():
        return PassageIndex(CorpusCard.from_json(store.metadata()), store)
