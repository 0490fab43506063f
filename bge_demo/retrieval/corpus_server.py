"""Corpora on a Qdrant server, which several copies of this program may share. Knows no texts and no model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bge_demo.errors import InputError, SettingsError
from bge_demo.retrieval.corpora import SECONDS_A_DAY, Corpus, checked_handle, is_handle
from bge_demo.retrieval.passage_index import CorpusCard, PassageIndex
from bge_demo.retrieval.qdrant_store import QdrantStore

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_TIMEOUT_SECONDS = 60
_PREFIX = "bge-demo-"


@dataclass(frozen=True)
class ServerShelf:
    """The indexes of one corpus: a collection each, by the end of its name."""

    client: QdrantClient
    prefix: str

    def keys(self) -> list[str]:
        """Those that are there."""
        names = [one.name for one in self.client.get_collections().collections]
        return sorted(name.removeprefix(self.prefix) for name in names if name.startswith(self.prefix))

    def open(self, key: str) -> PassageIndex:
        """One of them."""
        config = self.client.get_collection(self.prefix + key).config
        card = CorpusCard.from_json(dict(config.metadata or {}))
        return PassageIndex(card, QdrantStore(self.client, self.prefix + key))

    def create(self, key: str, card: CorpusCard) -> PassageIndex:
        """A new, empty one; the card is the collection's metadata."""
        store = QdrantStore.create(self.client, self.prefix + key, card.model.dim, card.to_json())
        return PassageIndex(card, store)

    def drop(self, key: str) -> None:
        """Remove one with all passages."""
        self.client.delete_collection(self.prefix + key)


class ServerCorpora:
    """A Qdrant server: each corpus is a collection with the handle in its name."""

    def __init__(self, client: QdrantClient) -> None:
        self._client = client

    def create(self, handle: str, card: CorpusCard) -> None:
        """A new corpus with an empty index."""
        with _server_errors():
            self._corpus(handle).create(card)

    @contextmanager
    def use(self, handle: str) -> Iterator[Corpus]:
        """The corpus."""
        corpus = self._corpus(checked_handle(handle))
        with _server_errors():
            if not corpus.shelf.keys():
                raise InputError("corpus.unknown", value=handle).at("corpus")
            yield corpus

    def delete(self, handle: str) -> None:
        """Remove the corpus."""
        shelf = self._corpus(checked_handle(handle)).shelf
        with _server_errors():
            for key in shelf.keys():
                shelf.drop(key)

    def idle_days(self) -> dict[str, float]:
        """Days since each corpus was made."""
        now = datetime.now(UTC)
        days = {}
        with _server_errors():
            names = [one.name for one in self._client.get_collections().collections]
            for handle in {name.removeprefix(_PREFIX).rpartition("-")[0] for name in names}:
                index = self._corpus(handle).encoded_by_another() if is_handle(handle) else None
                if index is not None:
                    created = datetime.fromisoformat(index.card.created)
                    days[handle] = (now - created).total_seconds() / SECONDS_A_DAY
        return days

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _corpus(self, handle: str) -> Corpus:
        return Corpus(ServerShelf(self._client, f"{_PREFIX}{handle}-"))


def connection(url: str, api_key: str) -> QdrantClient:
    """To a server that need not be there yet. Raises SettingsError for what is no address."""
    from qdrant_client import QdrantClient

    try:
        return QdrantClient(
            url=url, api_key=api_key or None, timeout=_TIMEOUT_SECONDS, check_compatibility=False
        )
    except ValueError as error:
        raise SettingsError("settings.qdrant_url", url=url) from error


@contextmanager
def _server_errors() -> Iterator[None]:
    """Translate Qdrant's errors into InputError."""
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

    try:
        yield
    except (ResponseHandlingException, UnexpectedResponse) as error:
        raise InputError("corpus.server", reason=error) from error
