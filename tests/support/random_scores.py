"""Scores of passages by every head, drawn so that ties and misses are common."""

from __future__ import annotations

import numpy as np

from bge_demo.encoder.contract import FloatArray
from bge_demo.retrieval.pipelines import HEADS, LEXICAL_HEADS, Head


def random_scores(seed: int, n_passages: int = 25) -> dict[Head, FloatArray]:
    """Few distinct values, so that many are equal; lexical heads miss about half of the passages."""
    chance = np.random.default_rng(seed)
    scores = {head: chance.integers(-3, 9, n_passages).astype(np.float32) / 8 for head in HEADS}
    return {head: np.maximum(one, 0) if head in LEXICAL_HEADS else one for head, one in scores.items()}
