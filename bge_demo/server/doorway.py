"""Answers from the first second, and hands over to the real app once it is built. Knows no route but two."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request

from bge_demo.errors import NotReadyError, places
from bge_demo.locales import LANGUAGES, Phrase, say, say_all

if TYPE_CHECKING:
    from fastapi import FastAPI

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)

# What a stop leaves to requests under way, and then to their clients to hear that they are given up.
FINISH_SECONDS, TELL_SECONDS = 3.0, 1.0


class Doorway:
    """An ASGI app that greets visitors at once and lets the real app in when it is built.

    Building imports gradio, which takes seconds; until then `/` is a page that reloads itself, `/healthz`
    is 503, and every other request waits.
    """

    def __init__(self, build: Callable[[], FastAPI]) -> None:
        self._build = build
        self._app: FastAPI | None = None
        self._opened = asyncio.Event()
        self._open_requests: set[asyncio.Task[None]] = set()
        self._given_up = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lifespan here; everything else to the app, or to the greeting."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is None and _is_greeted(scope):
            await _greet(scope["path"], send)
        else:
            await self._until_given_up(scope, receive, send)

    async def stop(self, is_hurried: Callable[[], bool]) -> None:
        """Let requests under way end for `FINISH_SECONDS`, tell the others that the server stops, and close
        the stores. Every request that comes meanwhile is refused; `is_hurried` cuts the waiting short."""
        if self._app is not None:
            stopping = self._app.state.stopping
            stopping.begin()
            await self._until_answered(FINISH_SECONDS, is_hurried)
            stopping.give_up()
            await self._until_answered(TELL_SECONDS, is_hurried)
        self._given_up.set()
        if self._app is not None:
            await asyncio.to_thread(self._app.state.stopping.close)

    async def _until_answered(self, seconds: float, is_hurried: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while self._open_requests and time.monotonic() < deadline and not is_hurried():
            await asyncio.sleep(0.02)

    async def _until_given_up(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered; by then with a sentence, whatever the app still does for it."""
        answer = _Answer(send)
        work = asyncio.create_task(self._serve(scope, receive, answer.send))
        giving_up = asyncio.create_task(self._given_up.wait())
        self._open_requests.add(work)
        try:
            await asyncio.wait({work, giving_up}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await answer.replace(scope, receive)
        finally:
            self._open_requests.discard(work)
            giving_up.cancel()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._opened.wait()
        app = self._app
        assert app is not None
        try:
            await app(scope, receive, send)
        except ClientDisconnect:
            pass
        except Exception as error:
            # Not on to uvicorn, which would log what the error says, and with it what a visitor wrote.
            log.error("request %s failed: %s", scope.get("request_id", "-"), places(error))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            opening = asyncio.create_task(self._open(stack))
            await send({"type": "lifespan.startup.complete"})
            await receive()
            opening.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self, stack: AsyncExitStack) -> None:
        try:
            app = await asyncio.to_thread(self._build)
            await stack.enter_async_context(app.router.lifespan_context(app))
        except Exception:
            # Nothing can be served without the page, and no request waits that could tell.
            log.exception("the page could not be built")
            os._exit(1)
        self._app = app
        self._opened.set()


class _Answer:
    """What the app answers, until the server gives up on it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._has_begun = self._is_replaced = False

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """For the app."""
        if not self._is_replaced:
            self._has_begun = True
            await self._send(message)

    async def replace(self, scope: Scope, receive: Receive) -> None:
        """Say that the server is stopping. What has begun just ends: its client sees that it is not whole."""
        self._is_replaced = True
        if not self._has_begun:
            # Not at start: it imports what the app is built with.
            from bge_demo.api.http_errors import error_response

            refusal = error_response(Request(scope), NotReadyError("request.stopping"))
            await refusal(scope, receive, self._send)


def _is_greeted(scope: Scope) -> bool:
    return scope.get("method") in {"GET", "HEAD"} and scope["path"].endswith(("/", "/healthz"))


async def _greet(path: str, send: Send) -> None:
    if path.endswith("/healthz"):
        message = say_all(Phrase("model.starting"))
        nothing_yet = dict.fromkeys(("model", "notice", "coming", "self_check"))
        body = json.dumps({"state": "starting", "message": message, **nothing_yet}, ensure_ascii=False)
        await _respond(send, 503, "application/json", body)
    else:
        lines = "".join(f"<p>{say('page.title', one)}: {say('model.starting', one)}</p>" for one in LANGUAGES)
        await _respond(send, 200, "text/html", _GREETING.format(lines=lines))


async def _respond(send: Send, status: int, kind: str, body: str) -> None:
    headers = [
        (b"content-type", f"{kind}; charset=utf-8".encode()),
        (b"retry-after", b"1"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


_GREETING = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="1">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>BGE-M3</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 18px system-ui, sans-serif; display: grid; place-content: center; min-height: 90vh;
text-align: center }} </style>
</head>
<body>{lines}</body>
</html>"""
