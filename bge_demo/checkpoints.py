"""Which checkpoints there are, where they lie, and whether a folder is whole. Loads no model."""

from __future__ import annotations

import hashlib
import json
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bge_demo.errors import CheckpointError

ASSETS = Path(__file__).parent / "assets"
HEADS = {"colbert_linear.pt": "colbert", "sparse_linear.pt": "sparse"}
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
REQUIRED = ("config.json", "tokenizer.json", *HEADS)
# What torch.load raises for files cut off or overwritten at some byte: it has no error of its own.
_DAMAGED = (
    *(RuntimeError, OSError, EOFError, ValueError, LookupError, AttributeError, TypeError, AssertionError),
    *(pickle.UnpicklingError, struct.error),
)
# Says whether the heads of a folder were checked before, unchanged since: reading them takes torch.
Vouch = Callable[[Path], bool]


def never_checked(folder: Path) -> bool:
    """Vouches for nothing."""
    return False


@dataclass(frozen=True)
class CheckpointCard:
    """A checkpoint this project knows by name; everything specific to one stands here."""

    name: str
    repository: str | None = None
    revision: str | None = None
    folder: Path | None = None


BGE_M3 = CheckpointCard(
    "BAAI/bge-m3", repository="BAAI/bge-m3", revision="5617a9f61b028005a4858fdac845db406aefb181"
)
M3_COMPACT = CheckpointCard("m3-compact", folder=ASSETS / "m3-compact")


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint on disk. `max_tokens` is what its positions allow, `<s>` and `</s>` included."""

    name: str
    revision: str
    folder: Path
    max_tokens: int
    fallback_reason: CheckpointError | None = None


def resolve(model: str, vouched: Vouch = never_checked) -> Checkpoint:
    """The checkpoint a `--model` value stands for, checked.

    `auto` is BGE-M3 when the local Hugging Face cache holds it whole, else m3-compact with the reason.
    The heads of a folder that `vouched` answers for are not read again. Raises CheckpointError with the next
    step. Makes no network call.
    """
    if model == "auto":
        try:
            return _from_cache(BGE_M3, vouched)
        except CheckpointError as reason:
            return _checked(M3_COMPACT.name, _shipped(M3_COMPACT), vouched, fallback_reason=reason)
    if model == BGE_M3.name:
        return _from_cache(BGE_M3, vouched)
    if model == M3_COMPACT.name:
        return _checked(M3_COMPACT.name, _shipped(M3_COMPACT), vouched)
    folder = _given_folder(model)
    return _checked(folder.name, folder, vouched)


def check_layout(folder: Path, vouched: Vouch = never_checked) -> None:
    """Refuse a folder that is not a whole BGE-M3 checkpoint, naming the file at fault. Raises
    CheckpointError.

    FlagEmbedding draws both heads at random when one file is missing, and says nothing.
    """
    missing = [name for name in REQUIRED if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in WEIGHTS):
        missing.append(" / ".join(WEIGHTS))
    if missing:
        raise CheckpointError("checkpoint.incomplete", folder=folder, files=", ".join(missing))
    hidden_size = _config(folder)["hidden_size"]
    if vouched(folder):
        return
    _check_head(folder / "colbert_linear.pt", (hidden_size, hidden_size))
    _check_head(folder / "sparse_linear.pt", (1, hidden_size))


def _given_folder(model: str) -> Path:
    try:
        folder = Path(model).expanduser().resolve()
        if model and folder.is_dir():
            return folder
    except (OSError, RuntimeError, ValueError):
        pass  # Too long a name, an unknown ~user, a zero byte: told below.
    raise CheckpointError("checkpoint.unknown", model=model)


def _shipped(card: CheckpointCard) -> Path:
    assert card.folder is not None
    return card.folder


def _from_cache(card: CheckpointCard, vouched: Vouch) -> Checkpoint:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    assert card.repository is not None
    try:
        folder = snapshot_download(card.repository, revision=card.revision, local_files_only=True)
    except LocalEntryNotFoundError as error:
        raise CheckpointError("checkpoint.not_cached", model=card.name) from error
    return _checked(card.name, Path(folder), vouched, revision=card.revision)


def _checked(
    name: str,
    folder: Path,
    vouched: Vouch,
    revision: str | None = None,
    fallback_reason: CheckpointError | None = None,
) -> Checkpoint:
    check_layout(folder, vouched)
    # XLM-RoBERTa counts positions from padding_idx + 1: two of the table's rows are never a token's.
    max_tokens = int(_config(folder)["max_position_embeddings"]) - 2
    return Checkpoint(name, revision or _fingerprint(folder), folder, max_tokens, fallback_reason)


def _config(folder: Path) -> dict[str, int]:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return {key: int(config[key]) for key in ("hidden_size", "max_position_embeddings")}
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise CheckpointError("checkpoint.bad_file", folder=folder, file="config.json") from error


def _check_head(path: Path, weight_shape: tuple[int, int]) -> None:
    import torch

    try:
        head = torch.load(path, map_location="cpu", weights_only=True)
        shapes = {name: tuple(tensor.shape) for name, tensor in head.items()}
    except _DAMAGED as error:
        raise CheckpointError("checkpoint.bad_file", folder=path.parent, file=path.name) from error
    expected = {"weight": weight_shape, "bias": (weight_shape[0],)}
    if shapes != expected:
        raise CheckpointError(
            "checkpoint.head_shape", folder=path.parent, file=path.name, shapes=shapes, expected=expected
        )


def _fingerprint(folder: Path) -> str:
    """Twelve hex digits that change with the heads, the tokenizer, the config or the size of the weights."""
    digest = hashlib.sha256()
    for name in REQUIRED:
        digest.update((folder / name).read_bytes())
    for name in WEIGHTS:
        if (folder / name).is_file():
            digest.update(f"{name} {(folder / name).stat().st_size}".encode())
    return digest.hexdigest()[:12]
