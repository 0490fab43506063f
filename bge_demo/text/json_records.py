"""JSON files to columns and rows of cells. Knows no encoding and no header."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bge_demo.errors import InputError
from bge_demo.text.tokens import without_surrogates


@dataclass(frozen=True)
class JsonRecord:
    """An object, or None for what is none, and the line it stands on (0 where it has no line of its own)."""

    values: dict[str, Any] | None
    line: int


def json_lines(lines: Sequence[str]) -> list[JsonRecord]:
    """One record a line, empty lines left out."""
    return [JsonRecord(_object(line), number) for number, line in enumerate(lines, start=1) if line.strip()]


def json_list(text: str) -> list[JsonRecord]:
    """A list of objects or of texts, or an object that holds one list. Raises InputError for other files."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError("table.bad_json_file", line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise InputError("table.no_json_list") from None
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else [found]
    if not isinstance(found, list):
        raise InputError("table.no_json_list")
    rows = [{"text": one} if isinstance(one, str) or one is None else one for one in found]
    return [JsonRecord(one if isinstance(one, dict) else None, 0) for one in rows]


def columns_of(records: Sequence[JsonRecord]) -> tuple[str, ...]:
    """Every name of any record, in the order in which they come up."""
    names = dict.fromkeys(name for record in records for name in record.values or ())
    return tuple(without_surrogates(name) for name in names)


def cells_of(record: dict[str, Any], columns: Sequence[str]) -> tuple[str, ...]:
    """A cell for each column; what is null or missing is empty, and what is no text is written as JSON."""
    return tuple(_cell(record.get(name)) for name in columns)


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _cell(value: object) -> str:
    if value is None:
        return ""
    return without_surrogates(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
