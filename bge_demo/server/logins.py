"""The login: nothing but the login page and a bare `/healthz` answers without it, and guessing is slow.

Programs send the login with every request; browsers log in on the page, which is gradio's, and have a cookie.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
import time
from collections import Counter, OrderedDict

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bge_demo.api.http_errors import error_response
from bge_demo.errors import BusyError, InputError
from bge_demo.server.request_edges import is_for_programs, path_of
from bge_demo.ui.gradio_inside import end_login, login_of

# What the login page draws itself with.
_OPEN = {"/", "/theme.css", "/favicon.ico"}
_OPEN_FOLDERS = ("/assets/", "/static/")
_FORM, HEALTH = {"/login", "/login/"}, "/healthz"
# A wrong login is answered so late, and until then counts for its address and for all together.
WRONG_SECONDS = 2.0
WRONG_OF_ONE, WRONG_OF_ALL = 3, 20
KNOWN_ADDRESSES = 1000
# A browser logs in again after so long; so many logins are known at once.
LOGIN_SECONDS = 7 * 24 * 3600.0
LOGINS = 10_000


class Attempts:
    """Wrong logins of the last seconds, and addresses that sent a right one lately: others' guesses do not
    keep those out. Bounded, whoever guesses from wherever."""

    def __init__(self, seconds: float = WRONG_SECONDS) -> None:
        self._seconds = seconds
        self._held: Counter[str] = Counter()
        self._known: OrderedDict[str, None] = OrderedDict()

    def is_full(self, address: str) -> bool:
        """Whether no login of this address is looked at for now, be it right or wrong."""
        if self._held[address] >= WRONG_OF_ONE:
            return True
        return address not in self._known and self._held.total() >= WRONG_OF_ALL

    def begin(self, address: str) -> None:
        """A login is about to be looked at."""
        self._held[address] += 1

    async def end(self, address: str, is_right: bool) -> None:
        """It was; returns when its answer may be sent. A client that does not wait for it gains nothing."""
        if not is_right:
            asyncio.get_running_loop().call_later(self._seconds, self._release, address)
            await asyncio.sleep(self._seconds)
            return
        self._release(address)
        self._known[address] = None
        self._known.move_to_end(address)
        if len(self._known) > KNOWN_ADDRESSES:
            self._known.popitem(last=False)

    def _release(self, address: str) -> None:
        self._held[address] -= 1
        self._held += Counter()  # Forgets those that are 0.


class Logins:
    """When the tokens of logged-in browsers were first seen, which is right after the login."""

    def __init__(self, seconds: float = LOGIN_SECONDS, most: int = LOGINS) -> None:
        self._seconds, self._most = seconds, most
        self._first_seen: dict[str, float] = {}

    def ended(self, token: str) -> list[str]:
        """A token was seen now: all that are too old, or too many, the oldest first."""
        now = time.monotonic()
        self._first_seen.setdefault(token, now)
        n_over = len(self._first_seen) - self._most
        over = [
            one
            for place, (one, seen) in enumerate(self._first_seen.items())
            if place < n_over or now - seen > self._seconds
        ]
        for one in over:
            del self._first_seen[one]
        return over


class Login:
    """Lets in who has logged in. `scope["is_stranger"]` tells `/healthz` to say little."""

    def __init__(self, app: ASGIApp, login: tuple[str, str]) -> None:
        self._app = app
        self._login = ":".join(login).encode()
        self._attempts = Attempts()
        self._logins = Logins()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request comes through here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, path = Request(scope), path_of(scope)
        sent = _sent_login(request.headers.get("authorization", ""))
        if scope["method"] == "POST" and path in _FORM:
            await self._through_form(scope, receive, send)
        elif sent is not None and (is_for_programs(scope) or path == HEALTH):
            await self._with_header(sent, scope, receive, send)
        elif self._has_cookie(request):
            await self._app(scope, receive, send)
        elif path == HEALTH:
            await self._app({**scope, "is_stranger": True}, receive, send)
        elif _is_open(scope["method"], path):
            await self._app(scope, receive, send)
        else:
            await _refuse(scope, receive, send)

    async def _with_header(self, sent: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        address = _address(scope)
        if self._attempts.is_full(address):
            await _hold_off(scope, receive, send)
            return
        is_right = secrets.compare_digest(sent, self._login)
        self._attempts.begin(address)
        await self._attempts.end(address, is_right)
        await (self._app if is_right else _refuse)(scope, receive, send)

    async def _through_form(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = _address(scope)
        if self._attempts.is_full(address):
            await _hold_off(scope, receive, send)
            return
        is_over = False

        async def send_in_time(message: Message) -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                await self._attempts.end(address, message["status"] < 400)
            await send(message)

        self._attempts.begin(address)
        try:
            await self._app(scope, receive, send_in_time)
        finally:
            if not is_over:
                await self._attempts.end(address, is_right=False)

    def _has_cookie(self, request: Request) -> bool:
        """A program's route can be read by a browser too, but only from the page or the address bar: cookies
        alone prove nothing."""
        page = request.app.state.page
        token = login_of(page, request.cookies)
        if token is None:
            return False
        ended = self._logins.ended(token)
        for one in ended:
            end_login(page, one)
        is_from_here = request.headers.get("sec-fetch-site") in {"same-origin", "none"}
        return token not in ended and (is_from_here or not is_for_programs(request.scope))


def _is_open(method: str, path: str) -> bool:
    return method in {"GET", "HEAD"} and (path in _OPEN or path.startswith(_OPEN_FOLDERS))


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    refusal = error_response(Request(scope), InputError("api.login"), 401)
    if is_for_programs(scope):
        # Elsewhere browsers would ask with a window of their own.
        refusal.headers["www-authenticate"] = 'Basic realm="BGE-M3", charset="UTF-8"'
    await refusal(scope, receive, send)


async def _hold_off(scope: Scope, receive: Receive, send: Send) -> None:
    error = BusyError("api.login_later", seconds=round(WRONG_SECONDS))
    await error_response(Request(scope), error)(scope, receive, send)


def _sent_login(header: str) -> bytes | None:
    """`user:password` from an Authorization header; None without one."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True)
        except binascii.Error:
            return b""
    return None
