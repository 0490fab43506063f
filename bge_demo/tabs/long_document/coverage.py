"""What of a document a summary covers, and what of the summary the document supports. Knows no query.

The match of a sentence with a passage is the mean of the dense cosine and the ColBERT score (mean MaxSim of
the sentence's tokens); with a part of the document it is the best match with one of the part's sentences or
with the part as a whole. How near is near enough differs from document to document, so the document says:
for a sample of its own sentences the best match is looked up with their own part left out. What they then
find is how near things come that are only about the same matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import Encoder, FloatArray
from bge_demo.samples import background_sentences
from bge_demo.tabs.long_document.batches import Watched, Work
from bge_demo.tabs.long_document.matching import matches
from bge_demo.text.differences import Difference, differences
from bge_demo.text.sentences import Span, paragraphs, sentences
from bge_demo.text.windows import windows

# The share of the document's own sentences that, without their own part, match nothing as well as the
# threshold. Chosen with tools/measure_coverage.py.
BACKGROUND_QUANTILE = 0.7
# With fewer parts than this the document says too little: pairs of the bundled unrelated sentences are asked.
FEWEST_PARTS = 4
BUNDLED_QUANTILE = 0.98
PROBES = 64
# From fewer sentences of the document the threshold is a rough guess.
ENOUGH_PROBES = 20
# A paragraph up to the first stays whole; a longer one is cut into windows of the second.
_LONGEST_PART_TOKENS = 256
_PART_WINDOW_TOKENS = 128
_HEADING_CHARS = 80
_SHORTEST_UNIT_CHARS = 12
# A heading ends without one of these; it may be a question, or end with a bracket.
_STOPS = tuple('.!…۔।॥。！｡:：;；,，、"”」』')

_FIGURES = {"digits", "date", "size"}

ThresholdSource = Literal["document", "bundled"]


@dataclass(frozen=True)
class Part:
    """A passage of the document, `document[start:end]`: how near the nearest sentence of the summary is, and
    its number."""

    start: int
    end: int
    best: float
    sentence: int
    covered: bool


@dataclass(frozen=True)
class SummarySentence:
    """A sentence of the summary, `summary[start:end]`: how near the nearest part is, and its number.

    `differing` are its figures, dates and sizes that do not stand in that part, offsets into `text`.
    """

    start: int
    end: int
    text: str
    best: float
    part: int
    supported: bool
    differing: tuple[Difference, ...]


@dataclass(frozen=True, eq=False)
class Coverage:
    """Both directions. `scores` (n_sentences, n_parts): how near each pair is."""

    threshold: float
    threshold_source: ThresholdSource
    n_probes: int
    parts: tuple[Part, ...]
    sentences: tuple[SummarySentence, ...]
    scores: FloatArray

    @property
    def is_rough(self) -> bool:
        """Whether the threshold rests on few of the document's sentences, or on none."""
        return self.n_probes < ENOUGH_PROBES

    @property
    def uncovered(self) -> tuple[Part, ...]:
        """The parts that no sentence of the summary tells of."""
        return tuple(part for part in self.parts if not part.covered)

    @property
    def unsupported(self) -> tuple[SummarySentence, ...]:
        """The sentences that nothing in the document says."""
        return tuple(one for one in self.sentences if not one.supported)

    @property
    def differing(self) -> tuple[SummarySentence, ...]:
        """The supported sentences with a figure that the document does not give there."""
        return tuple(one for one in self.sentences if one.supported and one.differing)

    def to_json(self) -> dict[str, Any]:
        """The answer's `coverage`."""
        return {
            "threshold": self.threshold,
            "threshold_source": self.threshold_source,
            "probes": self.n_probes,
            "n_parts": len(self.parts),
            "uncovered": [
                {"start": one.start, "end": one.end, "best": one.best, "sentence": one.sentence}
                for one in self.uncovered
            ],
            "differing": [_sentence_json(one, self.parts) for one in self.differing],
            "unsupported": [_sentence_json(one, self.parts) for one in self.unsupported],
            "supported": [_sentence_json(one, self.parts) for one in self.sentences if one.supported],
        }


def coverage_of(encoder: Encoder, document: str, summary: str, work: Work) -> Coverage:
    """Sentences of the summary against parts of the document, both checked and not blank."""
    parts = document_parts(encoder, document, work)
    units = _units(document, parts)
    owners = np.array([unit.part for unit in units])
    told = _with_words(summary, sentences(summary))
    probes = _probes(units, len(parts))
    asked = [summary[one.start : one.end] for one in told]
    asked += [document[units[number].start : units[number].end] for number in probes]
    texts = [document[unit.start : unit.end] for unit in units]
    matched = matches(encoder, asked, texts, work)
    threshold = (
        _threshold(matched[len(told) :], asked[len(told) :], texts, owners)
        if probes
        else _bundled_threshold(encoder)
    )
    scores = _best_in_parts(matched[: len(told)], owners)
    judged = [
        _sentence(text, span, row, threshold)
        for text, span, row in zip(asked[: len(told)], told, scores, strict=True)
    ]
    return Coverage(
        threshold=threshold,
        threshold_source="document" if probes else "bundled",
        n_probes=len(probes),
        parts=tuple(_part(span, scores[:, number], threshold) for number, span in enumerate(parts)),
        sentences=tuple(
            _with_differences(one, document[parts[one.part].start : parts[one.part].end]) for one in judged
        ),
        scores=scores,
    )


def coverage_tokens(document: str, summary: str) -> int:
    """About how many tokens `coverage_of` reads, as `matches` guesses them."""
    return (2 * len(document) + len(summary)) // 2


def document_parts(encoder: Encoder, document: str, work: Work) -> tuple[Span, ...]:
    """Paragraphs with the headings above them, long ones cut where a sentence ends; blanks lie between."""
    parts: list[Span] = []
    for start, end in _with_headings(document):
        if len(document[start:end]) * 2 < _LONGEST_PART_TOKENS:
            cut = [(0, end - start)]
        else:
            cut = _cut(Watched(encoder, work), document[start:end])
        parts += [_visible(document, start + low, start + high) for low, high in cut]
    return _with_words(document, [part for part in parts if part.start < part.end])


@dataclass(frozen=True)
class _Unit:
    """What is encoded: a part, or one of its sentences."""

    start: int
    end: int
    part: int
    is_sentence: bool


def _with_headings(document: str) -> list[tuple[int, int]]:
    """Paragraphs, a heading being one with what follows it."""
    stretches: list[tuple[int, int]] = []
    heading_start: int | None = None
    spans = paragraphs(document)
    for number, (start, end) in enumerate(spans):
        first = start if heading_start is None else heading_start
        if _is_heading(document[start:end]) and number + 1 < len(spans):
            heading_start = first
            continue
        stretches.append((first, end))
        heading_start = None
    return stretches


def _is_heading(paragraph: str) -> bool:
    return len(paragraph) <= _HEADING_CHARS and "\n" not in paragraph and not paragraph.endswith(_STOPS)


def _with_words(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The stretches with a letter or digit: an emoji or a line of stars says nothing. All, where none has."""
    telling = tuple(span for span in spans if any(map(str.isalnum, text[span.start : span.end])))
    return telling or tuple(spans)


def _cut(tokenizer: Watched, paragraph: str) -> list[tuple[int, int]]:
    whole = windows(tokenizer, paragraph, _LONGEST_PART_TOKENS, 0)
    if len(whole) > 1:
        whole = windows(tokenizer, paragraph, _PART_WINDOW_TOKENS, 0)
    return [(window.start, window.end) for window in whole]


def _visible(text: str, start: int, end: int) -> Span:
    stretch = text[start:end]
    return Span(start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip()))


def _units(document: str, parts: Sequence[Span]) -> list[_Unit]:
    units: list[_Unit] = []
    for number, (start, end) in enumerate(parts):
        units.append(_Unit(start, end, number, is_sentence=False))
        inside = [Span(start + low, start + high) for low, high in sentences(document[start:end])]
        telling = [one for one in inside if _tells_something(document[one.start : one.end])]
        if len(inside) > 1:
            units += [_Unit(one.start, one.end, number, is_sentence=True) for one in telling]
    return units


def _tells_something(sentence: str) -> bool:
    """False for a heading, whose few words are near to much."""
    return len(sentence) > _HEADING_CHARS or (
        len(sentence) >= _SHORTEST_UNIT_CHARS / 2 and not _is_heading(sentence)
    )


def _best_in_parts(scores: FloatArray, owners: NDArray[np.int64]) -> FloatArray:
    """(n, n_units) -> (n, n_parts); the units of a part stand together."""
    firsts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
    best: FloatArray = np.maximum.reduceat(scores, firsts, axis=1)
    return best


def _probes(units: Sequence[_Unit], n_parts: int) -> list[int]:
    """Numbers of sentences of the document, evenly spread; none where it has too few parts."""
    telling = [number for number, unit in enumerate(units) if unit.is_sentence or n_parts == len(units)]
    return telling[:: 1 + (len(telling) - 1) // PROBES] if n_parts >= FEWEST_PARTS else []


def _threshold(
    matched: FloatArray, probes: Sequence[str], texts: Sequence[str], owners: NDArray[np.int64]
) -> float:
    """`matched` (n_probes, n_units), the units' texts and parts (n_units,).

    A sentence that the document repeats has several parts of its own.
    """
    own: dict[str, list[int]] = {}
    for text, part in zip(texts, owners.tolist(), strict=True):
        own.setdefault(text, []).append(part)
    elsewhere = [
        row[~np.isin(owners, own[probe])].max(initial=0.0) for row, probe in zip(matched, probes, strict=True)
    ]
    return float(np.quantile(elsewhere, BACKGROUND_QUANTILE))


def _bundled_threshold(encoder: Encoder) -> float:
    texts = [sentence for _, sentence in background_sentences()][:PROBES]
    matched = matches(encoder, texts, texts, Work(1))
    return float(np.quantile(matched[~np.eye(len(texts), dtype=bool)], BUNDLED_QUANTILE))


def _part(span: Span, scores: FloatArray, threshold: float) -> Part:
    """`scores` (n_sentences,)."""
    sentence = int(scores.argmax())
    best = float(scores[sentence])
    return Part(span.start, span.end, best, sentence, best >= threshold)


def _sentence(text: str, span: Span, scores: FloatArray, threshold: float) -> SummarySentence:
    """`scores` (n_parts,)."""
    part = int(scores.argmax())
    best = float(scores[part])
    return SummarySentence(span.start, span.end, text, best, part, best >= threshold, ())


def _with_differences(one: SummarySentence, passage: str) -> SummarySentence:
    found = differences(one.text, passage).only_a if one.supported else ()
    return replace(one, differing=tuple(each for each in found if each.kind in _FIGURES))


def _sentence_json(one: SummarySentence, parts: Sequence[Part]) -> dict[str, Any]:
    part = parts[one.part]
    return {
        "sentence": one.text,
        "start": one.start,
        "end": one.end,
        "best": one.best,
        "nearest": {"start": part.start, "end": part.end},
        "differing": [asdict(each) for each in one.differing],
    }
