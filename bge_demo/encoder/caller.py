"""Who waits for an answer, how long still, and whether they are there. Knows no server and no page.

The page and the endpoints say on whose behalf they work; long work asks between two batches whether to go on
and reports how far it is. Code that says nothing works without a limit, and its reports go nowhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from bge_demo.errors import StoppedError

# How many steps are done, and of how many.
Report = Callable[[int, int], None]


def tell_nobody(done: int, total: int) -> None:
    """The report of callers who do not watch."""


@dataclass(frozen=True)
class Caller:
    """One waiting caller. `has_left` must be quick and callable from any thread; `report` is called in the
    caller's own."""

    has_left: Callable[[], bool]
    limit_seconds: float
    deadline: float
    report: Report

    def check(self) -> None:
        """Raise StoppedError when the caller has left or has waited long enough."""
        if self.has_left():
            raise StoppedError("request.cancelled")
        if time.monotonic() > self.deadline:
            raise StoppedError("request.too_slow", seconds=round(self.limit_seconds))


_current: ContextVar[Caller | None] = ContextVar("caller", default=None)


@contextmanager
def on_behalf_of(
    has_left: Callable[[], bool], limit_seconds: float, report: Report = tell_nobody
) -> Iterator[None]:
    """Whatever this thread does inside is done for a caller who waits at most `limit_seconds` from now."""
    with _as_current(Caller(has_left, limit_seconds, time.monotonic() + limit_seconds, report)):
        yield


@contextmanager
def allowed(seconds: float) -> Iterator[None]:
    """What is done inside may take so long from now, whatever the door allows: for work whose length the
    caller can see and stop."""
    caller = _current.get()
    deadline = time.monotonic() + seconds
    with _as_current(caller and replace(caller, limit_seconds=seconds, deadline=deadline)):
        yield


@contextmanager
def one_step() -> Iterator[None]:
    """What is done inside is one step of work that reports its own: it reports nothing itself."""
    caller = _current.get()
    with _as_current(caller and replace(caller, report=tell_nobody)):
        yield


@contextmanager
def steps(begin: int, end: int, total: int) -> Iterator[None]:
    """What is done inside are these steps of so many: its own reports tell how many of them are done."""
    caller = _current.get()

    def report(done: int, of: int) -> None:
        report_to(begin + (end - begin) * done // of if of else begin, total)

    report_to = caller.report if caller else tell_nobody
    with _as_current(caller and replace(caller, report=report)):
        yield
    report_to(end, total)


@contextmanager
def _as_current(caller: Caller | None) -> Iterator[None]:
    token = _current.set(caller)
    try:
        yield
    finally:
        _current.reset(token)


def check_caller() -> None:
    """Raise StoppedError if this thread's caller has left or its time is up."""
    caller = _current.get()
    if caller is not None:
        caller.check()


def report_progress(done: int, total: int) -> None:
    """Tell this thread's caller how far the work is, in steps of whatever kind."""
    caller = _current.get()
    if caller is not None:
        caller.report(done, total)
