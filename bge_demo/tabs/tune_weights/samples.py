"""The bundled pairs as samples of the tab."""

from __future__ import annotations

from bge_demo.samples import bundled_pairs
from bge_demo.text.pair_tables import as_pasted

SAMPLE_KEYS = ("sample.pairs_all", "sample.pairs_en", "sample.pairs_zh")
_FIELDS = ("text_a", "text_b", "label", "kind", "group")


def sample_pairs(key: str) -> str:
    """The pairs of a sample as lines for the box."""
    language = key.rpartition("_")[2]
    pairs = [pair for pair in bundled_pairs() if language in ("all", pair["language_a"])]
    return as_pasted([{field: pair[field] for field in _FIELDS} for pair in pairs])
