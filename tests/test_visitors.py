"""A visitor who leaves or cancels, on a real server: the encoder stops at the next batch."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bge_demo.ui.visitors import visitor_watch

HERE = Path(__file__).parent
TEXTS = [f"text number {i}" for i in range(100)]


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's log: one byte for each batch."""
    return tmp_path_factory.mktemp("slow") / "batches"


@pytest.fixture(scope="module")
def server(batches: Path) -> Iterator[httpx.Client]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    command = [sys.executable, str(HERE / "slow_server.py"), port, str(batches)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "GRADIO_ANALYTICS_ENABLED": "False"}
    running = subprocess.Popen(command, cwd=HERE.parent, env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
            until(lambda: answers(client), 120)
            yield client
    finally:
        running.kill()
        running.wait(30)


@pytest.fixture
def n_batches(server: httpx.Client, batches: Path) -> Callable[[], int]:
    """How many batches the server has run since the test began."""
    batches.write_text("")
    return lambda: len(batches.read_text())


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def until(fact: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def assert_stopped(n_batches: Callable[[], int]) -> None:
    """The batch that ran may end; most of the hundred never begin."""
    time.sleep(0.5)
    done = n_batches()
    time.sleep(0.5)
    assert n_batches() == done < 40


def join(server: httpx.Client, session: str) -> dict[str, Any]:
    config = server.get("/config").json()
    fn_index = next(fn["id"] for fn in config["dependencies"] if fn["api_name"] == "embed")
    body = {"data": [TEXTS, True, False, False], "fn_index": fn_index, "session_hash": session}
    event = server.post("/gradio_api/queue/join", json=body).raise_for_status().json()
    return {"fn_index": fn_index, "session_hash": session, "event_id": event["event_id"]}


def test_work_stops_when_the_visitor_closes_the_page(
    server: httpx.Client, n_batches: Callable[[], int]
) -> None:
    join(server, "leaver")
    with server.stream("GET", "/gradio_api/queue/data", params={"session_hash": "leaver"}) as stream:
        assert stream.status_code == 200
        until(lambda: n_batches() >= 2)
    assert_stopped(n_batches)


def test_work_stops_when_the_visitor_cancels(server: httpx.Client, n_batches: Callable[[], int]) -> None:
    event = join(server, "canceller")
    with server.stream("GET", "/gradio_api/queue/data", params={"session_hash": "canceller"}) as stream:
        assert stream.status_code == 200
        until(lambda: n_batches() >= 2)
        server.post("/gradio_api/cancel", json=event).raise_for_status()
        assert_stopped(n_batches)


def test_work_stops_when_a_program_hangs_up(server: httpx.Client, n_batches: Callable[[], int]) -> None:
    call = server.post(
        "/gradio_api/call/embed", json={"data": [TEXTS, True, False, False]}
    ).raise_for_status()
    with server.stream("GET", f"/gradio_api/call/embed/{call.json()['event_id']}"):
        until(lambda: n_batches() >= 2)
    assert_stopped(n_batches)


def test_a_request_that_takes_too_long_says_so(server: httpx.Client, n_batches: Callable[[], int]) -> None:
    call = server.post(
        "/gradio_api/call/embed", json={"data": [TEXTS, True, False, False]}
    ).raise_for_status()
    answer = server.get(f"/gradio_api/call/embed/{call.json()['event_id']}").text
    assert "event: error" in answer
    assert "No answer within 3 s" in answer
    assert_stopped(n_batches)


def test_outside_an_event_nobody_leaves() -> None:
    assert visitor_watch()() is False
