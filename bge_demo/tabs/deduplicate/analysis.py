"""Groups of duplicates at a threshold, and all that was not grouped. A moved threshold encodes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import Encoder, ModelInfo
from bge_demo.scores.similar_pairs import UNITS, to_units
from bge_demo.settings import Limits
from bge_demo.tabs.deduplicate.exact import checked_lines, exact_stage
from bge_demo.tabs.deduplicate.groups import (
    MOST_LISTED,
    Choice,
    Group,
    LinePair,
    checked_choice,
    groups_of,
    line_pair,
)
from bge_demo.tabs.deduplicate.similarities import Similarities, find_similarities, flags_of

# Flagged pairs are told from here below the threshold on: lowering it would meet them next.
FLAGS_BELOW = 0.1
EXAMPLES = 5


@dataclass(frozen=True)
class DuplicateResult:
    """Groups, largest first, and all that was not grouped. Indices are those of the lines as given.

    `threshold` is what was used: when more than the pairs that are kept reach the one asked for, it is
    raised to `floor`. `n_also_close` counts all such pairs, `also_close` lists the most similar.
    `accepted` are the least similar pairs inside groups, `rejected` the most similar ones below the
    threshold.
    """

    found: Similarities
    choice: Choice
    threshold: float
    groups: tuple[Group, ...]
    also_close: tuple[LinePair, ...]
    n_also_close: int
    flagged: tuple[LinePair, ...]
    accepted: tuple[LinePair, ...]
    rejected: tuple[LinePair, ...]

    @property
    def model(self) -> ModelInfo:
        """The model behind the numbers."""
        return self.found.model

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines."""
        return self.found.lines.texts

    @property
    def floor(self) -> float:
        """The lowest threshold that these pairs allow."""
        return self.found.pairs.floor_units / UNITS

    @cached_property
    def removed(self) -> tuple[int, ...]:
        """Lines that another one stands for, ascending."""
        return tuple(
            sorted(one.index for group in self.groups for one in group.members if one.index != group.kept)
        )

    @cached_property
    def kept(self) -> tuple[int, ...]:
        """All other lines, ascending, blank ones among them."""
        removed = set(self.removed)
        return tuple(index for index in range(len(self.texts)) if index not in removed)

    def to_json(self) -> dict[str, Any]:
        """The answer of `/deduplicate`."""
        return {
            "model": self.model.to_json(),
            "threshold": self.threshold,
            "suggested_threshold": self.found.suggested,
            "lowest_threshold": self.floor,
            "groups": [group.to_json() for group in self.groups],
            "also_close": [pair.to_json() for pair in self.also_close],
            "n_also_close": self.n_also_close,
            "flags": [
                {"a": pair.a, "b": pair.b, "score": pair.score, "kind": flag}
                for pair in self.flagged
                for flag in pair.flags
            ],
            "kept": list(self.kept),
            "removed": list(self.removed),
            "blank": list(self.found.lines.blank),
            "n_exact": self.found.lines.n_repeated,
            "n_truncated": self.found.n_truncated,
            "latency_ms": round(1000 * self.found.seconds, 2),
        }


def find_duplicates(
    encoder: Encoder,
    texts: Sequence[str],
    limits: Limits,
    choice: Choice | None = None,
    fold_variants: bool = False,
) -> DuplicateResult:
    """Exact copies, then semantic groups. Raises InputError naming the line that does not fit."""
    choice = checked_choice(choice or Choice())
    lines = exact_stage(checked_lines(texts, limits), fold_variants)
    return grouped(find_similarities(encoder, lines, limits, choice.threshold), choice)


def grouped(found: Similarities, choice: Choice) -> DuplicateResult:
    """The groups at a threshold."""
    pairs = found.pairs
    asked = found.suggested if choice.threshold is None else choice.threshold
    units = max(to_units(asked), pairs.floor_units)
    tree = found.merged if choice.merge_flagged else found.apart
    labels = tree.labels(units)
    n_above = int(np.searchsorted(-pairs.units, -units, side="right"))
    inside = labels[pairs.first] == labels[pairs.second]
    inside[n_above:] = False
    groups = groups_of(found, choice, labels, inside)
    outside = np.flatnonzero(~inside[:n_above])
    near = int(np.searchsorted(-pairs.units, -(units - FLAGS_BELOW * UNITS), side="right"))
    also_close, n_also_close = _line_pairs(found, outside)
    return DuplicateResult(
        found=found,
        choice=choice,
        threshold=min(units, UNITS) / UNITS,
        groups=groups,
        also_close=also_close,
        n_also_close=n_also_close,
        flagged=tuple(
            line_pair(found, place) for place in np.flatnonzero(found.flag_bits[:near])[:MOST_LISTED].tolist()
        ),
        accepted=tuple(line_pair(found, place) for place in np.flatnonzero(inside)[::-1][:EXAMPLES].tolist()),
        rejected=tuple(line_pair(found, place) for place in range(n_above, len(pairs.units))[:EXAMPLES]),
    )


def _line_pairs(found: Similarities, places: NDArray[np.intp]) -> tuple[tuple[LinePair, ...], int]:
    """(the most similar of them, how many they are) with every copy of every text."""
    copies, pairs = found.lines.copies, found.pairs
    n_copies = np.array([len(lines) for lines in copies], np.int64)
    n_all = int((n_copies[pairs.first[places]] * n_copies[pairs.second[places]]).sum()) if len(places) else 0
    listed: list[LinePair] = []
    for place in places.tolist():
        if len(listed) >= MOST_LISTED:
            break
        score, kinds = int(pairs.units[place]) / UNITS, flags_of(int(found.flag_bits[place]))
        listed.extend(
            LinePair(min(a, b), max(a, b), score, kinds)
            for a in copies[pairs.first[place]]
            for b in copies[pairs.second[place]]
        )
    return tuple(listed[:MOST_LISTED]), n_all
