"""How far bf16, int8 and 4-bit weights move the heads from fp32 on this CPU.

    python -m tools.measure_precision [FOLDER]

The demo offers no 4-bit weights: this is where that was found out.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.engines.conversion import convert
from bge_demo.encoder.engines.openvino import OpenVinoEngine, has_native_bf16
from bge_demo.encoder.engines.precision_errors import compare_passes, probe_texts, run_texts
from bge_demo.encoder.engines.telemetry import import_openvino
from bge_demo.settings import ASSETS
from bge_demo.text.tokens import Tokenizer

if TYPE_CHECKING:
    import openvino

# Weights that share a scale and a zero.
GROUP = 64


def round_to_four_bits(model: openvino.Model) -> openvino.Model:
    """Every weight matrix of a linear layer as 4 bits with a scale and a zero for each group would have it,
    in place. The numbers are float32 again: they show the errors, not the speed."""
    ops = import_openvino().opset13
    for node in model.get_ordered_ops():
        weight = node.input_value(1).get_node() if node.get_type_name() == "MatMul" else node
        if weight.get_type_name() == "Constant" and len(weight.shape) == 2 and weight is not node:
            node.input(1).replace_source_output(ops.constant(rounded(weight.data)).output(0))
    return model


def rounded(weights: FloatArray) -> FloatArray:
    """(n_rows, n_columns) -> the nearest of 16 values for each, evenly spaced over its group and 0."""
    groups = weights.reshape(len(weights), -1, GROUP)
    lowest = np.minimum(groups.min(axis=-1, keepdims=True), 0)
    highest = np.maximum(groups.max(axis=-1, keepdims=True), 0)
    step = np.maximum((highest - lowest) / 15, np.finfo(np.float32).tiny)
    zero = np.rint(-lowest / step)
    units = np.clip(np.rint(groups / step) + zero, 0, 15)
    return np.asarray((units - zero) * step, np.float32).reshape(weights.shape)


def main(folder: Path) -> None:
    """Measure each against fp32 on a checkpoint and write JSON lines to stdout; bf16 where it is native."""
    tokenizer, texts = Tokenizer.from_folder(folder), probe_texts()
    exact_model = convert(folder, "fp32")
    exact = run_texts(OpenVinoEngine(exact_model, "fp32"), tokenizer, texts)
    four_bits = round_to_four_bits(convert(folder, "fp32"))
    candidates = {"int8": convert(folder, "int8"), "4-bit weights": four_bits}
    if has_native_bf16():
        candidates["bf16"] = exact_model
    for precision, model in candidates.items():
        engine = OpenVinoEngine(model, "fp32" if model is four_bits else precision)
        errors = compare_passes(exact, run_texts(engine, tokenizer, texts))
        row = {"precision": precision, "small": errors.are_small} | asdict(errors)
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ASSETS / "m3-compact")
