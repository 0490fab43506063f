"""Windows: they cover all of it, fit their size, overlap as asked and end where a reader pauses."""

from __future__ import annotations

import pytest
from fakes import AWKWARD_TEXTS, FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.encoder import TextEncoder
from bge_demo.tokens import TokenizedText
from bge_demo.windows import Window, windows

WORDS = st.lists(st.sampled_from(["a", "bb", "ccc.", "d!\n", "e\n\n", "中。", "f\u3000"]), max_size=120)
SIZES = st.integers(2, 40)


def tokenized(text: str) -> TokenizedText:
    return FakeEncoder().tokenize_whole([text])[0]


def texts_of(text: str, size: int, overlap: int = 0) -> list[str]:
    return [text[one.start : one.end] for one in windows(tokenized(text), size, overlap)]


@given(WORDS, SIZES, st.data())
def test_windows_cover_every_word_and_fit_their_size(
    words: list[str], size: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, (size - 1) // 2))
    text = tokenized(" ".join(words))
    found = windows(text, size, overlap)
    spans = [range(one.start, one.end) for one in found]
    for token in text.tokens[1:-1]:
        assert any(token.start in span and token.end - 1 in span for span in spans)
    assert all(1 <= one.n_tokens <= size for one in found)
    assert all(n_words(text, one) == one.n_tokens for one in found)


@given(WORDS, SIZES, st.data())
def test_neighbours_share_exactly_the_overlap(words: list[str], size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, (size - 1) // 2))
    text = tokenized(" ".join(words))
    found = windows(text, size, overlap)
    for one, after in zip(found, found[1:], strict=False):
        shared = Window(after.start, one.end, 0)
        assert n_words(text, shared) == min(overlap, one.n_tokens - 1)


def n_words(text: TokenizedText, window: Window) -> int:
    return sum(window.start <= token.start and token.end <= window.end for token in text.tokens[1:-1])


def test_a_text_that_fits_is_one_window() -> None:
    assert windows(tokenized("one two three"), 3, 1) == (Window(0, 13, 3),)


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_text_without_words_has_no_window(text: str) -> None:
    assert windows(tokenized(text), 8, 2) == ()


def test_a_window_ends_with_a_sentence_in_its_second_half() -> None:
    assert texts_of("a b c d. e f g h", 6) == ["a b c d.", "e f g h"]
    assert texts_of("a. b c d e f g h", 6) == ["a. b c d e f", "g h"]


def test_the_end_of_a_paragraph_is_preferred_to_a_later_sentence() -> None:
    assert texts_of("a b c d\n\ne. f g h i", 6) == ["a b c d", "e. f g h i"]


def test_the_last_of_several_sentences_ends_the_window() -> None:
    assert texts_of("a b c. d. e f g h", 6) == ["a b c. d.", "e f g h"]


def test_overlap_repeats_the_last_words() -> None:
    assert texts_of("a b c d e f g", 5, 2) == ["a b c d e", "d e f g"]


@pytest.mark.parametrize(("size", "overlap"), [(8, 4), (8, -1), (1, 1), (0, 0)])
def test_an_overlap_of_half_a_window_is_refused(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        windows(tokenized("a b"), size, overlap)


@pytest.mark.parametrize("overlap", [0, 7])
def test_awkward_texts_lose_nothing_with_the_real_tokenizer(compact: TextEncoder, overlap: int) -> None:
    for text in compact.tokenize_whole(AWKWARD_TEXTS):
        kept = set[int]()
        for window in windows(text, 16, overlap):
            kept.update(range(window.start, window.end))
        read = {place for token in text.tokens[1:-1] for place in range(token.start, token.end)}
        assert {place for place in read - kept if not text.text[place].isspace()} == set()


def test_real_windows_end_with_a_sentence(compact: TextEncoder) -> None:
    text = "The printer shows an error. Open the cover and remove the paper! 请关闭电源。然后再试一次。" * 6
    (whole,) = compact.tokenize_whole([text])
    found = windows(whole, 32, 0)
    assert len(found) > 3
    assert all(text[one.end - 1] in ".!。" for one in found)


def test_windows_of_a_text_of_many_languages_are_read_as_long_as_they_say(compact: TextEncoder) -> None:
    text = "Größe zählt nicht, was zählt ist die Qualität. 質が大切です。Качество важнее. " * 8
    (whole,) = compact.tokenize_whole([text])
    for one in windows(whole, 24, 4):
        again = compact.tokenize([text[one.start : one.end]])[0]
        assert abs(again.n_tokens - 2 - one.n_tokens) <= 2
