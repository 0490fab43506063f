"""A visitor who leaves or cancels, on a real server: the encoder stops at the next batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from recording_engine import until
from slow_server import assert_stopped, slow_server

from bge_demo.ui.visitors import seconds_left, visitor_report, visitor_watch

TEXTS = [f"text number {i}" for i in range(100)]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slow") / "batches"


@pytest.fixture(scope="module")
def server(log: Path) -> Iterator[httpx.Client]:
    with (
        slow_server(log, request_seconds=3) as address,
        httpx.Client(base_url=address, timeout=30, trust_env=False) as client,
    ):
        yield client


@pytest.fixture
def batches(server: httpx.Client, log: Path) -> Path:
    """The server's log: one byte for each batch since the test began."""
    log.write_text("")
    return log


def join(server: httpx.Client, session: str) -> dict[str, Any]:
    config = server.get("/config").json()
    fn_index = next(fn["id"] for fn in config["dependencies"] if fn["api_name"] == "embed")
    body = {"data": [TEXTS, True, False, False], "fn_index": fn_index, "session_hash": session}
    event = server.post("/gradio_api/queue/join", json=body).raise_for_status().json()
    return {"fn_index": fn_index, "session_hash": session, "event_id": event["event_id"]}


def test_work_stops_when_the_visitor_closes_the_page(server: httpx.Client, batches: Path) -> None:
    join(server, "leaver")
    with server.stream("GET", "/gradio_api/queue/data", params={"session_hash": "leaver"}) as stream:
        assert stream.status_code == 200
        until(lambda: batches.stat().st_size >= 2)
    assert_stopped(batches)


def test_work_stops_when_the_visitor_cancels(server: httpx.Client, batches: Path) -> None:
    event = join(server, "canceller")
    with server.stream("GET", "/gradio_api/queue/data", params={"session_hash": "canceller"}) as stream:
        assert stream.status_code == 200
        until(lambda: batches.stat().st_size >= 2)
        server.post("/gradio_api/cancel", json=event).raise_for_status()
        assert_stopped(batches)


def test_work_stops_when_a_program_hangs_up(server: httpx.Client, batches: Path) -> None:
    call = server.post(
        "/gradio_api/call/embed", json={"data": [TEXTS, True, False, False]}
    ).raise_for_status()
    with server.stream("GET", f"/gradio_api/call/embed/{call.json()['event_id']}"):
        until(lambda: batches.stat().st_size >= 2)
    assert_stopped(batches)


def test_a_request_that_takes_too_long_says_so(server: httpx.Client, batches: Path) -> None:
    call = server.post(
        "/gradio_api/call/embed", json={"data": [TEXTS, True, False, False]}
    ).raise_for_status()
    answer = server.get(f"/gradio_api/call/embed/{call.json()['event_id']}").text
    assert "event: error" in answer
    assert "No answer within 3 s" in answer
    assert_stopped(batches)


def test_outside_an_event_nobody_leaves() -> None:
    assert visitor_watch()() is False


@pytest.mark.parametrize(
    ("elapsed", "done", "total", "left"),
    [
        (10, 100, 400, 30),
        (1.9, 100, 400, None),
        (10, 0, 400, None),
        (10, 3, 8195, None),
        (10, 400, 400, None),
        (10, 399, 400, None),
    ],
)
def test_the_time_left_is_told_once_it_can_be(
    elapsed: float, done: int, total: int, left: int | None
) -> None:
    assert seconds_left(elapsed, done, total) == left


def test_there_is_no_bar_before_something_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[float | None, str]] = []
    monkeypatch.setattr(gr, "Progress", lambda: lambda share, desc: told.append((share, desc)))
    report = visitor_report("en")
    report(0, 8192)
    # A short text beside a long one, which is one pass.
    report(4, 8196)
    report(4096, 8192)
    assert told == [(None, "Working …"), (None, "Working …"), (0.5, "Working …")]
