"""How fast an encoder is on this machine, by length and batch size, and what that advises. Prints nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from statistics import median
from typing import Any

import numpy as np

from bge_demo.analyses.background import background_sentences
from bge_demo.callers import check_caller, one_step, report_progress
from bge_demo.embeddings import Encoder, ModelInfo
from bge_demo.errors import InputError
from bge_demo.tokens import Tokenizer

LENGTHS = (8, 32, 128, 512)
BATCH_SIZES = (1, 2, 8, 32)
# Texts of unlike lengths at once, as a corpus has them: how many, and from and to how many tokens.
MIXED_TEXTS, MIXED_FROM, MIXED_TO = 64, 4, 512
MIXED_RUNS = 3
# A batch is large enough when it reaches this share of the best throughput.
WORTHWHILE = 0.9
# Texts and the tokens each is cut to -> done; what is timed.
Encode = Callable[[Sequence[str], int], object]


@dataclass(frozen=True)
class BenchmarkPlan:
    """What to measure. A cell ends after `runs` or `cell_seconds`; none begins after `total_seconds`."""

    lengths: Sequence[int] = LENGTHS
    batch_sizes: Sequence[int] = BATCH_SIZES
    runs: int = 15
    cell_seconds: float = 10.0
    total_seconds: float = 600.0

    def __post_init__(self) -> None:
        if not (self.lengths and self.batch_sizes):
            raise InputError("benchmark.nothing_chosen")


@dataclass(frozen=True)
class Speed:
    """One cell: `batch_size` texts of `n_tokens` tokens each, all heads, tokenising included."""

    n_tokens: int
    batch_size: int
    n_runs: int
    latency_p50_ms: float
    latency_p95_ms: float

    @property
    def tokens_per_second(self) -> float:
        """Of the median run."""
        return 1000 * self.n_tokens * self.batch_size / self.latency_p50_ms


@dataclass(frozen=True)
class MixedTexts:
    """Texts of unlike lengths, and the tokens of all together."""

    texts: tuple[str, ...]
    n_tokens: int


@dataclass(frozen=True)
class MixedSpeed:
    """`MIXED_TEXTS` texts encoded by one call; the medians of `n_runs`, padding not counted as tokens."""

    n_runs: int
    latency_p50_ms: float
    tokens_per_second: float


@dataclass(frozen=True)
class BenchmarkAdvice:
    """`best_batch_size` at texts of `n_tokens` tokens, and what one text costs: (n_tokens, milliseconds)."""

    n_tokens: int
    best_batch_size: int
    tokens_per_second: float
    text_costs_ms: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class BenchmarkResult:
    """All cells measured with one model, and how many were left out for want of time."""

    model: ModelInfo
    speeds: tuple[Speed, ...]
    n_skipped: int
    advice: BenchmarkAdvice

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        speeds = [asdict(one) | {"tokens_per_second": round(one.tokens_per_second, 1)} for one in self.speeds]
        return {
            "model": self.model.to_json(),
            "speeds": speeds,
            "n_skipped": self.n_skipped,
            "advice": asdict(self.advice),
        }


def benchmark(encoder: Encoder, plan: BenchmarkPlan) -> BenchmarkResult:
    """Measure the encoder as every tab uses it; reports cells to the caller.

    Raises InputError when nothing was chosen, StoppedError when the caller has left.
    """
    longest = encoder.info.max_tokens
    fitting = [n_tokens for n_tokens in plan.lengths if n_tokens <= longest]
    plan = BenchmarkPlan(fitting, plan.batch_sizes, plan.runs, plan.cell_seconds, plan.total_seconds)
    speeds = measure(lambda texts, n_tokens: encoder.encode(texts, max_length=n_tokens), plan)
    n_cells = len(plan.lengths) * len(plan.batch_sizes)
    return BenchmarkResult(encoder.info, speeds, n_cells - len(speeds), advise(speeds))


def measure(encode: Encode, plan: BenchmarkPlan) -> tuple[Speed, ...]:
    """Time `encode` cell by cell, short ones first; no text comes twice, so that no cache helps."""
    texts = _fresh_texts()
    deadline = time.perf_counter() + plan.total_seconds
    cells = sorted(product(plan.lengths, plan.batch_sizes), key=lambda cell: (cell[0] * cell[1], cell))
    speeds: list[Speed] = []
    for done, (n_tokens, batch_size) in enumerate(cells):
        if speeds and time.perf_counter() > deadline:
            break
        report_progress(done, len(cells))
        with one_step():
            speeds.append(_measure_cell(encode, plan, (n_tokens, batch_size), texts))
    return tuple(sorted(speeds, key=lambda speed: (speed.n_tokens, speed.batch_size)))


def measure_mixed(encode: Encode, runs: Sequence[MixedTexts], cell_seconds: float) -> MixedSpeed:
    """Time `encode` with each of `runs` in turn; it ends after `cell_seconds`."""
    latencies_ms: list[float] = []
    speeds: list[float] = []
    for mixed in runs:
        begun = time.perf_counter()
        encode(mixed.texts, MIXED_TO)
        latencies_ms.append(1000 * (time.perf_counter() - begun))
        speeds.append(1000 * mixed.n_tokens / latencies_ms[-1])
        if sum(latencies_ms) > 1000 * cell_seconds:
            break
    return MixedSpeed(len(speeds), round(median(latencies_ms), 3), median(speeds))


def mixed_texts(tokenizer: Tokenizer) -> list[MixedTexts]:
    """One batch of new texts for each of `MIXED_RUNS`; the lengths are the same in every benchmark."""
    dice, texts = random.Random(0), _fresh_texts()
    made = []
    for _ in range(MIXED_RUNS):
        lengths = [dice.randint(MIXED_FROM, MIXED_TO) for _ in range(MIXED_TEXTS)]
        batch = [_cut_text(tokenizer, _long_text(texts, length), length) for length in lengths]
        n_tokens = sum(text.n_tokens for text in tokenizer(batch, MIXED_TO))
        made.append(MixedTexts(tuple(batch), n_tokens))
    return made


def _cut_text(tokenizer: Tokenizer, text: str, n_tokens: int) -> str:
    """The beginning of a text, of about `n_tokens` tokens: at the cut the last word may read otherwise."""
    (cut,) = tokenizer([text], n_tokens)
    return text[: cut.tokens[-2].end]


def advise(speeds: Sequence[Speed]) -> BenchmarkAdvice:
    """The smallest batch within a tenth of the best throughput, at the length nearest to 128 tokens."""
    n_tokens = min((speed.n_tokens for speed in speeds), key=lambda length: abs(length - 128))
    candidates = [speed for speed in speeds if speed.n_tokens == n_tokens]
    best = max(speed.tokens_per_second for speed in candidates)
    chosen = next(speed for speed in candidates if speed.tokens_per_second >= WORTHWHILE * best)
    smallest = min(speed.batch_size for speed in speeds)
    costs = tuple(
        (speed.n_tokens, round(speed.latency_p50_ms / smallest, 2))
        for speed in speeds
        if speed.batch_size == smallest
    )
    return BenchmarkAdvice(n_tokens, chosen.batch_size, round(chosen.tokens_per_second, 1), costs)


def _measure_cell(encode: Encode, plan: BenchmarkPlan, cell: tuple[int, int], texts: Iterator[str]) -> Speed:
    n_tokens, batch_size = cell
    latencies_ms: list[float] = []
    started = time.perf_counter()
    # The first run warms up and does not count.
    for run in range(plan.runs + 1):
        check_caller()
        batch = [_long_text(texts, n_tokens) for _ in range(batch_size)]
        begun = time.perf_counter()
        encode(batch, n_tokens)
        if run:
            latencies_ms.append(1000 * (time.perf_counter() - begun))
        if latencies_ms and time.perf_counter() - started > plan.cell_seconds:
            break
    return Speed(
        n_tokens,
        batch_size,
        len(latencies_ms),
        round(median(latencies_ms), 3),
        round(float(np.percentile(latencies_ms, 95)), 3),
    )


def _long_text(texts: Iterator[str], n_tokens: int) -> str:
    """A text of more than `n_tokens` tokens: `max_length` cuts it to exactly that many."""
    # A word is at least one token.
    words: list[str] = []
    while len(words) < n_tokens:
        words += next(texts).split()
    return " ".join(words[:n_tokens])


def _fresh_texts() -> Iterator[str]:
    """Words of the bundled sentences in ever new order, another one in every benchmark."""
    dice = random.Random()
    words = [word for _, sentence in background_sentences() for word in sentence.split()]
    while True:
        yield " ".join(dice.sample(words, 8))
