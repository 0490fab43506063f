"""The model that serves right now: loads in the background, makes early requests wait, says how it is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal

from bge_demo.embeddings import Encoder, ModelInfo
from bge_demo.errors import DemoError, NotReadyError
from bge_demo.locales import Phrase, say_all

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelStatus:
    """What the header and `/healthz` tell."""

    state: Literal["loading", "ready", "failed"]
    model: ModelInfo | None
    message: Phrase
    notice: Phrase | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; the message in every language."""
        return {
            "state": self.state,
            "model": self.model.to_json() if self.model else None,
            "message": say_all(self.message),
            "notice": say_all(self.notice) if self.notice else None,
        }


class ModelHost:
    """Owns the one shared encoder. `start` returns at once; `encoder` waits for it."""

    def __init__(self, load: Callable[[], Encoder], wait_seconds: float) -> None:
        self._load = load
        self._wait_seconds = wait_seconds
        self._loaded: Future[Encoder] = Future()

    def start(self) -> None:
        """Load in a background thread. Call once."""
        threading.Thread(target=self._run, name="model-loader", daemon=True).start()

    def encoder(self) -> Encoder:
        """The encoder, waited for. Raises NotReadyError after `wait_seconds`, or when loading failed."""
        try:
            failure = self._loaded.exception(timeout=self._wait_seconds)
        except TimeoutError:
            raise NotReadyError("model.not_ready", seconds=round(self._wait_seconds)) from None
        if isinstance(failure, DemoError):
            # A new one for each request: a shared exception collects the frames of all who raised it.
            raise NotReadyError(failure.key, **failure.values)
        return self._loaded.result()

    @property
    def is_ready(self) -> bool:
        """Whether `encoder` answers at once."""
        return self.status().state == "ready"

    def status(self) -> ModelStatus:
        """The state now; never waits."""
        if not self._loaded.done():
            return ModelStatus("loading", None, Phrase("model.loading"))
        failure = self._loaded.exception()
        if isinstance(failure, DemoError):
            return ModelStatus("failed", None, Phrase(failure.key, **failure.values))
        encoder = self._loaded.result()
        return ModelStatus("ready", encoder.info, Phrase("model.ready"), encoder.notice)

    def _run(self) -> None:
        try:
            self._loaded.set_result(self._load())
        except DemoError as error:
            log.error("%s", error)
            self._loaded.set_exception(
                NotReadyError("model.failed", reason=Phrase(error.key, **error.values))
            )
        except BaseException:
            # A bug: every waiting request must hear of it, and the trace goes to the log.
            self._loaded.set_exception(NotReadyError("model.failed", reason=Phrase("model.crashed")))
            raise
