"""Uploads to text: HTML without markup, PDF page after page, one sentence for what cannot be read."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter

from bge_demo.errors import InputError
from bge_demo.settings import Limits
from bge_demo.tabs.long_document.document_files import FILE_TYPES, markup_share, read_document

LIMITS = Limits()


def pdf_of(*pages: str) -> bytes:
    """A PDF written by hand, a line of text a page."""
    n_pages = len(pages)
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(n_pages))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {n_pages} >>"]
    font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    for number, text in enumerate(pages):
        content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else ""
        objects.append(f"<< /Type /Page /Parent 2 0 R /Resources {font} /Contents {4 + 2 * number} 0 R >>")
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, places = "%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return (out + f"startxref\n{out.index('xref')}\n%%EOF").encode()


def test_html_loses_its_markup_and_keeps_its_blocks() -> None:
    head = "<html><head><style>p {}</style></head>"
    page = f"{head}<h1>Größe &amp; Maße</h1><p>这是<b>重点</b>内容.<script>x()</script></p></html>"
    assert read_document("a.html", page.encode(), LIMITS).text == "Größe & Maße\n\n这是重点内容."


@pytest.mark.parametrize("name", ["a.txt", "a.MD"])
def test_plain_texts_stay_as_they_are(name: str) -> None:
    text = "# Title\n\n```\n<b>code</b>\n```\n"
    assert read_document(name, text.encode("utf-16"), LIMITS).text == text


def test_a_pdf_is_read_page_after_page() -> None:
    assert (
        read_document("a.pdf", pdf_of("First page.", "Second page."), LIMITS).text
        == "First page.\n\nSecond page."
    )


def test_a_pdf_of_pictures_says_so() -> None:
    with pytest.raises(InputError, match="The 2 pages of the PDF hold pictures"):
        read_document("scan.pdf", pdf_of("", ""), LIMITS)


def test_a_locked_pdf_says_so() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(pdf_of("secret")))
    writer.encrypt("password", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    with pytest.raises(InputError, match="locked with a password"):
        read_document("a.pdf", locked.getvalue(), LIMITS)


@pytest.mark.parametrize(
    ("name", "file", "sentence"),
    [
        ("a.docx", b"x", r"Choose one of: \.txt, \.md"),
        ("a.txt", b" \n", "no text in the file"),
        ("a.html", b"<p></p>", "no text in the file"),
        ("a.txt", b"x" * 2_000_000, "at most 1 MB"),
        ("a.pdf", b"x" * 2_000_000, "at most 1 MB"),
        ("a.pdf", b"%PDF-1.4 nonsense", "broken"),
        ("a.pdf", b"A plain text.", "content is no PDF"),
        ("a.pdf", b"PK\x03\x04 word/document.xml", "a Word document"),
        ("a.txt", pdf_of("A page."), "The file is a PDF"),
        ("a.html", pdf_of("A page."), "The file is a PDF"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(name: str, file: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_document(name, file, Limits(upload_mb=1))


@pytest.mark.filterwarnings("ignore")
@given(st.binary(max_size=300), st.sampled_from(FILE_TYPES))
def test_any_bytes_give_a_text_or_a_sentence(file: bytes, ending: str) -> None:
    with suppress(InputError):
        assert read_document(f"a{ending}", file, LIMITS).text.strip()


def test_the_share_of_markup_counts_tags_only() -> None:
    assert markup_share("<p>Hello <b>world</b></p>") == pytest.approx(14 / 25)
    assert markup_share("a < b and b > c, x <3") == 0
    assert markup_share("") == 0
