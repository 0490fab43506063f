"""Files as people have them to documents, documents to passages with their offsets."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress

import pytest
from fakes import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.retrieval.files import (
    Columns,
    Cutting,
    Document,
    Split,
    cut_into_passages,
    documents_of_paste,
    guessed_columns,
    passages_from_json,
    read_documents,
    rows_left_out,
    rows_of_a_title_alone,
    table_of,
)
from bge_demo.retrieval.store import Passage
from bge_demo.settings import Limits
from bge_demo.text.readable import is_blank

LIMITS = Limits()
ROWS = [
    ["id", "title", "text"],
    ["a1", "年假", "每年二十五天，\n须提前申请。"],
    ["a2", 'The "X200"', "Error E-17; paper"],
]
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=200)
PROSE = st.lists(
    st.sampled_from(["one", "two.", "三。", "\n", "\n\n", "# Head\n", "\r\n", "  ", "- x"]), max_size=60
)
SPLITS: tuple[Split, ...] = ("paragraphs", "lines", "windows")


def read(name: str, text: str, encoding: str = "utf-8", columns: Columns | None = None) -> list[Document]:
    return read_documents(name, text.encode(encoding), columns, Cutting(), LIMITS)


def left_out(name: str, text: str) -> list[tuple[int, str]]:
    table = table_of(name, text.encode(), LIMITS)
    assert table is not None
    return [(one.row, one.reason.key) for one in rows_left_out(table, guessed_columns(table))]


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def cut(documents: list[Document], cutting: Cutting | None = None, limits: Limits = LIMITS) -> list[Passage]:
    return cut_into_passages(FakeEncoder(), documents, cutting or Cutting(), limits)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
@pytest.mark.parametrize(
    ("name", "delimiter"), [("a.csv", ","), ("A.CSV", ";"), ("a.tsv", "\t"), ("a.csv", "\t")]
)
def test_what_spreadsheets_write_is_read(encoding: str, name: str, delimiter: str) -> None:
    assert read(name, written(ROWS, delimiter), encoding) == [
        Document("a1", "每年二十五天，\n须提前申请。", "年假"),
        Document("a2", "Error E-17; paper", 'The "X200"'),
    ]


def test_excels_delimiter_line_is_skipped() -> None:
    assert read("a.csv", "sep=;\r\nid;text\r\n1;one, two\r\n") == [Document("1", "one, two")]


def test_rows_without_an_id_are_numbered_and_blank_ones_left_out() -> None:
    assert read("a.csv", "text,note\none,x\n,y\n\nthree,z\n") == [
        Document("1", "one"),
        Document("3", "three"),
    ]


def test_short_rows_are_filled_and_surplus_cells_never_cut() -> None:
    assert read("a.csv", "id,title,text\n1,T\n2,T,two, and more\n3,,x,,\n") == [
        Document("1", "T", "T"),
        Document("2", "two, and more", "T"),
        Document("3", "x"),
    ]
    rows = "id,text,title\n1,one\n2,two,T,more\n3,three\n"
    assert [one.id for one in read("a.csv", rows)] == ["1", "3"]
    assert left_out("a.csv", rows) == [(2, "table.too_many_cells")]


def test_ids_may_be_0_and_repeated_ones_are_told_apart_and_stay_a_group() -> None:
    text = "id,text\n0,zero\na,one\na,two\n,three\na,four\n4,five\n"
    assert read("a.csv", text) == [
        Document("0", "zero"),
        Document("a", "one"),
        Document("a:2", "two", group="a"),
        Document("4:2", "three"),
        Document("a:3", "four", group="a"),
        Document("4", "five"),
    ]
    assert [one.document for one in cut(read("a.csv", text))] == ["0", "a", "a", "4:2", "a", "4"]


def test_a_record_with_a_title_alone_is_found_by_it() -> None:
    lines = '{"_id": 0, "title": "Only a title", "text": ""}\n{"_id": 1, "title": "", "text": null}\n'
    assert read("corpus.jsonl", lines) == [Document("0", "Only a title", "Only a title")]


def test_words_for_nothing_and_invisible_texts_are_no_documents() -> None:
    assert read("a.csv", "id,text\n1,NULL\n2,\u200b\n3,nan\n4,ok\n") == [Document("4", "ok")]


def test_a_text_file_of_tabbed_lines_is_a_table() -> None:
    assert read("a.txt", "id\ttext\n1\tone\n2\ttwo\n") == [Document("1", "one"), Document("2", "two")]
    assert [one.text for one in read("a.txt", "one\ttab\n\nno tab")] == ["one\ttab", "no tab"]


def test_the_columns_are_guessed_by_name_in_either_language() -> None:
    for names in (["编号", "标题", "正文"], ["ID", "Title", "Content"], ["_id", "heading", "passage"]):
        table = table_of("a.csv", written([names, ["1", "t", "x"]]).encode(), LIMITS)
        assert table is not None
        guess = guessed_columns(table)
        assert list(table.columns) == names
        assert (guess.id, guess.title, guess.text) == tuple(names)


def test_a_text_column_without_a_name_is_the_longest() -> None:
    table = table_of("a.csv", b"code,,remark\nE17,x,The printer shows an error\n", LIMITS)
    assert table is not None
    assert guessed_columns(table) == Columns(text="remark")


def test_a_title_that_is_the_only_text_is_marked_as_the_text() -> None:
    table = table_of("p.csv", b"name;price\nApple;3\nPear;4\n", LIMITS)
    assert table is not None
    assert guessed_columns(table) == Columns(text="name")


def test_chosen_columns_win() -> None:
    documents = read("a.csv", written(ROWS), columns=Columns(text="title", id="text"))
    assert [document.text for document in documents] == ["年假", 'The "X200"']


@pytest.mark.parametrize(
    "columns", [Columns("nope"), Columns("text", id="nope"), Columns("text", title="nope")]
)
def test_an_unknown_column_is_named(columns: Columns) -> None:
    with pytest.raises(InputError, match=r"There is no column 'nope'. Choose one of: id, title, text"):
        read("a.csv", written(ROWS), columns=columns)


def test_json_lines_with_nested_values_are_read() -> None:
    lines = [
        {"id": 7, "text": "one", "tags": ["a", "é"]},
        {"id": 8, "text": None},
        {"id": 9, "text": {"k": "三"}},
    ]
    text = "\n\n".join(json.dumps(line) for line in lines)
    assert read("a.jsonl", text, "utf-8-sig") == [Document("7", "one"), Document("9", '{"k": "三"}')]


@pytest.mark.parametrize("bad", ["{broken", "[1, 2]", '"text"', "[" * 100_000])
def test_a_line_that_is_no_object_is_named(bad: str) -> None:
    lines = '{"text": "one"}\n' + bad + '\n{"text": "two"}'
    assert read("a.jsonl", lines) == [Document("1", "one"), Document("3", "two")]
    assert left_out("a.jsonl", lines) == [(2, "table.no_object")]


def test_rows_with_a_title_alone_are_not_left_out() -> None:
    rows = "id,title,text\n1,T,\n2,,\n3,U,NULL\n4,V,text\n"
    assert [one.id for one in read("a.csv", rows)] == ["1", "3", "4"]
    assert left_out("a.csv", rows) == [(2, "table.no_text")]
    table = table_of("a.csv", rows.encode(), LIMITS)
    assert table is not None
    assert rows_of_a_title_alone(table, guessed_columns(table)) == (1, 3)


def test_surrogates_in_json_are_replaced() -> None:
    (document,) = read("a.jsonl", '{"text": "a\\ud800b"}')
    document.text.encode()


@pytest.mark.parametrize(
    ("name", "file"),
    [(name, file) for name in ("a.csv", "a.jsonl") for file in ("", "text\n", "\n\n")] + [("a.jsonl", "{}")],
)
def test_a_table_without_rows_is_refused(name: str, file: str) -> None:
    with pytest.raises(InputError):
        cut(read(name, file))


def test_markdown_sections_are_titled_by_the_headings_above() -> None:
    text = "Intro\n\n# Leave #\nSome.\n\n## Sick leave\r\nCall us.\n\n# Pay\n\n### Deep\nEnd."
    documents = read("handbook.md", text)
    assert [(one.title, one.text.strip()) for one in documents] == [
        ("", "Intro"),
        ("Leave", "Some."),
        ("Leave › Sick leave", "Call us."),
        ("Pay › Deep", "End."),
    ]
    assert all(text[one.start : one.start + len(one.text)] == one.text for one in documents)


def test_a_comment_in_a_code_block_is_no_heading() -> None:
    text = "# Install\nRun this:\n```bash\n# a comment\npip install x\n```\nDone.\n~~~\n# more\n~~~\n"
    assert {one.title for one in read("a.md", text)} == {"Install"}


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("paragraphs", ["one\ntwo", "three"]),
        ("lines", ["one", "two", "three"]),
        ("windows", ["one\ntwo\n \nthree"]),
    ],
)
def test_pasted_text_is_split_as_asked(split: Split, expected: list[str]) -> None:
    passages = cut(documents_of_paste("paste", "one\ntwo\n \nthree\n", Cutting(split)), Cutting(split))
    assert [passage.text for passage in passages] == expected
    assert [passage.id for passage in passages] == (
        ["paste"] if len(expected) == 1 else [f"paste:{number}" for number in range(1, len(expected) + 1)]
    )


def test_windows_of_a_long_unit_are_numbered_below_it() -> None:
    words = " ".join(f"w{number}" for number in range(50))
    passages = cut([Document("d", words, "T")], Cutting("windows", 22, 4))
    assert [(one.id, one.document, one.title) for one in passages] == [
        (f"d#{number}", "d", "T") for number in range(1, len(passages) + 1)
    ]
    assert len(passages) == 3


@given(
    PROSE, st.sampled_from(SPLITS), st.integers(16, 40), st.integers(0, 7), st.sampled_from(["a.md", "a.txt"])
)
def test_every_passage_stands_where_it_says(
    pieces: list[str], split: Split, window: int, overlap: int, name: str
) -> None:
    text, cutting = " ".join(pieces), Cutting(split, window, overlap)
    with suppress(InputError):
        passages = cut(read_documents(name, text.encode(), None, cutting, LIMITS), cutting)
        assert all(text[one.start : one.start + len(one.text)] == one.text for one in passages)
        assert all(one.text == one.text.strip() != "" for one in passages)
        assert len({one.id for one in passages}) == len(passages)


@given(TEXTS, st.sampled_from(SPLITS))
def test_no_character_of_a_paste_is_lost(text: str, split: Split) -> None:
    covered = set[int]()
    with suppress(InputError):
        for one in cut(documents_of_paste("p", text, Cutting(split)), Cutting(split)):
            covered.update(range(one.start, one.start + len(one.text)))
    assert {place for place, char in enumerate(text) if not is_blank(char)} <= covered


@given(st.binary(max_size=200), st.sampled_from(["a.txt", "a.md", "a.csv", "a.tsv", "a.jsonl", "a.pdf"]))
def test_any_bytes_give_passages_or_a_sentence(file: bytes, name: str) -> None:
    with suppress(InputError):
        assert cut(read_documents(name, file, None, Cutting(), LIMITS))


def test_real_tokens_keep_offsets(compact: TextEncoder) -> None:
    text = "第一章 总则。本手册适用于全体员工。\n\nSection two. Größe und Maße — naïve café. " * 30
    cutting = Cutting("windows", 32, 8)
    passages = cut_into_passages(compact, documents_of_paste("p", text, cutting), cutting, LIMITS)
    assert len(passages) > 20
    assert all(text[one.start : one.start + len(one.text)] == one.text for one in passages)


@pytest.mark.parametrize("name", ["a.pdf", "a", "md", ".docx"])
def test_another_kind_of_file_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"Choose one of: \.txt, \.md, \.csv, \.tsv, \.jsonl, \.json"):
        read(name, "text")


def test_too_many_passages_or_none_are_refused() -> None:
    with pytest.raises(InputError, match="more than 2 passages"):
        cut([Document(f"{number}", "word") for number in range(3)], limits=Limits(corpus_passages=2))
    with pytest.raises(InputError, match="no text to index"):
        cut([Document("a", " \n")])


@pytest.mark.parametrize(
    "values", [{"split": "pages"}, {"window_tokens": 15}, {"overlap_tokens": -1}, {"overlap_tokens": 128}]
)
def test_a_cut_that_does_not_fit_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Cutting(**values)  # type: ignore[arg-type]


def test_a_window_is_never_longer_than_the_model_reads() -> None:
    words = " ".join(f"w{number}" for number in range(100))
    passages = cut_into_passages(FakeEncoder(max_tokens=18), [Document("d", words)], Cutting(), LIMITS)
    assert max(len(one.text.split()) for one in passages) == 16


def test_programs_send_texts_or_objects() -> None:
    sent = ["one", {"text": "two", "id": 7, "title": "T"}]
    assert passages_from_json(sent, 5, LIMITS) == [
        Passage("1", "one", "", "1"),
        Passage("7", "two", "T", "7"),
    ]
    zeros = passages_from_json([{"id": 0, "text": "alpha"}, {"id": 1, "text": "beta"}, "gamma"], 5, LIMITS)
    assert [one.id for one in zeros] == ["0", "1", "3"]
    taken = passages_from_json([{"id": "2", "text": "alpha"}, "beta", {"title": "Only a title"}], 5, LIMITS)
    assert [(one.id, one.text) for one in taken] == [("2", "alpha"), ("2:2", "beta"), ("3", "Only a title")]
    with pytest.raises(InputError, match="Rows 1 and 3 have the same id '7'"):
        passages_from_json([{"id": 7, "text": "a"}, "b", {"id": "7", "text": "c"}], 5, LIMITS)
    for bad in ("text", [], ["x"] * 6, [3], [{"id": 1}], [" "], ["\u200b"]):
        with pytest.raises(InputError):
            passages_from_json(bad, 5, LIMITS)
