"""Dense by leaving out, on an encoder whose cosines can be worked out by hand."""

from __future__ import annotations

import pytest
from fakes import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.errors import InputError
from bge_demo.scores.leaving_out import MOST_PARTS, leave_out
from bge_demo.settings import Limits

LIMITS = Limits()


def test_the_shared_word_carries_the_similarity(fake: FakeEncoder) -> None:
    left = leave_out(fake, "red cat", "red dog", LIMITS)
    red, cat = left.parts[0]
    assert left.similarity == pytest.approx(0.5)
    assert red.text == "red"
    # Without it nothing is in common; without "cat" the text is "red" alone: cosine 1 / sqrt(2).
    assert red.carries == pytest.approx(0.5)
    assert cat.carries == pytest.approx(0.5 - 2**-0.5)


def test_everything_is_encoded_in_one_pass(fake: FakeEncoder) -> None:
    leave_out(fake, "red cat sleeps", "red dog", LIMITS)
    assert fake.encoded == [
        ["red cat sleeps", "red dog", " cat sleeps", "red  sleeps", "red cat ", " dog", "red "]
    ]


def test_a_text_of_one_word_keeps_a_mark_to_read(fake: FakeEncoder) -> None:
    left = leave_out(fake, "red", "red dog", LIMITS)
    assert left.parts[0][0].carries == pytest.approx(left.similarity)


def test_long_texts_go_by_sentences(fake: FakeEncoder) -> None:
    text = " ".join(f"word{i} is here." for i in range(40))
    left = leave_out(fake, text, "word3", LIMITS)
    assert left.unit == "sentence"
    assert [part.text.strip() for part in left.parts[0]][3] == "word3 is here."
    assert max(left.parts[0], key=lambda part: part.carries).text.strip() == "word3 is here."


@given(st.text(st.sampled_from("ab 。.!\n中"), min_size=1, max_size=400).filter(str.strip))
def test_parts_are_slices_in_order_and_few(text: str) -> None:
    for side in leave_out(FakeEncoder(), text, "a", LIMITS).parts:
        assert len(side) <= MOST_PARTS
        assert all(left.end <= right.start for left, right in zip(side, side[1:], strict=False))


def test_copies_count_for_the_limit_of_a_request(fake: FakeEncoder) -> None:
    text = " ".join(f"w{i}" for i in range(40))
    with pytest.raises(InputError, match="1,?000"):
        leave_out(fake, text, text, Limits(request_tokens=1000))
