"""Pairs pasted and uploaded in the shapes people have them in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.text.pair_tables import as_pasted, pair_rows, pasted_table, places_of, rows_without_pair
from bge_demo.text.tables import read_table

LIMITS = Limits()


def _rows(text: str) -> list[dict[str, Any]]:
    return pair_rows(pasted_table(text, LIMITS), LIMITS)


@pytest.mark.parametrize(
    "text",
    [
        "text_a\ttext_b\tlabel\nred cat\tred dog\t1\n",
        "red cat\tred dog\t1\n",
        "text_b,text_a,label\nred dog,red cat,1\n",
        "sentence1;sentence2;score\nred cat;red dog;1\n",
        "红猫\t红狗\t1\n".replace("红猫", "red cat").replace("红狗", "red dog"),
    ],
)
def test_columns_are_found_by_name_or_place(text: str) -> None:
    assert _rows(text)[-1] == {"text_a": "red cat", "text_b": "red dog", "label": "1"}


def test_kind_and_group_come_along() -> None:
    text = "text_a\ttext_b\tlabel\tkind\tgroup\na b\tc d\tyes\tk\tg\n"
    assert _rows(text) == [{"text_a": "a b", "text_b": "c d", "label": "yes", "kind": "k", "group": "g"}]


def test_a_first_row_with_a_number_as_label_is_data() -> None:
    text = "How are you today?\tHow do you do?\t1\nIt rains.\tIt snows.\t0\nNo.\tYes.\t0\n"
    assert len(_rows(text)) == 3


def test_one_column_is_told() -> None:
    with pytest.raises(InputError, match="one column"):
        _rows("only text\nmore text\n")


def test_too_many_rows_are_told_with_their_number() -> None:
    text = "text_a\ttext_b\tlabel\n" + "a b\tc d\t1\n" * 5001
    with pytest.raises(InputError, match="5001 rows"):
        _rows(text)


def test_files_of_other_encodings_are_read() -> None:
    data = "text_a,text_b,label\n退货,退款,是\n天气,火车,否\n".encode("gb18030")
    assert [row["label"] for row in pair_rows(read_table("p.csv", data, LIMITS), LIMITS)] == ["是", "否"]


@given(st.lists(st.tuples(st.text("abc \"',;äö中\n", min_size=1), st.text("xyz\"'", min_size=1)), min_size=1))
def test_what_is_written_into_the_box_is_read_back(pairs: list[tuple[str, str]]) -> None:
    rows = [
        {"text_a": f"a {a} z", "text_b": f"b {b} z", "label": str(i % 2)} for i, (a, b) in enumerate(pairs)
    ]
    assert _rows(as_pasted(rows)) == rows


def test_a_first_row_with_a_word_as_label_is_data_where_all_labels_are_words() -> None:
    assert len(_rows("a b\tc d\tyes\ne f\tg h\tno\n")) == 2
    assert len(_rows("question one\tquestion two\tduplicate\nHow?\tWhy?\t1\nWho?\tWhen?\t0\n")) == 2


@pytest.mark.parametrize("sign", ["，", "；"])
@pytest.mark.parametrize("header", ["", "text_a{0}text_b{0}label\n", "文本A{0}文本B{0}标签\n"])
def test_full_width_signs_divide_where_every_line_is_a_labelled_pair(sign: str, header: str) -> None:
    lines = "今天天气真好{0}今天阳光明媚{0}1\n我要退货, 谢谢{0}火车几点开{0}0\n猫{0}狗{0}０\n"
    expected = [("今天天气真好", "1"), ("我要退货, 谢谢", "0"), ("猫", "０")]
    rows = _rows((header + lines).format(sign))
    assert [(row["text_a"], row["label"]) for row in rows] == expected
    # One of the sentences has a comma of its own.
    with pytest.raises(InputError, match="one column"):
        _rows((header + lines + "好{0}很好{0}真的好{0}1\n").format(sign).replace(", ", ""))


def test_full_width_signs_of_prose_divide_nothing() -> None:
    for lines in ("今天，天气好\n明天，下雨\n", "因为累，所以睡，晚安\n因为饿，所以吃，好吃\n"):
        with pytest.raises(InputError, match="one column"):
            _rows(lines)
    assert _rows("你好，世界\t再见，世界\t1\n")[0]["text_b"] == "再见，世界"


def test_a_label_in_the_place_of_text_b_is_no_text() -> None:
    lines = "red cat\tred dog\t1\nonly a text\t1\nwhat is 2 + 2\t4\t\nblue\tgreen\nsun\tmoon\t0\n"
    rows = _rows(lines)
    assert rows[1] == {"text_a": "only a text", "text_b": "", "label": "1"}
    assert (rows[2]["text_b"], rows[2]["label"]) == ("4", "")
    assert (rows[3]["text_b"], rows[3]["label"]) == ("green", "")
    table = pasted_table(lines, LIMITS)
    assert [one.row for one in rows_without_pair(table, places_of(table))] == [2]
