"""Labels of many languages, and labelled pairs as people send them."""

from __future__ import annotations

from typing import Any

import pytest

from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.text.labelled_pairs import checked_pairs, fold_groups
from bge_demo.text.labels import read_labels

LIMITS = Limits()


def _pair(a: str, b: str, label: object = 1, **more: object) -> dict[str, Any]:
    return {"text_a": a, "text_b": b, "label": label, **more}


@pytest.mark.parametrize(
    "column",
    [("yes", "no"), ("是", "否"), ("да", "нет"), ("Ja", "NEIN"), ("はい", "いいえ"), ("예", "아니요")]
    + [("True", "False"), (True, False), ("1.0", " 0"), (1, 0), ("１", "０"), ("نعم", "لا"), ("sí", "no")],
)
def test_words_and_spellings_become_one_and_zero(column: tuple[object, object]) -> None:
    assert read_labels(column).values == (1.0, 0.0)


def test_every_spelling_is_shown_with_its_meaning_and_count() -> None:
    meanings = read_labels(["是", "是", "no", "", "3"]).meanings
    assert [(one.label, one.value, one.n) for one in meanings] == [
        ("3", 3.0, 1),
        ("是", 1.0, 2),
        ("no", 0.0, 1),
        ("", None, 1),
    ]


def test_grades_stay_grades() -> None:
    assert read_labels(["0.7", "0,25", "3", -1]).values == (0.7, 0.25, 3.0, -1.0)


@pytest.mark.parametrize("label", ["dup?", "nan", "inf", "1,5,2", "yes and no"])
def test_an_unknown_label_is_named_with_its_row(label: str) -> None:
    with pytest.raises(InputError) as caught:
        read_labels(["1", label])
    assert label.casefold() in str(caught.value)
    assert "(row 2)" in str(caught.value)


def test_rows_that_lack_a_text_are_left_out_and_told_what_they_lack() -> None:
    rows = [
        _pair("a", "b"),
        _pair(" ", "b"),
        _pair("c", "\n"),
        _pair("d", "e", 0),
        _pair("", None),
        _pair("f", ""),
    ]
    checked = checked_pairs(rows, LIMITS)
    assert [pair.row for pair in checked.pairs] == [1, 4]
    assert [(note.key, note.values["rows"]) for note in checked.notes] == [
        ("pairs.no_text_a", "2"),
        ("pairs.no_text_b", "3, 6"),
        ("pairs.no_texts", "5"),
    ]


def test_rows_without_a_label_stand_apart() -> None:
    checked = checked_pairs([_pair("a", "b"), _pair("c", "d", ""), _pair("e", "f", None)], LIMITS)
    assert [pair.row for pair in checked.unlabelled] == [2, 3]
    assert checked.labels == (1.0,)


def test_repeated_and_contradicting_pairs_are_named() -> None:
    rows = [_pair("a", "b"), _pair("A ", "b"), _pair("a", "b", 0)]
    keys = {note.key: note.values["rows"] for note in checked_pairs(rows, LIMITS).notes}
    assert keys == {"pairs.repeated": "2", "pairs.contradicting": "3"}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("text", "list"),
        ([], "at least one"),
        ([{"text_a": "x"}], "Row 1"),
        ([_pair("a", "b"), 7], "Row 2"),
        ([_pair("a", "b", "")], "Label some"),
        ([_pair("a", 5)], "Row 1 must be a text"),
        ([_pair("a", "b")] * 5001, "5001 rows"),
    ],
)
def test_what_is_no_labelled_pair_is_refused(rows: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        checked_pairs(rows, LIMITS)


def test_pairs_that_share_a_text_stay_together() -> None:
    rows = [_pair("q1", "x"), _pair("q1", "y", 0), _pair("q2", "z"), _pair("Q2", "w"), _pair("v", "u")]
    assert fold_groups(checked_pairs(rows, LIMITS).pairs) == [0, 0, 1, 1, 2]


def test_when_one_text_ties_most_pairs_together_only_equal_pairs_do() -> None:
    rows = [_pair("q", "x"), _pair("q", "y"), _pair("q", "X"), _pair("q", "z")]
    assert fold_groups(checked_pairs(rows, LIMITS).pairs) == [0, 1, 0, 2]


def test_the_users_groups_win() -> None:
    rows = [
        _pair("a", "b", group="g"),
        _pair("c", "d", group="h"),
        _pair("e", "f", group="g"),
        _pair("g", "h"),
    ]
    assert fold_groups(checked_pairs(rows, LIMITS).pairs) == [0, 1, 0, 2]
