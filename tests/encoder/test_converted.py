"""The folder of converted models against all that can happen to it, and starts from it. Real OpenVINO."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoint_factory import WEIGHTS_FILE, write_random_checkpoint

from bge_demo.encoder.engines.converted import ConvertedModels, is_whole, key
from bge_demo.encoder.text_encoder import load_encoder

SHORT = ["I like reading.", "我喜欢看书"]
TORCH_TOLERANCE = 1e-5


# The report leaves from a forked child, so calls are recorded in a file that all processes share.
_RECORDER = """
import json, socket, sys, time
def refuse(*call):
    with open(sys.argv[1], "a") as record:
        record.write(repr(call) + chr(10))
    raise OSError("no network")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""
_START = """
from bge_demo import load_encoder
encoder = load_encoder(sys.argv[2], engine="openvino", precision="fp32", data_dir=sys.argv[3])
dense = encoder.encode(sys.argv[4:]).dense.tolist()
tokens = [text.ids for text in encoder.tokenize(sys.argv[4:])]
time.sleep(1)
modules = sorted(name for name, module in sys.modules.items() if module)
print(json.dumps({"modules": modules, "dense": dense, "tokens": tokens}))
"""
_UNGUARDED = "import openvino; time.sleep(1); print('{}')"
# What makes OpenVINO's telemetry keep still by itself.
_CI_MARKS = {"CI", "TF_BUILD", "JENKINS_URL"}


@pytest.fixture(scope="module")
def converted(random_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the random checkpoint's converted model."""
    data_dir = tmp_path_factory.mktemp("converted")
    load_encoder(str(random_checkpoint), engine="openvino", precision="fp32", data_dir=data_dir)
    return data_dir


@pytest.fixture
def kept(converted: Path, tmp_path: Path) -> Path:
    """The folder of that model, in a data folder of the test's own."""
    shutil.copytree(converted, tmp_path, dirs_exist_ok=True)
    (folder,) = (tmp_path / "openvino").iterdir()
    return folder


def _python(program: str, record: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name not in _CI_MARKS}
    return subprocess.Popen(
        [sys.executable, "-c", _RECORDER + program, str(record), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=environment | {"HOME": str(record.parent)},
    )


def _result(process: subprocess.Popen[str]) -> dict[str, list[object]]:
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return dict(json.loads(printed.splitlines()[-1]))


@pytest.mark.skipif(sys.platform != "linux", reason="only a forked child inherits the recorder")
def test_openvino_left_alone_would_call_home(tmp_path: Path) -> None:
    _result(_python(_UNGUARDED, tmp_path / "calls"))
    assert (tmp_path / "intel").is_dir()
    assert "google-analytics" in (tmp_path / "calls").read_text()


def test_no_start_needs_torch_in_the_server_and_no_call_home(random_checkpoint: Path, tmp_path: Path) -> None:
    arguments = (str(random_checkpoint), str(tmp_path / "data"), *SHORT)
    first, second = (_result(_python(_START, tmp_path / "calls", *arguments)) for _ in range(2))
    heavy = {"torch", "transformers", "FlagEmbedding", "openvino_telemetry"}
    assert heavy.isdisjoint(first["modules"])
    assert heavy.isdisjoint(second["modules"])
    assert ConvertedModels(tmp_path / "data").find(random_checkpoint, "fp32")
    assert not (tmp_path / "calls").exists()
    assert first["tokens"] == second["tokens"]
    np.testing.assert_array_equal(first["dense"], second["dense"])
    assert not (tmp_path / "intel").exists()


def _flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("model.bin", "cut"),
        ("model.bin", "flip"),
        ("model.xml", "flip"),
        ("tokenizer.json", "flip"),
        ("manifest.json", "flip"),
        ("manifest.json", "cut"),
        ("model.bin", "remove"),
    ],
)
def test_damage_is_found_and_goes(kept: Path, random_checkpoint: Path, name: str, damage: str) -> None:
    whole, path = (kept / name).read_bytes(), kept / name
    if damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "flip":
        _flip(path, len(whole) // 2)
    else:
        path.unlink()
    assert not is_whole(kept)
    assert ConvertedModels(kept.parent.parent).find(random_checkpoint, "fp32") is None
    assert not kept.exists()


def test_a_damaged_model_is_made_anew(kept: Path, random_checkpoint: Path) -> None:
    _flip(kept / "model.bin", 1000)
    data_dir = kept.parent.parent
    encoder = load_encoder(str(random_checkpoint), engine="openvino", precision="fp32", data_dir=data_dir)
    exact = load_encoder(str(random_checkpoint), engine="torch", device="cpu").encode(SHORT)
    np.testing.assert_allclose(encoder.encode(SHORT).dense, exact.dense, atol=TORCH_TOLERANCE)
    assert is_whole(kept)
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_another_checkpoint_has_another_key(random_checkpoint: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(random_checkpoint, copy)
    same = key(copy, "fp32")
    assert same == key(random_checkpoint, "fp32")
    assert same != key(copy, "int8")
    for name in ("sparse_linear.pt", "tokenizer.json", "pytorch_model.bin"):
        before = key(copy, "fp32")
        times = (copy / name).stat()
        _flip(copy / name, 20)
        # The weights' change shows even with their old time of change.
        os.utime(copy / name, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert key(copy, "fp32") != before


def test_new_weights_are_converted_anew(random_checkpoint: Path, tmp_path: Path) -> None:
    folder, data_dir = tmp_path / "model", tmp_path / "data"
    shutil.copytree(random_checkpoint, folder)
    old = (
        load_encoder(str(folder), engine="openvino", precision="fp32", data_dir=data_dir).encode(SHORT).dense
    )
    shutil.rmtree(folder)
    write_random_checkpoint(folder, seed=8)
    new = (
        load_encoder(str(folder), engine="openvino", precision="fp32", data_dir=data_dir).encode(SHORT).dense
    )
    exact = load_encoder(str(folder), engine="torch", device="cpu").encode(SHORT).dense
    assert np.abs(old - new).max() > 0.01
    np.testing.assert_allclose(new, exact, atol=TORCH_TOLERANCE)


def test_weights_in_any_order_and_width_are_read(random_checkpoint: Path, tmp_path: Path) -> None:
    """Column by column, as a transposed matrix is saved, and in float16."""
    folder = Path(shutil.copytree(random_checkpoint, tmp_path / "model"))
    state = torch.load(folder / WEIGHTS_FILE, weights_only=True)
    name = "encoder.layer.0.attention.self.query.weight"
    state[name] = state[name].T.contiguous().T
    state["encoder.layer.1.output.dense.weight"] = state["encoder.layer.1.output.dense.weight"].half()
    torch.save(state, folder / WEIGHTS_FILE)
    assert not torch.load(folder / WEIGHTS_FILE, weights_only=True)[name].is_contiguous()
    made = load_encoder(str(folder), engine="openvino", precision="fp32", data_dir=tmp_path / "data")
    exact = load_encoder(str(folder), engine="torch", device="cpu").encode(SHORT).dense
    np.testing.assert_allclose(made.encode(SHORT).dense, exact, atol=TORCH_TOLERANCE)


def test_concurrent_starts_leave_one_whole_model(random_checkpoint: Path, tmp_path: Path) -> None:
    arguments = (str(random_checkpoint), str(tmp_path), *SHORT)
    starts = [_python(_START, tmp_path / "calls", *arguments) for _ in range(2)]
    results = [_result(start) for start in starts]
    np.testing.assert_array_equal(results[0]["dense"], results[1]["dense"])
    (folder,) = (tmp_path / "openvino").iterdir()
    assert is_whole(folder)


def test_threads_that_publish_at_once_keep_one(kept: Path, random_checkpoint: Path, tmp_path: Path) -> None:
    source = ConvertedModels(kept.parent.parent).find(random_checkpoint, "fp32")
    assert source is not None
    models = ConvertedModels(tmp_path / "other")
    threads = [
        threading.Thread(target=models.keep, args=(random_checkpoint, "fp32", source)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (folder,) = (tmp_path / "other" / "openvino").iterdir()
    assert is_whole(folder)


def test_a_folder_that_cannot_be_written_still_serves(
    random_checkpoint: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    encoder = load_encoder(str(random_checkpoint), engine="openvino", data_dir=tmp_path / "data")
    assert encoder.encode(SHORT).dense is not None
    assert "cannot be kept" in caplog.text


def test_only_the_last_models_are_kept(kept: Path, random_checkpoint: Path) -> None:
    models = ConvertedModels(kept.parent.parent)
    source = models.find(random_checkpoint, "fp32")
    assert source is not None
    for number in range(6):
        old = kept.parent / f"{number:032x}"
        old.mkdir()
        os.utime(old, (number, number))
    abandoned = kept.parent / ".building-x"
    abandoned.mkdir()
    os.utime(abandoned, (1, 1))
    models.keep(random_checkpoint, "int8", source)
    left = {path.name for path in kept.parent.iterdir()}
    assert left == {key(random_checkpoint, "int8"), kept.name, f"{5:032x}", f"{4:032x}"}
