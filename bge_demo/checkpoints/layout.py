"""Whether a folder is a whole checkpoint in BGE-M3 layout: config, tokenizer, weights, heads. Finds none and
keeps no tensor."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
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


def check_files(folder: Path, name: str) -> None:
    """Refuse a folder that lacks a file of a BGE-M3 checkpoint, naming all that are missing. `name` is what
    sentences call the checkpoint. Raises CheckpointError. Reads only the config.
    """
    missing = [file for file in REQUIRED if not (folder / file).is_file()]
    if not any((folder / file).is_file() for file in WEIGHTS):
        missing.append(" / ".join(WEIGHTS))
    if missing:
        raise CheckpointError("checkpoint.incomplete", model=name, files=", ".join(missing))
    _config(folder, name)


def check_layout(folder: Path, name: str) -> None:
    """Refuse a folder that is not a whole BGE-M3 checkpoint, naming the file at fault; imports torch. Raises
    CheckpointError.

    FlagEmbedding draws both heads at random when one file is missing, and missing layers too, and says
    nothing.
    """
    check_files(folder, name)
    config = _config(folder, name)
    hidden_size = int(config["hidden_size"])
    _check_head(folder / "colbert_linear.pt", name, (hidden_size, hidden_size))
    _check_head(folder / "sparse_linear.pt", name, (1, hidden_size))
    _check_tokenizer(folder / "tokenizer.json", name, config)
    _check_weights(folder, name)


def max_tokens(folder: Path, name: str) -> int:
    """Tokens that the checkpoint's positions allow. Raises CheckpointError."""
    # XLM-RoBERTa counts positions from padding_idx + 1: two of the table's rows are never a token's.
    return int(_config(folder, name)["max_position_embeddings"]) - 2


@dataclass(frozen=True)
class ModelShape:
    """The sizes that decide what a pass costs: layers of width `dim` with an inner width of `inner_dim`."""

    n_layers: int
    dim: int
    inner_dim: int

    @property
    def n_weights(self) -> int:
        """Weights of all matrix products of a pass: attention, inner layers, ColBERT head. A token's row of
        the embedding table is looked up, not multiplied."""
        per_layer = 4 * self.dim**2 + 2 * self.dim * self.inner_dim
        return self.n_layers * per_layer + self.dim**2

    def n_operations(self, n_tokens: int) -> int:
        """Multiplications and additions of matrix products for one text of `n_tokens` tokens."""
        attention = 4 * self.n_layers * self.dim * n_tokens**2
        return 2 * n_tokens * self.n_weights + attention


def model_shape(folder: Path, name: str) -> ModelShape:
    """What the checkpoint's config says. Raises CheckpointError."""
    config = _config(folder, name)
    try:
        sizes = [int(config[key]) for key in ("num_hidden_layers", "hidden_size", "intermediate_size")]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError("checkpoint.bad_file", model=name, file="config.json") from error
    return ModelShape(*sizes)


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
