"""Reads the corpus folder and leaves out what may not be trained on. Splits nothing.

The folder holds four gzipped files:

    parallel.jsonl.gz   {"src", "t": {language: text}}     translations of one sentence or paragraph
    mono.tsv.gz         language <tab> source <tab> text   plain sentences
    related.jsonl.gz    {"src", "lang", "a", "b"}          a question and the passage that answers it
    scored.jsonl.gz     {"a", "b", "score"}                human similarity of two sentences, 0 to 1
"""

from __future__ import annotations

import gzip
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

LANGUAGES = (
    "ar",
    "de",
    "en",
    "es",
    "fr",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
    "th",
    "tr",
    "zh",
    "zh-TW",
)
# No licence for the text, or only "presumed" free. KorSTS holds MSRpar too, in places that cannot be told.
DOUBTFUL_SOURCES = ("multi30k", "newstest2021", "generaltest2022", "fortunes", "korsts")
# Under a copyleft licence for programs: held out to measure with, never trained on.
COPYLEFT_SOURCES = ("wesnoth", "widelands", "freeciv")
# STS-B's news pairs of MSRpar stand in one block; its licence allows research only. First and last English
# sentence of the block in the train and in the dev file.
MSRPAR_BLOCKS = (
    (
        "The problem likely will mean corrective changes before the shuttle fleet starts flying again.",
        "The Connecticut Hospital Association joined the Red Cross Monday in calling for more blood donors.",
    ),
    (
        "The technology-laced Nasdaq Composite Index .IXIC inched down 1 point, or 0.11 percent, to 1,650.",
        "Powell is serving time in a different case -- killing his landlady in 1982.",
    ),
)
# At most so many texts of a source (and language), so that one kind of text does not drown the rest: of
# all that is read, and then of what is trained on.
Caps = Mapping[str, int]
GROUP_CAPS: Caps = {"tatoeba": 26_000, "libreoffice-help": 2_000}
TEXT_CAPS: Caps = {"common-voice": 32_000}
TRAINED_GROUP_CAPS: Caps = {"tatoeba": 5_000, "libreoffice-help": 2_000}
TRAINED_TEXT_CAPS: Caps = {
    "common-voice": 2_500,
    "common-voice+opencc": 1_500,
    "chatbot-ko": 6_000,
    "chatterbot": 1_000,
    "ud": 3_000,
}
LONGEST_CHARS = 4_000


@dataclass(frozen=True)
class Group:
    """Translations of one text, by language."""

    source: str
    texts: dict[str, str]


@dataclass(frozen=True)
class Text:
    """One plain text."""

    language: str
    source: str
    text: str


@dataclass(frozen=True)
class Question:
    """A question and the passage that answers it, both in one language."""

    language: str
    source: str
    question: str
    passage: str


@dataclass(frozen=True)
class ScoredPair:
    """Two texts and their similarity as people see it, 0 to 1."""

    a: str
    b: str
    score: float


@dataclass(frozen=True)
class Corpus:
    """All that may be trained on or validated with."""

    groups: tuple[Group, ...]
    texts: tuple[Text, ...]
    questions: tuple[Question, ...]
    scored: tuple[ScoredPair, ...]


def read_corpus(folder: Path, seed: int = 0) -> Corpus:
    """Read the folder, without the doubtful sources, each source capped after a seeded shuffle."""
    groups = [Group(row["src"], row["t"]) for row in _rows(folder / "parallel.jsonl.gz")]
    scored = [ScoredPair(**row) for row in _rows(folder / "scored.jsonl.gz")]
    texts = [Text(*line.split("\t", 2)) for line in _lines(folder / "mono.tsv.gz")]
    doubtful = _msrpar(groups)
    rng = Random(seed)
    return Corpus(
        groups=tuple(_capped_groups(_free_groups(groups, doubtful, rng), GROUP_CAPS)),
        texts=tuple(_capped_texts(_free_texts(texts, doubtful, rng), TEXT_CAPS)),
        questions=tuple(
            Question(row["lang"], row["src"], row["a"], row["b"])
            for row in _rows(folder / "related.jsonl.gz")
        ),
        scored=tuple(pair for pair in scored if _usable(pair, doubtful)),
    )


def trained(corpus: Corpus) -> Corpus:
    """What is trained on of a corpus without its held-out texts: no copyleft programs, and smaller caps."""
    return replace(
        corpus,
        groups=tuple(_capped_groups((x for x in corpus.groups if _plain(x.source)), TRAINED_GROUP_CAPS)),
        texts=tuple(_capped_texts((x for x in corpus.texts if _plain(x.source)), TRAINED_TEXT_CAPS)),
    )


def _plain(source: str) -> bool:
    return source not in COPYLEFT_SOURCES


def text_key(text: str) -> str:
    """The text without case, spaces and punctuation: equal keys are one text.

    >>> text_key("Hello,  World!") == text_key("hello world")
    True
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if c.isalnum() or unicodedata.category(c)[0] == "M")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, _lines(path))


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n")


def _msrpar(groups: list[Group]) -> set[str]:
    """Every translation of the sentences inside the MSRpar blocks."""
    sts = [group for group in groups if group.source == "stsb-multi-mt"]
    place = {group.texts["en"]: at for at, group in enumerate(sts)}
    blocks = [sts[place[a] : place[b] + 1] for a, b in MSRPAR_BLOCKS if a in place and b in place]
    return {text for block in blocks for group in block for text in group.texts.values()}


def _usable(pair: ScoredPair, doubtful: set[str]) -> bool:
    korean = any("가" <= c <= "힣" for c in pair.a + pair.b)  # KorSTS, see DOUBTFUL_SOURCES.
    return not korean and pair.a not in doubtful and pair.b not in doubtful


def _free_groups(groups: list[Group], doubtful: set[str], rng: Random) -> Iterator[Group]:
    for group in rng.sample(groups, len(groups)):
        texts = {language: text[:LONGEST_CHARS] for language, text in group.texts.items() if text.strip()}
        if group.source not in DOUBTFUL_SOURCES and doubtful.isdisjoint(texts.values()):
            yield Group(group.source, texts)


def _capped_groups(groups: Iterable[Group], caps: Caps) -> Iterator[Group]:
    seen: Counter[tuple[str, ...]] = Counter()
    for group in groups:
        by_language = sorted(set(group.texts) - {"en", "zh-TW"}) if group.source == "tatoeba" else []
        key = (group.source, *by_language)
        seen[key] += 1
        if group.source not in caps or seen[key] <= caps[group.source]:
            yield group


def _free_texts(texts: list[Text], doubtful: set[str], rng: Random) -> Iterator[Text]:
    for text in rng.sample(texts, len(texts)):
        source = text.source.removesuffix("+opencc")
        if source not in DOUBTFUL_SOURCES and text.text not in doubtful and text.text.strip():
            yield Text(text.language, text.source, text.text[:LONGEST_CHARS])


def _capped_texts(texts: Iterable[Text], caps: Caps) -> Iterator[Text]:
    seen: Counter[tuple[str, str]] = Counter()
    for text in texts:
        seen[text.source, text.language] += 1
        if text.source not in caps or seen[text.source, text.language] <= caps[text.source]:
            yield text
