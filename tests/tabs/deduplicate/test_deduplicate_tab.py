"""The tab's handlers: no text becomes markup, pictures are never empty, files hold what the result says."""

from __future__ import annotations

import json
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fakes import AWKWARD_TEXTS, FakeEncoder
from html_reading import parsed
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.tabs.deduplicate.samples import CLIMATE, SAMPLES
from bge_demo.tabs.deduplicate.sources import typed_lines
from bge_demo.tabs.deduplicate.tab import (
    DuplicatesView,
    Form,
    seen_lines,
    show_duplicates,
    show_kept_by_hand,
    show_regrouped,
    show_sample,
)
from bge_demo.ui.upload import files_of, preview_html, reading_of

ENCODER = FakeEncoder()
LIMITS = Limits()


def shown(lines: str, second: str = "", keep: str = "first", options: Any = ()) -> DuplicatesView:
    return show_duplicates(ENCODER, LIMITS, Form(lines, second=second, keep=keep, options=options))


def content(update: dict[str, Any]) -> bytes:
    return Path(update["value"]).read_bytes()


def answer(view: DuplicatesView) -> dict[str, Any]:
    return json.loads(content(view.answer))


def test_files_hold_what_the_result_says() -> None:
    view = shown("red cat\nblue sky\nRED cat\n=1+1\n")
    assert content(view.cleaned) == b"red cat\nblue sky\n=1+1\n"
    assert content(view.safe).decode("utf-8-sig") == "text\r\nred cat\r\nblue sky\r\n'=1+1\r\n"
    assert content(view.groups).decode("utf-8-sig").splitlines() == [
        "group,line,kept,exact,score_to_kept,kept_line,text",
        "1,1,True,True,1.0000,1,red cat",
        "1,3,False,True,1.0000,1,RED cat",
    ]
    assert answer(view)["removed"] == [2]


def test_a_moved_threshold_makes_all_parts_anew() -> None:
    view = shown("a b c d\na b c e\nx y")
    assert answer(view)["removed"] == [1]
    high = show_regrouped(view.finding, 0.9, "first", [])
    assert answer(high)["removed"] == []
    assert content(high.cleaned) == b"a b c d\na b c e\nx y\n"
    assert "0 of 3 ·" in high.result
    assert high.threshold == gr.skip()
    low = show_regrouped(view.finding, 0.0, "first", [])
    assert low.threshold == answer(low)["lowest_threshold"] > 0


def test_a_line_chosen_by_hand_stays_until_another_one_of_its_group_is() -> None:
    view = shown("a b\nA b\na  b")
    second = show_kept_by_hand(view.finding, 0.8, "first", [], "1 123")
    assert answer(second)["removed"] == [0, 2]
    third = show_kept_by_hand(second.finding, 0.8, "first", [], "2 124")
    assert answer(third)["removed"] == [0, 1]
    assert answer(show_kept_by_hand(third.finding, 0.8, "first", [], "nonsense"))["removed"] == [0, 1]


def test_a_second_set_shows_its_leaks() -> None:
    view = shown("red cat\nblue sky", second="RED cat\nnew thing")
    assert "repeat one of the first: 1 of 2" in view.result


def test_flagged_pairs_are_shown_with_what_differs_marked() -> None:
    view = shown("it is here now\nit is not here now")
    assert "<mark>not</mark>" in view.result
    assert answer(view)["removed"] == []
    assert answer(shown("it is here now\nit is not here now", options=["merge"]))["removed"] == [1]


@pytest.mark.parametrize("lines", ["one", "one\ntwo", "a\na", "\n\n \n", "x" * 2000])
def test_pictures_are_never_empty(lines: str) -> None:
    view = shown(lines)
    has_pairs = len(set(lines.split())) > 1
    assert ("<circle" in view.result) == has_pairs
    assert ('<td style="--s:1.0"' in view.result) == has_pairs
    assert view.result.count("<i style=") == 50 * has_pairs


@pytest.mark.parametrize("lines", ["one", "a\na"])
def test_a_single_different_line_has_no_pairs_to_tell_of(lines: str) -> None:
    said = parsed(shown(lines).result).text()
    assert "only one different line" in said
    for untrue in ("All 0 pairs", "nearest to it stand above", "on the two directions"):
        assert untrue not in said


def test_two_lines_are_one_pair() -> None:
    said = parsed(shown("a b\nx y").result).text()
    assert "The only pair by its cosine" in said


def test_a_threshold_below_what_was_looked_for_is_raised_with_the_true_reason() -> None:
    view = show_regrouped(shown("a b c d\na b c e\nx y").finding, 0.0, "first", [])
    said = parsed(view.result).text()
    assert "were not looked for" in said
    assert "so many pairs are alike" not in said


def test_another_time_of_day_is_called_a_time() -> None:
    said = parsed(shown("The bus leaves at 9:15\nThe bus leaves at 9:45").result).text()
    assert "date or time" in said


@given(st.lists(st.sampled_from(AWKWARD_TEXTS), min_size=1, max_size=5))
def test_texts_are_escaped_and_whole(texts: list[str]) -> None:
    view = shown("\n".join([*texts, *texts]) + "\n<b>bold</b>\n<b>bold</b>")
    assert "<b>bold" not in view.result
    assert "<b>bold</b>" in unescape(view.result)
    assert "<script>alert" not in view.result


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))), st.data())
def test_typed_lines_come_out_byte_for_byte(lines: list[str], data: st.DataObject) -> None:
    source = typed_lines("".join(f"{line}\n" for line in lines))
    assert source.texts == tuple(lines)
    removed = data.draw(st.sets(st.integers(0, len(lines) - 1))) if lines else set()
    kept = [line for index, line in enumerate(lines) if index not in removed]
    assert source.without(removed) == "".join(f"{line}\n" for line in kept).encode()


TABLE = 'id;text;note\r\n1;Größe "A";x\r\n2;Straße;"y;z"\r\n3;GRÖSSE "a";w\r\n4;;leer\r\n5;Straße;v'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "gb18030", "latin-1"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_the_cleaned_file_is_the_file_minus_its_rows(tmp_path: Path, encoding: str, end: str) -> None:
    text = TABLE.replace("ö", "è").replace("Ö", "È") if encoding == "gb18030" else TABLE
    text = text.replace("ß", "é").replace("È", "è") if encoding == "gb18030" else text
    text = text.replace("\r\n", end)
    path = tmp_path / "waren.csv"
    path.write_bytes(text.encode(encoding))
    chosen = encoding if encoding in ("cp1252", "gb18030", "latin-1") else ""
    reading = json.dumps({"encoding": chosen})
    (seen,) = seen_lines(LIMITS, files_of(str(path)), reading_of(reading))
    assert seen.table.columns == ("id", "text", "note")
    view = show_duplicates(ENCODER, LIMITS, Form("not these", str(path), reading))
    gone = answer(view)["removed"]
    assert gone[-1] == 4
    lines = text.splitlines(keepends=True)
    kept = "".join(line for number, line in enumerate(lines) if number - 1 not in gone)
    assert content(view.cleaned) == kept.encode(encoding)
    assert content(view.safe).decode("utf-8-sig").startswith("id,text,note\r\n1,")


@pytest.mark.parametrize(("name", "is_told"), [("a.json", True), ("a.jsonl", False)])
def test_a_file_that_cannot_be_cut_says_why_it_has_no_cleaned_one(
    tmp_path: Path, name: str, is_told: bool
) -> None:
    path = tmp_path / name
    path.write_text('["red cat", "red cat"]' if is_told else '{"text": "red cat"}\n' * 2, "utf-8")
    view = show_duplicates(ENCODER, LIMITS, Form("", str(path)))
    assert view.cleaned["interactive"] is not is_told
    assert ("there is no cleaned file as it was" in view.counted) is is_told


def test_a_file_can_be_read_by_another_column_and_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,words\nx,red cat\nx,blue dog\n", "utf-8")
    form = Form("one\n", str(path), json.dumps({"columns": ["name"]}))
    assert form.source(LIMITS).texts == ("x", "x")
    assert replace(form, reading="").source(LIMITS).texts == ("red cat", "blue dog")
    assert replace(form, file=None).source(LIMITS).texts == ("one",)


def test_without_a_search_there_is_nothing_to_move() -> None:
    with pytest.raises(InputError, match="There is no search"):
        show_regrouped(None, 0.5, "first", [])
    with pytest.raises(InputError, match="no text to work on"):
        shown("")


def test_a_threshold_outside_its_range_is_refused() -> None:
    finding = shown("red cat\nblue sky").finding
    with pytest.raises(InputError, match="a number from 0 to 1; got 7"):
        show_regrouped(finding, 7, "first", [])


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_make_their_point(compact: TextEncoder, name: str) -> None:
    lines = show_sample(name).lines.split("\n")
    view = show_duplicates(compact, LIMITS, Form("\n".join(lines)))
    groups = [{lines[one["index"]] for one in group["members"]} for group in answer(view)["groups"]]
    if name == "sample.climate":
        assert len(lines) == 33
        assert set(CLIMATE[:2]) <= groups[0] <= set(CLIMATE)
        assert len(groups) == 1
    else:
        sizes = {"Mild Steel Hex Bolt M12x50", "Mild Steel Hex Bolt M12x60"}
        assert not any(sizes <= group for group in groups)
        assert any({"Mild Steel Hex Bolt M12x50", "mild steel hex bolt  m12x50"} <= group for group in groups)
        assert {"digits", "negation"} <= {flag["kind"] for flag in answer(view)["flags"]}


def test_rows_of_a_file_add_up_and_are_called_by_the_files_own_numbers(tmp_path: Path) -> None:
    rows = ['{"text": "red cat"}', "[1, 2]", '{"text": "blue sky"}', "{broken", '{"text": "RED cat"}']
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join([*rows, '{"text": ["a", "list"]}', '{"text": null}']) + "\n", "utf-8")
    view = show_duplicates(ENCODER, LIMITS, Form("", file=str(file)))
    seen = preview_html(seen_lines(LIMITS, files_of(str(file)), reading_of("")), ("text",))
    assert "Rows: 7, used: 3." in seen
    assert "Left out, 4 of 7 rows:" in seen
    assert "Rows of the file: 7 = 3 used (2 kept + 1 removed) + 4 left out." in view.result
    assert "文件共 7 行 = 采用 3 行（保留 2 行 + 去掉 1 行）+ 未采用 4 行" in view.result
    assert "Lines that repeat another one: 1 of 3" in view.result
    assert "Lines that go: 1 · that stay: 6" in view.counted
    assert "&#34;nLines&#34;:7" in view.result
    table = content(view.groups).decode("utf-8-sig").splitlines()
    assert [row.split(",")[1] for row in table[1:]] == ["1", "5"]
    assert content(view.cleaned).decode().splitlines() == [
        *rows[:4],
        '{"text": ["a", "list"]}',
        '{"text": null}',
    ]
    assert '<span class="line-number">5</span>' in view.result


def test_the_example_of_the_documentation_is_flagged() -> None:
    view = shown(
        "Refunds within 14 days.\nRefunds within 30 days.\nThe second floor is shut\nThe third floor is shut"
    )
    assert "<mark>14 days</mark>" in view.result
    assert "<mark>third</mark>" in view.result
    assert answer(view)["removed"] == []
