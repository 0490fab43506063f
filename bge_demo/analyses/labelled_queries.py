"""Queries with the passages that answer them, from a file or a program. Knows no index."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from bge_demo.analyses.corpus_files import is_table, read_table
from bge_demo.analyses.retrieval_evaluation import LabelledQuery
from bge_demo.analyses.text_files import decoded
from bge_demo.errors import InputError
from bge_demo.sample_corpus import sample_queries
from bge_demo.settings import Limits
from bge_demo.tokens import without_surrogates

_QUERY_NAMES = ("query", "text", "question", "查询", "问题")
_RELEVANT_NAMES = ("relevant", "relevant_ids", "passage_id", "doc_id", "positive", "相关", "相关段落")
_LANGUAGE_NAMES = ("language", "lang", "语言")
_KIND_NAMES = ("kind", "type", "类型")
_GROUP_CHARS = 40
_SEPARATORS = re.compile(r"[;|,\s]+")


def built_in_queries() -> list[LabelledQuery]:
    """The sample corpus's queries."""
    return [LabelledQuery(one.text, one.relevant, one.language, one.kind) for one in sample_queries()]


def read_labelled_queries(file_name: str, file: bytes, limits: Limits) -> list[LabelledQuery]:
    """Queries of a csv, tsv or jsonl file: a column `query` and a column `relevant`, whose ids are
    separated by blanks, commas, semicolons or bars, or are a JSON list; `language` and `kind` group the
    results.

    Rows of the same query are one query. Raises InputError naming what is missing.
    """
    if not is_table(file_name):
        raise InputError("evaluation.file_type")
    names, rows = read_table(file_name, decoded(file, limits))
    places = {name.strip().lower(): place for place, name in enumerate(names)}
    query, relevant = _place(places, _QUERY_NAMES), _place(places, _RELEVANT_NAMES)
    if query is None or relevant is None:
        raise InputError("evaluation.no_columns", names=", ".join(names)[:200])
    language, kind = _place(places, _LANGUAGE_NAMES), _place(places, _KIND_NAMES)
    merged: dict[str, LabelledQuery] = {}
    for row in rows:
        text = row[query].strip()
        if text:
            known = merged.get(text, LabelledQuery(text, (), _cell(row, language), _cell(row, kind)))
            ids = dict.fromkeys([*known.relevant, *_ids(row[relevant])])
            merged[text] = LabelledQuery(text, tuple(ids), known.language, known.kind)
    return list(merged.values())


def queries_from_json(queries: object) -> list[LabelledQuery]:
    """What a program sends: a list of {"text", "relevant": [ids]}, with "language" and "kind" if it likes."""
    if not isinstance(queries, list) or not all(_is_query(query) for query in queries):
        raise InputError("evaluation.not_queries")
    return [
        LabelledQuery(
            text=without_surrogates(query["text"]),
            relevant=tuple(map(without_surrogates, query["relevant"])),
            language=_group(query.get("language")),
            kind=_group(query.get("kind")),
        )
        for query in queries
    ]


def _is_query(query: object) -> bool:
    if not isinstance(query, dict) or not isinstance(query.get("text"), str):
        return False
    ids = query.get("relevant")
    return isinstance(ids, list) and all(isinstance(one, str) for one in ids)


def _place(places: dict[str, int], wanted: Sequence[str]) -> int | None:
    return next((places[name] for name in wanted if name in places), None)


def _cell(row: Sequence[str], place: int | None) -> str:
    return "" if place is None else _group(row[place])


def _group(name: object) -> str:
    """What results are grouped by, cut to a length that a table's head can show."""
    return without_surrogates(str(name or "")).strip()[:_GROUP_CHARS]


def _ids(cell: str) -> list[str]:
    """`a; b` or `["a", "b"]` -> both."""
    if cell.strip().startswith("["):
        try:
            return [without_surrogates(str(one)) for one in json.loads(cell)]
        except ValueError:
            pass  # An id that begins with a bracket.
    return [without_surrogates(one) for one in _SEPARATORS.split(cell) if one]
