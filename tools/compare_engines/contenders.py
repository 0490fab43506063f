"""Engines and precisions, and the libraries beside them, each loaded and measured in the process that asks.
Prints nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from bge_demo.checkpoints.cards import resolve
from bge_demo.encoder.engines.machine_limit import MachineLimit, measure_limit
from bge_demo.encoder.engines.memory import peak_mb, resident_mb
from bge_demo.encoder.text_encoder import TextEncoder, load_encoder
from bge_demo.tabs.benchmark.analysis import (
    BenchmarkPlan,
    Encode,
    MixedSpeed,
    MixedTexts,
    Reachable,
    Speed,
    measure,
    measure_mixed,
)
from tools.compare_engines.libraries import LIBRARIES

LONG_TOKENS = 8192


@dataclass(frozen=True)
class ModelSource:
    """What to load, and the folder where it may keep what it converts."""

    name: str
    data_dir: str


@dataclass(frozen=True)
class Contender:
    """What is measured: our encoder with an engine and a precision, or a library with its choice of one."""

    engine: str
    precision: str

    def __str__(self) -> str:
        return f"{self.engine} {self.precision}"


@dataclass(frozen=True)
class Extras:
    """What is measured beside the cells: one text of `LONG_TOKENS` tokens, and texts of unlike lengths."""

    long: bool = False
    mixed: Sequence[MixedTexts] = ()


NO_EXTRAS = Extras()


@dataclass(frozen=True)
class Started:
    """A contender ready to run: its name as it came to run, its encoder if it is one of ours, its way to
    encode all three heads, and the seconds to its first result."""

    name: str
    encoder: TextEncoder | None
    encode: Encode
    seconds: float


@dataclass(frozen=True)
class Measured:
    """One contender's figures; None is what was not asked for.

    `cold_start_s` runs from the engine's imports to the first result, `second_start_s` does in a new process,
    with what the first one kept. Memory is resident, after the measurement and at its highest. `long_text_ms`
    is one text of `LONG_TOKENS` tokens. `mixed_padding` is the share of positions that were padding, where
    our scheduler counts them. What the machine could reach at most is measured for our engines.
    """

    contender: str
    cold_start_s: float
    memory_mb: float
    peak_memory_mb: float
    speeds: tuple[Speed, ...]
    reachable: Reachable | None = None
    long_text_ms: float | None = None
    mixed: MixedSpeed | None = None
    mixed_padding: float | None = None
    second_start_s: float | None = None


def start_contender(model: ModelSource, contender: Contender) -> float:
    """The seconds to the first result."""
    return _start(model, contender).seconds


def run_contender(
    model: ModelSource, contender: Contender, plan: BenchmarkPlan, extras: Extras = NO_EXTRAS
) -> Measured:
    """Load, encode once, measure: in the process whose memory counts."""
    started = _start(model, contender)
    ours = started.encoder
    limits: list[MachineLimit] = []

    def measure_limit_again(_: Sequence[Speed] = ()) -> None:
        # Machines are faster at some times than at others: the limit is looked for beside every cell.
        if ours is not None:
            limits.append(measure_limit(ours.info))

    measure_limit_again()
    speeds = measure(started.encode, plan, measure_limit_again)
    reachable = ours and Reachable(ours.shape, reduce(MachineLimit.best, limits))
    long_text_ms = None
    if extras.long:
        one_run = BenchmarkPlan([LONG_TOKENS], [1], runs=1)
        long_text_ms = measure(started.encode, one_run)[0].latency_p50_ms
    mixed, mixed_padding = _measure_mixed(started, extras.mixed, plan.cell_seconds)
    return Measured(
        contender=started.name,
        cold_start_s=started.seconds,
        memory_mb=resident_mb(),
        peak_memory_mb=peak_mb(),
        speeds=speeds,
        reachable=reachable,
        long_text_ms=long_text_ms,
        mixed=mixed,
        mixed_padding=mixed_padding,
    )


def _start(model: ModelSource, contender: Contender) -> Started:
    begun = time.perf_counter()
    library = LIBRARIES.get(contender.engine)
    if library:
        encode = library.load(resolve(model.name).folder, contender.precision)
        name, encoder = str(contender), None
    else:
        encoder = load_encoder(model.name, contender.precision, contender.engine, data_dir=model.data_dir)
        name, encode = str(Contender(encoder.info.engine, encoder.info.precision)), _encode_with(encoder)
    encode(["cold", "start"], 8)
    return Started(name, encoder, encode, round(time.perf_counter() - begun, 2))


def _encode_with(encoder: TextEncoder) -> Encode:
    return lambda texts, n_tokens: encoder.encode(texts, max_length=n_tokens)


def _measure_mixed(
    started: Started, mixed: Sequence[MixedTexts], cell_seconds: float
) -> tuple[MixedSpeed | None, float | None]:
    """The speed and the share of padding; FlagEmbedding counts none."""
    if not mixed:
        return None, None
    if started.encoder is None:
        return measure_mixed(started.encode, mixed, cell_seconds), None
    before = started.encoder.work_done
    speed = measure_mixed(started.encode, mixed, cell_seconds)
    return speed, round(started.encoder.work_done.padding_since(before), 4)
