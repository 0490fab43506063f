"""What is measured: long passages whose answer stands once, unrelated texts that name no one twice."""

from __future__ import annotations

import pytest

from bge_demo.encoder.contract import Encoder
from tools.compact_model.corpus import Group, Question
from tools.compact_model.evaluate import LONG_PASSAGES, SHIFT, calibration, long_task
from tools.compact_model.split import Validation

LONG_TOKENS = min(LONG_PASSAGES)
NEWS = [f"News item number {n} of the day." for n in range(40)]


def test_a_long_passage_holds_its_own_answer_and_no_other(fake: Encoder) -> None:
    rows = [Question("en", "xquad", f"Who did {n}?", f"Person {n} did it.") for n in range(6)]
    task = long_task(fake, rows, NEWS, LONG_TOKENS)
    assert task.questions == [row.question for row in rows]
    lengths = [x.n_tokens for x in fake.tokenize(task.passages)]
    assert all(LONG_TOKENS * 0.9 < n <= LONG_TOKENS + 2 for n in lengths)
    for number, passage in enumerate(task.passages):
        assert [row.passage in passage for row in rows].count(True) == 1
        assert rows[number].passage in passage


def test_the_answer_stands_first_amid_and_last(fake: Encoder) -> None:
    rows = [Question("en", "xquad", f"Who did {n}?", f"Person {n} did it.") for n in range(3)]
    passages = long_task(fake, rows, NEWS, LONG_TOKENS).passages
    places = [x.index(row.passage) / len(x) for x, row in zip(passages, rows, strict=True)]
    assert places[0] == 0
    assert 0.4 < places[1] < 0.6
    assert places[2] > 0.9


def test_two_texts_about_the_same_person_are_random_but_not_unrelated(fake: Encoder) -> None:
    names = ["Tom"] * (2 * SHIFT) + ["word"] * SHIFT
    groups = [Group("tatoeba", {"en": f"{x} w{n}", "de": f"{x} x{n}"}) for n, x in enumerate(names)]
    figures = calibration(fake, Validation(groups=tuple(groups)))
    assert figures["random"]["dense"]["0.99"] > 0.3
    assert figures["unrelated"]["dense"]["0.99"] == pytest.approx(0, abs=1e-6)
