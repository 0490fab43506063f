"""What stands between a stranger and the site: whose request it is, how long a body and an answer take,
browsers' rules.

Plain ASGI around everything, the page's streams too. Knows no route; logins are `logins`'.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bge_demo.api.http_errors import error_response
from bge_demo.errors import InputError

# Names that no stranger can register and point at this machine.
_PRIVATE_SUFFIXES = (".localhost", ".local", ".lan", ".internal", ".home.arpa")
ANY_HOST = "*"
# gradio writes a visitor's texts to disk for its deep links, and prints what is asked of custom components.
_CLOSED_PATHS = tuple(
    f"{prefix}/{name}"
    for prefix in ("", "/gradio_api")
    for name in ("deep_link", "custom_component", "vibe-")
)
_READING = {"GET", "HEAD", "OPTIONS"}
BODY_SECONDS, ANSWER_SECONDS = 60.0, 120.0
PIECE_BYTES = 256 * 1024
# gradio fails at an address beyond 64 KB.
ADDRESS_BYTES = 60_000
# gradio's scripts are made of inline code and of functions built from text.
_POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class OwnRequests:
    """Refuses requests that another site's page makes a browser send, and names that lead here unasked.

    A page of another site says so in `Sec-Fetch-Site` or `Origin`; a name rebound to this address stands in
    `Host`. `allowed_hosts` are the operator's names beside addresses and names of private networks.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        own = {socket.gethostname(), socket.getfqdn()}
        self._allowed = {name.lower() for name in (*own, *allowed_hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request comes through here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = _name_of(headers.get("host", ""))
        if not self._is_own(host):
            await _refuse(scope, receive, send, InputError("guard.host", host=host[:80]))
        elif not self._is_from_own_page(scope["method"], headers, host):
            await _refuse(scope, receive, send, InputError("guard.origin"))
        elif scope["path"].removeprefix(scope.get("root_path", "")).startswith(_CLOSED_PATHS):
            await _refuse(scope, receive, send, InputError("guard.closed"))
        elif len(scope.get("raw_path") or b"") + len(scope["query_string"]) > ADDRESS_BYTES:
            await _refuse(scope, receive, send, InputError("guard.address", limit=ADDRESS_BYTES), 414)
        else:
            await self._app(scope, receive, send)

    def _is_own(self, host: str) -> bool:
        is_private = "." not in host or host.endswith(_PRIVATE_SUFFIXES) or _is_address(host)
        return is_private or bool({host, ANY_HOST} & self._allowed)

    def _is_from_own_page(self, method: str, headers: Headers, host: str) -> bool:
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None and site not in {"same-origin", "none"} and method not in _READING:
            return False
        # Browsers send no origin with a page's own reading; a program sends none at all.
        if origin is None or site == "same-origin":
            return True
        name = _name_of(urlsplit(origin).netloc)
        return name == host or name in self._allowed


class PatientBodies:
    """Ends a request whose body does not arrive in time: half-sent ones would hold descriptors for good."""

    def __init__(self, app: ASGIApp, seconds: float = BODY_SECONDS) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request comes through here."""
        if scope["type"] != "http" or scope["method"] in _READING:
            await self._app(scope, receive, send)
            return
        body = _Body(receive, asyncio.get_running_loop().time() + self._seconds)

        async def send_unless_late(message: Message) -> None:
            if not body.is_late:
                await send(message)

        try:
            await self._app(scope, body.receive, send_unless_late)
        except ClientDisconnect:
            if not body.is_late:
                raise
        if body.is_late:
            refusal = error_response(
                Request(scope), InputError("guard.slow", seconds=round(self._seconds)), 408
            )
            refusal.headers["connection"] = "close"
            await refusal(scope, receive, send)


class _Body:
    """A request's messages; after `deadline` (loop time) an unfinished body counts as a client that left."""

    def __init__(self, receive: Receive, deadline: float) -> None:
        self._receive, self._deadline = receive, deadline
        self._is_whole = False
        self.is_late = False

    async def receive(self) -> Message:
        """What the app waits for."""
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self.is_late = True
            return {"type": "http.disconnect"}
        self._is_whole = not message.get("more_body", False)
        return message


class PatientAnswers:
    """Ends a connection whose client does not take an answer in time: large ones would stay in memory."""

    def __init__(self, app: ASGIApp, seconds: float = ANSWER_SECONDS) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request comes through here."""

        async def send_in_pieces(message: Message) -> None:
            body = memoryview(message.get("body", b""))
            try:
                async with asyncio.timeout(self._seconds):
                    # A server takes whatever size at once, and waits for room before the next.
                    while len(body) > PIECE_BYTES:
                        await send({**message, "body": bytes(body[:PIECE_BYTES]), "more_body": True})
                        body = body[PIECE_BYTES:]
                    await send({**message, "body": bytes(body)} if body else message)
            except TimeoutError:
                raise ClientDisconnect from None

        await self._app(scope, receive, send_in_pieces if scope["type"] == "http" else send)


class BrowserRules:
    """Tells browsers what the site's pages may load and who may frame them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request comes through here."""

        async def send_with_rules(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                _keep_cookies_here(headers)
                # gradio lets any origin read where the name is not localhost.
                for name in ("access-control-allow-origin", "access-control-allow-credentials"):
                    del headers[name]
            await send(message)

        await self._app(scope, receive, send_with_rules if scope["type"] == "http" else send)


def _keep_cookies_here(headers: MutableHeaders) -> None:
    """No other site's page has a browser send them with its posts; gradio sets one as SameSite=None."""
    cookies = headers.getlist("set-cookie")
    del headers["set-cookie"]
    for cookie in cookies:
        kept = [part for part in cookie.split(";") if not part.strip().lower().startswith("samesite")]
        headers.append("set-cookie", "; ".join([*(part.strip() for part in kept), "SameSite=Lax"]))


async def _refuse(scope: Scope, receive: Receive, send: Send, error: InputError, status: int = 403) -> None:
    await error_response(Request(scope), error, status)(scope, receive, send)


def _name_of(netloc: str) -> str:
    """A host's name without port and user, in lower case; an IPv6 address without its brackets."""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return netloc.lower()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
