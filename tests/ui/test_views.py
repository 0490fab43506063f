"""What a visitor is shown: every character of their texts and none of it as markup, numbers that add up."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from decimal import Decimal
from pathlib import Path

import pytest
from fakes import FakeEncoder
from html_reading import HOSTILE, assert_inert, downloads, parsed
from hypothesis import given, settings
from hypothesis import strategies as st

from bge_demo import tabs
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.locales import LANGUAGES, say
from bge_demo.samples import (
    CROSS_LINGUAL_QUERY,
    CROSS_LINGUAL_SENTENCES,
    PAIRS,
    TRAVEL_SENTENCES,
    SentenceSample,
)
from bge_demo.settings import Limits
from bge_demo.tabs.compare.analysis import compare
from bge_demo.tabs.compare.view import SHARED_SHOWN, TOKENS_SHOWN, comparison_html
from bge_demo.tabs.cross_lingual.analysis import compare_across_languages
from bge_demo.tabs.cross_lingual.view import CSV_HEADER, cross_lingual_html
from bge_demo.text.tokens import without_surrogates
from bge_demo.ui.csv_files import csv_text
from bge_demo.ui.rendering import decimals, printed_parts, score, share
from bge_demo.ui.text_runs import text_runs

TABS = Path(tabs.__file__).parent


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_text_is_shown_and_does_nothing(compact: TextEncoder, text: str) -> None:
    root = parsed(comparison_html(compare(compact, text, f"harmless {text}")))
    assert_inert(root)
    first, second = root.find(css="aligned")
    assert first.text(without="side-name").strip() == without_surrogates(text).strip()
    assert second.text(without="side-name").strip() == without_surrogates(f"harmless {text}").strip()


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_table_is_shown_and_does_nothing(compact: TextEncoder, text: str) -> None:
    rows = [SentenceSample(text, text), SentenceSample("en", "Hello")]
    root = parsed(cross_lingual_html(compare_across_languages(compact, text, rows)))
    assert_inert(root)
    assert without_surrogates(text) in [cell.text() for cell in root.find(css="sentence")]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=50).map(lambda text: "x" + text), st.text(max_size=50).map(lambda text: "y" + text))
def test_every_character_of_any_texts_is_shown(text_a: str, text_b: str) -> None:
    root = parsed(comparison_html(compare(FakeEncoder(), text_a, text_b)))
    assert_inert(root)
    for shown, text in zip(root.find(css="aligned"), (text_a, text_b), strict=True):
        assert shown.text(without="side-name").rstrip() == without_surrogates(text).rstrip()


def test_the_time_of_a_ranking_is_told_in_both_languages(compact: TextEncoder) -> None:
    html = cross_lingual_html(compare_across_languages(compact, "a", CROSS_LINGUAL_SENTENCES))
    assert re.search(r"\d ms · m3-compact", html)
    assert re.search(r"\d 毫秒 · m3-compact", html)


def test_every_sentence_of_a_result_is_there_in_both_languages(compact: TextEncoder) -> None:
    comparison = comparison_html(compare(compact, PAIRS[0].text_a, PAIRS[0].text_b))
    ranking = cross_lingual_html(
        compare_across_languages(compact, CROSS_LINGUAL_QUERY, CROSS_LINGUAL_SENTENCES)
    )
    for html in (comparison, ranking):
        said = [node.attributes["lang"] for node in parsed(html).find("span", css="t")]
        assert said == ["en", "zh-CN"] * (len(said) // 2)
        assert len(said) > 20
    for language in LANGUAGES:
        assert say("align.title", language) in comparison
        assert say("cross.explain_rank", language) in ranking


@pytest.mark.parametrize("text", [*HOSTILE, "plain"], ids=ascii)
def test_the_downloaded_json_is_the_answer_of_the_endpoint(compact: TextEncoder, text: str) -> None:
    comparison = compare(compact, text, "plain text")
    files = downloads(comparison_html(comparison))
    assert list(files) == ["bge-m3-compare.json"]
    assert json.loads(files["bge-m3-compare.json"]) == comparison.to_json()
    ranking = compare_across_languages(compact, text, [SentenceSample(text, text)])
    files = downloads(cross_lingual_html(ranking))
    assert json.loads(files["bge-m3-cross-lingual.json"]) == ranking.to_json()


def test_the_heat_map_for_the_script_is_json(compact: TextEncoder) -> None:
    comparison = compare(compact, *[f'{text} "</div>' for text in ("Berlin is big", "Berlin ist groß")])
    (area,) = parsed(comparison_html(comparison)).find(having="data-heatmap")
    heatmap = json.loads(str(area.attributes["data-heatmap"]))
    expected = comparison.alignment.heatmap
    assert heatmap["rows"] == list(expected.row_labels)
    assert heatmap["columnRanks"] == list(expected.column_ranks)
    assert (heatmap["allRows"], heatmap["allColumns"]) == (expected.n_rows_all, expected.n_columns_all)
    assert [[round(100 * float(cell)) for cell in row] for row in expected.similarities] == heatmap["percent"]


def test_the_downloaded_csv_holds_every_row(compact: TextEncoder) -> None:
    rows = [
        SentenceSample("=cmd", '+1, "two"\nthree'),
        SentenceSample("@x", "-sum"),
        SentenceSample("en", "a"),
    ]
    result = compare_across_languages(compact, "query", rows)
    file = downloads(cross_lingual_html(result))["bge-m3-cross-lingual.csv"]
    assert file.startswith("\ufeff")
    header, *lines = csv.reader(io.StringIO(file.removeprefix("\ufeff"), newline=""))
    assert tuple(header) == CSV_HEADER
    assert all(len(cell.partition(".")[2]) <= 4 for line in lines for cell in line[4:])
    cells = {(line[2], line[3]) for line in lines}
    assert cells == {("'=cmd", '\'+1, "two"\nthree'), ("'@x", "'-sum"), ("en", "a")}


def test_languages_that_repeat_are_numbered_in_the_heat_map(compact: TextEncoder) -> None:
    rows = [SentenceSample("en", "red"), SentenceSample("zh", "红"), SentenceSample("en", "blue")]
    shown = cross_lingual_html(compare_across_languages(compact, "cat", rows))
    for label in ("1 en", "2 zh", "3 en"):
        assert f'<th scope="row"><bdi>{label}</bdi></th>' in shown


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_texts_that_a_spreadsheet_would_run_are_defused(start: str) -> None:
    text = f"{start}HYPERLINK(0)"
    ((cell, number),) = [*csv.reader(io.StringIO(csv_text(["a", "b"], [[text, -0.5]]), newline=""))][1:]
    assert (cell, number) == (f"'{text}", "-0.5")


def test_negative_scores_stay_numbers_in_the_csv(compact: TextEncoder) -> None:
    strangers = (*CROSS_LINGUAL_SENTENCES, *TRAVEL_SENTENCES, SentenceSample("zh", "量子力学的基本原理"))
    result = compare_across_languages(compact, "今天天气很好", strangers)
    assert min(row.scores.dense for row in result.rows) < -0.0001
    file = downloads(cross_lingual_html(result))["bge-m3-cross-lingual.csv"]
    for line in [*csv.reader(io.StringIO(file, newline=""))][1:]:
        assert all(math.isfinite(float(cell)) for cell in line[7:])


@given(st.text(max_size=60), st.lists(st.integers(0, 60), max_size=12))
def test_text_runs_keep_every_character_in_order(text: str, cuts: list[int]) -> None:
    edges = sorted({cut for cut in cuts if cut <= len(text)})
    words = [*zip(edges[::2], edges[1::2], strict=False)]
    runs = text_runs(text, words)
    assert "".join(run for run, _ in runs) == text
    numbered = {number: run for run, number in runs if number is not None}
    assert numbered == {number: text[start:end] for number, (start, end) in enumerate(words)}


def assert_parts_add_up(parts: list[float], total: float) -> None:
    printed = [Decimal(part) for part in printed_parts(parts, total)]
    assert sum(printed) == Decimal(score(total))
    assert all(
        abs(text - Decimal(part)) < Decimal("0.000101") for text, part in zip(printed, parts, strict=True)
    )


@settings(max_examples=300)
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=40))
def test_printed_parts_add_up_exactly_to_the_printed_total(parts: list[float]) -> None:
    assert_parts_add_up(parts, math.fsum(parts))


@given(st.lists(st.integers(-40_000, 40_000), min_size=1, max_size=9))
def test_parts_of_half_units_add_up_too(halves: list[int]) -> None:
    assert_parts_add_up([half / 20_000 for half in halves], sum(halves) / 20_000)


@given(st.floats(-1000, 1000))
def test_scores_have_four_decimals_and_no_negative_zero(value: float) -> None:
    text = score(value)
    assert abs(float(text) - value) <= 0.0000501
    assert len(text.rpartition(".")[2]) == 4
    assert text != "-0.0000"


def test_what_is_not_defined_is_a_dash() -> None:
    assert score(None) == "–"


@given(st.floats(0, 100))
def test_a_share_is_never_rounded_up(percent: float) -> None:
    assert percent - 0.1 < float(share(percent)) <= percent


def test_printed_contributions_add_up_on_the_page(compact: TextEncoder) -> None:
    for pair in PAIRS:
        root = parsed(comparison_html(compare(compact, pair.text_a, pair.text_b)))
        for side in root.find(css="aligned"):
            words = sum(Decimal(str(word.attributes["data-c"])) for word in side.find(css="w"))
            outside = Decimal(str(side.attributes["data-score"])) - words
            sums = [line.text() for line in root.find(css="sums")]
            assert f"{words:.4f} + " in sums[0]
            assert f"{outside:.4f} = {side.attributes['data-score']}" in sums[0]


def test_the_shared_table_adds_up_and_counts_the_rest(compact: TextEncoder) -> None:
    text = " ".join(pair.text_a + " " + pair.text_b for pair in PAIRS)
    comparison = compare(compact, text, text)
    (table,) = parsed(comparison_html(comparison)).find("table", css="shared")
    *rows, rest, total = [row.find("td")[-1].text() for row in table.find("tbody")[0].find("tr")]
    assert len(rows) == SHARED_SHOWN < len(comparison.shared_words)
    assert sum(map(Decimal, [*rows, rest])) == Decimal(total) == Decimal(score(comparison.scores.sparse))
    assert f"{len(comparison.shared_words) - SHARED_SHOWN} more words" in table.text()


def test_long_texts_say_what_was_cut(compact: TextEncoder) -> None:
    text = "word and another one " * 100
    html = comparison_html(compare(compact, text, "short", limits=Limits(max_tokens=TOKENS_SHOWN + 50)))
    assert f"Text A is longer than the model reads at once: {TOKENS_SHOWN + 50} of " in html
    assert f"The first {TOKENS_SHOWN} of {TOKENS_SHOWN + 50} tokens." in html
    assert len(parsed(html).find(css="tokens")[0].find(css="token")) == TOKENS_SHOWN


def test_m3_compact_is_named_and_explained(compact: TextEncoder) -> None:
    for html in (
        comparison_html(compare(compact, "a b", "c")),
        cross_lingual_html(compare_across_languages(compact, "a b", CROSS_LINGUAL_SENTENCES)),
    ):
        for key in ("model.compact_note", "model.compact_bands"):
            assert all(say(key, language) in html for language in LANGUAGES)
        assert "m3-compact fp32 torch" in html


def test_a_note_speaks_of_percentiles_only_where_some_are_shown() -> None:
    noted = [page for page in TABS.glob("*/*.html") if "compact_note(" in page.read_text("utf-8")]
    assert len(noted) >= 7
    for page in noted:
        template = page.read_text("utf-8")
        assert ("has_bands=true" in template) == ("percentile" in template), page
    assert "percentile" not in say("model.compact_note", "en")


@pytest.mark.parametrize(
    ("value", "n", "printed"), [(-0.004, 2, "0.00"), (-0.006, 2, "-0.01"), (-0.04, 1, "0.0")]
)
def test_nothing_printed_as_zero_has_a_minus(value: float, n: int, printed: str) -> None:
    assert decimals(value, n) == printed
