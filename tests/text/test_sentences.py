"""Sentences and paragraphs: nothing but blanks between them, marks of many scripts, no cut at a number."""

from __future__ import annotations

import pytest
from fakes import AWKWARD_TEXTS
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.text.sentences import Span, paragraphs, sentences

PIECES = st.sampled_from(
    ["One. ", "Dr. A", "3.5 ", "太好了！", "“是。”", "\n", "\n\n", " ", "هل؟ ", "e\u0301. ", "x"]
)


def texts_of(text: str) -> list[str]:
    return [text[one.start : one.end] for one in sentences(text)]


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_only_blanks_lie_between_sentences_and_between_paragraphs(text: str) -> None:
    for spans in (sentences(text), paragraphs(text)):
        places = [0, *(place for span in spans for place in span), len(text)]
        gaps = [text[a:b] for a, b in zip(places[::2], places[1::2], strict=True)]
        assert "".join(gaps).strip() == ""
        assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)


@pytest.mark.parametrize("text", AWKWARD_TEXTS)
def test_awkward_texts_have_sentences(text: str) -> None:
    assert bool(sentences(text)) == bool(text.strip())


@pytest.mark.parametrize(
    "expected",
    [
        ["It costs 3.50 EUR. ", "Is that much? ", "No!"],
        ["年休假为 7 天。", "“不折算现金。”", "明白吗？"],
        ["給与は10日。", "「休日は前日です。」", "以上"],
        ["هل هذا صحيح؟ ", "نعم. ", "شكرا"],
        ["यह सच है। ", "ठीक है।"],
        ["Ask Dr. Weber, z. B. on 3. mai at 5 p.m. about it. ", "Done."],
        ["J. Smith wrote it. ", "See No. 7."],
        ["First line\n", "second line"],
        ["Wait... ", "What?! ", "“Yes.” ", "Good."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(expected: list[str]) -> None:
    assert texts_of("".join(expected)) == [one.strip() for one in expected]


def test_paragraphs_lie_between_blank_lines() -> None:
    assert paragraphs("a\nb\n \nc\r\n\r\n\n d ") == (Span(0, 3), Span(6, 7), Span(13, 14))
