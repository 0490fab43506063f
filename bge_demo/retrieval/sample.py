"""The built-in corpus of the Retrieval tab: passages of one fictional company, queries, relevance labels.

Reads the two files beside `assets/sample_corpus/README.md`. Knows no scores and no index.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from bge_demo.settings import ASSETS

QueryKind = Literal["same-language", "cross-lingual", "keyword", "paraphrase"]
_FOLDER = ASSETS / "sample_corpus"


@dataclass(frozen=True)
class SamplePassage:
    """One passage; its id ends with its language. Equal ids up to the language state the same facts."""

    id: str
    language: str
    title: str
    text: str


@dataclass(frozen=True)
class SampleQuery:
    """One query and the ids of every passage that answers it, in any order."""

    id: str
    language: str
    text: str
    relevant: tuple[str, ...]
    kind: QueryKind


@cache
def sample_passages() -> tuple[SamplePassage, ...]:
    """All passages, grouped by language."""
    return tuple(SamplePassage(**row) for row in _rows("passages.jsonl"))


@cache
def sample_queries() -> tuple[SampleQuery, ...]:
    """All queries, grouped by kind."""
    return tuple(_query(row) for row in _rows("queries.jsonl"))


def _query(row: Mapping[str, Any]) -> SampleQuery:
    return SampleQuery(**{**row, "relevant": tuple(row["relevant"])})


def _rows(name: str) -> list[dict[str, Any]]:
    # Not splitlines: it would also cut at U+2028, which JSON allows inside a string.
    lines = (_FOLDER / name).read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines if line]
