"""A checkpoint's torch module to an OpenVINO graph with all three heads inside. Keeps no file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.engines.flag_embedding import load_module
from bge_demo.encoder.engines.telemetry import import_openvino

if TYPE_CHECKING:
    import openvino
    import torch

INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("dense", "token_weights", "colbert")
# Raise it with every change of the graph: kept models of older versions are then made anew.
CONVERSION_VERSION = 1
INT8_LARGEST = 127


def convert(folder: Path, stored: str) -> openvino.Model:
    """The graph of a checkpoint in BGE-M3 layout, weights `stored` as fp32 or int8.

    `input_ids`, `attention_mask` (n_texts, n_positions) int64 -> the arrays of `HeadOutputs` in float32. The
    fp32 graph shares the module's memory; it is free again when both are dropped.
    """
    module = load_module(folder, "cpu", half=False)
    with _quiet():
        model = _trace(_with_heads(module))
    if stored == "int8":
        compress_to_int8(model)
    return model


def compress_to_int8(model: openvino.Model) -> None:
    """Every weight matrix of a linear layer becomes int8 with one float32 scale per output, in place.

    The embedding tables stay float32: they are looked up, not multiplied, so int8 would only cost accuracy.
    """
    ops = import_openvino().opset13
    for node in model.get_ordered_ops():
        if node.get_type_name() != "MatMul":
            continue
        weight = node.input_value(1).get_node()
        if weight.get_type_name() != "Constant" or len(weight.shape) != 2:
            continue
        # Rows must be outputs; the PyTorch frontend hands every nn.Linear over that way.
        assert node.get_attributes()["transpose_b"]
        rounded, scales = quantise_rows(weight.data)
        floats = ops.convert(ops.constant(rounded), "f32")
        node.input(1).replace_source_output(ops.multiply(floats, ops.constant(scales)).output(0))


def quantise_rows(weights: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """(n_rows, n_columns) -> int8 of the same shape and scales (n_rows, 1): `rounded * scales` ~ `weights`.

    `[[1.0, -2.0]]` -> `[[64, -127]]`, `[[0.01575]]`.
    """
    scales = np.abs(weights).max(axis=1, keepdims=True).astype(np.float32) / INT8_LARGEST
    # A row of zeros has no scale of its own; any will do.
    scales[scales == 0] = 1.0
    return np.rint(weights / scales).astype(np.int8), scales


def _with_heads(module: Any) -> torch.nn.Module:
    """FlagEmbedding's module with its heads as one traceable forward pass."""
    import torch
    from torch.nn.functional import normalize

    class Heads(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = module.model
            self.colbert_linear = module.colbert_linear
            self.sparse_linear = module.sparse_linear

        def forward(
            self, input_ids: torch.Tensor, attention_mask: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            present = attention_mask.to(torch.float32)
            # One mask row per text: transformers would spread it over all pairs of positions, 268 MB at
            # 8192 tokens.
            mask = (1.0 - present[:, None, None, :]) * torch.finfo(torch.float32).min
            hidden = self.backbone(input_ids=input_ids, attention_mask=mask).last_hidden_state
            rows = self.colbert_linear(hidden[:, 1:]) * present[:, 1:, None]
            weights = torch.relu(self.sparse_linear(hidden)).squeeze(-1)
            return normalize(hidden[:, 0], dim=-1), weights, normalize(rows, dim=-1)

    return Heads().float().eval()


def _trace(module: torch.nn.Module) -> openvino.Model:
    import torch

    openvino = import_openvino()
    # Two texts of unlike length: a dimension of 1 could be taken for a constant.
    ids = torch.tensor([[0, 9, 8, 7, 2], [0, 9, 2, 1, 1]])
    example = {"input_ids": ids, "attention_mask": (ids != 1).long()}
    shape = openvino.PartialShape([-1, -1])
    with torch.no_grad():
        model = openvino.convert_model(
            module, example_input=example, input=[(name, shape, openvino.Type.i64) for name in INPUTS]
        )
    for port, name in zip([*model.inputs, *model.outputs], [*INPUTS, *OUTPUTS], strict=True):
        port.get_tensor().set_names({name})
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Tracing reads every attribute of the module, and some of them warn."""
    log = logging.getLogger("transformers.modeling_utils")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
