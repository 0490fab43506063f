"""A document's result and a sweep as self-contained pieces of HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import regex

from bge_demo.locales import Phrase
from bge_demo.scores.scoring import similarity_percent
from bge_demo.tabs.long_document.analysis import Chunk, DocumentResult, Peak
from bge_demo.tabs.long_document.coverage import Coverage, Part
from bge_demo.tabs.long_document.document_files import markup_share
from bge_demo.tabs.long_document.drawing import HEIGHT, WIDTH, document_curve, prefix_curve
from bge_demo.tabs.long_document.request import Request
from bge_demo.tabs.long_document.sweep import Sweep
from bge_demo.ui.csv_files import csv_text
from bge_demo.ui.rendering import SCORE_DECIMALS, as_json, render, score
from bge_demo.ui.snippets import snippets

WINDOW_HEADER = (
    "model",
    "window",
    "start",
    "end",
    "n_tokens",
    "similarity_percent",
    "dense",
    "colbert",
    "late_chunking",
    "begins",
)
COVERAGE_HEADER = ("model", "what", "start", "end", "match", "threshold", "verdict", "text")
# From this share of markup on it is worth a word.
_MUCH_MARKUP = 0.1
_INSIDE_A_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]{2}")
_CUT_CHARS = 160
_CODE_CHARS = 4000
_SHOWN_CHARS = 600
_BEGINS_CHARS = 80
_MOST_LISTED = 30
_MOST_COLUMNS = 40
_MOST_ROWS = 40


class Passage(NamedTuple):
    """A window of the document to read: what stands before, in and after its best sentence."""

    parts: tuple[str, str, str]
    start: int
    end: int
    percent: str


@dataclass(frozen=True)
class Cell:
    """One field of the coverage map: how strong, and whether it reaches the limit."""

    shade: float
    score: str
    reaches: bool


@dataclass(frozen=True)
class CoverageMap:
    """Rows of cells under the sentences' beginnings; `n_columns` may stand for more parts."""

    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    n_columns: int


def long_document_html(result: DocumentResult) -> str:
    """How it was read, five scores, curves, coverage, with downloads inside."""
    document = result.request.document
    coverage = result.coverage
    return render(
        "tabs/long_document/result.html",
        r=result,
        cut=_around_cut(result),
        cut_into=_cut_into(result),
        markup=round(100 * markup_share(document)) if markup_share(document) >= _MUCH_MARKUP else 0,
        peaks=[_passage(document, result.chunks[peak.chunk], peak) for peak in result.peaks],
        colbert_max=score(_highest([chunk.colbert for chunk in result.chunks])),
        late_max=score(_highest([chunk.late for chunk in result.chunks])),
        percent=_percent,
        curve=document_curve(result),
        prefix_curve=prefix_curve(result.prefixes),
        best_prefix=max(result.prefixes, key=lambda one: one.similarity, default=None),
        width=WIDTH,
        height=HEIGHT,
        coverage=coverage,
        uncovered=[_text(document, part) for part in coverage.uncovered[:_MOST_LISTED]] if coverage else [],
        nearest=lambda one: _text(document, coverage.parts[one.part]) if coverage else "",
        most_listed=_MOST_LISTED,
        map=_map(coverage) if coverage else None,
        total_seconds=_total_seconds(result),
        windows_csv=csv_text(WINDOW_HEADER, [_window_row(result, n) for n in range(len(result.chunks))]),
        coverage_csv=csv_text(COVERAGE_HEADER, _coverage_rows(result)),
        json=as_json(result.to_json()),
        snippets=snippets("long_document", _body(result.request)),
    )


def sweep_html(sweep: Sweep) -> str:
    """The sizes tried, and the one advised."""
    return render(
        "tabs/long_document/sweep.html",
        r=sweep,
        percent=_percent,
        total_seconds=sum(one.seconds for one in sweep.sizes),
        json=as_json(sweep.to_json()),
    )


def _body(request: Request) -> dict[str, object]:
    """The request for programs; of a long document only the beginning, as the page holds it already."""
    document = request.document
    asked = {"query": request.query, "summary": request.summary}
    return {
        "document": document if len(document) <= _CODE_CHARS else document[:_CODE_CHARS] + " …",
        **{name: text for name, text in asked.items() if text is not None},
        "window_tokens": request.window.tokens,
        "overlap_tokens": request.window.overlap_tokens,
    }


def _percent(cosine: float | None) -> str:
    return "–" if cosine is None else f"{similarity_percent(cosine):.2f}"


def _highest(scores: list[float | None]) -> float | None:
    return max((one for one in scores if one is not None), default=None)


def _around_cut(result: DocumentResult) -> tuple[str, str] | None:
    """The last words that are read and the first that are not."""
    if result.whole.read_tokens == result.n_tokens:
        return None
    place, document = result.whole.read_to, result.request.document
    return document[max(0, place - _CUT_CHARS) : place], document[place : place + _CUT_CHARS]


def _cut_into(result: DocumentResult) -> Phrase:
    """How many windows, and what neighbours share; a single one has no neighbour."""
    n, size, overlap = len(result.chunks), result.request.window.tokens, result.request.window.overlap_tokens
    if n == 1:
        return Phrase("document.one_window", size=size)
    if not overlap:
        return Phrase("document.windows_apart", n=n, size=size)
    return Phrase("document.windows", n=n, size=size, overlap=overlap)


def _passage(document: str, chunk: Chunk, peak: Peak) -> Passage:
    before, after = document[chunk.start : peak.start], document[peak.end : chunk.end]
    ends = (_ellipsis(document, chunk.start), _ellipsis(document, chunk.end))
    parts = (ends[0] + before.lstrip(), document[peak.start : peak.end], after.rstrip() + ends[1])
    return Passage(parts, chunk.start, chunk.end, _percent(chunk.similarity))


def _text(document: str, part: Part) -> str:
    start, text = _ellipsis(document, part.start), document[part.start : part.end]
    if len(text) > _SHOWN_CHARS:
        return start + text[:_SHOWN_CHARS] + "…"
    return start + text + _ellipsis(document, part.end)


def _ellipsis(document: str, place: int) -> str:
    """What marks that the text is torn in the middle of a word there."""
    is_inside = place > 0 and _INSIDE_A_WORD.match(document, place - 1) is not None
    return "…" if is_inside else ""


def _total_seconds(result: DocumentResult) -> float:
    spent = result.seconds
    return spent.whole + spent.chunks + spent.late_chunking + spent.prefixes + spent.coverage


def _map(coverage: Coverage) -> CoverageMap:
    scores = coverage.scores[:_MOST_ROWS]
    bins = np.array_split(np.arange(scores.shape[1]), min(_MOST_COLUMNS, scores.shape[1]))
    best = np.stack([scores[:, columns].max(axis=1) for columns in bins], axis=1)
    low, high = float(best.min()), float(best.max())
    span = max(high - low, 0.1)
    return CoverageMap(
        labels=tuple(one.text for one in coverage.sentences[:_MOST_ROWS]),
        rows=tuple(
            tuple(
                Cell(round((value - low) / span, 2), f"{value:.2f}", value >= coverage.threshold)
                for value in row
            )
            for row in best.tolist()
        ),
        n_columns=len(bins),
    )


def _window_row(result: DocumentResult, number: int) -> list[object]:
    chunk = result.chunks[number]
    begins = result.request.document[chunk.start : chunk.end].strip()[:_BEGINS_CHARS]
    numbers = [
        "" if one is None else round(one, SCORE_DECIMALS)
        for one in (chunk.similarity, chunk.colbert, chunk.late)
    ]
    percent = "" if chunk.similarity is None else similarity_percent(chunk.similarity)
    return [result.model.name, number + 1, chunk.start, chunk.end, chunk.n_tokens, percent, *numbers, begins]


def _coverage_rows(result: DocumentResult) -> list[list[object]]:
    coverage = result.coverage
    if coverage is None:
        return []
    limit = round(coverage.threshold, SCORE_DECIMALS)
    name, document = result.model.name, result.request.document
    sentences: list[list[object]] = [
        [
            name,
            "sentence",
            one.start,
            one.end,
            round(one.best, SCORE_DECIMALS),
            limit,
            "unsupported" if not one.supported else "figure differs" if one.differing else "supported",
            one.text,
        ]
        for one in coverage.sentences
    ]
    parts: list[list[object]] = [
        [
            name,
            "part",
            part.start,
            part.end,
            round(part.best, SCORE_DECIMALS),
            limit,
            "covered" if part.covered else "uncovered",
            document[part.start : part.end],
        ]
        for part in coverage.parts
    ]
    return [*sentences, *parts]
