"""Corpora on a Qdrant server, which several copies of this program may share. Knows no texts and no model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bge_demo.corpora import SECONDS_A_DAY, Corpus, checked_handle, is_handle
from bge_demo.errors import InputError, SettingsError
from bge_demo.passage_index import CorpusCard

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_TIMEOUT_SECONDS = 60
_PREFIX = "bge-demo-"


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
            if corpus.encoded_by_another() is None:
                raise InputError("corpus.unknown")
            yield corpus

    def delete(self, handle: str) -> None:
        """Remove the corpus."""
        corpus = self._corpus(checked_handle(handle))
        with _server_errors():
            while (index := corpus.encoded_by_another()) is not None:
                index.delete()

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
        return Corpus(self._client, nullcontext(), f"{_PREFIX}{handle}-", is_embedded=False)


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
    """What the server or the way to it refuses becomes a sentence."""
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

    try:
        yield
    except (ResponseHandlingException, UnexpectedResponse) as error:
        raise InputError("corpus.server", reason=error) from error
