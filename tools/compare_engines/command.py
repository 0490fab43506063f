"""`python -m tools.compare_engines`: engines and precisions side by side on this machine, FlagEmbedding too.

Each contender runs in a process of its own, one after the other, so that start and memory are its own. What
is measured stands in `contenders`, the report in `report`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bge_demo.checkpoints.cards import M3_COMPACT, resolve
from bge_demo.errors import DemoError
from bge_demo.settings import DATA_DIR
from bge_demo.tabs.benchmark.analysis import (
    BATCH_SIZES,
    LENGTHS,
    MIXED_FROM,
    MIXED_TEXTS,
    MIXED_TO,
    BenchmarkPlan,
    MixedTexts,
    mixed_texts,
)
from bge_demo.text.tokens import Tokenizer
from bge_demo.ui.csv_files import csv_text
from tools.compare_engines.contenders import (
    LONG_TOKENS,
    Contender,
    Extras,
    Measured,
    ModelSource,
    run_contender,
    start_contender,
)
from tools.compare_engines.libraries import LIBRARIES, REFERENCE
from tools.compare_engines.report import CSV_HEADER, csv_rows, report

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
LAST_WRITTEN = "sparse_linear.pt"
COPIED = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def main(argv: Sequence[str]) -> int:
    """Measure, print the report, write the CSV; 2 when a choice does not fit."""
    options = _options(argv)
    try:
        with _model(options) as model:
            extras = Extras(options.long, _mixed_texts(model.name) if options.mixed else ())
            measured = [
                _in_own_process(model, contender, options, extras) for contender in _contenders(options)
            ]
    except DemoError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(report(measured))
    if options.csv:
        options.csv.write_text(csv_text(CSV_HEADER, csv_rows(measured)), "utf-8")
    return 0


def write_full_size_checkpoint(folder: Path, config: dict[str, float] | None = None) -> Path:
    """A checkpoint of BGE-M3's shape with random weights (2.3 GB), and m3-compact's tokenizer, filled up."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    shape = config or FULL_SIZE
    source = M3_COMPACT.folder
    assert source is not None
    for name in COPIED:
        shutil.copy(source / name, folder / name)
    _fill_up_tokenizer(folder / "tokenizer.json", int(shape["vocab_size"]))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        XLMRobertaModel(XLMRobertaConfig(**shape)).save_pretrained(folder)
        dim = int(shape["hidden_size"])
        for name, n_rows in (("colbert_linear.pt", dim), (LAST_WRITTEN, 1)):
            head = torch.nn.Linear(dim, n_rows)
            torch.save({key: tensor.half() for key, tensor in head.state_dict().items()}, folder / name)
    return folder


def _fill_up_tokenizer(path: Path, n_tokens: int) -> None:
    """Give every row of the table a token; the new ones occur in no text."""
    tokenizer = json.loads(path.read_text("utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    lowest = min(score for _, score in vocabulary)
    present = 1 + max([len(vocabulary) - 1, *(token["id"] for token in tokenizer["added_tokens"])])
    vocabulary += [[f"\ue000{number}", lowest] for number in range(present, n_tokens)]
    path.write_text(json.dumps(tokenizer, ensure_ascii=False), "utf-8")


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.compare_engines", description=__doc__.split("\n")[0]
    )
    add = parser.add_argument
    mixed = f"{MIXED_TEXTS} texts of {MIXED_FROM} to {MIXED_TO} tokens at once as well"
    add("--model", default="auto", help="auto, BAAI/bge-m3, m3-compact or a folder")
    add("--data-dir", default=DATA_DIR, help="folder for converted models, as the server's")
    full_size = "a random checkpoint of BGE-M3's shape, made and removed, or kept in a folder that is named"
    add("--full-size", nargs="?", type=Path, const=False, metavar="FOLDER", help=full_size)
    contenders = "engine:precision, such as torch:fp32, or a library, such as sentence-transformers:onnx"
    default = [Contender("auto", "auto")]
    add("--contenders", nargs="+", type=_contender, default=default, metavar="CONTENDER", help=contenders)
    reference = "measure FlagEmbedding's own encode as well, in fp16 on a GPU if so asked"
    add("--reference", nargs="?", const="fp32", choices=("fp32", "fp16"), help=reference)
    add("--lengths", nargs="+", type=int, default=list(LENGTHS), help="tokens per text")
    add("--batch-sizes", nargs="+", type=int, default=list(BATCH_SIZES), help="texts at once")
    add("--runs", type=int, default=15, help="timed runs of a cell")
    add("--cell-seconds", type=float, default=10.0, help="a cell ends after this long")
    add("--long", action="store_true", help=f"one text of {LONG_TOKENS} tokens as well")
    add("--mixed", action="store_true", help=mixed)
    add("--second-start", action="store_true", help="start each once more, with what the first start kept")
    add("--csv", type=Path, help="write the figures to this file")
    return parser.parse_args(list(argv))


@contextmanager
def _model(options: argparse.Namespace) -> Iterator[ModelSource]:
    if options.full_size is None:
        yield ModelSource(options.model, options.data_dir)
    elif options.full_size:
        yield _full_size_model(options.full_size)
    else:
        with tempfile.TemporaryDirectory(prefix="bge-full-size-") as folder:
            yield _full_size_model(Path(folder))


def _full_size_model(folder: Path) -> ModelSource:
    """What the folder holds, or a checkpoint written there now."""
    if not (folder / LAST_WRITTEN).exists():
        folder.mkdir(parents=True, exist_ok=True)
        # In a process of its own too: its memory is gone before the first contender starts.
        with _own_process() as process:
            process.submit(write_full_size_checkpoint, folder).result()
    return ModelSource(str(folder), str(folder / "converted"))


def _contenders(options: argparse.Namespace) -> list[Contender]:
    reference = [Contender(REFERENCE, options.reference)] if options.reference else []
    return reference + options.contenders


def _contender(name: str) -> Contender:
    engine, _, choice = name.partition(":")
    library = LIBRARIES.get(engine)
    if library is None:
        return Contender(engine, choice or "auto")
    if choice and choice not in library.choices:
        raise argparse.ArgumentTypeError(f"{engine} has {', '.join(library.choices)}, not {choice}")
    return Contender(engine, choice or library.choices[0])


def _own_process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _mixed_texts(model: str) -> list[MixedTexts]:
    with _own_process() as process:
        return process.submit(make_mixed_texts, model).result()


def make_mixed_texts(model: str) -> list[MixedTexts]:
    """The same texts for every contender, in a process of its own: transformers would count as memory."""
    folder = resolve(model).folder
    return mixed_texts(Tokenizer.from_folder(folder))


def _in_own_process(
    model: ModelSource, contender: Contender, options: argparse.Namespace, extras: Extras
) -> Measured:
    plan = BenchmarkPlan(
        options.lengths, options.batch_sizes, options.runs, options.cell_seconds, float("inf")
    )
    sys.stderr.write(f"measuring {contender} ...\n")
    with _own_process() as process:
        measured = process.submit(run_contender, model, contender, plan, extras).result()
    if not options.second_start:
        return measured
    with _own_process() as process:
        return replace(measured, second_start_s=process.submit(start_contender, model, contender).result())
