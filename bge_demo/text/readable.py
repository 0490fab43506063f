"""What of a text a reader can see, and what of it a model can read. One rule for page, files and programs.

Knows no scores; that there is no band for an unreadable text is decided here all the same, by `is_readable`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from bge_demo.text.tokens import TokenizedText

# Above this share of signs that the vocabulary lacks, a score says nothing of the text.
UNREADABLE_SHARE = 1 / 3
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp", "Cn", "Cs"}
# Fillers, variation selectors and the empty Braille cell: letters and marks by category, and nothing to see.
_IGNORABLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\u2800]")
_PRIVATE = "Co"
# What lone surrogates become, and what stands where something could not be decoded.
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True)
class Reading:
    """How many signs (letters, digits, punctuation, symbols; marks count with what they stand on) the part
    of a text that is read has, and how many of them the vocabulary lacks. `n_unknown` counts tokens."""

    n_signs: int
    n_unreadable: int
    n_unknown: int

    @property
    def share(self) -> float:
        """The share of signs that cannot be read; 1 for a text without any sign."""
        return self.n_unreadable / self.n_signs if self.n_signs else 1.0

    @property
    def is_readable(self) -> bool:
        """Whether a score of this text deserves a band and a percentile."""
        return self.share <= UNREADABLE_SHARE


def is_blank(text: str) -> bool:
    """Whether a text has no visible character; the mark of an unreadable one is none.

    >>> [is_blank(text) for text in ("", "\\u200b\\u3000", "\\x00", "\\ud83d", "\\ufffd", ".")]
    [True, True, True, True, True, False]
    """
    return next(visible_chars(text), None) is None


def visible_chars(text: str) -> Iterator[str]:
    """What of a text can be seen, marks included."""
    return filter(_is_visible, text)


def reading(text: TokenizedText) -> Reading:
    """What the tokens read of a text cover. Private-use and replacement characters mean nothing
    to any model."""
    read = text.text if not text.truncated else text.text[: max(token.end for token in text.tokens)]
    unknown = [token for token in text.tokens if token.is_unknown]
    covered = {place for token in unknown for place in range(token.start, token.end)}
    signs = [place for place, char in enumerate(read) if _is_sign(char)]
    lost = sum(place in covered or _means_nothing(read[place]) for place in signs)
    return Reading(len(signs), lost, len(unknown))


def known_ids(text: TokenizedText) -> list[int]:
    """The ids of the tokens between `<s>` and `</s>`, those that the vocabulary lacks left out: no lexical
    term is made of what cannot be told apart."""
    return [token.id for token in text.tokens[1:-1] if not token.is_unknown]


@lru_cache(4096)
def _is_visible(char: str) -> bool:
    is_seen = unicodedata.category(char) not in _INVISIBLE and char != _REPLACEMENT
    return is_seen and not _IGNORABLE.match(char)


def _means_nothing(char: str) -> bool:
    return char == _REPLACEMENT or unicodedata.category(char) == _PRIVATE


@lru_cache(4096)
def _is_sign(char: str) -> bool:
    category = unicodedata.category(char)
    return (category[0] in "LNPS" or category == _PRIVATE) and not _IGNORABLE.match(char)
