"""Around gradio's app: requests that it would answer with a trace are answered with a sentence."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bge_demo.api.http_errors import error_response
from bge_demo.errors import InputError, places

log = logging.getLogger(__name__)

_CALL = re.compile(r"/gradio_api/call/(?:v2/)?(?P<name>[^/]+)(?:/(?P<event>[^/]+))?/?")
# What gradio raises while it reads a request that does not fit.
_MISFITS = (TypeError, ValueError, KeyError, AttributeError, AssertionError)


class GradioEdge:
    """`is_endpoint` knows the names that programs may call, `is_waited_for` the events to be fetched."""

    def __init__(
        self, app: ASGIApp, is_endpoint: Callable[[str], bool], is_waited_for: Callable[[str], bool]
    ) -> None:
        self._app, self._is_endpoint, self._is_waited_for = app, is_endpoint, is_waited_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request for gradio comes through here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await error_response(Request(scope), refusal, 404)(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            await self._app(scope, receive, answer.send)
        except _MISFITS as error:
            log.warning("a request does not fit gradio: %s", places(error))
            await answer.replace(scope, receive, InputError("input.payload"))
        except RuntimeError as error:
            # gradio refuses inside a stream that has begun.
            if not isinstance(error.__cause__, HTTPException):
                raise
            await answer.end()
        else:
            await answer.flush()

    def _refusal(self, scope: Scope) -> InputError | None:
        call = _CALL.fullmatch(scope["path"].removeprefix(scope.get("root_path", "")))
        if call is None:
            return None
        if not self._is_endpoint(call["name"]):
            return InputError("api.not_found", path=scope["path"][:80])
        if call["event"] is not None and not self._is_waited_for(call["event"]):
            return InputError("answer.unknown")
        return None


class _Answer:
    """What gradio answers; a failure is held back until it is known whether there is more to say of it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: list[Message] = []
        self._is_open = False

    async def send(self, message: Message) -> None:
        """For gradio."""
        if self._held or message.get("status", 0) >= 500:
            self._held.append(message)
        else:
            self._is_open = message["type"] == "http.response.start" or message.get("more_body", False)
            await self._send(message)

    async def replace(self, scope: Scope, receive: Receive, error: InputError) -> None:
        """Another answer, if none has begun."""
        if self._is_open:
            await self.end()
        else:
            await error_response(Request(scope), error)(scope, receive, self._send)

    async def flush(self) -> None:
        """The answer as it is. gradio says 500 for every sentence that it tells without its queue."""
        for message in self._held:
            await self._send({**message, "status": 400} if message.get("status") == 500 else message)

    async def end(self) -> None:
        """End an answer that has begun."""
        if self._is_open:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
