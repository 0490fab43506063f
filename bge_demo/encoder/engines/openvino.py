"""The CPU engine: runs a converted graph with OpenVINO. Neither converts nor keeps one; needs no torch."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.engines import (
    SHORT_POSITIONS,
    HeadOutputs,
    OutOfMemoryError,
    TokenIds,
    telling_out_of_memory,
)
from bge_demo.encoder.engines.memory import releasing_pages
from bge_demo.encoder.engines.telemetry import import_openvino

if TYPE_CHECKING:
    import openvino

log = logging.getLogger(__name__)

# Activations are rounded to int8 in groups of this many; one scale for a whole row is known to break BGE-M3.
QUANTISATION_GROUP = 64
# How its RuntimeErrors tell that memory ran out: two places of its own, two compilers' libraries.
OUT_OF_MEMORY_SIGNS = ("can't alloc", "Failed to allocate", "std::bad_alloc", "bad allocation")


class OpenVinoEngine:
    """A graph with the inputs and outputs of `conversion.convert`, compiled for this CPU.

    Passes over long texts run on a compiled graph of their own, made for the first of them, so that they and
    short ones share the cores: 8192 tokens take seconds to minutes.
    """

    name = "openvino"
    device = "cpu"

    def __init__(self, model: openvino.Model, precision: str, weights: Path | None = None) -> None:
        """`precision` fp32, bf16 or int8; int8 expects a graph with int8 weights. `weights` is the file the
        graph's are mapped from. Takes seconds at full size."""
        self.precision = precision
        self._model = model
        self._weights = weights
        self._short = self._compile()
        self._long: _CompiledGraph | None = None
        self.dim = self._short.dim

    def forward(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> HeadOutputs:
        """(n_texts, n_positions), (n_texts, n_positions) -> the heads' outputs in float32.

        The ColBERT head always runs, one layer beside dozens: only its copy is saved when not asked for.
        Raises OutOfMemoryError when the batch does not fit.
        """
        with telling_out_of_memory(OUT_OF_MEMORY_SIGNS):
            graph = self._graph(n_positions=token_ids.shape[1])
        return graph.run(token_ids, attention_mask, colbert)

    def _graph(self, n_positions: int) -> _CompiledGraph:
        if n_positions <= SHORT_POSITIONS:
            return self._short
        if self._long is None:
            self._long = self._compile()
        return self._long

    def _compile(self) -> _CompiledGraph:
        with releasing_pages(self._weights):
            return _CompiledGraph(compile_for_cpu(self._model, self.precision))


class _CompiledGraph:
    """One compiled graph and its request: one pass at a time."""

    def __init__(self, compiled: openvino.CompiledModel) -> None:
        self._compiled = compiled
        self._request = compiled.create_infer_request()
        self._last_shape: tuple[int, ...] = ()
        self.dim = int(compiled.output("dense").partial_shape[1].get_length())
        # OpenVINO packs part of the weights only with the first pass.
        self._run_tiny(n_positions=3)

    def run(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> HeadOutputs:
        """One pass; the request can be used again after an OutOfMemoryError."""
        try:
            with telling_out_of_memory(OUT_OF_MEMORY_SIGNS):
                self._infer(token_ids, attention_mask)
                return HeadOutputs(
                    dense=self._output("dense"),
                    token_weights=self._output("token_weights"),
                    colbert=self._output("colbert") if colbert else None,
                )
        except OutOfMemoryError:
            self._recover()
            raise

    def _recover(self) -> None:
        """Make the graph usable after a failed allocation, and free what it had reserved.

        OpenVINO 2026.4 then takes the shapes of the last good pass for still set: passes of that shape would
        fail for good, until one of another shape has run.
        """
        self._compiled.release_memory()
        self._run_tiny(n_positions=4 if self._last_shape == (1, 3) else 3)

    def _infer(self, token_ids: TokenIds, attention_mask: TokenIds) -> None:
        self._request.infer({"input_ids": token_ids, "attention_mask": attention_mask}, share_inputs=True)
        self._last_shape = token_ids.shape

    def _run_tiny(self, n_positions: int) -> None:
        ids = np.ones((1, n_positions), np.int64)
        self._infer(ids, ids)

    def _output(self, name: str) -> FloatArray:
        # The request writes its next results over this memory.
        return np.array(self._request.get_tensor(name).data, np.float32, order="C")


def compile_for_cpu(model: openvino.Model, precision: str) -> openvino.CompiledModel:
    """The graph as this engine runs it: one request at a time, on all cores."""
    return import_openvino().Core().compile_model(model, "CPU", _properties(precision))


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
