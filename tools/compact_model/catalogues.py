"""Translations out of the message catalogues (.mo files) of Django and Wagtail, in all sixteen languages.

They measure, and are never trained on. Needs the packages' files only, not their code.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import polib

from tools.compact_model.corpus import LANGUAGES, Group, text_key

LOCALES = {language: language for language in LANGUAGES} | {
    "pt_BR": "pt",
    "zh_CN": "zh",
    "zh_TW": "zh-TW",
    "zh_Hans": "zh",
    "zh_Hant": "zh-TW",
}
# A sentence of an interface, to measure with; shorter messages say little without their window.
SENTENCE_WORDS = 4
LONGEST_CHARS = 1_500
# Placeholders, accelerators, markup and code.
_NO_PROSE = re.compile(r"[%{}<>\\_&=;\[\]|$#@^*~]|--|://|\(\)|\.\w+$")


def read_sentences(folder: Path) -> list[Group]:
    """Every message of SENTENCE_WORDS words or more, to measure with."""
    return [
        Group("catalogues", texts)
        for texts in _translations(folder)
        if len(texts["en"].split()) >= SENTENCE_WORDS and len(texts) > 1
    ]


def _translations(folder: Path) -> Sequence[dict[str, str]]:
    """Texts by language, English among them, of each message under any */locale/LANGUAGE/LC_MESSAGES."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted(folder.rglob("locale/*/LC_MESSAGES/*.mo")):
        language = LOCALES.get(path.parent.parent.name)
        if language:
            for english, text in _prose(path):
                texts = found[text_key(english)]
                texts.setdefault("en", english)
                texts.setdefault(language, text)
    return list(found.values())


def _prose(path: Path) -> Iterator[tuple[str, str]]:
    for entry in polib.mofile(str(path)):
        english, text = " ".join(entry.msgid.split()), " ".join(entry.msgstr.split())
        if (
            text_key(english)
            and text_key(text)
            and text != english
            and max(len(english), len(text)) <= LONGEST_CHARS
            and not _NO_PROSE.search(f"{english} {text}")
        ):
            yield english, text
