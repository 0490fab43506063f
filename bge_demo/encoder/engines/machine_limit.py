"""What this machine can do at most, measured in an engine's own library and precision. Knows no checkpoint.

A pass of the model is matrix products: as fast as one large product it cannot be, and with few tokens it
cannot be faster than reading its weights once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bge_demo.encoder.contract import ModelInfo
from bge_demo.encoder.engines.telemetry import import_openvino

# A square product large enough that nothing but arithmetic counts.
CPU_WIDTH, GPU_WIDTH = 2048, 8192
# Weights that no cache holds, read once by a product with a single row.
WEIGHTS_BYTES = 128 << 20
RUNS = 5
BYTES_PER_WEIGHT = {"fp32": 4, "bf16": 2, "fp16": 2, "int8": 1}

# Runs one product and waits for its end.
Product = Callable[[], object]


@dataclass(frozen=True)
class MachineLimit:
    """`operations_per_second`: multiplications and additions of a large matrix product.
    `weights_per_second`: weights read from memory, in the engine's precision."""

    operations_per_second: float
    weights_per_second: float

    def best(self, other: MachineLimit) -> MachineLimit:
        """The higher of two measurements: what else runs on a machine only lowers them."""
        return MachineLimit(
            max(self.operations_per_second, other.operations_per_second),
            max(self.weights_per_second, other.weights_per_second),
        )


def measure_limit(info: ModelInfo) -> MachineLimit:
    """The limit for an engine like the one that `info` tells of, best of `RUNS`; takes a second or so."""
    make = _openvino_product if info.engine == "openvino" else _torch_product
    width = CPU_WIDTH if info.device == "cpu" else GPU_WIDTH
    many = WEIGHTS_BYTES // (width * BYTES_PER_WEIGHT[info.precision])
    large = _seconds(make(info, width, width, width))
    reading = _seconds(make(info, 1, width, many))
    return MachineLimit(2.0 * width**3 / large, width * many / reading)


def _seconds(product: Product) -> float:
    product()
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        product()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def _openvino_product(info: ModelInfo, n_rows: int, width: int, n_columns: int) -> Product:
    from bge_demo.encoder.engines.openvino import compile_for_cpu

    openvino = import_openvino()
    ops = openvino.opset13
    left = ops.parameter([n_rows, width], np.float32)
    if info.precision == "int8":
        whole = ops.convert(ops.constant(np.ones((n_columns, width), np.int8)), "f32")
        weights = ops.multiply(whole, ops.constant(np.ones((n_columns, 1), np.float32)))
    else:
        weights = ops.constant(np.ones((n_columns, width), np.float32))
    product = ops.matmul(left, weights, False, True)
    request = compile_for_cpu(openvino.Model([product], [left]), info.precision).create_infer_request()
    rows = np.ones((n_rows, width), np.float32)
    return lambda: request.infer([rows], share_inputs=True, share_outputs=True)


def _torch_product(info: ModelInfo, n_rows: int, width: int, n_columns: int) -> Product:
    import torch

    kind = torch.float16 if info.precision == "fp16" else torch.float32
    left = torch.ones((n_rows, width), dtype=kind, device=info.device)
    weights = torch.ones((n_columns, width), dtype=kind, device=info.device)

    def product() -> None:
        # Copying one number back waits until the device is done.
        torch.nn.functional.linear(left, weights)[0, 0].item()

    return product
