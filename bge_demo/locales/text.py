"""One sentence of the tables."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """One sentence in both languages; `{name}` is filled in, `[n:row|rows]` is `row` where n is 1."""

    en: str
    zh: str
