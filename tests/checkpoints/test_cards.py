"""Where checkpoints are found; a folder that is not whole is refused by the name of the bad file."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from checkpoint_factory import DIM, MAX_TOKENS, WEIGHTS_FILE, write_head
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bge_demo.checkpoints.cards import BGE_M3, M3_COMPACT, load_auto, resolve
from bge_demo.checkpoints.layout import check_layout
from bge_demo.encoder.text_encoder import load_encoder
from bge_demo.errors import CheckpointError
from bge_demo.locales import LANGUAGES

HEADS = ("colbert_linear.pt", "sparse_linear.pt")
REVISION = "5617a9f61b028005a4858fdac845db406aefb181"


@pytest.fixture
def folder(random_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy that may be broken."""
    return Path(shutil.copytree(random_checkpoint, tmp_path / "copy"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hugging Face cache instead of the machine's own."""
    cache = tmp_path / "hub"
    cache.mkdir()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    return cache


def _fill_cache(cache: Path, source: Path, revision: str = REVISION) -> Path:
    """Put a checkpoint there as a download does: blobs, and a snapshot of links to them."""
    repository = cache / "models--BAAI--bge-m3"
    snapshot = repository / "snapshots" / revision
    (repository / "blobs").mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(revision, "utf-8")
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        blob = repository / "blobs" / path.relative_to(source).as_posix().replace("/", "-")
        shutil.copy(path, blob)
        link = snapshot / path.relative_to(source)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    return snapshot


def _assert_refused(folder: Path, file: str) -> CheckpointError:
    """The folder is refused, the file and the folder named in both languages, without its path."""
    with pytest.raises(CheckpointError) as refused:
        check_layout(folder, resolve(str(folder)).name)
    for language in LANGUAGES:
        sentence = refused.value.sentence(language)
        assert file in sentence
        assert folder.name in sentence
        assert str(folder) not in sentence
    return refused.value


def test_the_shipped_checkpoint_is_whole_and_never_called_bge_m3() -> None:
    checkpoint = resolve("m3-compact")
    assert checkpoint.name == "m3-compact"
    assert checkpoint.folder == M3_COMPACT.folder
    assert checkpoint.max_tokens == 8192


def test_a_folder_is_named_after_itself_and_its_positions_bound_the_tokens(folder: Path) -> None:
    checkpoint = resolve(str(folder))
    assert (checkpoint.name, checkpoint.folder, checkpoint.max_tokens) == ("copy", folder, MAX_TOKENS)


def test_the_fingerprint_of_a_folder_follows_its_content(folder: Path) -> None:
    before = resolve(str(folder)).revision
    assert resolve(str(folder)).revision == before
    write_head(folder / "sparse_linear.pt", 1, DIM)
    assert resolve(str(folder)).revision != before


@pytest.mark.parametrize("file", [*HEADS, "config.json", "tokenizer.json"])
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert _assert_refused(folder, file).key == "checkpoint.incomplete"


def test_all_missing_files_are_named_at_once(folder: Path) -> None:
    for file in HEADS:
        (folder / file).unlink()
    _assert_refused(folder, "colbert_linear.pt, sparse_linear.pt")


def test_missing_weights_are_named_by_both_spellings(folder: Path) -> None:
    (folder / WEIGHTS_FILE).unlink()
    _assert_refused(folder, "model.safetensors / pytorch_model.bin")


@pytest.mark.parametrize(
    ("file", "shape"),
    [
        ("colbert_linear.pt", (DIM, DIM + 1)),
        ("colbert_linear.pt", (1, DIM)),
        ("sparse_linear.pt", (DIM, DIM)),
        ("sparse_linear.pt", (1, DIM - 1)),
    ],
)
def test_a_head_of_the_wrong_shape_is_refused_with_both_shapes(
    folder: Path, file: str, shape: tuple[int, int]
) -> None:
    write_head(folder / file, *shape)
    error = _assert_refused(folder, file)
    assert error.key == "checkpoint.head_shape"
    assert str(shape) in str(error)
    assert str(DIM) in str(error)


@pytest.mark.parametrize("file", HEADS)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_head_is_refused(folder: Path, file: str, share: float) -> None:
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: int(share * len(content))])
    assert _assert_refused(folder, file).key == "checkpoint.bad_file"


@pytest.mark.parametrize(
    "content",
    [[1.0, 2.0], 7, "weights", {"weight": 1.0, "bias": 2.0}, {}, {"weight": None}, {1: 2}],
)
def test_a_head_that_is_no_dict_of_tensors_is_refused(folder: Path, content: object) -> None:
    import torch

    torch.save(content, folder / "sparse_linear.pt")
    _assert_refused(folder, "sparse_linear.pt")


@given(content=st.binary(max_size=200))
@pytest.mark.filterwarnings("ignore:Detected pickle protocol:UserWarning")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_place_of_a_head_are_refused(folder: Path, content: bytes) -> None:
    (folder / "colbert_linear.pt").write_bytes(content)
    _assert_refused(folder, "colbert_linear.pt")


def test_a_head_with_damaged_insides_is_refused(folder: Path) -> None:
    path = folder / "colbert_linear.pt"
    with zipfile.ZipFile(path) as whole:
        entries = {name: whole.read(name) for name in whole.namelist() if "data/1" not in name}
    with zipfile.ZipFile(path, "w") as damaged:
        for name, content in entries.items():
            damaged.writestr(name, content)
    _assert_refused(folder, "colbert_linear.pt")


class _Touch:
    """Pickles as an instruction to make a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self._path,)


def test_code_inside_a_head_is_not_executed(folder: Path, tmp_path: Path) -> None:
    import torch

    trace = tmp_path / "executed"
    torch.save({"weight": _Touch(trace)}, folder / "sparse_linear.pt")
    _assert_refused(folder, "sparse_linear.pt")
    (folder / "sparse_linear.pt").write_bytes(pickle.dumps(_Touch(trace), protocol=2))
    _assert_refused(folder, "sparse_linear.pt")
    assert not trace.exists()
    pickle.loads(pickle.dumps(_Touch(trace)))
    assert trace.exists(), "the payload would have worked"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"hidden_size": 48}',
        b'{"hidden_size": "many", "max_position_embeddings": 514, "vocab_size": 9}',
        b'{"hidden_size": null, "max_position_embeddings": 514, "vocab_size": 9}',
        b'{"hidden_size": Infinity, "max_position_embeddings": 514, "vocab_size": 9}',
    ],
)
def test_a_broken_config_is_refused(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    assert _assert_refused(folder, "config.json").key == "checkpoint.bad_file"


@pytest.mark.parametrize(
    "model", ["no/such-folder", "BAAI/bge-m3-typo", "", "~nobody-has-this-name/x", "a\0b", "x" * 5000]
)
def test_an_unknown_model_is_refused_by_name_with_the_choices(model: str) -> None:
    with pytest.raises(CheckpointError, match="Use auto, BAAI/bge-m3, m3-compact, or a folder") as refused:
        resolve(model)
    assert repr(model.removeprefix("~nobody-has-this-name/")) in str(refused.value)


@pytest.mark.parametrize("model", ["/srv/models/private/mine", "~nobody/private/mine", "./private/mine"])
def test_a_path_of_this_machine_is_not_shown(model: str) -> None:
    with pytest.raises(CheckpointError, match="^'mine' is no known model") as refused:
        resolve(model)
    assert "private" not in refused.value.sentence("zh")


def test_a_file_in_place_of_a_folder_is_refused(folder: Path) -> None:
    with pytest.raises(CheckpointError, match="no known model and no folder"):
        resolve(str(folder / "config.json"))


def test_a_whole_folder_passes_the_check(folder: Path) -> None:
    check_layout(folder, "copy")


def test_the_pinned_revision_is_the_published_one() -> None:
    assert (BGE_M3.repository, BGE_M3.revision) == ("BAAI/bge-m3", REVISION)


def test_bge_m3_without_a_cache_is_refused_with_the_remedies(cache: Path) -> None:
    with pytest.raises(
        CheckpointError, match="BAAI/bge-m3 is not in the local Hugging Face cache"
    ) as refused:
        resolve("BAAI/bge-m3")
    assert "--model" in str(refused.value)


def test_auto_without_a_cache_falls_back_to_m3_compact_and_says_why(cache: Path) -> None:
    checkpoint, missing = load_auto(resolve)
    assert checkpoint.name == "m3-compact"
    assert missing is not None
    assert missing.key == "checkpoint.not_cached"


def test_auto_with_another_revision_in_the_cache_falls_back(cache: Path, random_checkpoint: Path) -> None:
    _fill_cache(cache, random_checkpoint, revision="0" * 40)
    assert load_auto(resolve)[0].name == "m3-compact"


def test_auto_with_half_a_download_falls_back_and_names_what_is_missing(
    cache: Path, random_checkpoint: Path
) -> None:
    (_fill_cache(cache, random_checkpoint) / WEIGHTS_FILE).unlink()
    checkpoint, missing = load_auto(resolve)
    assert checkpoint.name == "m3-compact"
    assert "pytorch_model.bin" in str(missing)


@pytest.mark.parametrize("model", ["auto", "BAAI/bge-m3"])
def test_bge_m3_in_the_cache_is_served_by_its_name(cache: Path, random_checkpoint: Path, model: str) -> None:
    snapshot = _fill_cache(cache, random_checkpoint)
    encoder = load_encoder(model, engine="torch", device="cpu")
    assert (encoder.info.name, encoder.info.revision) == ("BAAI/bge-m3", REVISION)
    assert encoder.checkpoint.folder == snapshot
    assert encoder.encode(["a text"]).dense.shape == (1, DIM)  # type: ignore[union-attr]


def test_the_cache_named_in_the_environment_is_used(cache: Path, random_checkpoint: Path) -> None:
    _fill_cache(cache, random_checkpoint)
    script = (
        "import json; from bge_demo.checkpoints.cards import load_auto, resolve; c, _ = load_auto(resolve); "
    )
    script += "c, _ = load_auto(resolve); print(json.dumps([c.name, c.revision, c.max_tokens]))"
    environ = os.environ | {"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["BAAI/bge-m3", REVISION, MAX_TOKENS]
