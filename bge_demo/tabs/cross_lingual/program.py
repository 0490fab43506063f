"""Cross-lingual ranking for programs."""

from __future__ import annotations

from typing import Any

from bge_demo.encoder.contract import Encoder
from bge_demo.errors import InputError
from bge_demo.samples import SentenceSample
from bge_demo.scores.scoring import DEFAULT_WEIGHTS
from bge_demo.settings import Limits
from bge_demo.tabs.cross_lingual.analysis import LANGUAGE_CHARS, compare_across_languages


def cross_lingual(
    encoder: Encoder,
    limits: Limits,
    query: str,
    sentences: list[dict[str, str | None]],
    weights: str | list[float] = DEFAULT_WEIGHTS,
) -> dict[str, Any]:
    """Rank sentences, each {"language", "text"}, by their similarity to a query."""
    rows = _sentences(sentences)
    return compare_across_languages(encoder, query, rows, weights, limits).to_json()


def _sentences(sentences: object) -> list[SentenceSample]:
    if not isinstance(sentences, list) or not all(isinstance(row, dict) for row in sentences):
        raise InputError("input.not_sentences").at("sentences")
    for place, row in enumerate(sentences):
        if "text" not in row:
            field = f"sentences[{place}].text"
            raise InputError("api.missing_field", field=field).at(field)
    return [SentenceSample(str(row.get("language") or "")[:LANGUAGE_CHARS], row["text"]) for row in sentences]
