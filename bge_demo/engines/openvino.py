"""The CPU engine: runs a converted graph with OpenVINO. Neither converts nor keeps one; needs no torch."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from bge_demo.embeddings import FloatArray
from bge_demo.engines import HeadOutputs, TokenIds
from bge_demo.engines.telemetry import import_openvino

if TYPE_CHECKING:
    import openvino

log = logging.getLogger(__name__)

# Activations are rounded to int8 in groups of this many; one scale for a whole row is known to break BGE-M3.
QUANTISATION_GROUP = 64


class OpenVinoEngine:
    """A graph with the inputs and outputs of `conversion.convert`, compiled for this CPU."""

    name = "openvino"
    device = "cpu"

    def __init__(self, model: openvino.Model, precision: str) -> None:
        """`precision` fp32, bf16 or int8; int8 expects a graph with int8 weights. Takes seconds at full
        size."""
        self.precision = precision
        compiled = import_openvino().Core().compile_model(model, "CPU", _properties(precision))
        self._request = compiled.create_infer_request()
        self.dim = int(compiled.output("dense").partial_shape[1].get_length())

    def warm_up(self) -> None:
        """One short pass: OpenVINO packs part of the weights only then."""
        ids = np.ones((1, 3), np.int64)
        self.forward(ids, ids, colbert=True)

    def forward(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> HeadOutputs:
        """(n_texts, n_positions), (n_texts, n_positions) -> the heads' outputs in float32.

        The ColBERT head always runs, one layer beside dozens: only its copy is saved when not asked for.
        """
        self._request.infer({"input_ids": token_ids, "attention_mask": attention_mask}, share_inputs=True)
        return HeadOutputs(
            dense=self._output("dense"),
            token_weights=self._output("token_weights"),
            colbert=self._output("colbert") if colbert else None,
        )

    def _output(self, name: str) -> FloatArray:
        # The request writes its next results over this memory.
        return np.array(self._request.get_tensor(name).data, np.float32, order="C")


def has_native_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 itself; elsewhere OpenVINO would only imitate it, slowly."""
    return "BF16" in import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def cpu_name() -> str:
    """The CPU as OpenVINO names it."""
    return str(import_openvino().Core().get_property("CPU", "FULL_DEVICE_NAME"))


def usable_precision(wanted: str) -> str:
    """`wanted`, or fp32 with a line in the log when this CPU has no bf16."""
    if wanted == "bf16" and not has_native_bf16():
        log.warning("This CPU has no native bf16: running in fp32.")
        return "fp32"
    return wanted


def _properties(precision: str) -> dict[str, str | int]:
    # Left alone, OpenVINO takes bf16 wherever the CPU has it.
    hint = "bf16" if precision == "bf16" else "f32"
    properties: dict[str, str | int] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": hint}
    properties["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = QUANTISATION_GROUP if precision == "int8" else 0
    return properties
