"""Weights in fp32 for a network that computes in bf16: small steps would be lost in its rounding."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

BETAS = (0.9, 0.98)
WEIGHT_DECAY = 0.01
LARGEST_GRADIENT = 1.0


class Master:
    """AdamW over fp32 copies of a module's weights; its own are their rounding.

    Weights whose name begins with one of `heads` move at `head_rate` times the rate.
    """

    def __init__(self, module: nn.Module, heads: tuple[str, ...], head_rate: float) -> None:
        named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
        self._rounded = [p for _, p in named]
        self._exact = [p.detach().clone().float().requires_grad_() for p in self._rounded]
        self._optimiser = torch.optim.AdamW(
            [
                {
                    "params": [p],
                    "weight_decay": WEIGHT_DECAY if p.ndim > 1 else 0.0,
                    "factor": head_rate if name.startswith(heads) else 1.0,
                }
                for (name, _), p in zip(named, self._exact, strict=True)
            ],
            betas=BETAS,
            fused=True,
        )

    def move(self, rate: float) -> float:
        """One step along the module's gradients, which are taken away; their length before clipping."""
        for exact, rounded in zip(self._exact, self._rounded, strict=True):
            exact.grad = None if rounded.grad is None else rounded.grad.float()
            rounded.grad = None
        length = torch.nn.utils.clip_grad_norm_(self._exact, LARGEST_GRADIENT)
        for group in self._optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        self._optimiser.step()
        self._round()
        return float(length)

    def exact(self) -> list[Tensor]:
        """The fp32 weights, in the order of the module's parameters that are trained."""
        return [x.detach() for x in self._exact]

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` needs."""
        return {"exact": self.exact(), "optimiser": self._optimiser.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave, the module's weights too."""
        with torch.no_grad():
            for mine, saved in zip(self._exact, state["exact"], strict=True):
                mine.copy_(saved)
        self._optimiser.load_state_dict(state["optimiser"])
        self._round()

    @torch.no_grad()
    def _round(self) -> None:
        torch._foreach_copy_(self._rounded, self._exact)
