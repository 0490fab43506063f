"""Labelled pairs of texts as users send them: checked, blank rows named, repeated ones found.

Computes no score.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.settings import Limits
from bge_demo.text.inputs import checked_row
from bge_demo.text.labels import LabelMeaning, read_labels, row_numbers
from bge_demo.text.readable import is_blank
from bge_demo.text.tokens import without_surrogates

GROUP_CHARS = 80
# A group that holds more of the pairs leaves too few folds to hold out.
LARGEST_SHARED_GROUP = 0.5


@dataclass(frozen=True)
class LabelledPair:
    """Two texts and what a person said of them; `row` counts from 1, `label` is None where nobody did.

    Pairs of one `group` are never on both sides of a fold. `kind` is the user's own name for sorts of pairs.
    """

    row: int
    text_a: str
    text_b: str
    label: float | None
    group: str = ""
    kind: str = ""


@dataclass(frozen=True)
class PairSet:
    """Checked pairs, those without a label apart, how labels were read, and what the reader should know."""

    pairs: tuple[LabelledPair, ...]
    unlabelled: tuple[LabelledPair, ...]
    meanings: tuple[LabelMeaning, ...]
    notes: tuple[Phrase, ...]

    @property
    def labels(self) -> tuple[float, ...]:
        """(n_pairs,) the numbers of the labelled pairs."""
        return tuple(pair.label for pair in self.pairs if pair.label is not None)


def checked_pairs(rows: object, limits: Limits) -> PairSet:
    """Rows of {"text_a", "text_b", "label", "group"?, "kind"?} -> checked pairs.

    Rows that lack a text are left out and named, with what they lack. Raises InputError for rows of another
    shape, too many of them, labels nobody knows, and when no labelled pair is left.
    """
    records = _records(rows, limits)
    kept = [(row, record) for row, record in enumerate(records, start=1) if not _lacking(record)]
    labels = read_labels([None if _lacking(record) else record.get("label") for record in records])
    pairs = [_pair(row, record, labels.values[row - 1], limits) for row, record in kept]
    labelled = [pair for pair in pairs if pair.label is not None]
    if not labelled:
        raise InputError("pairs.no_labels")
    notes = _notes_on_lacking(records)
    meanings = tuple(meaning for meaning in labels.meanings if meaning.value is not None)
    unlabelled = tuple(pair for pair in pairs if pair.label is None)
    if unlabelled:
        unnamed = row_numbers([pair.row for pair in unlabelled])
        notes.append(Phrase("pairs.unlabelled", n=len(unlabelled), rows=unnamed))
    return PairSet(tuple(labelled), unlabelled, meanings, (*notes, *_notes_on_repeats(labelled)))


def lowest_related(labels: Sequence[float]) -> float | None:
    """The lowest label that counts as related: above the middle of all; None where all labels are the same.

    >>> lowest_related([5, 4, 2.5, 0])
    4
    """
    middle = (min(labels) + max(labels)) / 2
    return min((label for label in labels if label > middle), default=None)


def note_on_grades(labels: Sequence[float], related_from: float | None) -> Phrase | None:
    """From which label on a pair counts as related, where that is not plain from 0 and 1."""
    if related_from is None or set(labels) <= {0.0, 1.0}:
        return None
    return Phrase("pairs.related_from", value=f"{related_from:g}")


def fold_groups(pairs: Sequence[LabelledPair]) -> list[int]:
    """(n_pairs,) numbers of the groups that may not be torn apart, for honest held-out figures.

    The user's groups where there are any; else pairs that share a text, unless that ties most pairs
    together; then equal pairs only.
    """
    if any(pair.group for pair in pairs):
        return _numbered([pair.group or f"\0{pair.row}" for pair in pairs])
    shared = _sharing_a_text(pairs)
    if max(Counter(shared).values()) <= LARGEST_SHARED_GROUP * len(pairs):
        return shared
    return _numbered([str(sorted(_keys(pair))) for pair in pairs])


def _records(rows: object, limits: Limits) -> list[Mapping[str, Any]]:
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        raise InputError("pairs.not_list")
    if len(rows) > limits.labelled_pairs:
        raise InputError("input.too_many_rows", n_rows=len(rows), limit=limits.labelled_pairs)
    for row, record in enumerate(rows, start=1):
        if not isinstance(record, Mapping) or not {"text_a", "text_b"} <= record.keys():
            raise InputError("pairs.not_pair", row=row).at(f"pairs[{row - 1}]")
    return list(rows)


def lacking(has_no_a: bool, has_no_b: bool) -> str:
    """Which texts a row lacks: `texts`, `text_a`, `text_b`, or empty for none; the end of a key."""
    return ("texts" if has_no_b else "text_a") if has_no_a else "text_b" if has_no_b else ""


def _lacking(record: Mapping[str, Any]) -> str:
    has_no_a, has_no_b = (
        record[side] is None or (isinstance(record[side], str) and is_blank(record[side]))
        for side in ("text_a", "text_b")
    )
    return lacking(has_no_a, has_no_b)


def _notes_on_lacking(records: Sequence[Mapping[str, Any]]) -> list[Phrase]:
    """A note for each kind of row that is no pair: without text A, without text B, without either."""
    rows: dict[str, list[int]] = {}
    for row, record in enumerate(records, start=1):
        rows.setdefault(_lacking(record), []).append(row)
    return [
        Phrase(f"pairs.no_{what}", n=len(rows[what]), rows=row_numbers(rows[what]))
        for what in ("text_a", "text_b", "texts")
        if what in rows
    ]


def _pair(row: int, record: Mapping[str, Any], label: float | None, limits: Limits) -> LabelledPair:
    group, kind = (
        without_surrogates(str(record.get(key) or "").strip()[:GROUP_CHARS]) for key in ("group", "kind")
    )
    text_a, text_b = (
        checked_row(record[side], row, f"pairs[{row - 1}].{side}", limits) for side in ("text_a", "text_b")
    )
    return LabelledPair(row, text_a, text_b, label, group, kind)


def _notes_on_repeats(pairs: Sequence[LabelledPair]) -> list[Phrase]:
    """Equal pairs count once for a person but twice in every figure; contradicting ones can't be learned."""
    first: dict[tuple[str, str], LabelledPair] = {}
    repeated: list[int] = []
    contradicting: list[int] = []
    for pair in pairs:
        earlier = first.setdefault(_keys(pair), pair)
        if earlier is not pair:
            (repeated if earlier.label == pair.label else contradicting).append(pair.row)
    notes = []
    if repeated:
        notes.append(Phrase("pairs.repeated", n=len(repeated), rows=row_numbers(repeated)))
    if contradicting:
        notes.append(Phrase("pairs.contradicting", n=len(contradicting), rows=row_numbers(contradicting)))
    return notes


def _keys(pair: LabelledPair) -> tuple[str, str]:
    return _key(pair.text_a), _key(pair.text_b)


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _sharing_a_text(pairs: Sequence[LabelledPair]) -> list[int]:
    """Connected components of pairs over equal texts."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    numbers = _numbered([key for pair in pairs for key in _keys(pair)])
    sides = np.array(numbers).reshape(-1, 2)
    size = max(numbers) + 1
    links = coo_array((np.ones(len(sides)), (sides[:, 0], sides[:, 1])), shape=(size, size))
    components = connected_components(links, directed=False)[1]
    return [int(component) for component in components[sides[:, 0]]]


def _numbered(names: Sequence[str]) -> list[int]:
    numbers: dict[str, int] = {}
    return [numbers.setdefault(name, len(numbers)) for name in names]
