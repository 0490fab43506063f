"""Words and endings that deny or forbid, in 16 languages, found with their places. Knows no pairs of texts.

Known are negations proper (not, never, without), prohibitions (forbidden), and the negated verb forms of
Japanese, Korean and Turkish. Opposites (open and closed, rise and fall) are not known.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import regex

from bge_demo.text.folding import Folded
from bge_demo.text.negation_words import HINTS, RULES


@dataclass(frozen=True)
class Negation:
    """One denial: `source[start:end]`."""

    language: str
    start: int
    end: int


LANGUAGES = tuple(RULES)

_SCRIPT_LANGUAGE = {
    "hangul": "ko",
    "thai": "th",
    "devanagari": "hi",
    "arabic": "ar",
    "cyrillic": "ru",
}
_HINT_WORDS = {language: frozenset(words.split()) for language, words in HINTS.items()}
_TELLING_LETTERS = {
    "vi": regex.compile(r"[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]"),
    "tr": regex.compile(r"[ğışçöü]"),
    "de": regex.compile(r"[ßäöü]"),
    "pl": regex.compile(r"[ąęłńśźż]"),
    "pt": regex.compile(r"[ãõ]"),
    "es": regex.compile(r"[ñ¿¡]"),
}


def negations(text: Folded) -> tuple[Negation, ...]:
    """The denials of a text in the order of their places; none overlaps another.

    >>> from bge_demo.text.folding import fold
    >>> text = fold("Refunds are not possible")
    >>> [text.source[one.start : one.end] for one in negations(text)]
    ['not']
    """
    found: list[Negation] = []
    taken: set[int] = set()
    languages = languages_of(text)
    masked = _without_exempt(languages, text.text)
    for language in languages:
        for match in _FOUND[language].finditer(masked):
            start, end = match.span()
            if taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
                found.append(Negation(language, *text.span(start, end)))
    return tuple(sorted(found, key=lambda one: one.start))


def languages_of(text: Folded) -> tuple[str, ...]:
    """Which rules to read a text by: one language a script, and several in doubt."""
    chosen = [language for script, language in _SCRIPT_LANGUAGE.items() if script in text.scripts]
    if "kana" in text.scripts:
        chosen.append("ja")
    elif "han" in text.scripts:
        chosen.append("zh")
    if "latin" in text.scripts:
        chosen.extend(_latin_languages(text))
    return tuple(chosen)


def _latin_languages(text: Folded) -> list[str]:
    words = {part for word in text.words for part in word.split("'")}
    votes = {language: len(words & hints) for language, hints in _HINT_WORDS.items()}
    for language, letters in _TELLING_LETTERS.items():
        votes[language] += min(3, len(letters.findall(text.text)))
    most = max(votes.values())
    return [language for language, n in votes.items() if n == most]


def _without_exempt(languages: tuple[str, ...], text: str) -> str:
    """The text with what only looks like a denial blotted out, its length kept."""
    text = _NUMBERED.sub("\x00\x00", text)
    for language in languages:
        if language in _EXEMPT:
            text = _EXEMPT[language].sub(lambda match: "\x00" * len(match.group()), text)
    return text


def _normal(pattern: str) -> str:
    """The pattern's letters as `fold` leaves those of a text."""
    return unicodedata.normalize("NFKC", pattern)


# "No. 5" in any language of the Latin script.
_NUMBERED = regex.compile(r"(?<![\p{L}\p{M}])no(?=\.? ?\d)")
_FOUND = {
    language: regex.compile(
        (r"(?<![\p{L}\p{M}])(?:%s)(?![\p{L}\p{M}])" if rules.spaced else "(?:%s)") % _normal(rules.found)
    )
    for language, rules in RULES.items()
}
_EXEMPT = {
    language: regex.compile(
        (r"(?<![\p{L}\p{M}])(?:%s)" if rules.spaced else "(?:%s)") % _normal(rules.exempt)
    )
    for language, rules in RULES.items()
    if rules.exempt
}
