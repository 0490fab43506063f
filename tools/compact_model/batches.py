"""Draws batches of training texts.

What a step draws depends on the seed and the step's number alone: a stopped run goes on as if it had not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tools.compact_model.batch import Batch, Mix
from tools.compact_model.corpus import LANGUAGES
from tools.compact_model.files import WorkFolder
from tools.compact_model.group_pool import GroupPool, members_of
from tools.compact_model.student import Texts
from tools.compact_model.targets import (
    Teaching,
    group_targets,
    lexical_weights,
    read_labels,
    read_piece_labels,
)
from tools.compact_model.tokenizer import spelled_pieces, worded_pieces

# Dialogue and news teach more per text than the many near-equal sentences of one source.
SOURCE_WEIGHTS = {
    "tatoeba": 0.8,
    "libreoffice-help": 0.4,
    "freeciv": 0.5,
    "widelands": 0.7,
    "wesnoth": 1.0,
    "messages": 0.3,
    "message-words": 0.12,
}
OTHER_SOURCES = 2.0
# Languages that lag behind are drawn more often out of a group.
LANGUAGE_WEIGHTS = {
    "ar": 2.5,
    "ko": 2.5,
    "ru": 2.0,
    "th": 2.5,
    "tr": 2.5,
    "it": 1.5,
    "es": 1.3,
    "fr": 1.3,
    "pt": 1.3,
}
SINGLE_POWER = -0.5
# A final full stop carries no meaning, but a student that never misses it comes to rely on it.
DROPPED_FINAL_SHARE = 0.2
# Left out of longer texts, other tokens each time, so that no sentence hangs on one of them. Questions,
# passages and scored texts are few, and would be learned by heart: they lose so many in every run.
DROPPED_SHARE = 0.08
SHORTEST_DROPPED = 6
# Attention's cost grows with the square: most of a long batch's passages stay at the first length.
LONG_LENGTHS = (512, 512, 512, 512, 768, 1024, 2048)
# An excerpt's passage holds so many groups; its query is one of them in the same words or in any language,
# and half of the queries keep only some words, as people type into a search box.
EXCERPT_GROUPS, LONG_EXCERPT_GROUPS = (2, 8), (8, 40)
SAME_WORDS_SHARE = 0.5
KEYWORDS_SHARE = 0.5
KEYWORDS_DROPPED_SHARE = 0.4


@dataclass(frozen=True)
class _Part:
    """Some texts of a batch, each the numbers of the texts it is joined from, and how much they lose."""

    texts: list[list[int]]
    dropped_share: float


class TrainingData:
    """The work folder's texts, ready to be drawn from; targets have `n_targets` numbers."""

    def __init__(
        self, work: WorkFolder, n_targets: int, seed: int, dropped_share: float = DROPPED_SHARE
    ) -> None:
        self._seed, self._dropped_share = seed, dropped_share
        rows = list(work.texts())
        self.group = np.array([row.group for row in rows])
        self.language = np.array([row.language for row in rows])
        self.source = np.array([row.source for row in rows])
        self._ids, self._starts = np.load(work.path / "ids.npy"), np.load(work.path / "starts.npy")
        self._worded = worded_pieces(work)
        labels = read_labels(work)
        languages = self.language[: len(labels[0])]
        self.teaching = Teaching.of(labels, languages, n_targets)
        self.targets = group_targets(self.teaching.targets(labels, languages), self.group)
        self._add_words(work)
        pairs = work.pairs()
        self._questions = np.array(pairs["questions"], np.int64).reshape(-1, 2)
        self._scored = np.array(pairs["scored"], np.float64).reshape(-1, 3)
        there = np.diff(self._starts) > 0
        self._questions = self._questions[there[self._questions].all(1)]
        self._scored = self._scored[there[self._scored[:, :2].astype(np.int64)].all(1)]
        self._members = members_of(self.group, there)
        self._lexical = lexical_weights(self._ids, self._starts, self.language, self._worded)
        self._pairs, self._singles = self._pools()

    def _add_words(self, work: WorkFolder) -> None:
        """Each piece that is a word becomes a text of its own: this holds the table's rare rows in place."""
        from tokenizers import Tokenizer

        texts = spelled_pieces(work)
        encoded = Tokenizer.from_file(str(work.tokenizer)).encode_batch_fast(texts)
        ids = [np.array(x.ids[1:-1], np.uint16) for x in encoded]
        words = [at for at in np.nonzero(self._worded)[0] if len(ids[at]) <= 2 and at in ids[at]]
        first_text, first_group = len(self.group), len(self.targets)
        self._words = np.arange(first_text, first_text + len(words))
        targets = self.teaching.targets(read_piece_labels(work), np.full(len(texts), ""))
        self.targets = np.concatenate([self.targets, targets[words]])
        self.group = np.concatenate([self.group, np.arange(first_group, first_group + len(words))])
        self.language = np.concatenate([self.language, np.full(len(words), "")])
        self.source = np.concatenate([self.source, np.full(len(words), "word")])
        self._ids = np.concatenate([self._ids, *(ids[at] for at in words)])
        ends = self._starts[-1] + np.cumsum([len(ids[at]) for at in words])
        self._starts = np.concatenate([self._starts, ends])

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return len(self._worded)

    def draw(self, mix: Mix, step: int) -> Batch:
        """The batch of this step."""
        rng = np.random.default_rng((self._seed, step))
        pairs = self._draw_pairs(mix.pairs, rng)
        questions = rng.choice(self._questions, mix.questions) if mix.questions else self._questions[:0]
        scored = rng.choice(self._scored, mix.scored) if mix.scored else self._scored[:0]
        singles = self._draw_singles(mix.singles, rng)
        words = rng.choice(self._words, mix.words)
        excerpts = self._draw_excerpts(mix, rng)
        keywords = rng.random(len(excerpts)) < KEYWORDS_SHARE
        parts = [
            _Part([[int(x)] for x in (*pairs[:, 0], *pairs[:, 1])], self._dropped_share),
            _Part([[int(x)] for x in questions[:, 0]], DROPPED_SHARE),
            *(
                _Part([[query]], KEYWORDS_DROPPED_SHARE if few else self._dropped_share)
                for (query, _), few in zip(excerpts, keywords, strict=True)
            ),
            _Part([self._passages(passage, mix, rng) for passage in questions[:, 1]], DROPPED_SHARE),
            _Part([passage for _, passage in excerpts], self._dropped_share),
            _Part([[int(x)] for x in (*scored[:, 0], *scored[:, 1])], DROPPED_SHARE),
            _Part([[int(x)] for x in (*singles, *words)], self._dropped_share),
        ]
        return self._batch(parts, scored[:, 2], mix, rng)

    def _batch(
        self, parts: Sequence[_Part], scores: NDArray[np.float64], mix: Mix, rng: np.random.Generator
    ) -> Batch:
        longest = max(LONG_LENGTHS) if mix.long else mix.max_tokens
        numbers = [of for part in parts for of in part.texts]
        ids = [self._joined(of, longest, rng, part.dropped_share) for part in parts for of in part.texts]
        languages = np.array(
            [LANGUAGES.index(x) if x in LANGUAGES else -1 for x in self.language[[n[0] for n in numbers]]]
        )
        texts = Texts.of(ids)
        tokens = texts.rows[texts.inverse].numpy()
        row = np.repeat(languages, texts.lengths.numpy())
        unknown = np.where(self._worded[tokens], -1, 0)
        weights = np.where(row >= 0, self._lexical[row, tokens], unknown).astype(np.float32)
        targets = np.stack([self._target(of) for of in numbers])
        return Batch(
            texts,
            mix,
            torch.from_numpy(targets),
            torch.tensor(scores, dtype=torch.float32),
            torch.from_numpy(weights),
        )

    def _lengths(self, numbers: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """How many tokens each of these texts has."""
        first = np.array(numbers, np.int64)
        return np.asarray(self._starts[first + 1] - self._starts[first])

    def _target(self, numbers: Sequence[int]) -> NDArray[np.float32]:
        """The mean of the parts' targets by length: the teacher, too, averages its tokens."""
        if len(numbers) == 1:
            return np.asarray(self.targets[self.group[numbers[0]]])
        lengths = self._lengths(numbers).astype(np.float32)
        total = (self.targets[self.group[list(numbers)]] * lengths[:, None]).sum(0)
        return np.asarray(total / max(float(np.linalg.norm(total)), 1e-6))

    def _joined(
        self, numbers: Sequence[int], longest: int, rng: np.random.Generator, dropped_share: float
    ) -> NDArray[np.uint16]:
        parts = [self._ids[self._starts[n] : self._starts[n + 1]] for n in numbers]
        ids = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if len(ids) > 4 and not self._worded[ids[-1]] and rng.random() < DROPPED_FINAL_SHARE:
            ids = ids[:-1]
        if dropped_share and len(ids) >= SHORTEST_DROPPED:
            ids = ids[rng.random(len(ids)) >= dropped_share]
        return ids[: longest - 2]

    def _passages(self, passage: float, mix: Mix, rng: np.random.Generator) -> list[int]:
        """The passage alone or, in a long batch, somewhere between others, up to a drawn length."""
        if not mix.long:
            return [int(passage)]
        length, chosen = int(rng.choice(LONG_LENGTHS)), [int(passage)]
        others = rng.choice(self._questions[:, 1], 40)
        total = int(self._lengths(chosen)[0])
        for other, n_tokens in zip(others, self._lengths(others).tolist(), strict=True):
            if total + n_tokens <= length - 2 and int(other) not in chosen:
                chosen.insert(int(rng.integers(len(chosen) + 1)), int(other))
                total += n_tokens
        return chosen

    def _draw_excerpts(self, mix: Mix, rng: np.random.Generator) -> list[tuple[int, list[int]]]:
        """A text and a passage that holds it, or its translation, among texts of its kind.

        Neighbours come one after another out of the pool, so that half of the passages keep to one subject
        and stand beside others like them.
        """
        fewest, most = LONG_EXCERPT_GROUPS if mix.long else EXCERPT_GROUPS
        longest = LONG_LENGTHS[0] if mix.long else mix.max_tokens
        sizes = rng.integers(fewest, most, size=mix.excerpts, endpoint=True)
        groups = self._pairs.draw(int(sizes.sum()), rng)
        found = []
        for chosen in np.split(np.array(groups, np.int64), np.cumsum(sizes)[:-1]) if groups else []:
            language = rng.choice(self.language[self._members[chosen[0]]])
            passage = [self._in(language, group, rng) for group in chosen]
            n_fitting = int(np.searchsorted(np.cumsum(self._lengths(passage)), longest))
            passage = passage[: max(1, n_fitting)]
            at = int(rng.integers(len(passage)))
            query = (
                passage[at]
                if rng.random() < SAME_WORDS_SHARE
                else int(self._two(self._members[chosen[at]], rng)[0])
            )
            found.append((query, passage))
        return found

    def _in(self, language: str, group: int, rng: np.random.Generator) -> int:
        """The group's text of a language, any if it has none."""
        members = self._members[group]
        right = members[self.language[members] == language]
        return int(rng.choice(right if len(right) else members))

    def _in(self, language: str, group: int, rng: np.random.Generator) -> int:
        """The group's text of a language, any if it has none."""
        members = self._members[group]
        right = members[self.language[members] == language]
        return int(rng.choice(right if len(right) else members))

    def _draw_pairs(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """(n, 2) texts of one group each."""
        chosen = [self._two(self._members[group], rng) for group in self._pairs.draw(n, rng)]
        return np.array(chosen, np.int64).reshape(-1, 2)

    def _two(self, members: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        if len(members) == 2:
            return members if rng.random() < 0.5 else members[::-1]
        weights = np.array([LANGUAGE_WEIGHTS.get(x, 1.0) for x in self.language[members]])
        return rng.choice(members, 2, replace=False, p=weights / weights.sum())

    def _draw_singles(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        return np.array([self._members[group][0] for group in self._singles.draw(n, rng)], np.int64)

    def _pools(self) -> tuple[GroupPool, GroupPool]:
        """The groups with translations, and the single texts that are no words; only those with a target."""
        known = np.linalg.norm(self.targets, axis=1) > 0.5
        size = np.array([len(m) for m in self._members])
        sentences = np.arange(len(size)) < self.group[self._words[0]]
        first = np.array([self._members[g][0] if len(self._members[g]) else 0 for g in range(len(size))])
        pairs = np.nonzero(known & (size > 1))[0]
        source = np.array([SOURCE_WEIGHTS.get(x, OTHER_SOURCES) for x in self.source[first[pairs]]])
        singles = np.nonzero(known & sentences & (size == 1))[0]
        _, at, count = np.unique(self.language[first[singles]], return_inverse=True, return_counts=True)
        return (
            GroupPool(pairs, source * np.minimum(size[pairs], 8) / 2, self.targets, self._seed),
            GroupPool(singles, count[at] ** SINGLE_POWER, self.targets, self._seed),
        )
