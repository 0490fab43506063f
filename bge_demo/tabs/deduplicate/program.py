"""Deduplicate for programs."""

from __future__ import annotations

from typing import Any

from bge_demo.encoder.caller import allowed
from bge_demo.encoder.contract import Encoder
from bge_demo.settings import Limits
from bge_demo.tabs.deduplicate.analysis import find_duplicates
from bge_demo.tabs.deduplicate.exact import checked_lines, exact_stage
from bge_demo.tabs.deduplicate.groups import Choice, checked_keep
from bge_demo.tabs.deduplicate.leaks import find_leaks


def deduplicate(
    encoder: Encoder,
    limits: Limits,
    texts: list[str],
    threshold: float | None = None,
    second: list[str] | None = None,
    keep: str = "first",
    merge_flagged: bool = False,
    fold_variants: bool = False,
) -> dict[str, Any]:
    """Find duplicates among texts: exact copies, then texts that say the same in other words or languages.

    All indices are places in texts, from 0. threshold: a cosine from 0 to 1; null takes the suggested one.
    keep: first, longest or central, which line of a group stays. Pairs that differ in a negation, figure,
    date or size are flagged and kept apart unless merge_flagged. fold_variants: simplified and traditional
    characters, accents and vowel marks make no difference. second: another set, whose lines that repeat one
    of texts are answered as leaks.
    """
    choice = Choice(threshold, checked_keep(keep), merge_flagged is True)
    others = None if second is None else exact_stage(checked_lines(second, limits, "second"), fold_variants)
    with allowed(limits.duplicate_seconds):
        result = find_duplicates(encoder, texts, limits, choice, fold_variants is True)
        leaks = find_leaks(encoder, result.found.lines, others, limits, result.threshold) if others else ()
    answer = result.to_json()
    if others is not None:
        answer["leaks"] = [leak.to_json() for leak in leaks]
        leaked = {leak.second for leak in leaks if merge_flagged is True or not leak.flags}
        answer["second_kept"] = [i for i in range(len(others.texts)) if i not in leaked]
    return answer
