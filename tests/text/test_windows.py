"""Windows: they cover all of it, fit their size, overlap as asked and end where a reader pauses."""

from __future__ import annotations

import base64
from itertools import pairwise

import pytest
import regex
from fakes import AWKWARD_TEXTS, FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.text.windows import Window, windows

WORDS = st.lists(st.sampled_from(["a", "bb", "ccc.", "d!\n", "e\n\n", "中。", "f\u3000"]), max_size=120)
SIZES = st.integers(4, 40)
# Pieces that other tools cut apart, lose or read as one giant word.
PIECES = st.sampled_from(
    [
        "👩‍👩‍👧‍👦",
        "🇩🇪🇫🇷",
        "🇯",
        "👍🏽",
        "❤️",
        "1️⃣",
        "e\u0301\u0323",
        "q" + "\u0351" * 9,
        "\r\n",
        "\n\n",
        "  ",
        "ฉันรักน้ำ",
        "नमस्ते।",
        "각\u1112\u1161\u11ab",
        "aGVsbG8gd29ybGQ",
        "key: [1, 2.5e-3]\n  - x: y\n",
        "人工智能。",
        "ﷺ",
        "word ",
        "End. ",
        "\ud800",
        "</s>",
        "▁",
        "\x00",
    ]
)
AWKWARD = st.lists(st.one_of(PIECES, st.text(max_size=6)), min_size=1, max_size=150).map("".join)
LONG_TEXTS = {
    "base64": base64.b64encode(bytes(range(256)) * 60).decode(),
    "thai": "ฉันรักภาษาไทยน้ำ" * 400,
    "yaml": "".join(f"server_{n}:\n  port: {8000 + n}\n  tags: [a{n}, b]\n" for n in range(300)),
    "emoji": "x" + "🎉" * 600,
    "families": "👩‍👩‍👧‍👦" * 500,
    "flags": "🇩🇪" * 3000,
    "one word": "abcdefgh" * 250,
    "chinese without a stop": "人工智能正在改变世界" * 500,
    "blanks": "a" + " " * 5000 + "b" + "\r\n" * 3000 + "c",
    "crlf": "One line.\r\nAnother line\r\n\r\n" * 200,
}


def texts_of(text: str, size: int, overlap: int = 0) -> list[str]:
    """The windows of so many words, without the blanks around them."""
    found = windows(FakeEncoder(), text, size + 2, overlap)
    return [text[one.start : one.end].strip() for one in found]


def assert_promises(encoder: TextEncoder, text: str, size: int, overlap: int) -> None:
    """No window too long, each read as counted, every character covered, no grapheme cut."""
    found = windows(encoder, text, size, overlap)
    if not found:
        assert encoder.tokenize_whole([text])[0].n_tokens == 2
        return
    bounds = {0, *(match.end() for match in regex.finditer(r"\X", text))}
    longest = max((len(one) for one in regex.findall(r"\X", text)), default=0)
    read = encoder.tokenize_whole([text[one.start : one.end] for one in found])
    assert [one.n_tokens for one in found] == [one.n_tokens for one in read]
    assert max(one.n_tokens for one in found) <= size
    assert (found[0].start, found[-1].end) == (0, len(text))
    assert all(one.start < after.start <= one.end < after.end for one, after in pairwise(found))
    if longest < 12:
        assert {place for one in found for place in (one.start, one.end)} <= bounds


@settings(max_examples=60)
@given(AWKWARD, st.integers(40, 80), st.integers(0, 12))
def test_every_text_keeps_the_promises(compact: TextEncoder, text: str, size: int, overlap: int) -> None:
    assert_promises(compact, text, size, overlap)


@pytest.mark.parametrize("overlap", [0, 20])
@pytest.mark.parametrize("name", LONG_TEXTS)
def test_long_texts_without_pauses_keep_the_promises(compact: TextEncoder, name: str, overlap: int) -> None:
    for size in (64, 256):
        assert_promises(compact, LONG_TEXTS[name], size, overlap)


@pytest.mark.parametrize("overlap", [0, 5])
def test_awkward_texts_keep_the_promises(compact: TextEncoder, overlap: int) -> None:
    for text in AWKWARD_TEXTS:
        assert_promises(compact, text, 24, overlap)


def test_a_grapheme_longer_than_a_window_is_cut_rather_than_left_unread(compact: TextEncoder) -> None:
    text = "e" + "\u0301" * 500 + " end"
    found = windows(compact, text, 64, 0)
    assert len(found) > 5
    assert max(one.n_tokens for one in found) <= 64
    assert "".join(text[one.start : one.end] for one in found) == text


@given(WORDS, SIZES, st.data())
def test_windows_of_words_cover_every_character(words: list[str], size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, (size - 3) // 2))
    text = " ".join(words)
    found = windows(FakeEncoder(), text, size, overlap)
    covered = {place for one in found for place in range(one.start, one.end)}
    assert covered == (set(range(len(text))) if text.strip() else set())
    assert all(3 <= one.n_tokens <= size for one in found)


@given(WORDS, SIZES, st.data())
def test_neighbours_share_exactly_the_overlap(words: list[str], size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, (size - 3) // 2))
    text = " ".join(words)
    found = windows(FakeEncoder(), text, size, overlap)
    for one, after in pairwise(found):
        n_shared = len(text[after.start : one.end].split())
        assert n_shared == min(overlap, one.n_tokens - 3)


def test_a_text_that_fits_is_one_window() -> None:
    assert windows(FakeEncoder(), "one two three", 5, 1) == (Window(0, 13, 5),)


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_text_without_words_has_no_window(text: str) -> None:
    assert windows(FakeEncoder(), text, 8, 2) == ()


def test_a_window_ends_with_a_sentence_in_its_second_half() -> None:
    assert texts_of("a b c d. e f g h", 6) == ["a b c d.", "e f g h"]
    assert texts_of("a. b c d e f g h", 6) == ["a. b c d e f", "g h"]


def test_the_end_of_a_paragraph_is_preferred_to_a_later_sentence() -> None:
    assert texts_of("a b c d\n\ne. f g h i", 6) == ["a b c d", "e. f g h i"]


def test_the_last_of_several_sentences_ends_the_window() -> None:
    assert texts_of("a b c. d. e f g h", 6) == ["a b c. d.", "e f g h"]


def test_overlap_repeats_the_last_words() -> None:
    assert texts_of("a b c d e f g", 5, 2) == ["a b c d e", "d e f g"]


def test_no_window_begins_with_the_sign_that_closes_a_phrase(compact: TextEncoder) -> None:
    text = "苹果，香蕉。樱桃、葡萄！一颗很大的西瓜；" * 30
    found = [one for overlap in range(1, 10) for one in windows(compact, text, 24, overlap)]
    assert {text[one.start] for one in found} & set("，。、！；") == set()


@pytest.mark.parametrize(("size", "overlap"), [(8, 3), (8, -1), (2, 0), (0, 0)])
def test_an_overlap_of_half_a_window_is_refused(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        windows(FakeEncoder(), "a b", size, overlap)


def test_real_windows_end_with_a_sentence(compact: TextEncoder) -> None:
    text = "The printer shows an error. Open the cover and remove the paper! 请关闭电源。然后再试一次。" * 6
    found = windows(compact, text, 34, 0)
    assert len(found) > 3
    assert all(text[: one.end].rstrip()[-1] in ".!。" for one in found)


def test_words_stay_whole_where_no_sentence_ends(compact: TextEncoder) -> None:
    text = "international telecommunication " * 200
    found = windows(compact, text, 32, 0)
    assert len(found) > 5
    assert all(text[one.end - 1] == " " for one in found)
