"""Files that are no text under a text's name: said to be what they are, with the next step."""

from __future__ import annotations

import io
import zipfile

import pytest

from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.text.tables import decode_upload


def zip_of(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 9000)
    return held.getvalue()


@pytest.mark.parametrize("encoding", [None, "cp1252", "utf-8"])
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", "is a PDF.*Name it .pdf"),
        (b"\n%PDF-1.7\n%\xe2\xe3\xcf\xd3", "is a PDF"),
        (zip_of("[Content_Types].xml", "word/document.xml"), "is a Word document.*plain text"),
        (zip_of("[Content_Types].xml", "xl/workbook.xml"), "is an Excel workbook"),
        (zip_of("notes.txt"), "is a ZIP archive.*Unpack"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "older Word"),
        (b"{\\rtf1\\ansi Hello}", "Rich Text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
        (b"GIF89a\1\0\1\0", "a picture"),
        (b"PAR1\x15\0", "Parquet"),
    ],
)
def test_what_is_no_text_is_called_what_it_is(data: bytes, sentence: str, encoding: str | None) -> None:
    with pytest.raises(InputError, match=sentence):
        decode_upload(data, Limits(), encoding)


@pytest.mark.parametrize(
    "text", ["GIF89a is a format.", "ID3 tags", "PK is a name", "RIFF", "See %PDF-1.4", ""]
)
def test_texts_that_begin_alike_are_texts(text: str) -> None:
    assert decode_upload(text.encode(), Limits()).text == text
