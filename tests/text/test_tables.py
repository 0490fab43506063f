"""The one reader of files: everything that csv writes comes back, and nothing is dropped without a word."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bge_demo.errors import InputError
from bge_demo.locales import LANGUAGES, say
from bge_demo.settings import Limits
from bge_demo.text.headers import KNOWN_NAMES
from bge_demo.text.table import Choices, Table
from bge_demo.text.tables import preview_file, read_table

LIMITS = Limits()
MEGA = 1024 * 1024
UNICODE = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")
OLDER = ("gb18030", "big5", "shift_jis", "euc_kr", "cp1252", "cp1251")
PLAIN = st.sampled_from(list("abc XYZ059,;|\t\"'\r\n.-_"))


@cache
def characters_of(encoding: str) -> st.SearchStrategy[str]:
    """Characters that an encoding can carry, every other one of ASCII. NUL and surrogates are no text."""
    if encoding not in OLDER:
        return UNICODE | PLAIN
    codes = [bytes([lead]) for lead in range(128, 256)]
    codes += [bytes([lead, trail]) for lead in range(129, 255) for trail in range(64, 255)]
    decoded = {code: code.decode(encoding, "ignore") for code in codes}
    found = {text for code, text in decoded.items() if len(text) == 1 and text.encode(encoding) == code}
    return st.sampled_from(sorted(found)) | PLAIN


def read(text: str | bytes, name: str = "a.csv", **choices: Any) -> Table:
    data = text if isinstance(text, bytes) else text.encode()
    return read_table(name, data, LIMITS, Choices(**choices))


def preview(text: str | bytes, name: str = "a.csv", **choices: Any) -> dict[str, Any]:
    return preview_file(name, text if isinstance(text, bytes) else text.encode(), **choices)


def written(rows: list[list[str]], delimiter: str, quoting: int, end: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerows(rows)
    return out.getvalue()


@st.composite
def files(draw: st.DrawFn) -> tuple[list[list[str]], list[list[str]], bytes]:
    """(header or nothing, rows, the file that Python's csv makes of them)."""
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", *OLDER]))
    width = draw(st.integers(1, 4))
    cell = st.text(characters_of(encoding), max_size=12)
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=6))
    # Without a header, a row of usual names would be one to any reader.
    assume(not {one.strip().lower() for one in rows[0]} & KNOWN_NAMES)
    header = draw(st.sampled_from([[], [["id", "text", "title", "note"][:width]]]))
    text = written(
        [*header, *rows],
        draw(st.sampled_from([",", ";", "\t", "|"])),
        draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        draw(st.sampled_from(["\n", "\r\n", "\r"])),
    )
    return header, rows, text.encode(encoding)


@settings(max_examples=200)
@given(files(), st.sampled_from(["a.csv", "a.tsv", "table"]))
def test_what_csv_writes_comes_back_or_the_reader_is_unsure(
    file: tuple[list[list[str]], list[list[str]], bytes], name: str
) -> None:
    header, rows, data = file
    table = read_table(name, data, LIMITS)
    as_written = [list(row.cells) for row in table.rows] == rows and table.header is bool(header)
    assert as_written or table.unsure


@given(files(), st.sampled_from(["a.csv", "a.txt", "a.md", "a.tsv"]))
def test_rows_in_are_rows_out_and_rows_named(
    file: tuple[list[list[str]], list[list[str]], bytes], name: str
) -> None:
    with suppress(InputError):
        found = preview(file[2], name)
        assert found["n_rows"] == len(found["texts"]) + len(found["skipped"])
        named = [one["row"] for one in found["skipped"]]
        assert named == sorted(set(named))


@given(files(), st.sets(st.integers(0, 5)))
def test_a_file_without_some_rows_is_the_bytes_outside_their_spans(
    file: tuple[list[list[str]], list[list[str]], bytes], removed: set[int]
) -> None:
    with suppress(InputError):
        table = read_table("a.csv", file[2], LIMITS)
        kept, begin = b"", 0
        for place, (start, end) in enumerate(table.row_spans):
            assert begin <= start <= end
            kept += file[2][begin:start] + (b"" if place in removed else file[2][start:end])
            begin = end
        again = read_table(
            "a.csv",
            kept + file[2][begin:],
            LIMITS,
            Choices(encoding=table.encoding, delimiter=table.delimiter or "\x1f", header=bool(table.header)),
        )
        wanted = [row.cells for place, row in enumerate(table.rows) if place not in removed]
        if table.header is not None and wanted:
            assert [row.cells for row in again.rows] == wanted


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.txt", "a.md", "a.jsonl", "a.json", "a"]))
def test_any_bytes_give_a_table_or_a_sentence(data: bytes, name: str) -> None:
    with suppress(InputError):
        json.dumps(preview(data, name)).encode()


def test_the_answer_has_the_shape_that_programs_rely_on() -> None:
    assert preview("id,text\n0,one\n1,\n") == {
        "encoding": "utf-8",
        "delimiter": ",",
        "header": True,
        "columns": ["id", "text"],
        "text_column": "text",
        "n_rows": 2,
        "rows": [["0", "one"], ["1", ""]],
        "texts": ["one"],
        "skipped": [{"row": 2, "reason": "The row has no text."}],
        "notes": [],
        "unsure": False,
        "doubts": [],
    }


def test_surplus_delimiters_stay_in_a_last_column_and_are_told() -> None:
    found = preview("id,text\n1,Hello, world, again\n2,Bye\n")
    assert found["texts"] == ["Hello, world, again", "Bye"]
    assert [one["row"] for one in found["notes"]] == [1]


def test_surplus_delimiters_before_another_column_leave_the_row_out_by_name() -> None:
    found = preview("id,text,lang\n1,Hello, world,en\n2,x,de\n")
    assert found["texts"] == ["x"]
    assert found["skipped"][0]["row"] == 1
    assert "4 cells for 3 columns" in found["skipped"][0]["reason"]


def test_a_cell_may_be_as_long_as_the_file() -> None:
    long = "a, b " * 36_000
    assert preview(f'id,text\n1,"{long}"\n2,x\n')["texts"] == [long, "x"]


@pytest.mark.parametrize("word", ["NULL", "nan", "#N/A", "NaN", "#DIV/0!"])
def test_words_for_nothing_are_named(word: str) -> None:
    found = preview(f"id,text\n1,{word}\n2,ok\n")
    assert found["texts"] == ["ok"]
    assert found["skipped"][0]["row"] == 1
    assert word in found["skipped"][0]["reason"]


def test_null_and_missing_texts_of_json_lines_are_named_and_keep_the_numbers() -> None:
    table = read('{"id":0,"text":null}\n{"id":1}\nnonsense\n{"id":2,"text":"x"}', "a.jsonl")
    assert table.texts == ((4, "x"),)
    assert [one.row for one in table.skipped] == [1, 2, 3]
    assert [row.cells[0] for row in table.rows] == ["0", "1", "2"]
    assert table.n_rows == 4


@pytest.mark.parametrize(
    "text", ['["one", "two"]', '[{"text": "one"}, {"text": "two"}]', '{"data": ["one", "two"]}']
)
def test_a_json_file_holds_a_list_of_texts_or_of_objects(text: str) -> None:
    assert [one for _, one in read(text, "a.json").texts] == ["one", "two"]


@pytest.mark.parametrize("text", ["3", "[" * 100_000, '{"a": ', '"text"'])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read(text, "a.json")


def test_a_first_row_that_may_be_a_text_is_kept_and_asked_about() -> None:
    table = read("hello world\nsecond line\n")
    assert (table.header, table.unsure) == (None, True)
    assert [text for _, text in table.texts] == ["hello world", "second line"]
    chosen = read("hello world\nsecond line\n", header=True)
    assert (chosen.columns, chosen.header, chosen.unsure) == (("hello world",), True, False)


def test_a_column_named_text_is_no_row() -> None:
    table = read("text\nfirst, with a comma\nsecond\n")
    assert (table.header, [text for _, text in table.texts]) == (True, ["first, with a comma", "second"])


def test_excels_habits_are_read() -> None:
    assert read("sep=;\r\nid;text\r\n1;one, two\r\n").texts == ((1, "one, two"),)
    assert read("id;text;;\n1;hello;;\n").columns == ("id", "text")
    unicode_text = 'id\ttext\r\n1\thello\r\n2\t"two\tthings"\r\n'.encode("utf-16")
    assert read(unicode_text, "a.txt").texts == ((1, "hello"), (2, "two\tthings"))


def test_lines_and_blocks_are_rows() -> None:
    assert read("one\n\ntwo, three\r\n", "a.txt").texts == ((1, "one"), (2, "two, three"))
    assert read("a\tb\nno tab\n", "a.txt").columns == ("text",)
    code = "```\ncode\n\ncode\n```"
    assert [text for _, text in read(f"# h\n\ntext\nmore\n\n{code}\n", "a.md").texts] == [
        "# h",
        "text\nmore",
        code,
    ]


def test_choices_win_over_the_guess() -> None:
    text = "a;b,c\nd;e,f\n"
    assert read(text, delimiter="comma", header=False).columns == ("1", "2")
    assert read(text, delimiter=",", header=False, text_column="2").texts == ((1, "c"), (2, "f"))
    assert read("id,text\n7,x\n", text_column="id").texts == ((1, "7"),)
    for choices in ({"text_column": "nope"}, {"delimiter": "no"}, {"delimiter": '"'}, {"encoding": "nope"}):
        with pytest.raises(InputError):
            read(text, **choices)


def test_repeated_and_blank_names_are_told_apart() -> None:
    assert read("text,text,,id\na,b,c,d\n").columns == ("text", "text (2)", "3", "id")


def test_the_size_limit_holds_to_the_byte() -> None:
    small = Limits(upload_mb=1)
    assert read_table("a.txt", b"x" * MEGA, small).n_rows == 1
    with pytest.raises(InputError, match="at most 1 MB"):
        read_table("a.txt", b"x" * (MEGA + 1), small)


def test_every_reason_can_be_said_in_every_language() -> None:
    table = read('id,text,lang\n1,"x "y", z\n2,a,b,c\n3,,\n4,NULL,\n')
    assert len(table.skipped) == 4 - 1 or table.skipped
    for one in (*table.skipped, *table.notes):
        assert all(say(one.reason.key, language, **one.reason.values) for language in LANGUAGES)


def test_names_with_nothing_below_them_may_be_the_only_row() -> None:
    assert read("编号\n").unsure
    assert not read("编号,正文\n1,你好\n").unsure
