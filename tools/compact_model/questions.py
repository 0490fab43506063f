"""Draws people's questions with their passages, across languages where there are translations, and finds
the sentence of a passage that answers. Knows no tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Half of a batch's passages lie near its first one, by the teachers: they are the hard negatives.
NEAR_SHARE = 0.5
N_NEAREST = 24
SAME_PASSAGE = 0.9
# So many questions and passages give way to a translation, if they have one.
TRANSLATED_SHARE = 0.35
SHORTEST_SENTENCE = 8


@dataclass(frozen=True)
class Asked:
    """Text numbers: a question and its passage as people wrote them, and both as the batch holds them,
    which may be translations."""

    written_question: int
    written_passage: int
    question: int
    passage: int


class QuestionPool:
    """Pairs of text numbers, drawn so that no passage comes twice."""

    def __init__(
        self,
        pairs: NDArray[np.int64],
        group: NDArray[np.int64],
        members: Sequence[NDArray[np.int64]],
        targets: NDArray[np.float32],
    ) -> None:
        """`pairs` (n, 2) texts, `group` of each text, `members` texts of each group, `targets` of each
        group.
        """
        self._group, self._members = group, members
        order = np.argsort(pairs[:, 1], kind="stable")
        self.passages, first = np.unique(pairs[order, 1], return_index=True)
        self._questions = np.split(pairs[order, 0], first[1:])
        self._nearest = _nearest(targets[group[self.passages]])

    def draw(self, n: int, rng: np.random.Generator) -> list[Asked]:
        """At most n pairs."""
        n = min(n, len(self.passages))
        if not n:
            return []
        free = rng.permutation(len(self.passages))
        near = rng.permutation(self._nearest[free[0]])[: int(n * NEAR_SHARE)]
        chosen = list(dict.fromkeys([int(free[0]), *near.tolist(), *free.tolist()]))[:n]
        return [
            self._asked(int(rng.choice(self._questions[at])), int(self.passages[at]), rng) for at in chosen
        ]

    def _asked(self, question: int, passage: int, rng: np.random.Generator) -> Asked:
        return Asked(question, passage, self._spoken(question, rng), self._spoken(passage, rng))

    def _spoken(self, text: int, rng: np.random.Generator) -> int:
        if rng.random() >= TRANSLATED_SHARE:
            return text
        return int(rng.choice(self._members[self._group[text]]))


def answering_sentence(
    question: NDArray[np.int32],
    written: NDArray[np.int32],
    passage: NDArray[np.int32],
    weights: NDArray[np.float32],
    ends: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """The sentence of `passage` that stands where `written`, its original, has most of the question's words.

    All are ids; `weights` and `ends` (vocabulary,) say how much a token tells and whether it ends a
    sentence. The whole passage if the two fall into different numbers of sentences, or only one.
    """
    originals, sentences = sentences_of(written, ends), sentences_of(passage, ends)
    if len(originals) != len(sentences) or len(sentences) < 2:
        return passage
    shared = [weights[np.intersect1d(question, sentence)].sum() for sentence in originals]
    return sentences[int(np.argmax(shared))]


def sentences_of(ids: NDArray[np.int32], ends: NDArray[np.bool_]) -> list[NDArray[np.int32]]:
    """The sentences; what is too short to be one joins the sentence before it."""
    found: list[NDArray[np.int32]] = []
    for part in np.split(ids, np.nonzero(ends[ids])[0] + 1):
        if found and len(part) < SHORTEST_SENTENCE:
            found[-1] = np.concatenate([found[-1], part])
        elif len(part):
            found.append(part)
    return found


def _nearest(targets: NDArray[np.float32]) -> NDArray[np.int64]:
    """(n, N_NEAREST): the nearest passages that are not the same."""
    cosine = targets @ targets.T
    cosine[cosine > SAME_PASSAGE] = -1
    n = min(N_NEAREST, len(targets))
    return np.argpartition(-cosine, n - 1, axis=1)[:, :n] if n else np.zeros((0, 0), np.int64)
