"""A text as rules read it: widths, case and digits folded, each folded character with its place in the text.

Knows no rules and no languages beyond which scripts a text is written in.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

import regex

from bge_demo.text.han_variants import simplified

# A base with its marks: composed and decomposed spellings of é become one character.
_CLUSTER = regex.compile(r".\p{Mn}*", regex.DOTALL)
# Harakat and the stretching stroke carry no difference that a rule looks for.
_ARABIC_MARKS = regex.compile(r"[\u064b-\u065f\u0670\u0640]")
_MARKS = regex.compile(r"\p{Mn}|\u0640")
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
_SEPARATORS = {"٫": ".", "٬": ",", "⁄": "/", "’": "'", "×": "x", "✕": "x", "−": "-", "–": "-"}
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*")
_SCRIPTS = {
    name: regex.compile(pattern)
    for name, pattern in {
        "kana": r"[\p{Hiragana}\p{Katakana}]",
        "han": r"\p{Han}",
        "hangul": r"\p{Hangul}",
        "thai": r"\p{Thai}",
        "devanagari": r"\p{Devanagari}",
        "arabic": r"\p{Arabic}",
        "cyrillic": r"\p{Cyrillic}",
        "latin": r"\p{Latin}",
    }.items()
}


@dataclass(frozen=True)
class Folded:
    """`text` in lower case, half width and ASCII digits; `text[i]` stands for the source from `starts[i]` to
    `ends[i]`."""

    source: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the folded slice stands in the source; `start < end`."""
        return self.starts[start], self.ends[end - 1]

    @cached_property
    def words(self) -> frozenset[str]:
        """The distinct words; a run of letters in a script without spaces is one."""
        return frozenset(_WORD.findall(self.text))

    @cached_property
    def scripts(self) -> frozenset[str]:
        """Which scripts occur, by the names of `_SCRIPTS`."""
        possible = ("latin",) if self.text.isascii() else _SCRIPTS
        return frozenset(name for name in possible if _SCRIPTS[name].search(self.text))


def fold(text: str) -> Folded:
    """Fold widths (NFKC), case, digits of every script and the separators inside numbers.

    >>> fold("Ｍ１２×５０").text
    'm12x50'
    """
    if text.isascii():
        places = range(len(text))
        return Folded(text, text.lower(), tuple(places), tuple(place + 1 for place in places))
    parts, starts, ends = [], [], []
    for match in _CLUSTER.finditer(text):
        folded = _folded_cluster(match.group())
        parts.append(folded)
        starts.extend([match.start()] * len(folded))
        ends.extend([match.end()] * len(folded))
    return Folded(text, "".join(parts), tuple(starts), tuple(ends))


def exact_key(text: str) -> str:
    """What two texts share when only width, case or blank space tells them apart; "" for a text without
    content.

    Powers and fractions stay what they are: NFKC alone would read 2⁵ as 25 and 1½ as 11/2.

    >>> exact_key(" Ｈello  World\\n") == exact_key("hello world"), exact_key("2⁵") == exact_key("25")
    (True, False)
    """
    if not text.isascii():
        text = "".join(_without_traps(char) for char in text)
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    else:
        text = text.casefold()
    return " ".join(text.split())


def variant_key(text: str) -> str:
    """An exact key that simplified and traditional characters, and texts with and without vowel marks or
    accents, share too.

    >>> variant_key("氣候變化") == variant_key("气候变化"), variant_key("café") == variant_key("cafe")
    (True, True)
    """
    return simplified(without_marks(exact_key(text)))


def without_marks(text: str) -> str:
    """The text without accents, vowel points and the Arabic stretching stroke."""
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text)))


def word_overlap(a: Folded, b: Folded) -> float:
    """Shared share of the distinct words or, in scripts without spaces, of the characters; 0 to 1."""
    units_a, units_b = _units(a), _units(b)
    together = len(units_a | units_b)
    return len(units_a & units_b) / together if together else 1.0


def _units(text: Folded) -> frozenset[str]:
    unspaced = text.scripts & {"han", "kana", "thai"}
    return frozenset(text.text) - {" "} if unspaced else text.words


@lru_cache(1 << 14)
def _folded_cluster(cluster: str) -> str:
    if cluster in _SEPARATORS:
        return _SEPARATORS[cluster]
    folded = unicodedata.normalize("NFKC", _without_traps(cluster)).lower()
    folded = _ARABIC_MARKS.sub("", folded.replace("⁄", "/"))
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in folded)


def _without_traps(cluster: str) -> str:
    """Superscripts as `^2`, vulgar fractions apart from the digit before them."""
    char = cluster[0]
    if char in _SUPERSCRIPTS:
        return "^" + _SUPERSCRIPTS[char]
    return " " + cluster if unicodedata.decomposition(char).startswith("<fraction>") else cluster
