"""What is computed once for all thresholds: embeddings, similar pairs, flags, the tree of groups."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.caller import check_caller, report_progress, steps
from bge_demo.encoder.contract import Encoder, FloatArray, ModelInfo, need_dense
from bge_demo.scores.linkage import Tree, complete_linkage
from bge_demo.scores.similar_pairs import SimilarPairs, similar_pairs, similar_pairs_between
from bge_demo.serving.background import background_cosines
from bge_demo.settings import Limits
from bge_demo.tabs.deduplicate.exact import ExactStage
from bge_demo.text.differences import FLAGS, Flag, flags, read

MOST_PAIRS = 500_000
# Pairs are kept from here on: what more than one in a hundred unrelated pairs reaches is no duplicate.
LOWEST_PERCENTILE = 0.99
_LINES_AT_ONCE = 256
_MAP_POINTS = 1500
_PAIRS_BETWEEN_CHECKS = 1024


@dataclass(frozen=True)
class Similarities:
    """All that the groups of any threshold are made from.

    Rows are the distinct texts of `lines`. `flag_bits`, (n_pairs,), has bit k set where FLAGS[k] tells a pair
    apart. `points`, (n_rows, 2), places the rows on the map.
    """

    model: ModelInfo
    lines: ExactStage
    pairs: SimilarPairs
    flag_bits: NDArray[np.uint8]
    points: FloatArray
    suggested: float
    background: FloatArray
    n_truncated: int
    seconds: float

    @cached_property
    def apart(self) -> Tree:
        """The tree in which flagged pairs are never in one group."""
        return self._tree(self.flag_bits == 0)

    @cached_property
    def merged(self) -> Tree:
        """The tree that pays no heed to flags."""
        return self._tree(np.ones(len(self.flag_bits), bool))

    def _tree(self, used: NDArray[np.bool_]) -> Tree:
        pairs = self.pairs
        return complete_linkage(
            len(self.lines.copies),
            pairs.first[used].tolist(),
            pairs.second[used].tolist(),
            pairs.units[used].tolist(),
        )


def find_similarities(
    encoder: Encoder, lines: ExactStage, limits: Limits, floor: float | None = None
) -> Similarities:
    """Encode the distinct texts and find what is similar, from `floor` on if that is lower than usual.

    Reports progress in quarters of texts. The cosines of 20 000 texts are never held at once.
    """
    started = time.perf_counter()
    background = background_cosines(encoder)
    texts = lines.distinct
    encoding, all_steps = 3 * len(texts), 4 * len(texts)
    with steps(0, encoding, all_steps):
        rows, n_truncated = encoded(encoder, texts, limits)
    lowest = lowest_score(background)
    pairs = similar_pairs(rows, lowest if floor is None else min(floor, lowest), MOST_PAIRS)
    # Flags take about a quarter of the whole time, from 1 000 to 20 000 lines.
    with steps(encoding, all_steps, all_steps):
        bits = flag_bits(texts, texts, pairs)
    return Similarities(
        model=encoder.info,
        lines=lines,
        pairs=pairs,
        flag_bits=bits,
        points=on_a_plane(rows),
        suggested=suggested_threshold(background, len(texts)),
        background=background,
        n_truncated=n_truncated,
        seconds=time.perf_counter() - started,
    )


def encoded(encoder: Encoder, texts: Sequence[str], limits: Limits) -> tuple[FloatArray, int]:
    """((n_texts, dim) dense rows, how many texts were cut), batch by batch, texts of like length together."""
    rows = np.zeros((len(texts), encoder.info.dim), np.float32)
    n_done = n_truncated = 0
    for batch in _batches(texts):
        check_caller()
        with steps(n_done, n_done + len(batch), len(texts)):
            embeddings = encoder.encode(
                [texts[i] for i in batch], sparse=False, colbert=False, max_length=limits.max_tokens
            )
        rows[batch] = need_dense(embeddings)
        n_truncated += sum(embeddings.truncated)
        n_done += len(batch)
    return rows, n_truncated


def _batches(texts: Sequence[str]) -> list[list[int]]:
    """Indices of texts of like length together; long and short batches in turn, so that the pace so far tells
    how long the rest will take."""
    by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    batches = [by_length[i : i + _LINES_AT_ONCE] for i in range(0, len(texts), _LINES_AT_ONCE)]
    # Multiples of the golden ratio, without their whole part, spread evenly however many they are.
    return [batches[k] for k in sorted(range(len(batches)), key=lambda k: k * 0.6180339887 % 1)]


def lowest_score(background: FloatArray) -> float:
    """Where pairs begin to be kept."""
    return max(0.0, float(np.quantile(background, LOWEST_PERCENTILE)))


# How far above chance a duplicate should stand.
_GAP = 0.03
_LINES_PER_ACCIDENT = 100
_TOLD_BY_BACKGROUND = 10_000
_HIGHEST_SUGGESTION = 0.95


def suggested_threshold(background: FloatArray, n_lines: int) -> float:
    """A threshold 0.03 above where, by chance, one line in a hundred would meet an unrelated one.

    More lines make more pairs, and need a higher threshold. Beyond one in ten thousand, where 32 640 pairs
    are too few to tell, the upper end of the background is taken for that of a normal distribution.
    """
    # n / 100 accidents among n (n - 1) / 2 pairs.
    one_in = max(1000.0, _LINES_PER_ACCIDENT * (n_lines - 1) / 2)
    return round(min(_HIGHEST_SUGGESTION, _score_by_chance(background, one_in) + _GAP), 2)


def _score_by_chance(background: FloatArray, one_in: float) -> float:
    """What one unrelated pair in so many exceeds."""
    if one_in <= _TOLD_BY_BACKGROUND:
        return float(np.quantile(background, 1 - 1 / one_in))
    sooner, known = (float(np.quantile(background, 1 - 1 / n)) for n in (1000, _TOLD_BY_BACKGROUND))
    deviations = [NormalDist().inv_cdf(1 - 1 / n) for n in (1000, _TOLD_BY_BACKGROUND, one_in)]
    slope = (known - sooner) / (deviations[1] - deviations[0])
    return known + slope * (deviations[2] - deviations[1])


def flag_bits(texts_a: Sequence[str], texts_b: Sequence[str], pairs: SimilarPairs) -> NDArray[np.uint8]:
    """(n_pairs,) which of FLAGS tell the texts of each pair apart."""
    used_a, used_b = np.unique(pairs.first).tolist(), np.unique(pairs.second).tolist()
    read_a = {row: read(texts_a[row]) for row in used_a}
    known = read_a if texts_a is texts_b else {}
    read_b = {row: known.get(row) or read(texts_b[row]) for row in used_b}
    bits = np.zeros(len(pairs.units), np.uint8)
    for place, (a, b) in enumerate(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)):
        if place % _PAIRS_BETWEEN_CHECKS == 0:
            check_caller()
            report_progress(place, len(bits))
        found = flags(read_a[a], read_b[b])
        if found:
            bits[place] = sum(1 << FLAGS.index(flag) for flag in found)
    return bits


def flags_of(bits: int) -> tuple[Flag, ...]:
    """The flags whose bits are set."""
    return tuple(flag for k, flag in enumerate(FLAGS) if bits >> k & 1)


def on_a_plane(rows: FloatArray) -> FloatArray:
    """(n, dim) -> (n, 2): the two directions in which the rows differ most, the same in every run."""
    if len(rows) < 2:
        return np.zeros((len(rows), 2), np.float32)
    sample = rows[:: max(1, len(rows) // _MAP_POINTS)]
    centre = rows.mean(axis=0)
    _, _, axes = np.linalg.svd(sample - centre, full_matrices=False)
    top = axes[:2].T
    # An axis has no direction of its own: its largest entry is made positive.
    top = top * np.sign(top[np.abs(top).argmax(axis=0), range(top.shape[1])])
    points: FloatArray = ((rows - centre) @ top).astype(np.float32)
    return points


def between(
    encoder: Encoder, lines: ExactStage, others: ExactStage, limits: Limits, threshold: float
) -> tuple[SimilarPairs, NDArray[np.uint8]]:
    """Pairs of a distinct text of one set and one of the other, from the threshold on, with their flags."""
    texts, other_texts = lines.distinct, others.distinct
    rows, _ = encoded(encoder, texts, limits)
    other_rows, _ = encoded(encoder, other_texts, limits)
    pairs = similar_pairs_between(rows, other_rows, threshold, MOST_PAIRS)
    return pairs, flag_bits(texts, other_texts, pairs)
