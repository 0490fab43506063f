"""A stop: what runs may end, whoever waits is told, nothing of Python's is said, and it is over in time."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import count

import httpx
import pytest
from server import Server, StartServer

from bge_demo.server.serve import STOP_SECONDS

SENTENCE = "The server is stopping. Ask again in a moment."
# What a busy machine adds to the bound.
SLACK_SECONDS = 4
MCP = {"accept": "application/json, text/event-stream"}
_numbers = count()
Ask = Callable[[Server], str]


def long_text() -> str:
    """More tokens than a pass takes, and no text that is cached."""
    return f"{next(_numbers)} " + "word " * 8200


def over_http(server: Server) -> str:
    body = {"texts": [long_text() for _ in range(3)]}
    answer = httpx.post(f"{server.url}/v1/embed", json=body, timeout=60)
    assert answer.status_code in {200, 503}
    return "" if answer.status_code == 200 else answer.json()["error"]["message"]


def over_gradio(server: Server) -> str:
    answer = server.call("embed", [long_text() for _ in range(3)])
    return "" if answer.event == "complete" else answer.sentence


def over_mcp(server: Server) -> str:
    call = {"name": "embed", "arguments": {"texts": [long_text() for _ in range(3)]}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    answer = httpx.post(f"{server.url}/mcp", json=body, headers=MCP, timeout=60).json()
    if "error" in answer:
        return answer["error"]["message"]
    return answer["result"]["content"][0]["text"] if answer["result"]["isError"] else ""


@pytest.fixture(autouse=True)
def hangups_arrive() -> Iterator[None]:
    """A server inherits it when the tests are run with nohup, and then rightly ignores them."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def ready(start_server: StartServer) -> Server:
    server = start_server("--model", "m3-compact", "--mcp")
    server.wait_until(lambda answer: answer.status_code == 200)
    return server


def stopped(server: Server, sent: signal.Signals) -> float:
    """Seconds that it took; it has ended with 0, and its log says nothing of it."""
    started = time.monotonic()
    server.process.send_signal(sent)
    assert server.process.wait(STOP_SECONDS + SLACK_SECONDS) == 0
    for word in ("Traceback", "ancel", "ERROR"):
        assert word not in server.log, server.log
    return time.monotonic() - started


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def test_whoever_waits_behind_long_passes_is_told(ready: Server, threads: ThreadPoolExecutor) -> None:
    asked: list[Future[str]] = [
        threads.submit(ask, ready) for ask in (over_http, over_gradio, over_mcp) for _ in range(4)
    ]
    ready.wait_until(lambda answer: answer.json()["waiting_requests"] >= len(asked))
    ended = threads.submit(stopped, ready, signal.SIGTERM)
    ready.wait_until(lambda answer: answer.json()["state"] == "stopping")
    refused = httpx.post(f"{ready.url}/v1/embed", json={"texts": ["new"]}, timeout=30)
    assert (refused.status_code, refused.json()["error"]["message"]) == (503, SENTENCE)
    told = [one.result() for one in asked]
    assert all(sentence == "" or SENTENCE in sentence for sentence in told), told
    assert sum(SENTENCE in sentence for sentence in told) >= 6
    assert ended.result() < STOP_SECONDS + SLACK_SECONDS


def test_what_runs_ends_and_a_hangup_stops_as_well(ready: Server, threads: ThreadPoolExecutor) -> None:
    body = {"texts": [f"{number} word" for number in range(60)]}
    asked = threads.submit(partial(httpx.post, f"{ready.url}/v1/embed", json=body, timeout=60))
    ready.wait_until(lambda answer: answer.json()["waiting_requests"] >= 1 or asked.done())
    assert stopped(ready, signal.SIGHUP) < STOP_SECONDS
    assert asked.result().status_code == 200
