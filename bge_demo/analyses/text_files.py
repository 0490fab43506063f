"""Uploaded files to text and to records. Knows encodings and CSV as spreadsheets write it, no columns."""

from __future__ import annotations

import csv
import io
import re

from bge_demo.errors import InputError
from bge_demo.settings import Limits

_MB = 1024 * 1024
_EXCEL_DELIMITER_LINE = re.compile(r"sep=.\s*\n", re.IGNORECASE)


def decoded(file: bytes, limits: Limits) -> str:
    """The text of a file: UTF-8 with or without BOM, UTF-16 with BOM, GB18030 (and so GBK).

    Raises InputError for another encoding or too large a file.
    """
    if len(file) > limits.upload_mb * _MB:
        raise InputError("input.file_too_big", size_mb=f"{len(file) / _MB:.1f}", limit_mb=limits.upload_mb)
    encodings = ("utf-16",) if file[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = file.decode(encoding)
        except UnicodeDecodeError:
            continue
        # No text holds NUL; a picture, or UTF-16 without its mark, does.
        if "\0" not in text:
            return text
    raise InputError("input.file_encoding")


def without_delimiter_line(text: str) -> str:
    """The text without Excel's first line `sep=;`."""
    return _EXCEL_DELIMITER_LINE.sub("", text, count=1) if text[:4].lower() == "sep=" else text


def records_of(text: str, delimiter: str) -> list[list[str]]:
    """The cells of each record, blank records left out."""
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        # These quotes are speech, not CSV, or a cell is longer than csv reads: nothing is quoted here.
        lines = io.StringIO(text, newline=None).read().split("\n")
        records = [line.split(delimiter) for line in lines]
    return [record for record in records if any(cell.strip() for cell in record)]
