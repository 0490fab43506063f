"""The preview of an uploaded file: what was guessed, the first rows, and the rows left out, escaped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from html_reading import parsed

from bge_demo.errors import InputError
from bge_demo.locales import TEXTS, say
from bge_demo.settings import Limits
from bge_demo.tabs.cross_lingual.tab import seen_sentences, show_uploaded
from bge_demo.tabs.deduplicate.tab import seen_lines
from bge_demo.tabs.long_document.tab import seen_document
from bge_demo.tabs.retrieval.evaluation_panel import seen_labels
from bge_demo.tabs.retrieval.new_corpus_panel import seen_corpus_file
from bge_demo.text.table import Choices
from bge_demo.text.tables import read_table
from bge_demo.ui.pair_input import rows_of, seen_pairs, show_uploaded_pairs
from bge_demo.ui.upload import Reading, SeenTable, choices_of, preview_html, reading_of, show_file


def preview(text: str, encoding: str = "utf-8", name: str = "a.csv") -> str:
    return preview_html([SeenTable.of_texts(read_table(name, text.encode(encoding), Limits()))], ("text",))


def test_the_preview_shows_rows_and_says_what_is_left_out() -> None:
    rows = "".join(f"{number};text {number}\n" for number in range(1, 9))
    root = parsed(preview("id;text\n" + rows + "9;\n10;NULL\n"))
    said = root.text()
    assert "Rows: 10, used: 8." in said
    assert "Only the first 5 readable rows of 10 are shown:" in said
    assert "10 行中仅显示前 5 个可读的行" in said
    assert "Columns are divided by semicolons." in said
    assert "Read as UTF-8." in said
    assert "text 5" in said
    assert "text 6" not in said
    assert "Left out, 2 of 10 rows" in said
    assert "共 10 行，采用 8 行" in said
    assert "The encoding is a guess" not in said


def test_guesses_are_told() -> None:
    assert "The encoding is a guess" in preview("id;text\n1;Müller\n", "cp1252")
    assert "The first row may be a header" in preview("hello world\nsecond line\n")
    assert "Read by guess, 1 of 1 row:" in preview('id,text\n1,"a "b", c"\n')


def test_a_header_and_paragraphs_are_told() -> None:
    assert "The first row is taken for a header." in preview("id,text\n1,one\n2,two\n")
    assert "taken for a header" not in preview("1,one\n2,two\n")
    assert "read by paragraphs, not by lines" in preview("one\ntwo\n\nthree\n", name="a.md")
    assert "by paragraphs" not in preview("one\ntwo\n", name="a.txt")


@pytest.mark.parametrize("sign", ["，", "；"])
def test_full_width_delimiters_can_be_chosen(sign: str) -> None:
    name = {"，": "wide_comma", "；": "wide_semicolon"}[sign]
    table = read_table("a.csv", f"编号{sign}文本\n1{sign}你好\n".encode(), Limits(), choices_of("", name, ""))
    assert table.columns == ("编号", "文本")
    assert f"upload.delimiter_is.{name}" in TEXTS
    assert say(f"upload.delimiter_is.{name}", "zh") in preview_html([SeenTable.of_texts(table)], ("text",))


def test_cells_are_escaped_and_long_ones_cut() -> None:
    shown = preview("id,text\n1,<script>alert(1)</script>\n2," + "x" * 500 + "\n")
    assert "<script>" not in shown
    assert "x" * 119 + "…" in shown
    assert "x" * 120 not in shown


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.jsonl", "a.json"])
def test_every_kind_of_file_has_a_preview(name: str) -> None:
    text = {"a.jsonl": '{"text": "one"}', "a.json": '["one"]'}.get(name, "one")
    assert "Rows: 1, used: 1." in preview(text, name=name)


def test_empty_menus_leave_everything_to_the_reader() -> None:
    assert choices_of("", "", "") == Choices()
    assert choices_of("big5", "tab", "no") == Choices("big5", "\t", None, False)
    assert reading_of("") == Reading()


@pytest.mark.parametrize(
    "reading",
    [
        "[]",
        "{",
        '{"columns": 3}',
        '{"columns": [1]}',
        '{"encoding": 8}',
        '{"path": "/etc"}',
        "null",
        '{"header": [1]}',
    ],
)
def test_what_the_menus_cannot_say_is_refused(reading: str) -> None:
    with pytest.raises(InputError):
        reading_of(reading)


# Every tab's reader, a file that it takes in cp1252 with one row that it leaves out, and its columns.
TABS = {
    "cross": (
        seen_sentences,
        ("text", "language"),
        "language;text\nde;Müller wohnt hier\nfr;NULL\n",
        ["text", "language"],
    ),
    "corpus": (
        seen_corpus_file,
        ("text", "id", "title"),
        "id;text\n1;Größe und Länge\n2;\n",
        ["text", "id", ""],
    ),
    "labels": (
        seen_labels,
        ("query", "relevant"),
        "query;relevant\nWo ist Müller?;a\n ;b\n",
        ["query", "relevant"],
    ),
    "lines": (seen_lines, ("text",), "nr;text\n1;Größe und Länge\n2;#N/A\n", ["text"]),
    "pairs": (
        seen_pairs,
        ("text_a", "text_b", "label"),
        "text_a;text_b;label\nGröße;Länge;ja\nGröße;nan;nein\nStraße;Weg;nein\n",
        ["text_a", "text_b", "label"],
    ),
}


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_shows_a_file_before_it_takes_it(tab: str, tmp_path: Path) -> None:
    read, roles, text, columns = TABS[tab]
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode("cp1252"))
    given = [str(file)] if tab == "labels" else str(file)
    shown = show_file(read, roles, Limits(), given, "")
    said = parsed(shown.preview).text()
    assert shown.panel["visible"] is True
    assert "Read as Windows-1252." in said
    assert "Left out, 1 of" in said
    assert [menu["value"] for menu in shown[2 : 2 + len(columns)]] == columns
    wrong = show_file(read, roles, Limits(), given, json.dumps({"encoding": "utf-8"}))
    assert wrong.panel["visible"] is True
    assert "utf-8" in parsed(wrong.preview).text().lower()
    assert show_file(read, roles, Limits(), None, "").panel["visible"] is False


def test_a_document_shows_its_encoding_and_its_first_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("第一行\n\n第二行很长\n".encode("gb18030"))
    said = parsed(show_file(seen_document, (), Limits(), str(file), "").preview).text()
    assert "Read as GB18030" in said
    assert "第二行很长" in said
    other = show_file(seen_document, (), Limits(), str(file), json.dumps({"encoding": "cp1252"}))
    assert "第一行" not in other.preview


def test_a_document_that_cannot_be_read_says_that_the_box_holds_none_of_it(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"no pdf at all")
    shown = show_file(seen_document, (), Limits(), str(file), "")
    said = parsed(shown.preview).text()
    assert "its content is no PDF" in said
    assert "nothing in it comes from this file" in said
    assert "其中的内容不来自该文件" in said


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_sentences_are_read_from_json(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    rows = [{"language": "zh", "text": "你好"}, {"language": "en", "text": "Hello, world"}]
    text = json.dumps(rows) if name == "a.json" else "\n".join(map(json.dumps, rows))
    file.write_text(text, "utf-8")
    shown = show_file(seen_sentences, ("text", "language"), Limits(), str(file), "")
    assert [shown.column_1["value"], shown.column_2["value"]] == ["text", "language"]
    table = show_uploaded(Limits(), "en", str(file), "").table
    assert table["data"] == [["zh", "你好"], ["en", "Hello, world"]]


def test_columns_of_other_names_can_be_chosen(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("no,left,right,verdict\n1,red,blue,no\n2,cat,dog,yes\n", "utf-8")
    reading = json.dumps({"columns": ["left", "right", "verdict"]})
    assert show_uploaded_pairs(Limits(), str(file), reading).pairs == (
        "text_a\ttext_b\tlabel\nred\tblue\tno\ncat\tdog\tyes\n"
    )
    (asked,) = seen_labels(Limits(), [("q.csv", b"frage,treffer\nwhere?,a;b\n")], Reading())
    assert asked.columns == ("", "")
    assert asked.problem is not None
    assert asked.problem.key == "evaluation.no_columns"
    chosen = Reading(columns=("frage", "treffer"))
    (asked,) = seen_labels(Limits(), [("q.csv", b"frage,treffer\nwhere?,a;b\n")], chosen)
    assert asked.told[0].values == {"n": 1, "labels": 2}


def test_a_file_that_cannot_be_read_offers_neither_itself_nor_the_columns_of_an_earlier_one(
    tmp_path: Path,
) -> None:
    def refuse(*_: object) -> list[SeenTable]:
        raise InputError("input.file_encoding")

    file = tmp_path / "a.csv"
    file.write_text("language,text\nen,one\n", "utf-8")
    shown = show_file(refuse, ("text", "language"), Limits(), str(file), "")
    assert "refused" in shown.preview
    assert shown.column_1["choices"] == shown.column_2["choices"] == []
    assert "refused" not in show_file(seen_sentences, ("text",), Limits(), str(file), "").preview


def test_pairs_of_a_file_that_waits_are_told_from_those_in_the_box() -> None:
    rows = b"a\tb\t1\nc\td\t0\n"
    told = parsed(
        preview_html(seen_pairs(Limits(), [("a.tsv", rows)], Reading()), ("text_a", "text_b"))
    ).text()
    assert "This file has 2 labelled pairs, which are not in the box yet." in told
    assert "尚未放入框中" in told
    with pytest.raises(InputError, match="The box of pairs is empty.*“Use this file”"):
        rows_of(" ", Limits())


def test_a_short_file_is_shown_whole_and_a_row_is_named_once() -> None:
    said = parsed(preview('{"text": "one"}\n[1]\n', name="a.jsonl")).text()
    assert "Only the first" not in said
    assert "It is no JSON object" in said
    assert "ine 2" not in said
