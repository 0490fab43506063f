"""What a file that is no text really is, by its first bytes, whatever its name ends in. Reads no text."""

from __future__ import annotations

import re

from bge_demo.errors import InputError
from bge_demo.locales import Phrase

_LOOKED_AT = 4096
_PDF = re.compile(rb"\s{0,64}%PDF-\d")
# The beginning of a file, what it is, and the end of the key that says what to do with it.
_BEGINNINGS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office", "document"),
    (b"{\\rtf", "rtf", "document"),
    (b"\x1f\x8b", "gzip", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "seven_zip", "archive"),
    (b"Rar!\x1a\x07", "rar", "archive"),
    (b"\x89PNG\r\n\x1a\n", "picture", "other"),
    (b"\xff\xd8\xff", "picture", "other"),
    (b"GIF87a", "picture", "other"),
    (b"GIF89a", "picture", "other"),
    (b"II*\0", "picture", "other"),
    (b"MM\0*", "picture", "other"),
    (b"RIFF", "recording", "other"),
    (b"OggS", "recording", "other"),
    (b"ID3", "recording", "other"),
    (b"PAR1", "parquet", "table"),
    (b"SQLite format 3\0", "sqlite", "table"),
    (b"\x7fELF", "program", "other"),
)
# What a zip holds tells which program wrote it.
_IN_ZIPS = (
    (b"word/", "word", "document"),
    (b"xl/", "excel", "document"),
    (b"ppt/", "powerpoint", "document"),
    (b"mimetypeapplication/vnd.oasis.opendocument", "open_document", "document"),
    (b"mimetypeapplication/epub", "epub", "document"),
)


def refuse_what_is_no_text(data: bytes) -> None:
    """Raises InputError saying what a file is that no encoding makes a text of, and what to do with it."""
    head = data[:_LOOKED_AT]
    if _PDF.match(head):
        raise InputError("input.is_pdf")
    if data.startswith(b"PK\x03\x04"):
        # The names in a zip stand once more at its end.
        names = head + data[-16 * _LOOKED_AT :]
        kind, step = next(
            ((kind, step) for part, kind, step in _IN_ZIPS if part in names), ("zip", "archive")
        )
        raise InputError(f"input.is_{step}", kind=Phrase(f"kind.{kind}"))
    for beginning, kind, step in _BEGINNINGS:
        # Letters may begin a text too; one has no zero bytes beside single-byte letters.
        is_letters = beginning.isalnum() and b"\0" not in head
        if data.startswith(beginning) and not is_letters:
            raise InputError(f"input.is_{step}", kind=Phrase(f"kind.{kind}"))


def is_pdf(data: bytes) -> bool:
    """Whether a PDF begins among the first bytes, as readers of PDF allow."""
    return b"%PDF-" in data[:1024]
