"""A query against many languages: translations above the control, a symmetric heat map, limits by row."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fakes import FakeEncoder

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.samples import (
    CROSS_LINGUAL_QUERY,
    CROSS_LINGUAL_SENTENCES,
    TRAVEL_QUERY,
    TRAVEL_SENTENCES,
    SentenceSample,
)
from bge_demo.scores.scoring import ScoreWeights
from bge_demo.settings import Limits
from bge_demo.tabs.compare.analysis import compare
from bge_demo.tabs.cross_lingual.analysis import compare_across_languages, sentences_from_rows
from bge_demo.tabs.cross_lingual.view import cross_lingual_html

AI = (CROSS_LINGUAL_QUERY, CROSS_LINGUAL_SENTENCES)
TRAVEL = (TRAVEL_QUERY, TRAVEL_SENTENCES)


def rows_of(*texts: str) -> list[SentenceSample]:
    return [SentenceSample(f"l{i}", text) for i, text in enumerate(texts)]


@pytest.mark.parametrize("sample", [AI, TRAVEL], ids=["ai", "luggage"])
def test_every_version_ranks_above_the_control(compact: TextEncoder, sample: Any) -> None:
    ranked = compare_across_languages(compact, *sample).rows
    assert ranked[-1].language == "control"
    assert {row.language for row in ranked} == {sentence.language for sentence in sample[1]}
    assert ranked[-2].scores.dense - ranked[-1].scores.dense > 0.1


def test_the_query_of_the_default_sample_is_that_of_the_page() -> None:
    assert CROSS_LINGUAL_QUERY == "AI is reshaping global society"
    assert [row.language for row in CROSS_LINGUAL_SENTENCES] == ["zh", "en", "ja", "ar", "es", "control"]


def test_ranks_follow_the_dense_cosine_and_keep_every_sentence(compact: TextEncoder) -> None:
    result = compare_across_languages(compact, *AI)
    assert [row.rank for row in result.rows] == list(range(1, 7))
    cosines = [row.scores.dense for row in result.rows]
    assert cosines == sorted(cosines, reverse=True)
    assert {SentenceSample(row.language, row.text) for row in result.rows} == {*CROSS_LINGUAL_SENTENCES}


def test_each_row_equals_the_comparison_with_the_query(compact: TextEncoder) -> None:
    for row in compare_across_languages(compact, *AI).rows:
        pair = compare(compact, CROSS_LINGUAL_QUERY, row.text)
        assert row.scores.dense == pytest.approx(pair.scores.dense, abs=1e-5)
        assert row.scores.sparse == pytest.approx(pair.scores.sparse, abs=1e-5)
        assert row.scores.colbert == pytest.approx(pair.scores.colbert, abs=1e-5)
        assert (row.band, row.similarity_percent) == (
            pair.band,
            pytest.approx(pair.similarity_percent, abs=0.01),
        )
        assert row.percentile == pytest.approx(pair.percentile, abs=0.02)


def test_sparse_falls_to_zero_across_scripts(compact: TextEncoder) -> None:
    by_language = {row.language: row.scores for row in compare_across_languages(compact, *AI).rows}
    assert [by_language[language].sparse for language in ("zh", "ja", "ar")] == [0, 0, 0]
    assert min(by_language[language].dense for language in ("zh", "ja", "ar")) > 0.4


def test_the_heat_map_is_symmetric_with_ones_on_the_diagonal(compact: TextEncoder) -> None:
    result = compare_across_languages(compact, *AI)
    assert result.heatmap_labels == ("query", "zh", "en", "ja", "ar", "es", "control")
    np.testing.assert_allclose(result.heatmap, result.heatmap.T, atol=1e-6)
    np.testing.assert_allclose(np.diag(result.heatmap), 1, atol=1e-5)
    by_language = {row.language: row.scores.dense for row in result.rows}
    for label, cosine in zip(result.heatmap_labels[1:], result.heatmap[0, 1:], strict=True):
        assert cosine == pytest.approx(by_language[label], abs=1e-5)


def test_highly_related_begins_at_75_percent(fake: FakeEncoder) -> None:
    query = "a b c d"
    result = compare_across_languages(fake, query, rows_of("a b c x", "a b c d", "a b x y", "a b c d e"))
    shown = [(row.language, row.similarity_percent, row.highly_related) for row in result.rows]
    assert shown == [("l1", 100.0, True), ("l3", 89.44, True), ("l0", 75.0, True), ("l2", 50.0, False)]


def test_equal_cosines_keep_the_order_given(fake: FakeEncoder) -> None:
    result = compare_across_languages(fake, "a", rows_of("b", "a", "c", "a"))
    assert [row.language for row in result.rows] == ["l1", "l3", "l0", "l2"]


def test_truncation_is_told_per_text_with_the_query_first(fake: FakeEncoder) -> None:
    result = compare_across_languages(
        fake, "q", rows_of("a b c d", "a", "e f g h"), limits=Limits(max_tokens=4)
    )
    assert result.truncated == (False, True, False, True)


def test_weights_reach_the_hybrid_score(fake: FakeEncoder) -> None:
    answer = compare_across_languages(fake, "red cat", rows_of("red dog"), "0/1/0").to_json()
    assert answer["weights"] == {"dense": 0, "sparse": 1, "colbert": 0}
    assert answer["rows"][0]["scores"]["hybrid"] == pytest.approx(0.5)
    assert compare_across_languages(fake, "a", rows_of("a")).weights == ScoreWeights(0.4, 0.2, 0.4)


def test_all_texts_share_one_call_of_the_model(fake: FakeEncoder) -> None:
    compare_across_languages(fake, "q", rows_of("a", "b"))
    assert fake.encoded[1:] == [["q", "a", "b"]]


@pytest.mark.parametrize(
    ("query", "texts", "sentence"),
    [
        (" ", ["a"], "Query is blank"),
        ("q" * 31, ["a"], "Query has 31 characters; at most 30"),
        ("q", ["a", "b", " "], "Row 3 is blank"),
        ("q", ["a", "x" * 31], "Row 2 has 31 characters"),
        ("q", ["a"] * 6, "There are 6 rows; at most 5"),
        ("q", [], "no text to work on"),
        ("q", ["a", None], "Row 2 must be a text"),
        ("q q q", ["a b c", "d e f"], "15 tokens together; one request takes at most 14"),
    ],
)
def test_bad_input_is_told_by_its_row(fake: FakeEncoder, query: str, texts: Any, sentence: str) -> None:
    limits = Limits(text_chars=30, table_rows=5, request_tokens=14)
    with pytest.raises(InputError, match=sentence):
        compare_across_languages(fake, query, rows_of(*texts), limits=limits)


def test_two_hundred_rows_pass_and_one_more_does_not() -> None:
    encoder = FakeEncoder()
    assert len(compare_across_languages(encoder, "q", rows_of(*["a"] * 200)).rows) == 200
    with pytest.raises(InputError, match="There are 201 rows; at most 200 are allowed"):
        compare_across_languages(encoder, "q", rows_of(*["a"] * 201))


def test_rows_of_a_table_become_sentences() -> None:
    rows = [["en", "Hello"], [" zh ", "你好"], [None, "no language"], ["x" * 99, 42]]
    assert sentences_from_rows(rows) == [
        SentenceSample("en", "Hello"),
        SentenceSample("zh", "你好"),
        SentenceSample("", "no language"),
        SentenceSample("x" * 40, "42"),
    ]


def test_rows_without_a_sentence_are_dropped() -> None:
    rows = [["en", ""], ["de", None], ["fr", " \n"], [], ["only language"], ["it", "Ciao"]]
    assert sentences_from_rows(rows) == [SentenceSample("it", "Ciao")]


@pytest.mark.parametrize("rows", [[], [["en", ""]], [["", None], []]])
def test_a_table_without_sentences_is_refused(rows: list[list[object]]) -> None:
    with pytest.raises(InputError, match="no text to work on"):
        sentences_from_rows(rows)


def test_the_answer_is_plain_json(compact: TextEncoder) -> None:
    answer = compare_across_languages(
        compact, AI[0], [*AI[1], SentenceSample("\ud800", "\ud800 x")]
    ).to_json()
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    json.dumps(answer, ensure_ascii=False).encode("utf-8")
    assert set(answer) == {"model", "query", "weights", "rows", "truncated", "heatmap", "latency_ms", "hints"}
    assert set(answer["rows"][0]) == {
        *("rank", "language", "text", "similarity_percent", "band", "percentile", "highly_related", "scores"),
        *("n_unreadable", "is_other_script"),
    }
    assert np.shape(answer["heatmap"]["dense"]) == (8, 8)
    assert len(answer["heatmap"]["labels"]) == 8


def test_a_too_long_text_is_named_by_its_row_in_the_table() -> None:
    rows = [["en", "short"], ["", " "], ["en", "x" * 60_000]]
    with pytest.raises(InputError, match=r"^Row 3 has 60000 characters"):
        sentences_from_rows(rows)


@pytest.mark.parametrize("mark", ["control", " Control ", "对照"])
def test_a_control_nearer_than_a_translation_is_told(fake: FakeEncoder, mark: str) -> None:
    near, far, other = (
        SentenceSample(mark, "red cat"),
        SentenceSample("en", "blue sun"),
        SentenceSample("de", "red"),
    )
    told = compare_across_languages(fake, "red cat", [far, near, other])
    assert any(
        "The control stands above 2 of the other 2 sentences" in one for one in told.to_json()["hints"]
    )
    assert "对照句排在其余 2 句中的 2 句之上" in cross_lingual_html(told)
    as_it_should_be = compare_across_languages(
        fake, "red cat", [SentenceSample("en", "red cat"), SentenceSample(mark, "x")]
    )
    assert as_it_should_be.hints == ()


def test_a_cosine_below_zero_is_explained_where_it_is_shown_as_zero_percent(fake: FakeEncoder) -> None:
    result = compare_across_languages(fake, "red cat", rows_of("red dog", "blue"))
    note = "A cosine below 0 counts as 0 % similar"
    assert note not in cross_lingual_html(result)
    last = replace(result.rows[-1], scores=replace(result.rows[-1].scores, dense=-0.01))
    heatmap = np.full_like(result.heatmap, -0.004)
    shown = cross_lingual_html(replace(result, rows=(*result.rows[:-1], last), heatmap=heatmap))
    assert note in shown
    assert "-0.00<" not in shown
