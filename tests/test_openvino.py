"""The OpenVINO engine against the torch engine, and the folder of converted models against all that can
happen to it. Real OpenVINO throughout."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from bge_demo.checkpoints import ASSETS
from bge_demo.encoder import TextEncoder, load_encoder
from bge_demo.engines import openvino as openvino_engine
from bge_demo.engines.choice import choose
from bge_demo.engines.conversion import quantise_rows
from bge_demo.engines.converted import ConvertedModels, is_whole, key
from bge_demo.engines.precision_errors import compare_passes, probe_texts, run_texts
from bge_demo.errors import SettingsError

COMPACT = ASSETS / "m3-compact"
AWKWARD = [
    *("", " ", "\n\t", "a", ".", "…", "0", "▁", "<s>", "</s>", "<pad>", "<unk>", "<mask>"),
    *("😀", "👨‍👩‍👧‍👦", "🇩🇪🇫🇷", "\u200b", "\u202eabc", "\x00", "\ufeff", "\ud800", "e\u0301", "ﬁ", "İ"),
    *("我喜欢看书", "阅读使我快乐", "読書が好きです", "책을 좋아해요", "أحب القراءة", "ฉันชอบอ่านหนังสือ"),
    *(
        "Я люблю читать",
        "Ich lese gern",
        "¿Te gusta leer?",
        "naïve façade",
        "I like reading.",
        "reading " * 90,
    ),
    *("AI正在改变world", "https://example.org/a?b=c&d=e#f", "3.14159 × 10⁻²³", "SELECT * FROM t;", "ㄅㄆㄇ"),
    *("کتاب می‌خوانم", "गाय दूध देती है", "the " * 250, "量子力学的基本原理" * 20, "=1+1", "\u0301\u0301"),
]
TORCH_TOLERANCE = 1e-5
SHORT = ["I like reading.", "我喜欢看书"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module", params=["m3-compact", "random"])
def pair(
    request: pytest.FixtureRequest, random_checkpoint: Path, data_dir: Path
) -> tuple[TextEncoder, TextEncoder]:
    """The same checkpoint through OpenVINO and through torch."""
    model = str(random_checkpoint) if request.param == "random" else "m3-compact"
    return (
        load_encoder(model, engine="openvino", precision="fp32", data_dir=data_dir),
        load_encoder(model, engine="torch", device="cpu", precision="fp32"),
    )


@pytest.fixture
def kept(random_checkpoint: Path, tmp_path: Path) -> Path:
    """The folder of the random checkpoint's converted model, in a data folder of its own."""
    load_encoder(str(random_checkpoint), engine="openvino", precision="fp32", data_dir=tmp_path)
    (folder,) = (tmp_path / "openvino").iterdir()
    return folder


def test_all_heads_equal_torch_on_awkward_texts(pair: tuple[TextEncoder, TextEncoder]) -> None:
    ours, torchs = (encoder.encode(AWKWARD) for encoder in pair)
    assert len(AWKWARD) >= 40
    assert ours.n_tokens == torchs.n_tokens
    np.testing.assert_allclose(ours.dense, torchs.dense, atol=TORCH_TOLERANCE)
    for rows, torch_rows in zip(ours.colbert or [], torchs.colbert or [], strict=True):
        np.testing.assert_allclose(rows, torch_rows, atol=TORCH_TOLERANCE)
    for weights, torch_weights in zip(ours.sparse or [], torchs.sparse or [], strict=True):
        for token_id in weights.keys() | torch_weights.keys():
            assert weights.get(token_id, 0.0) == pytest.approx(
                torch_weights.get(token_id, 0.0), abs=TORCH_TOLERANCE
            )


def test_a_padded_batch_equals_torch_position_by_position(pair: tuple[TextEncoder, TextEncoder]) -> None:
    ids = np.random.default_rng(3).integers(5, 30_000, (6, 31))
    mask = np.ones_like(ids)
    for row, length in enumerate((31, 2, 3, 30, 17, 8)):
        ids[row, length:], mask[row, length:] = 1, 0
    ours, torchs = (encoder._engine.forward(ids, mask, colbert=True) for encoder in pair)
    for field in dataclasses.fields(ours):
        array = getattr(ours, field.name)
        assert array.dtype == np.float32
        assert array.flags.c_contiguous
        real = mask if array.ndim == 2 and array.shape == mask.shape else np.ones(1)
        np.testing.assert_allclose(array * real, getattr(torchs, field.name) * real, atol=TORCH_TOLERANCE)
    assert ours.colbert is not None
    assert not ours.colbert[mask[:, 1:] == 0].any()


def test_results_stay_when_the_engine_runs_again(pair: tuple[TextEncoder, TextEncoder]) -> None:
    engine = pair[0]._engine
    ids = np.array([[0, 9, 8, 2]])
    first = engine.forward(ids, np.ones_like(ids), colbert=True)
    before = first.dense.copy()
    engine.forward(ids + 1, np.ones_like(ids), colbert=True)
    np.testing.assert_array_equal(first.dense, before)


def test_colbert_is_left_out_unless_asked_for(pair: tuple[TextEncoder, TextEncoder]) -> None:
    ids = np.array([[0, 9, 2]])
    assert pair[0]._engine.forward(ids, np.ones_like(ids), colbert=False).colbert is None


def test_the_model_says_what_is_in_use(pair: tuple[TextEncoder, TextEncoder]) -> None:
    info = pair[0].info
    assert (info.engine, info.precision, info.device) == ("openvino", "fp32", "cpu")


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


def _python(program: str, record: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name not in _CI_MARKS}
    return subprocess.Popen(
        [sys.executable, "-c", _RECORDER + program, str(record), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
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


def test_the_second_start_needs_no_torch_and_none_calls_home(random_checkpoint: Path, tmp_path: Path) -> None:
    arguments = (str(random_checkpoint), str(tmp_path / "data"), *SHORT)
    first, second = (_result(_python(_START, tmp_path / "calls", *arguments)) for _ in range(2))
    heavy = {"torch", "transformers", "FlagEmbedding"}
    assert heavy <= set(first["modules"])
    assert not (heavy | {"openvino_telemetry"}) & set(second["modules"])
    assert "openvino_telemetry" not in first["modules"]
    assert not (tmp_path / "calls").exists()
    assert first["tokens"] == second["tokens"]
    np.testing.assert_array_equal(first["dense"], second["dense"])
    assert not (tmp_path / "intel").exists()


def test_the_saved_tokenizer_cuts_every_text_alike(pair: tuple[TextEncoder, TextEncoder]) -> None:
    saved, original = pair
    assert saved._tokenizer.special_ids == original._tokenizer.special_ids
    assert saved.tokenize(AWKWARD) == original.tokenize(AWKWARD)


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
def test_a_damaged_model_is_made_anew(kept: Path, random_checkpoint: Path, name: str, damage: str) -> None:
    whole, path = (kept / name).read_bytes(), kept / name
    if damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "flip":
        _flip(path, len(whole) // 2)
    else:
        path.unlink()
    assert not is_whole(kept)
    data_dir = kept.parent.parent
    encoder = load_encoder(str(random_checkpoint), engine="openvino", precision="fp32", data_dir=data_dir)
    exact = load_encoder(str(random_checkpoint), engine="torch", device="cpu").encode(SHORT)
    np.testing.assert_allclose(encoder.encode(SHORT).dense, exact.dense, atol=TORCH_TOLERANCE)
    assert is_whole(kept)
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_another_checkpoint_has_another_key(random_checkpoint: Path, tmp_path: Path) -> None:
    import shutil

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
    import shutil

    from checkpoint_factory import write_random_checkpoint

    folder, data_dir = tmp_path / "model", tmp_path / "data"
    shutil.copytree(random_checkpoint, folder)
    old = load_encoder(str(folder), engine="openvino", data_dir=data_dir).encode(SHORT).dense
    shutil.rmtree(folder)
    write_random_checkpoint(folder, seed=8)
    new = load_encoder(str(folder), engine="openvino", data_dir=data_dir).encode(SHORT).dense
    exact = load_encoder(str(folder), engine="torch", device="cpu").encode(SHORT).dense
    assert np.abs(old - new).max() > 0.01
    np.testing.assert_allclose(new, exact, atol=TORCH_TOLERANCE)


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


def test_int8_turns_the_compact_model_little_but_too_far_for_auto(data_dir: Path) -> None:
    encoders = [
        load_encoder("m3-compact", engine="openvino", precision=precision, data_dir=data_dir)
        for precision in ("fp32", "int8")
    ]
    texts = probe_texts()
    passes = [run_texts(encoder._engine, encoder._tokenizer, texts) for encoder in encoders]
    errors = compare_passes(*passes)
    assert encoders[1].info.precision == "int8"
    assert errors.dense_cosine_min > 0.998
    assert errors.row_cosine_min > 0.995
    assert 0 < errors.similarity_shift < 0.03
    assert not errors.are_small
    same = compare_passes(passes[0], passes[0])
    assert same.are_small
    assert (same.similarity_shift, same.tokens_gained, same.tokens_lost) == (0.0, 0, 0)


def test_rows_are_rounded_by_their_own_largest_weight() -> None:
    weights = np.array([[1.0, -2.0], [0.0, 0.0], [1e-3, 5e-4]], np.float32)
    rounded, scales = quantise_rows(weights)
    assert rounded.tolist() == [[64, -127], [0, 0], [127, 64]]
    np.testing.assert_allclose(rounded * scales, weights, atol=0.5 * scales.max())


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
