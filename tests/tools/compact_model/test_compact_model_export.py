"""An exported student is a checkpoint that the demo loads, and computes what was trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_work import TEACHER_DIM, tiny_backbone, write_tiny_work
from tokenizers import Tokenizer

from bge_demo import load_encoder
from bge_demo.encoder.contract import need_colbert, need_dense, need_sparse
from tools.compact_model import export as export_module
from tools.compact_model.batches import TrainingData
from tools.compact_model.export import export
from tools.compact_model.files import WorkFolder, read_json
from tools.compact_model.texts import Texts
from tools.compact_model.train import Plan, Run

TEXTS = ["red dog sleeps", "katze", "der old tree runs grün haus small house red dog cat"]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> WorkFolder:
    return write_tiny_work(tmp_path_factory.mktemp("work"))


@pytest.fixture
def run(work: WorkFolder, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run before its first step, whose layers half precision holds exactly."""
    data = TrainingData(work, TEACHER_DIM, seed=0)
    backbone = tiny_backbone(data.vocabulary)
    settings = backbone.config.to_diff_dict()
    monkeypatch.setattr(
        export_module, "model_settings", lambda vocabulary: settings | {"vocab_size": vocabulary}
    )
    return Run(Plan(steps=1), data, backbone)


def test_the_demo_computes_what_the_student_computes(run: Run, work: WorkFolder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    size = export(work, run.weights(), out)
    assert size == sum(path.stat().st_size for path in out.rglob("*") if path.is_file())

    tokenizer = Tokenizer.from_file(str(work.tokenizer))
    texts = Texts.of([np.array(tokenizer.encode(text).ids[1:-1], np.int32) for text in TEXTS])
    student = run.student
    with torch.no_grad():
        tokens = student(texts, run.table.vectors[texts.rows])
        dense = student.dense(texts, tokens)
        colbert = torch.nn.functional.normalize(student.colbert(tokens), dim=-1)
        weights = torch.relu(student.sparse(tokens))[:, 0]

    made = load_encoder(str(out), engine="torch", precision="fp32").encode(TEXTS)
    assert need_dense(made) == pytest.approx(dense.numpy(), abs=1e-3)
    for number, (rows, sparse) in enumerate(zip(need_colbert(made), need_sparse(made), strict=True)):
        own = slice(int(texts.first[number]) + 1, int(texts.first[number] + texts.lengths[number]))
        assert rows == pytest.approx(colbert[own].numpy(), abs=1e-3)
        assert max(sparse.values()) == pytest.approx(float(weights[own][:-1].max()), abs=1e-3)


def test_the_pieces_ids_in_bge_m3_come_along(run: Run, work: WorkFolder, tmp_path: Path) -> None:
    export(work, run.weights(), tmp_path / "out")
    ids = read_json(tmp_path / "out" / "bge_m3_ids.json")
    assert ids == read_json(work.kept_pieces)
    config = json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))
    assert config["vocab_size"] == len(ids)
    assert config["dtype"] == "float32"
