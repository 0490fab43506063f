"""Queries with the passages that answer them, from a file or a program. Knows no index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from bge_demo.errors import InputError
from bge_demo.retrieval.sample import sample_queries
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.evaluation import LabelledQuery
from bge_demo.text.headers import LANGUAGE_NAMES
from bge_demo.text.table import AS_GUESSED, Choices, Table, why_no_text
from bge_demo.text.tables import decode_upload, read_table
from bge_demo.text.tokens import without_surrogates

FILE_TYPES = (".csv", ".tsv", ".jsonl", ".json", ".txt", ".qrels", ".trec")
_TABLES = (".csv", ".tsv", ".jsonl", ".json")
_QUERY_NAMES = ("query", "text", "question", "查询", "问题")
_RELEVANT_NAMES = ("relevant", "relevant_ids", "passage_id", "doc_id", "positive", "相关", "相关段落")
_KIND_NAMES = ("kind", "type", "类型")
_QUERY_ID_NAMES = ("query-id", "query_id", "qid", "_id", "id")
_PASSAGE_ID_NAMES = ("corpus-id", "corpus_id", "docid", "doc_id", "passage_id", "pid")
_GRADE_NAMES = ("score", "relevance", "rel", "label", "grade")
_GROUP_CHARS = 40
_SEPARATORS = re.compile(r"[;|,；，、\s]+")
# query, a word that nobody reads, passage, grade: as TREC writes its judgements.
_TREC_LINE = re.compile(r"(\S+)[ \t]+\S+[ \t]+(\S+)[ \t]+(-?\d+(?:\.\d+)?)")

Judgements = dict[str, list[str]]


def built_in_queries() -> list[LabelledQuery]:
    """The sample corpus's queries."""
    return [LabelledQuery(one.text, one.relevant, one.language, one.kind) for one in sample_queries()]


def read_labelled_queries(
    files: Sequence[tuple[str, bytes]],
    limits: Limits,
    choices: Choices = AS_GUESSED,
    columns: Sequence[str] = (),
) -> list[LabelledQuery]:
    """Queries with their relevant passages, from one (name, bytes) or two.

    One file has a column `query` and a column `relevant`, whose ids are separated by blanks, commas,
    semicolons or bars, full-width ones too, or are a JSON list; rows of the same query are one. Of two
    files one holds judgements, as BEIR (query-id, corpus-id, score) or TREC (query 0 passage grade) writes
    them, and the other the texts of the queries by their ids. `language` and `kind` group the results. Rows
    without a query are left out. `columns` are those chosen of one file (query, relevant). Raises
    InputError naming what is missing.
    """
    if len(files) == 2:
        judged = [_judgements(name, file, limits, choices) for name, file in files]
        if (judged[0] is None) == (judged[1] is None):
            raise InputError("evaluation.two_files")
        which = 0 if judged[0] is not None else 1
        return _joined(judged[which] or {}, _table(*files[1 - which], limits, choices))
    if len(files) != 1:
        raise InputError("evaluation.two_files")
    name, file = files[0]
    if not columns and _judgements(name, file, limits, choices) is not None:
        raise InputError("evaluation.judgements_alone")
    return _from_one(_table(name, file, limits, choices), columns)


def query_columns(table: Table, columns: Sequence[str] = ()) -> tuple[str, str]:
    """The columns of the queries and of the relevant ids: chosen, or by their usual names; "" for none."""
    if columns:
        return columns[0], columns[1]
    query, relevant = (_named(table, _QUERY_NAMES), _named(table, _RELEVANT_NAMES))
    return query, relevant


def _named(table: Table, names: Sequence[str]) -> str:
    place = table.place(*names)
    return "" if place is None else table.columns[place]


def _table(name: str, file: bytes, limits: Limits, choices: Choices) -> Table:
    if PurePath(name).suffix.lower() not in _TABLES:
        raise InputError("evaluation.file_type")
    table = read_table(name, file, limits, choices)
    if not table.rows:
        for one in table.unreadable[:1]:
            raise InputError("corpus.bad_row", row=one.row, reason=one.reason)
        raise InputError("corpus.no_table")
    return table


def _judgements(name: str, file: bytes, limits: Limits, choices: Choices) -> Judgements | None:
    """Query id -> ids of the passages judged relevant; None if the file holds no judgements."""
    text = decode_upload(file, limits, choices.encoding).text
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    matches = [_TREC_LINE.fullmatch(line) for line in lines]
    if lines and all(matches):
        return _gathered((match[1], match[2], float(match[3])) for match in matches if match)
    if PurePath(name).suffix.lower() not in _TABLES:
        return None
    table = read_table(name, file, limits, choices)
    query, passage = table.place(*_QUERY_ID_NAMES), table.place(*_PASSAGE_ID_NAMES)
    grade = table.place(*_GRADE_NAMES)
    if query is None or passage is None or table.place(*_QUERY_NAMES, *_RELEVANT_NAMES[:2]) is not None:
        return None
    return _gathered(
        (row.cells[query], row.cells[passage], _grade("1" if grade is None else row.cells[grade], row.number))
        for row in table.rows
    )


def _grade(cell: str, row: int) -> float:
    try:
        return float(cell)
    except ValueError:
        raise InputError("evaluation.no_grade", row=row, value=cell[:40]) from None


def _gathered(judged: Iterable[tuple[str, str, float]]) -> Judgements:
    found: Judgements = {}
    for query, passage, grade in judged:
        relevant = found.setdefault(query.strip(), [])
        if grade > 0 and passage.strip() not in relevant:
            relevant.append(passage.strip())
    return found


def _joined(judgements: Judgements, queries: Table) -> list[LabelledQuery]:
    """The queries that somebody judged, in the order of their file."""
    names = queries.columns
    by_name = (queries.place(*_QUERY_ID_NAMES), queries.place(*_QUERY_NAMES))
    query_id, text = (0, 1) if None in by_name and len(names) == 2 else by_name
    if query_id is None or text is None:
        raise InputError("evaluation.no_query_texts", names=", ".join(names)[:200])
    language, kind = queries.place(*LANGUAGE_NAMES), queries.place(*_KIND_NAMES)
    found = {
        row.cells[query_id].strip(): LabelledQuery(
            row.cells[text].strip(),
            tuple(judgements[row.cells[query_id].strip()]),
            _cell(row.cells, language),
            _cell(row.cells, kind),
        )
        for row in queries.rows
        if judgements.get(row.cells[query_id].strip()) and why_no_text(row.cells[text]) is None
    }
    lacking = [one for one, relevant in judgements.items() if relevant and one not in found]
    if lacking:
        raise InputError("evaluation.no_such_query", n=len(lacking), id=lacking[0][:80])
    return list(found.values())


def _from_one(table: Table, columns: Sequence[str]) -> list[LabelledQuery]:
    names = query_columns(table, columns)
    if not {*names} <= {*table.columns}:
        raise InputError("evaluation.no_columns", names=", ".join(table.columns)[:200])
    query, relevant = (table.columns.index(name) for name in names)
    language, kind = table.place(*LANGUAGE_NAMES), table.place(*_KIND_NAMES)
    merged: dict[str, LabelledQuery] = {}
    for row in table.rows:
        text = row.cells[query].strip()
        if why_no_text(text) is None:
            first = LabelledQuery(text, (), _cell(row.cells, language), _cell(row.cells, kind))
            known = merged.get(text, first)
            ids = dict.fromkeys([*known.relevant, *_ids(row.cells[relevant])])
            merged[text] = LabelledQuery(text, tuple(ids), known.language, known.kind)
    return list(merged.values())


def queries_from_json(queries: object) -> list[LabelledQuery]:
    """What a program sends: a list of {"text", "relevant": [ids]}, with "language" and "kind" if it likes."""
    if not isinstance(queries, list) or not all(_is_query(query) for query in queries):
        raise InputError("evaluation.not_queries").at("queries")
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
