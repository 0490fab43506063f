"""Measure Deduplicate on the bundled labelled set: F1 of three linkages, F1 per pair of languages, flags.

python -m tools.measure_duplicates [--model m3-compact] [--lines 1000 5000 20000] [--json FILE]

Two lines are duplicates when they have the same group label. Precision and recall count pairs of lines, as
the grouping joined or did not join them. With --lines, time and peak memory of searches of so many made-up
lines, and the whole time as the page forecast it at first and at a quarter, a half and three quarters.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from bge_demo.encoder.caller import on_behalf_of
from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.text_encoder import TextEncoder, load_encoder
from bge_demo.samples import LabelledLine, background_sentences, labelled_duplicates
from bge_demo.scores.similar_pairs import UNITS
from bge_demo.settings import Limits
from bge_demo.tabs.deduplicate.analysis import find_duplicates, grouped
from bge_demo.tabs.deduplicate.exact import exact_stage
from bge_demo.tabs.deduplicate.groups import Choice
from bge_demo.tabs.deduplicate.similarities import Similarities, encoded, find_similarities
from bge_demo.text.differences import flags, read
from bge_demo.ui.visitors import seconds_left

DIFFERING = ("digits", "date", "negation")
THRESHOLDS = tuple(round(0.4 + 0.02 * step, 2) for step in range(28))


@dataclass(frozen=True)
class Quality:
    """How well groups meet the labels, over pairs of lines."""

    threshold: float
    precision: float
    recall: float
    f1: float


def quality(threshold: float, predicted: set[tuple[int, int]], true: set[tuple[int, int]]) -> Quality:
    """Precision, recall and F1 of predicted pairs."""
    hits = len(predicted & true)
    precision = hits / len(predicted) if predicted else 1.0
    recall = hits / len(true) if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return Quality(threshold, round(precision, 4), round(recall, 4), round(f1, 4))


def true_pairs(lines: tuple[LabelledLine, ...]) -> set[tuple[int, int]]:
    """Pairs of lines with one label."""
    return {(a, b) for a, b in combinations(range(len(lines)), 2) if lines[a].group == lines[b].group}


def pairs_of(groups: list[list[int]]) -> set[tuple[int, int]]:
    """Every pair within a group."""
    return {(a, b) for group in groups for a, b in combinations(sorted(group), 2)}


def our_pairs(found: Similarities, threshold: float, merge_flagged: bool) -> set[tuple[int, int]]:
    """What Deduplicate joins."""
    result = grouped(found, Choice(threshold, merge_flagged=merge_flagged))
    return pairs_of([[member.index for member in group.members] for group in result.groups])


def scipy_pairs(rows: FloatArray, found: Similarities, method: str, threshold: float) -> set[tuple[int, int]]:
    """Groups by another linkage over the same distinct texts, flags unheeded."""
    distances = np.clip(1 - rows @ rows.T, 0, 2)
    condensed = distances[np.triu_indices(len(rows), 1)].astype(np.float64)
    groups: dict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(fcluster(linkage(condensed, method), 1 - threshold, "distance")):
        groups[int(label)].extend(found.lines.copies[row])
    return pairs_of(list(groups.values()))


def flag_figures(lines: tuple[LabelledLine, ...]) -> dict[str, object]:
    """Look-alikes against the line they were made from, and duplicates against each other, one language."""
    texts = [read(line.text) for line in lines]
    base = {"parcel-5-days": "parcel", "museum-friday": "museum", "no-refund": "refund", "no-dogs": "dogs"}
    differing = [
        (a, b)
        for a, line in enumerate(lines)
        if line.kind in DIFFERING
        for b, other in enumerate(lines)
        if other.kind == "translated" and (other.group, other.language) == (base[line.group], line.language)
    ]
    same = sorted(true_pairs(lines))
    within = [
        (a, b)
        for a, b in same
        if lines[a].language == lines[b].language and "exact" not in (lines[a].kind, lines[b].kind)
    ]
    across = [(a, b) for a, b in same if lines[a].language != lines[b].language]
    missed = [lines[a].text for a, b in differing if not flags(texts[a], texts[b])]
    wrong = [(lines[a].text, lines[b].text) for a, b in within if flags(texts[a], texts[b])]
    n_wrong_across = sum(bool(flags(texts[a], texts[b])) for a, b in across)
    return {
        "differing_pairs": len(differing),
        "differing_flagged": len(differing) - len(missed),
        "missed": missed,
        "duplicates_within_a_language": len(within),
        "of_these_flagged": len(wrong),
        "wrongly_flagged": wrong[:20],
        "duplicates_across_languages": len(across),
        "of_these_flagged_across": n_wrong_across,
    }


def language_table(
    lines: tuple[LabelledLine, ...], predicted: set[tuple[int, int]], true: set[tuple[int, int]]
) -> dict[str, float]:
    """F1 over the pairs of lines of two languages, for every two."""
    names = sorted({line.language for line in lines})
    table = {}
    for place, one in enumerate(names):
        for other in names[place:]:
            both = {one, other}
            wanted = {pair for pair in true if {lines[i].language for i in pair} == both}
            made = {pair for pair in predicted if {lines[i].language for i in pair} == both}
            table[f"{one}-{other}"] = quality(0, made, wanted).f1
    return table


def speed(encoder: TextEncoder, n_lines: int) -> dict[str, object]:
    """A search over so many made-up lines, a tenth of them near copies."""
    sentences = [sentence for _, sentence in background_sentences()]
    random = np.random.default_rng(n_lines)
    texts = []
    for number in range(n_lines):
        if number % 10 == 9:
            texts.append(texts[number - 5] + " !")
            continue
        first, second = random.integers(0, len(sentences), 2).tolist()
        texts.append(f"{sentences[first][:60]} {sentences[second][:40]} {number}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # (share done, whole time as forecast then) of every moment that has a forecast, as the page shows it.
    forecasts: list[tuple[float, float]] = []

    def watch(done: int, total: int) -> None:
        elapsed = time.perf_counter() - started
        left = seconds_left(elapsed, done, total)
        if left is not None:
            forecasts.append((done / total, elapsed + left))

    started = time.perf_counter()
    with on_behalf_of(lambda: False, limit_seconds=3600, report=watch):
        result = find_duplicates(encoder, texts, Limits(), Choice())
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    grouped(result.found, Choice(min(1.0, result.threshold + 0.05)))
    return {
        "lines": n_lines,
        "seconds": round(seconds, 1),
        "forecast_seconds": [
            round(next((whole for share, whole in forecasts if share >= least), math.nan), 1)
            for least in (0.0, 0.25, 0.5, 0.75)
        ],
        "regroup_seconds": round(time.perf_counter() - started, 2),
        "pairs_kept": len(result.found.pairs.units),
        "lowest_threshold": result.floor,
        "threshold": result.threshold,
        "removed": len(result.removed),
        "peak_memory_mb_before": round(before / 1024),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def measure(encoder: TextEncoder) -> dict[str, object]:
    """Every figure of the labelled set."""
    lines = labelled_duplicates()
    texts = [line.text for line in lines]
    true = true_pairs(lines)
    found = find_similarities(encoder, exact_stage(texts), Limits(), floor=min(THRESHOLDS))
    rows, _ = encoded(encoder, found.lines.distinct, Limits())
    linkages = {
        name: [quality(t, scipy_pairs(rows, found, name, t), true) for t in THRESHOLDS]
        for name in ("single", "average", "complete")
    }
    linkages["ours, flags kept apart"] = [quality(t, our_pairs(found, t, False), true) for t in THRESHOLDS]
    linkages["ours, flags merged"] = [quality(t, our_pairs(found, t, True), true) for t in THRESHOLDS]
    suggested = our_pairs(found, found.suggested, False)
    table = language_table(lines, suggested, true)
    values = sorted(table.values())
    return {
        "model": encoder.info.to_json(),
        "lines": len(lines),
        "true_pairs": len(true),
        "background_0.99_0.999_max": [
            round(float(np.quantile(found.background, q)), 4) for q in (0.99, 0.999, 1)
        ],
        "lowest_kept": found.pairs.floor_units / UNITS,
        "suggested": asdict(quality(found.suggested, suggested, true)),
        "best": {name: asdict(max(curve, key=lambda one: one.f1)) for name, curve in linkages.items()},
        "f1_per_language_pair": table,
        "f1_per_language_pair_summary": {
            "lowest": values[0],
            "median": values[len(values) // 2],
            "highest": values[-1],
        },
        "flags": flag_figures(lines),
    }


def main() -> None:
    """Print the report as JSON, and write it if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", default="m3-compact")
    parser.add_argument("--lines", type=int, nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    encoder = load_encoder(options.model)
    report = measure(encoder)
    report["speed"] = [speed(encoder, n_lines) for n_lines in options.lines]
    text = json.dumps(report, ensure_ascii=False, indent=1)
    if options.json:
        options.json.write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
