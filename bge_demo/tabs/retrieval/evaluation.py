"""Many queries with known relevant passages: every pipeline's recall, MRR and nDCG side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from bge_demo.encoder.caller import check_caller, one_step, report_progress
from bge_demo.encoder.contract import Encoder, ModelInfo
from bge_demo.errors import InputError
from bge_demo.retrieval.passage_index import PassageIndex
from bge_demo.retrieval.pipelines import PIPELINES, ArrayScorer, Pipeline, run_pipeline
from bge_demo.retrieval.queries import encode_queries
from bge_demo.scores.metrics import ndcg_at, recall_at, reciprocal_rank_at
from bge_demo.settings import Limits
from bge_demo.text.inputs import DEFAULT_LIMITS, checked_row, tokenize_within_limits

METRIC_K = 10
MOST_QUERIES = 500
_IDS_NAMED = 3


@dataclass(frozen=True)
class LabelledQuery:
    """A query and the ids of the passages, or of the documents they were cut from, that answer it."""

    text: str
    relevant: tuple[str, ...]
    language: str = ""
    kind: str = ""


@dataclass(frozen=True)
class QueryOutcome:
    """One query under one pipeline. `first_relevant` is the rank of the first relevant document in the
    first ten, None if there is none; `n_unjudged` counts documents of the first ten without a label."""

    first_relevant: int | None
    recall: float
    reciprocal_rank: float
    ndcg: float
    n_unjudged: int


@dataclass(frozen=True)
class Averages:
    """Means over queries, all at 10, in 0..1."""

    n_queries: int
    recall: float
    mrr: float
    ndcg: float
    unjudged: float


@dataclass(frozen=True)
class PipelineEvaluation:
    """One pipeline over all queries; `outcomes` in the order of the queries."""

    name: str
    overall: Averages
    by_language: Mapping[str, Averages]
    by_kind: Mapping[str, Averages]
    outcomes: tuple[QueryOutcome, ...]


@dataclass(frozen=True)
class LeftOut:
    """What takes no part: ids that the corpus lacks, and the texts of the queries that have no other id."""

    ids: tuple[str, ...]
    queries: tuple[str, ...]


@dataclass(frozen=True)
class RetrievalEvaluation:
    """All pipelines on the same queries. `relevant` of each holds the ids that the corpus has."""

    model: ModelInfo
    n_passages: int
    queries: tuple[LabelledQuery, ...]
    pipelines: tuple[PipelineEvaluation, ...]
    left_out: LeftOut = LeftOut((), ())

    def to_json(self) -> dict[str, Any]:
        """The answer of `/evaluate_retrieval`."""
        return asdict(self) | {"k": METRIC_K}


def evaluate_retrieval(
    encoder: Encoder,
    index: PassageIndex,
    queries: Sequence[LabelledQuery],
    pipelines: Mapping[str, Pipeline] = PIPELINES,
    limits: Limits = DEFAULT_LIMITS,
) -> RetrievalEvaluation:
    """Run every pipeline on every query; reports queries to the caller.

    Labels that name no document of the corpus are left out and named. Raises InputError for no query, too
    many, a blank one, one without labels, and when no label is left.
    """
    documents = _documents(index)
    checked, left_out = _in_corpus(_checked_queries(queries, limits), frozenset(documents.values()))
    texts = [query.text for query in checked]
    tokenized = tokenize_within_limits(encoder, texts, limits)
    with one_step():
        vectors = encode_queries(encoder, tokenized)
    outcomes: dict[str, list[QueryOutcome]] = {name: [] for name in pipelines}
    for done, (query, vector) in enumerate(zip(checked, vectors, strict=True), start=1):
        check_caller()
        scorer = index.all_scores(vector)
        for name, pipeline in pipelines.items():
            outcomes[name].append(_outcome(pipeline, scorer, documents, query))
        report_progress(done, len(checked))
    return RetrievalEvaluation(
        model=encoder.info,
        n_passages=index.n_indexed(),
        queries=tuple(checked),
        pipelines=tuple(_evaluation(name, checked, outcomes[name]) for name in pipelines),
        left_out=left_out,
    )


def _documents(index: PassageIndex) -> dict[int, str]:
    """Passage number -> the document it was cut from."""
    return {number: passage.document for number, passage in index.all_passages()}


def _checked_queries(queries: Sequence[LabelledQuery], limits: Limits) -> list[LabelledQuery]:
    if not queries:
        raise InputError("evaluation.no_queries")
    if len(queries) > MOST_QUERIES:
        raise InputError("evaluation.too_many", n_queries=len(queries), limit=MOST_QUERIES)
    for row, query in enumerate(queries, start=1):
        checked_row(query.text, row, f"queries[{row - 1}].text", limits)
        if not query.relevant:
            raise InputError("evaluation.no_relevant", row=row).at(f"queries[{row - 1}].relevant")
    return list(queries)


def _in_corpus(
    queries: Sequence[LabelledQuery], known: frozenset[str]
) -> tuple[list[LabelledQuery], LeftOut]:
    """The queries with the labels that the corpus knows, and what is left out."""
    reduced = [
        replace(query, relevant=tuple(one for one in query.relevant if one in known)) for query in queries
    ]
    kept = [query for query in reduced if query.relevant]
    if not kept:
        label = queries[0].relevant[0][:80]
        ids = ", ".join(sorted(known, key=lambda one: (len(one), one))[:_IDS_NAMED])[:80]
        raise InputError("evaluation.unknown_label", label=label, ids=ids).at("queries[0].relevant")
    unknown = dict.fromkeys(one for query in queries for one in query.relevant if one not in known)
    return kept, LeftOut(tuple(unknown), tuple(query.text for query in reduced if not query.relevant))


def _outcome(
    pipeline: Pipeline, scorer: ArrayScorer, documents: Mapping[int, str], query: LabelledQuery
) -> QueryOutcome:
    found = run_pipeline(pipeline, scorer)[-1].passages
    # Several passages of a document count once, where the first of them stands.
    ranking = list(dict.fromkeys(documents[number] for number in found if number in documents))
    relevant = set(query.relevant)
    reciprocal = reciprocal_rank_at(METRIC_K, ranking, relevant)
    return QueryOutcome(
        first_relevant=round(1 / reciprocal) if reciprocal else None,
        recall=recall_at(METRIC_K, ranking, relevant),
        reciprocal_rank=reciprocal,
        ndcg=ndcg_at(METRIC_K, ranking, relevant),
        n_unjudged=sum(document not in relevant for document in ranking[:METRIC_K]),
    )


def _evaluation(
    name: str, queries: Sequence[LabelledQuery], outcomes: Sequence[QueryOutcome]
) -> PipelineEvaluation:
    return PipelineEvaluation(
        name=name,
        overall=_averages(outcomes),
        by_language=_grouped([query.language for query in queries], outcomes),
        by_kind=_grouped([query.kind for query in queries], outcomes),
        outcomes=tuple(outcomes),
    )


def _grouped(labels: Sequence[str], outcomes: Sequence[QueryOutcome]) -> dict[str, Averages]:
    """Averages per label; nothing where no query has one."""
    return {
        label: _averages([one for own, one in zip(labels, outcomes, strict=True) if own == label])
        for label in sorted({label for label in labels if label})
    }


def _averages(outcomes: Sequence[QueryOutcome]) -> Averages:
    return Averages(
        n_queries=len(outcomes),
        recall=_mean([one.recall for one in outcomes]),
        mrr=_mean([one.reciprocal_rank for one in outcomes]),
        ndcg=_mean([one.ndcg for one in outcomes]),
        unjudged=_mean([float(one.n_unjudged) for one in outcomes]),
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
