"""Answers that wait in gradio's queue to be fetched: packed, for a minute, within a bound of bytes.

gradio keeps the messages of every session, as Python objects, whether anybody fetches them or not.
`Mailboxes` takes the place of its table of message queues; `gradio_inside` puts it there.
"""

from __future__ import annotations

import asyncio
import copyreg
import io
import pickle
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from gradio.server_messages import EventMessage, ProcessCompletedMessage

from bge_demo.locales import LANGUAGES, say

_MB = 1024 * 1024
KEPT_SECONDS = 60.0
KEPT_BYTES = 256 * _MB
# Packed bytes of the large answers that may be read at once: unpacked they are some twenty times as much.
READ_BYTES = 48 * _MB
LARGE_BYTES = _MB
# As many as gradio keeps.
MOST_SESSIONS = 2000


class Mailboxes(dict[str, Any]):
    """Sessions' message queues, by session; each is exchanged for a `Mailbox` when gradio puts it here.

    `is_working` tells whether an event of a session waits or runs; without one a mailbox goes a minute after
    its last answer. `event_ids` stands in for gradio's table of the events that a session still waits for.
    """

    def __init__(self, is_working: Callable[[str], bool]) -> None:
        super().__init__()
        self.event_ids = EventIds()
        self._is_working = is_working
        self._n_read_bytes = 0

    @property
    def n_bytes(self) -> int:
        """What all answers that wait hold."""
        return sum(box.n_bytes for box in self.values())

    def __setitem__(self, session: str, queue: object) -> None:
        if len(self) >= MOST_SESSIONS:
            del self[next(iter(self))]
        super().__setitem__(session, Mailbox(session, self))

    def __delitem__(self, session: str) -> None:
        self.pop(session, None)
        self.event_ids.pop(session, None)

    def kept(self, box: Mailbox) -> None:
        """An answer was put into this one: it stays for a while, and older ones make room for it."""
        asyncio.get_running_loop().call_later(KEPT_SECONDS, self._drop_if_idle, box)
        n_too_many = self.n_bytes - KEPT_BYTES
        for other in self.values():
            if n_too_many <= 0:
                break
            n_too_many -= other.n_bytes
            other.give_up()

    def opened(self, parcel: Parcel) -> ProcessCompletedMessage:
        """The answer to be sent; a sentence while too much is being read."""
        n_bytes = len(parcel.contents)
        if n_bytes < LARGE_BYTES:
            return parcel.unpacked()
        if self._n_read_bytes and self._n_read_bytes + n_bytes > READ_BYTES:
            return parcel.lost("answer.too_many")
        self._n_read_bytes += n_bytes
        message = parcel.unpacked()
        weakref.finalize(message, self._has_been_read, n_bytes)
        return message

    def _has_been_read(self, n_bytes: int) -> None:
        self._n_read_bytes -= n_bytes

    def _drop_if_idle(self, box: Mailbox) -> None:
        is_idle = time.monotonic() - box.last_put >= 0.9 * KEPT_SECONDS
        if self.get(box.session) is box and is_idle and not self._is_working(box.session):
            del self[box.session]


class EventIds(dict[str, set[str]]):
    """The events that each session waits for; a session that is gone waits for none."""

    def __missing__(self, session: str) -> set[str]:
        return set()


class Mailbox(asyncio.Queue[EventMessage]):
    """One session's messages, answers packed. Of those that tell how far an event is only the last stays."""

    def __init__(self, session: str, home: Mailboxes) -> None:
        super().__init__()
        self.session = session
        self.n_bytes = 0
        self.last_put = 0.0
        self._home = home
        # asyncio's, by its documentation the place of a subclass's items.
        self._queue: Any

    def give_up(self) -> None:
        """Say instead of each answer that it is gone."""
        for i, item in enumerate(self._queue):
            if isinstance(item, Parcel):
                self._queue[i] = item.lost("answer.not_fetched")
        self.n_bytes = 0

    def _put(self, item: EventMessage) -> None:
        if isinstance(item, ProcessCompletedMessage):
            parcel = packed(item)
            self._queue.append(parcel)
            self.n_bytes += len(parcel.contents)
            self.last_put = time.monotonic()
            self._home.kept(self)
            return
        last: Any = self._queue[-1] if self._queue else None
        if type(last) is type(item) and last.event_id == getattr(item, "event_id", None):
            self._queue[-1] = item
        else:
            self._queue.append(item)

    def _get(self) -> EventMessage:
        item: EventMessage | Parcel = self._queue.popleft()
        if not isinstance(item, Parcel):
            return item
        self.n_bytes = max(0, self.n_bytes - len(item.contents))
        return self._home.opened(item)


class _Unpacked(ProcessCompletedMessage):
    """A message that is written without a copy of its output."""

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """As pydantic's own."""
        return {**super().model_dump(**{**options, "exclude": {"output"}}), "output": self.output}


@dataclass(frozen=True)
class Parcel:
    """An answer, its output apart and packed."""

    message: ProcessCompletedMessage
    contents: bytes

    def unpacked(self) -> ProcessCompletedMessage:
        """The answer, arrays as lists."""
        return _Unpacked(**{**self.message.model_dump(), "output": pickle.loads(self.contents)})

    def lost(self, key: str) -> ProcessCompletedMessage:
        """A sentence in its place."""
        return self.message.model_copy(update={"output": said_in_place(key), "success": False})


def said_in_place(key: str) -> dict[str, Any]:
    """A sentence, in every language, in place of an answer's output."""
    sentence = " ".join(say(key, language) for language in LANGUAGES)
    return {"error": sentence, "visible": True, "duration": 12, "title": "Error"}


def packed(message: ProcessCompletedMessage) -> Parcel:
    """The answer with its output as bytes: an array takes its own size, not that of Python's numbers."""
    contents = io.BytesIO()
    pickler = pickle.Pickler(contents, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _AS_LISTS
    pickler.dump(message.output)
    return Parcel(message.model_copy(update={"output": {}}), contents.getvalue())


def _as_list(data: bytes, kind: str, shape: tuple[int, ...]) -> list[Any]:
    numbers: list[Any] = np.frombuffer(data, kind).reshape(shape).tolist()
    return numbers


def _reduced(array: np.ndarray[Any, Any]) -> tuple[Callable[..., list[Any]], tuple[Any, ...]]:
    return _as_list, (array.tobytes(), array.dtype.str, array.shape)


_AS_LISTS: Mapping[type, Callable[[Any], Any]] = {**copyreg.dispatch_table, np.ndarray: _reduced}
