"""Which pairs to label next: those of the user's texts that the score is least sure of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bge_demo.encoder.contract import Encoder
from bge_demo.scores.scoring import ScoreWeights
from bge_demo.settings import Limits
from bge_demo.tabs.tune_weights.pair_scores import PairScoreTable, as_array, score_pairs
from bge_demo.text.labelled_pairs import LabelledPair

SHOWN = 10
# How many pairs are scored with all heads, and how many rows are paired with each other to find them.
SCORED = 60
ROWS = 400


@dataclass(frozen=True)
class UnsurePair:
    """A pair without a label near the threshold."""

    text_a: str
    text_b: str
    score: float

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        return asdict(self) | {"score": round(self.score, 6)}


def next_labels(
    encoder: Encoder,
    limits: Limits,
    unlabelled: Sequence[LabelledPair],
    found: Sequence[tuple[str, str]],
    weights: ScoreWeights,
    threshold: float,
) -> tuple[UnsurePair, ...]:
    """The pairs nearest to the threshold: of the rows without a label, then of `found`; one a text."""
    candidates = [(pair.text_a, pair.text_b) for pair in unlabelled[:ROWS]] + list(found)
    if not candidates:
        return ()
    scores = score_pairs(encoder, candidates, limits).raw @ as_array(weights)
    nearest = np.argsort(np.abs(scores - threshold), kind="stable")
    seen: Counter[str] = Counter()
    chosen = []
    for i in nearest:
        text_a, text_b = candidates[i]
        if not seen[text_a] and not seen[text_b]:
            seen.update((text_a, text_b))
            chosen.append(UnsurePair(text_a, text_b, float(scores[i])))
    return tuple(chosen[:SHOWN])


def unlabelled_combinations(
    pairs: Sequence[LabelledPair], table: PairScoreTable, dense_threshold: float
) -> list[tuple[str, str]]:
    """Texts A and B of different rows that nobody paired, their cosines nearest to the threshold first."""
    pairs = pairs[:ROWS]
    known = {(pair.text_a, pair.text_b) for pair in pairs} | {(pair.text_b, pair.text_a) for pair in pairs}
    away = np.abs(table.dense_a[:ROWS] @ table.dense_b[:ROWS].T - dense_threshold)
    nearest = np.argsort(away, axis=None, kind="stable")[: 20 * SCORED]
    rows, columns = np.unravel_index(nearest, away.shape)
    texts = [(pairs[i].text_a, pairs[j].text_b) for i, j in zip(rows, columns, strict=True)]
    fresh = dict.fromkeys(pair for pair in texts if pair not in known and pair[0] != pair[1])
    return list(fresh)[:SCORED]
