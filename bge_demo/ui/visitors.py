"""Who waits for the event that gradio runs in this thread: whether still, and telling them how far it is.
Knows no model."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from threading import Lock

import gradio as gr

from bge_demo.encoder.caller import Report
from bge_demo.locales import Language, say
from bge_demo.serving.gate import origin_of
from bge_demo.ui.gradio_inside import event_address, event_session, event_watch

# A forecast of less is gone before it is read.
_SECONDS_TO_TELL = 2.0
# Of less that is done the pace cannot be told: short texts come first.
_SHARE_TO_TELL = 0.05
# Of less no bar is drawn.
_SHARE_TO_SHOW = 0.01
# Visitors times areas; of those that are forgotten every run counts as the newest.
_KNOWN_RUNS = 10_000


def visitor_watch() -> Callable[[], bool]:
    """A question to ask from any thread: has the visitor left, or pressed a cancel button?"""
    return event_watch()


@dataclass(frozen=True)
class Run:
    """One run of a visitor in a working area."""

    runs: NewestRuns
    key: tuple[str, str]
    number: int

    def claim(self) -> None:
        """Older runs of this visitor in this area are over."""
        if all(self.key):
            self.runs.claim(self.key, self.number)

    def is_over(self) -> bool:
        """Whether a newer run took its place."""
        return self.runs.newest(self.key) > self.number


class NewestRuns:
    """Which run of each visitor is the newest of a working area. An older one must not be shown over it."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._newest: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._lock = Lock()

    def begin(self, area: str) -> Run:
        """The run that begins in this thread; without an area, or outside an event, none is newer."""
        return Run(self, (event_session() or "", area), next(self._numbers))

    def claim(self, key: tuple[str, str], number: int) -> None:
        """The newest run that is known of this visitor and area."""
        with self._lock:
            self._newest[key] = max(number, self._newest.get(key, 0))
            self._newest.move_to_end(key)
            if len(self._newest) > _KNOWN_RUNS:
                self._newest.popitem(last=False)

    def newest(self, key: tuple[str, str]) -> int:
        """Its number, 0 if none is known."""
        return self._newest.get(key, 0)


def visitor_origin() -> str:
    """The address the event comes from, as the gate counts it."""
    return origin_of(event_address())


def seconds_left(elapsed: float, done: int, total: int) -> int | None:
    """How long the rest will take at this pace; None while too little is done to tell, or next to nothing is
    left.

    >>> seconds_left(elapsed=10, done=100, total=400), seconds_left(elapsed=0.5, done=1, total=4)
    (30, None)
    """
    if elapsed < _SECONDS_TO_TELL or done < _SHARE_TO_TELL * total:
        return None
    left = elapsed * (total - done) / done
    return round(left) if left >= _SECONDS_TO_TELL else None


def visitor_report(language: Language) -> Report:
    """Shows the steps done over the event's outputs, and how long the rest may take once that can be told.
    Call it in the event's thread."""
    progress, shown, started = gr.Progress(), -1.0, time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal shown
        # Every call is a message to the browser, and a waiting encoder reports twenty times a second.
        if done / total != shown:
            shown = done / total
            left = seconds_left(time.monotonic() - started, done, total)
            # One long text is one pass: a bar at next to nothing would not move for long.
            share = None if done < _SHARE_TO_SHOW * total else shown
            key = "progress.at_work" if left is None else "progress.forecast"
            progress(share, desc=say(key, language, left=left))

    return report
