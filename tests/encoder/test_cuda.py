"""The torch engine on an NVIDIA GPU, held against the same engine on the CPU. Skipped where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from checkpoint_factory import write_random_checkpoint
from fakes import AWKWARD_TEXTS

from bge_demo.encoder.contract import need_colbert, need_dense, need_sparse
from bge_demo.encoder.engines.choice import accelerator
from bge_demo.encoder.engines.machine_limit import measure_limit
from bge_demo.encoder.text_encoder import TextEncoder, load_encoder

pytestmark = pytest.mark.skipif(accelerator() != "cuda", reason="no NVIDIA GPU")
# Sums in another order; and the GPU's products of float32 keep fewer digits where it is allowed to.
TOLERANCE = {"fp32": 1e-4, "fp16": 2e-2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_checkpoint(tmp_path_factory.mktemp("cuda") / "random-m3")


@pytest.fixture(scope="module")
def on_cpu(folder: Path) -> TextEncoder:
    return load_encoder(str(folder), "fp32", "torch", "cpu")


def test_auto_takes_the_gpu_in_half_precision(folder: Path) -> None:
    info = load_encoder(str(folder)).info
    assert (info.engine, info.device, info.precision) == ("torch", "cuda", "fp16")


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_all_heads_are_those_of_the_cpu(folder: Path, on_cpu: TextEncoder, precision: str) -> None:
    texts = list(AWKWARD_TEXTS)
    found = load_encoder(str(folder), precision, "torch", "cuda").encode(texts)
    wanted = on_cpu.encode(texts)
    tolerance = TOLERANCE[precision]
    np.testing.assert_allclose(need_dense(found), need_dense(wanted), rtol=0, atol=tolerance)
    for i, text in enumerate(texts):
        rows, exact = need_colbert(found)[i], need_colbert(wanted)[i]
        np.testing.assert_allclose(rows, exact, rtol=0, atol=tolerance, err_msg=ascii(text))
        weights, exact_weights = need_sparse(found)[i], need_sparse(wanted)[i]
        for token_id in weights.keys() | exact_weights.keys():
            difference = weights.get(token_id, 0.0) - exact_weights.get(token_id, 0.0)
            assert abs(difference) < tolerance * max(1.0, exact_weights.get(token_id, 0.0))


def test_a_batch_too_large_for_the_gpu_is_cut_into_smaller_ones(folder: Path, on_cpu: TextEncoder) -> None:
    import torch

    encoder = load_encoder(str(folder), "fp32", "torch", "cuda")
    encoder = TextEncoder(encoder.checkpoint, encoder._tokenizer, encoder._engine, batch_tokens=64 * 512)
    texts = [f"text {number} " + "word " * 480 for number in range(64)]
    encoder.encode(["warm"])
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    # Room for a few of these texts at once, not for all.
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + (96 << 20)) / total)
    try:
        found = encoder.encode(texts, colbert=False)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    wanted = on_cpu.encode(texts[:4], colbert=False)
    np.testing.assert_allclose(need_dense(found)[:4], need_dense(wanted), rtol=0, atol=TOLERANCE["fp32"])


def test_the_gpu_s_limit_is_measured(folder: Path) -> None:
    limit = measure_limit(load_encoder(str(folder)).info)
    assert limit.operations_per_second > 1e12
    assert limit.weights_per_second > 1e10
