"""The model that serves right now: loads in the background, makes early requests wait, gives way to a better
one, says how it is."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bge_demo.checkpoints.download import Progress
from bge_demo.encoder.contract import Encoder, ModelInfo
from bge_demo.encoder.engines.memory import free_torch_memory
from bge_demo.errors import DemoError, InputError, NotReadyError
from bge_demo.locales import Phrase, say_all
from bge_demo.serving.self_check import SelfCheck, self_check

log = logging.getLogger(__name__)

# How often to look whether the last request on the old encoder has ended.
RELEASE_SECONDS = 0.5


@dataclass(frozen=True)
class Coming:
    """A checkpoint on its way: what is being done, and how far the fetching is."""

    model: str
    doing: Phrase
    progress: Progress | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; bytes, bytes per second and seconds."""
        values = vars(self.progress) | {"seconds_left": self.progress.seconds_left} if self.progress else {}
        return {"model": self.model, "doing": say_all(self.doing), **values}


@dataclass(frozen=True)
class ModelStatus:
    """What the header and `/healthz` tell."""

    state: Literal["loading", "ready", "failed"]
    model: ModelInfo | None
    message: Phrase
    notice: Phrase | None = None
    coming: Coming | None = None
    self_check: SelfCheck | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; sentences in every language."""
        return {
            "state": self.state,
            "model": self.model.to_json() if self.model else None,
            "message": say_all(self.message),
            "notice": say_all(self.notice) if self.notice else None,
            "coming": self.coming.to_json() if self.coming else None,
            "self_check": self.self_check.to_json() if self.self_check else None,
        }


class ModelHost:
    """Owns the one shared encoder. `start` returns at once; `encoder` waits for it.

    `load` gives what serves first, `successor` what takes over, if anything: it runs while the first one
    serves. A request keeps the encoder it was given, so a change never reaches into one.
    """

    def __init__(
        self,
        load: Callable[[], Encoder],
        wait_seconds: float,
        successor: Callable[[], Encoder | None] | None = None,
    ) -> None:
        self._load = load
        self._successor = successor
        self._wait_seconds = wait_seconds
        self._starting = threading.Lock()
        # The one truth about what serves: replaced as a whole, read once by whoever asks.
        self._serving: Encoder | None = None
        self._failure: Phrase | None = None
        self._coming: Coming | None = None
        self._settled = threading.Event()
        self._is_stopping = False

    def start(self) -> None:
        """Load in a background thread; further calls change nothing."""
        if self._starting.acquire(blocking=False):
            threading.Thread(target=self._run, name="model-loader", daemon=True).start()

    def encoder(self) -> Encoder:
        """The encoder, waited for. Raises NotReadyError after `wait_seconds`, or when loading failed."""
        if not self._settled.wait(self._wait_seconds):
            raise NotReadyError("model.not_ready", seconds=round(self._wait_seconds))
        serving = self._serving
        if serving is None and self._is_stopping:
            raise NotReadyError("request.stopping")
        if serving is None:
            raise NotReadyError("model.failed", reason=self._failure)
        return serving

    def stop(self) -> None:
        """Whoever waits for the encoder hears that the server is stopping."""
        self._is_stopping = True
        self._settled.set()

    @property
    def serving(self) -> Encoder | None:
        """The encoder that serves now, if one does. Keep no reference: it may be replaced."""
        return self._serving

    @property
    def serving_name(self) -> str | None:
        """The name of the checkpoint that serves now; None while none does."""
        serving = self._serving
        return serving.info.name if serving is not None else None

    @property
    def is_ready(self) -> bool:
        """Whether `encoder` answers at once."""
        return self._serving is not None

    def announce(self, coming: Coming) -> None:
        """Say what is being done for a checkpoint that does not serve yet."""
        self._coming = coming

    def status(self) -> ModelStatus:
        """The state now; never waits."""
        serving, coming, failure = self._serving, self._coming, self._failure
        if serving is not None:
            notice = _beside(serving, coming, failure)
            check = self_check(serving)
            return ModelStatus("ready", serving.info, Phrase("model.ready"), notice, coming, check)
        if failure is not None:
            return ModelStatus("failed", None, Phrase("model.failed", reason=failure))
        waiting = Phrase("model.loading" if self._starting.locked() else "model.idle")
        return ModelStatus("loading", None, coming.doing if coming else waiting, None, coming)

    def _run(self) -> None:
        try:
            self._serve(self._load())
            better = self._successor() if self._successor else None
            if better is not None:
                self._replace(better)
        except DemoError as error:
            log.error("%s", error)
            self._give_up(error.phrase)
        except BaseException:
            # A bug: every waiting request must hear of it, and the trace goes to the log.
            self._give_up(Phrase("model.crashed"))
            raise

    def _serve(self, encoder: Encoder) -> None:
        # In this order: nobody may read that the new one is still on its way to replace itself.
        self._coming = None
        self._serving = encoder
        self._settled.set()

    def _replace(self, better: Encoder) -> None:
        """Requests from now on get the better one; the old one goes when its last request ends."""
        old = weakref.ref(self.encoder())
        self._serve(better)
        while old() is not None:
            time.sleep(RELEASE_SECONDS)
        free_torch_memory()

    def _give_up(self, reason: Phrase) -> None:
        self._failure, self._coming = reason, None
        self._settled.set()


class ModelChoice:
    """The models a request may name; the first by default. Each loads when first asked for."""

    def __init__(self, hosts: Mapping[str, ModelHost]) -> None:
        self._hosts = dict(hosts)

    @classmethod
    def only(cls, host: ModelHost) -> ModelChoice:
        """A choice of one."""
        return cls({"": host})

    @property
    def names(self) -> tuple[str, ...]:
        """In the operator's order."""
        return tuple(self._hosts)

    @property
    def hosts(self) -> tuple[ModelHost, ...]:
        """In the operator's order."""
        return tuple(self._hosts.values())

    def start(self) -> None:
        """Load the first one."""
        self.host().start()

    def stop(self) -> None:
        """Nobody waits for a model any longer."""
        for host in self.hosts:
            host.stop()

    def host(self, name: object = None) -> ModelHost:
        """The host of a model, of the first for none; the checkpoint that serves is a name for it as well.

        Raises InputError for whatever is not offered.
        """
        if name is None or name == "":
            return self._hosts[self.names[0]]
        offered = {host.serving_name: host for host in reversed(self._hosts.values())} | self._hosts
        found = offered.get(name) if isinstance(name, str) else None
        if found is None:
            choices = sorted(filter(None, offered))
            raise InputError("input.unknown_model", value=name, choices=", ".join(choices)).at("model")
        return found

    def is_ready(self, name: object = None) -> bool:
        """Whether `encoder` answers at once, be it with a refusal."""
        return self._asked_first(name).is_ready

    def encoder(self, name: object = None) -> Encoder:
        """The encoder of a model, loaded now if nobody asked before; see `ModelHost.encoder`."""
        host = self._asked_first(name)
        host.start()
        encoder = host.encoder()
        return encoder if host is self.host(name) else self.encoder(name)

    def _asked_first(self, name: object) -> ModelHost:
        """The model's host; for an unknown name the first one until it serves, as its name may be that."""
        first = self.host()
        return first if first.serving is None and name not in self.names else self.host(name)


def _beside(serving: Encoder, coming: Coming | None, failure: Phrase | None) -> Phrase | None:
    """What a visitor should know beside the model that serves."""
    if coming is not None:
        return Phrase("fetch.until_then", doing=coming.doing, model=serving.info.name)
    if failure is not None:
        return Phrase("fetch.stays", reason=failure, model=serving.info.name)
    return None
