"""Refusals over HTTP in OpenAI's shape: status, sentence, field. The one place that words them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from bge_demo.errors import BusyError, DemoError, InputError, NotReadyError, StoppedError
from bge_demo.locales import Language, Phrase


class ErrorDetail(BaseModel):
    """What is wrong, in a sentence; with which field."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(BaseModel):
    """The answer to a request that was refused."""

    error: ErrorDetail


# What every route may answer, for the description of the API.
ERRORS: dict[int | str, dict[str, Any]] = {"4XX": {"model": ErrorBody}, "5XX": {"model": ErrorBody}}
RETRY_SECONDS = {429: 2, 503: 5}
# The error classes that are not the request's fault; every other DemoError is.
STATUS = {BusyError: 429, NotReadyError: 503, StoppedError: 504}
# OpenAI's words for a status.
_TYPES = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
_CODES = {401: "invalid_api_key", 404: "not_found", 413: "too_large", 429: "queue_full", 503: "not_ready"}
# Pydantic's error types: what the field should have been.
_KINDS = {
    "string_type": "text",
    "int_type": "whole_number",
    "int_from_float": "whole_number",
    "float_type": "number",
    "bool_type": "switch",
    "list_type": "list",
    "dict_type": "object",
    "model_type": "object",
    "none_required": "null",
    "value_error": "file",
}


def translate_errors(app: FastAPI, upload_mb: int) -> None:
    """Register the translation for all routes of the app itself."""

    def told(request: Request, error: Exception) -> Response:
        assert isinstance(error, DemoError)
        return error_response(request, error)

    def misfit(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return error_response(request, validation_error(error.errors()))

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 413:
            return error_response(request, InputError("api.too_large", limit_mb=upload_mb), 413)
        return error_response(request, InputError("api.not_json"), error.status_code)

    def failed(request: Request, error: Exception) -> Response:
        request_id = request.scope.get("request_id", "-")
        return error_response(request, DemoError("api.bug", request_id=request_id), 500)

    app.add_exception_handler(DemoError, told)
    app.add_exception_handler(RequestValidationError, misfit)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Exception, failed)


def error_response(request: Request, error: DemoError, status: int | None = None) -> Response:
    """The error as OpenAI's clients expect it, in the language the caller prefers."""
    status = status or status_of(error)
    headers = {}
    if status in RETRY_SECONDS:
        headers["retry-after"] = str(RETRY_SECONDS[status])
    if isinstance(error, StoppedError):
        # OpenAI's client would send the same long work twice more.
        headers["x-should-retry"] = "false"
    shape = {
        "message": error.sentence(_language(request)),
        "type": _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error"),
        "param": error.param,
        "code": _code(error, status),
    }
    return JSONResponse({"error": shape}, status, headers)


def status_of(error: DemoError) -> int:
    """The HTTP status of an error."""
    if error.key == "input.unknown_model":
        return 404
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)


def _code(error: DemoError, status: int) -> str | None:
    return "model_not_found" if error.key == "input.unknown_model" else _CODES.get(status)


def _language(request: Request) -> Language:
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def validation_error(errors: Sequence[Any]) -> InputError:
    """What pydantic found, as one sentence about one field."""
    first = errors[0]
    place = _place(first)
    if first["type"] == "json_invalid":
        return InputError("api.not_json")
    if not place:
        return InputError("api.body")
    field = str(place[0])
    if first["type"] == "extra_forbidden":
        return InputError("api.unknown_field", field=field).at(field)
    if first["type"] == "missing":
        return InputError("api.missing_field", field=field).at(field)
    path = field + "".join(f"[{part}]" for part in place[1:] if isinstance(part, int))
    wanted = _wanted([error for error in errors if _place(error)[:1] == place[:1]])
    return InputError("api.wrong_field", field=path, wanted=wanted).at(path)


def _place(error: Any) -> list[Any]:
    """Field, then indices and names inside it."""
    return [part for part in error["loc"] if part != "body"]


def _wanted(errors: Sequence[Any]) -> Phrase:
    """The kinds that a field may have, each once."""
    kinds: list[Phrase] = []
    for error in errors:
        kind = _kind(error)
        if kind not in kinds:
            kinds.append(kind)
    wanted = kinds[0]
    for other in kinds[1:]:
        wanted = Phrase("api.either", first=wanted, second=other)
    return wanted


def _kind(error: Any) -> Phrase:
    if error["type"] == "literal_error":
        return Phrase("api.kind.one_of", choices=error["ctx"]["expected"].replace("'", ""))
    return Phrase(f"api.kind.{_KINDS.get(error['type'], 'other')}")
