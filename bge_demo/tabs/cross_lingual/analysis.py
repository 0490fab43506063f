"""One query against sentences of many languages: ranked, and every sentence against every other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bge_demo.encoder.contract import Encoder, FloatArray, ModelInfo, need_colbert, need_dense, need_sparse
from bge_demo.errors import InputError
from bge_demo.locales import Phrase, say
from bge_demo.samples import SentenceSample
from bge_demo.scores.scoring import (
    DEFAULT_WEIGHTS,
    HIGHLY_RELATED_FROM,
    Band,
    PairScores,
    ScoreWeights,
    WeightsChoice,
    band,
    checked_weights,
    dense_scores,
    pair_scores,
    percentile,
    similarity_percent,
)
from bge_demo.serving.background import background_cosines
from bge_demo.settings import Limits
from bge_demo.text.common import says_in_other_script
from bge_demo.text.hints import hints
from bge_demo.text.inputs import DEFAULT_LIMITS, checked_text, checked_texts, tokenize_within_limits
from bge_demo.text.readable import Reading, is_blank, reading
from bge_demo.text.tokens import without_surrogates

LANGUAGE_CHARS = 40
# What marks a sentence that says something else than the query.
CONTROLS = frozenset({"control", "对照"})


@dataclass(frozen=True)
class RankedSentence:
    """A sentence and how near it is to the query; rank 1 has the highest dense cosine. Band and percentile
    are None where the model cannot read the sentence or the query."""

    rank: int
    language: str
    text: str
    similarity_percent: float
    band: Band | None
    percentile: float | None
    highly_related: bool
    scores: PairScores
    n_unreadable: int = 0


@dataclass(frozen=True)
class CrossLingualResult:
    """Ranked sentences. `truncated`, at `max_tokens`, and the heat map of cosines list the query first, then
    the sentences as they were given."""

    model: ModelInfo
    query: str
    weights: ScoreWeights
    rows: tuple[RankedSentence, ...]
    max_tokens: int
    truncated: tuple[bool, ...]
    heatmap_labels: tuple[str, ...]
    heatmap: FloatArray
    latency_ms: float
    hints: tuple[Phrase, ...] = ()

    @property
    def in_other_script(self) -> frozenset[int]:
        """The ranks of rows that say the query's words in the other Chinese character set."""
        return frozenset(row.rank for row in self.rows if says_in_other_script(self.query, row.text))

    def to_json(self) -> dict[str, Any]:
        """The answer of `/cross_lingual`."""
        return {
            "model": self.model.to_json(),
            "query": self.query,
            "weights": asdict(self.weights),
            "rows": [
                asdict(row)
                | {
                    "scores": row.scores.to_json(self.weights),
                    "is_other_script": row.rank in self.in_other_script,
                }
                for row in self.rows
            ],
            "truncated": list(self.truncated),
            "heatmap": {"labels": list(self.heatmap_labels), "dense": self.heatmap.round(6).tolist()},
            "hints": [say(hint.key, "en", **hint.values) for hint in self.hints],
            "latency_ms": round(self.latency_ms, 2),
        }


def compare_across_languages(
    encoder: Encoder,
    query: str,
    sentences: Sequence[SentenceSample],
    weights: WeightsChoice = DEFAULT_WEIGHTS,
    limits: Limits = DEFAULT_LIMITS,
) -> CrossLingualResult:
    """Rank sentences by their dense cosine to the query. Raises InputError for blank or oversized input."""
    chosen = checked_weights(weights)
    query = checked_text(query, Phrase("cross.query"), limits, "query")
    texts = checked_texts([sentence.text for sentence in sentences], limits, "sentences")
    languages = [without_surrogates(sentence.language) for sentence in sentences]
    background = background_cosines(encoder)
    started = time.perf_counter()
    tokenized = tokenize_within_limits(encoder, [query, *texts], limits)
    embeddings = encoder.encode_tokens(tokenized)
    dense, sparse, colbert = need_dense(embeddings), need_sparse(embeddings), need_colbert(embeddings)
    scores = [pair_scores(dense, sparse, colbert, 0, i) for i in range(1, len(texts) + 1)]
    readings = [reading(text) for text in tokenized]
    by_cosine = sorted(range(len(texts)), key=lambda i: -scores[i].dense)
    rows = tuple(
        _ranked(
            rank,
            SentenceSample(languages[i], texts[i]),
            scores[i],
            readings[i + 1],
            background if readings[0].is_readable else None,
        )
        for rank, i in enumerate(by_cosine, start=1)
    )
    return CrossLingualResult(
        model=encoder.info,
        query=query,
        weights=chosen,
        rows=rows,
        max_tokens=min(limits.max_tokens, encoder.info.max_tokens),
        truncated=tuple(embeddings.truncated),
        heatmap_labels=("query", *languages),
        heatmap=dense_scores(dense, dense),
        latency_ms=1000 * (time.perf_counter() - started),
        hints=(*hints(tokenized[0], Phrase("cross.query"), readings[0]), *_beaten_by_control(rows)),
    )


def _beaten_by_control(rows: Sequence[RankedSentence]) -> list[Phrase]:
    """Whether an unrelated sentence is nearer to the query than others, of rows in their order."""
    is_control = [row.language.strip().casefold() in CONTROLS for row in rows]
    if True not in is_control:
        return []
    n_beaten = is_control[is_control.index(True) :].count(False)
    n_others = is_control.count(False)
    return [Phrase("cross.control_wins", n=n_beaten, all=n_others)] if n_beaten else []


def _ranked(
    rank: int, sentence: SentenceSample, scores: PairScores, read: Reading, background: FloatArray | None
) -> RankedSentence:
    """`background` is None where the query cannot be read: there is no band then."""
    percent = similarity_percent(scores.dense)
    is_judged = background is not None and read.is_readable
    return RankedSentence(
        rank=rank,
        language=sentence.language,
        text=sentence.text,
        similarity_percent=percent,
        band=band(percent) if is_judged else None,
        percentile=percentile(scores.dense, background) if background is not None and is_judged else None,
        highly_related=is_judged and percent >= HIGHLY_RELATED_FROM,
        scores=scores,
        n_unreadable=read.n_unreadable,
    )


def sentences_from_rows(
    rows: Sequence[Sequence[object]], limits: Limits = DEFAULT_LIMITS
) -> list[SentenceSample]:
    """Rows of (language, text) -> sentences; rows without text are left out.

    Raises InputError if none is left, and for too long a text by the number its row has in the table.
    """
    sentences = []
    for number, row in enumerate(rows, start=1):
        language, text = (["" if cell is None else str(cell) for cell in row] + ["", ""])[:2]
        if not is_blank(text):
            text = checked_text(text, Phrase("field.row", row=number), limits)
            sentences.append(SentenceSample(language.strip()[:LANGUAGE_CHARS], text))
    if not sentences:
        raise InputError("input.no_rows")
    return sentences
