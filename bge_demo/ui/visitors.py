"""Whether somebody still waits for the event that gradio runs in this thread. Knows no model."""

from __future__ import annotations

from collections.abc import Callable

from gradio.context import LocalContext


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
