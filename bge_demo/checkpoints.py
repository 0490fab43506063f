"""Which checkpoints there are, where they lie, and how to find one. Fetches nothing and loads no model."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bge_demo.checkpoint_layout import REQUIRED, WEIGHTS, check_layout, max_tokens
from bge_demo.errors import CheckpointError

log = logging.getLogger(__name__)

ASSETS = Path(__file__).parent / "assets"
# Says whether a folder was checked before, unchanged since: checking its weights takes torch.
Vouch = Callable[[Path], bool]


def never_checked(folder: Path) -> bool:
    """Vouches for nothing."""
    return False


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
class CheckpointCard:
    """A checkpoint this project knows by name; everything specific to one stands here.

    `files` are all that is needed of the repository: for BGE-M3 2.3 GB of 4.6.
    """

    name: str
    repository: str | None = None
    revision: str | None = None
    files: tuple[HubFile, ...] = ()
    folder: Path | None = None


BGE_M3 = CheckpointCard(
    "BAAI/bge-m3",
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
    Weights and tokenizer of a folder that `vouched` answers for are not read again. Raises CheckpointError
    with the next step. Makes no network call.
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


def _shipped(card: CheckpointCard) -> Path:
    assert card.folder is not None
    return card.folder


def _from_cache(card: CheckpointCard, vouched: Vouch) -> Checkpoint:
    from huggingface_hub import try_to_load_from_cache

    assert card.repository is not None
    found = try_to_load_from_cache(card.repository, "config.json", revision=card.revision)
    if not isinstance(found, str):
        raise CheckpointError("checkpoint.not_cached", model=card.name)
    return _checked(card.name, Path(found).parent, vouched, revision=card.revision)


def _checked(
    name: str,
    folder: Path,
    vouched: Vouch,
    revision: str | None = None,
    fallback_reason: CheckpointError | None = None,
) -> Checkpoint:
    # The path is the operator's: sentences reach visitors and say the name alone.
    log.info("%s lies in %s", name, folder)
    check_layout(folder, name, vouched)
    return Checkpoint(
        name, revision or _fingerprint(folder), folder, max_tokens(folder, name), fallback_reason
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
