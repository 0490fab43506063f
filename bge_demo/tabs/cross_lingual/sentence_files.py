"""An uploaded file to rows of (language, sentence). Knows what makes columns of prose; knows no model."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.text.headers import LANGUAGE_NAMES, TEXT_NAMES
from bge_demo.text.records import split_records
from bge_demo.text.table import Choices, Table
from bge_demo.text.tables import decode_upload, read_table, told_delimiter

_NAMED_CELLS = (".jsonl", ".json")
_UNLABELLED = "?"
# What a first column may hold for commas or semicolons to make a table without a header.
_CODE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*|control|\?")
_HAN_NAME = re.compile(r"[\u4e00-\u9fff]{1,6}[语語文话話]|对照|對照")
_NAME = re.compile(r"[^\W\d_\u3040-\u30ff\u4e00-\u9fff]+( \(?[^\W\d_]+\)?)?")


def sentence_table(
    name: str, file: bytes, limits: Limits, choices: Choices, columns: Sequence[str] = ()
) -> Table:
    """CSV, TSV, JSON or plain lines: `language, sentence`, or a sentence alone; `columns` are (text,
    language).

    What is not chosen is guessed. A comma makes columns only if a header or the first cells say so:
    sentences have commas too. A tab always does.
    """
    text_column = columns[0] if columns else None
    if PurePath(name).suffix.lower() in _NAMED_CELLS:
        return read_table(name, file, limits, replace(choices, text_column=text_column))
    guess = _guessed(file, limits, choices)
    chosen = replace(
        choices,
        delimiter=choices.delimiter or guess.delimiter,
        header=guess.header if choices.header is None else choices.header,
        names=guess.names,
        text_column=text_column,
    )
    return read_table("sentences.csv", file, limits, chosen)


def language_column(table: Table, columns: Sequence[str] = ()) -> str:
    """The column of the language: chosen, or the one of that name; "" for none."""
    if columns:
        return columns[1]
    place = table.place(*LANGUAGE_NAMES)
    return "" if place is None else table.columns[place]


def sentence_rows(table: Table, language: str, limits: Limits) -> list[list[str]]:
    """(language, sentence) of each row with a sentence. Raises InputError for too many rows, or none."""
    place = table.columns.index(language) if language in table.columns else None
    languages = {row.number: _UNLABELLED if place is None else row.cells[place] for row in table.rows}
    rows = [[languages[number].strip(), text.strip()] for number, text in table.texts]
    if not rows:
        raise InputError("input.no_rows")
    if len(rows) > limits.table_rows:
        raise InputError("input.too_many_rows", n_rows=len(rows), limit=limits.table_rows)
    return rows


def _guessed(file: bytes, limits: Limits, choices: Choices) -> Choices:
    """The delimiter, whether there is a header, and the columns' names where there is none."""
    lines = io.StringIO(decode_upload(file, limits, choices.encoding).text, newline="").readlines()
    rows = lines[1:] if lines and told_delimiter(lines[0]) is not None else lines
    for delimiter in (choices.delimiter,) if choices.delimiter else (";", ",", "|", "；", "，", "\t"):
        records = [one.cells for one in split_records(rows, delimiter) if one.width]
        is_headed = bool(records) and any(cell.strip().lower() in TEXT_NAMES for cell in records[0])
        is_table = (is_headed and len(records[0]) > 1) or all(map(_is_labelled, records))
        if is_table or delimiter in ("\t", choices.delimiter):
            break
    has_columns = any(len(record) > 1 for record in records)
    names = ("language", "text") if has_columns and not is_headed else ("text",)
    return Choices(delimiter=delimiter, header=is_headed, names=names)


def _is_labelled(record: Sequence[str]) -> bool:
    """Whether the first of several cells is a language: zh, pt-BR, 英语, or nothing; English too, unless a
    space follows as in prose."""
    if len(record) < 2:
        return False
    label = record[0].strip()
    if not label or _CODE.fullmatch(label) or _HAN_NAME.fullmatch(label):
        return True
    return bool(_NAME.fullmatch(label)) and not record[1].startswith(" ")
