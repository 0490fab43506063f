"""Chooses the validation texts and keeps their near-duplicates out of training. Knows no model.

Two texts are near-duplicates if they are equal but for one word (one character where words are not spaced),
case, spaces and punctuation aside. Very short texts must be equal: one word is most of their meaning.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from tools.compact_model.corpus import Corpus, Group, Question, text_key

# Groups of translations held out, by source. NTREX and UD-PUD speak (nearly) all languages, Tatoeba a few.
HELD_GROUPS = {"ntrex": 350, "ud-pud": 150, "wesnoth": 150}
HELD_TATOEBA_PER_LANGUAGE = 400
HELD_STS_PAIRS = 320
HELD_PARAGRAPHS = {"xquad": 80, "jglue": 80}
FEWEST_UNITS = 5
MOST_UNITS = 60
STS_COMPONENT = 14


@dataclass(frozen=True)
class StsPair:
    """Two groups of translations and how similar people found them, 0 to 1."""

    a: dict[str, str]
    b: dict[str, str]
    score: float


@dataclass(frozen=True)
class Validation:
    """What is held out of training."""

    groups: tuple[Group, ...] = ()
    sts: tuple[StsPair, ...] = ()
    questions: tuple[Question, ...] = ()


def split_corpus(corpus: Corpus, kept_out: Sequence[Group] = (), seed: int = 0) -> tuple[Corpus, Validation]:
    """The corpus without the validation texts and all that repeats them, and the validation texts.

    `kept_out` groups are for measuring alone: what repeats them is not trained on either.
    """
    rng = Random(seed)
    groups = tuple(_held_groups(corpus.groups, rng))
    sts, sts_texts = _held_sts(corpus, rng)
    questions = tuple(_held_questions(corpus, rng))
    held = {text for group in groups for text in group.texts.values()} | sts_texts
    held |= {text for item in questions for text in (item.question, item.passage)}
    held |= {
        text
        for group in corpus.groups
        if held.intersection(group.texts.values())
        for text in group.texts.values()
    }
    held |= {text for group in kept_out for text in group.texts.values()}
    return without_near_duplicates(corpus, held), Validation(groups, tuple(sts), questions)


def without_near_duplicates(corpus: Corpus, held: Iterable[str]) -> Corpus:
    """The corpus without each group, text or pair that repeats a held text or, in a paragraph, holds one."""
    seen = _Seen(held)
    return replace(
        corpus,
        groups=tuple(group for group in corpus.groups if not any(map(seen.repeats, group.texts.values()))),
        texts=tuple(text for text in corpus.texts if not seen.repeats(text.text)),
        questions=tuple(
            item
            for item in corpus.questions
            if not seen.repeats(item.question) and not seen.repeats(item.passage)
        ),
        scored=tuple(pair for pair in corpus.scored if not seen.repeats(pair.a) and not seen.repeats(pair.b)),
    )


def near_keys(text: str) -> Iterator[str]:
    """The keys of a text: near-duplicates share at least one.

    >>> a, b = set(near_keys("The dog sleeps all day long")), set(near_keys("the cat sleeps all day long."))
    >>> len(a & b)
    1
    """
    words = [key for key in map(text_key, text.split()) if key]
    spaced = len(words) >= FEWEST_UNITS or "".join(words).isascii()
    units = words if spaced else list("".join(words))
    yield "".join(units)
    if FEWEST_UNITS <= len(units) <= MOST_UNITS and (spaced or len(units) >= 2 * FEWEST_UNITS):
        for at in range(len(units)):
            yield "".join(units[:at] + units[at + 1 :])


class _Seen:
    """Held texts, to ask whether another text repeats one."""

    def __init__(self, held: Iterable[str]) -> None:
        self._keys: set[str] = set()
        # A held sentence may stand inside a training paragraph.
        self._sentences: set[str] = set()
        for text in held:
            self._keys.update(near_keys(text))
            self._sentences.update(_sentence_keys(text))

    def repeats(self, text: str) -> bool:
        if any(key in self._keys for key in near_keys(text)):
            return True
        return any(key in self._sentences for key in _sentence_keys(text))


def _sentence_keys(text: str) -> Iterator[str]:
    """Keys of the sentences of a text, long ones only: a short sentence may stand anywhere."""
    for sentence in re.split(r"(?<=[.!?。！？؟])\s*", text):
        key = text_key(sentence)
        if len(key) >= 40 or (len(key) >= 16 and not key.isascii() and len(key.encode()) >= 40):
            yield key


def _held_groups(groups: Sequence[Group], rng: Random) -> Iterator[Group]:
    left = dict(HELD_GROUPS)
    tatoeba: dict[str, int] = defaultdict(lambda: HELD_TATOEBA_PER_LANGUAGE)
    english: set[str] = set()
    for group in rng.sample(groups, len(groups)):
        key = text_key(group.texts.get("en", ""))
        if not key or key in english:
            continue
        room, name = (tatoeba, _foreign(group)) if group.source == "tatoeba" else (left, group.source)
        if room is left and name not in left or room[name] <= 0:
            continue
        room[name] -= 1
        english.add(key)
        yield group


def _foreign(group: Group) -> str:
    return min(set(group.texts) - {"en"})


def _held_sts(corpus: Corpus, rng: Random) -> tuple[list[StsPair], set[str]]:
    """Pairs whose sentences occur in few other pairs, so that holding them out costs little."""
    pairs = _sts_pairs(corpus)
    component = _components([(a, b) for a, b, _ in pairs])
    members: dict[int, set[int]] = defaultdict(set)
    for at, root in component.items():
        members[root].add(at)
    small = sorted(root for root, at in members.items() if len(at) <= STS_COMPONENT)
    rng.shuffle(small)
    by_root: dict[int, list[StsPair]] = defaultdict(list)
    for a, b, score in pairs:
        by_root[component[a]].append(StsPair(corpus.groups[a].texts, corpus.groups[b].texts, score))
    held: list[StsPair] = []
    while len(held) < HELD_STS_PAIRS and small:
        held += by_root[small.pop()]
    return held, {text for pair in held for side in (pair.a, pair.b) for text in side.values()}


def _sts_pairs(corpus: Corpus) -> list[tuple[int, int, float]]:
    """(group, group, score), once for all languages."""
    at: dict[str, int] = {}
    for index, group in enumerate(corpus.groups):
        if group.source == "stsb-multi-mt":
            for text in group.texts.values():
                at.setdefault(text, index)
    found = {(at[pair.a], at[pair.b]): pair.score for pair in corpus.scored if pair.a in at and pair.b in at}
    return [(a, b, score) for (a, b), score in sorted(found.items()) if a != b]


def _components(edges: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Each node's smallest connected node."""
    root: dict[int, int] = {}

    def find(node: int) -> int:
        root.setdefault(node, node)
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for a, b in edges:
        low, high = sorted((find(a), find(b)))
        root[high] = low
    return {node: find(node) for node in list(root)}


def _held_questions(corpus: Corpus, rng: Random) -> Iterator[Question]:
    for source, n_paragraphs in HELD_PARAGRAPHS.items():
        translations = {
            text: at
            for at, group in enumerate(corpus.groups)
            if group.source == f"{source}-paragraph"
            for text in group.texts.values()
        }
        items = [item for item in corpus.questions if item.source == source]
        paragraphs = sorted({str(translations.get(item.passage, item.passage)) for item in items})
        chosen = set(rng.sample(paragraphs, min(n_paragraphs, len(paragraphs))))
        yield from (item for item in items if str(translations.get(item.passage, item.passage)) in chosen)
