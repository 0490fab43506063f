"""Every sentence the page says, in both languages side by side: one table for each area of the page.

Holds no logic but lookup and filling in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bge_demo.locales import (
    api,
    baselines,
    benchmark,
    compare,
    corpora,
    cross_lingual,
    deduplicate,
    fetching,
    hints,
    long_document,
    page,
    requests,
    retrieval,
    starting,
    tables,
    tune_weights,
)
from bge_demo.locales.text import Text

Language = Literal["en", "zh"]
# `{n} [n:row|rows]`
_COUNTED = re.compile(r"\[(\w+):([^|\]]*)\|([^|\]]*)\]")
LANGUAGES: tuple[Language, ...] = ("en", "zh")
AREAS = (
    api,
    page,
    compare,
    cross_lingual,
    baselines,
    tune_weights,
    retrieval,
    corpora,
    deduplicate,
    long_document,
    benchmark,
    requests,
    starting,
    fetching,
    hints,
    tables,
)
TEXTS: dict[str, Text] = {key: text for area in AREAS for key, text in area.TEXTS.items()}


@dataclass(frozen=True, init=False)
class Phrase:
    """A sentence of the table with its values, to be said later in either language."""

    key: str
    values: Mapping[str, object]

    def __init__(self, key: str, **values: object) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "values", values)


def say(key: str, language: Language, **values: object) -> str:
    """The sentence in one language, its values filled in; a Phrase among the values is said in the same language."""
    template: str = getattr(TEXTS[key], language)
    template = _COUNTED.sub(lambda form: form[2] if str(values.get(form[1])) == "1" else form[3], template)
    return template.format_map({name: _said(value, language) for name, value in values.items()})


def say_all(phrase: Phrase) -> dict[Language, str]:
    """The phrase in every language."""
    return {language: say(phrase.key, language, **phrase.values) for language in LANGUAGES}


def _said(value: object, language: Language) -> object:
    return say(value.key, language, **value.values) if isinstance(value, Phrase) else value


def size_text(n_bytes: int) -> str:
    """`2.30 GB`, `812 MB`, `5.2 MB`, `100 KB`: the same in every language."""
    if n_bytes >= 10**9:
        return f"{n_bytes / 10**9:.2f} GB"
    if n_bytes >= 10**7:
        return f"{n_bytes / 10**6:.0f} MB"
    return f"{n_bytes / 10**6:.1f} MB" if n_bytes >= 10**6 else f"{n_bytes / 10**3:.0f} KB"
