"""Converted models kept on disk between starts, checked whole before they serve. Converts nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bge_demo.checkpoints.layout import weights_file
from bge_demo.encoder.engines.conversion import CONVERSION_VERSION
from bge_demo.encoder.engines.telemetry import import_openvino
from bge_demo.text.tokens import SavedTokenizer

if TYPE_CHECKING:
    import openvino

log = logging.getLogger(__name__)

# Everything that decides what texts become, beside the weights; a file that is absent counts as absent.
SOURCES = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "sentencepiece.bpe.model",
    "colbert_linear.pt",
    "sparse_linear.pt",
)
GRAPH, GRAPH_WEIGHTS, TOKENIZER, MANIFEST = "model.xml", "model.bin", "tokenizer.json", "manifest.json"
CHECKED = (GRAPH, GRAPH_WEIGHTS, TOKENIZER)
BF16_NOTE = "bf16.json"
# A full-size model takes 2.3 GB: the ones that served last stay, older ones go.
KEPT_MODELS = 4
ABANDONED_AFTER_SECONDS = 86_400
SAMPLES, SAMPLE_BYTES = 64, 65_536
CHUNK_BYTES = 1 << 22


@dataclass(frozen=True)
class ConvertedModel:
    """A graph, the tokenizer that belongs to it, and the file its weights are mapped from."""

    model: openvino.Model
    tokenizer: SavedTokenizer
    weights: Path | None = None


class ConvertedModels:
    """The folder of kept models, one sub-folder each, named by what it was made from.

    A sub-folder is written under another name and renamed when whole, so it is never seen half made;
    concurrent starts may both convert, then the first to finish is kept.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._root = data_dir.expanduser() / "openvino"

    def find(self, checkpoint: Path, stored: str) -> ConvertedModel | None:
        """The kept model of exactly these files; None when there is none or it is damaged. Weights stay
        mapped from the file."""
        folder = self._folder(checkpoint, stored)
        if not folder.is_dir():
            return None
        if not is_whole(folder):
            log.warning("The converted model in %s is damaged: it is made anew.", folder)
            shutil.rmtree(folder, ignore_errors=True)
            return None
        return self._open(folder)

    def keep(self, checkpoint: Path, stored: str, made: ConvertedModel) -> ConvertedModel:
        """Write a model and return it opened from disk, or `made` itself when it cannot be written."""
        folder = self._folder(checkpoint, stored)
        try:
            self._make_room(checkpoint)
            with self._building() as building:
                _write(building, made)
                with contextlib.suppress(OSError):
                    # Another start may have been first: its model is as good.
                    building.rename(folder)
            return self.find(checkpoint, stored) or made
        except OSError as error:
            log.warning("The converted model cannot be kept in %s (%s): the next start converts again.",
                        self._root, error)  # fmt: skip
            return made

    def verdict(self, checkpoint: Path, cpu: str) -> bool | None:
        """What was found on this CPU about bf16; None when nothing was, or the note is damaged."""
        try:
            note = json.loads((self._folder(checkpoint, "fp32") / BF16_NOTE).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return next((small for small in (True, False) if note == {"cpu": cpu, "small": small}), None)

    def keep_verdict(self, checkpoint: Path, cpu: str, small: bool) -> None:
        """Note whether bf16 is close to fp32 on this CPU, beside the model if that is kept."""
        folder = self._folder(checkpoint, "fp32")
        with contextlib.suppress(OSError):
            (folder / BF16_NOTE).write_text(json.dumps({"cpu": cpu, "small": small}), "utf-8")

    def _folder(self, checkpoint: Path, stored: str) -> Path:
        return self._root / key(checkpoint, stored)

    def _open(self, folder: Path) -> ConvertedModel:
        with contextlib.suppress(OSError):
            # A read-only folder serves as well.
            os.utime(folder)
        saved = SavedTokenizer(**json.loads((folder / TOKENIZER).read_text("utf-8")))
        model = import_openvino().Core().read_model(folder / GRAPH)
        return ConvertedModel(model, saved, (folder / GRAPH_WEIGHTS).resolve())

    @contextlib.contextmanager
    def _building(self) -> Iterator[Path]:
        folder = Path(tempfile.mkdtemp(prefix=".building-", dir=self._root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _make_room(self, checkpoint: Path) -> None:
        """Drop abandoned and long unused models. Raises OSError when the disk is too full for one more."""
        self._root.mkdir(parents=True, exist_ok=True)
        folders = sorted((path for path in self._root.iterdir() if path.is_dir()), key=_age_seconds)
        kept = [folder for folder in folders if not folder.name.startswith(".")]
        abandoned = [
            folder
            for folder in folders
            if folder.name.startswith(".") and _age_seconds(folder) > ABANDONED_AFTER_SECONDS
        ]
        for folder in [*kept[KEPT_MODELS - 1 :], *abandoned]:
            shutil.rmtree(folder, ignore_errors=True)
        needed = 2 * weights_file(checkpoint).stat().st_size
        free = shutil.disk_usage(self._root).free
        if free < needed:
            raise OSError(f"{free >> 20} MB free, {needed >> 20} MB needed")


def key(checkpoint: Path, stored: str) -> str:
    """32 hex digits that change with the checkpoint's files, OpenVINO, the conversion and the stored format.

    The weights count with name, size, time of change and 4 MB sampled from all over the file.
    """
    version = import_openvino().get_version()
    digest = hashlib.sha256(f"{CONVERSION_VERSION} {version} {stored}".encode())
    for name in SOURCES:
        path = checkpoint / name
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"\0{name} {len(content)} ".encode() + content)
    weights = weights_file(checkpoint)
    status = weights.stat()
    digest.update(f"\0{weights.name} {status.st_size} {status.st_mtime_ns} ".encode())
    with weights.open("rb") as file:
        for sample in range(SAMPLES):
            file.seek(sample * status.st_size // SAMPLES)
            digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()[:32]


def is_whole(folder: Path) -> bool:
    """Whether every file has the size and the CRC-32 it was written with.

    CRC-32 finds every altered byte and costs 0.7 s for 2.3 GB, a third of SHA-256; it guards against
    damage, not against somebody who may write to the folder.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        return bool(manifest == {name: _checksum(folder / name) for name in CHECKED})
    except (OSError, ValueError):
        return False


def _write(folder: Path, made: ConvertedModel) -> None:
    try:
        import_openvino().save_model(made.model, folder / GRAPH, compress_to_fp16=False)
    except RuntimeError as error:
        # OpenVINO's word for a disk that is full or cannot be written.
        raise OSError(str(error).strip().splitlines()[-1]) from error
    (folder / TOKENIZER).write_text(json.dumps(asdict(made.tokenizer)), "utf-8")
    manifest = {name: _checksum(folder / name) for name in CHECKED}
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def _checksum(path: Path) -> list[int]:
    """[size in bytes, CRC-32]."""
    crc = size = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
    return [size, crc]


def _age_seconds(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        # Another start removed it meanwhile.
        return float("inf")
