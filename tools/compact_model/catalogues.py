"""Translations out of the message catalogues of Django and Wagtail, which no checkpoint was trained on.

Short sentences of an interface in all sixteen languages. Needs the packages' files only, not their code.
"""

from __future__ import annotations

import gettext
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tools.compact_model.corpus import LANGUAGES, Group, text_key

LOCALES = {language: language for language in LANGUAGES} | {
    "pt_BR": "pt",
    "zh_Hans": "zh",
    "zh_Hant": "zh-TW",
}
FEWEST_WORDS = 4
_PLACEHOLDER = re.compile(r"[%{}<>\\_]|\n")


def read_catalogues(folder: Path) -> list[Group]:
    """Every message of FEWEST_WORDS words or more without placeholders, under any */locale/*/LC_MESSAGES."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted(folder.rglob("locale/*/LC_MESSAGES/*.mo")):
        language = LOCALES.get(path.parent.parent.name)
        if language:
            for english, text in _messages(path):
                found[text_key(english)].setdefault("en", english)
                found[text_key(english)].setdefault(language, text)
    return [Group("catalogues", texts) for texts in found.values() if len(texts) > 1]


def _messages(path: Path) -> Iterator[tuple[str, str]]:
    with open(path, "rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    for key, text in catalogue.items():
        if isinstance(key, str) and isinstance(text, str):
            english = key.split("\x04")[-1]  # What stands before is the message's context.
            if (
                len(english.split()) >= FEWEST_WORDS
                and not _PLACEHOLDER.search(english + text)
                and text != english
            ):
                yield english, text
