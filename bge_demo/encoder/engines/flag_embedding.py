"""The torch engine: FlagEmbedding loads a checkpoint with its heads, torch runs it on any device."""

from __future__ import annotations

import gc
import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.engines import HeadOutputs, TokenIds, telling_out_of_memory
from bge_demo.errors import SettingsError

# torch.OutOfMemoryError of CUDA, and the RuntimeErrors of Apple's GPU and of any CPU.
OUT_OF_MEMORY_SIGNS = ("CUDA out of memory", "MPS backend out of memory", "DefaultCPUAllocator")


class FlagEmbeddingEngine:
    """A checkpoint in BGE-M3 layout, loaded by `FlagEmbedding.BGEM3FlagModel`.

    Only the loaded module is used: FlagEmbedding's own `encode` runs its first batch twice.
    """

    name = "torch"

    def __init__(self, folder: Path, device: str, precision: str = "auto") -> None:
        """`device` cpu, cuda or mps; `precision` auto, fp32 or fp16, which only CUDA is given (see `choice`).

        Raises SettingsError when the machine has no such device.
        """
        _check_device(device)
        self.device = device
        self.precision = ("fp16" if device == "cuda" else "fp32") if precision == "auto" else precision
        self._model = load_module(folder, self.device, half=self.precision == "fp16")
        self.dim = int(self._model.config.hidden_size)

    def forward(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> HeadOutputs:
        """(n_texts, n_positions), (n_texts, n_positions) -> the heads' outputs in float32.

        Raises OutOfMemoryError when the batch does not fit.
        """
        with telling_out_of_memory(OUT_OF_MEMORY_SIGNS):
            outputs = self._run(token_ids, attention_mask, colbert)
            return HeadOutputs(
                dense=_to_float32(outputs["dense_vecs"]),
                token_weights=_to_float32(outputs["sparse_vecs"].squeeze(-1)),
                colbert=_to_float32(outputs["colbert_vecs"]) if colbert else None,
            )

    def _run(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> Any:
        import torch

        inputs = {
            "input_ids": torch.from_numpy(token_ids).to(self.device),
            "attention_mask": torch.from_numpy(attention_mask).to(self.device),
        }
        with torch.inference_mode():
            return self._model(inputs, return_dense=True, return_sparse=True, return_colbert_vecs=colbert)


def load_module(folder: Path, device: str, half: bool) -> Any:
    """FlagEmbedding's torch module of a checkpoint with its heads, on the device, in float16 if `half`."""
    # Takes seconds and pulls in half the ecosystem: imported by the thread that loads.
    from FlagEmbedding import BGEM3FlagModel
    from transformers.utils.logging import disable_progress_bar

    logging.getLogger("FlagEmbedding").setLevel(logging.WARNING)
    disable_progress_bar()
    module = BGEM3FlagModel(str(folder), use_fp16=half, devices=device).model
    # FlagEmbedding's wrapper moves the module to the CPU when it is dropped: now, not after the move below.
    gc.collect()
    return module.to(device).eval()


def _to_float32(tensor: object) -> FloatArray:
    array: NDArray[np.float32] = tensor.float().cpu().numpy()  # type: ignore[attr-defined]
    return array


def _check_device(device: str) -> None:
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if not there[device]:
        raise SettingsError("settings.device_missing", device=device)
