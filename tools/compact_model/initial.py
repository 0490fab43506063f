"""The token table before training: what the teachers make of each piece alone."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tools.compact_model.files import WorkFolder
from tools.compact_model.targets import Teaching, Vectors, read_piece_labels
from tools.compact_model.teacher_use import UseTeacher
from tools.compact_model.tokenizer import PAD, is_emoji, spoken


def initial_table(work: WorkFolder, teacher: UseTeacher, teaching: Teaching, hidden: int) -> Tensor:
    """(vocabulary, hidden): principal directions of the pieces' features, mean length 1.

    Half of the features are what a piece adds to USE's sentence vectors, so that words which tell much are
    long; the other half are the teachers' vectors of the piece as a text, as long as the first half. A
    character that USE does not know begins as the mean of the short pieces that hold it, an emoji as the mean
    of its name's pieces.
    """
    from tokenizers import Tokenizer

    pieces = np.load(work.teacher_pieces)
    tokenizer = Tokenizer.from_file(str(work.tokenizer))
    features = teacher.piece_features(np.maximum(pieces, 0).tolist())
    known = pieces >= 0
    unknown = {tokenizer.id_to_token(int(at)): int(at) for at in np.nonzero(~known)[0]}
    _fill_unknown(features, unknown, teacher)
    features -= features[known].mean(0)
    labels = read_piece_labels(work)
    alone = teaching.joined(labels, np.full(len(labels[0]), ""))
    length = np.linalg.norm(features, axis=1, keepdims=True)
    table = _principal(np.concatenate([features, alone * length], axis=1), known, hidden)
    table[PAD] = 0
    return torch.from_numpy(table)


def _fill_unknown(features: Vectors, unknown: dict[str, int], teacher: UseTeacher) -> None:
    inside: dict[str, list[int]] = {}
    for number, (piece, _) in enumerate(teacher.vocabulary()):
        for character in set(piece) if len(piece) <= 4 else ():
            if character in unknown:
                inside.setdefault(character, []).append(number)
    mean = features.mean(0)
    for character, at in unknown.items():
        found = teacher.ids(spoken(character)) if is_emoji(character) else inside.get(character, [])
        features[at] = teacher.piece_features(found).mean(0) if found else mean


def _principal(features: Vectors, known: NDArray[np.bool_], hidden: int) -> Vectors:
    _, directions = np.linalg.eigh(features[known].T @ features[known])
    table = features @ directions[:, ::-1][:, :hidden]
    return np.asarray(table / np.linalg.norm(table[known], axis=1).mean(), np.float32)
