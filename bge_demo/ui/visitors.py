"""Who waits for the event that gradio runs in this thread: whether still, and telling them how far it is.
Knows no model."""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr
from gradio.context import LocalContext

from bge_demo.callers import Report
from bge_demo.locales import Language, say


def visitor_watch() -> Callable[[], bool]:
    """A question to ask from any thread: has the visitor left, or pressed a cancel button?

    gradio tells a running handler nothing: it stops generators only, and a plain function runs to its end
    for nobody. But its queue knows. It marks an event when the client's stream breaks off, and forgets one
    that was cancelled. Outside an event nobody can leave.
    """
    blocks, event_id = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    if blocks is None or event_id is None:
        return lambda: False
    running = blocks._queue.event_ids_to_events

    def has_left() -> bool:
        event = running.get(event_id)
        return event is None or not event.alive

    return has_left


def visitor_report(language: Language) -> Report:
    """Shows the steps done over the event's outputs, beside gradio's clock. Call it in the event's thread."""
    progress, shown = gr.Progress(), -1.0

    def report(done: int, total: int) -> None:
        nonlocal shown
        # Every call is a message to the browser, and a waiting encoder reports twenty times a second.
        if done / total != shown:
            shown = done / total
            progress(shown, desc=say("progress.working", language, done=done, total=total))

    return report
