"""One long document against a query: read whole, in chunks, by ColBERT, by late chunking, and as it grows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bge_demo.encoder.cache import FromMemory
from bge_demo.encoder.caller import one_step, report_progress
from bge_demo.encoder.contract import Encoder, FloatArray, ModelInfo, need_colbert, need_dense
from bge_demo.scores.scoring import dense_scores, mean_maxsim, similarity_percent
from bge_demo.tabs.long_document.batches import CUTTING_SHARE, Watched, Work, dense_rows, encoded_batches
from bge_demo.tabs.long_document.coverage import Coverage, coverage_of, coverage_tokens
from bge_demo.tabs.long_document.late_chunking import late_similarities
from bge_demo.tabs.long_document.request import Request
from bge_demo.text.sentences import sentences
from bge_demo.text.tokens import TokenizedText
from bge_demo.text.windows import Window, windows

N_PEAKS = 5
# Prefixes grow by the square root of two, then double: thirteen up to 8192 tokens.
_SHORTEST_PREFIX = 64
_FINE_PREFIXES_UP_TO = 2048
_LAST_CHARS = 24


@dataclass(frozen=True)
class Whole:
    """The document read in one pass, as far as the model reads: `document[:read_to]`."""

    similarity: float | None
    read_tokens: int
    read_to: int
    last_words: str


@dataclass(frozen=True)
class Chunk:
    """A window of the document and its scores against the query, None without one."""

    start: int
    end: int
    n_tokens: int
    similarity: float | None
    colbert: float | None
    late: float | None

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Peak:
    """One of the best chunks, by its number, and its sentence nearest to the query, `document[start:end]`."""

    chunk: int
    start: int
    end: int
    similarity: float


@dataclass(frozen=True)
class Prefix:
    """The document's beginning, `document[:end]`, against the query."""

    end: int
    n_tokens: int
    similarity: float


@dataclass(frozen=True)
class Seconds:
    """How long each way of scoring took; the query's own encoding is in none of them."""

    whole: float
    chunks: float
    late_chunking: float
    prefixes: float
    coverage: float


@dataclass(frozen=True)
class DocumentResult:
    """A document's scores. `peaks` are chunks that lie apart, the most similar first. `from_memory`
    says of each of the `seconds` whether texts of it were not read anew."""

    model: ModelInfo
    request: Request
    n_tokens: int
    whole: Whole
    chunks: tuple[Chunk, ...]
    peaks: tuple[Peak, ...]
    prefixes: tuple[Prefix, ...]
    coverage: Coverage | None
    seconds: Seconds
    from_memory: Mapping[str, FromMemory]

    @property
    def similarities(self) -> list[float]:
        """(n_chunks,) dense cosines to the query, or nothing without one."""
        return [chunk.similarity for chunk in self.chunks if chunk.similarity is not None]

    @property
    def chunk_mean(self) -> float | None:
        """The mean of the chunks' similarities."""
        return float(np.mean(self.similarities)) if self.similarities else None

    @property
    def chunk_max(self) -> float | None:
        """The similarity of the chunk nearest to the query."""
        return max(self.similarities, default=None)

    def to_json(self) -> dict[str, Any]:
        """The answer of `/long_document`."""
        return {
            "model": self.model.to_json(),
            "n_tokens": self.n_tokens,
            "truncated": self.whole.read_tokens < self.n_tokens,
            "window_tokens": self.request.window.tokens,
            "overlap_tokens": self.request.window.overlap_tokens,
            "whole": asdict(self.whole)
            | {"similarity_percent": _percent(self.whole.similarity), "max_tokens": self.request.max_tokens},
            "chunks": [chunk.to_json() for chunk in self.chunks],
            "chunk_mean": self.chunk_mean,
            "chunk_max": self.chunk_max,
            "colbert_max": max((c.colbert for c in self.chunks if c.colbert is not None), default=None),
            "late_chunking": [chunk.late for chunk in self.chunks if chunk.late is not None],
            "peaks": [asdict(peak) for peak in self.peaks],
            "prefixes": [asdict(prefix) for prefix in self.prefixes],
            "coverage": self.coverage.to_json() if self.coverage else None,
            "seconds": {name: round(value, 3) for name, value in asdict(self.seconds).items()},
            "from_memory": dict(self.from_memory),
        }


def analyse_document(encoder: Encoder, request: Request) -> DocumentResult:
    """All scores of a checked request. Raises StoppedError between two batches when nobody waits any more."""
    report_progress(0, 1)
    head = encoder.tokenize([request.document], request.max_tokens)[0]
    work = Work(_forecast(request, head))
    cut = windows(
        Watched(encoder, work), request.document, request.window.tokens, request.window.overlap_tokens
    )
    clock = _Clock(work)
    query = _query_rows(encoder, request)
    whole = _whole(encoder, head, request.max_tokens, query, work)
    clock.lap("whole")
    scores = _chunk_scores(encoder, request.document, cut, query, work)
    clock.lap("chunks")
    late = late_similarities(encoder, request, cut, query[1], work) if query else None
    clock.lap("late_chunking")
    prefixes = _prefixes(encoder, head, query[0], whole, work) if query else ()
    clock.lap("prefixes")
    covered = coverage_of(encoder, request.document, request.summary, work) if request.summary else None
    clock.lap("coverage")
    chunks = tuple(
        Chunk(w.start, w.end, w.n_tokens, *_at(scores, i), None if late is None else float(late[i]))
        for i, w in enumerate(cut)
    )
    return DocumentResult(
        model=encoder.info,
        request=request,
        n_tokens=head.n_tokens_uncut,
        whole=whole,
        chunks=chunks,
        peaks=_peaks(encoder, request.document, chunks, query[0]) if query else (),
        prefixes=prefixes,
        coverage=covered,
        seconds=Seconds(**clock.laps),
        from_memory=clock.from_memory,
    )


class _Clock:
    """Seconds between laps, and how much of each needed no reading."""

    def __init__(self, work: Work) -> None:
        self._last, self._work = time.perf_counter(), work
        self.laps: dict[str, float] = {}
        self.from_memory: dict[str, FromMemory] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name], self._last = now - self._last, now
        self.from_memory[name] = self._work.lap_memory()


def _forecast(request: Request, head: TokenizedText) -> int:
    """About how many tokens will be read for all of it."""
    shared = request.window.overlap_tokens / request.window.tokens
    n_chunk_tokens = round(head.n_tokens_uncut / (1 - shared))
    # Each window is looked for in about twice its tokens, and tokenized once as it stands.
    total = round(3 * n_chunk_tokens * CUTTING_SHARE)
    if request.query is not None:
        n_prefix_tokens = sum(n for _, n in _prefix_ends(head))
        total += n_chunk_tokens + head.n_tokens_uncut + n_prefix_tokens
    return total + (coverage_tokens(request.document, request.summary) if request.summary else 0)


def _query_rows(encoder: Encoder, request: Request) -> tuple[FloatArray, FloatArray] | None:
    """(dim,) the query's dense vector, (n_tokens, dim) its ColBERT rows without that of `</s>`."""
    if request.query is None:
        return None
    with one_step():
        embeddings = encoder.encode([request.query], sparse=False, max_length=request.max_tokens)
    rows = need_colbert(embeddings)[0]
    return need_dense(embeddings)[0], rows[:-1] if len(rows) > 1 else rows


def _whole(
    encoder: Encoder,
    head: TokenizedText,
    longest: int,
    query: tuple[FloatArray, FloatArray] | None,
    work: Work,
) -> Whole:
    read_to = len(head.text) if not head.truncated else max(token.end for token in head.tokens)
    last_words = head.text[max(0, read_to - _LAST_CHARS) : read_to]
    if query is None:
        return Whole(None, head.n_tokens, read_to, last_words)
    with one_step():
        # ColBERT rows too: where one pass reads all, late chunking finds them in the cache.
        embeddings = encoder.encode([head.text], sparse=False, colbert=not head.truncated, max_length=longest)
    work.read(embeddings)
    work.add(head.n_tokens)
    similarity = float(need_dense(embeddings)[0] @ query[0])
    return Whole(similarity, embeddings.n_tokens[0], read_to, last_words)


def _chunk_scores(
    encoder: Encoder,
    document: str,
    cut: Sequence[Window],
    query: tuple[FloatArray, FloatArray] | None,
    work: Work,
) -> FloatArray | None:
    """(n_chunks, 2) dense and ColBERT; ColBERT rows are held for one batch only."""
    if query is None:
        return None
    scores = np.zeros((len(cut), 2), np.float32)
    texts = [document[window.start : window.end] for window in cut]
    for batch, embeddings in encoded_batches(encoder, texts, [w.n_tokens for w in cut], work, colbert=True):
        scores[batch, 0] = dense_scores(query[0][None], need_dense(embeddings))[0]
        scores[batch, 1] = [mean_maxsim(query[1], rows) for rows in need_colbert(embeddings)]
    return scores


def _at(scores: FloatArray | None, number: int) -> tuple[float | None, float | None]:
    return (None, None) if scores is None else (float(scores[number, 0]), float(scores[number, 1]))


def _prefix_ends(head: TokenizedText) -> list[tuple[int, int]]:
    """(end in the text, tokens) of the growing beginnings, the longest being all that is read."""
    n_tokens, ends = float(_SHORTEST_PREFIX), []
    while n_tokens < head.n_tokens:
        ends.append((head.tokens[int(n_tokens) - 2].end, int(n_tokens)))
        n_tokens *= 2**0.5 if n_tokens < _FINE_PREFIXES_UP_TO - 1 else 2
    return [*ends, (max(token.end for token in head.tokens), head.n_tokens)]


def _prefixes(
    encoder: Encoder, head: TokenizedText, query: FloatArray, whole: Whole, work: Work
) -> tuple[Prefix, ...]:
    """The last one is the whole, which is known."""
    *ends, last = _prefix_ends(head)
    rows = dense_rows(encoder, [head.text[:end] for end, _ in ends], work)
    shorter = [Prefix(end, n, float(row @ query)) for (end, n), row in zip(ends, rows, strict=True)]
    return (*shorter, Prefix(*last, whole.similarity or 0.0))


def _peaks(encoder: Encoder, document: str, chunks: Sequence[Chunk], query: FloatArray) -> tuple[Peak, ...]:
    numbers = _apart(chunks)
    spans = [
        (number, chunks[number].start + one.start, chunks[number].start + one.end)
        for number in numbers
        for one in sentences(document[chunks[number].start : chunks[number].end])
    ]
    with one_step():
        texts = [document[start:end] for _, start, end in spans]
        rows = need_dense(encoder.encode(texts, sparse=False, colbert=False))
    told = [Peak(*span, float(row @ query)) for span, row in zip(spans, rows, strict=True)]
    return tuple(
        max((peak for peak in told if peak.chunk == number), key=lambda peak: peak.similarity)
        for number in numbers
    )


def _apart(chunks: Sequence[Chunk]) -> list[int]:
    """Numbers of the most similar chunks that do not overlap and are no neighbours, at most `N_PEAKS`."""
    scored = [
        (chunk.similarity, number) for number, chunk in enumerate(chunks) if chunk.similarity is not None
    ]
    chosen: list[int] = []
    for _, number in sorted(scored, key=lambda one: (-one[0], one[1])):
        if all(_is_apart(chunks, number, other) for other in chosen):
            chosen.append(number)
        if len(chosen) == N_PEAKS:
            break
    return chosen


def _is_apart(chunks: Sequence[Chunk], number: int, other: int) -> bool:
    first, second = chunks[min(number, other)], chunks[max(number, other)]
    return abs(number - other) > 1 and first.end <= second.start


def _percent(cosine: float | None) -> float | None:
    return None if cosine is None else similarity_percent(cosine)
