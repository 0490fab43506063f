"""Uploaded files to tables and texts: the one reader of every tab and of programs.

Reads csv, tsv, txt, md, jsonl and json in the encodings people's programs write. What it had to guess is said
(`Table.doubts`), and every row that is left out is named with the reason. Knows no model and no tab.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from pathlib import PurePath
from typing import Any

from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.settings import Limits
from bge_demo.text.encodings import Decoded, decode
from bge_demo.text.file_kinds import refuse_what_is_no_text
from bge_demo.text.headers import FirstRow, column_names, guessed_text_column, judged
from bge_demo.text.json_records import JsonRecord, cells_of, columns_of, json_lines, json_list
from bge_demo.text.records import Record, find_delimiter, split_records
from bge_demo.text.table import Choices, Doubt, NamedRow, Row, Table
from bge_demo.text.tokens import without_surrogates

FILE_TYPES = (".txt", ".md", ".csv", ".tsv", ".jsonl", ".json")
_DELIMITER_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|", "pipe": "|"}
_DELIMITER_LINE = re.compile(r"sep=(.)[\r\n]*", re.IGNORECASE)
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# Never in a text: the whole line is one cell then, quotes respected.
_NO_DELIMITER = "\x1f"
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_MB = 1024 * 1024
_MOST_LINES = 500_000
_MOST_COLUMNS = 1000
_NAME_CHARS = 200


def preview_file(
    name: str,
    data: bytes,
    encoding: str | None = None,
    delimiter: str | None = None,
    text_column: str | None = None,
    limits: Limits | None = None,
) -> dict[str, Any]:
    """How a file would be read: encoding, delimiter, header, columns, the first five rows, every text, and
    the rows that are skipped with the reason. Takes nothing in."""
    return read_table(name, data, limits or Limits(), Choices(encoding, delimiter, text_column)).to_json()


def read_table(name: str, data: bytes, limits: Limits, choices: Choices | None = None) -> Table:
    """A csv, tsv, txt, md, jsonl or json file as a table; other names go by what they hold.

    Lines of a txt and blocks of an md are rows of one column `text`; a txt whose lines all have the same
    number of tabs has columns. Raises InputError for too large a file, bytes that are no text, a file
    without rows, and choices that do not fit.
    """
    chosen = choices or Choices()
    decoded = decode_upload(data, limits, chosen.encoding)
    if "\n" in decoded.text and len(decoded.text) > _MOST_LINES and _n_lines(decoded.text) > _MOST_LINES:
        raise InputError("table.too_many_lines", limit=_MOST_LINES)
    file = _File(_kind(name, decoded.text), decoded, data)
    table = _READERS[file.kind](file, chosen)
    return replace(
        table,
        name=without_surrogates(PurePath(name).name)[:_NAME_CHARS],
        encoding=decoded.encoding,
        doubts=(*(("encoding",) if decoded.unsure else ()), *table.doubts),
    )


def decode_upload(data: bytes, limits: Limits, encoding: str | None = None) -> Decoded:
    """The text of an uploaded file. Raises InputError for too large a file, and for what is no text."""
    if len(data) > limits.upload_mb * _MB:
        raise InputError("input.file_too_big", size_mb=f"{len(data) / _MB:.1f}", limit_mb=limits.upload_mb)
    refuse_what_is_no_text(data)
    return decode(data, encoding)


def told_delimiter(first_line: str) -> str | None:
    """The delimiter that Excel's first line `sep=;` tells; None for any other line."""
    match = _DELIMITER_LINE.fullmatch(first_line)
    return match[1] if match else None


def _kind(name: str, text: str) -> str:
    ending = PurePath(name).suffix.lower()
    if ending in FILE_TYPES:
        return ending
    first = text.lstrip()[:1]
    return {"{": ".jsonl", "[": ".json"}.get(first, ".csv")


def _n_lines(text: str) -> int:
    return text.count("\n") + text.count("\r")


@dataclass(frozen=True)
class _File:
    """A decoded file and its bytes."""

    kind: str
    decoded: Decoded
    data: bytes

    @cached_property
    def lines(self) -> list[str]:
        """The lines with their ends; only \\n, \\r\\n and \\r end one."""
        return io.StringIO(self.decoded.text, newline="").readlines()

    @cached_property
    def starts(self) -> list[int]:
        """(n_lines + 1,) the byte at which each line begins, then the end of the file."""
        encoding, start = self.decoded.encoding, self.decoded.start
        if encoding.startswith(("utf-16", "utf-32")):
            sizes = [len(line.encode(encoding)) for line in self.lines]
        else:
            # No other encoding has a line end inside a character.
            sizes = list(map(len, _LINE.findall(self.data, start)))
        return list(accumulate(sizes, initial=start))


def _delimited(file: _File, choices: Choices) -> Table:
    """csv and tsv, whatever the delimiter."""
    told = told_delimiter(file.lines[0]) if file.lines else None
    n_told = 1 if told else 0
    delimiter, doubts = _delimiter(file, choices, told)
    records = split_records(file.lines[n_told:], delimiter or _NO_DELIMITER)
    if _has_mixed_ends(file.lines[n_told:], records):
        doubts = (*doubts, "line ends")
    return _tabled(records, file.starts[n_told:], delimiter, choices, doubts)


def _has_mixed_ends(lines: Sequence[str], records: Sequence[Record]) -> bool:
    """Whether records end in different ways: some of these ends may have been meant as part of a cell."""
    inside = {line for record in records for line in range(record.first_line, record.end_line - 1)}
    ends = {line[len(line.rstrip("\r\n")) :][-2:] for place, line in enumerate(lines) if place not in inside}
    return len(ends - {""}) > 1 or (bool(lines) and not records)


def _delimiter(file: _File, choices: Choices, told: str | None) -> tuple[str, tuple[Doubt, ...]]:
    if choices.delimiter:
        named = _DELIMITER_NAMES.get(choices.delimiter.lower(), choices.delimiter)
        if len(named) != 1 or named in '"\r\n\0':
            raise InputError("table.bad_delimiter", value=choices.delimiter[:40])
        return named, ()
    if told:
        return told, ()
    found, has_rival = find_delimiter(file.lines)
    if not found and file.kind == ".tsv":
        found = "\t"
    return found, ("delimiter",) if has_rival else ()


def _tabled(
    records: Sequence[Record],
    starts: Sequence[int],
    delimiter: str,
    choices: Choices,
    doubts: tuple[Doubt, ...],
) -> Table:
    """Records below their header. What is wider than the header is told or left out, never cut."""
    if not records:
        return replace(_EMPTY, doubts=doubts)
    if max(len(record.cells) for record in records) > _MOST_COLUMNS:
        raise InputError("table.too_many_columns", limit=_MOST_COLUMNS)
    first = judged([record.cells for record in records])
    if choices.header is not None:
        first = FirstRow(choices.header, is_sure=True)
    body = records[1:] if first.is_header else records
    columns = _columns(records, first.is_header, choices.names)
    fitting = [_filled(record.cells, len(columns)) for record in body if len(record.cells) <= len(columns)]
    table = Table(
        name="",
        encoding="",
        delimiter=delimiter,
        header=first.is_header if first.is_sure else None,
        columns=columns,
        text_column=_text_column(columns, fitting, choices.text_column),
        rows=(),
        doubts=doubts if first.is_sure else (*doubts, "header"),
    )
    return _with_rows(table, body, starts)


def _columns(records: Sequence[Record], is_header: bool, names: tuple[str, ...]) -> tuple[str, ...]:
    """Named by the header, else by number. Empty columns at the end, as Excel adds them, are none."""
    if not is_header:
        n_cells = Counter(len(record.cells) for record in records).most_common(1)[0][0]
        return names or column_names([""] * n_cells)
    header = records[0]
    filled = max(record.width for record in records)
    return column_names(header.cells[: max(1, header.width, min(len(header.cells), filled))])


def _with_rows(table: Table, body: Sequence[Record], starts: Sequence[int]) -> Table:
    """The table with every record as a row, or with the reason why it is none."""
    rows: list[Row] = []
    unreadable: list[NamedRow] = []
    notes: list[NamedRow] = []
    n_columns, is_last = len(table.columns), table.columns.index(table.text_column) == len(table.columns) - 1
    for number, record in enumerate(body, start=1):
        n_cells = max(record.width, min(len(record.cells), n_columns))
        if n_cells > n_columns and not is_last:
            reason = Phrase("table.too_many_cells", n_cells=n_cells, n_columns=n_columns)
            unreadable.append(NamedRow(number, reason))
            continue
        if record.bad_quote:
            notes.append(NamedRow(number, Phrase("table.bad_quote")))
        if n_cells > n_columns:
            surplus = Phrase("table.surplus_kept", n_cells=n_cells, n_columns=n_columns)
            notes.append(NamedRow(number, surplus))
        cells = _filled(record.cells[:n_cells], n_columns, table.delimiter)
        span = starts[record.first_line], starts[record.end_line]
        rows.append(Row(number, cells, *span, n_given=len(record.cells)))
    return replace(table, rows=tuple(rows), unreadable=tuple(unreadable), notes=tuple(notes))


def _filled(cells: Sequence[str], n_columns: int, delimiter: str = "") -> tuple[str, ...]:
    """As many cells as columns: empty ones for those that lack, the surplus in the last one."""
    kept = [*cells[: n_columns - 1], delimiter.join(cells[n_columns - 1 :])]
    return (*kept, *[""] * (n_columns - len(kept)))


def _text_column(columns: Sequence[str], rows: Sequence[Sequence[str]], chosen: str | None) -> str:
    """The column that was chosen, by name or by number from 1, or the likeliest one."""
    if not chosen:
        return guessed_text_column(columns, rows)
    if chosen in columns:
        return chosen
    if chosen.isdecimal() and 1 <= int(chosen[:6]) <= len(columns):
        return columns[int(chosen[:6]) - 1]
    raise InputError("corpus.no_column", name=chosen[:_NAME_CHARS], names=", ".join(columns))


def _plain_lines(file: _File, choices: Choices) -> Table:
    """A row for each line; columns, if every line has the same number of tabs or a delimiter was chosen."""
    if choices.delimiter:
        return _delimited(file, choices)
    records = split_records(file.lines, "\t")
    widths = {len(record.cells) for record in records}
    if len(records) > 1 and len(widths) == 1 and widths != {1} and not any(one.bad_quote for one in records):
        return _tabled(records, file.starts, "\t", choices, ())
    spans = [(place, place + 1) for place, line in enumerate(file.lines) if line.strip()]
    return _of_stretches(file, spans, choices)


def _blocks(file: _File, choices: Choices) -> Table:
    """A row for each paragraph of Markdown; a block of code stays whole."""
    spans: list[tuple[int, int]] = []
    fence, begin = "", None
    for place, line in enumerate(file.lines):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        is_end = not line.strip() and not fence
        if is_end and begin is not None:
            spans.append((begin, place))
            begin = None
        elif not is_end and begin is None:
            begin = place
    if begin is not None:
        spans.append((begin, len(file.lines)))
    return replace(_of_stretches(file, spans, choices), of_paragraphs=True)


def _of_stretches(file: _File, spans: Sequence[tuple[int, int]], choices: Choices) -> Table:
    """A table of one column whose rows are runs of lines."""
    rows = tuple(
        Row(number, ("".join(file.lines[begin:end]).rstrip("\r\n"),), file.starts[begin], file.starts[end])
        for number, (begin, end) in enumerate(spans, start=1)
    )
    text_column = _text_column(("text",), [], choices.text_column)
    return replace(_EMPTY, text_column=text_column, rows=rows)


def _json_lines(file: _File, choices: Choices) -> Table:
    return _of_json(json_lines(file.lines), file, choices)


def _json(file: _File, choices: Choices) -> Table:
    return _of_json(json_list(file.decoded.text) if file.decoded.text.strip() else [], file, choices)


def _of_json(records: Sequence[JsonRecord], file: _File, choices: Choices) -> Table:
    """Objects under all their names; what is no object is named."""
    columns = columns_of(records) or ("text",)
    rows: list[Row] = []
    unreadable: list[NamedRow] = []
    for number, record in enumerate(records, start=1):
        if record.values is None:
            unreadable.append(NamedRow(number, Phrase("table.no_object")))
            continue
        start, end = (file.starts[record.line - 1], file.starts[record.line]) if record.line else (0, 0)
        nested = frozenset(
            place for place, name in enumerate(columns) if isinstance(record.values.get(name), list | dict)
        )
        rows.append(Row(number, cells_of(record.values, columns), start, end, nested))
    text_column = _text_column(columns, [row.cells for row in rows], choices.text_column)
    return replace(
        _EMPTY, columns=columns, text_column=text_column, rows=tuple(rows), unreadable=tuple(unreadable)
    )


_EMPTY = Table("", "", "", False, ("text",), "text", ())
_READERS: dict[str, Callable[[_File, Choices], Table]] = {
    ".csv": _delimited,
    ".tsv": _delimited,
    ".txt": _plain_lines,
    ".md": _blocks,
    ".jsonl": _json_lines,
    ".json": _json,
}
