"""Which checkpoints there are, where they lie, and how to find one. Fetches nothing and loads no model."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bge_demo.checkpoints.architecture import ModelShape
from bge_demo.checkpoints.layout import REQUIRED, WEIGHTS, check_files
from bge_demo.errors import CheckpointError
from bge_demo.settings import ASSETS

log = logging.getLogger(__name__)

Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class HubFile:
    """A file of a pinned revision. `etag` is the hub's name for its content: the SHA-256, but for small
    files the id git gives them."""

    name: str
    size_bytes: int
    sha256: str
    git_id: str | None = None

    @property
    def etag(self) -> str:
        """What the Hugging Face cache calls the content."""
        return self.git_id or self.sha256


@dataclass(frozen=True)
class HubCheckpoint:
    """A pinned revision of a hub's repository, called by its name.

    `files` are all that is needed of it: for BGE-M3 2.3 GB of 4.6.
    """

    repository: str
    revision: str
    files: tuple[HubFile, ...]

    @property
    def name(self) -> str:
        """What the page calls it."""
        return self.repository


@dataclass(frozen=True)
class ShippedCheckpoint:
    """A checkpoint that comes with the package."""

    name: str
    folder: Path


BGE_M3 = HubCheckpoint(
    repository="BAAI/bge-m3",
    revision="5617a9f61b028005a4858fdac845db406aefb181",
    files=(
        HubFile(
            "config.json",
            687,
            "26159e7ad065073448460117eb24b7a4572f6f4e78eadff65dc0a11c052449fa",
            "e6eda1c72da8f9dc30fdd9b69c73d35af3b7a7ad",
        ),
        HubFile(
            "tokenizer_config.json",
            444,
            "a62b2b6784f990259fddef5f16388693a8043be4f69179e6a5257eeb3f9abac4",
            "dc69ac559dcba2694012009aaa108c614541789a",
        ),
        HubFile(
            "special_tokens_map.json",
            964,
            "8c785abebea9ae3257b61681b4e6fd8365ceafde980c21970d001e834cf10835",
            "b1879d702821e753ffe4245048eee415d54a9385",
        ),
        HubFile(
            "tokenizer.json", 17_098_108, "21106b6d7dab2952c1d496fb21d5dc9db75c28ed361a05f5020bbba27810dd08"
        ),
        HubFile(
            "sentencepiece.bpe.model",
            5_069_051,
            "cfc8146abe2a0488e9e2a0c56de7952f7c11ab059eca145a0a727afce0db2865",
        ),
        HubFile(
            "colbert_linear.pt", 2_100_674, "19bfbae397c2b7524158c919d0e9b19393c5639d098f0a66932c91ed8f5f9abb"
        ),
        HubFile(
            "sparse_linear.pt", 3_516, "45c93804d2142b8f6d7ec6914ae23a1eee9c6a1d27d83d908a20d2afb3595ad9"
        ),
        HubFile(
            "pytorch_model.bin",
            2_271_145_830,
            "b5e0ce3470abf5ef3831aa1bd5553b486803e83251590ab7ff35a117cf6aad38",
        ),
    ),
)
M3_COMPACT = ShippedCheckpoint("m3-compact", ASSETS / "m3-compact")


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint on disk. `max_tokens` is what its positions allow, `<s>` and `</s>` included."""

    name: str
    revision: str
    folder: Path
    max_tokens: int
    shape: ModelShape


def resolve(model: str) -> Checkpoint:
    """The checkpoint that a name or a folder stands for, its files there; their contents are checked where
    they are read. Raises CheckpointError with the next step. Makes no network call.
    """
    if model == BGE_M3.name:
        return _from_cache(BGE_M3)
    if model == M3_COMPACT.name:
        return _found(M3_COMPACT.name, M3_COMPACT.folder)
    folder = _given_folder(model)
    return _found(folder.name, folder)


def load_auto(load: Callable[[str], Loaded]) -> tuple[Loaded, CheckpointError | None]:
    """What `auto` means: BGE-M3 if the local Hugging Face cache holds it whole, else m3-compact and why.

    `load` takes a checkpoint's name. Raises its CheckpointError for m3-compact.
    """
    try:
        return load(BGE_M3.name), None
    except CheckpointError as missing:
        log.info("%s", missing)
        # A fresh error: the trace of this one keeps the caller's frames alive, and what was loaded with them.
        return load(M3_COMPACT.name), CheckpointError(missing.key, **missing.values)


def display_name(model: str) -> str:
    """What a visitor may read of a `--model` value: of a path on this machine only its last part."""
    is_path = Path(model).is_absolute() or model.startswith(("~", "."))
    return Path(model).name or model if is_path else model


def _given_folder(model: str) -> Path:
    try:
        folder = Path(model).expanduser().resolve()
        if model and folder.is_dir():
            return folder
    except (OSError, RuntimeError, ValueError):
        pass  # Too long a name, an unknown ~user, a zero byte: told below.
    log.error("no folder and no known model: %r", model)
    raise CheckpointError("checkpoint.unknown", model=display_name(model))


def _from_cache(wanted: HubCheckpoint) -> Checkpoint:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(wanted.repository, "config.json", revision=wanted.revision)
    if not isinstance(found, str):
        raise CheckpointError("checkpoint.not_cached", model=wanted.name)
    return _found(wanted.name, Path(found).parent, wanted.revision)


def _found(name: str, folder: Path, revision: str | None = None) -> Checkpoint:
    # The path is the operator's: sentences reach visitors and say the name alone.
    log.info("%s lies in %s", name, folder)
    architecture = check_files(folder, name)
    return Checkpoint(
        name=name,
        revision=revision or _fingerprint(folder),
        folder=folder,
        max_tokens=architecture.max_tokens,
        shape=architecture.shape,
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
