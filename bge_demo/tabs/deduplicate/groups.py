"""Lines that say the same, as groups: who is in one, which line is kept, what a giant group shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import regex
from numpy.typing import NDArray

from bge_demo.errors import InputError
from bge_demo.scores.similar_pairs import UNITS, IntArray
from bge_demo.tabs.deduplicate.similarities import Similarities, flags_of
from bge_demo.text.differences import Flag

Keep = Literal["first", "longest", "central"]
KEEPS: tuple[Keep, ...] = get_args(Keep)
MOST_LISTED = 100_000
GIANT_SHARE = 0.1
GIANT_LINES = 20
_PIECE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]\p{M}*|[\p{L}\p{M}\p{N}]+")
_NEARLY_ALL = 0.8
_TEXTS_READ = 200
_SHARED_CHARS = 60


@dataclass(frozen=True)
class Choice:
    """What a user decides about the groups. `threshold` None takes the suggested one; lines in `by_hand` are
    kept instead of what `keep` says."""

    threshold: float | None = None
    keep: Keep = "first"
    merge_flagged: bool = False
    by_hand: frozenset[int] = frozenset()


@dataclass(frozen=True)
class LinePair:
    """Two lines, a < b, their cosine, and what tells them apart."""

    a: int
    b: int
    score: float
    flags: tuple[Flag, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Indices and the score."""
        return {"a": self.a, "b": self.b, "score": self.score}


@dataclass(frozen=True)
class Member:
    """A line of a group; `score` is its cosine to the kept line, 1 for an exact copy and for itself."""

    index: int
    score: float
    exact: bool


@dataclass(frozen=True)
class Group:
    """Lines that say the same. `members` has them all, the kept one first, then the most similar first.

    `shared` is the text that most members of a giant group share, empty for others.
    """

    kept: int
    members: tuple[Member, ...]
    lowest: LinePair
    shared: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether all its lines are copies of one."""
        return all(member.exact for member in self.members)

    def to_json(self) -> dict[str, Any]:
        """The group as programs see it."""
        members = [{"index": one.index, "score": one.score, "exact": one.exact} for one in self.members]
        shared = {"shared": self.shared} if self.shared else {}
        return {"kept": self.kept, "members": members, "lowest": self.lowest.to_json(), **shared}


def checked_choice(choice: Choice) -> Choice:
    """The choice. Raises InputError for a threshold that is none and an unknown way to keep."""
    value = choice.threshold
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1
    ):
        raise InputError("duplicates.threshold", value=str(value)[:40]).at("threshold")
    checked_keep(choice.keep)
    return choice


def checked_keep(keep: str) -> Keep:
    """A way to keep. Raises InputError for an unknown one."""
    for known in KEEPS:
        if keep == known:
            return known
    raise InputError("duplicates.keep", value=str(keep)[:40], choices=", ".join(KEEPS)).at("keep")


def groups_of(
    found: Similarities, choice: Choice, labels: IntArray, inside: NDArray[np.bool_]
) -> tuple[Group, ...]:
    """Every group of more than one line, largest first. `labels` (n_texts,) name the group of each text,
    `inside` (n_pairs,) the pairs within one."""
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(labels.tolist()):
        rows_of[label].append(row)
    places_of: dict[int, list[int]] = defaultdict(list)
    places = np.flatnonzero(inside)
    for place, label in zip(places.tolist(), labels[found.pairs.first[places]].tolist(), strict=True):
        places_of[label].append(place)
    made = [
        _group(found, choice, rows, places_of[label])
        for label, rows in rows_of.items()
        if sum(len(found.lines.copies[row]) for row in rows) > 1
    ]
    return tuple(
        sorted(made, key=lambda group: (-len(group.members), min(one.index for one in group.members)))
    )


def _group(found: Similarities, choice: Choice, rows: list[int], places: list[int]) -> Group:
    """`places` are the group's pairs among all similar pairs, the most similar first."""
    copies = found.lines.copies
    kept = _kept_line(found, choice, rows, places)
    kept_row = next(row for row in rows if kept in copies[row])
    scores = _scores_to(found, kept_row, places)
    members = [Member(index, scores[row], exact=row == kept_row) for row in rows for index in copies[row]]
    members.sort(key=lambda one: (one.index != kept, -one.score, one.index))
    lowest = line_pair(found, places[-1]) if places else LinePair(copies[rows[0]][0], copies[rows[0]][1], 1.0)
    shared = ""
    if len(members) >= max(GIANT_LINES, GIANT_SHARE * len(found.lines.texts)):
        shared = shared_text([found.lines.texts[one.index] for one in members])
    return Group(kept, tuple(members), lowest, shared)


def _kept_line(found: Similarities, choice: Choice, rows: list[int], places: list[int]) -> int:
    lines = sorted(index for row in rows for index in found.lines.copies[row])
    chosen = [index for index in lines if index in choice.by_hand]
    if chosen:
        return chosen[0]
    if choice.keep == "longest":
        return max(lines, key=lambda index: (len(found.lines.texts[index]), -index))
    if choice.keep == "central" and places:
        sums = _weighted_sums(found, rows, places)
        best = max(sums.values())
        return min(index for row in rows if sums[row] == best for index in found.lines.copies[row])
    return lines[0]


def _weighted_sums(found: Similarities, rows: list[int], places: list[int]) -> dict[int, int]:
    """How similar each row is to the lines of the others, in units; a text of many copies counts as many."""
    weight = {row: len(found.lines.copies[row]) for row in rows}
    sums = {row: (weight[row] - 1) * UNITS for row in rows}
    first, second, units = (array[places].tolist() for array in _arrays(found))
    for a, b, score in zip(first, second, units, strict=True):
        sums[a] += score * weight[b]
        sums[b] += score * weight[a]
    return sums


def _scores_to(found: Similarities, row: int, places: list[int]) -> dict[int, float]:
    """The cosine of each row of a group to one of them."""
    first, second, units = (array[places] for array in _arrays(found))
    scores = {row: 1.0}
    for own, other in ((first, second), (second, first)):
        mine = own == row
        scores.update(zip(other[mine].tolist(), (units[mine] / UNITS).tolist(), strict=True))
    return scores


def _arrays(found: Similarities) -> tuple[IntArray, IntArray, IntArray]:
    return found.pairs.first, found.pairs.second, found.pairs.units


def line_pair(found: Similarities, place: int) -> LinePair:
    """A pair of distinct texts by the first line of each."""
    copies, pairs = found.lines.copies, found.pairs
    a, b = sorted((copies[pairs.first[place]][0], copies[pairs.second[place]][0]))
    return LinePair(a, b, int(pairs.units[place]) / UNITS, flags_of(int(found.flag_bits[place])))


def shared_text(texts: Sequence[str]) -> str:
    """The longest run of words that nearly all of the texts have, as the first of them writes it; "" if none.

    >>> shared_text(["Order 12 was shipped", "Order 13 was shipped", "Order 14 was shipped"])
    'was shipped'
    """
    sample = texts[:: max(1, len(texts) // _TEXTS_READ)]
    having: dict[str, int] = defaultdict(int)
    for text in sample:
        for piece in {piece.lower() for piece in _PIECE.findall(text)}:
            having[piece] += 1
    best, start = "", None
    pieces = list(_PIECE.finditer(sample[0]))
    for place, piece in enumerate(pieces):
        if having[piece.group().lower()] < _NEARLY_ALL * len(sample):
            start = None
            continue
        start = place if start is None else start
        run = sample[0][pieces[start].start() : piece.end()]
        best = max(best, run, key=len)
    return best[:_SHARED_CHARS]
