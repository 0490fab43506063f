"""An uploaded file to rows of (language, sentence). Knows CSV as spreadsheets write it; knows no model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bge_demo.analyses.text_files import decoded, records_of, without_delimiter_line
from bge_demo.errors import InputError
from bge_demo.settings import Limits

_LANGUAGE_HEADERS = {"language", "lang", "语言"}
_TEXT_HEADERS = {"text", "sentence", "句子", "文本"}
_UNLABELLED = "?"
# What a first column may hold for commas or semicolons to make a table without a header.
_CODE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*|control|\?")
_HAN_NAME = re.compile(r"[\u4e00-\u9fff]{1,6}[语語文话話]|对照|對照")
_NAME = re.compile(r"[^\W\d_\u3040-\u30ff\u4e00-\u9fff]+( \(?[^\W\d_]+\)?)?")


class _Columns(NamedTuple):
    """Where a record holds language and text; the text of a last column runs to the end of its record."""

    language: int | None
    text: int
    text_is_last: bool


_PLAIN_COLUMNS = _Columns(language=0, text=1, text_is_last=True)


def read_sentence_rows(file: bytes, limits: Limits) -> list[list[str]]:
    """Rows of CSV, TSV or plain lines: `language, sentence`, or a sentence alone.

    UTF-8 with or without BOM, UTF-16 with BOM, GB18030 (and so GBK). A header line is recognised, names the
    columns and is left out, as are rows without a sentence. Raises InputError for another encoding, too
    large a file, too many rows, or none.
    """
    text = decoded(file, limits)
    rows = [[language.strip(), sentence.strip()] for language, sentence in _rows(text) if sentence.strip()]
    if not rows:
        raise InputError("input.no_rows")
    if len(rows) > limits.table_rows:
        raise InputError("input.too_many_rows", n_rows=len(rows), limit=limits.table_rows)
    return rows


def _rows(text: str) -> list[tuple[str, str]]:
    """(language, sentence) of each record. A comma makes columns only if a header or the first cells say so:
    sentences have commas too. A tab always does."""
    text = without_delimiter_line(text)
    for delimiter in (";", ","):
        records = records_of(text, delimiter)
        is_headed = _named_columns(records) is not None and len(records[0]) > 1
        if is_headed or all(_is_labelled(record) for record in records):
            return _picked(records, delimiter)
    return _picked(records_of(text, "\t"), "\t")


def _named_columns(records: Sequence[Sequence[str]]) -> _Columns | None:
    """What the header says; None if the first record is none."""
    names = [cell.strip().lower() for cell in records[0]] if records else []
    language = next((i for i, name in enumerate(names) if name in _LANGUAGE_HEADERS), None)
    text = next((i for i, name in enumerate(names) if name in _TEXT_HEADERS), None)
    return None if text is None else _Columns(language, text, not any(names[text + 1 :]))


def _is_labelled(record: Sequence[str]) -> bool:
    """Whether the first of several cells is a language: zh, pt-BR, 英语, or nothing; English too, unless a
    space follows as in prose."""
    if len(record) < 2:
        return False
    label = record[0].strip()
    if not label or _CODE.fullmatch(label) or _HAN_NAME.fullmatch(label):
        return True
    return bool(_NAME.fullmatch(label)) and not record[1].startswith(" ")


def _picked(records: Sequence[Sequence[str]], delimiter: str) -> list[tuple[str, str]]:
    named = _named_columns(records)
    if named:
        return [_pick(record, named, delimiter) for record in records[1:]]
    return [
        _pick(record, _PLAIN_COLUMNS, delimiter) if len(record) > 1 else (_UNLABELLED, record[0])
        for record in records
    ]


def _pick(record: Sequence[str], columns: _Columns, delimiter: str) -> tuple[str, str]:
    """(language, sentence). A sentence that ends its record keeps its unquoted delimiters; the empty cells
    that Excel adds are dropped."""
    language = _UNLABELLED
    if columns.language is not None:
        language = "".join(record[columns.language : columns.language + 1])
    cells = list(record[columns.text : None if columns.text_is_last else columns.text + 1])
    while len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return language, delimiter.join(cells)
