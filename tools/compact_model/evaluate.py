"""Measures a checkpoint on the validation split, through the demo's own encoder. Trains nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bge_demo import load_encoder
from bge_demo.embeddings import Embeddings, Encoder, need_colbert, need_dense, need_sparse
from bge_demo.samples import (
    CROSS_LINGUAL_QUERY,
    CROSS_LINGUAL_SENTENCES,
    PAIRS,
    TRAVEL_QUERY,
    TRAVEL_SENTENCES,
)
from tools.compact_model.alignments import word_accuracy
from tools.compact_model.corpus import LANGUAGES, Group, Question
from tools.compact_model.metrics import Heads, head_scores, quantiles, recall_at_1, spearman
from tools.compact_model.split import StsPair, Validation

# ColBERT compares all tokens of all texts: fewer texts keep it to a minute.
COLBERT_TEXTS = 250
LONG_TOKENS = 500
LONG_PASSAGES = 100
CALIBRATION_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

Figures = dict[str, Any]


@dataclass(frozen=True)
class LongTask:
    """Long passages with one question each: passage i answers question i, for the first `n_asked`."""

    passages: list[str]
    questions: list[str]


def evaluate(checkpoint: Path | str, validation: Validation, catalogues: Sequence[Group] = ()) -> Figures:
    """Every figure of the model card, by task, head and language."""
    encoder = load_encoder(str(checkpoint))
    by_source = _by_source(validation.groups)
    return {
        "checkpoint": encoder.info.to_json(),
        "translation": {name: translation_retrieval(encoder, groups) for name, groups in by_source.items()},
        "catalogues": translation_retrieval(encoder, catalogues),
        "sts": sts_correlation(encoder, validation.sts),
        "passages": passage_retrieval(encoder, validation.questions),
        "long": long_retrieval(encoder, validation.questions),
        "calibration": calibration(encoder, validation),
        "page": page_examples(encoder),
        "word_alignment": word_accuracy(encoder),
    }


def translation_retrieval(encoder: Encoder, groups: Sequence[Group]) -> Figures:
    """Each language against English, both ways, dense: % of texts whose translation is the nearest of all."""
    figures: Figures = {}
    for language in LANGUAGES:
        pairs = [
            (x.texts[language], x.texts["en"]) for x in groups if language in x.texts and "en" in x.texts
        ]
        if language == "en" or len(pairs) < 50:
            continue
        foreign = need_dense(encoder.encode([a for a, _ in pairs], sparse=False, colbert=False))
        english = need_dense(encoder.encode([b for _, b in pairs], sparse=False, colbert=False))
        scores = foreign @ english.T
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


def long_retrieval(encoder: Encoder, questions: Sequence[Question]) -> Figures:
    """Passages of about LONG_TOKENS tokens and one question to each: % of passages that rank their own
    question first among all, and of questions their passage, by head and language."""
    figures: Figures = defaultdict(dict)
    for language in LANGUAGES:
        task = long_task(encoder, [x for x in questions if x.language == language])
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


def long_task(encoder: Encoder, rows: Sequence[Question]) -> LongTask:
    """Join held-out passages up to LONG_TOKENS tokens; the question asks about the first of them."""
    asked = list({x.passage: x for x in rows}.values())[:LONG_PASSAGES]
    lengths = [x.n_tokens for x in encoder.tokenize([x.passage for x in asked])]
    passages: list[str] = []
    for at, row in enumerate(asked):
        parts, total = [row.passage], lengths[at]
        for step in range(1, len(asked)):
            other = (at + 7 * step) % len(asked)
            if total + lengths[other] <= LONG_TOKENS + 20 and asked[other].passage not in parts:
                parts.append(asked[other].passage)
                total += lengths[other]
        passages.append(" ".join(parts))
    return LongTask(passages, [x.question for x in asked])


def calibration(encoder: Encoder, validation: Validation) -> Figures:
    """Quantiles of the similarity of translations and of unrelated texts, dense and ColBERT."""
    rows = [x for x in validation.groups if len(x.texts) > 1]
    left, right = [], []
    for at, group in enumerate(rows):
        languages = sorted(set(group.texts) - {"en"})
        left.append(group.texts.get("en") or group.texts[languages[0]])
        right.append(group.texts[languages[at % len(languages)]])
    a, b = encoder.encode(left), encoder.encode(right)
    shifted = encoder.encode([*right[37:], *right[:37]])
    return {
        "translations": {h: quantiles(v, CALIBRATION_QUANTILES) for h, v in _pair_scores(a, b).items()},
        "unrelated": {h: quantiles(v, CALIBRATION_QUANTILES) for h, v in _pair_scores(a, shifted).items()},
    }


def page_examples(encoder: Encoder) -> Figures:
    """The scores of the page's own examples."""
    pairs = {sample.name: (sample.text_a, sample.text_b) for sample in PAIRS}
    for query, rows in ((CROSS_LINGUAL_QUERY, CROSS_LINGUAL_SENTENCES), (TRAVEL_QUERY, TRAVEL_SENTENCES)):
        pairs |= {f"{query} / {row.language}": (query, row.text) for row in rows}
    return {name: _scores_of(encoder, a, b) for name, (a, b) in pairs.items()}


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
