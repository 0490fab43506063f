"""Dense explained by leaving out: what each word, or in long texts each stretch, carries of the similarity.

The shares do not add up: words share meaning. Knows no page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import regex

from bge_demo.encoder.contract import Encoder, need_dense
from bge_demo.errors import InputError
from bge_demo.scores.scoring import dense_score
from bge_demo.settings import Limits
from bge_demo.text.inputs import tokenize_within_limits
from bge_demo.text.readable import is_blank

Span = tuple[int, int]
Unit = Literal["word", "sentence"]

# One pass over this many shortened copies a text is still an answer, not a wait.
MOST_PARTS = 48
# A sentence with the mark that ends it and the space after it.
_SENTENCE = regex.compile(r".+?(?:[.!?。！？؟।…]+[\s\"'”’»)\]]*|\n+|$)", regex.DOTALL)


@dataclass(frozen=True)
class LeftOutPart:
    """`text[start:end]` and the similarity lost without it; below 0 where the texts are closer without it."""

    start: int
    end: int
    text: str
    carries: float


@dataclass(frozen=True)
class LeavingOut:
    """Both texts part by part. `similarity` is the dense cosine of the whole texts, `unit` what a part is."""

    texts: tuple[str, str]
    similarity: float
    unit: Unit
    parts: tuple[tuple[LeftOutPart, ...], tuple[LeftOutPart, ...]]

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values; `a` and `b` hold the parts in text order."""
        a, b = ([asdict(part) for part in side] for side in self.parts)
        return {"similarity": self.similarity, "unit": self.unit, "a": a, "b": b}


def leave_out(encoder: Encoder, text_a: str, text_b: str, limits: Limits) -> LeavingOut:
    """Encode both texts and every shortened copy in one request; checked texts in, cosines out.

    Raises InputError when all copies together are too many tokens for one request.
    """
    tokenized = tokenize_within_limits(encoder, [text_a, text_b], limits)
    words = [[(word.start, word.end) for word in text.words] for text in tokenized]
    by_word = all(len(spans) <= MOST_PARTS for spans in words)
    spans_a, spans_b = words if by_word else (_stretches(text_a), _stretches(text_b))
    copies = [*_without_each(text_a, spans_a), *_without_each(text_b, spans_b)]
    try:
        tokenize_within_limits(encoder, [text_a, text_b, *copies], limits)
    except InputError as error:
        raise InputError("leave_out.too_many_tokens", **error.values) from error
    dense = need_dense(
        encoder.encode([text_a, text_b, *copies], sparse=False, colbert=False, max_length=limits.max_tokens)
    )
    whole = dense_score(dense[0], dense[1])
    scores_a = [dense_score(row, dense[1]) for row in dense[2 : 2 + len(spans_a)]]
    scores_b = [dense_score(dense[0], row) for row in dense[2 + len(spans_a) :]]
    parts = _parts(text_a, spans_a, whole, scores_a), _parts(text_b, spans_b, whole, scores_b)
    return LeavingOut((text_a, text_b), whole, "word" if by_word else "sentence", parts)


def _without_each(text: str, spans: Sequence[Span]) -> list[str]:
    """The text without each span. What would be left blank is a single mark: a model reads no empty text."""
    copies = [f"{text[:start]}{text[end:]}" for start, end in spans]
    return ["." if is_blank(copy) else copy for copy in copies]


def _parts(
    text: str, spans: Sequence[Span], whole: float, scores: Sequence[float]
) -> tuple[LeftOutPart, ...]:
    return tuple(
        LeftOutPart(start, end, text[start:end], whole - score)
        for (start, end), score in zip(spans, scores, strict=True)
    )


def _stretches(text: str) -> list[Span]:
    """Sentences, joined to at most MOST_PARTS stretches of about equal number.

    >>> _stretches("One. Two!")
    [(0, 5), (5, 9)]
    """
    sentences = [match.span() for match in _SENTENCE.finditer(text) if match[0].strip()]
    per_stretch = -(-len(sentences) // MOST_PARTS) or 1
    return [
        (group[0][0], group[-1][1])
        for group in (sentences[i : i + per_stretch] for i in range(0, len(sentences), per_stretch))
    ]
