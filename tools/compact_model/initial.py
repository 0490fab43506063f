"""The token table before training: what each piece adds to the teacher's sentence vectors."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tools.compact_model.files import WorkFolder
from tools.compact_model.teacher import Teacher
from tools.compact_model.tokenizer import PAD


def initial_table(work: WorkFolder, teacher: Teacher, hidden: int) -> Tensor:
    """(vocabulary, hidden): principal directions of the pieces' features, mean length 1.

    A character that the teacher does not know begins as the mean of the short pieces that hold it.
    """
    from tokenizers import Tokenizer

    pieces = np.load(work.teacher_pieces)
    tokenizer = Tokenizer.from_file(str(work.tokenizer))
    features = teacher.piece_features(np.maximum(pieces, 0).tolist())
    known = pieces >= 0
    unknown = {tokenizer.id_to_token(int(at)): int(at) for at in np.nonzero(~known)[0]}
    _fill_unknown(features, unknown, teacher)
    table = _principal(features, known, hidden)
    table[PAD] = 0
    return torch.from_numpy(table)


def _fill_unknown(features: NDArray[np.float32], unknown: dict[str, int], teacher: Teacher) -> None:
    inside: dict[str, list[int]] = {}
    for number, (piece, _) in enumerate(teacher.vocabulary()):
        for character in set(piece) if len(piece) <= 4 else ():
            if character in unknown:
                inside.setdefault(character, []).append(number)
    mean = features.mean(0)
    for character, at in unknown.items():
        found = inside.get(character, [])
        features[at] = teacher.piece_features(found).mean(0) if found else mean


def _principal(features: NDArray[np.float32], known: NDArray[np.bool_], hidden: int) -> NDArray[np.float32]:
    centred = features - features[known].mean(0)
    _, directions = np.linalg.eigh(centred[known].T @ centred[known])
    table = centred @ directions[:, ::-1][:, :hidden]
    return np.asarray(table / np.linalg.norm(table[known], axis=1).mean(), np.float32)
