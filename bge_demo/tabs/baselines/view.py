"""Several encoders on the same pairs as a self-contained piece of HTML."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from bge_demo.encoder.baselines import TOKEN_VECTORS, CharacterNgrams
from bge_demo.encoder.cache import FromMemory
from bge_demo.locales import Phrase
from bge_demo.scores.resampling import Figure
from bge_demo.tabs.baselines.analysis import BaselinesResult, ModelScores
from bge_demo.ui.csv_files import csv_text
from bge_demo.ui.rendering import NO_FIGURE, as_json, decimals, render
from bge_demo.ui.snippets import snippets

MOST_PAIRS = 60
CODE_PAIRS = 4
_CUT_CHARS = 140


@dataclass(frozen=True)
class Mark:
    """One pair on an encoder's strip; `x` in percent from the lowest to the highest cosine of the chart."""

    x: float
    is_related: bool
    title: str


@dataclass(frozen=True)
class Strip:
    """All pairs of one encoder by cosine, and the means of both classes."""

    name: Phrase
    marks: tuple[Mark, ...]
    mean_related: float | None
    mean_unrelated: float | None


@dataclass(frozen=True)
class ModelRow:
    """One encoder's figures as printed. `read` is the worst case: tokens read and whole."""

    name: Phrase
    auc: str
    interval: str
    spread: str
    mean_related: str
    mean_unrelated: str
    n_cut: int
    read: tuple[int, int] | None
    is_told: bool
    seconds: str
    from_memory: FromMemory
    by_kind: tuple[tuple[str, str], ...]

    @property
    def lacks_interval(self) -> bool:
        """Whether there is a figure that no interval can be given for."""
        return self.auc != NO_FIGURE and not self.interval


@dataclass(frozen=True)
class PairRow:
    """One pair with each encoder's rank and cosine."""

    row: int
    text_a: str
    text_b: str
    is_related: bool
    cells: tuple[tuple[str, str], ...]


def baselines_html(result: BaselinesResult) -> str:
    """Figures, the chart of all cosines, ranks of each pair, what is missing, with downloads inside."""
    low = _lowest(result)
    return render(
        "tabs/baselines/result.html",
        r=result,
        rows=[_model_row(one) for one in result.models],
        kinds=list(result.models[0].by_kind),
        counted_as=[_counted_as(result, kind) for kind in result.models[0].by_kind],
        strips=[_strip(one, result, low) for one in result.models],
        low=f"{low:.1f}",
        pairs=[_pair_row(result, i) for i in range(min(len(result.read.pairs), MOST_PAIRS))],
        n_related=int(result.read.classes.sum()),
        n_pairs=len(result.read.pairs),
        names=[_named(one.name) for one in result.models],
        high_for_all=_listed([_named(one.name) for one in result.models if _is_high_for_all(one)]),
        snippets=snippets("baselines", {"pairs": _example(result)}),
        json=as_json(result.to_json()),
        csv=csv_text(_csv_header(result), _csv_rows(result)),
    )


def _counted_as(result: BaselinesResult, kind: str) -> str | None:
    """What all pairs of a kind count as, where grades leave that open."""
    one = result.read.class_of(kind)
    if result.read.grades is None or one is None:
        return None
    return "baseline.counts_related" if one else "baseline.counts_unrelated"


def _named(name: str) -> Phrase:
    """What an encoder is called on the page; of most it is their own name."""
    if name == CharacterNgrams.name:
        return Phrase("encoder.ngrams")
    model, is_token_vectors, _ = name.partition(TOKEN_VECTORS)
    return Phrase("encoder.token_vectors" if is_token_vectors else "encoder.named", name=model)


def _listed(names: Sequence[Phrase]) -> Phrase | None:
    if not names:
        return None
    return reduce(lambda first, second: Phrase("encoder.and", first=first, second=second), names)


def _model_row(one: ModelScores) -> ModelRow:
    cut = [one.read_tokens[i] for i in one.cut_pairs]
    return ModelRow(
        name=_named(one.name),
        auc=_two(one.auc.held_out),
        interval=_interval(one.auc),
        spread=_two(one.spread),
        mean_related=_two(one.mean_related),
        mean_unrelated=_two(one.mean_unrelated),
        n_cut=len(cut),
        is_told=bool(one.read_tokens),
        read=max(cut, key=lambda pair: pair[1] - pair[0], default=None),
        seconds=f"{one.seconds:.1f}" if one.seconds >= 1 else f"{one.seconds:.3f}",
        from_memory=one.from_memory,
        by_kind=tuple((_two(figure.held_out), _interval(figure)) for figure in one.by_kind.values()),
    )


def _is_high_for_all(one: ModelScores) -> bool:
    """Whether unrelated pairs score where other encoders put related ones."""
    return one.mean_unrelated > 0.5


def _lowest(result: BaselinesResult) -> float:
    scores = np.concatenate([one.scores[np.isfinite(one.scores)] for one in result.models])
    return min(0.0, math.floor(10 * float(scores.min())) / 10) if len(scores) else 0.0


def _strip(one: ModelScores, result: BaselinesResult, low: float) -> Strip:
    def place(value: float) -> float:
        return round(100 * (value - low) / (1 - low), 2)

    marks = tuple(
        Mark(place(float(score)), bool(a_class), f"{pair.row}: {score:.3f}")
        for pair, a_class, score in zip(result.read.pairs, result.read.classes, one.scores, strict=True)
        if math.isfinite(score)
    )
    means = [
        place(value) if math.isfinite(value) else None for value in (one.mean_related, one.mean_unrelated)
    ]
    return Strip(_named(one.name), marks, means[0], means[1])


def _pair_row(result: BaselinesResult, place: int) -> PairRow:
    pair = result.read.pairs[place]
    cells = tuple((str(one.ranks[place] or "–"), _two(float(one.scores[place]))) for one in result.models)
    return PairRow(
        pair.row, _short(pair.text_a), _short(pair.text_b), bool(result.read.classes[place]), cells
    )


def _example(result: BaselinesResult) -> list[dict[str, object]]:
    pairs = result.read.pairs[:CODE_PAIRS]
    return [{"text_a": _short(one.text_a), "text_b": _short(one.text_b), "label": one.label} for one in pairs]


def _csv_header(result: BaselinesResult) -> list[str]:
    names = [f"{one.name} {what}" for one in result.models for what in ("cosine", "rank")]
    return ["row", "label", "kind", "text_a", "text_b", *names]


def _csv_rows(result: BaselinesResult) -> list[list[object]]:
    rows: list[list[object]] = []
    for i, pair in enumerate(result.read.pairs):
        cells: list[object] = []
        for one in result.models:
            score = float(one.scores[i])
            cells += [round(score, 6) if math.isfinite(score) else "", int(one.ranks[i]) or ""]
        rows.append([pair.row, pair.label, pair.kind, pair.text_a, pair.text_b, *cells])
    return rows


def _interval(figure: Figure) -> str:
    return " – ".join(_two(bound) for bound in figure.interval) if figure.has_interval else ""


def _two(value: float) -> str:
    return decimals(value) if math.isfinite(value) else NO_FIGURE


def _short(text: str) -> str:
    return text if len(text) <= _CUT_CHARS else text[: _CUT_CHARS - 1] + "…"
