"""The HTTP door: one POST route for each program, JSON in and out, without gradio in between."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Annotated, Any

import orjson
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI, Form, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from bge_demo.api.bodies import TolerantRequest, body_model, values_of
from bge_demo.api.http_errors import ERRORS, error_response
from bge_demo.api.metrics import CONTENT_TYPE, Metrics
from bge_demo.api.openai import model_card, models_list
from bge_demo.api.rerank import rerank
from bge_demo.errors import BusyError, InputError
from bge_demo.locales import Phrase
from bge_demo.serving.gate import Call, Finished, Gate, Program, origin_of
from bge_demo.serving.model_host import ModelChoice
from bge_demo.text.tables import preview_file

# Threads for programs under way; whoever has a place at the gate but no thread yet waits without one.
THREADS = 32
JSON = "application/json"


class HttpDoor:
    """Runs programs for HTTP requests."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._threads = CapacityLimiter(THREADS)

    async def answer(self, request: Request, program: Program, values: dict[str, Any]) -> Response:
        """The program's answer as JSON. Its work ends early when the client hangs up."""
        left = threading.Event()
        origin = origin_of(request.client.host if request.client else None)
        call = Call("http", values.pop("model", None), left.is_set, takes_place=False, origin=origin)

        def work() -> bytes:
            try:
                return as_json(self._gate.run(program, values, call))
            except InputError as error:
                error.param = error.param or _field_of(error, values)
                raise

        try:
            # Taken before a thread is waited for.
            with self._gate.place():
                watch = asyncio.create_task(_note_when_left(request, left))
                try:
                    return Response(await to_thread.run_sync(work, limiter=self._threads), media_type=JSON)
                finally:
                    watch.cancel()
        except BusyError:
            self._gate.tell(Finished("http", program.__name__, BusyError.__name__, 0.0))
            raise


async def _note_when_left(request: Request, left: threading.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    left.set()


def _field_of(error: InputError, values: dict[str, Any]) -> str | None:
    """The field of the body that a sentence speaks of, if it names one: `text_a`, or `texts[3]` of a row."""
    field = error.values.get("field")
    if not isinstance(field, Phrase):
        return None
    name = field.key.rpartition(".")[2]
    if name in values:
        return name
    lists = [name for name, value in values.items() if isinstance(value, list)]
    row = field.values.get("row")
    return f"{lists[0]}[{row - 1}]" if isinstance(row, int) and len(lists) == 1 else None


def as_json(answer: Any) -> bytes:
    """Arrays and dataclasses as plain JSON; what is no number becomes null."""
    return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


class TolerantRoute(APIRoute):
    """A route that reads its JSON as `TolerantRequest` does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What the router calls."""
        handle = super().get_route_handler()

        async def handle_tolerantly(request: Request) -> Response:
            return await handle(TolerantRequest(request.scope, request.receive))

        return handle_tolerantly


def program_routes(door: HttpDoor, programs: Iterable[Program]) -> APIRouter:
    """`POST /v1/name` for every program."""
    router = APIRouter(prefix="/v1", route_class=TolerantRoute, responses=ERRORS)
    for program in programs:
        router.add_api_route(
            f"/{program.__name__}",
            _endpoint(door, program),
            methods=["POST"],
            name=program.__name__,
            description=inspect.getdoc(program),
            response_model=None,
        )
    return router


def other_shapes(door: HttpDoor) -> APIRouter:
    """`POST /v1/preview_file`, which takes a form, and where Cohere's newer clients look for the reranker."""
    router = APIRouter(route_class=TolerantRoute, responses=ERRORS)
    router.add_api_route(
        "/v2/rerank", _endpoint(door, rerank), methods=["POST"], response_model=None, include_in_schema=False
    )

    @router.post("/v1/preview_file", response_model=None)
    async def preview(
        request: Request,
        file: UploadFile,
        encoding: Annotated[str | None, Form()] = None,
        delimiter: Annotated[str | None, Form()] = None,
        text_column: Annotated[str | None, Form()] = None,
    ) -> Response:
        """How a csv, tsv, txt, md, jsonl or json file would be read.

        Answers encoding, delimiter, header, columns, first rows, every text, and the rows that are skipped
        with the reason; encoding, delimiter and text_column replace a guess. Nothing is kept.
        """
        values = {"name": file.filename or "", "data": await file.read(), "encoding": encoding or None}
        chosen = {"delimiter": delimiter or None, "text_column": text_column or None}
        return await door.answer(request, preview_file, values | chosen)

    return router


def _endpoint(door: HttpDoor, program: Program) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def answer(request: Request, body: BaseModel) -> Response:
        return await door.answer(request, program, values_of(body))

    # FastAPI reads the body's fields from here.
    answer.__annotations__["body"] = body_model(program)
    answer.__annotations__["request"] = Request
    answer.__annotations__["return"] = Response
    return answer


def model_routes(models: ModelChoice) -> APIRouter:
    """`GET /v1/models` and `GET /v1/models/{name}`."""
    router = APIRouter(prefix="/v1", responses=ERRORS)
    since = int(time.time())

    @router.get("/models", response_model=None)
    def list_models() -> dict[str, Any]:
        """The models that a request may name; the first answers where none is named."""
        return models_list(models, since)

    @router.get("/models/{name:path}", response_model=None)
    def get_model(name: str) -> dict[str, Any]:
        """One of the models."""
        return model_card(models, name, since)

    return router


def operator_routes(metrics: Metrics) -> APIRouter:
    """`/metrics`, and `/docs`, a page of `/openapi.json` that loads nothing from elsewhere."""
    router = APIRouter()
    docs = (Path(__file__).parent / "docs.html").read_text("utf-8")

    @router.get("/metrics", response_class=PlainTextResponse)
    def read_metrics() -> Response:
        """Requests, times, tokens, queue, cache, models and corpora, for Prometheus."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    @router.get("/docs", include_in_schema=False)
    def read_docs() -> HTMLResponse:
        return HTMLResponse(docs)

    return router


def unknown_routes(app: FastAPI) -> APIRouter:
    """Whatever else is asked for under `/v1`: a sentence rather than the page's. Include it last."""
    router = APIRouter(prefix="/v1", include_in_schema=False)
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

    @router.api_route("/{path:path}", methods=methods, response_model=None)
    def nothing_here(request: Request) -> Response:
        path = request.url.path
        allowed = sorted(method.upper() for method in app.openapi()["paths"].get(path, {}))
        if not allowed:
            return error_response(request, InputError("api.not_found", path=path), 404)
        error = InputError("api.wrong_method", path=path, method=request.method, allowed=", ".join(allowed))
        refused = error_response(request, error, 405)
        refused.headers["allow"] = ", ".join(allowed)
        return refused

    return router
