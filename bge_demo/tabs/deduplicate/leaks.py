"""What the lines of one set repeat of another: training data that leaks into a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bge_demo.encoder.contract import Encoder
from bge_demo.scores.similar_pairs import UNITS
from bge_demo.settings import Limits
from bge_demo.tabs.deduplicate.exact import ExactStage
from bge_demo.tabs.deduplicate.groups import MOST_LISTED
from bge_demo.tabs.deduplicate.similarities import between, flags_of
from bge_demo.text.differences import Flag


@dataclass(frozen=True)
class Leak:
    """A line of the second set that says what a line of the first says."""

    first: int
    second: int
    score: float
    exact: bool
    flags: tuple[Flag, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As programs see it."""
        return {
            "first": self.first,
            "second": self.second,
            "score": self.score,
            "exact": self.exact,
            "flags": list(self.flags),
        }


def find_leaks(
    encoder: Encoder, lines: ExactStage, others: ExactStage, limits: Limits, threshold: float
) -> tuple[Leak, ...]:
    """Every pair of a line of each set at or above the threshold, most similar first. Flagged pairs are among
    them, marked."""
    pairs, bits = between(encoder, lines, others, limits, threshold)
    row_of = {key: row for row, key in enumerate(lines.keys)}
    same = {(row_of[key], row) for row, key in enumerate(others.keys) if key in row_of}
    close = zip(pairs.first.tolist(), pairs.second.tolist(), pairs.units.tolist(), bits.tolist(), strict=True)
    scored = [(a, b, 1.0, True, 0) for a, b in sorted(same)]
    scored += [(a, b, units / UNITS, False, bit) for a, b, units, bit in close if (a, b) not in same]
    leaks = [
        Leak(i, j, score, exact, flags_of(bit))
        for a, b, score, exact, bit in scored
        for i in lines.copies[a]
        for j in others.copies[b]
    ]
    leaks.sort(key=lambda one: (-one.score, one.second, one.first))
    return tuple(leaks[:MOST_LISTED])
