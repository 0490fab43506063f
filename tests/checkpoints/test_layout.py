"""A checkpoint whose parts are cut off, missing or another's is refused by the name of the file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from checkpoint_factory import DIM, WEIGHTS_FILE
from transformers import XLMRobertaConfig, XLMRobertaModel

from bge_demo.checkpoints.architecture import read_architecture
from bge_demo.checkpoints.cards import M3_COMPACT
from bge_demo.checkpoints.layout import check_files, check_layout
from bge_demo.encoder.text_encoder import load_encoder
from bge_demo.errors import CheckpointError
from bge_demo.locales import LANGUAGES

SAFE = "model.safetensors"


@pytest.fixture
def folder(random_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy that may be broken."""
    return Path(shutil.copytree(random_checkpoint, tmp_path / "mine"))


def refusal(folder: Path, file: str) -> CheckpointError:
    """The layout is refused; the sentence names file and checkpoint, and no path."""
    with pytest.raises(CheckpointError) as refused:
        check_layout(folder, "mine")
    for language in LANGUAGES:
        sentence = refused.value.sentence(language)
        assert file in sentence
        assert "mine" in sentence
        assert str(folder.parent) not in sentence
    return refused.value


def change_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], Any], file: str) -> None:
    """Save the weights changed, in the one format or the other."""
    state = torch.load(folder / WEIGHTS_FILE, weights_only=True)
    change(state)
    if file == SAFE:
        (folder / WEIGHTS_FILE).unlink()
        safetensors.torch.save_file(state, folder / SAFE)
    else:
        torch.save(state, folder / file)


@pytest.fixture(params=[WEIGHTS_FILE, SAFE])
def weights(request: pytest.FixtureRequest, folder: Path) -> str:
    """Both formats of the weights, one after the other."""
    change_weights(folder, lambda state: None, request.param)
    check_layout(folder, "mine")
    return str(request.param)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 0.999])
def test_cut_off_weights_are_refused(folder: Path, weights: str, share: float) -> None:
    content = (folder / weights).read_bytes()
    (folder / weights).write_bytes(content[: int(share * len(content))])
    assert refusal(folder, weights).key == "checkpoint.bad_file"


@pytest.mark.parametrize(
    "lost", ["encoder.layer.1.", "embeddings.word_embeddings", "encoder.layer.0.output.dense.bias"]
)
def test_weights_that_lack_a_part_are_refused(folder: Path, weights: str, lost: str) -> None:
    def lose(state: dict[str, torch.Tensor]) -> None:
        for key in [key for key in state if key.startswith(lost)]:
            del state[key]

    if weights == SAFE:
        state = safetensors.torch.load_file(folder / SAFE)
        lose(state)
        safetensors.torch.save_file(state, folder / SAFE)
    else:
        change_weights(folder, lose, weights)
    error = refusal(folder, weights)
    assert error.key == "checkpoint.weights_missing"
    assert lost in str(error)


def test_weights_of_another_size_are_refused(folder: Path) -> None:
    def grow(state: dict[str, torch.Tensor]) -> None:
        state["embeddings.word_embeddings.weight"] = torch.zeros(7, DIM)

    change_weights(folder, grow, WEIGHTS_FILE)
    error = refusal(folder, WEIGHTS_FILE)
    assert error.key == "checkpoint.weights_shape"
    assert f"(7, {DIM})" in str(error)


def test_a_missing_pooler_is_no_fault(folder: Path) -> None:
    def lose(state: dict[str, torch.Tensor]) -> None:
        for key in [key for key in state if key.startswith("pooler.")]:
            del state[key]

    change_weights(folder, lose, WEIGHTS_FILE)
    check_layout(folder, "mine")


def test_weights_under_a_prefix_are_the_same_weights(folder: Path) -> None:
    def prefix(state: dict[str, torch.Tensor]) -> None:
        for key in list(state):
            state[f"roberta.{key}"] = state.pop(key)

    change_weights(folder, prefix, WEIGHTS_FILE)
    check_layout(folder, "mine")


def test_weights_in_torchs_old_format_pass(folder: Path) -> None:
    state = torch.load(folder / WEIGHTS_FILE, weights_only=True)
    torch.save(state, folder / WEIGHTS_FILE, _use_new_zipfile_serialization=False)
    check_layout(folder, "mine")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"num_attention_heads": 5}, "checkpoint.bad_file"),
        ({"num_attention_heads": 0}, "checkpoint.bad_file"),
        ({"num_hidden_layers": "x"}, "checkpoint.bad_file"),
        ({"layer_norm_eps": None}, "checkpoint.bad_file"),
        ({"model_type": "bert"}, "checkpoint.other_model"),
        ({"hidden_act": "relu"}, "checkpoint.other_model"),
        ({"position_embedding_type": "relative_key"}, "checkpoint.other_model"),
    ],
)
def test_a_config_of_no_model_or_another_is_refused(
    folder: Path, change: dict[str, object], key: str
) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    assert refusal(folder, "config.json").key == key


def test_what_transformers_assumes_may_be_left_unsaid(folder: Path) -> None:
    path = folder / "config.json"
    said = json.loads(path.read_text("utf-8"))
    unsaid = {key: said.pop(key, None) for key in ("hidden_act", "pad_token_id", "position_embedding_type")}
    path.write_text(json.dumps(said), "utf-8")
    assert (unsaid["hidden_act"], unsaid["pad_token_id"]) == ("gelu", 1)
    check_layout(folder, "mine")
    assert read_architecture(folder, "mine").padding_id == 1


def test_the_weights_called_for_are_those_of_transformers(random_checkpoint: Path) -> None:
    with torch.device("meta"):
        model = XLMRobertaModel(XLMRobertaConfig.from_pretrained(str(random_checkpoint)))
    shapes = {name: tuple(weight.shape) for name, weight in model.state_dict().items()}
    used = {name: shape for name, shape in shapes.items() if not name.startswith("pooler.")}
    assert read_architecture(random_checkpoint, "mine").weight_shapes == used


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"model": {"type": "Unigram", "vocab": []}}', None])
def test_a_broken_tokenizer_is_refused(folder: Path, content: str | None) -> None:
    path = folder / "tokenizer.json"
    path.write_text(path.read_text("utf-8")[:-500] if content is None else content, "utf-8")
    assert refusal(folder, "tokenizer.json").key in {"checkpoint.bad_file", "checkpoint.vocabulary_size"}


def change_tokenizer(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content), "utf-8")


def _fewer(content: dict[str, Any]) -> None:
    # The added tokens stand at their own ids.
    del content["model"]["vocab"][20_000:]
    content["added_tokens"] = content["added_tokens"][:4]


def _more(content: dict[str, Any]) -> None:
    content["model"]["vocab"] += [[f"▁extra{i}", -20.0] for i in range(5)]


def _other_marks(content: dict[str, Any]) -> None:
    vocabulary = content["model"]["vocab"]
    vocabulary[0][0], vocabulary[2][0] = "</s>", "<s>"
    for token in content["added_tokens"]:
        token["content"] = {"<s>": "</s>", "</s>": "<s>"}.get(token["content"], token["content"])


def _no_letters(content: dict[str, Any]) -> None:
    for i, (piece, _) in enumerate(content["model"]["vocab"]):
        if any(char.isascii() and char.isalnum() for char in piece) and not piece.startswith("<"):
            content["model"]["vocab"][i][0] = f"☃{i}"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (_fewer, "checkpoint.vocabulary_size"),
        (_more, "checkpoint.vocabulary_size"),
        (_other_marks, "checkpoint.vocabulary_marks"),
        (_no_letters, "checkpoint.round_trip"),
    ],
)
def test_a_tokenizer_of_another_vocabulary_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], None], key: str
) -> None:
    change_tokenizer(folder, change)
    assert refusal(folder, "tokenizer.json").key == key


def test_a_few_spare_rows_are_no_fault(folder: Path) -> None:
    def drop(content: dict[str, Any]) -> None:
        del content["model"]["vocab"][-100:]
        content["added_tokens"] = content["added_tokens"][:4]

    change_tokenizer(folder, drop)
    check_layout(folder, "mine")


def test_finding_a_checkpoint_reads_no_contents(folder: Path) -> None:
    for file in (WEIGHTS_FILE, "tokenizer.json", "colbert_linear.pt"):
        (folder / file).write_bytes(b"unread")
    check_files(folder, "mine")


def test_the_second_openvino_start_reads_no_weights(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_encoder(str(folder), engine="openvino", device="cpu", data_dir=tmp_path / "data")

    def unread(*arguments: object, **options: object) -> None:
        raise AssertionError("the weights were read")

    monkeypatch.setattr("torch.load", unread)
    monkeypatch.setattr("bge_demo.checkpoints.layout._check_weights", unread)
    again = load_encoder(str(folder), engine="openvino", device="cpu", data_dir=tmp_path / "data")
    assert again.info.name == "mine"


def test_the_shipped_checkpoint_is_whole() -> None:
    check_layout(M3_COMPACT.folder, "m3-compact")
