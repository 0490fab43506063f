"""What the analyses accept: every limit from both sides, every refusal with its number and its field."""

from __future__ import annotations

import math
from typing import Any

import pytest
from fakes import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.errors import InputError
from bge_demo.locales import LANGUAGES, Phrase
from bge_demo.retrieval.pipelines import (
    FIRST_METHODS,
    LATER_METHODS,
    MOST_STAGES,
    PIPELINES,
    checked_pipeline,
)
from bge_demo.scores.scoring import DEFAULT_WEIGHTS, WEIGHT_PRESETS, ScoreWeights, checked_weights
from bge_demo.settings import Limits
from bge_demo.text.inputs import checked_text, checked_texts, tokenize_within_limits
from bge_demo.text.readable import is_blank

FIELD = Phrase("compare.text_a")
SMALL = Limits(text_chars=10, table_rows=3, request_tokens=12, max_tokens=8)
HUGE_NUMBER = 10**400


def refused(key: str, **values: object) -> Any:
    """Expects an InputError of this key with these values, sayable in every language."""

    def matches(error: InputError) -> bool:
        assert all(error.sentence(language) for language in LANGUAGES)
        assert str(error) == error.sentence("en")
        return error.key == key and values.items() <= error.values.items()

    return pytest.raises(InputError, check=matches)


def test_a_text_of_the_longest_length_passes_and_one_more_character_does_not() -> None:
    assert checked_text("x" * 10, FIELD, SMALL) == "x" * 10
    with refused("input.too_long", n_chars=11, limit=10, field=FIELD) as caught:
        checked_text("x" * 11, FIELD, SMALL)
    assert "Text A (query) has 11 characters; at most 10" in str(caught.value)
    assert "文本 A（查询）有 11 个字符" in caught.value.sentence("zh")


@pytest.mark.parametrize(
    "blank",
    [
        "",
        " ",
        "\n\t ",
        "\u3000",
        "\u00a0",
        "\x85\u2028",
        "\u200b\u200d",
        "\x00",
        "\u2060\x10",
        "\ud83d",
        "\u3164",
        "\u0378",
    ],
)
def test_blank_texts_are_refused(blank: str) -> None:
    with refused("input.blank", field=FIELD):
        checked_text(blank, FIELD, SMALL)


@pytest.mark.parametrize("value", [None, 1, 2.5, True, ["a"], {"a": 1}, b"bytes"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with refused("input.not_text", field=FIELD):
        checked_text(value, FIELD, SMALL)


def test_lone_surrogates_are_replaced_and_real_characters_kept() -> None:
    assert checked_text("a\ud800b\udfff", FIELD, SMALL) == "a\ufffdb\ufffd"
    assert checked_text("😀\x00\u202e", FIELD, SMALL) == "😀\x00\u202e"


@given(st.text(min_size=1).filter(lambda text: not is_blank(text)))
def test_every_accepted_text_keeps_its_length_and_can_be_encoded(text: str) -> None:
    checked = checked_text(text, FIELD, Limits())
    assert len(checked) == len(text)
    assert checked.encode("utf-8").decode("utf-8") == checked


def test_a_list_is_checked_row_by_row() -> None:
    assert checked_texts(("a", "b"), SMALL) == ["a", "b"]
    with refused("input.blank") as caught:
        checked_texts(["a", " "], SMALL)
    assert str(caught.value).startswith("Row 2 ")
    assert caught.value.sentence("zh").startswith("第 2 行")


def test_the_number_of_rows_is_limited() -> None:
    assert len(checked_texts(["x"] * 3, SMALL)) == 3
    with refused("input.too_many_rows", n_rows=4, limit=3):
        checked_texts(["x"] * 4, SMALL)
    with refused("input.no_rows"):
        checked_texts([], SMALL)


@pytest.mark.parametrize("value", ["text", None, 3, {"a": "b"}, {"a"}])
def test_what_is_no_list_of_texts_is_refused(value: object) -> None:
    with refused("input.not_list"):
        checked_texts(value, SMALL)


def test_the_tokens_of_a_request_are_limited_after_the_cut() -> None:
    encoder = FakeEncoder()
    tokenized = tokenize_within_limits(encoder, ["a b", "c d e f g h i j k"], SMALL)
    assert [text.n_tokens for text in tokenized] == [4, 8]
    with refused("input.too_many_tokens", n_tokens=16, limit=12):
        tokenize_within_limits(encoder, ["a b c d e f g"] * 2, SMALL)


@pytest.mark.parametrize("name", WEIGHT_PRESETS)
def test_a_preset_goes_by_its_name(name: str) -> None:
    assert checked_weights(name) is WEIGHT_PRESETS[name]


@pytest.mark.parametrize(
    "value",
    ["0.4/0.2/0.4", " 0.4 / .2 / 4e-1 ", (0.4, 0.2, 0.4), ["0.4", "0.2", "0.4"], ScoreWeights(0.4, 0.2, 0.4)],
)
def test_three_numbers_are_weights_for_dense_sparse_colbert(value: Any) -> None:
    assert checked_weights(value) == ScoreWeights(dense=0.4, sparse=0.2, colbert=0.4)


@pytest.mark.parametrize(
    "value",
    [
        *("nope", "", "1/2", "1/2/3/4", "a/b/c", "0,4/0,2/0,4", None, 3, {"dense": 1}, b"1/1/1"),
        *([], [1, 2], [1, 2, 3, 4], [1, None, 3], [[1], [2], [3]], [True, True, True]),
        *([HUGE_NUMBER, 1, 1], "x" * 1_000_000, "\ud800"),
    ],
)
def test_unknown_weights_are_refused_with_the_presets(value: Any) -> None:
    with refused("input.weights_unknown") as caught:
        checked_weights(value)
    assert all(name in str(caught.value) for name in WEIGHT_PRESETS)
    assert len(str(caught.value)) < 300
    str(caught.value).encode("utf-8")


@pytest.mark.parametrize(
    "value", [[0, 0, 0], [-1, 1, 1], [math.nan, 1, 1], [math.inf, 1, 1], "nan/1/1", "1/inf/1", "-0.1/1/1"]
)
def test_weights_that_make_no_mean_are_refused(value: Any) -> None:
    with refused("input.weights"):
        checked_weights(value)


@pytest.mark.parametrize("name", PIPELINES)
def test_a_preset_pipeline_is_known_by_its_name(name: str) -> None:
    assert checked_pipeline(name) is PIPELINES[name]
    assert checked_pipeline(PIPELINES[name]) is PIPELINES[name]


@pytest.mark.parametrize(
    ("written", "stages"),
    [
        ("bm25 100 > dense 50 > colbert 10", (("bm25", 100), ("dense", 50), ("colbert", 10))),
        ("  rrf   7>hybrid 3 ", (("rrf", 7), ("hybrid", 3))),
        ("colbert 1", (("colbert", 1),)),
    ],
)
def test_a_written_pipeline_is_read(written: str, stages: tuple[tuple[str, int], ...]) -> None:
    pipeline = checked_pipeline(written)
    assert tuple((stage.method, stage.k) for stage in pipeline.stages) == stages
    assert pipeline.weights == WEIGHT_PRESETS[DEFAULT_WEIGHTS]


@pytest.mark.parametrize(
    ("written", "weights"),
    [("weighted 9 | 1/0.3/1", (1, 0.3, 1)), ("weighted 9|mkqa", (1, 0.3, 1)), ("rrf 9 |", (0.4, 0.2, 0.4))],
)
def test_weights_follow_a_bar(written: str, weights: tuple[float, ...]) -> None:
    assert checked_pipeline(written).weights == ScoreWeights(*weights)


@given(
    stages=st.lists(
        st.tuples(st.sampled_from(LATER_METHODS), st.integers(1, 999_999)),
        min_size=0,
        max_size=MOST_STAGES - 1,
    ),
    first=st.tuples(st.sampled_from(FIRST_METHODS), st.integers(1, 999_999)),
)
def test_what_a_pipeline_is_written_as_it_is_read_as(
    stages: list[tuple[str, int]], first: tuple[str, int]
) -> None:
    written = " > ".join(f"{method} {k}" for method, k in [first, *stages])
    read = checked_pipeline(written)
    assert [(stage.method, stage.k) for stage in read.stages] == [first, *stages]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        *(
            (written, "pipeline.unknown")
            for written in (
                "",
                "hybrid",
                "10 dense",
                "dense ten",
                "dense 1.5",
                "dense 5 5",
                "a > b",
                "dense 5 >",
            )
        ),
        *((other, "pipeline.unknown") for other in (None, 3, [], ["dense 5"], {"dense": 5}, True, "\ud800")),
        ("dense 1000000", "pipeline.unknown"),
        (f"dense {'9' * 5000}", "pipeline.unknown"),
        (f"{'x' * 5000} 5", "pipeline.unknown"),
        ("dense 0", "pipeline.k"),
        ("dense -5", "pipeline.k"),
        ("hybrid 10", "pipeline.method"),
        ("dense 10 > rrf 5", "pipeline.method"),
        ("Dense 10", "pipeline.method"),
        ("dense 9 > colbert 8 > hybrid 7 > sparse 6", "pipeline.stages"),
        ("weighted 9 | a/b/c", "input.weights_unknown"),
        ("weighted 9 | 0/0/0", "input.weights"),
        ("dense 9 | mkqa | mkqa", "input.weights_unknown"),
    ],
    ids=lambda part: str(part)[:24].encode("ascii", "replace").decode(),
)
def test_other_pipelines_are_refused(written: Any, key: str) -> None:
    with refused(key) as caught:
        checked_pipeline(written)
    assert len(str(caught.value)) < 400
