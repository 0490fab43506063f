"""Uploaded files as people make them: encodings, delimiters, quotes, headers, prose that looks like CSV."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.tabs.cross_lingual.sentence_files import language_column, sentence_rows, sentence_table
from bge_demo.text.table import AS_GUESSED, Choices, why_no_text
from bge_demo.ui.csv_files import csv_text

LIMITS = Limits()
ROWS = [["zh", "你好，世界"], ["en", "Hello, world"], ["fr", 'Elle a dit "salut";\nbonjour']]
CODES = st.sampled_from(["zh", "en", "pt-BR", "zh-TW", "zh_Hant", "control", "?", "英语", "English"])
# A cell is stripped; NUL is no text, nor is NULL; lone surrogates cannot stand in a file.
CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40)
SENTENCES = CELLS.map(str.strip).filter(lambda text: why_no_text(text) is None)


def read_sentence_rows(
    file: bytes, limits: Limits, choices: Choices = AS_GUESSED, columns: tuple[str, ...] = ()
) -> list[list[str]]:
    table = sentence_table("a.csv", file, limits, choices, columns)
    return sentence_rows(table, language_column(table, columns), limits)


def read(text: str, encoding: str = "utf-8") -> list[list[str]]:
    return read_sentence_rows(text.encode(encoding), LIMITS)


def written(rows: list[list[str]], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", [[], [["language", "text"]]], ids=["bare", "header"])
def test_what_spreadsheets_write_is_read(encoding: str, delimiter: str, header: list[list[str]]) -> None:
    assert read(written([*header, *ROWS], delimiter), encoding) == ROWS


def test_full_width_signs_divide_where_every_line_begins_with_a_language() -> None:
    assert read("zh，你好\nen，Hello\n") == [["zh", "你好"], ["en", "Hello"]]
    assert read("中文；你好\n英语；Hello\n") == [["中文", "你好"], ["英语", "Hello"]]
    assert read("今天累，想睡\n英语，很难\n") == [["?", "今天累，想睡"], ["?", "英语，很难"]]


def test_both_byte_orders_of_utf_16_are_read() -> None:
    for mark, encoding in (("\ufeff", "utf-16-le"), ("\ufeff", "utf-16-be")):
        assert read(mark + written(ROWS, "\t"), encoding) == ROWS


@given(st.lists(st.tuples(CELLS, SENTENCES), min_size=1, max_size=6), st.sampled_from([",", ";", "\t"]))
def test_what_csv_writes_below_a_header_is_read_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    text = written([["language", "text"], *map(list, rows)], delimiter)
    assert read(text) == [[language.strip(), sentence] for language, sentence in rows]


@given(st.lists(st.tuples(CODES, SENTENCES), min_size=1, max_size=6), st.sampled_from([",", ";", "\t"]))
def test_what_csv_writes_with_language_codes_is_read_back(
    rows: list[tuple[str, str]], delimiter: str
) -> None:
    assert read(written([*map(list, rows)], delimiter, csv.QUOTE_ALL)) == [*map(list, rows)]


@given(st.lists(SENTENCES, min_size=1, max_size=6))
def test_one_column_that_csv_writes_is_read_back(sentences: list[str]) -> None:
    for quoting in (csv.QUOTE_ALL, csv.QUOTE_MINIMAL):
        text = written([["text"], *([sentence] for sentence in sentences)], ",", quoting)
        assert read(text) == [["?", sentence] for sentence in sentences]


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_sentence(file: bytes) -> None:
    with suppress(InputError):
        rows = read_sentence_rows(file, LIMITS)
        assert all(len(row) == 2 and row[1] == row[1].strip() != "" for row in rows)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_plain_lines_are_sentences_without_a_language(end: str) -> None:
    assert read(end.join(["One.", "", "  Two.  ", "三。", ""])) == [
        ["?", "One."],
        ["?", "Two."],
        ["?", "三。"],
    ]


@pytest.mark.parametrize(
    "prose",
    [
        "Hello, world",
        "So, what now?\nNo, thanks.\nYes, please",
        "今天天气很好,我们去公园吧\n他说,好的",
        "First; second\nThird, fourth; fifth",
        '"Stop," she said.\n"No," he said, "never."',
        "1,000 people came\n2,500 left",
        "zh,你好\nThis line is prose, not a row",
        "Name, first\nAnd last",
        "English, you said?\nFrench, I said",
        'He said "hi", then\nleft',
    ],
)
def test_commas_inside_prose_do_not_tear_it(prose: str) -> None:
    assert read(prose) == [["?", line] for line in prose.splitlines()]


def test_language_names_and_codes_make_columns_without_a_header() -> None:
    assert read("English,Hello\nBrazilian Portuguese,Olá\nDeutsch,Hallo") == [
        ["English", "Hello"],
        ["Brazilian Portuguese", "Olá"],
        ["Deutsch", "Hallo"],
    ]
    assert read("中文,你好\n西班牙语,Hola\n對照,湯") == [
        ["中文", "你好"],
        ["西班牙语", "Hola"],
        ["對照", "湯"],
    ]
    assert read("zh, 你好\nen, Hello") == [["zh", "你好"], ["en", "Hello"]]


def test_an_unquoted_comma_in_the_last_column_belongs_to_the_sentence() -> None:
    assert read("en,Hello, my friend\nde,Hallo") == [["en", "Hello, my friend"], ["de", "Hallo"]]
    assert read("language,text\nen,One, two, three") == [["en", "One, two, three"]]


def test_a_header_names_the_columns_in_any_order() -> None:
    assert read("id,Lang,Text,note\n1,en,Hello,x\n2,zh,你好") == [["en", "Hello"], ["zh", "你好"]]
    assert read("sentence;language\nHallo;de") == [["Hallo", "de"][::-1]]
    assert read("语言\t句子\n英\tHello") == [["英", "Hello"]]
    assert read('text\n"a, b"\nc; d, e') == [["?", "a, b"], ["?", "c; d, e"]]


def test_the_pages_own_download_can_be_uploaded_again() -> None:
    download = csv_text(("rank", "language", "text", "dense"), [[1, "zh", "你好,\n世界", 0.5]])
    assert read(download) == [["zh", "你好,\n世界"]]


def test_quirks_of_excel_are_read() -> None:
    assert read("sep=;\r\nen;Hello, you\r\nde;Hallo\r\n") == [["en", "Hello, you"], ["de", "Hallo"]]
    assert read("SEP=,\nlanguage,text\nen,Hi") == [["en", "Hi"]]
    assert read("language,text,,\r\nen,Hi,,\r\n,,,\r\n,no language,,\r\n") == [
        ["en", "Hi"],
        ["", "no language"],
    ]


def test_rows_without_a_sentence_are_left_out() -> None:
    assert read("language,text\nen,\nde,Hallo\n ,\n") == [["de", "Hallo"]]
    assert read("en,\nde,Hallo") == [["de", "Hallo"]]


def test_quoted_newlines_and_commas_stay_in_their_cell() -> None:
    assert read('en,"one\ntwo, ""three"""\r\nde,vier') == [["en", 'one\ntwo, "three"'], ["de", "vier"]]
    assert read('"only one,\ncolumn"\nsecond') == [["?", "only one,\ncolumn"], ["?", "second"]]


def test_an_open_quote_does_not_swallow_the_rest() -> None:
    assert read('en\t"To be\nfr\tÊtre') == [["en", '"To be'], ["fr", "Être"]]
    assert read('"Open quote, they said\nand more') == [["?", '"Open quote, they said'], ["?", "and more"]]


def test_a_cell_longer_than_csv_reads_is_kept() -> None:
    assert [len(sentence) for _, sentence in read("en,short\nde," + "x" * 200_000)] == [5, 200_000]


def test_line_separators_of_unicode_do_not_cut_a_sentence() -> None:
    assert read("one\u2028still one\x85and\x0bhere\ntwo") == [
        ["?", "one\u2028still one\x85and\x0bhere"],
        ["?", "two"],
    ]


def test_files_of_western_programs_are_read() -> None:
    assert read("de;Müller wohnt in der Straße\nfr;café", "cp1252") == [
        ["de", "Müller wohnt in der Straße"],
        ["fr", "café"],
    ]
    assert read("naïve\ntwo", "utf-16-le") == [["?", "naïve"], ["?", "two"]]


@pytest.mark.parametrize("file", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xfea", bytes(range(256))])
def test_what_is_no_text_is_refused(file: bytes) -> None:
    with pytest.raises(InputError, match="no text in any encoding|is a picture, not text"):
        read_sentence_rows(file, LIMITS)


@pytest.mark.parametrize("text", ["", "\ufeff", " \n\t\n", "language,text\n", "text", "en,\nde,"])
def test_a_file_without_sentences_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no text to work on"):
        read(text)


def test_the_size_limit_holds_to_the_byte() -> None:
    mega = 1024 * 1024
    assert len(read_sentence_rows(b"x" * mega, Limits(upload_mb=1))) == 1
    with pytest.raises(InputError, match=r"The file has 1\.5 MB; at most 1 MB"):
        read_sentence_rows(b"x" * (mega + mega // 2), Limits(upload_mb=1))
    with pytest.raises(InputError, match="at most 1 MB"):
        read_sentence_rows(b"x" * (mega + 1), Limits(upload_mb=1))


def test_the_row_limit_counts_sentences_alone() -> None:
    limits = Limits(table_rows=3)
    assert len(read_sentence_rows(b"text\na\n\nb\nc\n\n", limits)) == 3
    with pytest.raises(InputError, match="There are 4 rows; at most 3"):
        read_sentence_rows(b"text\na\nb\nc\nd\n", limits)
