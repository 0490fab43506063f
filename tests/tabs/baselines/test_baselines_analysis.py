"""Figures of several encoders on the same pairs, by hand and with the shipped checkpoint."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bge_demo.encoder.baselines import CharacterNgrams, Reading, in_child
from bge_demo.encoder.listed_encoders import ListedEncoders
from bge_demo.samples import bundled_pairs
from bge_demo.settings import Limits
from bge_demo.tabs.baselines.program import baselines

if TYPE_CHECKING:
    from fakes import FakeEncoder

    from bge_demo.encoder.text_encoder import TextEncoder

LIMITS = Limits()
NOTHING = ListedEncoders()
ROWS = [
    {"text_a": "red cat", "text_b": "red dog", "label": 1, "kind": "near"},
    {"text_a": "red cat", "text_b": "red cat", "label": 1, "kind": "equal"},
    {"text_a": "red cat", "text_b": "blue bird", "label": 0, "kind": "far"},
    {"text_a": "one two", "text_b": "three four", "label": 0, "kind": "far"},
]


def test_the_answer_has_the_promised_shape(fake: FakeEncoder) -> None:
    answer = baselines(fake, LIMITS, NOTHING, ROWS)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    served, ngrams = answer["models"]
    assert (served["name"], ngrams["name"]) == ("fake", "character n-grams (TF-IDF)")
    assert served["scores"] == pytest.approx([0.5, 1.0, 0.0, 0.0])
    assert served["ranks"] == [2, 1, 3, 3]
    assert served["auc"] == 1
    assert served["spread"] == pytest.approx(0.75)
    assert served["by_kind"]["near"]["auc"] == 1
    assert served["read_tokens"] == [[4, 4]] * 4
    assert [one["name"] for one in answer["unavailable"]] == ["fake: token vectors"]


def test_ranks_equal_a_loop(fake: FakeEncoder) -> None:
    words = np.random.default_rng(0).integers(0, 6, (20, 6)).astype(str)
    rows = [
        {"text_a": " ".join(row[:3]), "text_b": " ".join(row[3:]), "label": i % 2}
        for i, row in enumerate(words)
    ]
    for model in baselines(fake, LIMITS, NOTHING, rows)["models"]:
        by_hand = [1 + sum(other > score for other in model["scores"]) for score in model["scores"]]
        assert model["ranks"] == by_hand


def test_one_class_has_ranks_but_no_auc(fake: FakeEncoder) -> None:
    answer = baselines(fake, LIMITS, NOTHING, ROWS[:2])
    assert answer["models"][0]["auc"] is None
    assert answer["models"][0]["ranks"] == [2, 1]
    assert any("no AUC" in note for note in answer["notes"])


def test_models_are_chosen_by_name(fake: FakeEncoder) -> None:
    answer = baselines(fake, LIMITS, NOTHING, ROWS, ["character n-grams (TF-IDF)"])
    assert len(answer["models"]) == 2
    assert answer["unavailable"] == []
    answer = baselines(fake, LIMITS, NOTHING, ROWS, ["word2vec"])
    assert [one["name"] for one in answer["models"]] == ["fake"]
    assert answer["unavailable"][0]["name"] == "word2vec"
    assert "not listed" in answer["unavailable"][0]["reason"]


@dataclass(frozen=True)
class _Blind:
    """Reads no text but one."""

    name: str = "blind"

    def read(self, texts: list[str]) -> Any:
        values = [0.5 if "cat" in texts[i] else np.nan for i in range(0, len(texts), 2)]
        return Reading(np.array(values, np.float32), ())


class _ListedBlind(ListedEncoders):
    def encoders(self) -> list[Any]:
        return [_Blind()]


@dataclass(frozen=True)
class _SlowToStart:
    """Takes long to load and no time to read."""

    name: str = "slow to start"

    def read(self, texts: list[str]) -> Any:
        time.sleep(0.3)
        return Reading(np.full(len(texts) // 2, 0.5, np.float32), (), start_seconds=0.3)


class _ListedSlow(ListedEncoders):
    def encoders(self) -> list[Any]:
        return [_SlowToStart()]


def test_seconds_are_of_the_reading_and_not_of_the_start(fake: FakeEncoder) -> None:
    seconds = baselines(fake, LIMITS, _ListedSlow(), ROWS)["models"][-1]["seconds"]
    assert 0 <= seconds < 0.25


def test_importing_is_told_apart_from_reading() -> None:
    """In a process that has not imported scikit-learn yet."""
    started, later = in_child(_start_seconds_of_two_readings)
    assert started > 0.05 > later


def _start_seconds_of_two_readings() -> list[float]:
    return [CharacterNgrams().read(["red cat", "red dog"]).start_seconds for _ in range(2)]


def test_rows_that_one_encoder_cannot_read_are_left_out_for_all(fake: FakeEncoder) -> None:
    answer = baselines(fake, LIMITS, _ListedBlind(), ROWS)
    assert answer["left_out"] == [4]
    assert any("left out for all alike: rows 4" in note for note in answer["notes"])
    assert all(model["ranks"][3] is None for model in answer["models"])
    assert answer["models"][-1]["read_tokens"] == []


def test_an_encoder_that_is_missing_does_not_stop_the_others(fake: FakeEncoder) -> None:
    answer = baselines(fake, LIMITS, ListedEncoders(sources=("nobody/nothing",)), ROWS)
    assert "hf download" in answer["unavailable"][-1]["reason"]
    assert len(answer["models"]) == 2


def test_the_shipped_checkpoint_beats_spelling_on_translations(compact: TextEncoder) -> None:
    pairs = [pair for pair in bundled_pairs() if pair["kind"] in {"translation", "unrelated"}][:80]
    answer = baselines(compact, LIMITS, NOTHING, pairs)
    served, ngrams, tokens = answer["models"]
    assert served["auc"] > ngrams["auc"]
    assert tokens["name"].endswith("token vectors")
    assert tokens["auc"] is not None
