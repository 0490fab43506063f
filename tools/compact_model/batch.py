"""What one step trains on. Draws nothing."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from tools.compact_model.texts import Texts


@dataclass(frozen=True)
class Mix:
    """How many of each kind a batch holds, and the longest text, in tokens."""

    pairs: int
    questions: int
    excerpts: int
    scored: int
    singles: int
    max_tokens: int
    long: bool = False


@dataclass(frozen=True)
class Batch:
    """Texts in the order: left sides of pairs, right sides, questions, excerpts' queries, passages,
    excerpts' passages, scored left, scored right, singles.

    `targets` (n_texts, n_targets) are 0 where the teachers were not asked; `weights` (n_tokens,) are lexical
    weights, -1 where none are known.
    """

    texts: Texts
    mix: Mix
    targets: Tensor
    scores: Tensor
    weights: Tensor
