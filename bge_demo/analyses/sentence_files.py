"""An uploaded file to rows of (language, sentence). Knows CSV as spreadsheets write it; knows no model."""

from __future__ import annotations

import csv
import io

from bge_demo.errors import InputError
from bge_demo.settings import Limits

_MB = 1024 * 1024
_HEADERS = {"language", "lang", "语言", "text", "sentence", "句子", "文本"}
_UNLABELLED = "?"


def read_sentence_rows(file: bytes, limits: Limits) -> list[list[str]]:
    """Rows of CSV, TSV or plain lines: `language, sentence`, or a sentence alone.

    UTF-8 with or without BOM, UTF-16 with BOM, GB18030 (and so GBK). A header line is recognised and left
    out. Raises InputError for another encoding, too large a file, too many rows, or none.
    """
    if len(file) > limits.upload_mb * _MB:
        raise InputError("input.file_too_big", size_mb=f"{len(file) / _MB:.1f}", limit_mb=limits.upload_mb)
    rows = [row for row in _split(_decode(file)) if any(cell.strip() for cell in row)]
    if rows and {cell.strip().lower() for cell in rows[0]} <= _HEADERS:
        rows = rows[1:]
    if not rows:
        raise InputError("input.no_rows")
    if len(rows) > limits.table_rows:
        raise InputError("input.too_many_rows", n_rows=len(rows), limit=limits.table_rows)
    return [
        [row[0].strip(), row[1].strip()] if len(row) > 1 else [_UNLABELLED, row[0].strip()] for row in rows
    ]


def _decode(file: bytes) -> str:
    encodings = ("utf-16",) if file[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return file.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("input.file_encoding")


def _split(text: str) -> list[list[str]]:
    """Tab-separated if the first line has a tab, comma- or semicolon-separated if it has two cells, else
    lines."""
    first = text.lstrip().split("\n", 1)[0]
    delimiter = next(
        (
            mark
            for mark in ("\t", ";", ",")
            if first.count(mark) == 1 or (mark != "\t" and f'{mark}"' in first)
        ),
        None,
    )
    if delimiter is None:
        return [[line] for line in text.splitlines()]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
