"""A checkpoint's files to an OpenVINO graph with all three heads inside. Keeps no file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bge_demo.checkpoints.architecture import read_architecture
from bge_demo.checkpoints.layout import HEADS, load_torch_file, plain_name, weights_file
from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.engines.graph import build_graph
from bge_demo.encoder.engines.telemetry import import_openvino

if TYPE_CHECKING:
    import openvino
    import torch

# Raise it with every change of the graph: kept models of older versions are then made anew.
CONVERSION_VERSION = 2
INT8_LARGEST = 127


def convert(folder: Path, stored: str) -> openvino.Model:
    """The graph of a checkpoint whose layout was checked, weights `stored` as fp32 or int8.

    Inputs and outputs are `graph.build_graph`'s. The fp32 graph shares the memory of what was read, which is
    mapped from the files where these hold float32.
    """
    model = build_graph(read_architecture(folder, folder.name), _read_weights(folder))
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


def _read_weights(folder: Path) -> Mapping[str, FloatArray]:
    """All weights in float32, the transformer's and the heads', by the names that the graph knows."""
    weights = {plain_name(name): tensor for name, tensor in _load(weights_file(folder)).items()}
    for file in HEADS:
        head = file.removesuffix(".pt")
        weights |= {f"{head}.{name}": tensor for name, tensor in _load(folder / file).items()}
    return {name: tensor.float().contiguous().numpy() for name, tensor in weights.items()}


def _load(path: Path) -> Mapping[str, torch.Tensor]:
    """A file's tensors, mapped where its format can be."""
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    return load_torch_file(path)
