"""Identifiers in a text, such as `PPR-9087`, `GB/T 7714`, `1,234.50`: found whole, however they are spelt.

A model's sub-words cut a code into pieces that other codes share. Here it is one thing: width, case and
separators do not count. Knows no model and no index.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Digits in groups (1,234.50, 1 234, 192.168.1.1) are one piece; letters of one run are one.
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*"
_LETTERS = r"[^\W\d_\u0e00-\u11ff\u2e80-\uffff]+"
# Inside a code stands nothing, or one sign; a space only after capitals (ISO 9001), not after words.
_PIECES = re.compile(f"({_NUMBER})|({_LETTERS})")
_JOINS = re.compile(r"[-_/.:#+·\u2010-\u2015\u2212]?")
_CAPITALS = re.compile(r"[A-Z]{1,5}")
_HAN = re.compile(r"[\u4e00-\u9fff]")
# Codes of more pieces are sentences or keys; their parts are enough.
_MOST_PIECES = 8


@dataclass(frozen=True)
class Code:
    """One identifier: `text` as it is spelt, `pieces` in normal form.

    `prefix` is the Han character before it, as in `京A12345`; it may belong to the code or not.
    """

    text: str
    pieces: tuple[str, ...]
    prefix: str = ""

    @property
    def is_telling(self) -> bool:
        """Whether it names something by itself: letters with digits, or a number of five digits and more."""
        has_letters = any(piece[0].isalpha() for piece in self.pieces)
        return has_letters or sum(map(len, self.pieces)) >= 5


def codes_in(text: str) -> list[Code]:
    """The identifiers of a text, in its order.

    >>> [one.pieces for one in codes_in("Ｐｐｒ－9087 costs 1.234,50")]
    [('ppr', '9087'), ('1234.5',)]
    """
    normal = unicodedata.normalize("NFKC", text)
    return [code for run in _runs(normal) if (code := _code(normal, run)) is not None]


def spellings(code: Code) -> Iterator[str]:
    """The names under which a text with this code is found: the whole, and each part that tells anything."""
    yield whole(code)
    if code.prefix:
        yield f"={code.prefix}|{'|'.join(code.pieces)}"
    for start in range(len(code.pieces)):
        for end in range(start + 1, len(code.pieces) + 1):
            part = code.pieces[start:end]
            if _is_worth_finding(part):
                yield "|".join(part)


def whole(code: Code) -> str:
    """The name of the code itself, no part of a longer one."""
    return "=" + "|".join(code.pieces)


def part(code: Code) -> str:
    """The name of the code, be it a part of a longer one or not."""
    return "|".join(code.pieces)


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Pieces that belong together."""
    run: list[re.Match[str]] = []
    for piece in _PIECES.finditer(text):
        if run and not _joined(text, run, piece):
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _joined(text: str, run: list[re.Match[str]], right: re.Match[str]) -> bool:
    left = run[-1]
    between = text[left.end() : right.start()]
    if between == " ":
        is_code = len(run) > 1 or _CAPITALS.fullmatch(left[2] or "")
        return bool(right[1] and left[2] and is_code)
    return _JOINS.fullmatch(between) is not None


def _code(text: str, run: list[re.Match[str]]) -> Code | None:
    """A run as a code; None for words and for numbers that a sub-word holds."""
    pieces = tuple(_number(piece[1]) if piece[1] else piece[2].casefold() for piece in run[:_MOST_PIECES])
    if not _is_worth_finding(pieces):
        return None
    start = run[0].start()
    prefix = text[start - 1] if start and _HAN.match(text[start - 1]) and run[0][2] else ""
    return Code(text[start : run[-1].end()], pieces, prefix)


def _is_worth_finding(pieces: tuple[str, ...]) -> bool:
    """A digit with a letter, or four digits: shorter numbers are sub-words already."""
    n_digits = sum(char.isdigit() for piece in pieces for char in piece)
    return n_digits > 3 or (n_digits > 0 and len(pieces) > 1)


def _number(digits: str) -> str:
    """One spelling of an amount: `1,234.50`, `1.234,50`, `1 234.5` -> `1234.5`. A version stays as it is."""
    groups = re.split(r"\D", digits)
    signs = re.findall(r"\D", digits)
    is_grouped = all(len(group) == 3 for group in groups[1:])
    if not signs or (is_grouped and len(set(signs)) == 1):
        return "".join(groups)
    has_decimals = all(len(group) == 3 for group in groups[1:-1]) and signs[-1] in ".,"
    if has_decimals and signs[-1] not in signs[:-1]:
        return f"{''.join(groups[:-1])}.{groups[-1].rstrip('0')}".rstrip(".")
    return digits
