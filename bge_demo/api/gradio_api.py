"""gradio's named endpoints: every program under its name, as a thin door to the gate."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable
from typing import Any

import gradio as gr

from bge_demo.errors import DemoError
from bge_demo.serving.gate import SUPPLIED, Call, Gate, Program, needs_encoder, parameters_of
from bge_demo.ui.user_errors import program_error
from bge_demo.ui.visitors import visitor_origin, visitor_watch


def publish_endpoints(gate: Gate, programs: Iterable[Program]) -> None:
    """Register every program under its name. Call inside a Blocks."""
    for program in programs:
        gr.api(endpoint(gate, program), api_name=program.__name__)


def endpoint(gate: Gate, program: Program) -> Callable[..., dict[str, Any]]:
    """The program as gradio calls it: name, description and parameters are the program's own, without those
    that the gate supplies, and with the choice of the model if one works for it."""

    def answer(*values: Any) -> dict[str, Any]:
        bound = signature.bind(*values)
        bound.apply_defaults()
        named = bound.arguments
        call = Call("gradio", named.pop("model", ""), visitor_watch(), origin=visitor_origin())
        try:
            return gate.run(program, named, call)
        except DemoError as error:
            raise program_error(error) from error

    signature = _signature(program)
    answer.__name__, answer.__doc__ = program.__name__, program.__doc__
    answer.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
    answer.__signature__ = signature  # type: ignore[attr-defined]
    return answer


def _signature(program: Program) -> inspect.Signature:
    hints = typing.get_type_hints(program)
    asked = [
        one.replace(annotation=hints[name])
        for name, one in parameters_of(program).items()
        if name not in SUPPLIED
    ]
    if needs_encoder(program):
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        asked.append(inspect.Parameter("model", kind, default="", annotation=str))
    return inspect.Signature(asked, return_annotation=dict[str, Any])
