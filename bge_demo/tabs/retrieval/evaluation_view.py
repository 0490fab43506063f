"""A retrieval evaluation as a self-contained piece of HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from bge_demo.locales import Phrase
from bge_demo.retrieval.sample import QueryKind
from bge_demo.tabs.retrieval.evaluation import (
    METRIC_K,
    Averages,
    PipelineEvaluation,
    RetrievalEvaluation,
)
from bge_demo.ui.csv_files import csv_text
from bge_demo.ui.rendering import as_json, render

METRICS = ("ndcg", "recall", "mrr")
QUERIES_SHOWN = 100
LEFT_OUT_SHOWN = 5
_LEFT_OUT_CHARS = 80
# Compared in the sentence on what each head finds.
_LEXICAL, _DENSE, _COLBERT = "bm25", "dense", "colbert"


def evaluation_html(evaluation: RetrievalEvaluation) -> str:
    """Every pipeline's metrics, by kind and language, and the rank of each query's answer, with downloads."""
    means = _means([one.overall.unjudged for one in evaluation.pipelines])
    return render(
        "tabs/retrieval/evaluation.html",
        e=evaluation,
        k=METRIC_K,
        pipelines=[_row(one, unjudged) for one, unjudged in zip(evaluation.pipelines, means, strict=True)],
        best={metric: _best(evaluation.pipelines, metric) for metric in METRICS},
        groups=[
            ("kind", _group_table(evaluation.pipelines, [one.by_kind for one in evaluation.pipelines])),
            (
                "language",
                _group_table(evaluation.pipelines, [one.by_language for one in evaluation.pipelines]),
            ),
        ],
        queries=_query_rows(evaluation)[:QUERIES_SHOWN],
        rescued=_rescued(evaluation),
        left_out=_left_out(evaluation),
        kinds=get_args(QueryKind),
        json=as_json(evaluation.to_json()),
        csv=csv_text(_csv_header(evaluation), _query_rows(evaluation)),
    )


def _means(counts: Sequence[float]) -> list[str]:
    """Mean counts as printed: without decimals where none has any."""
    n = 0 if all(count.is_integer() for count in counts) else 1
    return [f"{count:.{n}f}" for count in counts]


def _row(one: PipelineEvaluation, unjudged: str) -> dict[str, str]:
    figures = {metric: _three(getattr(one.overall, metric)) for metric in METRICS}
    return {"name": one.name, **figures, "unjudged": unjudged}


def _best(pipelines: Sequence[PipelineEvaluation], metric: str) -> str:
    """The best figure as printed, so that all who share it are marked."""
    return _three(max(getattr(one.overall, metric) for one in pipelines))


def _group_table(
    pipelines: Sequence[PipelineEvaluation], groups: Sequence[Mapping[str, Averages]]
) -> dict[str, object] | None:
    """nDCG of each pipeline (rows) in each group (columns); None when no query has a group."""
    labels = list(groups[0])
    if not labels:
        return None
    return {
        "columns": [(label, groups[0][label].n_queries) for label in labels],
        "rows": [
            (one.name, [(round(group[label].ndcg, 2), _three(group[label].ndcg)) for label in labels])
            for one, group in zip(pipelines, groups, strict=True)
        ],
    }


def _query_rows(evaluation: RetrievalEvaluation) -> list[list[object]]:
    """A row for each query: text, language, kind, then the first relevant rank under each pipeline."""
    return [
        [query.text, query.language, query.kind]
        + [one.outcomes[number].first_relevant for one in evaluation.pipelines]
        for number, query in enumerate(evaluation.queries)
    ]


def _rescued(evaluation: RetrievalEvaluation) -> dict[str, int] | None:
    """How many queries dense or ColBERT answers and BM25 does not, and the other way round."""
    by_name = {one.name: one for one in evaluation.pipelines}
    if not {_LEXICAL, _DENSE, _COLBERT} <= set(by_name):
        return None
    lexical, dense, colbert = (
        [outcome.first_relevant is not None for outcome in by_name[name].outcomes]
        for name in (_LEXICAL, _DENSE, _COLBERT)
    )
    meaning = [a or b for a, b in zip(dense, colbert, strict=True)]
    return {
        "by_meaning": sum(a and not b for a, b in zip(meaning, lexical, strict=True)),
        "by_words": sum(b and not a for a, b in zip(meaning, lexical, strict=True)),
        "by_neither": sum(not a and not b for a, b in zip(meaning, lexical, strict=True)),
    }


def _left_out(evaluation: RetrievalEvaluation) -> list[Phrase]:
    """A note on ids that the corpus lacks, and one on the queries that have no other."""
    left_out = evaluation.left_out
    named = {"ids": left_out.ids, "queries": left_out.queries}
    return [
        Phrase(f"evaluation.left_out_{what}", n=len(names), names=_first_few(names))
        for what, names in named.items()
        if names
    ]


def _first_few(names: Sequence[str]) -> str:
    shown = " · ".join(name[:_LEFT_OUT_CHARS] for name in names[:LEFT_OUT_SHOWN])
    return f"{shown} · …" if len(names) > LEFT_OUT_SHOWN else shown


def _csv_header(evaluation: RetrievalEvaluation) -> list[str]:
    return ["query", "language", "kind", *(one.name for one in evaluation.pipelines)]


def _three(value: float) -> str:
    return f"{value:.3f}"
