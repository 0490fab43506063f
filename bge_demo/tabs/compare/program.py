"""Compare for programs."""

from __future__ import annotations

from typing import Any

from bge_demo.encoder.contract import Encoder
from bge_demo.scores.leaving_out import leave_out
from bge_demo.scores.scoring import DEFAULT_WEIGHTS
from bge_demo.settings import Limits
from bge_demo.tabs.compare import analysis


def compare(
    encoder: Encoder, limits: Limits, text_a: str, text_b: str, weights: str | list[float] = DEFAULT_WEIGHTS
) -> dict[str, Any]:
    """Compare two texts with all three heads.

    weights: model-card, even, cross-lingual, keyword, long-document, mkqa, or three numbers for dense,
    sparse and ColBERT. Offsets of keywords are in Unicode code points.
    """
    return analysis.compare(encoder, text_a, text_b, weights, limits).to_json()


def leaving_out(encoder: Encoder, limits: Limits, text_a: str, text_b: str) -> dict[str, Any]:
    """What each word, or in long texts each sentence, carries of the dense similarity of two texts.

    Each part is left out once, on both sides: `carries` is how far the cosine falls without it. The parts do
    not add up.
    """
    a, b = analysis.checked_pair(text_a, text_b, limits)
    return leave_out(encoder, a, b, limits).to_json()
