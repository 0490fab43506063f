"""How far bf16 and int8 move the heads from fp32 on this CPU: python -m tools.measure_precision [FOLDER]"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from bge_demo.encoder.engines.conversion import convert
from bge_demo.encoder.engines.openvino import OpenVinoEngine, has_native_bf16
from bge_demo.encoder.engines.precision_errors import compare_passes, probe_texts, run_texts
from bge_demo.settings import ASSETS
from bge_demo.text.tokens import Tokenizer


def main(folder: Path) -> None:
    """Measure bf16 (where native) and int8 against fp32 on a checkpoint and write JSON lines to stdout."""
    tokenizer, texts = Tokenizer.from_folder(folder), probe_texts()
    exact_model = convert(folder, "fp32")
    exact = run_texts(OpenVinoEngine(exact_model, "fp32"), tokenizer, texts)
    candidates = {"int8": convert(folder, "int8")}
    if has_native_bf16():
        candidates["bf16"] = exact_model
    for precision, model in candidates.items():
        errors = compare_passes(exact, run_texts(OpenVinoEngine(model, precision), tokenizer, texts))
        row = {"precision": precision, "small": errors.are_small} | asdict(errors)
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ASSETS / "m3-compact")
