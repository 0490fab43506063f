"""A tokenized text cut into overlapping windows that end where a reader would pause. Knows no vectors."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from bge_demo.tokens import Token, TokenizedText

# A window may end this far before its last token when a sentence ends there.
_SEARCHED_SHARE = 0.5
_PARAGRAPH_END = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*\s+|[。！？][”’」』）]*|\n")


@dataclass(frozen=True)
class Window:
    """A stretch of a text: `text[start:end]`, in code points, and how many tokens it has without `<s>`,
    `</s>`."""

    start: int
    end: int
    n_tokens: int


def windows(text: TokenizedText, window_tokens: int, overlap_tokens: int) -> tuple[Window, ...]:
    """Cut an uncut text into windows of at most `window_tokens` tokens that cover all of it.

    Each begins at most `overlap_tokens` tokens before the end of the one before it, and ends at a paragraph's
    end, else at a sentence's, if one lies in its second half. A text without tokens has no window. Raises
    ValueError unless 0 <= overlap_tokens < window_tokens / 2.
    """
    if not 0 <= overlap_tokens < window_tokens / 2:
        raise ValueError(f"an overlap of {overlap_tokens} tokens does not fit windows of {window_tokens}")
    tokens = text.tokens[1:-1]
    starts = [_first_visible(text.text, token) for token in tokens]
    found: list[Window] = []
    first = 0
    while first < len(tokens):
        last = min(first + window_tokens, len(tokens))
        if last < len(tokens):
            last = _pause(text.text, starts, first, last)
        start, end = _visible(text.text, starts[first], tokens[last - 1].end)
        if start < end:
            found.append(Window(start, end, last - first))
        if last == len(tokens):
            break
        first = max(last - overlap_tokens, first + 1)
    return tuple(found)


def _first_visible(text: str, token: Token) -> int:
    """Where a token starts without the blanks before it, which belong to the pause."""
    piece = text[token.start : token.end]
    return token.start + len(piece) - len(piece.lstrip())


def _pause(text: str, starts: list[int], first: int, last: int) -> int:
    """The number of the token after the best place to end a window of the tokens `first` to `last` - 1."""
    searched = starts[first + max(1, int((last - first) * _SEARCHED_SHARE))]
    for pause in (_PARAGRAPH_END, _SENTENCE_END):
        ends = [match.end() for match in pause.finditer(text, searched, starts[last])]
        if ends:
            return bisect_left(starts, ends[-1], first + 1, last)
    return last


def _visible(text: str, start: int, end: int) -> tuple[int, int]:
    """The same stretch without the blanks at both ends."""
    stretch = text[start:end]
    return start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())
