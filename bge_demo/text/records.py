"""Lines of a text to records of cells, and the delimiter that makes them. Knows no header and no file.

Python's csv reads what it can. Where a quote stands wrong, that one line is read anew on its own, so that the
records after it keep their quotes.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

# In this order where two of them fit alike.
DELIMITERS = ("\t", ",", ";", "|")
_SAMPLED_LINES = 400
_PARTS_TRIED = 40


@dataclass(frozen=True)
class Record:
    """The cells of the lines from `first_line` up to `end_line`; `bad_quote` when they were read by guess."""

    cells: tuple[str, ...]
    first_line: int
    end_line: int
    bad_quote: bool = False

    @property
    def width(self) -> int:
        """How many cells there are, the empty ones at the end left out."""
        backwards = zip(range(len(self.cells), 0, -1), reversed(self.cells), strict=True)
        return next((place for place, cell in backwards if cell.strip()), 0)


def split_records(lines: Sequence[str], delimiter: str) -> list[Record]:
    """The records of lines with their line ends, empty lines left out. One wrong quote spoils one record.

    >>> [record.cells for record in split_records(['a,"b\\n', 'c"\\n', 'd,"e "f", g"\\n'], ",")]
    [('a', 'b\\nc'), ('d', 'e "f", g')]
    """
    scanned = list(_scan(lines, delimiter))
    widths = Counter(len(cells) for cells, _, _ in scanned if cells)
    usual = widths.most_common(1)[0][0] if widths else 0
    return [
        Record(tuple(cells), first, end)
        if cells is not None
        else Record(_mended(lines[first].rstrip("\r\n"), delimiter, usual), first, end, bad_quote=True)
        for cells, first, end in scanned
        if cells is None or cells
    ]


def _scan(lines: Sequence[str], delimiter: str) -> Iterator[tuple[list[str] | None, int, int]]:
    """(cells, first line, line after the last) of each record; None for a line whose quotes are wrong."""
    # Longer cells than csv reads by default are no error. The number is csv's own, for the whole process.
    csv.field_size_limit(max(csv.field_size_limit(), sum(map(len, lines)) + 1))
    first = 0
    while first < len(lines):
        rest = (lines[place] for place in range(first, len(lines)))
        reader = csv.reader(rest, delimiter=delimiter, strict=True)
        begin = first
        try:
            for cells in reader:
                yield cells, first, begin + reader.line_num
                first = begin + reader.line_num
        except csv.Error:
            yield None, first, first + 1
            first += 1


def _mended(line: str, delimiter: str, width: int) -> tuple[str, ...]:
    """The cells of a line whose quotes are not doubled: as many as usual, if quotes can be taken so."""
    parts = line.split(delimiter)
    return _joined(parts, delimiter, width) or tuple(parts)


def _joined(parts: Sequence[str], delimiter: str, width: int) -> tuple[str, ...] | None:
    """Parts joined to `width` cells where a quote opens and a later one closes; None if that cannot be."""
    if not width <= len(parts) <= _PARTS_TRIED:
        return None

    @cache
    def cells_from(begin: int, wanted: int) -> tuple[str, ...] | None:
        if begin == len(parts) or wanted == 0:
            return () if begin == len(parts) and wanted == 0 else None
        last_end = len(parts) - wanted + 1 if parts[begin].startswith('"') else begin + 1
        for end in range(begin + 1, last_end + 1):
            cell = delimiter.join(parts[begin:end])
            rest = cells_from(end, wanted - 1) if end == begin + 1 or cell.endswith('"') else None
            if rest is not None:
                return (_unquoted(cell), *rest)
        return None

    return cells_from(0, width)


def _unquoted(cell: str) -> str:
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"') if is_quoted else cell


def find_delimiter(lines: Sequence[str]) -> tuple[str, bool]:
    """(delimiter, whether another fits as well): the one whose records have the width of the first one.

    Empty where none makes two columns. Other widths count half: a last cell may hold unquoted delimiters.
    """
    sample = lines[:_SAMPLED_LINES]
    fits = {delimiter: _fit(sample, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: fits[delimiter])
    if fits[best][0] <= 0.5:
        return "", fits[best][0] > 0
    rivals = [fit for delimiter, fit in fits.items() if delimiter != best]
    return best, any(share >= fits[best][0] - 0.1 for share, _ in rivals)


def _fit(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """(share of the records that fit, number of columns); a record of two or more cells fits half."""
    records = split_records(lines, delimiter)
    n_cells = len(records[0].cells) if records else 0
    if n_cells < 2:
        return 0.0, 0
    n_named = records[0].width
    whole = sum(
        not one.bad_quote and (len(one.cells) == n_cells or n_named <= one.width <= n_cells)
        for one in records
    )
    half = sum(len(one.cells) > 1 for one in records) - whole
    return (whole + 0.5 * half) / len(records), n_cells
