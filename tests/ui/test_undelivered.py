"""Answers that nobody fetches, in gradio's own queue: they go, and meanwhile they are small."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import numpy as np
import pytest
from fastapi import FastAPI
from gradio.server_messages import EventMessage, ProcessCompletedMessage, ProgressMessage
from gradio.state_holder import SessionState
from loops import in_loop
from starlette.testclient import TestClient

from bge_demo.ui import gradio_inside, undelivered
from bge_demo.ui.undelivered import Mailboxes

ROWS = np.linspace(-1, 1, 24, dtype=np.float32).reshape(6, 4)


class Served:
    """A page with one endpoint, and gradio's queue behind it."""

    def __init__(self, client: TestClient, blocks: gr.Blocks, page: Any) -> None:
        self.client, self.queue, self.sessions = client, blocks._queue, page.state_holder

    @property
    def boxes(self) -> Mailboxes:
        boxes = self.queue.pending_messages_per_session
        assert isinstance(boxes, Mailboxes)
        return boxes

    def post(self) -> str:
        posted = self.client.post("/gradio_api/call/rows", json={"data": ["words"]})
        event: str = posted.json()["event_id"]
        until(lambda: not self.queue.event_ids_to_events)
        return event

    def fetch(self, event: str) -> tuple[str, Any]:
        *_, name, data = self.client.get(f"/gradio_api/call/rows/{event}").text.strip().splitlines()
        return name, json.loads(data.removeprefix("data: "))


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def served() -> Iterator[Served]:
    def rows(text: str) -> dict[str, Any]:
        return {"rows": ROWS, "text": text}

    def build() -> tuple[gr.Blocks, FastAPI]:
        with gr.Blocks(analytics_enabled=False) as blocks:
            gr.api(rows, api_name="rows")
        gradio_inside.prepare_for_mounting(blocks)
        return blocks, gr.mount_gradio_app(FastAPI(), blocks, path="/")

    blocks, app = in_loop(build)
    page = gradio_inside.mounted_app(app)
    gradio_inside.remember_little(blocks, page)
    with TestClient(app) as client:
        yield Served(client, blocks, page)


def test_an_answer_is_fetched_once_with_arrays_as_lists(served: Served) -> None:
    name, (answer,) = served.fetch(served.post())
    assert name == "event: complete"
    assert answer["text"] == "words"
    np.testing.assert_array_equal(np.asarray(answer["rows"], np.float32), ROWS)


def test_what_waits_takes_its_own_bytes_and_no_copy_stays_in_the_session(served: Served) -> None:
    event = served.post()
    assert ROWS.nbytes < served.boxes.n_bytes < ROWS.nbytes + 600
    assert "words" not in str(served.sessions[event].config_values)


def test_what_nobody_fetches_goes_and_nothing_of_it_stays(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undelivered, "KEPT_SECONDS", 0.1)
    for _ in range(3):
        served.post()
    until(lambda: not served.boxes)
    assert not served.queue.pending_event_ids_session
    assert len(served.queue.event_analytics) <= 1


def test_what_was_fetched_goes_as_well(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undelivered, "KEPT_SECONDS", 0.1)
    served.fetch(served.post())
    until(lambda: not served.boxes and not served.queue.pending_event_ids_session)


def test_beyond_the_bound_of_bytes_the_oldest_becomes_a_sentence(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undelivered, "KEPT_BYTES", 1000)
    events = [served.post() for _ in range(4)]
    assert served.boxes.n_bytes <= 1000
    name, told = served.fetch(events[0])
    assert name == "event: error"
    assert "not fetched in time" in told["error"]
    assert served.fetch(events[-1])[0] == "event: complete"


def test_large_answers_are_read_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undelivered, "LARGE_BYTES", 10)
    monkeypatch.setattr(undelivered, "READ_BYTES", 20)

    async def read() -> None:
        boxes = Mailboxes(lambda session: False)
        boxes["a"] = None
        for _ in range(3):
            boxes["a"].put_nowait(completed({"data": [ROWS]}))
        first, second = await boxes["a"].get(), await boxes["a"].get()
        assert first.success
        assert not second.success
        assert "Other large answers" in second.output["error"]
        del first
        gc.collect()
        assert (await boxes["a"].get()).success

    asyncio.run(read())


def test_of_messages_that_tell_how_far_an_event_is_the_last_stays() -> None:
    async def watch() -> list[EventMessage]:
        boxes = Mailboxes(lambda session: True)
        boxes["a"] = None
        for _ in range(1000):
            boxes["a"].put_nowait(ProgressMessage(progress_data=[], event_id="one"))
        boxes["a"].put_nowait(completed({"data": [1]}))
        return [await boxes["a"].get() for _ in range(boxes["a"].qsize())]

    assert [message.msg.value for message in asyncio.run(watch())] == ["progress", "process_completed"]


def completed(output: dict[str, Any]) -> ProcessCompletedMessage:
    return ProcessCompletedMessage(output=output, success=True, event_id="one")


def test_a_session_of_ours_has_all_that_gradios_has(served: Served) -> None:
    assert vars(served.sessions["new"]).keys() == vars(SessionState(served.queue.blocks)).keys()
