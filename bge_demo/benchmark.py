"""`python -m bge_demo.benchmark`: engines and precisions side by side on this machine, FlagEmbedding too.

Each contender runs in a process of its own, one after the other, so that start and memory are its own. The
timing is `analyses.benchmark`'s; this module loads, compares and prints.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bge_demo.analyses.benchmark import BATCH_SIZES, LENGTHS, BenchmarkPlan, Encode, Speed, advise, measure
from bge_demo.checkpoints import M3_COMPACT, resolve
from bge_demo.encoder import load_encoder
from bge_demo.errors import DemoError
from bge_demo.settings import DATA_DIR
from bge_demo.views.csv_files import csv_text

REFERENCE = "FlagEmbedding"
LONG_TOKENS = 8192
FULL_SIZE = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
    "vocab_size": 250002,
    "max_position_embeddings": 8194,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
}
COPIED = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
CSV_HEADER = (
    "contender",
    "n_tokens",
    "batch_size",
    "latency_p50_ms",
    "latency_p95_ms",
    "tokens_per_second",
    "n_runs",
    "cold_start_s",
    "memory_mb",
    "peak_memory_mb",
)


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
class Measured:
    """One contender's figures.

    `cold_start_s` runs from the engine's imports to the first result; memory is resident, after the
    measurement and at its highest; `long_text_ms` is one text of `LONG_TOKENS` tokens, if asked for.
    """

    contender: str
    cold_start_s: float
    memory_mb: float
    peak_memory_mb: float
    speeds: tuple[Speed, ...]
    long_text_ms: float | None = None


def main(argv: Sequence[str]) -> int:
    """Measure, print the report, write the CSV; 2 when a choice does not fit."""
    options = _options(argv)
    try:
        with _model(options) as model:
            measured = [_in_own_process(model, contender, options) for contender in _contenders(options)]
    except DemoError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(report(measured))
    if options.csv:
        options.csv.write_text(csv_text(CSV_HEADER, _csv_rows(measured)), "utf-8")
    return 0


def report(measured: Sequence[Measured]) -> str:
    """Markdown: start and memory, every cell side by side, advice."""
    starts = [
        [one.contender, f"{one.cold_start_s:.1f}", f"{one.memory_mb:.0f}", f"{one.peak_memory_mb:.0f}"]
        for one in measured
    ]
    cells = [(speed.n_tokens, speed.batch_size) for speed in measured[0].speeds]
    speeds = [
        [f"{batch_size} x {n_tokens}", *(_cell_text(one, (n_tokens, batch_size)) for one in measured)]
        for n_tokens, batch_size in cells
    ]
    return "\n".join(
        [
            _table(["", "cold start, s", "memory, MB", "peak memory, MB"], starts),
            "Median (95th percentile) in ms and tokens/s, texts x tokens:\n",
            _table(["", *(one.contender for one in measured)], speeds),
            *_advice_lines(measured),
            "",
        ]
    )


def write_full_size_checkpoint(folder: Path, config: dict[str, float] | None = None) -> Path:
    """A checkpoint of BGE-M3's shape with random weights (2.3 GB), reading texts as m3-compact does."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    shape = config or FULL_SIZE
    source = M3_COMPACT.folder
    assert source is not None
    for name in COPIED:
        shutil.copy(source / name, folder / name)
    _grow_vocabulary(folder / "tokenizer.json", int(shape["vocab_size"]))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        XLMRobertaModel(XLMRobertaConfig(**shape)).save_pretrained(folder)
        dim = int(shape["hidden_size"])
        for name, n_rows in (("colbert_linear.pt", dim), ("sparse_linear.pt", 1)):
            head = torch.nn.Linear(dim, n_rows)
            torch.save({key: tensor.half() for key, tensor in head.state_dict().items()}, folder / name)
    return folder


def _grow_vocabulary(path: Path, n_tokens: int) -> None:
    """Add pieces that no text holds, as a tokenizer must fill the rows of its weights."""
    tokenizer = json.loads(path.read_text("utf-8"))
    pieces = tokenizer["model"]["vocab"]
    pieces += [[f"▁unused{i}", -1000.0] for i in range(len(pieces), n_tokens)]
    path.write_text(json.dumps(tokenizer, ensure_ascii=False), "utf-8")


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bge_demo.benchmark", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--model", default="auto", help="auto, BAAI/bge-m3, m3-compact or a folder")
    add("--data-dir", default=DATA_DIR, help="folder for converted models, as the server's")
    add("--full-size", action="store_true", help="a random checkpoint of BGE-M3's shape, made and removed")
    add("--contenders", nargs="+", default=["auto:auto"], help="engine:precision, such as torch:fp32")
    add("--reference", action="store_true", help="measure FlagEmbedding's own encode as well")
    add("--lengths", nargs="+", type=int, default=list(LENGTHS), help="tokens per text")
    add("--batch-sizes", nargs="+", type=int, default=list(BATCH_SIZES), help="texts at once")
    add("--runs", type=int, default=15, help="timed runs of a cell")
    add("--cell-seconds", type=float, default=10.0, help="a cell ends after this long")
    add("--long", action="store_true", help=f"one text of {LONG_TOKENS} tokens as well")
    add("--csv", type=Path, help="write the figures to this file")
    return parser.parse_args(list(argv))


@contextmanager
def _model(options: argparse.Namespace) -> Iterator[ModelSource]:
    if not options.full_size:
        yield ModelSource(options.model, options.data_dir)
        return
    with tempfile.TemporaryDirectory(prefix="bge-full-size-") as folder:
        # In a process of its own too: its memory is gone before the first contender starts.
        with _own_process() as process:
            process.submit(write_full_size_checkpoint, Path(folder)).result()
        yield ModelSource(folder, str(Path(folder) / "converted"))


def _contenders(options: argparse.Namespace) -> list[Contender]:
    reference = [Contender(REFERENCE, "fp32")] if options.reference else []
    pairs = [name.partition(":") for name in options.contenders]
    return reference + [Contender(engine, precision or "auto") for engine, _, precision in pairs]


def _own_process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _in_own_process(model: ModelSource, contender: Contender, options: argparse.Namespace) -> Measured:
    plan = BenchmarkPlan(
        options.lengths, options.batch_sizes, options.runs, options.cell_seconds, float("inf")
    )
    sys.stderr.write(f"measuring {contender} ...\n")
    with _own_process() as process:
        return process.submit(run_contender, model, contender, plan, options.long).result()


def run_contender(model: ModelSource, contender: Contender, plan: BenchmarkPlan, long: bool) -> Measured:
    """Load, encode once, measure: in the process whose memory counts."""
    started = time.perf_counter()
    name, encode = _load(model, contender)
    encode(["cold", "start"], 8)
    cold_start_s = time.perf_counter() - started
    speeds = measure(encode, plan)
    long_text_ms = None
    if long:
        one_run = BenchmarkPlan([LONG_TOKENS], [1], runs=1)
        long_text_ms = measure(encode, one_run)[0].latency_p50_ms
    return Measured(name, round(cold_start_s, 2), _memory_mb(), _peak_memory_mb(), speeds, long_text_ms)


def _load(model: ModelSource, contender: Contender) -> tuple[str, Encode]:
    """The contender's name as it came to run, and its way to encode all three heads."""
    if contender.engine == REFERENCE:
        return str(contender), _reference(model.name)
    encoder = load_encoder(model.name, contender.precision, contender.engine, data_dir=model.data_dir)
    name = str(Contender(encoder.info.engine, encoder.info.precision))
    return name, lambda texts, n_tokens: encoder.encode(texts, max_length=n_tokens)


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


def _cell_text(one: Measured, cell: tuple[int, int]) -> str:
    speed = next(speed for speed in one.speeds if (speed.n_tokens, speed.batch_size) == cell)
    return f"{speed.latency_p50_ms:.1f} ({speed.latency_p95_ms:.1f}) · {speed.tokens_per_second:.0f}/s"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _advice_lines(measured: Sequence[Measured]) -> list[str]:
    """Which contender, which batch size, what one text costs."""
    best = max(measured, key=lambda one: advise(one.speeds).tokens_per_second)
    advice = advise(best.speeds)
    costs = [f"{n_tokens} tokens {cost_ms:.1f} ms" for n_tokens, cost_ms in advice.text_costs_ms]
    if best.long_text_ms is not None:
        costs.append(f"{LONG_TOKENS} tokens {best.long_text_ms:.0f} ms")
    return [
        "What a precision costs in exactness: python -m bge_demo.engines.precision_errors.",
        f"Use {best.contender}, the fastest here: {advice.tokens_per_second:.0f} tokens/s with "
        f"{advice.best_batch_size} texts of {advice.n_tokens} tokens at once; no larger batch measured adds "
        f"more than a tenth. One text costs: {', '.join(costs)}.",
    ]


def _csv_rows(measured: Sequence[Measured]) -> list[list[object]]:
    return [
        [
            one.contender,
            speed.n_tokens,
            speed.batch_size,
            speed.latency_p50_ms,
            speed.latency_p95_ms,
            round(speed.tokens_per_second, 1),
            speed.n_runs,
            one.cold_start_s,
            one.memory_mb,
            one.peak_memory_mb,
        ]
        for one in measured
        for speed in one.speeds
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
