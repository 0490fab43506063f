"""Rows to CSV that spreadsheet programs open safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV with a BOM, so that Excel reads UTF-8; texts that a spreadsheet would run as a formula get a `'`
    before them.

    >>> csv_text(["text", "score"], [["=1+1", -0.5]]).splitlines()[1]
    "'=1+1,-0.5"
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_defused(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
