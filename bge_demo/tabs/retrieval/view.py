"""A search as a self-contained piece of HTML: hits with evidence, rank movement, time, recall check."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from bge_demo.locales import TEXTS, Phrase
from bge_demo.retrieval.corpus_map import MapView
from bge_demo.scores.scoring import band
from bge_demo.scores.shared_words import SharedWord
from bge_demo.tabs.retrieval.analysis import Hit, SearchResult
from bge_demo.tabs.retrieval.recall_check import RecallCheck, Remedy, StageCheck
from bge_demo.text.common import says_in_other_script
from bge_demo.text.tokens import readable_piece
from bge_demo.ui.csv_files import csv_text
from bge_demo.ui.rendering import SCORE_DECIMALS, as_json, render, score
from bge_demo.ui.share_card import ShareCard
from bge_demo.ui.snippets import snippets
from bge_demo.ui.text_runs import BAND_DOTS, TextRun, shade, text_runs

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
    "exact match",
)
SHARED_SHOWN = 6
_MOST_DECIMALS = 8
# The rank movement in pixels of its own drawing.
_LEFT, _TOP, _STEP = 30, 38, 90
# From a rank to its double, and between two nodes at least.
_OCTAVE, _NODE = 36.0, 21.0


_MAP_WIDTH, _MAP_HEIGHT, _EDGE = 480, 320, 14


@dataclass(frozen=True)
class MapDot:
    """A passage of the corpus; `rank` only for a hit."""

    x: float
    y: float
    label: str
    hue: int
    number: int
    rank: int | None


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
        "tabs/retrieval/result.html",
        r=result,
        dots=BAND_DOTS,
        hits=[_hit(hit) for hit in result.hits],
        stages=[(one.stage.method, one.stage.k, len(one.found)) for one in result.stages],
        times=_times(result),
        moves=moves,
        columns=[_LEFT + _STEP * place for place in range(len(result.stages))],
        chart_width=2 * _LEFT + _STEP * (len(result.stages) - 1),
        chart_height=_TOP + max((y for move in moves for _, y, _ in move.nodes), default=0.0),
        weak=_weak(result),
        reachable=_reachable(result),
        recall=_recall(result, result.recall) if result.recall else None,
        map=_map(result),
        code=snippets("search", _request(result)),
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
        "shared": [(_shared(one), score(one.contribution)) for one in hit.shared_words[:SHARED_SHOWN]],
        "n_more_shared": max(0, len(hit.shared_words) - SHARED_SHOWN),
    }


def _shared(word: SharedWord) -> str:
    """A word of both, or the pieces that two different words have in common."""
    return word.word_a if word.is_same_word else " ".join(readable_piece(piece) for piece in word.pieces)


def _map(result: SearchResult) -> dict[str, object] | None:
    """The corpus as dots in the drawing's pixels, coloured by script; the hits with their ranks."""
    view = result.map
    if view is None or not view.places:
        return None
    xs, ys = zip(*view.places, view.query, strict=True)

    def placed(x: float, y: float) -> tuple[float, float]:
        across = (x - min(xs)) / (max(xs) - min(xs) or 1)
        down = (max(ys) - y) / (max(ys) - min(ys) or 1)
        return (
            round(_EDGE + across * (_MAP_WIDTH - 2 * _EDGE), 1),
            round(_EDGE + down * (_MAP_HEIGHT - 2 * _EDGE), 1),
        )

    ranks = {hit.number: hit.rank for hit in result.hits}
    letters = {script_of(label): first_letter(label) for label in view.labels}
    hues = {script: round(360 * place / len(letters)) for place, script in enumerate(sorted(letters))}
    dots = [
        MapDot(*placed(*place), label, hues[script_of(label)], number, ranks.get(number))
        for number, label, place in zip(view.numbers, view.labels, view.places, strict=True)
    ]
    return {
        "width": _MAP_WIDTH,
        "height": _MAP_HEIGHT,
        # Hits lie on top.
        "dots": sorted(dots, key=lambda dot: dot.rank is not None),
        "query": placed(*view.query),
        "legend": [(_script_name(script, letters[script]), hue) for script, hue in hues.items() if script],
        "kept": _kept(view),
    }


def _script_name(script: str, letter: str) -> Phrase:
    """The script as readers call it, or one of its letters."""
    key = f"script.{script}"
    return Phrase(key) if key in TEXTS else Phrase("script.other", letter=letter)


def _kept(view: MapView) -> Phrase:
    """How much of the differences the plane shows; all of them where they span no more than a plane."""
    share = round(100 * view.explained)
    # Equal passages differ in nothing: their share is 0.
    return Phrase("search.map_kept", share=share) if 0 < share < 100 else Phrase("search.map_whole")


def first_letter(text: str) -> str:
    """The first letter of a text, "" for one without any."""
    return next((sign for sign in text if sign.isalpha()), "")


def script_of(text: str) -> str:
    """The script of a text's first letter as Unicode names it: `LATIN`, `CJK`, `ARABIC`."""
    letter = first_letter(text)
    return unicodedata.name(letter, "UNNAMED").split()[0] if letter else ""


def _request(result: SearchResult) -> dict[str, object]:
    """What a program sends for the same search of the built-in corpus."""
    stages = " > ".join(f"{stage.method} {stage.k}" for stage in result.pipeline.stages)
    weights = result.pipeline.weights
    pipeline = f"{stages} | {weights.dense:g}/{weights.sparse:g}/{weights.colbert:g}"
    return {"query": result.query, "pipeline": pipeline}


def _weak(result: SearchResult) -> Phrase | None:
    """The warning that first hits this far away are usually wrong, with the figures it rests on."""
    threshold = result.threshold
    if threshold is None or not result.is_weak:
        return None
    return Phrase(
        "search.weak",
        percent=f"{result.hits[0].similarity_percent:.2f}",
        threshold=f"{threshold.percent:.2f}",
        wrong=round(100 * threshold.wrong_below),
        right=round(100 * threshold.right_below),
        n=threshold.n_queries,
    )


def _reachable(result: SearchResult) -> Phrase:
    """The score that ranks, and the largest value it can reach here."""
    method = Phrase(f"method.{result.score_name}")
    if result.largest_score is None:
        return Phrase("search.score_unbounded", method=method)
    largest = score(result.largest_score)
    if result.score_formula is not None:
        return Phrase("search.score_by_rank", formula=result.score_formula, largest=largest)
    return Phrase("search.score_reachable", method=method, largest=largest)


def _times(result: SearchResult) -> list[tuple[str, str, float]]:
    """(step, milliseconds, share of the longest in percent): encoding first, then the stages."""
    steps: list[tuple[str, float]] = [("encode", result.encode_ms)]
    steps += [(one.stage.method, one.latency_ms) for one in result.stages]
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


def _recall(result: SearchResult, check: RecallCheck) -> dict[str, object]:
    lost = None if check.lost_at is None else check.stages[check.lost_at]
    verdict = _verdict(check, lost)
    passage = f"{check.passage.title} {check.passage.text}".strip()
    card = ShareCard(
        file="bge-m3-recall-check",
        headline=verdict,
        percent=check.similarity_percent,
        band=band(check.similarity_percent) if check.is_readable else None,
        sentence=Phrase("recall.similarity", percent=f"{check.similarity_percent:.2f}"),
        texts=[(Phrase("search.query"), result.query), (Phrase("recall.passage"), passage)],
        links=(),
        model=result.model,
    )
    return {
        "check": check,
        "verdict": verdict,
        "is_other_script": says_in_other_script(result.query, passage),
        "card": card.to_json(),
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
    missed = missed_by(lost)
    return Phrase("recall.lost_by", **values, **missed) if missed else Phrase("recall.lost", **values)


def missed_by(lost: StageCheck) -> dict[str, str] | None:
    """Score, cutoff and margin in as many digits as tell them apart, the margin that of the numbers shown."""
    if lost.score is None or lost.cutoff is None or not lost.margin:
        return None
    for decimals in range(SCORE_DECIMALS, _MOST_DECIMALS + 1):
        own, cutoff = round(lost.score, decimals), round(lost.cutoff, decimals)
        if own < cutoff:
            shown = {"score": own, "cutoff": cutoff, "margin": cutoff - own}
            return {name: f"{value:.{decimals}f}" for name, value in shown.items()}
    return None


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
        ", ".join(hit.exact_terms),
    ]
