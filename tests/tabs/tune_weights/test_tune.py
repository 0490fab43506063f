"""From pairs to verdict, threshold and next labels, by an encoder to work out by hand and the shipped one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bge_demo.encoder.caller import on_behalf_of
from bge_demo.errors import InputError
from bge_demo.samples import bundled_pairs
from bge_demo.scores.agreement import measure_one
from bge_demo.settings import Limits
from bge_demo.tabs.tune_weights.analysis import TuningChoices, tune
from bge_demo.tabs.tune_weights.pair_scores import score_pairs
from bge_demo.tabs.tune_weights.program import tune_weights
from bge_demo.tabs.tune_weights.result import hybrid_scores

if TYPE_CHECKING:
    from fakes import FakeEncoder

    from bge_demo.encoder.text_encoder import TextEncoder

LIMITS = Limits()


def _rows(n: int) -> list[dict[str, Any]]:
    """Related pairs share two of three words, unrelated one or none; one pair in ten is labelled wrongly."""
    rows = []
    for i in range(n):
        related = i % 2
        words = [f"w{i}", f"x{i}", f"y{i}"]
        other = [f"w{i}", f"x{i}" if related else f"u{i}", f"v{i}"]
        label = 1 - related if i % 10 == 9 else related
        rows.append({"text_a": " ".join(words), "text_b": " ".join(other), "label": label})
    return rows


def test_progress_counts_pairs_alone(compact: TextEncoder) -> None:
    # A text that no cache has.
    pairs = [(f"progress of {i}" + " word" * 10, f"pace of {i}" + " word" * 10) for i in range(40)]
    told: list[tuple[int, int]] = []
    with on_behalf_of(lambda: False, 60, lambda done, total: told.append((done, total))):
        score_pairs(compact, pairs, LIMITS)
    assert {total for _, total in told} == {40}
    assert sorted(told) == told
    assert told[-1] == (40, 40)


def test_the_answer_has_the_promised_shape(fake: FakeEncoder) -> None:
    answer = tune_weights(fake, LIMITS, _rows(40))
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert answer["n_pairs"] == 40
    assert set(answer["heads"]) == {"dense", "sparse", "colbert"}
    for figure in (*answer["heads"].values(), answer["best"]):
        low, high = figure["interval"]
        assert 0 <= low <= figure["held_out"] <= high <= 1
    assert sum(answer["best"]["weights"]) == pytest.approx(1)
    assert set(answer["threshold"]) == {"value", "precision", "recall", "f1", "held_out_f1"}
    assert answer["better_than_best_head"] is False
    assert "Nothing to gain" in answer["verdict"]


def test_every_pair_is_encoded_once(fake: FakeEncoder) -> None:
    tune(fake, LIMITS, _rows(40), TuningChoices())
    first = [text for call in fake.encoded[:2] for text in call]
    assert len(first) == len(set(first)) == 80


def test_figures_equal_the_scores_in_the_answer(fake: FakeEncoder) -> None:
    answer = tune_weights(fake, LIMITS, _rows(40))
    labels = np.array([pair["label"] for pair in answer["pairs"]])
    for head, figure in answer["heads"].items():
        scores = np.array([pair[head] for pair in answer["pairs"]])
        assert figure["held_out"] == pytest.approx(measure_one("auc", scores, labels), abs=1e-6)


def test_wrong_pairs_come_worst_first_and_are_exactly_those_beyond_the_threshold(fake: FakeEncoder) -> None:
    answer = tune_weights(fake, LIMITS, _rows(40))
    cut = answer["threshold"]["value"]
    beyond = {pair["row"] for pair in answer["pairs"] if (pair["score"] >= cut) != (pair["label"] == 1)}
    assert {pair["row"] for pair in answer["wrong"]} == beyond == {10, 20, 30, 40}
    distances = [pair["distance"] for pair in answer["wrong"]]
    assert distances == sorted(distances, reverse=True)


def test_rows_without_a_label_are_offered_as_the_next_labels(fake: FakeEncoder) -> None:
    rows = [*_rows(30), {"text_a": "p q r", "text_b": "p q s", "label": ""}]
    answer = tune_weights(fake, LIMITS, rows)
    assert ("p q r", "p q s") in [(pair["text_a"], pair["text_b"]) for pair in answer["next_labels"]]
    assert answer["n_pairs"] == 30


def test_next_labels_are_pairs_nobody_labelled(fake: FakeEncoder) -> None:
    rows = _rows(30)
    answer = tune_weights(fake, LIMITS, rows)
    labelled = {(row["text_a"], row["text_b"]) for row in rows}
    offered = [(pair["text_a"], pair["text_b"]) for pair in answer["next_labels"]]
    assert offered
    assert not labelled & set(offered)


@pytest.mark.parametrize(
    ("rows", "values", "words"),
    [
        ([{**row, "label": 1} for row in _rows(10)], {}, "All 10 labels are 1: AUC"),
        ([{**row, "label": i == 0} for i, row in enumerate(_rows(10))], {}, "1 pair of the rarer kind"),
        ([{**row, "group": "one"} for row in _rows(10)], {}, "1 independent group of"),
        (_rows(10), {"metric": "accuracy"}, "auc, average_precision"),
        (_rows(10), {"normalization": "z"}, "raw, min-max"),
        (_rows(10), {"positive_from": 9}, "labels run from 0 to 1"),
        (_rows(10), {"miss_cost": -1}, "above 0"),
        (_rows(10), {"miss_cost": "much"}, "not a number"),
    ],
)
def test_what_cannot_be_tuned_is_told(
    fake: FakeEncoder, rows: list[dict[str, Any]], values: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        tune_weights(fake, LIMITS, rows, **values)


def test_few_pairs_are_warned_about(fake: FakeEncoder) -> None:
    assert any("12 pairs are too few" in note for note in tune_weights(fake, LIMITS, _rows(12))["notes"])
    assert tune_weights(fake, LIMITS, _rows(40))["notes"] == []


def test_grades_are_measured_by_rank_and_cut_at_their_middle(fake: FakeEncoder) -> None:
    rows = [{**row, "label": i % 4} for i, row in enumerate(_rows(40))]
    answer = tune_weights(fake, LIMITS, rows)
    assert (answer["metric"], answer["positive_from"]) == ("spearman", 2.0)
    assert tune_weights(fake, LIMITS, rows, positive_from=1)["positive_from"] == 1.0


@pytest.mark.parametrize("metric", ["auc", "average_precision", "spearman", "ndcg"])
@pytest.mark.parametrize("normalization", ["raw", "min-max", "self-score"])
def test_every_metric_and_normalisation_works(fake: FakeEncoder, metric: str, normalization: str) -> None:
    answer = tune_weights(fake, LIMITS, _rows(20), metric, normalization)
    assert answer["normalization"] == normalization
    assert set(answer["normalizations"]) == {"raw", "min-max", "self-score"}


def test_the_printed_scores_are_the_hybrid_scores_of_compare(fake: FakeEncoder) -> None:
    from bge_demo.tabs.compare.analysis import compare

    result = tune(fake, LIMITS, _rows(20), TuningChoices())
    pair = result.scored.pairs[3]
    compared = compare(fake, pair.text_a, pair.text_b, result.recommended, LIMITS)
    assert hybrid_scores(result.scored.table, result.recommended)[3] == pytest.approx(
        compared.scores.hybrid(result.recommended), abs=1e-6
    )


def test_the_bundled_pairs_are_what_they_say() -> None:
    pairs = bundled_pairs()
    assert len(pairs) >= 480
    assert len({pair["language_a"] for pair in pairs}) == 16
    kinds = {"paraphrase", "translation", "related", "unrelated", "negation", "digits"}
    assert {pair["kind"] for pair in pairs} == kinds
    assert len({(pair["text_a"], pair["text_b"]) for pair in pairs}) == len(pairs)


def test_the_bundled_pairs_can_be_tuned_with_the_shipped_checkpoint(compact: TextEncoder) -> None:
    every_fourth = [pair for pair in bundled_pairs() if pair["language_a"] in {"en", "zh", "de", "ru"}]
    result = tune(compact, LIMITS, every_fourth, TuningChoices(metric="auc"))
    assert len(result.scored.pairs) == 128
    assert result.fixed["dense"].held_out > 0.5
    assert 0 < result.threshold.f1 <= 1
