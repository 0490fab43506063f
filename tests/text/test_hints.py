"""Hints about one text: prefixes, markup, punctuation, signs that cannot be read. Silent otherwise."""

from __future__ import annotations

import pytest

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.locales import LANGUAGES, Phrase, say
from bge_demo.text.hints import hints, markup_share, without_any_marks
from bge_demo.text.readable import reading

FIELD = Phrase("compare.text_a")


def keys(encoder: TextEncoder, text: str) -> list[str]:
    return [hint.key for hint in hints_of(encoder, text)]


def hints_of(encoder: TextEncoder, text: str) -> tuple[Phrase, ...]:
    (tokenized,) = encoder.tokenize([text])
    return hints(tokenized, FIELD, reading(tokenized))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("query: how do I reset my password", ["hint.prefix"]),
        ("passage：每年二十五天年假", ["hint.prefix"]),
        ("Represent this sentence for searching relevant passages: leave", ["hint.prefix"]),
        ("为这个句子生成表示以用于检索相关文章：年假", ["hint.prefix"]),
        ("<p>Hello <b>world</b></p>", ["hint.markup"]),
        ("。。。", ["hint.punctuation_only"]),
        ("?!", ["hint.punctuation_only"]),
        ("a", ["hint.tiny"]),
        (" 42 ", ["hint.tiny"]),
        ("ok.", ["hint.tiny"]),
        ("a？", ["hint.tiny"]),
        ("猫", []),
        ("cat", []),
        ("𓀀𓀁", ["hint.unreadable"]),
        ("A long sentence with one hieroglyph 𓀀 in it", ["hint.some_unreadable"]),
        ("\u0301", ["hint.no_sign"]),
        ("The query: language of a database asks", []),
        ("Annual leave is 25 days (see page 3).", []),
        ("今天天气很好，我们去公园散步吧。", []),
        ("5 < 6 and 7 > 3", []),
    ],
)
def test_hints_are_given_where_they_help(compact: TextEncoder, text: str, expected: list[str]) -> None:
    assert keys(compact, text) == expected


def test_every_hint_can_be_said(compact: TextEncoder) -> None:
    for text in ("query: x", "<p><b></b></p> a", "...", "𓀀𓀁", "a long text with 𓀀", "\u0301"):
        for hint in hints_of(compact, text):
            assert all(say(hint.key, language, **hint.values) for language in LANGUAGES)


def test_markup_is_weighed_in_tokens_and_can_be_taken_out(compact: TextEncoder) -> None:
    text = "<p>Hello <b>world</b></p>"
    assert 0.4 < markup_share(compact.tokenize([text])[0]) < 1
    assert without_any_marks(text) == "Hello world"
    assert without_any_marks('{"a": ["**b**"]}\n\n| c |\n') == '"a": "b"\n\nc'
    assert markup_share(compact.tokenize(["Hello world"])[0]) == 0
    assert markup_share(compact.tokenize([""])[0]) == 0
