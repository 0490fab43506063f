"""Draws batches of training texts.

What a step draws depends on the seed and the step's number alone: a stopped run goes on as if it had not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from tools.compact_model.batch import Batch, Mix
from tools.compact_model.corpus import LANGUAGES
from tools.compact_model.files import WorkFolder
from tools.compact_model.group_pool import GroupPool, members_of
from tools.compact_model.questions import Asked, QuestionPool, answering_sentence
from tools.compact_model.targets import Teaching, group_targets, lexical_weights, read_labels
from tools.compact_model.texts import Texts
from tools.compact_model.tokenizer import sentence_ends, worded_pieces

# News and encyclopaedias teach more per text than the many near-equal sentences of one source.
SOURCE_WEIGHTS = {"tatoeba": 0.5, "libreoffice-help": 0.5}
OTHER_SOURCES = 2.0
# Languages that lag behind are drawn more often out of a group.
LANGUAGE_WEIGHTS = {"ar": 2.5, "ko": 2.0, "ru": 1.5, "th": 2.0, "tr": 1.7, "ja": 1.5, "zh": 1.5}
SINGLE_POWER = -0.5
# A final full stop carries no meaning, but a student that never misses it comes to rely on it.
DROPPED_FINAL_SHARE = 0.2
# Attention's cost grows with the square: most of a long batch's passages stay at the first length.
LONG_LENGTHS = (512, 512, 768, 1024, 2048)
# An excerpt's passage holds so many groups; its query is one of them in the same words or in any language,
# and half of the queries keep only some words, as people type into a search box.
EXCERPT_GROUPS, LONG_EXCERPT_GROUPS = (2, 6), (8, 40)
SAME_WORDS_SHARE = 0.3
KEYWORDS_SHARE = 0.4
KEYWORDS_DROPPED_SHARE = 0.4
SHORTEST_DROPPED = 6
# So many passages give way to the sentence that answers: people write answers of one sentence, too.
SENTENCE_SHARE = 0.5


class TrainingData:
    """The work folder's texts, ready to be drawn from; targets have `n_targets` numbers."""

    def __init__(self, work: WorkFolder, n_targets: int, seed: int) -> None:
        self._seed = seed
        rows = list(work.texts())
        self.group = np.array([row.group for row in rows])
        self.language = np.array([row.language for row in rows])
        self._source = np.array([row.source for row in rows])
        self._ids, self._starts = np.load(work.path / "ids.npy"), np.load(work.path / "starts.npy")
        tokenizer = Tokenizer.from_file(str(work.tokenizer))
        self._worded, self._ends = worded_pieces(tokenizer), sentence_ends(tokenizer)
        labels = read_labels(work)
        languages = self.language[: len(labels[0])]
        teaching = Teaching.of(labels, languages, n_targets)
        self.targets = group_targets(teaching.targets(labels, languages), self.group)
        there = np.diff(self._starts) > 0
        self._members = members_of(self.group, there)
        pairs = work.pairs()
        questions = np.array(pairs["questions"], np.int64).reshape(-1, 2)
        questions = questions[there[questions].all(1)]
        self._questions = QuestionPool(questions, self.group, self._members, self.targets)
        self._scored = np.array(pairs["scored"], np.float64).reshape(-1, 3)
        self._scored = self._scored[there[self._scored[:, :2].astype(np.int64)].all(1)]
        self._lexical = lexical_weights(self._ids, self._starts, self.language, self._worded)
        self._pairs, self._singles = self._pools()

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return len(self._worded)

    def draw(self, mix: Mix, step: int) -> Batch:
        """The batch of this step."""
        rng = np.random.default_rng((self._seed, step))
        pairs = self._draw_pairs(mix.pairs, rng)
        questions = self._questions.draw(mix.questions, rng)
        scored = rng.choice(self._scored, mix.scored) if mix.scored else self._scored[:0]
        excerpts = self._draw_excerpts(mix, rng)
        keywords = rng.random(len(excerpts)) < KEYWORDS_SHARE
        numbers = [
            *([int(x)] for x in (*pairs[:, 0], *pairs[:, 1])),
            *([asked.question] for asked in questions),
            *([query] for query, _ in excerpts),
            *(self._passages(asked.passage, mix, rng) for asked in questions),
            *(passage for _, passage in excerpts),
            *([int(x)] for x in (*scored[:, 0], *scored[:, 1], *self._draw_singles(mix.singles, rng))),
        ]
        few = np.zeros(len(numbers), np.bool_)
        first = 2 * len(pairs) + len(questions)
        few[first : first + len(excerpts)] = keywords
        longest = max(LONG_LENGTHS) if mix.long else mix.max_tokens
        ids = [self._joined(of, longest, rng, bool(x)) for of, x in zip(numbers, few, strict=True)]
        if not mix.long:
            answers = range(first + len(excerpts), first + len(excerpts) + len(questions))
            for at, asked in zip(answers, questions, strict=True):
                if rng.random() < SENTENCE_SHARE:
                    ids[at] = self._answer(asked)[: longest - 2]
        return self._batch(numbers, ids, scored[:, 2], mix)

    def _batch(
        self,
        numbers: Sequence[list[int]],
        ids: Sequence[NDArray[np.int32]],
        scores: NDArray[np.float64],
        mix: Mix,
    ) -> Batch:
        """`numbers` are the texts that each text is joined from."""
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

    def _answer(self, asked: Asked) -> NDArray[np.int32]:
        """The sentence of the passage that answers."""
        parts = (asked.written_question, asked.written_passage, asked.passage)
        language = self.language[asked.written_passage]
        weights = self._lexical[LANGUAGES.index(language)]
        question, written, passage = (self._text_ids(text) for text in parts)
        return answering_sentence(question, written, passage, weights, self._ends)

    def _text_ids(self, text: int) -> NDArray[np.int32]:
        return np.asarray(self._ids[self._starts[text] : self._starts[text + 1]])

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
        self, numbers: Sequence[int], longest: int, rng: np.random.Generator, few: bool
    ) -> NDArray[np.int32]:
        parts = [self._text_ids(n) for n in numbers]
        ids = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if len(ids) > 4 and not self._worded[ids[-1]] and rng.random() < DROPPED_FINAL_SHARE:
            ids = ids[:-1]
        if few and len(ids) >= SHORTEST_DROPPED:
            ids = ids[rng.random(len(ids)) >= KEYWORDS_DROPPED_SHARE]
        return ids[: longest - 2]

    def _passages(self, passage: int, mix: Mix, rng: np.random.Generator) -> list[int]:
        """The passage alone or, in a long batch, somewhere between others, up to a drawn length."""
        if not mix.long:
            return [passage]
        length, chosen = int(rng.choice(LONG_LENGTHS)), [passage]
        others = rng.choice(self._questions.passages, 40)
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
        """The groups with translations, and the single texts; only those with a target."""
        known = np.linalg.norm(self.targets, axis=1) > 0.5
        size = np.array([len(m) for m in self._members])
        first = np.array([m[0] if len(m) else 0 for m in self._members])
        pairs = np.nonzero(known & (size > 1))[0]
        source = np.array([SOURCE_WEIGHTS.get(x, OTHER_SOURCES) for x in self._source[first[pairs]]])
        singles = np.nonzero(known & (size == 1))[0]
        _, at, count = np.unique(self.language[first[singles]], return_inverse=True, return_counts=True)
        return (
            GroupPool(pairs, source * np.minimum(size[pairs], 8) / 2, self.targets, self._seed),
            GroupPool(singles, count[at] ** SINGLE_POWER, self.targets, self._seed),
        )
