"""Which engine, device and precision serve a checkpoint, and getting that engine loaded. Knows no batches."""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bge_demo.checkpoints.layout import check_layout
from bge_demo.encoder.engines import Engine
from bge_demo.encoder.engines.memory import free_torch_memory
from bge_demo.errors import SettingsError
from bge_demo.text.tokens import Tokenizer

if TYPE_CHECKING:
    from bge_demo.checkpoints.cards import Checkpoint
    from bge_demo.encoder.engines.converted import ConvertedModel, ConvertedModels

log = logging.getLogger(__name__)

# `auto` measures on every eighth probe text: a few seconds of the first start at full size.
PROOF_STRIDE = 8


@dataclass(frozen=True)
class EngineChoice:
    """`engine` openvino or torch, `device` cpu, cuda or mps, `precision` as asked for, auto included."""

    engine: str
    device: str
    precision: str

    @property
    def stored(self) -> str:
        """The weights a converted model holds: bf16 is made from fp32 when it is compiled."""
        return "int8" if self.precision == "int8" else "fp32"


def choose(engine: str, device: str, precision: str) -> EngineChoice:
    """Settings to a choice: OpenVINO on a CPU, torch elsewhere. Raises SettingsError when they clash."""
    if engine == "openvino" and device == "auto":
        device = "cpu"
    device = accelerator() or "cpu" if device == "auto" else device
    if engine == "openvino" and device != "cpu":
        raise SettingsError("settings.openvino_needs_cpu", device=device)
    if engine == "auto":
        there = importlib.util.find_spec("openvino") is not None
        engine = "openvino" if device == "cpu" and there else "torch"
    if engine == "torch" and precision in {"bf16", "int8"}:
        raise SettingsError("settings.precision_needs_openvino", precision=precision)
    if precision == "fp16" and device != "cuda":
        raise SettingsError("settings.fp16_needs_cuda", device=device)
    return EngineChoice(engine, device, precision)


def accelerator() -> str | None:
    """cuda or mps when torch can use one, else None; imports torch only where a driver makes it possible."""
    on_apple = sys.platform == "darwin" and platform.machine() == "arm64"
    if not (on_apple or _has_gpu_driver()):
        return None
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else None


def load_engine(checkpoint: Checkpoint, choice: EngineChoice, data_dir: Path) -> tuple[Tokenizer, Engine]:
    """The checkpoint's tokenizer and engine; what OpenVINO converts is kept in `data_dir`.

    Raises CheckpointError for contents that do not fit together, SettingsError for a device that is absent.
    """
    if choice.engine == "torch":
        return _load_torch(checkpoint, choice)
    from bge_demo.encoder.engines.converted import ConvertedModels

    return _load_openvino(checkpoint, choice, ConvertedModels(data_dir))


def _load_torch(checkpoint: Checkpoint, choice: EngineChoice) -> tuple[Tokenizer, Engine]:
    from bge_demo.encoder.engines.flag_embedding import FlagEmbeddingEngine

    check_layout(checkpoint.folder, checkpoint.name)
    engine = FlagEmbeddingEngine(checkpoint.folder, device=choice.device, precision=choice.precision)
    return Tokenizer.from_folder(checkpoint.folder), engine


def _load_openvino(
    checkpoint: Checkpoint, choice: EngineChoice, kept: ConvertedModels
) -> tuple[Tokenizer, Engine]:
    """From `kept` without torch, or converted now and kept."""
    from bge_demo.encoder.engines.openvino import OpenVinoEngine, usable_precision

    folder = checkpoint.folder
    found = (
        kept.find(folder, choice.stored)
        or _converted_apart(folder, choice.stored, kept)
        or _converted_here(checkpoint, choice.stored, kept)
    )
    tokenizer = Tokenizer.from_saved(found.tokenizer)
    precision = usable_precision(choice.precision)
    if precision == "auto":
        precision = _proven_precision(folder, found, tokenizer, kept)
    return tokenizer, OpenVinoEngine(found.model, precision, found.weights)


def _converted_apart(folder: Path, stored: str, kept: ConvertedModels) -> ConvertedModel | None:
    """By a child process: a server that never imports torch stays small, after its first start too."""
    from bge_demo.encoder.engines.conversion_child import convert_apart

    return kept.find(folder, stored) if convert_apart(folder, stored, kept.data_dir) else None


def _converted_here(checkpoint: Checkpoint, stored: str, kept: ConvertedModels) -> ConvertedModel:
    """What the child does, here: it tells what is wrong, and serves a folder that cannot be written."""
    from bge_demo.encoder.engines.conversion import convert
    from bge_demo.encoder.engines.converted import ConvertedModel

    folder = checkpoint.folder
    check_layout(folder, checkpoint.name)
    log.info("converting %s for OpenVINO; the next start will not need to", folder.name)
    tokenizer = Tokenizer.from_folder(folder).saved
    found = kept.keep(folder, stored, ConvertedModel(convert(folder, stored), tokenizer))
    free_torch_memory()
    return found


def _proven_precision(
    folder: Path, found: ConvertedModel, tokenizer: Tokenizer, kept: ConvertedModels
) -> str:
    """bf16 where the CPU has it and its errors on this very checkpoint and CPU are small, else fp32.

    int8 is never chosen: on m3-compact it moves similarities by 1.5 points, too far (see precision_errors).
    """
    from bge_demo.encoder.engines.openvino import cpu_name, has_native_bf16

    if not has_native_bf16():
        return "fp32"
    verdict = kept.verdict(folder, cpu_name())
    if verdict is None:
        verdict = small_errors(found, tokenizer, "bf16")
        kept.keep_verdict(folder, cpu_name(), verdict)
    return "bf16" if verdict else "fp32"


def small_errors(found: ConvertedModel, tokenizer: Tokenizer, precision: str) -> bool:
    """Whether `precision` stays close to fp32 on the probe texts, on this CPU; both compiled from `found`."""
    from bge_demo.encoder.engines.openvino import OpenVinoEngine
    from bge_demo.encoder.engines.precision_errors import compare_passes, probe_texts, run_texts

    texts = probe_texts()[::PROOF_STRIDE]
    # One engine at a time: two would hold the weights twice.
    exact = run_texts(OpenVinoEngine(found.model, "fp32"), tokenizer, texts)
    errors = compare_passes(exact, run_texts(OpenVinoEngine(found.model, precision), tokenizer, texts))
    log.info("%s against fp32 on %d texts: %s", precision, len(texts), asdict(errors))
    return errors.are_small


def _has_gpu_driver() -> bool:
    """Whether the machine has NVIDIA's driver library or AMD's device file."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return Path("/dev/kfd").exists()
    return True
