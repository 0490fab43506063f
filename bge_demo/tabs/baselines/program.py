"""Baselines for programs."""

from __future__ import annotations

from typing import Any

from bge_demo.encoder.caller import allowed
from bge_demo.encoder.contract import Encoder
from bge_demo.encoder.listed_encoders import ListedEncoders
from bge_demo.settings import Limits
from bge_demo.tabs.baselines.analysis import compare_with_baselines


def baselines(
    encoder: Encoder,
    limits: Limits,
    listed_encoders: ListedEncoders,
    pairs: list[dict[str, Any]],
    models: list[str] | None = None,
) -> dict[str, Any]:
    """Score labelled pairs with this model and with others: ranks, AUC, spread, tokens read.

    pairs: {"text_a", "text_b", "label"}, with "kind" for figures by kind. models: names of those to compare
    with, all by default; what cannot be had is listed with its reason. read_tokens: tokens read and whole
    of each pair's longer text; empty for an endpoint, which does not tell.
    """
    with allowed(limits.labelled_seconds):
        return compare_with_baselines(encoder, limits, listed_encoders, pairs, models).to_json()
