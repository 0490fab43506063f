"""The HTTP server: answers from the first second, hands over to the page once it is built, tells its
health."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn

from bge_demo.errors import InputError, SettingsError
from bge_demo.locales import LANGUAGES, Phrase, say, say_all
from bge_demo.model_host import ModelChoice
from bge_demo.model_life import fetch_only, offered_models
from bge_demo.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from gradio import Blocks

    from bge_demo.checkpoints import Checkpoint
    from bge_demo.downloads import Progress

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)

_MB = 1024 * 1024
# gradio keeps the last texts and results of this many visitors; its own 10 000 would be gigabytes.
KEPT_SESSIONS = 200
# What a stop leaves to requests under way.
SHUTDOWN_SECONDS = 3


def serve(settings: Settings) -> None:
    """Serve until stopped. Raises SettingsError when the address cannot be used or the login is malformed."""
    _credentials(settings.auth)
    listener = _listen(settings.host, settings.port)
    _prepare_environment(settings)
    models = offered_models(settings)
    # No access log: addresses carry the texts of shared links.
    doorway = Doorway(lambda: build_app(settings, models), models.start)
    config = uvicorn.Config(
        doorway,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = _Server(config, doorway)
    shown = "localhost" if settings.host in {"0.0.0.0", "127.0.0.1"} else settings.host
    log.info("BGE-M3 demo on http://%s:%d%s", shown, settings.port, settings.root_path)
    server.run(sockets=[listener])


def fetch(settings: Settings, report: Callable[[Progress], None]) -> Checkpoint:
    """Fetch and check the model, as `--fetch` does. Raises CheckpointError with the next step."""
    _prepare_environment(settings)
    return fetch_only(settings, report)


def build_app(settings: Settings, models: ModelChoice) -> FastAPI:
    """The page with its endpoints, and `/healthz` beside it. Raises SettingsError for a malformed auth."""
    from fastapi import FastAPI
    from fastapi.responses import JSONResponse

    from bge_demo.analyses.corpus_library import CorpusLibrary
    from bge_demo.corpora import open_corpora
    from bge_demo.ui.blocks import build_blocks

    library = CorpusLibrary(open_corpora(settings), settings.limits)
    blocks = build_blocks(settings, models, library)
    blocks.state_session_capacity = KEPT_SESSIONS
    # Room for an upload of the largest size and the form around it.
    max_body_size = (settings.limits.upload_mb + 1) * _MB
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, max_body_size=max_body_size)

    @app.get("/healthz")
    def healthz(model: str = "") -> JSONResponse:
        status, answer = _health(models, model)
        return JSONResponse(answer | {"waiting_requests": len(blocks._queue)}, status_code=status)

    mounted = _mount(app, blocks, settings)
    gradio_app: Any = mounted.routes[-1].app  # type: ignore[attr-defined]

    def let_go() -> None:
        gradio_app.stop_event.set()
        # Not awaited: it ends after the passages under way.
        threading.Thread(target=library.close, daemon=True).start()

    mounted.state.let_go = let_go
    return mounted


def _mount(app: FastAPI, blocks: Blocks, settings: Settings) -> FastAPI:
    """The app with the page at its root, and nothing else of gradio's that answers by default."""
    import gradio as gr

    from bge_demo.ui.blocks import page_options

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        auth=_credentials(settings.auth),
        root_path=settings.root_path or None,
        max_file_size=f"{settings.limits.upload_mb}mb",
        show_error=False,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        **page_options(),
    )
    # gradio lets a payload name any file of this machine until its Blocks have launched, and mounting does
    # not count as that.
    blocks.has_launched = True
    return mounted


def _health(models: ModelChoice, model: str) -> tuple[int, dict[str, Any]]:
    """HTTP status and answer for one of the models, the first by default."""
    try:
        status = models.host(model).status()
    except InputError as error:
        return 404, {"message": say_all(Phrase(error.key, **error.values))}
    return 200 if status.state == "ready" else 503, status.to_json()


class _Server(uvicorn.Server):
    """Lets go of the open pages first, each of which holds a connection until its browser closes, and of
    indexing: a stop waits for both."""

    def __init__(self, config: uvicorn.Config, doorway: Doorway) -> None:
        super().__init__(config)
        self._doorway = doorway

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal to stop calls."""
        self._doorway.let_go()
        super().handle_exit(sig, frame)


class Doorway:
    """An ASGI app that greets visitors at once and lets the real app in when it is built.

    Building imports gradio, which takes seconds; until then `/` is a page that reloads itself, `/healthz`
    is 503, and every other request waits.
    """

    def __init__(self, build: Callable[[], FastAPI], when_open: Callable[[], None]) -> None:
        self._build = build
        self._when_open = when_open
        self._app: FastAPI | None = None
        self._opened = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lifespan here; everything else to the app, or to the greeting."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is None and _is_greeted(scope):
            await _greet(scope["path"], send)
        else:
            await self._opened.wait()
            assert self._app is not None
            await self._app(scope, receive, send)

    def let_go(self) -> None:
        """End the connections that open pages hold, and indexing."""
        if self._app is not None:
            self._app.state.let_go()

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
        self._when_open()


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


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingsError("settings.port_taken", host=host, port=port, other=port + 1) from error
        raise SettingsError(
            "settings.address", host=host, port=port, reason=error.strerror or error
        ) from error
    return listener


def _prepare_environment(settings: Settings) -> None:
    """What the libraries read from the environment at import; nothing here calls home."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("TRANSFORMERS_NO_TF", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if settings.offline:
        os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"


def _credentials(auth: str) -> tuple[str, str] | None:
    if not auth:
        return None
    user, colon, password = auth.partition(":")
    if not (user and colon and password):
        raise SettingsError("settings.auth")
    return user, password
