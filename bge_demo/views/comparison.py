"""A comparison of two texts as a self-contained piece of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bge_demo.analyses.alignment import Direction, TokenHeatmap
from bge_demo.analyses.compare import ComparedText, Comparison
from bge_demo.analyses.keywords import Keyword, SharedToken
from bge_demo.scoring import WEIGHT_PRESETS, Band
from bge_demo.views.rendering import as_json, compact_json, printed_parts, render, score

BAND_DOTS: dict[Band, str] = {
    "near-identical": "●●●●",
    "related": "●●●○",
    "weakly-related": "●●○○",
    "unrelated": "●○○○",
}
SHARED_SHOWN = 12
TOKENS_SHOWN = 200
FOCUSABLE_WORDS = 200


@dataclass(frozen=True)
class TextRun:
    """A stretch of a text for display: plain, or a word with its number and shade in 0..1."""

    text: str
    word: int | None = None
    shade: float = 0.0
    matches: str = ""
    contribution: str = ""


def comparison_html(comparison: Comparison) -> str:
    """The verdict, the scores, the alignment and the keywords, with a JSON download inside."""
    a, b = comparison.texts
    heaviest = max([keyword.weight for text in comparison.texts for keyword in text.keywords], default=1.0)
    return render(
        "comparison.html",
        c=comparison,
        dots=BAND_DOTS[comparison.band],
        sides=[
            _side("A", a, comparison.alignment.a_to_b, heaviest),
            _side("B", b, comparison.alignment.b_to_a, heaviest),
        ],
        scores=comparison.scores.to_json(comparison.weights),
        weights_total=_number(comparison.weights.total),
        number=_number,
        presets=[
            (name, score(comparison.scores.hybrid(weights))) for name, weights in WEIGHT_PRESETS.items()
        ],
        shared=_shared_rows(comparison.shared, comparison.scores.sparse),
        heatmap=_heatmap_json(comparison.alignment.heatmap),
        json=as_json(comparison.to_json()),
    )


def text_runs(text: str, words: Sequence[tuple[int, int]]) -> list[tuple[str, int | None]]:
    """Cut a text at its words: every character once, in order, with the word's number or None.

    >>> text_runs("a big cat", [(2, 5)])
    [('a ', None), ('big', 0), (' cat', None)]
    """
    runs: list[tuple[str, int | None]] = []
    position = 0
    for number, (start, end) in enumerate(words):
        if start > position:
            runs.append((text[position:start], None))
        runs.append((text[start:end], number))
        position = end
    if position < len(text):
        runs.append((text[position:], None))
    return runs


def _side(name: str, text: ComparedText, direction: Direction, heaviest: float) -> dict[str, object]:
    words = direction.words
    parts = printed_parts([*(word.contribution for word in words), direction.outside_words], direction.score)
    return {
        "name": name,
        "text": text,
        "aligned": _aligned_runs(text.text, direction, parts),
        "focusable": len(words) <= FOCUSABLE_WORDS,
        "words_sum": score(sum(float(part) for part in parts[:-1])),
        "outside": parts[-1],
        "score": score(direction.score),
        "weighted": _weighted_runs(text.text, text.words, heaviest),
        "bars": [(k.word, score(k.weight), round(100 * k.weight / heaviest, 1)) for k in text.keywords],
        "tokens": [(token.token, score(token.weight)) for token in text.tokens[:TOKENS_SHOWN]],
    }


def _aligned_runs(text: str, direction: Direction, parts: Sequence[str]) -> list[TextRun]:
    runs = []
    for run, number in text_runs(text, [(word.start, word.end) for word in direction.words]):
        if number is None:
            runs.append(TextRun(run))
            continue
        matches = direction.words[number].matches
        found = " ".join(f"{match.word}:{match.similarity:.2f}" for match in matches)
        best = matches[0].similarity if matches else 0.0
        runs.append(TextRun(run, number, shade(best), found, parts[number]))
    return runs


def _weighted_runs(text: str, words: Sequence[Keyword], heaviest: float) -> list[TextRun]:
    return [
        TextRun(run)
        if number is None
        else TextRun(run, number, round(min(1.0, words[number].weight / heaviest), 2))
        for run, number in text_runs(text, [(word.start, word.end) for word in words])
    ]


def shade(similarity: float) -> float:
    """Unrelated tokens already score about 0.3, so the visible range starts there; squared to tell near
    from far."""
    return round(min(1.0, max(0.0, (similarity - 0.3) / 0.7)) ** 2, 2)


def _shared_rows(shared: Sequence[SharedToken], total: float) -> dict[str, object]:
    """The largest shared tokens and the rest as one sum; the printed parts add up to the printed score."""
    shown, rest = shared[:SHARED_SHOWN], shared[SHARED_SHOWN:]
    parts = [token.contribution for token in shown]
    if rest:
        parts.append(sum(token.contribution for token in rest))
    printed = printed_parts(parts, total)
    return {
        "rows": [
            (token.token, score(token.weight_a), score(token.weight_b), part)
            for token, part in zip(shown, printed, strict=False)
        ],
        "n_rest": len(rest),
        "rest": printed[-1] if rest else "",
        "total": score(total),
    }


def _heatmap_json(heatmap: TokenHeatmap) -> str:
    return compact_json(
        {
            "rows": heatmap.row_labels,
            "columns": heatmap.column_labels,
            "rowRanks": heatmap.row_ranks,
            "columnRanks": heatmap.column_ranks,
            "allRows": heatmap.n_rows_all,
            "allColumns": heatmap.n_columns_all,
            "percent": (100 * heatmap.similarities).round().astype(int).tolist(),
        }
    )


def _number(value: float) -> str:
    return f"{value:.4g}"
