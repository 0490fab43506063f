"""OpenAI-shaped embedding servers that the operator lists, as baselines. Their answers are not trusted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from bge_demo.encoder.baselines import Reading, UnavailableError, pair_cosines
from bge_demo.encoder.caller import check_caller
from bge_demo.encoder.contract import FloatArray

TEXTS_AT_ONCE = 64
TIMEOUT_SECONDS = 20.0
MOST_BYTES = 64_000_000


@dataclass(frozen=True)
class EmbeddingEndpoint:
    """`url` ends before /embeddings, such as https://host/v1; a key may stand before the host, as
    https://KEY@host/v1, and the model's name behind a #."""

    name: str
    url: str
    timeout_seconds: float = TIMEOUT_SECONDS

    def read(self, texts: Sequence[str]) -> Reading:
        """Asks in batches; such servers do not say what they read of a text."""
        rows: list[FloatArray] = []
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            check_caller()
            rows.append(self._ask(texts[start : start + TEXTS_AT_ONCE]))
        widths = {batch.shape[1] for batch in rows}
        if len(widths) > 1:
            raise UnavailableError("baseline.dimensions", name=self.name, found=_listed(widths))
        return Reading(pair_cosines(np.concatenate(rows)), ())

    def _ask(self, texts: Sequence[str]) -> FloatArray:
        import httpx2

        parts = urlsplit(self.url)
        headers = {"Authorization": f"Bearer {parts.username}"} if parts.username else {}
        body = {"model": parts.fragment or self.name, "input": list(texts), "encoding_format": "float"}
        try:
            with (
                httpx2.Client(timeout=self.timeout_seconds) as client,
                client.stream("POST", self._address, json=body, headers=headers) as response,
            ):
                if response.status_code != 200:
                    raise UnavailableError("baseline.status", name=self.name, status=response.status_code)
                content = self._received(response)
            return self._rows(httpx2.Response(200, content=content).json(), len(texts))
        except httpx2.TimeoutException as error:
            raise UnavailableError(
                "baseline.hangs", name=self.name, seconds=round(self.timeout_seconds)
            ) from error
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise UnavailableError("baseline.unreachable", name=self.name) from error
        except ValueError as error:
            raise UnavailableError("baseline.shape", name=self.name) from error

    def _received(self, response: Any) -> bytes:
        """The body, unless it is too long or comes too slowly: the client's own timeout is for each chunk."""
        deadline = time.monotonic() + self.timeout_seconds
        content = bytearray()
        for chunk in response.iter_bytes():
            check_caller()
            content += chunk
            if len(content) > MOST_BYTES:
                raise UnavailableError("baseline.shape", name=self.name)
            if time.monotonic() > deadline:
                raise UnavailableError("baseline.hangs", name=self.name, seconds=round(self.timeout_seconds))
        return bytes(content)

    @property
    def _address(self) -> str:
        parts = urlsplit(self.url)
        path = parts.path.rstrip("/")
        path = path if path.endswith("/embeddings") else f"{path}/embeddings"
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, parts.query, ""))

    def _rows(self, answer: object, n_texts: int) -> FloatArray:
        """(n_texts, dim) of an answer in OpenAI's shape. Raises ValueError for another one."""
        items = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(items, list) or len(items) != n_texts:
            raise ValueError
        places = [item.get("index", i) if isinstance(item, dict) else -1 for i, item in enumerate(items)]
        if sorted(places) != list(range(n_texts)):
            raise ValueError
        vectors = [items[places.index(i)].get("embedding") for i in range(n_texts)]
        if not all(isinstance(vector, list) and vector for vector in vectors):
            raise ValueError
        widths = {len(vector) for vector in vectors}
        if len(widths) > 1:
            raise UnavailableError("baseline.dimensions", name=self.name, found=_listed(widths))
        return np.array(vectors, np.float32)


def _listed(widths: set[int]) -> str:
    return ", ".join(str(width) for width in sorted(widths))
