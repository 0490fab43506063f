"""The sentence table is whole: both languages, equal placeholders, no key unused, missing or unfilled."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import NamedTuple, get_args

import pytest
from jinja2 import Environment, nodes

from bge_demo.errors import InputError
from bge_demo.locales import AREAS, LANGUAGES, TEXTS, Phrase, say
from bge_demo.samples import PAIRS
from bge_demo.scores.scoring import WEIGHT_PRESETS, Band

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "bge_demo"
FAMILIES = {key.split(".")[0] for key in TEXTS}
KEY_LIKE = re.compile(r"([a-z]+)\.[a-z0-9_-]+")
FILE_ENDINGS = (
    ".xml",
    ".html",
    ".css",
    ".js",
    ".json",
    ".safetensors",
    ".bin",
    ".pt",
    ".model",
    ".csv",
    ".tsv",
    ".md",
)
# Calls whose text argument is a key and whose named arguments fill it in.
SENTENCE_CALLS = {"say", "Phrase", "bilingual", "label"}
OTHER_ARGUMENTS = {"language", "tag"}


class Sentence(NamedTuple):
    """A key said somewhere with these values."""

    place: str
    key: str
    values: frozenset[str]


@cache
def _python() -> tuple[tuple[str, ast.Module], ...]:
    files = [*sorted(PACKAGE.rglob("*.py")), ROOT / "app.py"]
    return tuple(
        (path.name, ast.parse(path.read_text("utf-8"))) for path in files if path.parent.name != "locales"
    )


@cache
def _templates() -> tuple[tuple[str, nodes.Template], ...]:
    files = sorted(PACKAGE.rglob("*.html"))
    return tuple((path.name, Environment().parse(path.read_text("utf-8"))) for path in files)


def _literals() -> Iterator[str]:
    """Every string of the Python sources and every string inside a template's braces."""
    for _, tree in _python():
        yield from (
            n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        )
    for _, template in _templates():
        yield from (node.value for node in template.find_all(nodes.Const) if isinstance(node.value, str))


@cache
def _beginnings() -> frozenset[str]:
    """What keys are built from: f"preset.{name}" and "band." ~ name -> `preset.`, `band.`."""
    starts: list[object] = []
    for _, tree in _python():
        built = [node.values[0] for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        starts += [start.value for start in built if isinstance(start, ast.Constant)]
    for _, template in _templates():
        joined = [concat.nodes[0] for concat in template.find_all(nodes.Concat)]
        starts += [start.value for start in joined if isinstance(start, nodes.Const)]
    return frozenset(
        start
        for start in starts
        if isinstance(start, str) and "." in start and start.split(".")[0] in FAMILIES
    )


def _said() -> Iterator[Sentence]:
    """Every call with a literal key, from Python and from the templates."""
    for name, tree in _python():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _said_in_python(name, node)
    for name, template in _templates():
        for call in template.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t" and call.args:
                key = call.args[0]
                if isinstance(key, nodes.Const):
                    yield Sentence(f"{name}:{call.lineno}", key.value, _without({k.key for k in call.kwargs}))


def _said_in_python(name: str, call: ast.Call) -> Iterator[Sentence]:
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    keys = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    keys = [key for key in keys if isinstance(key, str) and key in TEXTS]
    named = {keyword.arg for keyword in call.keywords}
    if keys and None not in named and (function in SENTENCE_CALLS or function.endswith("Error")):
        yield Sentence(f"{name}:{call.lineno}", str(keys[0]), _without({str(one) for one in named}))


def _without(names: set[str]) -> frozenset[str]:
    return frozenset(names - OTHER_ARGUMENTS)


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("key", TEXTS)
def test_a_sentence_has_both_languages_and_the_same_placeholders(key: str) -> None:
    text = TEXTS[key]
    assert text.en.strip() == text.en != ""
    assert text.zh.strip() == text.zh != ""
    assert _placeholders(text.en) == _placeholders(text.zh)


@pytest.mark.parametrize("key", TEXTS)
def test_a_sentence_can_be_said_in_both_languages(key: str) -> None:
    values = {name: f"<{name}>" for name in _placeholders(TEXTS[key].en)}
    for language in LANGUAGES:
        said = say(key, language, **values)
        assert all(f"<{name}>" in said for name in values)


def test_no_key_stands_in_two_tables() -> None:
    assert sum(len(area.TEXTS) for area in AREAS) == len(TEXTS)


def test_long_chinese_texts_are_chinese() -> None:
    untranslated = [
        key for key, text in TEXTS.items() if len(text.en) > 20 and not re.search("[一-鿿]", text.zh)
    ]
    # A formula and two names read the same in both.
    assert set(untranslated) <= {"preset.mkqa"}


def test_no_key_is_unused() -> None:
    used, beginnings = set(_literals()), tuple(_beginnings())
    assert [key for key in TEXTS if key not in used and not key.startswith(beginnings)] == []


def test_no_key_is_missing() -> None:
    wanted = {
        literal
        for literal in _literals()
        if (match := KEY_LIKE.fullmatch(literal))
        and match.group(1) in FAMILIES
        and not literal.endswith(FILE_ENDINGS)
        and literal not in _beginnings()
    }
    assert len(wanted) > 60
    assert wanted - set(TEXTS) == set()


def test_keys_built_from_names_exist_for_every_name() -> None:
    assert {f"band.{name}" for name in get_args(Band)} == {key for key in TEXTS if key.startswith("band.")}
    assert {f"preset.{name}" for name in (*WEIGHT_PRESETS, "custom")} == {
        key for key in TEXTS if key.startswith("preset.")
    }
    assert {pair.name for pair in PAIRS} <= set(TEXTS)


def test_the_built_keys_are_seen() -> None:
    assert {"band.", "preset."} <= _beginnings()


def test_every_sentence_said_is_given_exactly_its_values() -> None:
    said = list(_said())
    assert len(said) > 60
    assert any(sentence.place.startswith("settings.py") for sentence in said)
    assert any(sentence.place.startswith("result.html") for sentence in said)
    wrong = [one for one in said if one.values != _placeholders(TEXTS[one.key].en)]
    assert wrong == []


def test_a_phrase_inside_a_sentence_is_said_in_the_same_language() -> None:
    error = InputError("input.blank", field=Phrase("field.row", row=3))
    assert error.sentence("en").startswith("Row 3 is blank.")
    assert error.sentence("zh").startswith("第 3 行为空")
    assert str(error) == error.sentence("en")


def test_braces_in_a_value_are_left_as_they_are() -> None:
    assert "{0} {model} %s" in say("checkpoint.unknown", "en", model="{0} {model} %s")


def test_an_unknown_key_is_an_error_at_once() -> None:
    with pytest.raises(KeyError):
        InputError("input.no_such_sentence")


def test_a_counted_word_follows_its_number() -> None:
    assert say("cross.all_rows", "en", n=1) == "Show all 1 row"
    assert say("cross.all_rows", "en", n=2) == "Show all 2 rows"
    counted = re.compile(r"\[(\w+):")
    for text in TEXTS.values():
        assert set(counted.findall(text.en)) <= _placeholders(text.en)
        assert not counted.search(text.zh)


def test_a_number_is_not_followed_by_a_bare_plural() -> None:
    bare = re.compile(r"\{n\} (?:[a-z]+ed )?(?:rows|pairs|passages|queries|lines|windows|groups|tokens)\b")
    # There these are thousands, or 1 is said in words of its own.
    allowed = {"verdict.above_all"}
    found = {key for key, text in TEXTS.items() if bare.search(re.sub(r"\[\w+:[^\]]*\]", "", text.en))}
    assert found <= allowed
