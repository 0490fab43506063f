"""The Baselines tab's handlers and view."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from html_reading import parsed

from bge_demo.encoder.listed_encoders import ListedEncoders
from bge_demo.settings import Limits
from bge_demo.tabs.baselines.analysis import ModelScores, compare_with_baselines
from bge_demo.tabs.baselines.scenarios import SAMPLE_KEYS, scenario_rows
from bge_demo.tabs.baselines.tab import BUNDLED, fill_sample, show_baselines
from bge_demo.tabs.baselines.view import baselines_html
from bge_demo.ui.pair_input import rows_of

if TYPE_CHECKING:
    from fakes import FakeEncoder

    from bge_demo.encoder.text_encoder import TextEncoder

LIMITS = Limits()


def test_each_scenario_has_related_and_unrelated_pairs_of_three_kinds() -> None:
    for language in ("en", "zh"):
        rows = scenario_rows(language)
        assert {row["label"] for row in rows} == {0, 1}
        assert len({row["kind"] for row in rows}) == 3


def test_samples_fill_the_box() -> None:
    sizes = [len(rows_of(fill_sample(key).pairs, LIMITS)) for key in (*SAMPLE_KEYS, BUNDLED)]
    assert sizes == [14, 14, 512]


def test_the_view_names_every_encoder_and_what_is_missing(fake: FakeEncoder) -> None:
    listed = ListedEncoders(sources=("nobody/nothing",))
    shown = show_baselines(fake, LIMITS, listed, fill_sample(SAMPLE_KEYS[0]).pairs).result
    for text in (
        "fake",
        "character n-grams",
        "hf download nobody/nothing",
        "Not available here",
        "此处不可用",
    ):
        assert text in shown


def test_encoders_are_named_in_the_language_of_the_page(fake: FakeEncoder) -> None:
    result = compare_with_baselines(fake, LIMITS, ListedEncoders(("nobody/nothing",)), scenario_rows("zh"))
    words = models_named(result.models[0], "fake: token vectors", "character n-grams (TF-IDF)")
    shown = baselines_html(replace(result, models=words))
    said = parsed(shown)
    for chinese in ("字符 n-gram（TF-IDF）", "fake：词元向量"):
        assert chinese in said.text()
    assert "`" not in said.text()


def test_graded_labels_say_from_which_on_a_pair_counts_as_related(fake: FakeEncoder) -> None:
    for grades, value, kinds in (((5, 4, 2.5, 0), 4, "same close related other"), ((2, 1, 0), 2, "a b c")):
        rows = [
            {"text_a": f"a{i} b", "text_b": f"a{i} c", "label": grade, "kind": kind}
            for i, (grade, kind) in enumerate(zip(grades * 2, kinds.split() * 2, strict=True))
        ]
        result = compare_with_baselines(fake, LIMITS, ListedEncoders(), rows)
        shown = parsed(baselines_html(result))
        assert f"Labels from {value} on count as related" in shown.text()
        assert result.to_json()["related_from"] == value
        told = [head.text() for head in shown.find("th") if "counts as" in head.text()]
        assert [("unrelated" in one.split("counts as")[1]) for one in told] == [one < value for one in grades]
    plain = baselines_html(compare_with_baselines(fake, LIMITS, ListedEncoders(), scenario_rows("en")))
    assert "count as related" not in plain
    assert "counts as" not in plain


def models_named(one: ModelScores, *names: str) -> tuple[ModelScores, ...]:
    return tuple(replace(one, name=name, mean_unrelated=0.9) for name in names)


def test_the_note_on_kinds_names_the_columns_that_are_there(fake: FakeEncoder) -> None:
    rows = scenario_rows("en")
    with_kinds = baselines_html(compare_with_baselines(fake, LIMITS, ListedEncoders(), rows))
    assert "Under cross-lingual / long passage / unrelated: the AUC" in with_kinds
    bare = [row | {"kind": ""} for row in rows]
    without_kinds = baselines_html(compare_with_baselines(fake, LIMITS, ListedEncoders(), bare))
    assert "the AUC of that kind" not in without_kinds


def test_a_figure_that_cannot_be_given_has_no_note_on_its_interval(fake: FakeEncoder) -> None:
    """Labels of one class: no AUC, and so nothing of which an interval could be lacking."""
    rows = [row | {"label": 1} for row in scenario_rows("en")]
    shown = baselines_html(compare_with_baselines(fake, LIMITS, ListedEncoders(), rows))
    assert "All pairs have the same label" in shown
    for said in (
        "Interval “none”",
        "区间为“无”",
        ">none<",
        "the AUC of that kind",
        "gap between the two rows",
    ):
        assert said not in shown


def test_texts_and_kinds_are_escaped(fake: FakeEncoder) -> None:
    rows = [{"text_a": "<b>x</b>", "text_b": "<i>y</i>", "label": i, "kind": "<u>k</u>"} for i in (0, 1)]
    shown = baselines_html(compare_with_baselines(fake, LIMITS, ListedEncoders(), rows))
    assert "<u>" not in shown
    assert "<i>y" not in shown


def test_the_download_is_the_answer(fake: FakeEncoder) -> None:
    from html_reading import downloads

    result = compare_with_baselines(fake, LIMITS, ListedEncoders(), scenario_rows("en"))
    files = downloads(baselines_html(result))
    assert json.loads(files["bge-m3-baselines.json"]) == json.loads(json.dumps(result.to_json()))
    assert files["bge-m3-baselines.csv"].count("fake cosine") == 1


def test_on_the_scenarios_the_model_beats_spelling(compact: TextEncoder) -> None:
    for language in ("en", "zh"):
        result = compare_with_baselines(compact, LIMITS, ListedEncoders(), scenario_rows(language))
        served, ngrams, _ = result.models
        assert served.auc.held_out > ngrams.auc.held_out
        assert served.spread > ngrams.spread


def test_seconds_of_what_was_read_before_are_no_speed(compact: TextEncoder) -> None:
    """Embeddings that came from the cache took no time worth a figure."""
    rows = [
        {"text_a": f"a memory test {i}", "text_b": f"another memory test {i}", "label": i % 2}
        for i in range(4)
    ]
    first, second, third = (
        compare_with_baselines(compact, LIMITS, ListedEncoders(), some)
        for some in (rows, rows, [*rows, rows[0] | {"text_a": "a new text for the memory test"}])
    )
    assert [one.models[0].from_memory for one in (first, second, third)] == ["none", "all", "part"]
    served = [
        parsed(baselines_html(one)).find("tbody")[0].find("tr")[0].text() for one in (first, second, third)
    ]
    assert "from memory" not in served[0]
    assert "from memory" in served[1]
    assert "0.00" not in served[1].split("from memory")[0][-8:]
    assert "partly from memory" in served[2]
