"""Real engines that run out of memory, each in a process of its own: they say so and stay usable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bge_demo.encoder.engines import OutOfMemoryError, telling_out_of_memory

# The short pass before and after has one shape: OpenVINO left alone would fail it from then on.
_STARVE = """
import json, resource, sys
import numpy as np
from bge_demo.encoder.text_encoder import load_encoder
from bge_demo.encoder.engines import OutOfMemoryError

def run(n_texts, n_positions):
    ids = np.full((n_texts, n_positions), 9)
    return engine.forward(ids, np.ones_like(ids), True).dense[0].tolist()

name, data_dir, shape = sys.argv[1:]
engine = load_encoder("m3-compact", engine=name, device="cpu", precision="fp32", data_dir=data_dir)._engine
result = {"before": run(1, 16)}
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (30 << 20), -1))
try:
    run(*json.loads(shape))
except OutOfMemoryError as error:
    result["told"] = str(error)
result["after"] = run(1, 16)
print(json.dumps(result))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its address space")
@pytest.mark.parametrize("shape", [(64, 512), (1, 8192)], ids=["many texts", "one long text"])
@pytest.mark.parametrize("engine", ["openvino", "torch"])
def test_an_engine_tells_out_of_memory_and_then_runs_as_before(engine: str, shape: tuple[int, int]) -> None:
    arguments = [engine, os.environ["BGE_DEMO_DATA_DIR"], json.dumps(shape)]
    process = subprocess.run(
        [sys.executable, "-c", _STARVE, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    result = json.loads(process.stdout.splitlines()[-1])
    assert "alloc" in result["told"].lower()
    np.testing.assert_allclose(result["after"], result["before"], atol=1e-6)


def test_only_the_signs_of_want_are_taken_for_it() -> None:
    with (
        pytest.raises(OutOfMemoryError, match="CUDA out of memory"),
        telling_out_of_memory(["out of memory"]),
    ):
        raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
    with pytest.raises(OutOfMemoryError), telling_out_of_memory([]):
        raise MemoryError
    with pytest.raises(RuntimeError, match="mismatch"), telling_out_of_memory(["out of memory"]):
        raise RuntimeError("shape mismatch")
