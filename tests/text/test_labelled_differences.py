"""The rules on the bundled lines with known duplicates: what differs is flagged, what is the same is not."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from bge_demo.samples import LabelledLine, labelled_duplicates
from bge_demo.text.differences import flags, read
from bge_demo.text.folding import exact_key
from bge_demo.text.negations import LANGUAGES

LINES = labelled_duplicates()
# Each look-alike's label, and that of the line which it looks like.
LOOK_ALIKES = {"parcel-5-days": "parcel", "museum-friday": "museum", "no-refund": "refund", "no-dogs": "dogs"}


def flagged(a: LabelledLine, b: LabelledLine) -> bool:
    return bool(flags(read(a.text), read(b.text)))


def test_the_set_is_what_it_says() -> None:
    assert len(LINES) == 400
    assert len({line.text for line in LINES}) == 400
    assert {line.language for line in LINES} == set(LANGUAGES) - {"nl", "pl"}
    kinds = Counter(line.kind for line in LINES)
    assert kinds == {
        "translated": 192,
        "reworded": 64,
        "exact": 32,
        "digits": 16,
        "date": 16,
        "negation": 32,
        "single": 48,
    }


def test_exact_copies_have_the_key_of_their_line_and_no_others_have() -> None:
    keys = Counter(exact_key(line.text) for line in LINES)
    exact = [line for line in LINES if line.kind == "exact"]
    assert all(keys[exact_key(line.text)] == 2 for line in exact)
    assert sum(n > 1 for n in keys.values()) == len(exact)


def test_nearly_all_look_alikes_are_flagged_with_what_they_are() -> None:
    originals = {(line.group, line.language): line for line in LINES if line.kind == "translated"}
    pairs = [
        (originals[LOOK_ALIKES[one.group], one.language], one) for one in LINES if one.group in LOOK_ALIKES
    ]
    told = [one.kind in flags(read(original.text), read(one.text)) for original, one in pairs]
    assert len(pairs) == 64
    assert sum(told) >= 0.95 * len(pairs)


def test_hardly_any_duplicate_is_flagged() -> None:
    same = [(a, b) for a, b in combinations(LINES, 2) if a.group == b.group]
    within = [flagged(a, b) for a, b in same if a.language == b.language]
    translations = [pair for pair in same if {one.kind for one in pair} == {"translated"}]
    from_english = [flagged(a, b) for a, b in translations if a.language == "en"]
    assert len(within) == 96
    assert len(from_english) == 180
    assert sum(within) <= 0.05 * len(within)
    assert sum(from_english) <= 0.05 * len(from_english)
