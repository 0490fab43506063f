"""Where the characters that a reader sees begin. Knows no tokens."""

from __future__ import annotations

import re

import numpy as np
import regex
from numpy.typing import NDArray

_GRAPHEME = regex.compile(r"\X")
# At every regional indicator regex counts back to the first of the run: a text of flags would take many
# seconds. A box with a combining mark has a flag's length and bounds.
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_FLAG_SHAPE = "\u25a1\u0301"


def without_flags(text: str) -> str:
    """The text with a box and a mark for each flag: the same bounds, and fast to cut."""
    return _FLAG.sub(_FLAG_SHAPE, text)


def grapheme_bounds(text: str) -> NDArray[np.int64]:
    """(n_graphemes + 1,) offsets ascending: where each begins, then the text's end.

    >>> grapheme_bounds("e\\u0301x").tolist()
    [0, 2, 3]
    """
    starts = (match.start() for match in _GRAPHEME.finditer(without_flags(text)))
    return np.append(np.fromiter(starts, np.int64), len(text))
