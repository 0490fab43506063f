"""Tune weights for programs."""

from __future__ import annotations

from typing import Any

from bge_demo.encoder.caller import allowed
from bge_demo.encoder.contract import Encoder
from bge_demo.settings import Limits
from bge_demo.tabs.tune_weights.analysis import checked_choices, tune


def tune_weights(
    encoder: Encoder,
    limits: Limits,
    pairs: list[dict[str, Any]],
    metric: str | None = None,
    normalization: str = "raw",
    positive_from: float | None = None,
    miss_cost: float | None = None,
) -> dict[str, Any]:
    """Find weights and a threshold on labelled pairs, with figures of pairs held out.

    pairs: {"text_a", "text_b", "label"}; label 0/1, a word such as yes/no or 是/否, or a grade; "group" keeps
    pairs on one side of a fold. metric: auc, average_precision, spearman or ndcg. normalization: raw, min-max
    or self-score. positive_from: the lowest grade that counts as related. miss_cost: what a missed pair costs
    in false alarms; without it the threshold has the highest F1.
    """
    choices = checked_choices(metric, normalization, positive_from, miss_cost)
    with allowed(limits.labelled_seconds):
        return tune(encoder, limits, pairs, choices).to_json()
