"""The encoding of an uploaded file: marks first, then UTF-8, then the most plausible of the older ones.

Knows no tables. Many bytes can be read in several encodings without an error, GB18030 reads nearly all, so
what a reading looks like decides: usual characters of its script, no Chinese character inside a Latin word.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import charset_normalizer

from bge_demo.errors import InputError

# What a visitor may choose from, and programs too: Python's names, and those that are shown.
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "utf-32-le": "UTF-32 LE",
    "utf-32-be": "UTF-32 BE",
    "gb18030": "GB18030 (GBK)",
    "big5": "Big5",
    "shift_jis": "Shift-JIS",
    "cp932": "Shift-JIS (Windows-932)",
    "euc_jp": "EUC-JP",
    "cp949": "EUC-KR (Windows-949)",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp1257": "Windows-1257",
    "cp1258": "Windows-1258",
    "cp874": "Windows-874",
    "koi8_r": "KOI8-R",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A family that was asked for, and the member that holds all of it.
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "euc_kr": "cp949", "big5hkscs": "big5"}
_WIDER |= {
    "ascii": "utf-8",
    "utf-8-sig": "utf-8",
    "latin-1": "cp1252",
    "iso8859-1": "cp1252",
    "tis-620": "cp874",
}
_LEGACY = tuple(name for name in ENCODINGS if not name.startswith("utf"))
# Letters beyond ASCII that texts in a single-byte encoding are full of.
_USUAL_LETTERS = {
    "cp1252": "äöüßÄÖÜéèêëàâçîïôùûœæñáíóúãõåøìòÉÀÈÇÑÁÓÅØ",
    "cp1250": "ąćęłńóśźżŁŚŻčďěňřšťůžČŘŠŽáéíúýőűöüäăâîţşß",
    "cp1254": "çğıöşüâîûÇĞİÖŞÜ",
    "cp1257": "ąčęėįšųūžāēģīķļņõäöüÄÖÜŠŽ",
    "cp1258": "ăâđêôơưáàéèíóúùĐ",
}
_USUAL_SCRIPTS = {"cp1251": "CYRILLIC", "koi8_r": "CYRILLIC", "cp1253": "GREEK", "cp1255": "HEBREW"}
_USUAL_SCRIPTS |= {"cp1256": "ARABIC", "cp874": "THAI"}
_USUAL_MARKS = "„“”‚‘’«»–—…€°§·¿¡ªº"
# Where the frequent characters of a table by rank begin and end: first bytes, the table's codec.
_FREQUENT = {
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "big5": ("big5", 0xA4, 0xC6),
    "shift_jis": ("shift_jis", 0x88, 0x98),
    "cp932": ("shift_jis", 0x88, 0x98),
    "euc_jp": ("euc_jp", 0xB0, 0xCF),
}
_WIDE = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_LONE_WIDE = re.compile(rf"(?<=[A-Za-z])[{_WIDE}](?![{_WIDE}])")
_BLANK_INSIDE = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_INSIDE_LATIN = re.compile(r"(?<=[A-Za-z])[^\W\d_A-Za-z]|[^\W\d_A-Za-z](?=[A-Za-z])")
_FEWEST_SIGNS = 24
_MANY_SIGNS = 100
_SINGLE_BYTE = {name for name in _LEGACY if name not in _FREQUENT and name != "cp949"}
_MOST_USED = ("gb18030", "cp1252")
_OF_MOST_USED = 0.1
_OF_CHOSEN = 0.1
_CLEAR_LEAD = 0.15
_PLAUSIBLE = 0.75
_LOOKED_AT = 50_000


@dataclass(frozen=True)
class Decoded:
    """A file's text without marks. `text` begins at byte `start`; `unsure` when another encoding may be
    right."""

    text: str
    encoding: str
    unsure: bool
    start: int = 0


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """The text of a file in the encoding given, or in the most plausible one.

    Raises InputError for bytes that are no text in it, and for an encoding that is not one of `ENCODINGS`.
    """
    if encoding:
        return _decoded_as(data, _known(encoding))
    for mark, marked in _MARKS:
        if data.startswith(mark):
            try:
                return _decoded_as(data, marked)
            except InputError:
                raise InputError("input.file_encoding") from None
    text = _strictly(data, "utf-8")
    if text is not None and "\0" not in text:
        return Decoded(text, "utf-8", False)
    found = _without_mark(data) if b"\0" in data else _legacy(data)
    if found is None:
        raise InputError("input.file_encoding")
    return found


def _known(encoding: str) -> str:
    """The encoding by any of its names, the widest of its family."""
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        name = ""
    listed = {codecs.lookup(one).name: one for one in ENCODINGS}
    if encoding.lower().replace("_", "-") in ("utf-16", "utf-32"):
        return encoding.lower().replace("_", "-") + "-le"
    found = _WIDER.get(name) or listed.get(name)
    if found is None:
        raise InputError("input.unknown_encoding", value=encoding[:40], choices=", ".join(ENCODINGS))
    return found


def encoding_name(encoding: str) -> str:
    """An encoding as it is shown."""
    return ENCODINGS.get(encoding, encoding.upper())


def _decoded_as(data: bytes, encoding: str) -> Decoded:
    """The text after any marks, doubled ones too. A mark of the other byte order wins over the order asked
    for."""
    marks = [mark for mark, marked in _MARKS if marked == encoding]
    for mark, marked in _MARKS:
        if not marks and data.startswith(mark):
            raise InputError("input.not_this_encoding", encoding=encoding_name(encoding))
        if encoding[:6] == marked[:6] and data.startswith(mark):
            encoding, marks = marked, [mark]
            break
    start = 0
    while marks and data.startswith(marks[0], start):
        start += len(marks[0])
    text = _strictly(data[start:], encoding)
    if text is None or "\0" in text:
        raise InputError("input.not_this_encoding", encoding=encoding_name(encoding))
    return Decoded(text, encoding, False, start)


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _without_mark(data: bytes) -> Decoded | None:
    """UTF-16 whose byte order the text tells: one of both has line ends and no odd characters."""
    readings = {name: _strictly(data, name) for name in ("utf-16-le", "utf-16-be")}
    scored = [(_utf16_share(text), name, text) for name, text in readings.items() if text]
    if not scored:
        return None
    share, name, text = max(scored)
    return Decoded(text, name, len(text) < _FEWEST_SIGNS) if share > 0.95 else None


def _utf16_share(text: str) -> float:
    """How many characters are ones that texts are made of."""
    looked_at = text[:_LOOKED_AT]
    categories = Counter(map(unicodedata.category, looked_at))
    odd = sum(categories[name] for name in ("Cn", "Co", "Cs", "Cc")) - sum(map(looked_at.count, "\t\n\r"))
    # The other byte order turns blanks, digits and line ends into characters of far-off blocks.
    blocks = {ord(char) >> 8 for char in looked_at if not char.isascii()}
    scattered = sum(1 for char in looked_at if not ord(char) & 0xFF) + max(0, len(blocks) - 100)
    return 1 - (odd + scattered) / len(looked_at)


def _legacy(data: bytes) -> Decoded | None:
    """The most plausible reading; charset-normalizer's own choice decides between near ones."""
    readings = {name: text for name in _LEGACY if (text := _strictly(data, name)) is not None}
    if "shift_jis" in readings:
        # Microsoft's table differs in a few marks alone.
        readings.pop("cp932", None)
    best = charset_normalizer.from_bytes(data[:_LOOKED_AT], cp_isolation=list(readings)).best()
    chosen = readings.get(best.encoding if best else "")
    scores = {
        name: _plausibility(text, name) + _OF_CHOSEN * (text == chosen) + _OF_MOST_USED * (name in _MOST_USED)
        for name, text in readings.items()
    }
    # The first of several with the same text.
    name = max(scores, key=lambda name: scores[name], default="")
    if not name or scores[name] < 0.3:
        return None
    score, text = scores[name], readings[name]
    rivals = [scores[other] for other in readings if readings[other] != text]
    signs = [char for char in text[:_LOOKED_AT] if not char.isascii()]
    n_signs = len(signs) if name in _SINGLE_BYTE else len(set(signs))
    # Few characters of two bytes each may be letters of one byte each as well.
    may_be_pairs = name in _SINGLE_BYTE and n_signs < _MANY_SIGNS and not _SINGLE_BYTE.issuperset(readings)
    is_clear = not may_be_pairs and score - max(rivals, default=0.0) >= _CLEAR_LEAD and score >= _PLAUSIBLE
    return Decoded(text, name, n_signs < _FEWEST_SIGNS or not is_clear)


def _plausibility(text: str, encoding: str) -> float:
    """0 to 1: how much the characters beyond ASCII look like a text in this encoding."""
    looked_at = text[:_LOOKED_AT]
    if any(unicodedata.category(char) == "Cc" and char not in "\t\n\r\f\v" for char in set(looked_at)):
        return 0.0
    signs = Counter(char for char in looked_at if not char.isascii())
    if not signs:
        return 0.0
    weigh = _weigher(encoding)
    usual = sum(n * weigh(char) for char, n in signs.items())
    return max(0.0, usual - _torn(looked_at, encoding)) / signs.total()


def _torn(text: str, encoding: str) -> int:
    """Characters where nobody writes them: another script inside a Latin word, a capital after a small
    letter."""
    if encoding in _USUAL_SCRIPTS:
        return len(_INSIDE_LATIN.findall(text))
    if encoding not in _USUAL_LETTERS:
        return len(_LONE_WIDE.findall(text)) + len(_BLANK_INSIDE.findall(text))
    return sum(
        not second.isascii() and first.islower() and second.isupper()
        for first, second in zip(text, text[1:], strict=False)
    )


def _weigher(encoding: str) -> Callable[[str], float]:
    if encoding in _FREQUENT:
        return lambda char: _weight_of_han(char, encoding)
    if encoding == "cp949":
        return _weight_of_hangul
    if encoding in _USUAL_SCRIPTS:
        script = _USUAL_SCRIPTS[encoding]
        return lambda char: _weight_in_script(char, script)
    letters = _USUAL_LETTERS[encoding]
    return lambda char: 1.0 if char in letters else 0.8 if char in _USUAL_MARKS else 0.1


def _weight_of_han(char: str, encoding: str) -> float:
    if "\u3041" <= char <= "\u30fc":
        return 1.0 if encoding in ("shift_jis", "cp932", "euc_jp") else 0.4
    if encoding == "gb18030" and unicodedata.name(char, "").startswith("CYRILLIC"):
        return 0.8
    if _is_wide_mark(char):
        return 0.9
    codec, first, last = _FREQUENT[encoding]
    try:
        lead = char.encode(codec)[0]
    except UnicodeEncodeError:
        return 0.1
    is_frequent = first <= lead <= last and "\u3400" <= char <= "\u9fff"
    return 0.95 if is_frequent else 0.3 if "\u3400" <= char <= "\u9fff" else 0.2


def _weight_of_hangul(char: str) -> float:
    if not "\uac00" <= char <= "\ud7a3":
        return 0.9 if _is_wide_mark(char) else 0.1
    # Syllables that Korean hardly uses are spelt out there, in eight bytes.
    return 1.0 if len(char.encode("euc_kr")) == 2 else 0.3


def _is_wide_mark(char: str) -> bool:
    return "\u3000" <= char <= "\u3011" or "\uff01" <= char <= "\uff5e" or char in "“”‘’…—·"


def _weight_in_script(char: str, script: str) -> float:
    if not unicodedata.name(char, "").startswith(script):
        return 0.8 if char in _USUAL_MARKS else 0.1
    return 0.5 if char.isupper() else 1.0
