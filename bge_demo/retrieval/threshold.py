"""From which similarity on a search's first hit is usually right, by the serving checkpoint's own figures.

Measured by `indexing`, and told only if it tells right from wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

# A warning is worth giving if it meets half of the wrong first hits and one in ten of the right ones.
_LEAST_WRONG_BELOW, _MOST_RIGHT_BELOW = 0.5, 0.1


@dataclass(frozen=True)
class SearchThreshold:
    """First hits below `percent` similarity: `wrong_below` of the wrong ones and `right_below` of the right
    ones (shares in 0..1) of `n_queries` labelled queries, of which `n_right` had a right first hit."""

    percent: float
    wrong_below: float
    right_below: float
    n_queries: int
    n_right: int

    @property
    def separates(self) -> bool:
        """Whether it tells right from wrong."""
        return self.wrong_below >= _LEAST_WRONG_BELOW and self.right_below <= _MOST_RIGHT_BELOW

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        return asdict(self) | {"separates": self.separates}


def best_threshold(percents: Sequence[float], is_right: Sequence[bool]) -> SearchThreshold:
    """The cut with the most wrong ones below it that still spares nine in ten of the right ones."""
    values, right = np.array(percents), np.array(is_right)

    def below(cut: float, chosen: np.ndarray) -> float:
        return float(np.mean(values[chosen] < cut)) if chosen.any() else 0.0

    sparing = [cut for cut in sorted({*percents}) if below(cut, right) <= _MOST_RIGHT_BELOW]
    cut = max(sparing, key=lambda one: below(one, ~right))
    return SearchThreshold(
        percent=cut,
        wrong_below=below(cut, ~right),
        right_below=below(cut, right),
        n_queries=len(percents),
        n_right=int(right.sum()),
    )
