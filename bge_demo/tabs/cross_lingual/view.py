"""A cross-lingual ranking as a self-contained piece of HTML."""

from __future__ import annotations

from collections.abc import Sequence

from bge_demo.scores.scoring import HIGHLY_RELATED_FROM
from bge_demo.tabs.cross_lingual.analysis import CrossLingualResult, RankedSentence
from bge_demo.ui.csv_files import csv_text
from bge_demo.ui.rendering import SCORE_DECIMALS, as_json, render, score
from bge_demo.ui.snippets import snippets
from bge_demo.ui.text_runs import BAND_DOTS

CSV_HEADER = (
    "model",
    "rank",
    "language",
    "text",
    "similarity_percent",
    "band",
    "percentile",
    "dense",
    "sparse",
    "colbert",
    "hybrid",
)
SHORT_LABEL_CHARS = 10
HEATMAP_TEXTS = 40
# Longer rankings fold.
ROWS_SHOWN = 25


def cross_lingual_html(result: CrossLingualResult) -> str:
    """The ranking with its bars, the note on the sparse head and the heat map, with downloads inside."""
    apart = [row for row in result.rows if row.scores.sparse == 0]
    size = min(len(result.heatmap_labels), HEATMAP_TEXTS)
    return render(
        "tabs/cross_lingual/result.html",
        r=result,
        dots=BAND_DOTS,
        highly_related_from=HIGHLY_RELATED_FROM,
        rows_shown=ROWS_SHOWN,
        n_apart=len(apart),
        is_below_zero=any(row.scores.dense < 0 for row in result.rows),
        apart_dense=score(max(row.scores.dense for row in apart)) if apart else "",
        apart_colbert=score(max(row.scores.colbert for row in apart)) if apart else "",
        labels=_labels(result.heatmap_labels[:size]),
        heatmap=[[round(float(cell), 2) for cell in row[:size]] for row in result.heatmap[:size]],
        n_cut=sum(result.truncated),
        json=as_json(result.to_json()),
        code=snippets("cross_lingual", _request(result)),
        csv=csv_text(CSV_HEADER, [_csv_row(result, row) for row in result.rows]),
    )


def _request(result: CrossLingualResult) -> dict[str, object]:
    """What a program sends for the same ranking."""
    rows = [{"language": row.language, "text": row.text} for row in result.rows]
    weights = [result.weights.dense, result.weights.sparse, result.weights.colbert]
    return {"query": result.query, "sentences": rows, "weights": weights}


def _csv_row(result: CrossLingualResult, row: RankedSentence) -> list[object]:
    scores = row.scores
    return [
        result.model.name,
        row.rank,
        row.language,
        row.text,
        row.similarity_percent,
        row.band,
        None if row.percentile is None else round(row.percentile, SCORE_DECIMALS),
        *(
            round(value, SCORE_DECIMALS)
            for value in (scores.dense, scores.sparse, scores.colbert, scores.hybrid(result.weights))
        ),
    ]


def _labels(given: Sequence[str]) -> list[str]:
    """The query's, then each sentence's language: with its number in the table where languages repeat."""
    query, *languages = given
    if len(set(languages)) < len(languages):
        languages = [f"{number} {language}" for number, language in enumerate(languages, start=1)]
    return [query, *(_short(label) for label in languages)]


def _short(label: str) -> str:
    return label if len(label) <= SHORT_LABEL_CHARS else label[: SHORT_LABEL_CHARS - 1] + "…"
