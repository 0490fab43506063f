"""The tab's handlers and views: both languages, hostile texts, links, exports, other costs."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from html_reading import parsed

from bge_demo.errors import InputError
from bge_demo.scores.resampling import Figure
from bge_demo.scores.scoring import DEFAULT_WEIGHTS, ScoreWeights
from bge_demo.settings import Limits
from bge_demo.tabs.tune_weights.analysis import TuningChoices, tune
from bge_demo.tabs.tune_weights.drawing import histogram, ternary, ternary_place
from bge_demo.tabs.tune_weights.exports import read_weights, store_snippets, weights_json, weights_text
from bge_demo.tabs.tune_weights.result import TuningResult
from bge_demo.tabs.tune_weights.samples import SAMPLE_KEYS, sample_pairs
from bge_demo.tabs.tune_weights.tab import (
    AUTOMATIC,
    forget_weights,
    show_threshold,
    show_tuning,
    use_weights,
    use_weights_of_file,
)
from bge_demo.tabs.tune_weights.view import compare_link, threshold_html, tuning_html
from bge_demo.text.pair_tables import pasted_table, places_of, rows_without_pair
from bge_demo.ui.pair_input import rows_of, show_pairs_preview

if TYPE_CHECKING:
    from fakes import FakeEncoder

LIMITS = Limits()
HOSTILE = "<script>alert('x')</script> & \"q\""


def _rows(n: int = 24, text: str = "x") -> list[dict[str, Any]]:
    return [
        {"text_a": f"{text} w{i} v{i}", "text_b": f"{text} w{i if i % 3 else 0} u{i}", "label": i % 2}
        for i in range(n)
    ]


@pytest.fixture
def result(fake: FakeEncoder) -> TuningResult:
    """A tuning of a few pairs."""
    return tune(fake, LIMITS, _rows(), TuningChoices())


def test_graded_labels_say_from_which_on_a_pair_counts_as_related(fake: FakeEncoder) -> None:
    rows = [row | {"label": (5, 4, 2.5, 0)[i % 4]} for i, row in enumerate(_rows())]
    for wanted, value in ((None, "4"), (2.5, "2.5")):
        graded = tune(fake, LIMITS, rows, TuningChoices(positive_from=wanted))
        for shown in (tuning_html(graded), threshold_html(graded)):
            assert f"Labels from {value} on count as related" in shown
    plain = tune(fake, LIMITS, _rows(), TuningChoices())
    assert "count as related" not in tuning_html(plain) + threshold_html(plain)


def test_the_page_says_verdict_figures_and_threshold_in_both_languages(result: TuningResult) -> None:
    shown = tuning_html(result) + threshold_html(result)
    for text in (
        "Verdict",
        "结论",
        "Where to put the cut",
        "阈值放在哪里",
        "24 pairs are too few",
        "24 对太少",
    ):
        assert text in shown
    assert f"{result.threshold.value:.3f}" in shown
    assert "{" not in re.sub(
        r"<pre.*?</pre>|data-content=\"[^\"]*\"|<style.*?</style>", "", shown, flags=re.S
    )


def test_texts_are_escaped_everywhere(fake: FakeEncoder) -> None:
    result = tune(fake, LIMITS, _rows(text=HOSTILE), TuningChoices())
    shown = tuning_html(result) + threshold_html(result)
    assert "<script>alert" not in shown


def test_the_download_is_the_answer(result: TuningResult) -> None:
    from html_reading import downloads

    files = downloads(tuning_html(result))
    assert json.loads(files["bge-m3-tuning.json"])["n_pairs"] == 24
    assert files["bge-m3-tuning.csv"].count("\n") == 25


def test_a_wrong_pair_opens_in_compare_with_the_weights() -> None:
    link = compare_link("a & b", "中文 #1", ScoreWeights(0.5, 0.2, 0.3))
    assert parse_qs(link.removeprefix("#compare?")) == {
        "a": ["a & b"],
        "b": ["中文 #1"],
        "w": ["0.5/0.2/0.3"],
    }


def test_another_cost_moves_the_threshold_without_encoding(fake: FakeEncoder, result: TuningResult) -> None:
    n_calls = len(fake.encoded)
    dear, cheap = result.without_vectors().at_cost(20), result.without_vectors().at_cost(0.1)
    assert dear.threshold.value <= cheap.threshold.value
    assert len(fake.encoded) == n_calls
    assert "Where to put the cut" in show_threshold(dear, 2).threshold
    assert show_threshold(None, 2).threshold == ""


def test_weights_are_used_kept_and_forgotten(result: TuningResult) -> None:
    used = use_weights(result)
    assert used.weights == used.kept == weights_text(result.recommended)
    assert used.weights in used.told
    assert forget_weights()[:2] == (DEFAULT_WEIGHTS, "")
    with pytest.raises(InputError, match="Press Tune first"):
        use_weights(None)


def test_downloaded_weights_come_back(result: TuningResult, tmp_path: Path) -> None:
    file = tmp_path / "w.json"
    file.write_text(json.dumps(weights_json(result)))
    assert use_weights_of_file(str(file)).weights == weights_text(result.recommended)


@pytest.mark.parametrize(
    "file", [b"", b"[]", b"{}", b'{"weights": {"dense": 1}}', b"\xff", b'{"weights": 3}']
)
def test_a_file_without_weights_is_told(file: bytes) -> None:
    with pytest.raises(InputError):
        read_weights(file)


def test_stores_get_weights_that_sum_to_one(result: TuningResult) -> None:
    assert [title for title, _ in store_snippets(result)] == ["Milvus", "Qdrant", "OpenSearch"]
    qdrant = dict(store_snippets(result))["Qdrant"]
    weights = [float(one) for one in re.search(r"weights=\[(.*?)\]", qdrant)[1].split(",")]  # type: ignore[index]
    assert sum(weights) == pytest.approx(1, abs=1e-3)


def test_the_map_shows_every_mix_with_its_figure(result: TuningResult) -> None:
    dots = ternary(result)
    assert len(dots) == 231
    assert {ternary_place(1, 0, 0), ternary_place(0, 1, 0), ternary_place(0, 0, 1)} <= {
        (d.x, d.y) for d in dots
    }
    assert all(0 <= dot.shade <= 1 for dot in dots)
    bars = histogram(result.scores, result, {}).bars
    counts = [re.search(r": (\d+) / (\d+)", bar.title) for bar in bars]
    assert sum(int(count[1]) + int(count[2]) for count in counts if count) == 24


def test_a_handler_tunes_what_the_box_holds(fake: FakeEncoder) -> None:
    lines = "\n".join(
        f"{row['text_a']}\t{row['text_b']}\t{'是' if row['label'] else '否'}" for row in _rows()
    )
    view = show_tuning(fake, LIMITS, lines, AUTOMATIC, "raw", 0)
    assert view.tuned.metric == "auc"
    assert view.tuned.scored.table.dense_a.size == 0
    with pytest.raises(InputError, match="The box of pairs is empty"):
        rows_of(" ", LIMITS)


def test_the_preview_shows_labels_and_what_is_wrong() -> None:
    good = show_pairs_preview(LIMITS, "a b\tc d\tyes\ne f\tg h\tno\n").preview
    assert "2 labelled pairs" in good
    assert "<code>yes</code> → 1 (1)" in good
    assert (
        "not understood: perhaps"
        in show_pairs_preview(LIMITS, "text_a\ttext_b\tlabel\na\tb\tperhaps\n").preview
    )
    assert "one column" in show_pairs_preview(LIMITS, "text\nmore\n").preview
    assert show_pairs_preview(LIMITS, "").preview == ""


def test_a_first_line_that_is_taken_for_a_header_is_told() -> None:
    told = "The first line is taken for the names of the columns"
    assert told in show_pairs_preview(LIMITS, "answer\tquestion\nsun\tmoon\nred\tblue\n").preview
    assert told in show_pairs_preview(LIMITS, "query\tpassage\tlabel\nsun\tmoon\t1\n").preview
    for lines in ("text_a\ttext_b\tlabel\nsun\tmoon\t1\n", "sun\tmoon\t1\nred\tblue\t0\n"):
        assert told not in show_pairs_preview(LIMITS, lines).preview


def test_a_line_that_lacks_a_column_is_told_what_it_lacks() -> None:
    lines = "text_a\ttext_b\tlabel\na\tb\t1\nonly one\nc\td\t0\n\tonly b\t1\n"
    shown = show_pairs_preview(LIMITS, lines).preview
    assert "1 row without text B was left out: 2." in shown
    assert "1 row without text A was left out: 4." in shown
    assert "缺少文本 B：第 2 行" in shown
    assert "blank" not in shown
    table = pasted_table(lines, LIMITS)
    named = rows_without_pair(table, places_of(table))
    assert [(one.row, one.reason.key) for one in named] == [
        (2, "pairs.lacks_text_b"),
        (4, "pairs.lacks_text_a"),
    ]


@pytest.mark.parametrize("n", [4, 5, 9])
def test_next_to_no_pairs_recommend_nothing(fake: FakeEncoder, n: int) -> None:
    lines = "\n".join(f"w{i} v{i}\t{'w' if i % 2 else 'u'}{i} v{i}\t{i % 2}" for i in range(n))
    view = show_tuning(fake, LIMITS, lines, AUTOMATIC, "raw", 0)
    assert (view.use["visible"], view.use_anyway["visible"]) == (False, True)
    assert f"{n} pairs are too few to say anything about weights" in view.result
    assert f"{n} 对太少，说明不了该用什么权重" in view.result
    for claimed in ("Recommended weights for", "read the intervals", "Nothing to gain", "Tuning pays"):
        assert claimed not in view.result
    # No other place calls them recommended either.
    shown = parsed(view.result + view.threshold).text()
    assert "ecommended w" not in shown.replace("nothing is recommended", "")
    assert "推荐权重" not in shown
    assert use_weights(view.tuned).weights


def test_enough_pairs_keep_the_recommendation(fake: FakeEncoder, result: TuningResult) -> None:
    lines = "\n".join(f"{row['text_a']}\t{row['text_b']}\t{row['label']}" for row in _rows())
    view = show_tuning(fake, LIMITS, lines, AUTOMATIC, "raw", 0)
    assert (view.use["visible"], view.use_anyway["visible"]) == (True, False)
    assert "Recommended weights for" in view.result


def test_samples_are_the_bundled_pairs_of_their_language() -> None:
    sizes = [len(rows_of(sample_pairs(key), LIMITS)) for key in SAMPLE_KEYS]
    assert sizes == [512, 32, 32]


def test_resamples_that_are_all_alike_are_no_interval() -> None:
    assert not Figure(0.75, (0.75, 0.75)).has_interval
    assert not Figure(math.nan, (math.nan, math.nan)).has_interval
    assert Figure(0.75, (0.5, 1.0)).has_interval


def test_pairs_told_apart_without_a_fault_are_a_sentence_and_no_interval_is_explained(
    fake: FakeEncoder,
) -> None:
    rows = [
        {"text_a": f"w{i} v{i}", "text_b": f"w{i} v{i}" if i % 2 else f"u{i}", "label": i % 2}
        for i in range(24)
    ]
    result = tune(fake, LIMITS, rows, TuningChoices())
    assert result.wrong == ()
    shown = threshold_html(result)
    assert "No pair is wrong" in shown
    assert "Still wrong" not in shown
    assert "Interval “none”: all resamples gave the same figure" in tuning_html(result)
    assert "区间为“无”" in tuning_html(result)


def test_each_set_of_weights_has_a_name_of_its_own(result: TuningResult) -> None:
    shown = tuning_html(result) + threshold_html(result)
    for name in ("Recommended weights for", "Tuned weights, measured", "The ring is the mix that fits"):
        assert name in shown
    for name in ("推荐权重（", "调优权重（", "圆圈是最贴合全部句对的组合"):
        assert name in shown
