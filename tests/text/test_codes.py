"""Identifiers are found whole, however they are spelt, and look-alikes stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.text.codes import codes_in, spellings, whole


def names(text: str) -> set[str]:
    return {name for code in codes_in(text) for name in spellings(code)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PPR-9087", "ppr-9087"),
        ("PPR-9087", "PPR9087"),
        ("PPR-9087", "ＰＰＲ－９０８７"),
        ("GB/T 7714", "gb/t 7714"),
        ("GB/T 7714", "GB/T7714"),
        ("E-17", "e17"),
        ("ISO 9001", "ISO-9001"),
        ("1,234.50", "1.234,50"),
        ("1,234.50", "1 234.5"),
        ("1,234.50", "１，２３４.５０"),
        ("12,000", "12000"),
    ],
)
def test_spelling_does_not_count(one: str, other: str) -> None:
    assert [whole(code) for code in codes_in(one)] == [whole(code) for code in codes_in(f"见 {other} 。")]


@pytest.mark.parametrize(
    ("one", "other"),
    [("PPR-9087", "PPR-9078"), ("PPR-90-87", "PPR-9087"), ("1,234.5", "12,345"), ("京A12345", "津A12345")],
)
def test_look_alikes_stay_apart(one: str, other: str) -> None:
    assert names(one) != names(other)


def test_a_part_of_a_code_is_found_by_itself() -> None:
    assert names("9087") & names("PPR-9087") == {"9087"}
    assert "gb|t|7714" in names("GB/T 7714-2015")


@pytest.mark.parametrize("text", ["25 days", "a cat and 2 dogs", "年假二十五天", "", "...", "12 %"])
def test_words_and_short_numbers_are_no_codes(text: str) -> None:
    assert codes_in(text) == []


def test_a_chinese_prefix_is_no_part_of_the_code_but_is_known() -> None:
    (code,) = codes_in("型号PPR－9087的备件")
    assert (code.text, code.pieces, code.prefix) == ("PPR-9087", ("ppr", "9087"), "号")


@given(st.text(max_size=80))
def test_any_text_is_read_and_codes_stand_in_it(text: str) -> None:
    for code in codes_in(text):
        assert any(char.isdigit() for char in code.text)
        assert codes_in(code.text)[0].pieces[0] == code.pieces[0]
