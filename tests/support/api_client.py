"""The routes of programs over an encoder, without a server and without the page."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from bge_demo.api import http
from bge_demo.api.http_errors import translate_errors
from bge_demo.api.metrics import Metrics
from bge_demo.api.programs import HTTP_PROGRAMS
from bge_demo.encoder.contract import Encoder
from bge_demo.server.request_edges import ProgramBodies, RequestIds
from bge_demo.serving.gate import Gate, Program
from bge_demo.serving.model_host import ModelChoice, ModelHost
from bge_demo.settings import Limits


def gate_over(
    encoder: Encoder, limits: Limits | None = None, supplies: Mapping[str, object] | None = None
) -> Gate:
    models = ModelChoice.only(ModelHost(lambda: encoder, wait_seconds=5))
    return Gate(models, limits or Limits(), supplies)


def api_client(gate: Gate, programs: Iterable[Program] = HTTP_PROGRAMS) -> TestClient:
    return TestClient(api_app(gate, programs), raise_server_exceptions=False)


def api_app(gate: Gate, programs: Iterable[Program] = HTTP_PROGRAMS) -> FastAPI:
    bodies = Middleware(ProgramBodies, max_bytes=100_000, limit_mb=1)
    app = FastAPI(middleware=[Middleware(RequestIds), bodies])
    translate_errors(app, gate.limits.upload_mb)
    door = http.HttpDoor(gate)
    app.include_router(http.program_routes(door, programs))
    app.include_router(http.other_shapes(door))
    app.include_router(http.model_routes(gate.models))
    app.include_router(http.operator_routes(Metrics(gate, lambda: 3, lambda: 0)))
    app.include_router(http.unknown_routes(app))
    return app


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """The address at which the app answers clients that bring their own HTTP."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
