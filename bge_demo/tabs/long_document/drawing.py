"""Points of the result's curves, in the coordinates of their drawings. Knows no HTML."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bge_demo.tabs.long_document.analysis import Chunk, DocumentResult, Prefix

WIDTH, HEIGHT = 1000.0, 160.0
# More steps than this cannot be told apart; each then shows the best of its neighbours.
_MOST_STEPS = 500
# The scale spans at least this much, so that a flat curve looks flat.
_LEAST_SPAN = 0.2


@dataclass(frozen=True)
class Dot:
    """A point to choose: which peak it is, and where it stands."""

    peak: int
    x: float
    y: float


@dataclass(frozen=True)
class Curve:
    """A line as SVG wants it, and what its scale reaches from and to, in percent."""

    line: str
    lowest: float
    highest: float
    dots: tuple[Dot, ...] = ()
    cut: float | None = None


def document_curve(result: DocumentResult) -> Curve | None:
    """Similarity over the document's characters; None without a query."""
    scored = [(chunk, chunk.similarity) for chunk in result.chunks if chunk.similarity is not None]
    if not scored:
        return None
    scale = _Scale([similarity for _, similarity in scored])
    length = max(1, len(result.request.document))
    steps = _thinned(scored)
    # A step ends where the next begins, as windows overlap.
    ends = [*(chunk.start for chunk, _ in steps[1:]), length]
    points: list[tuple[float, float]] = []
    for (chunk, similarity), end in zip(steps, ends, strict=True):
        y = scale.y(similarity)
        points += [(WIDTH * chunk.start / length, y), (WIDTH * end / length, y)]
    dots = tuple(
        Dot(number, WIDTH * (chunk.start + chunk.end) / 2 / length, scale.y(similarity))
        for number, (chunk, similarity) in enumerate(scored[peak.chunk] for peak in result.peaks)
    )
    is_cut = result.whole.read_tokens < result.n_tokens
    cut = WIDTH * result.whole.read_to / length if is_cut else None
    return Curve(_line(points), scale.lowest * 100, scale.highest * 100, dots, cut)


def prefix_curve(prefixes: Sequence[Prefix]) -> Curve | None:
    """Similarity over the prefixes' lengths, doublings evenly spaced; None for fewer than two."""
    if len(prefixes) < 2:
        return None
    scale = _Scale([prefix.similarity for prefix in prefixes])
    places = [math.log2(prefix.n_tokens) for prefix in prefixes]
    span = places[-1] - places[0]
    points = [
        (WIDTH * (place - places[0]) / span, scale.y(prefix.similarity))
        for place, prefix in zip(places, prefixes, strict=True)
    ]
    return Curve(_line(points), scale.lowest * 100, scale.highest * 100)


class _Scale:
    """From similarities to heights."""

    def __init__(self, similarities: Sequence[float]) -> None:
        low, high = min(similarities), max(similarities)
        missing = max(0.0, _LEAST_SPAN - (high - low))
        self.lowest, self.highest = low - missing / 2, high + missing / 2

    def y(self, similarity: float) -> float:
        share = (similarity - self.lowest) / (self.highest - self.lowest)
        return 8 + (HEIGHT - 16) * (1 - share)


def _thinned(scored: list[tuple[Chunk, float]]) -> list[tuple[Chunk, float]]:
    """At most `_MOST_STEPS`, the best of each group of neighbours."""
    size = math.ceil(len(scored) / _MOST_STEPS)
    return [max(scored[i : i + size], key=lambda one: one[1]) for i in range(0, len(scored), size)]


def _line(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
