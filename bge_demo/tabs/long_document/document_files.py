"""An uploaded file to one text: txt, md, html, pdf. Knows no model."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath

from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.text.file_kinds import is_pdf, refuse_what_is_no_text
from bge_demo.text.markup import text_of_html
from bge_demo.text.readable import is_blank
from bge_demo.text.table import AS_GUESSED, Choices, Doubt, Row, Table
from bge_demo.text.tables import decode_upload
from bge_demo.text.tokens import without_surrogates

FILE_TYPES = (".txt", ".md", ".html", ".htm", ".pdf")
_MB = 1024 * 1024
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|<!--.*?-->", re.DOTALL)
_NO_BREAK_SPACE = "\u00a0"
_RADICAL = re.compile("[\u2e80-\u2fdf]")


@dataclass(frozen=True)
class DocumentText:
    """A file's text and the encoding it was read in; `unsure` when another one may be right."""

    text: str
    encoding: str
    unsure: bool = False

    def table(self, name: str) -> Table:
        """Its lines, to be looked at before they are taken."""
        lines = [line for line in self.text.splitlines() if not is_blank(line)]
        rows = tuple(Row(number, (line,), 0, 0) for number, line in enumerate(lines, start=1))
        doubts: tuple[Doubt, ...] = ("encoding",) if self.unsure else ()
        return Table(name, self.encoding, "", False, ("text",), "text", rows, doubts=doubts)


def read_document(file_name: str, file: bytes, limits: Limits, choices: Choices = AS_GUESSED) -> DocumentText:
    """The file's text: Markdown as it is, HTML without markup, PDF page after page.

    Raises InputError for another kind of file, too large a one, an encoding that cannot be read, a PDF that
    is none, broken, locked or holds pictures only, and a file without text.
    """
    ending = PurePath(file_name).suffix.lower()
    if ending not in FILE_TYPES:
        raise InputError("document.file_type", types=", ".join(FILE_TYPES))
    if ending == ".pdf":
        text, decoded = _pdf_text(file, limits), None
    else:
        decoded = decode_upload(file, limits, choices.encoding)
        text = decoded.text
        if ending in (".html", ".htm"):
            text = text_of_html(text)
    if is_blank(text):
        raise InputError("document.file_empty")
    if decoded is None:
        return DocumentText(without_surrogates(text), "pdf")
    return DocumentText(without_surrogates(text), decoded.encoding, decoded.unsure)


def markup_share(text: str) -> float:
    """The share of a text's characters that stand in HTML tags, 0 to 1."""
    return sum(len(match.group()) for match in _TAG.finditer(text)) / len(text) if text else 0.0


def _pdf_text(file: bytes, limits: Limits) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    if len(file) > limits.upload_mb * _MB:
        raise InputError("input.file_too_big", size_mb=f"{len(file) / _MB:.1f}", limit_mb=limits.upload_mb)
    if not is_pdf(file):
        refuse_what_is_no_text(file)
        raise InputError("document.not_pdf")
    try:
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(file)).pages]
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError):
        # pypdf raises all of these over broken files.
        raise InputError("document.pdf_unreadable") from None
    text = "\n\n".join(page.replace(_NO_BREAK_SPACE, " ").replace("\0", "").strip() for page in pages)
    # Some PDFs write Chinese characters as the radicals that look like them.
    text = _RADICAL.sub(lambda radical: unicodedata.normalize("NFKC", radical.group()), text)
    if is_blank(text):
        raise InputError("document.pdf_pictures", n_pages=len(pages))
    return text
