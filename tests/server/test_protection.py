"""Whose requests are answered, how long a body may take, and what browsers are told."""

from __future__ import annotations

import asyncio
import socket

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Scope, Send

from bge_demo.server.protection import (
    PIECE_BYTES,
    BrowserRules,
    OwnRequests,
    PatientAnswers,
    PatientBodies,
)


async def _answer(request: Request) -> PlainTextResponse:
    body = await request.body()
    return PlainTextResponse(f"{len(body)}", headers={"access-control-allow-origin": "https://evil.example"})


def app() -> ASGIApp:
    route = Route("/{path:path}", _answer, methods=["GET", "POST"])
    return BrowserRules(OwnRequests(Starlette(routes=[route]), allowed_hosts=["bge.example.com"]))


CLIENT = TestClient(app())


@pytest.mark.parametrize(
    "host",
    ["localhost:7860", "127.0.0.1:7860", "[::1]:7860", "192.168.1.7", "bge", "bge.lan", "nas.local:7860",
     "bge.example.com", "BGE.EXAMPLE.COM:443", socket.gethostname()],
)  # fmt: skip
def test_own_names_and_addresses_are_answered(host: str) -> None:
    assert CLIENT.get("/x", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "bge.example.com.evil.example", "127.0.0.1.evil.example", "a.b"]
)
def test_a_rebound_name_is_refused_with_the_next_step(host: str) -> None:
    answer = CLIENT.get("/x", headers={"host": host})
    assert answer.status_code == 403
    assert "--allowed-hosts" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://wiki.lan"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://bge.lan.evil.example"},
    ],
)
def test_another_sites_page_cannot_post(headers: dict[str, str]) -> None:
    answer = CLIENT.post("/run", headers={"host": "bge.lan", **headers}, content=b"x")
    assert answer.status_code == 403
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://bge.lan"},
        {"origin": "http://bge.lan:7860"},
        {"origin": "https://bge.example.com"},
        {"origin": "https://proxy.example", "sec-fetch-site": "same-origin"},
    ],
)
def test_programs_and_the_own_page_can(headers: dict[str, str]) -> None:
    assert CLIENT.post("/run", headers={"host": "bge.lan", **headers}, content=b"x").text == "1"


def test_a_link_from_another_site_opens_the_page() -> None:
    answer = CLIENT.get("/", headers={"host": "bge.lan", "sec-fetch-site": "cross-site"})
    assert answer.status_code == 200


def test_another_sites_page_cannot_read() -> None:
    answer = CLIENT.get("/config", headers={"host": "bge.lan", "origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_browsers_are_told_the_rules() -> None:
    headers = CLIENT.get("/", headers={"host": "localhost"}).headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_typed_texts_are_not_written_to_disk_by_deep_links() -> None:
    assert (
        CLIENT.get("/gradio_api/deep_link?session_hash=x", headers={"host": "localhost"}).status_code == 403
    )


def test_a_body_that_never_ends_is_ended() -> None:
    sent: list[Message] = []

    waits = iter([{"type": "http.request", "body": b"half", "more_body": True}])

    async def half_a_body() -> Message:
        for message in waits:
            return message
        await asyncio.sleep(60)
        raise AssertionError("nobody waits that long")

    async def keep(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http", "method": "POST", "path": "/x", "headers": [], "query_string": b"",
        "server": ("localhost", 80), "scheme": "http", "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    route = Route("/{path:path}", _answer, methods=["POST"])
    patient = PatientBodies(Starlette(routes=[route]), seconds=0.05)
    asyncio.run(patient(scope, half_a_body, keep))
    assert sent[0]["status"] == 408


def test_an_answer_that_nobody_takes_is_ended() -> None:
    async def answer(scope: Scope, receive: object, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 3 * PIECE_BYTES})

    taken: list[Message] = []

    async def take_one(message: Message) -> None:
        if len(taken) == 2:
            await asyncio.sleep(60)
        taken.append(message)

    patient = PatientAnswers(answer, seconds=0.05)
    with pytest.raises(ClientDisconnect):
        asyncio.run(patient({"type": "http"}, no_body, take_one))
    assert len(taken[1]["body"]) == PIECE_BYTES


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 7])
def test_a_large_answer_arrives_whole(size: int) -> None:
    client = TestClient(PatientAnswers(PlainTextResponse("x" * size)))
    assert client.get("/").text == "x" * size


async def no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
