"""Which engine, device and precision are taken, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bge_demo.encoder.engines import openvino as openvino_engine
from bge_demo.encoder.engines.choice import choose
from bge_demo.encoder.engines.converted import ConvertedModels
from bge_demo.encoder.text_encoder import load_encoder
from bge_demo.errors import SettingsError


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


def test_bf16_is_refused_gracefully_where_absent(
    random_checkpoint: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(openvino_engine, "has_native_bf16", lambda: False)
    encoder = load_encoder(str(random_checkpoint), engine="openvino", precision="bf16", data_dir=data_dir)
    assert encoder.info.precision == "fp32"
    assert "no native bf16" in caplog.text


def test_auto_takes_bf16_only_when_it_was_seen_to_be_close(
    random_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_engine, "has_native_bf16", lambda: True)

    def precision() -> str:
        return load_encoder(str(random_checkpoint), engine="openvino", data_dir=tmp_path).info.precision

    # Without bf16 in the CPU the two runs are equal, which is close.
    measured = precision()
    models = ConvertedModels(tmp_path)
    assert models.verdict(random_checkpoint, openvino_engine.cpu_name()) is (measured == "bf16")
    assert models.verdict(random_checkpoint, "another CPU") is None
    models.keep_verdict(random_checkpoint, openvino_engine.cpu_name(), False)
    assert precision() == "fp32"


@pytest.mark.parametrize(
    ("engine", "device", "precision", "sentence"),
    [
        ("openvino", "cuda", "auto", "OpenVINO runs on a CPU only"),
        ("openvino", "mps", "auto", "OpenVINO runs on a CPU only"),
        ("torch", "cpu", "int8", "int8 is offered by OpenVINO"),
        ("auto", "cuda", "bf16", "bf16 is offered by OpenVINO"),
        ("auto", "cpu", "fp16", "fp16 needs a CUDA device"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    engine: str, device: str, precision: str, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        choose(engine, device, precision)


def test_each_device_has_its_engine() -> None:
    assert choose("auto", "cpu", "auto").engine == "openvino"
    assert choose("auto", "cuda", "auto").engine == "torch"
    assert choose("auto", "mps", "auto").engine == "torch"
    assert choose("torch", "cpu", "auto").engine == "torch"
    assert choose("openvino", "auto", "int8").stored == "int8"
