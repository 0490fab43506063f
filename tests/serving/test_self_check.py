"""The self-check: expected scores come out, others are told apart from a number format's rounding."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeEncoder

from bge_demo.checkpoints.cards import BGE_M3, resolve
from bge_demo.encoder.contract import ModelInfo
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.locales import say
from bge_demo.serving import self_check as module
from bge_demo.serving.self_check import HEADS, example_scores, renew, self_check


class Pretending(FakeEncoder):
    """Gives the scores of words that match or do not, as the checkpoint it says it is."""

    def __init__(self, info: ModelInfo) -> None:
        super().__init__()
        self._info = info

    @property
    def info(self) -> ModelInfo:
        return self._info


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of expected scores of one's own."""
    path = tmp_path / "self_check.json"
    path.write_text(module.GOLDEN_FILE.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(module, "GOLDEN_FILE", path)
    return path


def expect_shifted(path: Path, shift: float, precision: str = "fp32") -> Pretending:
    """An encoder, and stored scores that lie `shift` beside what it gives."""
    encoder = Pretending(replace(FakeEncoder().info, name="pretended", precision=precision))
    scores = example_scores(encoder)
    scores["sparse"][3] += shift
    path.write_text(json.dumps({"pretended": {"revision": "1", **scores}}), "utf-8")
    return encoder


def test_the_shipped_checkpoint_gives_the_stored_scores(compact: TextEncoder) -> None:
    check = self_check(compact)
    assert check.verdict == "passed", "after training anew: python -m bge_demo.serving.self_check"
    assert check.shift < 1e-4
    assert len(check.scores) == 12


def test_the_stored_scores_belong_to_the_checkpoints_of_today() -> None:
    golden = json.loads(module.GOLDEN_FILE.read_text("utf-8"))
    revisions = {name: values["revision"] for name, values in golden.items()}
    assert revisions == {"BAAI/bge-m3": BGE_M3.revision, "m3-compact": resolve("m3-compact").revision}


def test_bge_m3_is_held_to_the_published_example() -> None:
    golden = json.loads(module.GOLDEN_FILE.read_text("utf-8"))["BAAI/bge-m3"]
    assert golden["dense"] == [0.6260, 0.3474, 0.3499, 0.6782]
    assert golden["sparse"] == [0.1956, 0.0088, 0.0, 0.1803]
    assert golden["colbert"] == [0.7796, 0.4621, 0.4524, 0.7899]


@pytest.mark.parametrize(
    ("shift", "precision", "verdict"),
    [
        (0.0, "fp32", "passed"),
        (0.0015, "fp32", "passed"),
        (0.003, "fp32", "differs"),
        (0.003, "fp16", "passed"),
        (0.025, "int8", "passed"),
        (0.025, "bf16", "differs"),
        (0.2, "int8", "wrong"),
        (float("nan"), "fp32", "wrong"),
    ],
)
def test_the_verdict_follows_the_largest_difference(
    stored: Path, shift: float, precision: str, verdict: str
) -> None:
    assert self_check(expect_shifted(stored, shift, precision)).verdict == verdict


def test_a_difference_is_told_with_numbers(stored: Path) -> None:
    answer = self_check(expect_shifted(stored, 0.05)).to_json()
    assert answer["largest_difference"] == pytest.approx(0.05)
    assert "0.0500 off, 0.002 is allowed" in answer["message"]["en"]
    assert "偏差达 0.0500" in answer["message"]["zh"]
    shifted = answer["scores"][7]
    assert (shifted["head"], shifted["query"], shifted["passage"]) == ("sparse", 2, 2)
    assert shifted["expected"] - shifted["found"] == pytest.approx(0.05, abs=1e-4)


def test_a_checkpoint_without_stored_scores_is_said_to_be_unknown(stored: Path) -> None:
    encoder = FakeEncoder()
    check = self_check(encoder)
    assert (check.verdict, check.scores, encoder.encoded) == ("unknown", (), [])
    assert "No expected scores are known" in say(check.message.key, "en", **check.message.values)


def test_another_revision_is_another_checkpoint(stored: Path) -> None:
    encoder = expect_shifted(stored, 0.5)
    encoder._info = replace(encoder.info, revision="2")
    assert self_check(encoder).verdict == "unknown"


def test_an_encoder_is_checked_once(stored: Path) -> None:
    encoder = expect_shifted(stored, 0.0)
    encoder.encoded.clear()
    assert self_check(encoder) is self_check(encoder)
    assert len(encoder.encoded) == 1


def test_renewing_stores_what_the_checkpoint_gives_and_leaves_bge_m3(
    stored: Path, compact: TextEncoder
) -> None:
    before = json.loads(stored.read_text("utf-8"))
    stored.write_text(json.dumps({"BAAI/bge-m3": before["BAAI/bge-m3"]}), "utf-8")
    renewed = renew()
    assert json.loads(stored.read_text("utf-8")) == before
    assert renewed["revision"] == compact.info.revision
    assert {head: renewed[head] for head in HEADS} == {
        head: pytest.approx(scores, abs=1e-4) for head, scores in example_scores(compact).items()
    }
