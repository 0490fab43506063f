"""Programs and the doors made of them: one list, and gradio's endpoints follow its names and parameters."""

from __future__ import annotations

import inspect
from typing import Any

import gradio as gr
import pytest
from fakes import FakeEncoder

from bge_demo.api.gradio_api import endpoint
from bge_demo.api.programs import PROGRAMS
from bge_demo.encoder.contract import Encoder
from bge_demo.serving.gate import SUPPLIED, Gate, parameters_of
from bge_demo.serving.model_host import ModelChoice, ModelHost
from bge_demo.settings import Limits
from bge_demo.tabs.all_tabs import TABS


@pytest.fixture
def gate(fake: FakeEncoder) -> Gate:
    return Gate(ModelChoice.only(ModelHost(lambda: fake, wait_seconds=5)), Limits())


def repeat(encoder: Encoder, text: str, times: int = 2) -> dict[str, Any]:
    """Say it again."""
    return {"said": text * times}


def test_the_programs_of_every_tab_are_there_once() -> None:
    names = [program.__name__ for program in PROGRAMS]
    assert len(set(names)) == len(names)
    assert {program for tab in TABS for program in tab.programs} <= set(PROGRAMS)
    assert {"compare", "cross_lingual", "search", "embed"} <= set(names)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_program_says_what_it_does_and_takes_plain_values(program: Any) -> None:
    assert program.__doc__
    for name, parameter in parameters_of(program).items():
        assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert parameter.annotation is not inspect.Parameter.empty
        assert name not in SUPPLIED or parameter.default is inspect.Parameter.empty


def test_an_endpoint_shows_the_programs_own_parameters_and_the_model(gate: Gate) -> None:
    made = endpoint(gate, repeat)
    assert (made.__name__, made.__doc__) == ("repeat", "Say it again.")
    shown = inspect.signature(made).parameters
    assert {name: one.default for name, one in shown.items()} == {
        "text": inspect.Parameter.empty,
        "times": 2,
        "model": "",
    }
    assert made("ab", 3, "") == {"said": "ababab"}
    assert made("ab") == {"said": "abab"}


@pytest.mark.parametrize("model", [["a"], {"a": "b"}, "other", 3])
def test_an_odd_model_gets_a_sentence(gate: Gate, model: Any) -> None:
    with pytest.raises(gr.Error, match="There is no model"):
        endpoint(gate, repeat)("ab", 2, model)
