"""Whether a folder is a whole checkpoint in BGE-M3 layout: config, tokenizer, weights, heads. Finds none and
keeps no tensor."""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bge_demo.checkpoints.architecture import CONFIG, Architecture, Shapes, read_architecture
from bge_demo.errors import CheckpointError

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer as FastTokenizer

HEADS = {"colbert_linear.pt": "colbert", "sparse_linear.pt": "sparse"}
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
REQUIRED = (CONFIG, "tokenizer.json", *HEADS)
# What torch.load raises for files cut off or overwritten at some byte: it has no error of its own.
_DAMAGED = (
    *(RuntimeError, OSError, EOFError, ValueError, LookupError, AttributeError, TypeError, AssertionError),
    *(pickle.UnpicklingError, struct.error),
)
# Weights saved with a task's head keep the transformer under this name.
_PREFIX = "roberta."
# Embedding tables are often rounded up, so that they divide well; more to spare are another vocabulary's.
MOST_SPARE_ROWS = 512
ROUND_TRIP_TEXT = "hello world 123"


def check_files(folder: Path, name: str) -> Architecture:
    """Refuse a folder that lacks a file of a BGE-M3 checkpoint, naming all that are missing. `name` is what
    sentences call the checkpoint. Raises CheckpointError. Reads only the config, and returns what it says.
    """
    missing = [file for file in REQUIRED if not (folder / file).is_file()]
    if not any((folder / file).is_file() for file in WEIGHTS):
        missing.append(" / ".join(WEIGHTS))
    if missing:
        raise CheckpointError("checkpoint.incomplete", model=name, files=", ".join(missing))
    return read_architecture(folder, name)


def check_layout(folder: Path, name: str) -> None:
    """Refuse a folder that is not a whole BGE-M3 checkpoint, naming the file at fault; imports torch. Raises
    CheckpointError.

    FlagEmbedding draws both heads at random when one file is missing, and missing layers too, and says
    nothing.
    """
    architecture = check_files(folder, name)
    dim = architecture.shape.dim
    _check_head(folder / "colbert_linear.pt", name, (dim, dim))
    _check_head(folder / "sparse_linear.pt", name, (1, dim))
    _check_tokenizer(folder / "tokenizer.json", name, architecture)
    _check_weights(folder, name, architecture.weight_shapes)


def weights_file(folder: Path) -> Path:
    """The file FlagEmbedding reads the backbone from."""
    return next(path for name in WEIGHTS if (path := folder / name).is_file())


def plain_name(name: str) -> str:
    """A weight's name without what a task's model puts before it."""
    return name.removeprefix(_PREFIX)


def load_torch_file(path: Path) -> Mapping[str, torch.Tensor]:
    """The tensors of a file of torch's, mapped where its format can be: of 2.3 GB only the list of contents
    is read. Raises one of many errors for a damaged one."""
    import torch

    state: Mapping[str, torch.Tensor] = torch.load(
        path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
    )
    return state


def _check_head(path: Path, name: str, weight_shape: tuple[int, int]) -> None:
    shapes = _torch_shapes(path, name)
    expected = {"weight": weight_shape, "bias": (weight_shape[0],)}
    if shapes != expected:
        raise CheckpointError(
            "checkpoint.head_shape", model=name, file=path.name, shapes=shapes, expected=expected
        )


def _check_weights(folder: Path, name: str, expected: Shapes) -> None:
    path = weights_file(folder)
    is_safe = path.suffix == ".safetensors"
    found = _safetensors_shapes(path, name) if is_safe else _torch_shapes(path, name)
    found = {plain_name(key): shape for key, shape in found.items()}
    missing = [key for key in expected if key not in found]
    if missing:
        raise CheckpointError(
            "checkpoint.weights_missing",
            model=name, file=path.name, n=len(missing), total=len(expected), example=missing[0],
        )  # fmt: skip
    for key, shape in expected.items():
        if found[key] != shape:
            raise CheckpointError(
                "checkpoint.weights_shape",
                model=name, file=path.name, part=key, shape=found[key], expected=shape,
            )  # fmt: skip


def _torch_shapes(path: Path, name: str) -> Shapes:
    try:
        return {key: tuple(tensor.shape) for key, tensor in load_torch_file(path).items()}
    except _DAMAGED as error:
        raise CheckpointError("checkpoint.bad_file", model=name, file=path.name) from error


def _safetensors_shapes(path: Path, name: str) -> Shapes:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError("checkpoint.bad_file", model=name, file=path.name) from error


def _check_tokenizer(path: Path, name: str, architecture: Architecture) -> None:
    fast = _read_tokenizer(path, name)
    vocabulary = fast.get_vocab(with_added_tokens=True)
    rows, tokens = architecture.vocabulary_size, max(vocabulary.values(), default=-1) + 1
    if not rows - MOST_SPARE_ROWS <= tokens <= rows:
        raise CheckpointError(
            "checkpoint.vocabulary_size", model=name, file=path.name, tokens=tokens, rows=rows
        )
    for mark, expected in architecture.mark_ids.items():
        if vocabulary.get(mark) != expected:
            raise CheckpointError(
                "checkpoint.vocabulary_marks",
                model=name, file=path.name, token=mark, found=vocabulary.get(mark), expected=expected,
            )  # fmt: skip
    if fast.decode(fast.encode(ROUND_TRIP_TEXT).ids).strip().casefold() != ROUND_TRIP_TEXT:
        raise CheckpointError("checkpoint.round_trip", model=name, file=path.name, text=ROUND_TRIP_TEXT)


def _read_tokenizer(path: Path, name: str) -> FastTokenizer:
    from tokenizers import Tokenizer as FastTokenizer

    try:
        return FastTokenizer.from_file(str(path))
    except BaseException as error:
        # tokenizers raises bare Exceptions; what is more than that is not about the file.
        if type(error) is Exception:
            raise CheckpointError("checkpoint.bad_file", model=name, file=path.name) from error
        raise
