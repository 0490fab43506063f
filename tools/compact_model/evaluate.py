"""Measures a checkpoint on the validation split, through the demo's own encoder. Trains nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bge_demo import load_encoder
from bge_demo.encoder.contract import Embeddings, Encoder, FloatArray, need_colbert, need_dense, need_sparse
from bge_demo.retrieval.pipelines import PIPELINES, ArrayScorer, run_pipeline
from bge_demo.retrieval.sample import sample_passages, sample_queries
from bge_demo.samples import (
    CROSS_LINGUAL_QUERY,
    CROSS_LINGUAL_SENTENCES,
    PAIRS,
    TRAVEL_QUERY,
    TRAVEL_SENTENCES,
)
from bge_demo.scores.metrics import ndcg_at
from bge_demo.serving.self_check import example_scores
from tools.compact_model.alignments import word_accuracy
from tools.compact_model.corpus import LANGUAGES, Group, Question
from tools.compact_model.metrics import Heads, head_scores, quantiles, recall_at_1, spearman
from tools.compact_model.split import StsPair, Validation

# ColBERT compares all tokens of all texts: fewer texts keep it to a minute.
COLBERT_TEXTS = 250
# Tokens of a long passage, and how many of them a language has.
LONG_PASSAGES = {500: 80, 2_000: 40}
# The marks at the start and end of a text.
MARKS = 2
# The source of held-out sentences that fill long passages.
NEWS = "ntrex"
# Group n and group n + SHIFT are of any sources, and have nothing to do with each other.
SHIFT = 37
# Those that need no index of terms; the first is the page's default.
PIPELINES_MEASURED = ("fusion-hybrid", "weighted-hybrid", "fusion-colbert", "dense", "sparse", "colbert")
CALIBRATION_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

Figures = dict[str, Any]


@dataclass(frozen=True)
class LongTask:
    """Long passages with one question each: passage i answers question i."""

    passages: list[str]
    questions: list[str]


class DenseVectors:
    """Dense vectors of texts, each encoded once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._found: dict[str, FloatArray] = {}

    def __call__(self, texts: Sequence[str]) -> FloatArray:
        """(n_texts, dim)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._found]
        if new:
            made = need_dense(self._encoder.encode(new, sparse=False, colbert=False))
            self._found |= dict(zip(new, made, strict=True))
        return np.stack([self._found[text] for text in texts])


def evaluate(
    checkpoint: Path | str,
    validation: Validation,
    catalogues: Sequence[Group] = (),
    precision: str = "fp32",
) -> Figures:
    """Every figure of the model card, by task, head and language.

    Single scores (the page's, the self-check's) and the small sample corpus are FlagEmbedding's in fp32; all
    else is counted over thousands of texts, where `precision` moves next to nothing.
    """
    encoder = load_encoder(str(checkpoint), precision=precision)
    exact = load_encoder(str(checkpoint), engine="torch", device="cpu", precision="fp32")
    dense = DenseVectors(encoder)
    by_source = _by_source(validation.groups)
    return {
        "checkpoint": encoder.info.to_json(),
        "translation": {name: translation_retrieval(dense, groups) for name, groups in by_source.items()},
        "catalogues": translation_retrieval(dense, catalogues),
        "sts": sts_correlation(encoder, validation.sts),
        "passages": passage_retrieval(encoder, validation.questions),
        "long": {str(n): long_retrieval(encoder, validation, n) for n in LONG_PASSAGES},
        "calibration": calibration(encoder, validation),
        "page": page_examples(exact),
        "self_check": example_scores(exact),
        "sample_corpus": sample_corpus(exact),
        "word_alignment": word_accuracy(encoder),
    }


def translation_retrieval(dense: DenseVectors, groups: Sequence[Group]) -> Figures:
    """Each language against English, both ways, dense: % of texts whose translation is the nearest of all."""
    figures: Figures = {}
    for language in LANGUAGES:
        pairs = [
            (x.texts[language], x.texts["en"]) for x in groups if language in x.texts and "en" in x.texts
        ]
        if language == "en" or len(pairs) < 50:
            continue
        scores = dense([a for a, _ in pairs]) @ dense([b for _, b in pairs]).T
        both = recall_at_1(scores), recall_at_1(scores.T)
        figures[language] = {"to_english": both[0], "from_english": both[1], "n": len(pairs)}
    figures["mean"] = _mean([x[way] for x in figures.values() for way in ("to_english", "from_english")])
    return figures


def sts_correlation(encoder: Encoder, pairs: Sequence[StsPair]) -> Figures:
    """Spearman's correlation with human scores, x 100, by head and language."""
    figures: Figures = defaultdict(dict)
    for language in LANGUAGES:
        rows = [x for x in pairs if language in x.a and language in x.b]
        if len(rows) < 50:
            continue
        a, b = encoder.encode([x.a[language] for x in rows]), encoder.encode([x.b[language] for x in rows])
        for head, scores in _pair_scores(a, b).items():
            figures[head][language] = spearman(scores, [x.score for x in rows])
    return {head: values | {"mean": _mean(list(values.values()))} for head, values in figures.items()}


def passage_retrieval(encoder: Encoder, questions: Sequence[Question]) -> Figures:
    """Held-out questions against the held-out passages of their language, % right first, by head."""
    figures: Figures = defaultdict(dict)
    for language in LANGUAGES:
        rows = [x for x in questions if x.language == language]
        passages = sorted({x.passage for x in rows})
        if len(passages) < 20:
            continue
        asked = rows[:: max(1, len(rows) // COLBERT_TEXTS)]
        place = [passages.index(x.passage) for x in asked]
        scores = head_scores(encoder.encode([x.question for x in asked]), encoder.encode(passages))
        for head, matrix in scores.items():
            figures[head][language] = round(100 * float(np.mean(matrix.argmax(1) == place)), 1)
    return {head: values | {"mean": _mean(list(values.values()))} for head, values in figures.items()}


def long_retrieval(encoder: Encoder, validation: Validation, n_tokens: int) -> Figures:
    """Passages of about `n_tokens` tokens and one question to each: % of passages that rank their own
    question first among all, and of questions their passage, by head and language."""
    figures: Figures = defaultdict(dict)
    for language in LANGUAGES:
        news = [x.texts[language] for x in validation.groups if x.source == NEWS and language in x.texts]
        task = long_task(encoder, [x for x in validation.questions if x.language == language], news, n_tokens)
        if len(task.passages) < 20:
            continue
        scores = head_scores(encoder.encode(task.questions), encoder.encode(task.passages))
        for head, matrix in scores.items():
            figures[head][language] = {
                "passage_to_question": recall_at_1(matrix.T),
                "question_to_passage": recall_at_1(matrix),
            }
        figures["n"][language] = len(task.passages)
    return dict(figures)


def long_task(encoder: Encoder, rows: Sequence[Question], news: Sequence[str], n_tokens: int) -> LongTask:
    """Each passage first, amid or last among news sentences, which answer no question, up to `n_tokens`."""
    asked = list({x.passage: x for x in rows}.values())[: LONG_PASSAGES[n_tokens]]
    lengths, news_lengths = (
        [x.n_tokens - MARKS for x in encoder.tokenize(texts)] for texts in ([x.passage for x in asked], news)
    )
    passages: list[str] = []
    place = 0
    for number, row in enumerate(asked):
        others, total = [], lengths[number]
        while total + news_lengths[place % len(news)] <= n_tokens:
            others.append(news[place % len(news)])
            total += news_lengths[place % len(news)]
            place += 1
        cut = len(others) * (number % 3) // 2
        passages.append(" ".join([*others[:cut], row.passage, *others[cut:]]))
    return LongTask(passages, [x.question for x in asked])


def calibration(encoder: Encoder, validation: Validation) -> Figures:
    """Quantiles of the similarity of translations and of unrelated texts, dense and ColBERT.

    Many sentences of one source speak of the same Tom: two of them are called unrelated only in `random`.
    """
    rows = [x for x in validation.groups if len(x.texts) > 1 and "en" in x.texts]
    left = [x.texts["en"] for x in rows]
    right = [_foreign_text(x, at) for at, x in enumerate(rows)]
    a = encoder.encode(left)
    random = _pair_scores(a, encoder.encode([*right[SHIFT:], *right[:SHIFT]]))
    unrelated = np.array(
        [not _shares_a_name(x, y) for x, y in zip(left, [*left[SHIFT:], *left[:SHIFT]], strict=True)]
    )
    return {
        kind: {head: quantiles(values, CALIBRATION_QUANTILES) for head, values in scores.items()}
        for kind, scores in (
            ("translations", _pair_scores(a, encoder.encode(right))),
            ("unrelated", {head: values[unrelated] for head, values in random.items()}),
            ("random", random),
        )
    }


def _foreign_text(group: Group, number: int) -> str:
    languages = sorted(set(group.texts) - {"en"})
    return group.texts[languages[number % len(languages)]]


def _shares_a_name(a: str, b: str) -> bool:
    """Whether two English texts share a capitalised word."""
    names = [set(re.findall(r"\b[A-Z]\w+", text)) for text in (a, b)]
    return not names[0].isdisjoint(names[1])


def page_examples(encoder: Encoder) -> Figures:
    """The scores of the page's own examples."""
    pairs = {sample.name: (sample.text_a, sample.text_b) for sample in PAIRS}
    for query, rows in ((CROSS_LINGUAL_QUERY, CROSS_LINGUAL_SENTENCES), (TRAVEL_QUERY, TRAVEL_SENTENCES)):
        pairs |= {f"{query} / {row.language}": (query, row.text) for row in rows}
    return {name: _scores_of(encoder, a, b) for name, (a, b) in pairs.items()}


def sample_corpus(encoder: Encoder) -> Figures:
    """nDCG@10 on the demo's own corpus by pipeline: of all queries, and of each kind."""
    passages, queries = sample_passages(), sample_queries()
    scores = head_scores(
        encoder.encode([query.text for query in queries]),
        encoder.encode([f"{x.title}\n{x.text}" for x in passages]),  # As the demo indexes them.
    )
    figures: Figures = {}
    for name in PIPELINES_MEASURED:
        gains: dict[str, list[float]] = defaultdict(list)
        for number, query in enumerate(queries):
            scorer = ArrayScorer({head: matrix[number] for head, matrix in scores.items()})
            *_, last = run_pipeline(PIPELINES[name], scorer)
            gain = ndcg_at(10, [passages[at].id for at in last.passages], query.relevant)
            gains["all"].append(gain)
            gains[query.kind].append(gain)
        figures[name] = {kind: round(float(np.mean(values)), 3) for kind, values in gains.items()}
    return figures


def _scores_of(encoder: Encoder, a: str, b: str) -> dict[str, float]:
    scores = _pair_scores(encoder.encode([a]), encoder.encode([b]))
    return {head: round(float(values[0]), 3) for head, values in scores.items()}


def _pair_scores(a: Embeddings, b: Embeddings) -> Heads:
    """(n,) scores of pair i = a's text i and b's text i, by head."""
    dense = (need_dense(a) * need_dense(b)).sum(1)
    sparse = [
        sum(w * y.get(token, 0.0) for token, w in x.items())
        for x, y in zip(need_sparse(a), need_sparse(b), strict=True)
    ]
    colbert = [float((x @ y.T).max(1).mean()) for x, y in zip(need_colbert(a), need_colbert(b), strict=True)]
    return {"dense": dense, "sparse": np.array(sparse), "colbert": np.array(colbert)}


def _by_source(groups: Sequence[Group]) -> Mapping[str, list[Group]]:
    found: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        found[group.source].append(group)
    return found | {"all": list(groups)}


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 1) if values else float("nan")
