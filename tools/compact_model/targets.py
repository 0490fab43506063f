"""What the student should reach: the teachers' vector of each group, the lexical weight of each token.

The two teachers' vectors stand side by side, so the cosine of two targets is the mean of the teachers'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.compact_model.corpus import LANGUAGES
from tools.compact_model.files import TEACHERS, WorkFolder

FITTED_TEXTS = 100_000
ROWS = 50_000
# Document frequency is counted on so many texts of a language.
COUNTED_TEXTS = 40_000
# BGE-M3's content words weigh 0.2 to 0.35, its function words next to nothing.
LARGEST_WEIGHT = 0.36
FUNCTION_WORD_IDF = 3.0
RARE_WORD_IDF = 8.5

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Teaching:
    """How the teachers' vectors become targets.

    `means` holds for each teacher (n_languages, dim) what all texts of a language share, which says only
    which language it is: e5 alone would call any two texts in Chinese alike. `directions` (sum of dims, n)
    are the principal ones of the vectors side by side, uncentred, so that cosines are kept.
    """

    means: tuple[Vectors, ...]
    directions: Vectors

    @classmethod
    def of(cls, labels: Sequence[NDArray[np.float16]], languages: NDArray[np.str_], n: int) -> Teaching:
        """The means of all texts, the directions of the first FITTED_TEXTS."""
        means = tuple(np.stack([_mean(x[languages == name], x) for name in LANGUAGES]) for x in labels)
        first = [x[:FITTED_TEXTS].astype(np.float32) for x in labels]
        joined = _side_by_side(first, languages[:FITTED_TEXTS], means)
        _, directions = np.linalg.eigh(joined.T @ joined / len(joined))
        return cls(means, np.ascontiguousarray(directions[:, ::-1][:, :n], np.float32))

    def targets(self, labels: Sequence[NDArray[np.float16]], languages: NDArray[np.str_]) -> Vectors:
        """(n_texts, n), unit length, from each teacher's (n_texts, dim)."""
        parts = [
            _unit(
                self.joined([x[at : at + ROWS] for x in labels], languages[at : at + ROWS]) @ self.directions
            )
            for at in range(0, len(languages), ROWS)
        ]
        return np.concatenate(parts)

    def joined(self, labels: Sequence[NDArray[np.float16]], languages: NDArray[np.str_]) -> Vectors:
        """(n_texts, sum of dims), unit length: the teachers' vectors side by side, without their means."""
        return _side_by_side([x.astype(np.float32) for x in labels], languages, self.means)


def read_labels(work: WorkFolder) -> list[NDArray[np.float16]]:
    """Each teacher's (n_labelled, dim): the texts that all of them have seen, from the first on."""
    read = [_read_shards(work, teacher) for teacher in TEACHERS]
    n = min(map(len, read))
    return [x[:n] for x in read]


def group_targets(targets: Vectors, group: NDArray[np.int64]) -> Vectors:
    """(n_groups, n), unit length: the mean over a group's labelled texts, 0 for a group without one.

    `targets` are those of the first texts, `group` (n_texts,) the group of each text.
    """
    total = np.zeros((group.max() + 1, targets.shape[1]), np.float32)
    np.add.at(total, group[: len(targets)], targets)
    return _unit(total)


def lexical_weights(
    ids: NDArray[np.int32], starts: NDArray[np.int64], languages: NDArray[np.str_], worded: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """(n_languages, vocabulary): how much a token tells, from how few texts of the language hold it.

    Text i is ids[starts[i] : starts[i + 1]]. `worded` (vocabulary,) says which tokens hold a letter or digit;
    the others weigh nothing.
    """
    weights = np.zeros((len(LANGUAGES), len(worded)), np.float32)
    for row, language in enumerate(LANGUAGES):
        chosen = np.nonzero(languages == language)[0][:COUNTED_TEXTS]
        count = _document_counts([ids[starts[at] : starts[at + 1]] for at in chosen], len(worded))
        idf = np.log((len(chosen) + 1) / (count + 0.5))
        share = np.clip((idf - FUNCTION_WORD_IDF) / (RARE_WORD_IDF - FUNCTION_WORD_IDF), 0, 1)
        weights[row] = LARGEST_WEIGHT * share**0.7 * worded
    return weights


def _read_shards(work: WorkFolder, teacher: str) -> NDArray[np.float16]:
    """The shards from the first on, up to one that is missing."""
    paths = sorted(work.labels(teacher).glob("[0-9]*.npy"))
    there = [path for at, path in enumerate(paths) if int(path.stem) == at]
    return np.concatenate([np.load(path) for path in there])


def _side_by_side(
    vectors: Sequence[Vectors], languages: NDArray[np.str_], means: Sequence[Vectors]
) -> Vectors:
    place = {language: at for at, language in enumerate(LANGUAGES)}
    rows = np.array([place.get(x, -1) for x in languages])
    # The last teacher separates languages best: the texts of unknown language go to its nearest mean.
    unknown = rows < 0
    if unknown.any():
        middle = means[-1].mean(0)
        rows[unknown] = (_unit(vectors[-1][unknown] - middle) @ _unit(means[-1] - middle).T).argmax(1)
    centred = [_unit(x - mean[rows]) for x, mean in zip(vectors, means, strict=True)]
    return np.asarray(np.concatenate(centred, axis=1) / np.sqrt(len(centred)), np.float32)


def _mean(chosen: NDArray[np.float16], otherwise: NDArray[np.float16]) -> Vectors:
    return np.asarray((chosen if len(chosen) else otherwise).mean(0, dtype=np.float32), np.float32)


def _document_counts(texts: Sequence[NDArray[np.int32]], vocabulary: int) -> NDArray[np.int64]:
    """(vocabulary,): in how many texts each token occurs."""
    if not texts:
        return np.zeros(vocabulary, np.int64)
    text = np.repeat(np.arange(len(texts)), [len(x) for x in texts])
    once = np.unique(text * vocabulary + np.concatenate(texts).astype(np.int64))
    return np.bincount(once % vocabulary, minlength=vocabulary)


def _unit(x: Vectors) -> Vectors:
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-6), np.float32)
