"""A cross-lingual ranking as a self-contained piece of HTML."""

from __future__ import annotations

from bge_demo.analyses.cross_lingual import CrossLingualResult, RankedSentence
from bge_demo.views.comparison import BAND_DOTS
from bge_demo.views.csv_files import csv_text
from bge_demo.views.rendering import SCORE_DECIMALS, as_json, render, score

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


def cross_lingual_html(result: CrossLingualResult) -> str:
    """The ranking with its bars, the note on the sparse head and the heat map, with downloads inside."""
    apart = [row for row in result.rows if row.scores.sparse == 0]
    size = min(len(result.heatmap_labels), HEATMAP_TEXTS)
    return render(
        "cross_lingual.html",
        r=result,
        dots=BAND_DOTS,
        bars=[_bars(row) for row in result.rows],
        n_apart=len(apart),
        apart_dense=score(max(row.scores.dense for row in apart)) if apart else "",
        apart_colbert=score(max(row.scores.colbert for row in apart)) if apart else "",
        labels=[_short(label) for label in result.heatmap_labels[:size]],
        heatmap=[[round(float(cell), 2) for cell in row[:size]] for row in result.heatmap[:size]],
        n_cut=sum(result.truncated),
        json=as_json(result.to_json()),
        csv=csv_text(CSV_HEADER, [_csv_row(result, row) for row in result.rows]),
    )


def _bars(row: RankedSentence) -> list[tuple[str, str, float]]:
    """(head, printed score, width in percent) for the chart of one sentence."""
    heads = {"dense": row.scores.dense, "colbert": row.scores.colbert, "sparse": row.scores.sparse}
    return [(head, score(value), round(100 * min(1.0, max(0.0, value)), 1)) for head, value in heads.items()]


def _csv_row(result: CrossLingualResult, row: RankedSentence) -> list[object]:
    scores = row.scores
    return [
        result.model.name,
        row.rank,
        row.language,
        row.text,
        row.similarity_percent,
        row.band,
        row.percentile,
        *(
            round(value, SCORE_DECIMALS)
            for value in (scores.dense, scores.sparse, scores.colbert, scores.hybrid(result.weights))
        ),
    ]


def _short(label: str) -> str:
    return label if len(label) <= SHORT_LABEL_CHARS else label[: SHORT_LABEL_CHARS - 1] + "…"
