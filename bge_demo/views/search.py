"""A search as a self-contained piece of HTML: hits with evidence, rank movement, time, recall check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from bge_demo.analyses.recall_check import RecallCheck, Remedy, StageCheck
from bge_demo.analyses.search import Hit, SearchResult
from bge_demo.locales import Phrase
from bge_demo.scoring import RELATED_FROM
from bge_demo.views.comparison import BAND_DOTS, TextRun, shade, text_runs
from bge_demo.views.csv_files import csv_text
from bge_demo.views.rendering import SCORE_DECIMALS, as_json, render, score

CSV_HEADER = (
    "model",
    "query",
    "rank",
    "id",
    "title",
    "text",
    "score",
    "dense",
    "sparse",
    "colbert",
    "ranks",
)
SHARED_SHOWN = 6
# The rank movement in pixels of its own drawing.
_LEFT, _TOP, _STEP = 100, 38, 200
# From a rank to its double, and between two nodes at least.
_OCTAVE, _NODE = 36.0, 21.0


@dataclass(frozen=True)
class Move:
    """One hit's way through the stages: the polyline's points and a (x, y, rank) for each stage."""

    rank: int
    points: str
    nodes: tuple[tuple[float, float, int], ...]


def search_html(result: SearchResult) -> str:
    """Hits, movement, times and the recall check, with downloads inside."""
    moves = _moves(result.hits)
    return render(
        "search.html",
        r=result,
        dots=BAND_DOTS,
        hits=[_hit(hit) for hit in result.hits],
        stages=[(one.stage.method, one.stage.k, len(one.found)) for one in result.stages],
        times=_times(result),
        moves=moves,
        columns=[_LEFT + _STEP * place for place in range(len(result.stages))],
        chart_width=2 * _LEFT + _STEP * (len(result.stages) - 1),
        chart_height=_TOP + max((y for move in moves for _, y, _ in move.nodes), default=0.0),
        best_percent=max((hit.similarity_percent for hit in result.hits), default=0.0),
        related_from=RELATED_FROM,
        recall=_recall(result.recall) if result.recall else None,
        json=as_json(result.to_json()),
        csv=csv_text(CSV_HEADER, [_csv_row(result, hit) for hit in result.hits]),
    )


def _hit(hit: Hit) -> dict[str, object]:
    """The hit with its text cut into runs; the title's words are left out of the body."""
    offset = len(hit.text) - len(hit.passage.text)
    words = [word for word in hit.words if word.start >= offset]
    runs = [
        TextRun(run)
        if number is None
        else TextRun(
            run, number, shade(words[number].similarity), "shared" if words[number].is_shared else ""
        )
        for run, number in text_runs(
            hit.passage.text, [(word.start - offset, word.end - offset) for word in words]
        )
    ]
    return {
        "hit": hit,
        "runs": runs,
        "shared": [(one.token, score(one.contribution)) for one in hit.shared[:SHARED_SHOWN]],
        "n_more_shared": max(0, len(hit.shared) - SHARED_SHOWN),
    }


def _times(result: SearchResult) -> list[tuple[str, str, float]]:
    """(step, milliseconds, share of the longest in percent): encoding first, then the stages, or all of them
    as one where they were one query."""
    steps: list[tuple[str, float]] = [("encode", result.encode_ms)]
    timed = [(one.stage.method, one.latency_ms) for one in result.stages if one.latency_ms is not None]
    steps += timed or [("pipeline", result.latency_ms - result.encode_ms)]
    longest = max(latency for _, latency in steps) or 1.0
    return [(name, f"{latency:.1f}", round(100 * latency / longest, 1)) for name, latency in steps]


def _moves(hits: Sequence[Hit]) -> list[Move]:
    """The hits' lines; in each column ranks lie as far apart as their logarithms, and never on each other."""
    n_stages = len(hits[0].stage_ranks) if hits else 0
    columns = [_heights([hit.stage_ranks[place] for hit in hits]) for place in range(n_stages)]
    moves = []
    for hit in hits:
        nodes = tuple(
            (_LEFT + _STEP * place, columns[place][rank], rank) for place, rank in enumerate(hit.stage_ranks)
        )
        moves.append(Move(hit.rank, " ".join(f"{x},{y}" for x, y, _ in nodes), nodes))
    return moves


def _heights(ranks: Sequence[int]) -> dict[int, float]:
    """Rank -> y."""
    heights: dict[int, float] = {}
    lowest = 0.0
    for rank in sorted(ranks):
        lowest = max(_TOP + _OCTAVE * log2(rank), lowest + _NODE if heights else 0.0)
        heights[rank] = round(lowest, 1)
    return heights


def _recall(check: RecallCheck) -> dict[str, object]:
    lost = None if check.lost_at is None else check.stages[check.lost_at]
    return {
        "check": check,
        "verdict": _verdict(check, lost),
        "stages": [_stage_row(stage) for stage in check.stages],
        "heads": [(one.head, score(one.score), one.rank) for one in check.heads],
        "remedies": [_remedy(check, remedy) for remedy in check.remedies],
    }


def _verdict(check: RecallCheck, lost: StageCheck | None) -> Phrase:
    if lost is None or check.lost_at is None:
        return Phrase("recall.found", rank=check.final_rank)
    place, method = check.lost_at + 1, Phrase(f"method.{lost.stage.method}")
    if lost.rank is None:
        return Phrase("recall.lost_no_term", place=place, method=method)
    values = {"place": place, "method": method, "rank": lost.rank, "k": lost.stage.k}
    if lost.margin is None:
        return Phrase("recall.lost", **values)
    return Phrase(
        "recall.lost_by",
        **values,
        score=score(lost.score),
        cutoff=score(lost.cutoff),
        margin=score(lost.margin),
    )


def _stage_row(check: StageCheck) -> dict[str, object]:
    return {
        "method": check.stage.method,
        "k": check.stage.k,
        "rank": check.rank,
        "score": score(check.score),
        "cutoff": score(check.cutoff),
        "outcome": "passed" if check.passed else ("lost_here" if check.arrived else "not_reached"),
    }


def _remedy(check: RecallCheck, remedy: Remedy) -> Phrase:
    place = remedy.stage + 1
    if remedy.kind == "k":
        return Phrase("recall.remedy_k", place=place, k=remedy.value, rank=remedy.final_rank)
    if remedy.kind == "first-stage":
        return Phrase("recall.remedy_first", method=Phrase(f"method.{remedy.value}"), rank=remedy.final_rank)
    if remedy.kind == "leave-out":
        method = Phrase(f"method.{check.stages[remedy.stage].stage.method}")
        return Phrase("recall.remedy_leave_out", place=place, method=method, rank=remedy.final_rank)
    return Phrase("recall.remedy_weights", preset=Phrase(f"preset.{remedy.value}"), rank=remedy.final_rank)


def _csv_row(result: SearchResult, hit: Hit) -> list[object]:
    scores = (hit.score, hit.dense, hit.sparse, hit.colbert)
    return [
        result.model.name,
        result.query,
        hit.rank,
        hit.passage.id,
        hit.passage.title,
        hit.passage.text,
        *(round(value, SCORE_DECIMALS) for value in scores),
        " > ".join(map(str, hit.stage_ranks)),
    ]
