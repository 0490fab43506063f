"""The token table with its own Adam: only the rows that a step touches are read, moved and written."""

from __future__ import annotations

import torch
from torch import Tensor

BETAS = (0.9, 0.98)
EPSILON = 1e-8


class TokenTable:
    """(vocabulary, hidden) vectors, with both moments of each row and how often it was moved."""

    def __init__(self, vectors: Tensor) -> None:
        self.vectors = vectors
        self._mean = torch.zeros_like(vectors)
        self._square = torch.zeros_like(vectors)
        self._moves = torch.zeros(len(vectors))

    def read(self, rows: Tensor) -> Tensor:
        """(n_rows, hidden) copies that collect a gradient."""
        return self.vectors[rows].requires_grad_()

    @torch.no_grad()
    def move(self, rows: Tensor, gradient: Tensor, rate: float) -> None:
        """One step of Adam on these rows, each with the bias correction of its own number of moves."""
        self._moves[rows] += 1
        moves = self._moves[rows, None]
        mean = self._mean[rows].lerp_(gradient, 1 - BETAS[0])
        square = self._square[rows].lerp_(gradient.square(), 1 - BETAS[1])
        self._mean[rows], self._square[rows] = mean, square
        mean = mean / (1 - BETAS[0] ** moves)
        square = square / (1 - BETAS[1] ** moves)
        self.vectors[rows] -= rate * mean / (square.sqrt() + EPSILON)

    def state_dict(self) -> dict[str, Tensor]:
        """All four arrays by name."""
        return {"vectors": self.vectors, "mean": self._mean, "square": self._square, "moves": self._moves}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Take over what `state_dict` gave."""
        self.vectors, self._mean = state["vectors"], state["mean"]
        self._square, self._moves = state["square"], state["moves"]
