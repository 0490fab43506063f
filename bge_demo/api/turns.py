"""Long lists of texts: checked one by one, cut into parts that the model takes in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bge_demo.encoder.contract import FloatArray
from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.settings import Limits
from bge_demo.text.inputs import checked_text


def in_turns(texts: Sequence[str], most_chars: int) -> Iterator[range]:
    """Ranges of texts, in order, of at most so many characters together; a longer text has its own.

    Characters stand in for tokens, of which nearly every text has fewer.

    >>> [list(turn) for turn in in_turns(["abc", "de", "f", "ghijkl"], 5)]
    [[0, 1], [2], [3]]
    """
    start, n_chars = 0, 0
    for i, text in enumerate(texts):
        if i > start and n_chars + len(text) > most_chars:
            yield range(start, i)
            start, n_chars = i, 0
        n_chars += len(text)
    if start < len(texts):
        yield range(start, len(texts))


def check_finite(rows: FloatArray, name: str, first: int = 0) -> None:
    """(n, dim): raise InputError naming `name[i]` for a row that holds a number which is none."""
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        field = f"{name}[{first + int(np.argmin(finite))}]"
        raise InputError("api.not_finite", field=field).at(field)


def checked_items(items: Sequence[Any], name: str, limits: Limits) -> list[str]:
    """Texts within the limits. Raises InputError naming the one that is not: `name[i]`."""
    return [checked_at(item, f"{name}[{i}]", limits) for i, item in enumerate(items)]


def checked_at(text: object, place: str, limits: Limits) -> str:
    """A text within the limits. Raises InputError naming its place in the request."""
    return checked_text(text, Phrase("api.place", place=place), limits, place)
