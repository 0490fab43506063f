"""Which size of window suits a document and its questions: one after another tried on the document itself.

A long document is tried on a stretch of it, around the passage nearest to the questions. How well a size
suits is how far the best window stands out: its similarity to the question less the median of all windows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from bge_demo.encoder.cache import FromMemory
from bge_demo.encoder.caller import one_step, report_progress
from bge_demo.encoder.contract import Encoder, FloatArray, ModelInfo, need_dense
from bge_demo.scores.scoring import dense_scores
from bge_demo.tabs.long_document.batches import Watched, Work, encoded_batches
from bge_demo.text.windows import Window, windows

SIZES = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
# What one size reads at most.
STRETCH_TOKENS = 32_768
_COARSE_TOKENS = 512
# An eighth of each window is read again by the next.
_OVERLAP_SHARE = 1 / 8
# With fewer windows there is nothing to stand out from.
_FEWEST_WINDOWS = 3
# A larger size that stands out nearly as far is preferred: fewer windows to store, more context in each.
NEARLY = 0.95
# One point of similarity: less decides nothing.
LEAST_STANDING_OUT = 0.01


@dataclass(frozen=True)
class SizeTried:
    """One size: how many windows, the best one's similarity and the median of all, means over the questions.

    `stands_out` is None with fewer than three windows. `best` has a window's place for each question.
    """

    window_tokens: int
    n_windows: int
    best_similarity: float
    median_similarity: float
    stands_out: float | None
    best: tuple[tuple[int, int], ...]
    seconds: float
    from_memory: FromMemory = "none"


@dataclass(frozen=True)
class Sweep:
    """All sizes tried on `document[start:end]`, and the one advised; None if the stretch is too short."""

    model: ModelInfo
    questions: tuple[str, ...]
    start: int
    end: int
    is_whole: bool
    sizes: tuple[SizeTried, ...]
    advised: int | None

    def to_json(self) -> dict[str, Any]:
        """Field names to plain values."""
        return asdict(self)


def sweep_windows(encoder: Encoder, document: str, questions: Sequence[str], max_tokens: int) -> Sweep:
    """Try every size up to `max_tokens`, and up to the first that holds all. The texts are checked."""
    report_progress(0, 1)
    with one_step():
        asked = need_dense(encoder.encode(list(questions), sparse=False, colbert=False))
    coarse = windows(Watched(encoder, Work(len(document))), document, min(_COARSE_TOKENS, max_tokens), 0)
    n_tokens = sum(window.n_tokens for window in coarse)
    is_whole = n_tokens <= STRETCH_TOKENS
    sizes = _sizes(n_tokens, max_tokens)
    work = Work(n_tokens * (not is_whole) + round(len(sizes) * min(n_tokens, STRETCH_TOKENS) * 1.2))
    start, end = (0, len(document)) if is_whole else _stretch(encoder, document, coarse, asked, work)
    tried = [_try(encoder, document[start:end], size, asked, work) for size in sizes]
    found = tuple(_moved(one, start) for one in tried)
    return Sweep(encoder.info, tuple(questions), start, end, is_whole, found, advised_size(found))


def advised_size(sizes: Sequence[SizeTried]) -> int | None:
    """The largest size that stands out nearly as far as the best one; None where none stands out."""
    measured = [(one.stands_out, one.window_tokens) for one in sizes if one.stands_out is not None]
    if not measured:
        return None
    furthest = max(stands_out for stands_out, _ in measured)
    if furthest < LEAST_STANDING_OUT:
        return None
    return max(size for stands_out, size in measured if stands_out >= NEARLY * furthest)


def _sizes(n_tokens: int, max_tokens: int) -> list[int]:
    """Every size until one holds the whole document."""
    fitting = [size for size in SIZES if size <= max_tokens] or [max_tokens]
    return [size for number, size in enumerate(fitting) if number == 0 or fitting[number - 1] < n_tokens]


def _stretch(
    encoder: Encoder, document: str, coarse: Sequence[Window], asked: FloatArray, work: Work
) -> tuple[int, int]:
    """About `STRETCH_TOKENS` tokens around the window nearest to the questions."""
    texts = [document[window.start : window.end] for window in coarse]
    lengths = [window.n_tokens for window in coarse]
    similarities = np.zeros(len(coarse), np.float32)
    for batch, embeddings in encoded_batches(encoder, texts, lengths, work, colbert=False):
        similarities[batch] = dense_scores(asked, need_dense(embeddings)).mean(axis=0)
    first = last = int(similarities.argmax())
    while sum(lengths[first : last + 1]) < STRETCH_TOKENS:
        first, last = max(0, first - 1), min(len(coarse) - 1, last + 1)
    return coarse[first].start, coarse[last].end


def _try(encoder: Encoder, text: str, size: int, asked: FloatArray, work: Work) -> SizeTried:
    started = time.perf_counter()
    work.lap_memory()
    cut = windows(Watched(encoder, work), text, size, int(size * _OVERLAP_SHARE))
    pieces = [text[window.start : window.end] for window in cut]
    scores = np.zeros((len(asked), len(cut)), np.float32)
    for batch, embeddings in encoded_batches(encoder, pieces, [w.n_tokens for w in cut], work, colbert=False):
        scores[:, batch] = dense_scores(asked, need_dense(embeddings))
    best, median = float(scores.max(axis=1).mean()), float(np.median(scores, axis=1).mean())
    return SizeTried(
        window_tokens=size,
        n_windows=len(cut),
        best_similarity=best,
        median_similarity=median,
        stands_out=best - median if len(cut) >= _FEWEST_WINDOWS else None,
        best=tuple((cut[number].start, cut[number].end) for number in scores.argmax(axis=1)),
        seconds=time.perf_counter() - started,
        from_memory=work.lap_memory(),
    )


def _moved(one: SizeTried, start: int) -> SizeTried:
    """The same with places in the whole document."""
    return replace(one, best=tuple((low + start, high + start) for low, high in one.best))
