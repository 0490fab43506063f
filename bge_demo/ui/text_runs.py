"""Texts cut into words that a view can shade, and the bands' dots. Knows no tab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bge_demo.scores.scoring import Band

BAND_DOTS: dict[Band, str] = {
    "near-identical": "●●●●",
    "related": "●●●○",
    "weakly-related": "●●○○",
    "unrelated": "●○○○",
}


@dataclass(frozen=True)
class TextRun:
    """A stretch of a text for display: plain, or a word with its number, shade and weight in 0..1."""

    text: str
    word: int | None = None
    shade: float = 0.0
    matches: str = ""
    contribution: str = ""
    weight: float = 0.0


def text_runs(text: str, words: Sequence[tuple[int, int]]) -> list[tuple[str, int | None]]:
    """Cut a text at its words: every character once, in order, with the word's number or None.

    >>> text_runs("a big cat", [(2, 5)])
    [('a ', None), ('big', 0), (' cat', None)]
    """
    runs: list[tuple[str, int | None]] = []
    position = 0
    for number, (start, end) in enumerate(words):
        if start > position:
            runs.append((text[position:start], None))
        runs.append((text[start:end], number))
        position = end
    if position < len(text):
        runs.append((text[position:], None))
    return runs


def shade(similarity: float) -> float:
    """Unrelated tokens already score about 0.3, so the visible range starts there; squared to tell near
    from far."""
    return round(min(1.0, max(0.0, (similarity - 0.3) / 0.7)) ** 2, 2)
