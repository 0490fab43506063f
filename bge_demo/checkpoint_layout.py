"""Whether a folder is a whole checkpoint in BGE-M3 layout: config, tokenizer, weights, heads. Finds none and
keeps no tensor."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bge_demo.errors import CheckpointError

if TYPE_CHECKING:
    from tokenizers import Tokenizer as FastTokenizer

HEADS = {"colbert_linear.pt": "colbert", "sparse_linear.pt": "sparse"}
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
REQUIRED = ("config.json", "tokenizer.json", *HEADS)
# What torch.load raises for files cut off or overwritten at some byte: it has no error of its own.
_DAMAGED = (
    *(RuntimeError, OSError, EOFError, ValueError, LookupError, AttributeError, TypeError, AssertionError),
    *(pickle.UnpicklingError, struct.error),
)
# The pooler is a leftover of BERT's pre-training: no head reads it.
_UNUSED_WEIGHTS = "pooler."
# Embedding tables are often rounded up, so that they divide well; more to spare are another vocabulary's.
MOST_SPARE_ROWS = 512
ROUND_TRIP_TEXT = "hello world 123"

Shapes = Mapping[str, tuple[int, ...]]


def check_layout(folder: Path, name: str, vouched: Callable[[Path], bool]) -> None:
    """Refuse a folder that is not a whole BGE-M3 checkpoint, naming the file at fault. `name` is what
    sentences call the checkpoint. Raises CheckpointError.

    FlagEmbedding draws both heads at random when one file is missing, and missing layers too, and says
    nothing. Contents of a folder that `vouched` answers for are not read again.
    """
    missing = [file for file in REQUIRED if not (folder / file).is_file()]
    if not any((folder / file).is_file() for file in WEIGHTS):
        missing.append(" / ".join(WEIGHTS))
    if missing:
        raise CheckpointError("checkpoint.incomplete", model=name, files=", ".join(missing))
    config = _config(folder, name)
    if vouched(folder):
        return
    hidden_size = int(config["hidden_size"])
    _check_head(folder / "colbert_linear.pt", name, (hidden_size, hidden_size))
    _check_head(folder / "sparse_linear.pt", name, (1, hidden_size))
    _check_tokenizer(folder / "tokenizer.json", name, config)
    _check_weights(folder, name)


def max_tokens(folder: Path, name: str) -> int:
    """Tokens that the checkpoint's positions allow. Raises CheckpointError."""
    # XLM-RoBERTa counts positions from padding_idx + 1: two of the table's rows are never a token's.
    return int(_config(folder, name)["max_position_embeddings"]) - 2


def weights_file(folder: Path) -> Path:
    """The file FlagEmbedding reads the backbone from."""
    return next(path for name in WEIGHTS if (path := folder / name).is_file())


def _config(folder: Path, name: str) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        sizes = ("hidden_size", "max_position_embeddings", "vocab_size")
        return dict(config) | {key: int(config[key]) for key in sizes}
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise CheckpointError("checkpoint.bad_file", model=name, file="config.json") from error


def _check_head(path: Path, name: str, weight_shape: tuple[int, int]) -> None:
    shapes = _torch_shapes(path, name)
    expected = {"weight": weight_shape, "bias": (weight_shape[0],)}
    if shapes != expected:
        raise CheckpointError(
            "checkpoint.head_shape", model=name, file=path.name, shapes=shapes, expected=expected
        )


def _check_weights(folder: Path, name: str) -> None:
    path = weights_file(folder)
    is_safe = path.suffix == ".safetensors"
    found = _safetensors_shapes(path, name) if is_safe else _torch_shapes(path, name)
    expected, prefix = _expected_shapes(folder, name)
    # Weights saved with a task's head keep the backbone under its name.
    found = {key.removeprefix(prefix): shape for key, shape in found.items()}
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
    import torch

    try:
        # Mapped, so that checking 2.3 GB reads only the list of contents.
        mapped = zipfile.is_zipfile(path)
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
        return {key: tuple(tensor.shape) for key, tensor in state.items()}
    except _DAMAGED as error:
        raise CheckpointError("checkpoint.bad_file", model=name, file=path.name) from error


def _safetensors_shapes(path: Path, name: str) -> Shapes:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError("checkpoint.bad_file", model=name, file=path.name) from error


def _expected_shapes(folder: Path, name: str) -> tuple[Shapes, str]:
    """Every weight the config calls for, and the prefix they may carry; no memory is given to them."""
    import torch
    from huggingface_hub.errors import StrictDataclassError
    from transformers import AutoConfig, AutoModel

    try:
        with torch.device("meta"):
            model = AutoModel.from_config(AutoConfig.from_pretrained(str(folder)))
    except (*_DAMAGED, StrictDataclassError) as error:
        raise CheckpointError("checkpoint.bad_file", model=name, file="config.json") from error
    shapes = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    needed = {key: shape for key, shape in shapes.items() if not key.startswith(_UNUSED_WEIGHTS)}
    return needed, f"{model.base_model_prefix}."


def _check_tokenizer(path: Path, name: str, config: Mapping[str, Any]) -> None:
    fast = _read_tokenizer(path, name)
    vocabulary = fast.get_vocab(with_added_tokens=True)
    rows, tokens = int(config["vocab_size"]), max(vocabulary.values(), default=-1) + 1
    if not rows - MOST_SPARE_ROWS <= tokens <= rows:
        raise CheckpointError(
            "checkpoint.vocabulary_size", model=name, file=path.name, tokens=tokens, rows=rows
        )
    ends = {"bos_token_id": "<s>", "pad_token_id": "<pad>", "eos_token_id": "</s>"}
    for key, token in ends.items():
        if key in config and vocabulary.get(token) != config[key]:
            raise CheckpointError(
                "checkpoint.vocabulary_marks",
                model=name, file=path.name, token=token, found=vocabulary.get(token), expected=config[key],
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
