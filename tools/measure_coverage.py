"""How well Long document finds planted inventions and omissions: python -m tools.measure_coverage [--model M]

For each of five languages a document is joined from passages of the sample corpus; its summary retells ten
of them in other words (two with a changed figure), leaves four out and invents four (coverage_cases.json).
Printed are precision and recall of both findings, the same for bare thresholds on the dense similarity and on
the match, and how many of the changed figures were named. The documents' parts are the passages.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bge_demo.encoder.contract import Encoder, FloatArray
from bge_demo.encoder.text_encoder import load_encoder
from bge_demo.settings import ASSETS
from bge_demo.tabs.long_document import matching
from bge_demo.tabs.long_document.batches import Work
from bge_demo.tabs.long_document.coverage import Coverage, coverage_of

CASES = Path(__file__).parent / "coverage_cases.json"
BARE_THRESHOLDS = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)


class Case(NamedTuple):
    """A document, its summary, and what is planted: which sentences are invented, which passages left out,
    which sentences have a changed figure."""

    language: str
    document: str
    summary: str
    invented: list[bool]
    omitted: list[bool]
    changed: list[bool]


class Counts(NamedTuple):
    """Found rightly, found wrongly, missed."""

    right: int
    wrong: int
    missed: int

    def __str__(self) -> str:
        found, planted = self.right + self.wrong, self.right + self.missed
        precision = self.right / found if found else 0.0
        f1 = 2 * self.right / (found + planted)
        return f"precision {precision:.2f}  recall {self.right / planted:.2f}  F1 {f1:.2f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="m3-compact")
    encoder = load_encoder(parser.parse_args().model)
    print(f"{encoder.info.name} {encoder.info.revision} {encoder.info.precision}")
    cases = read_cases()
    found = [coverage_of(encoder, case.document, case.summary, Work(1)) for case in cases]
    for case, coverage in zip(cases, found, strict=True):
        assert len(coverage.parts) == len(case.omitted), "a part for each passage"
        inventions, omissions = judged(case, coverage.scores, coverage.threshold)
        print(f"{case.language}  threshold {coverage.threshold:.3f}")
        print(f"    inventions  {inventions}\n    omissions   {omissions}")
    print_totals("this document's threshold", cases, [(one.scores, one.threshold) for one in found])
    for name, share in (("dense", 1.0), ("match", matching.DENSE_SHARE)):
        scores = scores_with(encoder, cases, share)
        for bare in BARE_THRESHOLDS:
            print_totals(f"bare {name} {bare:.2f}", cases, [(one, bare) for one in scores])
    print_changed(cases, found)


def read_cases() -> list[Case]:
    """One document for each language."""
    lines = (ASSETS / "sample_corpus" / "passages.jsonl").read_text("utf-8").splitlines()
    passages = {row["id"]: row for row in map(json.loads, lines)}
    return [_case(case, passages) for case in json.loads(CASES.read_text("utf-8"))]


def _case(case: dict[str, Any], passages: dict[str, dict[str, str]]) -> Case:
    told = [*case["covered"], *case["changed"]]
    ids = [name for name, _ in told] + case["omitted"]
    random.Random(0).shuffle(ids)
    texts = [f"{passages[name]['title']}\n\n{passages[name]['text']}" for name in ids]
    n_kept, n_changed, n_invented = (len(case[kind]) for kind in ("covered", "changed", "invented"))
    return Case(
        language=case["language"],
        document="\n\n".join(texts),
        summary="\n".join([*(sentence for _, sentence in told), *case["invented"]]),
        invented=[False] * len(told) + [True] * n_invented,
        omitted=[name in case["omitted"] for name in ids],
        changed=[False] * n_kept + [True] * n_changed + [False] * n_invented,
    )


def judged(case: Case, scores: FloatArray, threshold: float) -> tuple[Counts, Counts]:
    """Inventions and omissions found among the (n_sentences, n_parts) scores."""
    near = scores >= threshold
    return _counts(~near.any(axis=1), case.invented), _counts(~near.any(axis=0), case.omitted)


def _counts(found: Iterable[bool], planted: Sequence[bool]) -> Counts:
    pairs = list(zip(found, planted, strict=True))
    return Counts(
        sum(f and p for f, p in pairs),
        sum(f and not p for f, p in pairs),
        sum(p and not f for f, p in pairs),
    )


def scores_with(encoder: Encoder, cases: Sequence[Case], dense_share: float) -> list[FloatArray]:
    """The scores of every case with another mix of dense and ColBERT."""
    kept, matching.DENSE_SHARE = matching.DENSE_SHARE, dense_share
    try:
        return [coverage_of(encoder, case.document, case.summary, Work(1)).scores for case in cases]
    finally:
        matching.DENSE_SHARE = kept


def print_totals(name: str, cases: Sequence[Case], scored: Sequence[tuple[FloatArray, float]]) -> None:
    """One line for all languages, each with its scores and threshold."""
    both = [judged(case, *one) for case, one in zip(cases, scored, strict=True)]
    inventions, omissions = (_sum(counts) for counts in zip(*both, strict=True))
    print(
        f"{name:26}  inventions {inventions}   omissions {omissions}   both {_sum((inventions, omissions))}"
    )


def _sum(counts: Iterable[Counts]) -> Counts:
    return Counts(*(int(total) for total in np.sum(list(counts), axis=0)))


def print_changed(cases: Sequence[Case], found: Sequence[Coverage]) -> None:
    """Which supported sentences are said to give another figure."""

    def named(coverage: Coverage) -> list[bool]:
        return [bool(one.differing) for one in coverage.sentences]

    counts = _sum(_counts(named(one), case.changed) for case, one in zip(cases, found, strict=True))
    print(f"changed figures             {counts}")
    for case, coverage in zip(cases, found, strict=True):
        for one, changed in zip(coverage.sentences, case.changed, strict=True):
            if bool(one.differing) != changed:
                figures = [each.text for each in one.differing]
                print(f"    {case.language} {'missed' if changed else 'wrongly'} {figures} {one.text}")


if __name__ == "__main__":
    main()
