"""Who waits for the event that gradio runs in this thread: whether still, and telling them how far it is.
Knows no model."""

from __future__ import annotations

import time
from collections.abc import Callable

import gradio as gr

from bge_demo.encoder.caller import Report
from bge_demo.locales import Language, say
from bge_demo.serving.gate import origin_of
from bge_demo.ui.gradio_inside import event_address, event_watch

# A forecast of less is gone before it is read.
_SECONDS_TO_TELL = 2.0
# Of less that is done the pace cannot be told: short texts come first.
_SHARE_TO_TELL = 0.05


def visitor_watch() -> Callable[[], bool]:
    """A question to ask from any thread: has the visitor left, or pressed a cancel button?"""
    return event_watch()


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
            if done == 0:
                # One long text is one pass: a bar at nothing would never move.
                progress(None, desc=say("progress.at_work", language))
                return
            key = "progress.working" if left is None else "progress.forecast"
            progress(shown, desc=say(key, language, done=done, total=total, left=left))

    return report
