"""Who waits for an answer, how long still, and whether they are there. Knows no server and no page.

The page and the endpoints say on whose behalf they work; long work asks between two batches whether to go on.
Code that says nothing works without a limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from bge_demo.errors import StoppedError


@dataclass(frozen=True)
class Caller:
    """One waiting caller. `has_left` must be quick and callable from any thread."""

    has_left: Callable[[], bool]
    limit_seconds: float
    deadline: float

    def check(self) -> None:
        """Raise StoppedError when the caller has left or has waited long enough."""
        if self.has_left():
            raise StoppedError("request.cancelled")
        if time.monotonic() > self.deadline:
            raise StoppedError("request.too_slow", seconds=round(self.limit_seconds))


_current: ContextVar[Caller | None] = ContextVar("caller", default=None)


@contextmanager
def on_behalf_of(has_left: Callable[[], bool], limit_seconds: float) -> Iterator[None]:
    """Whatever this thread does inside is done for a caller who waits at most `limit_seconds` from now."""
    token = _current.set(Caller(has_left, limit_seconds, time.monotonic() + limit_seconds))
    try:
        yield
    finally:
        _current.reset(token)


def check_caller() -> None:
    """Raise StoppedError if this thread's caller has left or its time is up."""
    caller = _current.get()
    if caller is not None:
        caller.check()
