"""The exact stage: lines that only width, case or blank space tells apart. Needs no model."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.settings import Limits
from bge_demo.text.folding import exact_key, variant_key
from bge_demo.text.tokens import without_surrogates

_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp", "Cn", "Cs"}


@dataclass(frozen=True)
class ExactStage:
    """Lines by what they say.

    `texts` are the lines as given. Each distinct text has a key and, in `copies`, the indices of its lines,
    ascending; distinct texts stand in the order of their keys, whatever that of the lines. `blank` lines
    take no part.
    """

    texts: tuple[str, ...]
    keys: tuple[str, ...]
    copies: tuple[tuple[int, ...], ...]
    blank: tuple[int, ...]

    @property
    def distinct(self) -> list[str]:
        """One spelling of every distinct text, the same whatever the order of the lines."""
        return [min(self.texts[i] for i in lines) for lines in self.copies]

    @property
    def n_repeated(self) -> int:
        """How many lines repeat another one exactly."""
        return sum(len(lines) - 1 for lines in self.copies)


def exact_stage(texts: Sequence[str], fold_variants: bool = False) -> ExactStage:
    """Put equal lines together. `fold_variants` also sees through simplified and traditional characters,
    accents and vowel marks."""
    key_of = variant_key if fold_variants else exact_key
    by_key: dict[str, list[int]] = {}
    blank = []
    for index, text in enumerate(texts):
        if is_blank(text):
            blank.append(index)
        else:
            # A text of marks alone has no key; it equals only itself.
            by_key.setdefault(key_of(text) or text, []).append(index)
    keys = tuple(sorted(by_key))
    return ExactStage(tuple(texts), keys, tuple(tuple(by_key[key]) for key in keys), tuple(blank))


def is_blank(text: str) -> bool:
    """Whether a line has no visible character."""
    return all(unicodedata.category(char) in _INVISIBLE for char in text)


def checked_lines(texts: object, limits: Limits, name: str = "texts") -> list[str]:
    """The lines, blank ones among them. Raises InputError naming the line, and the item of the field `name`,
    for what is no text or too long, and for too many lines."""
    if not isinstance(texts, Sequence) or isinstance(texts, str):
        raise InputError("input.not_list")
    if len(texts) > limits.duplicate_lines:
        raise InputError("duplicates.too_many", n_lines=len(texts), limit=limits.duplicate_lines)
    return [_checked_line(text, i, name, limits) for i, text in enumerate(texts)]


def _checked_line(text: object, i: int, name: str, limits: Limits) -> str:
    field, place = Phrase("field.row", row=i + 1), f"{name}[{i}]"
    if not isinstance(text, str):
        raise InputError("input.not_text", field=field).at(place)
    if len(text) > limits.text_chars:
        raise InputError("input.too_long", field=field, n_chars=len(text), limit=limits.text_chars).at(place)
    return without_surrogates(text)
