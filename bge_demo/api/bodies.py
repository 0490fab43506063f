"""Request bodies from programs' signatures: one field for each value a caller may send. Answers nothing."""

from __future__ import annotations

import inspect
import json
import re
import typing
from typing import Any, cast

from fastapi import Request
from pydantic import BaseModel, ConfigDict, create_model

from bge_demo.serving.gate import SUPPLIED, Program, needs_encoder, parameters_of
from bge_demo.text.tokens import without_surrogates

# Refuses what it does not know, and makes no number of a text.
_STRICT = ConfigDict(extra="forbid", strict=True)
# How JSON may write a lone surrogate.
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def body_model(program: Program) -> type[BaseModel]:
    """The program's parameters as a JSON object, without those that the gate supplies, with the choice of
    the model if one works for it."""
    hints = typing.get_type_hints(program, include_extras=True)
    fields: dict[str, Any] = {
        name: (hints[name], ... if one.default is inspect.Parameter.empty else one.default)
        for name, one in parameters_of(program).items()
        if name not in SUPPLIED
    }
    if needs_encoder(program):
        fields["model"] = (str | None, None)
    name = "".join(part.capitalize() for part in program.__name__.split("_")) + "Body"
    return cast("type[BaseModel]", create_model(name, __config__=_STRICT, **fields))


def values_of(body: BaseModel) -> dict[str, Any]:
    """Field names to values; nothing is copied."""
    return {name: getattr(body, name) for name in type(body).model_fields}


class TolerantRequest(Request):
    """A request whose JSON may hold lone surrogates, which become U+FFFD as on the page."""

    async def json(self) -> Any:
        """The body. Raises JSONDecodeError for whatever is no JSON in UTF-8."""
        if not hasattr(self, "_json"):
            self._json = _loads(await self.body())
        return self._json


def _loads(body: bytes) -> Any:
    try:
        value = json.loads(body)
        return _cleaned(value) if _SURROGATE_ESCAPE.search(body) else value
    except (UnicodeDecodeError, RecursionError) as error:
        raise json.JSONDecodeError(type(error).__name__, "", 0) from error


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, dict):
        return {without_surrogates(name): _cleaned(one) for name, one in value.items()}
    return value
