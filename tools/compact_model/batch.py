"""What one step trains on. Draws nothing."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from tools.compact_model.student import Texts


@dataclass(frozen=True)
class Mix:
    """How many of each kind a batch holds, and the longest text, in tokens."""

    pairs: int
    questions: int
    scored: int
    singles: int
    words: int
    max_tokens: int
    long: bool = False
    excerpts: int = 0


@dataclass(frozen=True)
class Batch:
    """Texts in the order: left sides of pairs, right sides, questions, passages, scored left, scored right,
    singles, words. Excerpts count as questions.

    `targets` (n_texts, n_targets) are 0 where the teacher was not asked; `weights` (n_tokens,) are lexical
    weights, -1 where none are known.
    """

    texts: Texts
    mix: Mix
    targets: Tensor
    scores: Tensor
    weights: Tensor

    def to(self, device: str) -> Batch:
        """A copy on the device."""
        scores, weights = self.scores.to(device), self.weights.to(device)
        return Batch(self.texts.to(device), self.mix, self.targets.to(device), scores, weights)
