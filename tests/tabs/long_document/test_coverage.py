"""Coverage: both directions, the threshold from the document itself, figures that differ."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.scores.scoring import mean_maxsim
from bge_demo.tabs.long_document.batches import Work
from bge_demo.tabs.long_document.coverage import Coverage, coverage_of, document_parts
from bge_demo.tabs.long_document.matching import maxsim_scores
from bge_demo.text.sentences import sentences

HANDBOOK = """Canteen

The canteen opens at noon and closes at three in the afternoon. Vegetarian dishes cost four euros.

Parking

Cars park on level minus two for 80 euros a month. Bicycles are free.

Robot vacuum

The robot vacuum cleans 120 square metres on one charge. Its dust box is emptied by hand.

Sick leave

Whoever is ill tells the manager before nine in the morning. A doctor's note is due on the fourth day.

Phishing

Suspicious e-mails are reported with the button in the toolbar. Nobody is punished for a click."""
SUMMARY = (
    "Lunch is served in the canteen from noon to three. A parking space costs 95 euros a month. "
    "Report suspicious e-mails with the button in the toolbar. "
    "The company flies every employee to Hawaii."
)


def covered(encoder: TextEncoder | FakeEncoder, document: str, summary: str) -> Coverage:
    return coverage_of(encoder, document, summary, Work(1))


def test_an_invention_and_the_omissions_are_named(compact: TextEncoder) -> None:
    coverage = covered(compact, HANDBOOK, SUMMARY)
    assert [one.text for one in coverage.unsupported] == ["The company flies every employee to Hawaii."]
    left_out = [HANDBOOK[one.start : one.end].split("\n")[0] for one in coverage.uncovered]
    assert "Sick leave" in left_out
    assert {"Canteen", "Parking", "Phishing"}.isdisjoint(left_out)
    assert coverage.threshold_source == "document"


def test_what_has_no_letter_is_no_sentence_and_no_part(fake: FakeEncoder) -> None:
    """An emoji, a line of stars: neither says anything that could be supported or left out."""
    coverage = covered(fake, "red cat.\n\n* * *\n\nblue sky.", "red cat. 🎉\n🎉\n—")
    assert [one.text for one in coverage.sentences] == ["red cat."]
    assert len(coverage.parts) == 2
    assert len(covered(fake, "🎉", "🎉").sentences) == 1


def test_a_supported_sentence_with_another_figure_is_told(compact: TextEncoder) -> None:
    (one,) = covered(compact, HANDBOOK, SUMMARY).differing
    assert one.text == "A parking space costs 95 euros a month."
    assert [(each.kind, one.text[each.start : each.end]) for each in one.differing] == [
        ("digits", "95 euros")
    ] or ("95" in one.differing[0].text)


def test_a_copy_of_the_document_covers_it_and_is_supported(compact: TextEncoder) -> None:
    coverage = covered(compact, HANDBOOK, HANDBOOK)
    assert coverage.uncovered == ()
    assert [one.text for one in coverage.unsupported if "." in one.text] == []


def test_sentences_that_the_document_repeats_do_not_raise_its_threshold(compact: TextEncoder) -> None:
    once, twice = covered(compact, HANDBOOK, SUMMARY), covered(compact, f"{HANDBOOK}\n\n{HANDBOOK}", SUMMARY)
    assert twice.threshold == pytest.approx(once.threshold, abs=0.05)


def test_both_directions_are_complete(compact: TextEncoder) -> None:
    coverage = covered(compact, HANDBOOK, SUMMARY)
    answer = coverage.to_json()
    assert coverage.scores.shape == (len(coverage.sentences), len(coverage.parts)) == (4, 5)
    assert len(answer["supported"]) + len(answer["unsupported"]) == len(sentences(SUMMARY))
    assert len(answer["uncovered"]) == sum(one.best < coverage.threshold for one in coverage.parts)
    assert [one.best for one in coverage.sentences] == coverage.scores.max(axis=1).tolist()
    assert [one.best for one in coverage.parts] == coverage.scores.max(axis=0).tolist()


@pytest.mark.parametrize(
    "document", ["word", "One. Two. Three.", "a\n\nb\n\nc\n\nd\n\ne", "👨‍👩‍👧‍👦" * 40, "人" * 900]
)
def test_any_document_can_be_covered(compact: TextEncoder, document: str) -> None:
    coverage = covered(compact, document, "word. Three.")
    assert len(coverage.sentences) == 2
    assert 0 < coverage.threshold <= 1.001
    assert len(coverage.parts) >= 1


PIECES = st.sampled_from(
    ["Heading\n\n", "A sentence. ", "\n\n", "人工智能。", "no stop\n", "x " * 200, "\r\n \r\n"]
)


@settings(max_examples=40)
@given(st.lists(PIECES, min_size=1, max_size=20).map("".join))
def test_parts_hold_every_visible_character_in_order(document: str) -> None:
    parts = document_parts(FakeEncoder(), document, Work(1))
    ends = [0, *(place for part in parts for place in part), len(document)]
    assert ends == sorted(ends)
    assert "".join(document[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True)).strip() == ""


def test_a_heading_belongs_to_what_stands_below_it(fake: FakeEncoder) -> None:
    document = "Chapter\n\nSection\n\nText of it.\n\nLast heading"
    parts = document_parts(fake, document, Work(1))
    assert [document[a:b] for a, b in parts] == ["Chapter\n\nSection\n\nText of it.", "Last heading"]


@given(st.integers(0, 10_000))
def test_maxsim_of_many_equals_one_after_the_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    queries = [rng.normal(size=(rng.integers(1, 6), 4)).astype(np.float32) for _ in range(3)]
    passages = [rng.normal(size=(rng.integers(1, 6), 4)).astype(np.float32) for _ in range(4)]
    firsts = np.cumsum([0, *(len(one) for one in queries)])[:-1].tolist()
    found = maxsim_scores(np.concatenate(queries), firsts, passages)
    expected = [[mean_maxsim(query, passage) for passage in passages] for query in queries]
    np.testing.assert_allclose(found, expected, atol=1e-5)
