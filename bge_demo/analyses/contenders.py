"""Engines, precisions and FlagEmbedding itself, each loaded and measured in the process that asks. Prints
nothing."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bge_demo.analyses.benchmark import (
    BenchmarkPlan,
    Encode,
    MixedSpeed,
    MixedTexts,
    Speed,
    measure,
    measure_mixed,
)
from bge_demo.checkpoints import resolve
from bge_demo.encoder import TextEncoder, load_encoder

REFERENCE = "FlagEmbedding"
LONG_TOKENS = 8192


@dataclass(frozen=True)
class ModelSource:
    """What to load, and the folder where it may keep what it converts."""

    name: str
    data_dir: str


@dataclass(frozen=True)
class Contender:
    """What is measured: our encoder with an engine and a precision, or the reference library."""

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
    our scheduler counts them.
    """

    contender: str
    cold_start_s: float
    memory_mb: float
    peak_memory_mb: float
    speeds: tuple[Speed, ...]
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
    speeds = measure(started.encode, plan)
    long_text_ms = None
    if extras.long:
        one_run = BenchmarkPlan([LONG_TOKENS], [1], runs=1)
        long_text_ms = measure(started.encode, one_run)[0].latency_p50_ms
    mixed, mixed_padding = _measure_mixed(started, extras.mixed, plan.cell_seconds)
    return Measured(
        contender=started.name,
        cold_start_s=started.seconds,
        memory_mb=_memory_mb(),
        peak_memory_mb=_peak_memory_mb(),
        speeds=speeds,
        long_text_ms=long_text_ms,
        mixed=mixed,
        mixed_padding=mixed_padding,
    )


def _start(model: ModelSource, contender: Contender) -> Started:
    begun = time.perf_counter()
    if contender.engine == REFERENCE:
        name, encoder, encode = str(contender), None, _reference(model.name)
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


def _reference(model: str) -> Encode:
    from FlagEmbedding import BGEM3FlagModel

    loaded = BGEM3FlagModel(str(resolve(model).folder), use_fp16=False, devices="cpu")

    def encode(texts: Sequence[str], n_tokens: int) -> object:
        heads = {"return_dense": True, "return_sparse": True, "return_colbert_vecs": True}
        return loaded.encode(list(texts), batch_size=len(texts), max_length=n_tokens, **heads)

    return encode


def _memory_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        # No /proc on this system: the peak is what there is.
        return _peak_memory_mb()
    return round(pages * resource.getpagesize() / 2**20, 1)


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
