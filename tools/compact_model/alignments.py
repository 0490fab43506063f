"""How often the ColBERT head finds the right word of a translation, on word links written by hand."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bge_demo.encoder.contract import Encoder, need_colbert
from bge_demo.scores.alignment import AlignedWord, Alignment, align

LINKS = Path(__file__).parent / "data" / "word_links.tsv"


@dataclass(frozen=True)
class LinkedPair:
    """A sentence, its translation, and the words (or short phrases) that translate each other."""

    english: str
    language: str
    foreign: str
    links: tuple[tuple[str, str], ...]


def read_links(path: Path = LINKS) -> list[LinkedPair]:
    """The pairs of the file; a ValueError names a link whose word is not in its sentence."""
    pairs = []
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            links = tuple((a, b) for a, b in (link.split("=") for link in row["links"].split("|")))
            pairs.append(LinkedPair(row["en"], row["language"], row["foreign"], links))
            for a, b in links:
                if a not in row["en"] or b not in row["foreign"]:
                    raise ValueError(f"{a} = {b} is not in: {row['en']} / {row['foreign']}")
    return pairs


def word_accuracy(encoder: Encoder) -> dict[str, Any]:
    """% of linked words, both ways, whose best match is a part of the linked word; by language and in all."""
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for pair in read_links():
        for hit in _hits(encoder, pair):
            for name in (pair.language, "all"):
                seen[name] += 1
                right[name] += hit
    return {name: round(100 * right[name] / n, 1) for name, n in seen.items()} | {"n": seen["all"]}


def _hits(encoder: Encoder, pair: LinkedPair) -> Iterator[bool]:
    texts = [pair.english, pair.foreign]
    a, b = encoder.tokenize(texts)
    rows = need_colbert(encoder.encode(texts, dense=False, sparse=False))
    alignment = align(a, b, rows[0], rows[1])
    for english, foreign in pair.links:
        yield from _found(alignment, _span(pair.english, english), _span(pair.foreign, foreign), flip=False)
        yield from _found(alignment, _span(pair.foreign, foreign), _span(pair.english, english), flip=True)


def _found(alignment: Alignment, source: range, target: range, flip: bool) -> Iterator[bool]:
    """Whether the linked words' strongest match lies inside the target; nothing without one."""
    here, there = alignment.a_to_b.words, alignment.b_to_a.words
    if flip:
        here, there = there, here
    matches = [match for word in here if _inside(word, source) for match in word.matches[:1]]
    if matches:
        yield _inside(there[max(matches, key=lambda match: match.similarity).word], target)


def _inside(word: AlignedWord, span: range) -> bool:
    return word.start < span.stop and word.end > span.start


def _span(text: str, part: str) -> range:
    start = text.index(part)
    return range(start, start + len(part))
