"""A text's sentences and paragraphs as stretches with exact offsets. Knows no model.

By marks alone, for every script: an abbreviation may end a sentence early where a capital follows it. Thai
and Lao, which end sentences with a space only, stay whole up to the end of their line.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_END = re.compile(
    r"""(?P<wide>[。！？｡]+[”’」』）)】]*)      # these end a sentence whatever follows
      | (?P<marked>[.!?…؟۔।॥]+["'”’»)\]]*)(?=\s)  # these need a blank behind them
      | \n""",
    re.VERBOSE,
)
_PARAGRAPH_GAP = re.compile(r"\n[^\S\n]*\n\s*")
# `J. Smith`, `z. B. Akkus`; a digit alone may well end a sentence.
_INITIAL = re.compile(r"(?:^|[\s(.])[^\W\d_]\.$")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:Dr|Mr|Mrs|Ms|Prof|St|Nr|No|vs|etc|bzw|ca|usw|Abs|Art|Fig|approx|e\.g|i\.e)\.$",
    re.IGNORECASE,
)
# Before a small letter any short word may be one: `5 p.m. about`, `3. mai`, `inkl. aller`.
_SHORT_WORD = re.compile(r"(?:^|[\s(.])\w{1,4}\.$")
_LONGEST_ABBREVIATION = 8


class Span(NamedTuple):
    """`text[start:end]`, in code points, without blanks around it."""

    start: int
    end: int


def sentences(text: str) -> tuple[Span, ...]:
    """The sentences in text order; a line's end ends one too. Only blanks lie between them.

    >>> [tuple(one) for one in sentences("It costs 3.50 EUR. 太贵了！真的。")]
    [(0, 18), (19, 23), (23, 26)]
    """
    spans, start = [], 0
    for match in _END.finditer(text):
        if match["marked"] and _goes_on(text, match.start(), match.end()):
            continue
        spans.append(_visible(text, start, match.end()))
        start = match.end()
    spans.append(_visible(text, start, len(text)))
    return tuple(span for span in spans if span.start < span.end)


def paragraphs(text: str) -> tuple[Span, ...]:
    """The stretches between blank lines, in text order."""
    spans, start = [], 0
    for gap in _PARAGRAPH_GAP.finditer(text):
        spans.append(_visible(text, start, gap.start()))
        start = gap.end()
    spans.append(_visible(text, start, len(text)))
    return tuple(span for span in spans if span.start < span.end)


def _goes_on(text: str, mark: int, end: int) -> bool:
    """Whether a full stop belongs to an abbreviation, an initial or a number."""
    if text[mark] != "." or end - mark != 1:
        return False
    before = text[max(0, end - _LONGEST_ABBREVIATION) : end]
    if text[end : end + 3].lstrip()[:1].islower() and _SHORT_WORD.search(before):
        return True
    return bool(_INITIAL.search(before) or _ABBREVIATED.search(before))


def _visible(text: str, start: int, end: int) -> Span:
    stretch = text[start:end]
    return Span(start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip()))
