"""Encodings as files have them: marks, UTF-16 without one, and the older ones told apart or called unsure."""

from __future__ import annotations

import re

import pytest

from bge_demo.errors import InputError
from bge_demo.serving.background import background_sentences
from bge_demo.text.encodings import ENCODINGS, decode

LANGUAGES = {
    "gb18030": "zh",
    "big5": "zh-TW",
    "shift_jis": "ja",
    "euc_jp": "ja",
    "cp949": "ko",
    "cp1251": "ru",
    "cp1256": "ar",
    "cp874": "th",
    "cp1252": "de",
}


def a_file(language: str, encoding: str, begin: int, end: int) -> bytes:
    """A table of some background sentences; what the encoding lacks is left out."""
    sentences = [text for spoken, text in background_sentences() if spoken == language][begin:end]
    rows = "".join(f"{number};{text}\r\n" for number, text in enumerate(sentences, start=1))
    return ("id;text\r\n" + rows).encode(encoding, "ignore")


@pytest.mark.parametrize("encoding", LANGUAGES)
@pytest.mark.parametrize("begin", [0, 4, 8, 12])
def test_four_sentences_tell_their_encoding(encoding: str, begin: int) -> None:
    file = a_file(LANGUAGES[encoding], encoding, begin, begin + 4)
    assert decode(file).text == file.decode(encoding)


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "shift_jis", "cp949", "cp1256", "cp874"])
def test_sixteen_sentences_leave_no_doubt(encoding: str) -> None:
    assert not decode(a_file(LANGUAGES[encoding], encoding, 0, 16)).unsure


@pytest.mark.parametrize("encoding", LANGUAGES)
def test_a_short_file_is_right_or_unsure(encoding: str) -> None:
    wrong = []
    for begin in range(0, 16, 2):
        file = a_file(LANGUAGES[encoding], encoding, begin, begin + 2)
        found = decode(file)
        if found.text != file.decode(encoding) and not found.unsure:
            wrong.append(found.text)
    assert wrong == []


def test_western_files_are_not_taken_for_chinese() -> None:
    text = "id;text\n1;Müller wohnt in der Straße\n2;Größe und Länge prüfen\n"
    found = decode(text.encode("cp1252"))
    assert (found.text, found.encoding) == (text, "cp1252")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("n_marks", [1, 2])
def test_marks_are_no_text_and_tell_the_encoding(encoding: str, n_marks: int) -> None:
    mark = ("\ufeff" * n_marks).encode(encoding)
    found = decode(mark + "id,正文\n1,x".encode(encoding))
    assert found.text.lstrip("\ufeff") == found.text == "id,正文\n1,x"
    assert (found.encoding, found.start, found.unsure) == (encoding, len(mark), False)


@pytest.mark.parametrize("text", ["one,two\nthree", "naïve\n", "你好,世界\n今天,天气\n", "Привет,\tмир\n"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_read(text: str, encoding: str) -> None:
    found = decode(text.encode(encoding))
    assert (found.text, found.encoding) == (text, encoding)


def test_a_chosen_encoding_is_taken_by_any_of_its_names() -> None:
    file = "größer".encode("cp1250")
    for name in ("windows-1250", "CP1250", "cp1250"):
        assert decode(file, name).text == "größer"
    assert decode("早安".encode("gbk"), "gbk") == decode("早安".encode("gbk"), "GB2312")
    assert decode("\ufeffab".encode("utf-16-be"), "utf-16").text == "ab"
    assert decode("ab".encode("utf-16-le"), "utf-16").text == "ab"


@pytest.mark.parametrize("encoding", ["rot13", "hex", "utf-7", "nope", "x" * 5000, "\0", "unicode_escape"])
def test_other_encodings_are_refused_with_the_choices(encoding: str) -> None:
    with pytest.raises(InputError, match="Unknown encoding") as caught:
        decode(b"abc", encoding)
    assert all(name in str(caught.value) for name in ENCODINGS)


def test_bytes_that_are_no_text_in_the_chosen_encoding_are_refused() -> None:
    for file, encoding in ((b"caf\xe9", "utf-8"), (b"abc", "utf-16-le"), (b"a\0b", "cp1252")):
        with pytest.raises(InputError, match=re.escape(f"no text in the encoding {ENCODINGS[encoding]}")):
            decode(file, encoding)


@pytest.mark.parametrize(
    "file",
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"PK\x03\x04\x14\0\0\0\x08\0abc", b"\xff\xfea", bytes(range(256))],
)
def test_what_is_no_text_is_refused(file: bytes) -> None:
    with pytest.raises(InputError, match="no text in"):
        decode(file)
