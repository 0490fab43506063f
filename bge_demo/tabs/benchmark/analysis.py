"""How fast an encoder is on this machine, by length and batch size, and what that advises. Prints nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from statistics import median
from typing import Any

import numpy as np

from bge_demo.checkpoints.architecture import ModelShape
from bge_demo.encoder.caller import check_caller, one_step, report_progress
from bge_demo.encoder.contract import Encoder, ModelInfo
from bge_demo.encoder.engines.machine_limit import MachineLimit, measure_limit
from bge_demo.encoder.engines.memory import resident_mb
from bge_demo.errors import InputError
from bge_demo.samples import background_sentences
from bge_demo.text.tokens import Tokenizer

LENGTHS = (8, 32, 128, 512)
BATCH_SIZES = (1, 2, 8, 32)
# Texts of unlike lengths at once, as a corpus has them: how many, and from and to how many tokens.
MIXED_TEXTS, MIXED_FROM, MIXED_TO = 64, 4, 512
MIXED_RUNS = 3
# A batch is large enough when it reaches this share of the best throughput.
WORTHWHILE = 0.9
# Texts and the tokens each is cut to -> done; what is timed.
Encode = Callable[[Sequence[str], int], object]
# Hears of the cells measured so far, in order, after each of them.
Keep = Callable[[tuple["Speed", ...]], None]


def keep_nothing(speeds: tuple[Speed, ...]) -> None:
    """Nobody asks for cells before the end."""


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
    """`best_batch_size` at texts of `n_tokens` tokens, whether a larger one was measured, the lengths where
    another was clearly faster than that one, (n_tokens, batch_size), and what one text costs, (n_tokens,
    milliseconds)."""

    n_tokens: int
    best_batch_size: int
    tokens_per_second: float
    larger_measured: bool
    other_batches: tuple[tuple[int, int], ...]
    text_costs_ms: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Reachable:
    """What a model of this shape can reach at most on this machine: matrix products at the machine's limit,
    but not before the weights are read once."""

    shape: ModelShape
    limit: MachineLimit

    @property
    def reading_ms(self) -> float:
        """Reading every weight once."""
        return 1000 * self.shape.n_weights / self.limit.weights_per_second

    def latency_ms(self, n_tokens: int, batch_size: int) -> float:
        """Nothing but the matrix products of a batch, as fast as the largest one goes here."""
        computing = batch_size * self.shape.n_operations(n_tokens) / self.limit.operations_per_second
        return max(1000 * computing, self.reading_ms)

    def share(self, speed: Speed) -> float:
        """The measured cell as a share of the reachable; 1 is the limit."""
        return self.latency_ms(speed.n_tokens, speed.batch_size) / speed.latency_p50_ms


@dataclass(frozen=True)
class BenchmarkResult:
    """All cells measured with one model, what could be reached, and how many cells were left out for want of
    time, or because the visitor cancelled the rest. Memory is what this process holds."""

    model: ModelInfo
    speeds: tuple[Speed, ...]
    reachable: Reachable
    n_skipped: int
    advice: BenchmarkAdvice
    memory_mb: float
    is_cancelled: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        speeds = [
            asdict(one)
            | {
                "tokens_per_second": round(one.tokens_per_second, 1),
                "share_of_limit": round(self.reachable.share(one), 4),
            }
            for one in self.speeds
        ]
        return {
            "model": self.model.to_json(),
            "speeds": speeds,
            "limit": asdict(self.reachable.limit) | {"reading_ms": round(self.reachable.reading_ms, 3)},
            "memory_mb": self.memory_mb,
            "n_skipped": self.n_skipped,
            "cancelled": self.is_cancelled,
            "advice": asdict(self.advice),
        }


@dataclass
class SoFar:
    """What a visitor's benchmark has measured while it runs, kept in case they cancel it."""

    result: BenchmarkResult | None = None


def benchmark(encoder: Encoder, plan: BenchmarkPlan, so_far: SoFar | None = None) -> BenchmarkResult:
    """Measure the encoder as every tab uses it; reports cells to the caller, and keeps them in `so_far`.

    Raises InputError when nothing was chosen, StoppedError when the caller has left.
    """
    longest = encoder.info.max_tokens
    fitting = [n_tokens for n_tokens in plan.lengths if n_tokens <= longest]
    plan = BenchmarkPlan(fitting, plan.batch_sizes, plan.runs, plan.cell_seconds, plan.total_seconds)
    with one_step():
        before = measure_limit(encoder.info)
    kept = so_far or SoFar()

    def keep(speeds: tuple[Speed, ...]) -> None:
        kept.result = replace(_result(encoder, plan, speeds, before), is_cancelled=True)

    speeds = measure(lambda texts, n_tokens: encoder.encode(texts, max_length=n_tokens), plan, keep)
    with one_step():
        limit = before.best(measure_limit(encoder.info))
    return _result(encoder, plan, speeds, limit)


def _result(
    encoder: Encoder, plan: BenchmarkPlan, speeds: tuple[Speed, ...], limit: MachineLimit
) -> BenchmarkResult:
    n_cells = len(plan.lengths) * len(plan.batch_sizes)
    return BenchmarkResult(
        model=encoder.info,
        speeds=speeds,
        reachable=Reachable(encoder.shape, limit),
        n_skipped=n_cells - len(speeds),
        advice=advise(speeds),
        memory_mb=resident_mb(),
    )


def measure(encode: Encode, plan: BenchmarkPlan, keep: Keep = keep_nothing) -> tuple[Speed, ...]:
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
        keep(_in_order(speeds))
    return _in_order(speeds)


def _in_order(speeds: Sequence[Speed]) -> tuple[Speed, ...]:
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
    """The smallest batch within a tenth of the best throughput, at the length nearest to 128 tokens of those
    with the most batch sizes measured: a run that ended early has lengths with few."""
    by_length = _by_length(speeds)
    most = max(map(len, by_length.values()))
    complete = [length for length, sizes in by_length.items() if len(sizes) == most]
    n_tokens = min(complete, key=lambda length: abs(length - 128))
    chosen = _best_batch(by_length[n_tokens].values())
    smallest = min(speed.batch_size for speed in speeds)
    return BenchmarkAdvice(
        n_tokens=n_tokens,
        best_batch_size=chosen.batch_size,
        tokens_per_second=float(round(chosen.tokens_per_second)),
        larger_measured=chosen.batch_size < max(by_length[n_tokens]),
        other_batches=tuple(
            (length, _best_batch(sizes.values()).batch_size)
            for length, sizes in by_length.items()
            if chosen.batch_size in sizes and not _is_near_best(sizes[chosen.batch_size], sizes.values())
        ),
        text_costs_ms=tuple(
            (speed.n_tokens, round(speed.latency_p50_ms / smallest, 2))
            for speed in speeds
            if speed.batch_size == smallest
        ),
    )


def _by_length(speeds: Sequence[Speed]) -> dict[int, dict[int, Speed]]:
    """Length to batch size to cell, small ones first."""
    by_length: dict[int, dict[int, Speed]] = {}
    for speed in _in_order(speeds):
        by_length.setdefault(speed.n_tokens, {})[speed.batch_size] = speed
    return by_length


def _best_batch(cells: Collection[Speed]) -> Speed:
    return next(speed for speed in cells if _is_near_best(speed, cells))


def _is_near_best(speed: Speed, cells: Collection[Speed]) -> bool:
    return speed.tokens_per_second >= WORTHWHILE * max(one.tokens_per_second for one in cells)


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
