"""What the student should reach: the teacher's vector of each group, the lexical weight of each token."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.compact_model.corpus import LANGUAGES
from tools.compact_model.files import WorkFolder
from tools.compact_model.label import SHARD

# The principal directions are fitted on the first texts alone: labelling more leaves them as they are.
FITTED_TEXTS = 100_000
# Document frequency is counted on so many texts of a language.
COUNTED_TEXTS = 40_000
# BGE-M3's content words weigh 0.2 to 0.35, its function words next to nothing.
LARGEST_WEIGHT = 0.36
FUNCTION_WORD_IDF = 3.0
RARE_WORD_IDF = 8.5


def read_labels(work: WorkFolder, n_texts: int) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
    """(n_texts, teacher dim) vectors and (n_texts,) whether there is one."""
    paths = sorted(work.labels.glob("[0-9]*.npy"))
    first = np.load(paths[0], mmap_mode="r")
    vectors = np.zeros((n_texts, first.shape[1]), np.float16)
    there = np.zeros(n_texts, bool)
    for path in paths:
        at = int(path.stem) * SHARD
        part = np.load(path)
        vectors[at : at + len(part)], there[at : at + len(part)] = part, True
    return vectors, there


def principal_directions(vectors: NDArray[np.float16], n: int) -> NDArray[np.float32]:
    """(teacher dim, n), uncentred, so that cosines are kept as far as n directions can."""
    x = vectors[:FITTED_TEXTS].astype(np.float32)
    _, directions = np.linalg.eigh(x.T @ x / len(x))
    return np.ascontiguousarray(directions[:, ::-1][:, :n], np.float32)


def group_targets(
    vectors: NDArray[np.float16], there: NDArray[np.bool_], group: NDArray[np.int64], n: int
) -> NDArray[np.float32]:
    """(n_groups, n), unit length: the mean over a group's labelled texts, 0 for a group without one."""
    directions = principal_directions(vectors[there], n)
    total = np.zeros((group.max() + 1, n), np.float32)
    labelled = np.nonzero(there)[0]
    for at in range(0, len(labelled), 100_000):
        rows = labelled[at : at + 100_000]
        np.add.at(total, group[rows], _unit(vectors[rows].astype(np.float32) @ directions))
    return _unit(total)


def lexical_weights(
    ids: NDArray[np.uint16], starts: NDArray[np.int64], languages: NDArray[np.str_], worded: NDArray[np.bool_]
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


def _document_counts(texts: Sequence[NDArray[np.uint16]], vocabulary: int) -> NDArray[np.int64]:
    """(vocabulary,): in how many texts each token occurs."""
    if not texts:
        return np.zeros(vocabulary, np.int64)
    text = np.repeat(np.arange(len(texts)), [len(x) for x in texts])
    once = np.unique(text * vocabulary + np.concatenate(texts).astype(np.int64))
    return np.bincount(once % vocabulary, minlength=vocabulary)


def _unit(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-6), np.float32)
