"""What every request meets first: its id, headers that proxies need, and the limit of programs' bodies.

Plain ASGI, as it stands around the page's streams as well. Logins are `logins`'.
"""

from __future__ import annotations

import re
import uuid
from urllib.parse import quote

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bge_demo.api.http_errors import error_response
from bge_demo.errors import InputError

# The paths of programs; the page protects its own.
PROGRAM_PATHS = ("/v1", "/v2", "/mcp", "/metrics", "/openapi.json", "/docs")
_OWN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Their names end with a hash of what they hold.
_ASSET = re.compile(r"/assets/[\w.-]+-[\w-]{8}\.\w+")


class WithoutPrefix:
    """Takes the prefix off again that a proxy kept, so that one that keeps it and one that strips it are
    served alike."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request comes through here."""
        path = scope.get("path", "")
        if self._prefix and (path + "/").startswith(self._prefix + "/"):
            below = path[len(self._prefix) :] or "/"
            scope = {**scope, "path": below, "raw_path": quote(below).encode()}
        await self._app(scope, receive, send)


class RequestIds:
    """Gives every request an id, the client's own if it sent one, and has proxies pass on streams at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request comes through here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope).get("x-request-id", "")
        request_id = sent if _OWN_ID.fullmatch(sent) else uuid.uuid4().hex
        scope["request_id"] = request_id

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                if headers.get("content-type", "").startswith("text/event-stream"):
                    headers["x-accel-buffering"] = "no"
            await send(message)

        await self._app(scope, receive, send_marked)


class PageDelivery:
    """Compresses the page, which gradio does for its assets alone, and has browsers keep those: a changed one
    has another name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._zipped = GZipMiddleware(app, compresslevel=4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request comes through here."""
        is_page = scope["type"] == "http" and path_of(scope) in {"", "/", "/config"}
        is_asset = scope["type"] == "http" and _ASSET.fullmatch(path_of(scope))

        async def send_kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in {200, 304}:
                MutableHeaders(scope=message)["cache-control"] = "public, max-age=31536000, immutable"
            await send(message)

        await (self._zipped if is_page else self._app)(scope, receive, send_kept if is_asset else send)


class ProgramBodies:
    """Refuses bodies that say they are too large, in the words of the API."""

    def __init__(self, app: ASGIApp, max_bytes: int, limit_mb: int) -> None:
        self._app, self._max_bytes, self._limit_mb = app, max_bytes, limit_mb

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request comes through here."""
        if scope["type"] == "http" and is_for_programs(scope):
            said = Headers(scope=scope).get("content-length", "")
            if said.isdecimal() and int(said) > self._max_bytes:
                error = InputError("api.too_large", limit_mb=self._limit_mb)
                await error_response(Request(scope), error, 413)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def path_of(scope: Scope) -> str:
    """A request's path below the server's prefix."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def is_for_programs(scope: Scope) -> bool:
    """Whether a request is for one of `PROGRAM_PATHS`."""
    path = path_of(scope)
    return any(path == one or path.startswith(f"{one}/") for one in PROGRAM_PATHS)
