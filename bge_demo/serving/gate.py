"""The one way in: finds the model, bounds how many wait, holds the deadline, counts, whatever the door.

The page, gradio's named endpoints, HTTP and MCP hand their requests to one `Gate`. It knows none of their
protocols: a door says who calls and puts answers and errors into its own words.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, TypeVar

from bge_demo.encoder.caller import Report, on_behalf_of, tell_nobody
from bge_demo.errors import BusyError, DemoError, NotReadyError
from bge_demo.serving.model_host import ModelChoice
from bge_demo.settings import Limits

Answer = TypeVar("Answer")
# `name(encoder, limits, values...) -> JSON values`: its docstring is its description for programs.
Program = Callable[..., dict[str, Any]]
# Parameters that the gate fills in; all others are the caller's.
SUPPLIED = frozenset({"encoder", "limits", "library", "listed_encoders", "origin"})


def stays() -> bool:
    """The answer to `has_left` of a caller who cannot leave."""
    return False


def told_nothing() -> None:
    """What happens before the wait for a model when nobody watches."""


@dataclass(frozen=True)
class Call:
    """One request: through which door, for which of the models (the first by default), for whom.

    `has_left` and `report` as in `encoder.caller`. `before_waiting` is called when the model does not serve
    yet. `takes_place` is False for one that already has its place, or that no model works for. `origin` is
    where it comes from, as `origin_of` gives it.
    """

    door: str
    model: object = ""
    has_left: Callable[[], bool] = stays
    report: Report = tell_nobody
    before_waiting: Callable[[], None] = told_nothing
    takes_place: bool = True
    origin: str = ""


@dataclass(frozen=True)
class Finished:
    """A request that ended. `outcome` is "ok" or the name of the error's class."""

    door: str
    name: str
    outcome: str
    seconds: float


class Gate:
    """Runs functions for callers. `supplies` are shared objects by parameter name, such as the library.

    Whoever is in `watchers` hears of every request that ended, in the request's thread.
    """

    def __init__(
        self, models: ModelChoice, limits: Limits, supplies: Mapping[str, object] | None = None
    ) -> None:
        self.models = models
        self.limits = limits
        self.watchers: list[Callable[[Finished], None]] = []
        self._supplies = {"limits": limits, **(supplies or {})}
        self._lock = threading.Lock()
        self._n_inside = 0
        self._is_stopping = self._has_given_up = False

    @property
    def n_inside(self) -> int:
        """How many requests wait for their answers."""
        return self._n_inside

    @property
    def is_stopping(self) -> bool:
        """Whether new requests are refused."""
        return self._is_stopping

    def stop(self) -> None:
        """Refuse new requests, and those that wait for a model; what runs goes on."""
        self._is_stopping = True
        self.models.stop()

    def give_up(self) -> None:
        """End what still runs: whoever waits for it hears that the server is stopping."""
        self._has_given_up = True

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places for those who wait for an answer. Raises BusyError when all are taken."""
        with self._lock:
            if self._n_inside >= self.limits.waiting_requests:
                raise BusyError("request.busy", limit=self.limits.waiting_requests)
            self._n_inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_inside -= 1

    def run(self, function: Callable[..., Answer], values: Mapping[str, Any], call: Call) -> Answer:
        """`function(**values)` with what it needs of `SUPPLIED`, in this thread.

        The wait for the model has its own limit; the answer's begins when the model is there. Raises
        BusyError, NotReadyError, StoppedError, InputError for an unknown model, and what the function raises.
        """
        started, outcome = time.perf_counter(), "ok"
        try:
            if needs_encoder(function) and call.takes_place:
                with self.place():
                    return self._run(function, values, call)
            return self._run(function, values, call)
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            self.tell(Finished(call.door, name_of(function), outcome, time.perf_counter() - started))

    def tell(self, finished: Finished) -> None:
        """Let the watchers know; a door does it for what it refused itself."""
        for watcher in self.watchers:
            watcher(finished)

    def _run(self, function: Callable[..., Answer], values: Mapping[str, Any], call: Call) -> Answer:
        wanted = SUPPLIED & parameters_of(function).keys()
        if self._is_stopping:
            raise NotReadyError("request.stopping")
        supplies = self._supplies | {"origin": call.origin}
        supplied = {name: supplies[name] for name in wanted - {"encoder"}}
        if "encoder" in wanted:
            if not self.models.is_ready(call.model):
                call.before_waiting()
            supplied["encoder"] = self.models.encoder(call.model)
        with on_behalf_of(
            lambda: self._has_given_up or call.has_left(), self.limits.request_seconds, call.report
        ):
            try:
                return function(**values, **supplied)
            except DemoError as error:
                if self._has_given_up:
                    raise NotReadyError("request.stopping") from error
                raise


def origin_of(address: str | None) -> str:
    """Whose share a request counts for: its address; "" on this machine, where one person may take all.

    >>> origin_of("192.0.2.7"), origin_of("127.0.0.1"), origin_of(None)
    ('192.0.2.7', '', '')
    """
    try:
        return "" if address is None or ip_address(address).is_loopback else address
    except ValueError:
        return address or ""


def parameters_of(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Its parameters by name, those supplied among them."""
    return inspect.signature(function).parameters


def needs_encoder(function: Callable[..., Any]) -> bool:
    """Whether a model works for it, so that a caller may choose which."""
    return "encoder" in parameters_of(function)


def name_of(function: Callable[..., Any]) -> str:
    """The name of a function, of the one inside a `partial` too."""
    name: str = getattr(function, "func", function).__name__
    return name
