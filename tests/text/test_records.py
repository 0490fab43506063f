"""Records and delimiters: what csv writes, what it does not, and how much one wrong quote may spoil."""

from __future__ import annotations

import pytest

from bge_demo.text.records import find_delimiter, split_records


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def cells(text: str, delimiter: str = ",") -> list[list[str]]:
    return [list(record.cells) for record in split_records(lines(text), delimiter)]


def test_records_know_their_lines() -> None:
    records = split_records(lines('a,"b\nc"\n\nd,e\n'), ",")
    assert [(one.cells, one.first_line, one.end_line) for one in records] == [
        (("a", "b\nc"), 0, 2),
        (("d", "e"), 3, 4),
    ]


def test_a_wrong_quote_spoils_its_own_line_alone() -> None:
    text = 'id,text\n1,"He said "hi", ok"\n2,"two, parts\nnewline"\n3,"open\n4,done\n'
    assert cells(text) == [
        ["id", "text"],
        ["1", 'He said "hi", ok'],
        ["2", "two, parts\nnewline"],
        ["3", '"open'],
        ["4", "done"],
    ]
    assert [one.bad_quote for one in split_records(lines(text), ",")] == [False, True, False, True, False]


def test_a_wrong_quote_between_other_columns_keeps_their_number() -> None:
    assert cells('a,b,c\n1,"x "y", z",en\n')[1] == ["1", 'x "y", z', "en"]


def test_a_line_of_wrong_quotes_is_cut_at_every_delimiter() -> None:
    assert cells('a,b\n"x" y,z,"\n')[1] == ['"x" y', "z", '"']


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ('"id, no";text\n1;hello\n', ";"),
        ("id|text\n1|a, b\n", "|"),
        ("id,text\n1,Hello, world, again\n2,Bye\n", ","),
        ("id;text;price\n1;a, b;2,5\n", ";"),
        ("a\tb, c\nd\te, f\n", "\t"),
        ("one line\nanother, with a comma\n", ""),
        ("", ""),
    ],
)
def test_the_delimiter_is_the_one_that_fits_all_records(text: str, delimiter: str) -> None:
    assert find_delimiter(lines(text))[0] == delimiter


def test_two_that_fit_alike_are_told() -> None:
    assert find_delimiter(lines("a,b;c\n1,2;3\n"))[1]
    assert not find_delimiter(lines("a,b\n1,2\n"))[1]
