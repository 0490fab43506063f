"""One query through a retrieval pipeline: hits, their evidence, and where each stood after every stage."""

from __future__ import annotations

import string
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bge_demo.encoder.contract import Encoder, FloatArray, ModelInfo
from bge_demo.locales import Phrase, say
from bge_demo.retrieval.corpus_map import MapView, map_view
from bge_demo.retrieval.indexing import encoded_text
from bge_demo.retrieval.passage_index import PassageIndex
from bge_demo.retrieval.pipelines import (
    RRF_CONSTANT,
    Method,
    Pipeline,
    Stage,
    StageRanking,
    combined_scores,
    run_pipeline,
)
from bge_demo.retrieval.queries import encode_queries, has_words, largest_score
from bge_demo.retrieval.store import Passage, QueryVectors, StoreScorer, Vectors
from bge_demo.retrieval.threshold import SearchThreshold
from bge_demo.scores.keywords import SharedToken, shared_tokens
from bge_demo.scores.scoring import Band, band, lexical_matching_score, mean_maxsim, similarity_percent
from bge_demo.scores.shared_words import SharedWord, shared_words
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.recall_check import RecallCheck, check_recall
from bge_demo.text.common import says_in_other_script
from bge_demo.text.hints import hints
from bge_demo.text.inputs import DEFAULT_LIMITS, checked_text, tokenize_within_limits
from bge_demo.text.readable import is_blank, reading
from bge_demo.text.tokens import TokenizedText

# Hits that are shown with their evidence; a pipeline may let more through.
HITS_SHOWN = 10
# The share of the first hit's score within which the second one may be a punctuation mark away.
CLOSE = 0.15


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

    `text` is what the model read: the title and the passage; `words` have their offsets in it. `exact_terms`
    are the query's identifiers that the passage holds, as the query spells them. There is no band where the
    model cannot read the passage or the query. `is_other_script`: the query's words in the other Chinese
    character set.
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
    band: Band | None
    words: tuple[EvidenceWord, ...]
    shared: tuple[SharedToken, ...]
    shared_words: tuple[SharedWord, ...] = ()
    exact_terms: tuple[str, ...] = ()
    is_other_script: bool = False

    def to_json(self) -> dict[str, Any]:
        """The hit for programs, without the evidence of single words."""
        values = asdict(self)
        del values["words"], values["text"], values["shared_words"]
        return values | {"shared": [token.to_json() for token in self.shared]}


@dataclass(frozen=True)
class SearchResult:
    """What one search found. `n_indexed` passages could be found, of `n_passages` that there will be.

    `largest_score` is what a text identical to the query would score at the last stage (None for BM25).
    `has_words` is False where the lexical heads had nothing to look for. `threshold` is the serving model's,
    None where it is not known or does not tell right from wrong. `punctuation_decides`: the first two hits
    change places when the query's last punctuation mark goes, or one comes.
    """

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
    largest_score: float | None = None
    has_words: bool = True
    threshold: SearchThreshold | None = None
    map: MapView | None = None
    hints: tuple[Phrase, ...] = ()
    punctuation_decides: bool = False
    expected: str = ""

    @property
    def unknown_expected(self) -> str:
        """What was expected, where the corpus holds no such passage; else empty."""
        return self.expected if self.recall is None else ""

    @property
    def score_name(self) -> Method:
        """The method whose score ranks the hits."""
        return self.pipeline.stages[-1].method

    @property
    def score_formula(self) -> str | None:
        """How a rank score comes about; None where the score is a similarity."""
        return f"1/({RRF_CONSTANT}+rank)" if self.score_name == "rrf" else None

    @property
    def is_weak(self) -> bool:
        """Whether the first hit lies where the model's first hits are usually wrong."""
        return bool(self.hits and self.threshold and self.hits[0].similarity_percent < self.threshold.percent)

    def to_json(self) -> dict[str, Any]:
        """The answer of `/search`."""
        return {
            "model": self.model.to_json(),
            "query": self.query,
            "weights": asdict(self.pipeline.weights),
            "stages": [_stage_json(one) for one in self.stages],
            "score": {
                "name": self.score_name,
                "largest": self.largest_score,
                "formula": self.score_formula,
            },
            "has_words": self.has_words,
            "hints": [say(hint.key, "en", **hint.values) for hint in self.hints],
            "punctuation_decides": self.punctuation_decides,
            "threshold": self.threshold.to_json() if self.threshold else None,
            "is_weak": self.is_weak,
            "hits": [hit.to_json() for hit in self.hits],
            "n_indexed": self.n_indexed,
            "n_passages": self.n_passages,
            "recall_check": self.recall.to_json() if self.recall else None,
            "encode_ms": round(self.encode_ms, 2),
            "latency_ms": round(self.latency_ms, 2),
            "map": dict(vars(self.map)) if self.map else None,
        }


def search(
    encoder: Encoder,
    index: PassageIndex,
    query: str,
    pipeline: Pipeline,
    expected: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> SearchResult:
    """Search the index. `expected` names the passage that should be found: its id, its title, or a part
    of its title or text; where several fit, the best-ranked one is checked.

    `latency_ms` is encoding and all stages, without evidence and recall check. Raises InputError for a blank
    or too long query. Where no passage is the expected one, there is no recall check: `unknown_expected`.
    """
    query = checked_text(query, Phrase("search.query"), limits, "query")
    (tokenized,) = tokenize_within_limits(encoder, [query], limits)
    started = time.perf_counter()
    (vectors,) = encode_queries(encoder, [tokenized])
    encode_ms = 1000 * (time.perf_counter() - started)
    scorer = StoreScorer(index.store, vectors)
    stages = run_pipeline(pipeline, scorer)
    latency_ms = 1000 * (time.perf_counter() - started)
    last, threshold = pipeline.stages[-1], index.threshold
    hits = _hits(encoder, index, tokenized, vectors, stages)

    def is_readable(passage: Passage) -> bool:
        return all(
            reading(text).is_readable for text in (tokenized, *encoder.tokenize([encoded_text(passage)]))
        )

    return SearchResult(
        model=encoder.info,
        query=query,
        pipeline=pipeline,
        stages=stages,
        hits=hits,
        n_indexed=index.n_indexed(),
        n_passages=index.card.n_passages,
        encode_ms=encode_ms,
        latency_ms=latency_ms,
        recall=None if is_blank(expected) else check_recall(index, vectors, pipeline, expected, is_readable),
        largest_score=largest_score(last.method, pipeline.weights, vectors, len(scorer.exact)),
        has_words=has_words(tokenized),
        threshold=threshold if threshold and threshold.separates else None,
        map=map_view(index.map, vectors.dense, stages[-1].passages[:HITS_SHOWN]) if index.map else None,
        hints=hints(tokenized, Phrase("search.query"), reading(tokenized)),
        punctuation_decides=_punctuation_decides(encoder, index, tokenized, pipeline, hits),
        expected="" if is_blank(expected) else expected.strip(),
    )


def _punctuation_decides(
    encoder: Encoder, index: PassageIndex, query: TokenizedText, pipeline: Pipeline, hits: Sequence[Hit]
) -> bool:
    """Whether the query with another end ranks the second hit before the first one. Encoded only where
    their scores are so close that it might."""
    method = pipeline.stages[-1].method
    if len(hits) < 2 or method == "rrf" or len({len(hit.exact_terms) for hit in hits[:2]}) > 1:
        return False
    first, second = (hit.score for hit in hits[:2])
    if first - second > CLOSE * abs(first):
        return False
    bare = query.text.rstrip(f"{string.punctuation}？！。… ")
    (other,) = encode_queries(encoder, encoder.tokenize([bare if bare != query.text else f"{bare}?"]))
    numbers = [hit.number for hit in hits[:2]]
    scores = combined_scores(method, numbers, StoreScorer(index.store, other), pipeline.weights)
    return bool(not is_blank(bare) and scores[0] < scores[1])


def _hits(
    encoder: Encoder,
    index: PassageIndex,
    read_query: TokenizedText,
    query: QueryVectors,
    stages: Sequence[StageRanking],
) -> tuple[Hit, ...]:
    """The last stage's best passages with scores by all heads, their evidence and their way there."""
    found = stages[-1].found[:HITS_SHOWN]
    numbers = [number for number, _ in found]
    passages, stored = index.store.passages(numbers), index.store.vectors(numbers)
    texts = [encoded_text(passage) for passage in passages]
    tokenized = encoder.tokenize(texts)
    is_readable = reading(read_query).is_readable
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
                band=band(percent) if is_readable and reading(tokenized[i]).is_readable else None,
                words=_evidence(query, tokenized[i], stored[i]),
                shared=shared_tokens(encoder, query.sparse, stored[i].sparse),
                shared_words=shared_words(read_query, tokenized[i], query.sparse, stored[i].sparse),
                exact_terms=_exact_terms(query, stored[i]),
                is_other_script=says_in_other_script(read_query.text, texts[i]),
            )
        )
    return tuple(hits)


def _exact_terms(query: QueryVectors, stored: Vectors) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for term, text in query.codes.items() if term in stored.bm25))


def _evidence(query: QueryVectors, text: TokenizedText, stored: Vectors) -> tuple[EvidenceWord, ...]:
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


def _is_shared(query: QueryVectors, stored: Vectors, token_id: int) -> bool:
    return token_id in query.sparse and token_id in stored.sparse


def _stage_json(ranking: StageRanking) -> dict[str, Any]:
    stage: Stage = ranking.stage
    return {
        "method": stage.method,
        "k": stage.k,
        "n_found": len(ranking.found),
        "latency_ms": round(ranking.latency_ms, 2),
    }
