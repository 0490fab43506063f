"""A text cut into overlapping windows that end where a reader would pause. Knows no vectors.

What a window holds depends on how it is cut: a piece of a text seldom has the tokens that it had inside the
text. So every window is tokenized as it stands, and the count it carries is the count the model reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bge_demo.text.graphemes import grapheme_bounds
from bge_demo.text.tokens import TokenizedText, without_surrogates

# A window may end this far before its last token when a sentence ends there.
_SEARCHED_SHARE = 0.5
_PARAGRAPH_END = re.compile(r"\n\s*\n\s*")
_SENTENCE_END = re.compile(r"[.!?…؟।][\"'”’)\]]*\s+|[。！？][”’」』）]*\s*|\n\s*")
_WORD_END = re.compile(r"\s+")
# Signs that end what stands before them.
_CLOSING = re.compile(r"[.,;:!?…。，、；：！？؟،’”）】》」』)\]]+\s*")
# `<s>` and `</s>`, and room for a token between them.
_FEWEST_TOKENS = 3
_SPECIAL_TOKENS = 2


class TokenizesWhole(Protocol):
    """What shows all tokens of a text; an `Encoder` does."""

    def tokenize_whole(self, texts: Sequence[str]) -> list[TokenizedText]:
        """(n_texts,) -> (n_texts,), all tokens of each."""
        ...


@dataclass(frozen=True)
class Window:
    """A stretch of a text: `text[start:end]`, in code points, and how many tokens the model reads of it,
    `<s>` and `</s>` included."""

    start: int
    end: int
    n_tokens: int


def windows(
    tokenizer: TokenizesWhole, text: str, window_tokens: int, overlap_tokens: int
) -> tuple[Window, ...]:
    """Cut a text into windows of at most `window_tokens` tokens, `<s>` and `</s>` included.

    Together they cover every character; blanks belong to the window before them. A window ends at a
    paragraph's end, else at a sentence's, else at a word's, if one lies in its second half, and never inside
    a grapheme, unless a single grapheme is longer than a window. Each begins about `overlap_tokens` tokens
    before the end of the one before it, behind the signs that close a phrase. A text without tokens has no
    window. Raises ValueError unless `window_tokens` is at least 3 and
    0 <= overlap_tokens < (window_tokens - 2) / 2.
    """
    if not 0 <= overlap_tokens < (window_tokens - _SPECIAL_TOKENS) / 2 or window_tokens < _FEWEST_TOKENS:
        raise ValueError(f"an overlap of {overlap_tokens} tokens does not fit windows of {window_tokens}")
    return tuple(_Cutter(tokenizer, without_surrogates(text), window_tokens, overlap_tokens).windows())


class _Cutter:
    """Cuts one text from its start to its end, a window at a time: never are all tokens held."""

    def __init__(self, tokenizer: TokenizesWhole, text: str, window_tokens: int, overlap_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._text = text
        self._window_tokens = window_tokens
        self._overlap_tokens = overlap_tokens
        self._bounds = grapheme_bounds(text)
        self._reach = 4 * window_tokens

    def windows(self) -> Iterator[Window]:
        start = 0
        while start < len(self._text):
            window, read = self._window(start)
            if read.n_tokens == _SPECIAL_TOKENS and start == 0:
                return
            yield window
            if window.end == len(self._text):
                return
            start = self._next_start(window, read)

    def _window(self, start: int) -> tuple[Window, TokenizedText]:
        """The window from `start` on, and what the model reads of it."""
        ahead = self._ahead(start)
        if ahead.n_tokens <= self._window_tokens:
            end = start + len(ahead.text)
            return Window(start, end, ahead.n_tokens), ahead
        starts = _visible_starts(ahead)
        n_kept = self._window_tokens - _SPECIAL_TOKENS
        while True:
            end = self._end(start, [start + place for place in starts[: n_kept + 1]])
            (read,) = self._tokenizer.tokenize_whole([self._text[start:end]])
            surplus = read.n_tokens - self._window_tokens
            if surplus <= 0 or n_kept == 1:
                self._reach = 2 * (end - start) + self._window_tokens
                return Window(start, end, read.n_tokens), read
            n_kept = max(1, n_kept - surplus)

    def _ahead(self, start: int) -> TokenizedText:
        """The tokens of a stretch from `start` on that is longer than a window, or of all the rest."""
        reach = self._reach
        while True:
            (ahead,) = self._tokenizer.tokenize_whole([self._text[start : start + reach]])
            if ahead.n_tokens > self._window_tokens or start + reach >= len(self._text):
                return ahead
            reach *= 2

    def _end(self, start: int, starts: list[int]) -> int:
        """Where a window ends that may hold all tokens but the last of those that begin at `starts`."""
        last = starts[-1]
        searched = starts[min(len(starts) - 2, max(1, int(len(starts) * _SEARCHED_SHARE)))]
        for pause in (_PARAGRAPH_END, _SENTENCE_END, _WORD_END):
            ends = [match.end() for match in pause.finditer(self._text, searched, last)]
            if ends and ends[-1] > start:
                return self._bound_before(ends[-1], start)
        # The sign that closes a phrase begins no window: it stays with the last word, which goes to the next.
        words = [place for place in starts[1:] if not _CLOSING.match(self._text, place)]
        return self._bound_before(words[-1] if words else last, start)

    def _bound_before(self, place: int, start: int) -> int:
        """The last bound of a grapheme up to `place`; `place` itself where that would leave nothing."""
        bound = int(self._bounds[np.searchsorted(self._bounds, place, side="right") - 1])
        return bound if bound > start else max(place, start + 1)

    def _next_start(self, window: Window, read: TokenizedText) -> int:
        if not self._overlap_tokens:
            return window.end
        starts = _visible_starts(read)
        place = window.start + starts[max(1, len(starts) - self._overlap_tokens)]
        closing = _CLOSING.match(self._text, place)
        place = closing.end() if closing else place
        after = int(self._bounds[np.searchsorted(self._bounds, place, side="left")])
        return after if window.start < after < window.end else window.end


def _visible_starts(text: TokenizedText) -> list[int]:
    """Where each token starts without the blanks before it, which belong to the pause; never falling."""
    starts: list[int] = []
    for token in text.tokens[1:-1]:
        piece = text.text[token.start : token.end]
        visible = token.start + len(piece) - len(piece.lstrip())
        starts.append(max(visible, starts[-1] if starts else 0))
    return starts
