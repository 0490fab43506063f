"""Tables of labelled pairs, pasted or uploaded, to rows of named fields and back. Checks no label."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.settings import Limits
from bge_demo.text.labelled_pairs import lacking
from bge_demo.text.labels import is_known, is_number
from bge_demo.text.table import Choices, NamedRow, Row, Table, why_no_text
from bge_demo.text.tables import read_table

# What people call the columns; the first name is ours.
COLUMNS: dict[str, tuple[str, ...]] = {
    "text_a": (
        "text_a",
        "a",
        "text1",
        "text_1",
        "sentence1",
        "sentence_1",
        "query",
        "question",
        "文本a",
        "句子1",
    ),
    "text_b": (
        "text_b",
        "b",
        "text2",
        "text_2",
        "sentence2",
        "sentence_2",
        "passage",
        "answer",
        "文本b",
        "句子2",
    ),
    "label": (
        "label",
        "score",
        "grade",
        "similarity",
        "relevance",
        "is_duplicate",
        "gold",
        "标签",
        "标注",
        "метка",
    ),
    "kind": ("kind", "type", "类别"),
    "group": ("group", "分组", "组"),
}
_BY_PLACE = ("text_a", "text_b", "label")
# Typed on a Chinese keyboard; sentences hold them too.
_WIDE_DELIMITERS = ("，", "；")
PASTED = "pairs.csv"


def pasted_table(text: str, limits: Limits) -> Table:
    """Lines of a text box: cells with tabs, commas or semicolons between. Raises InputError."""
    data = text.encode("utf-8", "replace")
    first = text.lstrip("\ufeff\r\n ").split("\n", 1)[0].rstrip("\r")
    is_tabbed = "\t" in first
    return pair_table(PASTED, data, limits, Choices(delimiter="\t" if is_tabbed else None))


def pair_table(name: str, data: bytes, limits: Limits, choices: Choices) -> Table:
    """The table of an uploaded file. A first row whose label is a label is data. Full-width commas or
    semicolons divide where every line is a pair and its label then. Raises InputError."""
    table = _table(name, data, limits, choices)
    # Two columns have no label: commas of the sentences, perhaps.
    if len(table.columns) > 2 or choices.delimiter:
        return table
    wide = (_table(name, data, limits, replace(choices, delimiter=one)) for one in _WIDE_DELIMITERS)
    return next((one for one in wide if _is_surely_pairs(one)), table)


def _table(name: str, data: bytes, limits: Limits, choices: Choices) -> Table:
    table = read_table(name, data, limits, choices)
    is_row = choices.header is None and _is_row_of_data(table)
    return read_table(name, data, limits, replace(choices, header=False)) if is_row else table


def _is_surely_pairs(table: Table) -> bool:
    """Whether every row has both texts and a label, and nothing else that is not named."""
    is_named = table.place(*COLUMNS["text_a"]) is not None
    if len(table.columns) != 3 and not (is_named and len(table.columns) > 3):
        return False
    places = places_of(table)
    is_whole = bool(table.rows) and not (table.unreadable or table.notes or rows_without_pair(table, places))
    return is_whole and "label" in places and all(is_known(row.cells[places["label"]]) for row in table.rows)


def places_of(table: Table, chosen: Sequence[str] = ()) -> dict[str, int]:
    """Where each field stands: as chosen (text_a, text_b, label), by the columns' names, else the first
    three columns in order.

    Raises InputError for a table of one column, and for a choice of one text only.
    """
    named = {field: place for field, names in COLUMNS.items() if (place := table.place(*names)) is not None}
    if chosen:
        named = {field: place for field, place in named.items() if field not in _BY_PLACE}
        named |= {
            field: table.columns.index(column)
            for field, column in zip(_BY_PLACE, chosen, strict=False)
            if column in table.columns
        }
    if {"text_a", "text_b"} <= named.keys():
        return named
    if len(table.columns) < 2 or chosen:
        raise InputError("pairs.no_columns")
    return {field: place for place, field in enumerate(_BY_PLACE) if place < len(table.columns)}


def pair_rows(table: Table, limits: Limits, chosen: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Every row as a mapping of its fields; a cell that says that it holds nothing is empty. Raises
    InputError for too many rows."""
    if table.n_rows > limits.labelled_pairs:
        raise InputError("input.too_many_rows", n_rows=table.n_rows, limit=limits.labelled_pairs)
    places = places_of(table, chosen)
    cells = [_told_apart(row, places) for row in table.rows]
    return [{field: _cell(field, row[place]) for field, place in places.items()} for row in cells]


def rows_without_pair(table: Table, places: Mapping[str, int]) -> tuple[NamedRow, ...]:
    """The rows that cannot be read, or lack one of the texts, in order."""
    without = [
        NamedRow(row.number, reason)
        for row in table.rows
        for cells in [_told_apart(row, places)]
        for reason in [_why_no_pair(cells[places["text_a"]], cells[places["text_b"]])]
        if reason is not None
    ]
    return tuple(sorted([*table.unreadable, *without], key=lambda one: one.row))


def as_pasted(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as lines for a text box, tabs between the cells; the reader above gives the same rows again."""
    fields = [field for field in COLUMNS if any(row.get(field) not in (None, "") for row in rows)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(fields)
    writer.writerows([[row.get(field, "") for field in fields] for row in rows])
    return out.getvalue()


def _told_apart(row: Row, places: Mapping[str, int]) -> tuple[str, ...]:
    """The cells of a row. One that ends before the label, with a label where text B should stand, lacks
    text B."""
    text_b, label = places["text_b"], places.get("label")
    if label != text_b + 1 or row.n_given != label or not is_known(row.cells[text_b]):
        return row.cells
    return (*row.cells[:text_b], "", row.cells[text_b], *row.cells[label + 1 :])


def _why_no_pair(text_a: str, text_b: str) -> Phrase | None:
    """What a row lacks; a word that a spreadsheet writes for nothing is named. None for a pair."""
    reasons = why_no_text(text_a), why_no_text(text_b)
    told = next((one for one in reasons if one is not None and one.key != "table.no_text"), None)
    what = lacking(*(one is not None for one in reasons))
    return told or (Phrase(f"pairs.lacks_{what}") if what else None)


def _cell(field: str, cell: str) -> str:
    return "" if field in ("text_a", "text_b") and why_no_text(cell) is not None else cell


def _is_row_of_data(table: Table) -> bool:
    """Whether the first row, taken for a header, has a label where labels stand below."""
    if table.header is False or len(table.columns) < 3 or table.place(*COLUMNS["text_a"]) is not None:
        return False
    place = places_of(table)["label"]
    spellings = [table.columns[place], *(row.cells[place] for row in table.rows[:1])]
    # A word may be the column's name, such as "duplicate", unless the labels below are words too.
    return is_known(spellings[0]) and len({is_number(one) for one in spellings}) == 1
