"""One query through a retrieval pipeline: hits, their evidence, and where each stood after every stage."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bge_demo.analyses.indexing import encoded_text
from bge_demo.analyses.inputs import DEFAULT_LIMITS, checked_text, tokenize_within_limits
from bge_demo.analyses.keywords import SharedToken, shared_tokens
from bge_demo.analyses.recall_check import RecallCheck, check_recall
from bge_demo.bm25 import query_vector, terms_of
from bge_demo.embeddings import Encoder, FloatArray, ModelInfo, need_colbert, need_dense, need_sparse
from bge_demo.locales import Phrase
from bge_demo.passage_index import Passage, PassageIndex
from bge_demo.ranking import Pipeline, Stage, StageRanking
from bge_demo.scoring import Band, band, lexical_matching_score, mean_maxsim, similarity_percent
from bge_demo.settings import Limits
from bge_demo.stored_vectors import PassageVectors, QueryVectors
from bge_demo.tokens import TokenizedText

# Hits that are shown with their evidence; a pipeline may let more through.
HITS_SHOWN = 10


@dataclass(frozen=True)
class EvidenceWord:
    """A word of the passage as the model read it, `text[start:end]`: its best similarity to any token of the
    query, and whether the sparse head counts a token that both share."""

    start: int
    end: int
    similarity: float
    is_shared: bool


@dataclass(frozen=True)
class Hit:
    """A passage that came through all stages. `score` is the last stage's, `stage_ranks` its rank after each.

    `text` is what the model read: the title and the passage; `words` have their offsets in it.
    """

    rank: int
    number: int
    passage: Passage
    text: str
    score: float
    stage_ranks: tuple[int, ...]
    dense: float
    sparse: float
    colbert: float
    similarity_percent: float
    band: Band
    words: tuple[EvidenceWord, ...]
    shared: tuple[SharedToken, ...]

    def to_json(self) -> dict[str, Any]:
        """The hit for programs, without the evidence of single words."""
        values = asdict(self)
        del values["words"], values["text"]
        return values | {"shared": [token.to_json() for token in self.shared]}


@dataclass(frozen=True)
class SearchResult:
    """What one search found. `n_indexed` passages could be found, of `n_passages` that there will be."""

    model: ModelInfo
    query: str
    pipeline: Pipeline
    stages: tuple[StageRanking, ...]
    hits: tuple[Hit, ...]
    n_indexed: int
    n_passages: int
    encode_ms: float
    latency_ms: float
    recall: RecallCheck | None

    def to_json(self) -> dict[str, Any]:
        """The answer of `/search`."""
        return {
            "model": self.model.to_json(),
            "query": self.query,
            "weights": asdict(self.pipeline.weights),
            "stages": [_stage_json(one) for one in self.stages],
            "hits": [hit.to_json() for hit in self.hits],
            "n_indexed": self.n_indexed,
            "n_passages": self.n_passages,
            "recall_check": self.recall.to_json() if self.recall else None,
            "encode_ms": round(self.encode_ms, 2),
            "latency_ms": round(self.latency_ms, 2),
        }


def search(
    encoder: Encoder,
    index: PassageIndex,
    query: str,
    pipeline: Pipeline,
    expected: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> SearchResult:
    """Search the index. `expected` names the passage that should be found, by its id or a part of its text.

    `latency_ms` is encoding and all stages, without evidence and recall check. Raises InputError for a blank
    or too long query, and when no passage is the expected one.
    """
    query = checked_text(query, Phrase("search.query"), limits)
    (tokenized,) = tokenize_within_limits(encoder, [query], limits)
    started = time.perf_counter()
    vectors = encode_queries(encoder, [query], limits)[0]
    encode_ms = 1000 * (time.perf_counter() - started)
    stages = index.vectors.rankings(pipeline, vectors)
    latency_ms = 1000 * (time.perf_counter() - started)
    return SearchResult(
        model=encoder.info,
        query=query,
        pipeline=pipeline,
        stages=stages,
        hits=_hits(encoder, index, vectors, stages),
        n_indexed=index.n_indexed(),
        n_passages=index.card.n_passages,
        encode_ms=encode_ms,
        latency_ms=latency_ms,
        recall=check_recall(index, vectors, pipeline, expected) if expected.strip() else None,
    )


def encode_queries(encoder: Encoder, queries: Sequence[str], limits: Limits) -> list[QueryVectors]:
    """(n,) checked queries -> (n,) vectors of all heads."""
    embeddings = encoder.encode(queries, max_length=limits.max_tokens)
    dense, sparse, colbert = need_dense(embeddings), need_sparse(embeddings), need_colbert(embeddings)
    texts = encoder.tokenize(queries, limits.max_tokens)
    return [
        QueryVectors(dense[i], sparse[i], colbert[i], query_vector(terms_of(text)))
        for i, text in enumerate(texts)
    ]


def _hits(
    encoder: Encoder, index: PassageIndex, query: QueryVectors, stages: Sequence[StageRanking]
) -> tuple[Hit, ...]:
    """The last stage's best passages with scores by all heads, their evidence and their way there."""
    found = stages[-1].found[:HITS_SHOWN]
    numbers = [number for number, _ in found]
    passages, stored = index.passages(numbers), index.vectors.of(numbers)
    texts = [encoded_text(passage) for passage in passages]
    tokenized = encoder.tokenize(texts)
    ranks = [{number: rank for rank, number in enumerate(one.passages, start=1)} for one in stages]
    hits = []
    for i, (number, score) in enumerate(found):
        dense = float(query.dense.astype(np.float64) @ stored[i].dense.astype(np.float64))
        percent = similarity_percent(dense)
        hits.append(
            Hit(
                rank=i + 1,
                number=number,
                passage=passages[i],
                text=texts[i],
                score=score,
                stage_ranks=tuple(rank[number] for rank in ranks),
                dense=dense,
                sparse=lexical_matching_score(query.sparse, stored[i].sparse),
                colbert=mean_maxsim(query.colbert, stored[i].colbert),
                similarity_percent=percent,
                band=band(percent),
                words=_evidence(query, tokenized[i], stored[i]),
                shared=shared_tokens(encoder, query.sparse, stored[i].sparse),
            )
        )
    return tuple(hits)


def _evidence(query: QueryVectors, text: TokenizedText, stored: PassageVectors) -> tuple[EvidenceWord, ...]:
    best: FloatArray = (stored.colbert @ query.colbert.T).max(axis=1)
    return tuple(
        EvidenceWord(
            start=word.start,
            end=word.end,
            similarity=float(max(best[position - 1] for position in word.positions)),
            is_shared=any(_is_shared(query, stored, text.tokens[p].id) for p in word.positions),
        )
        for word in text.words
    )


def _is_shared(query: QueryVectors, stored: PassageVectors, token_id: int) -> bool:
    return token_id in query.sparse and token_id in stored.sparse


def _stage_json(ranking: StageRanking) -> dict[str, Any]:
    stage: Stage = ranking.stage
    return {
        "method": stage.method,
        "k": stage.k,
        "n_found": len(ranking.found),
        "latency_ms": None if ranking.latency_ms is None else round(ranking.latency_ms, 2),
    }
