"""An exported student is a checkpoint that the demo loads, and computes what was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_work import write_tiny_work

from bge_demo import load_encoder
from bge_demo.embeddings import need_colbert, need_dense
from tools.compact_model.export import export
from tools.compact_model.files import WorkFolder
from tools.compact_model.student import Shape, Student, Texts

SHAPE = Shape(hidden=32, layers=2, heads=4, intermediate=64, targets=40)
TEXTS = ["red dog sleeps", "katze", "der old tree runs grün haus small house red dog cat"]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> WorkFolder:
    return write_tiny_work(tmp_path_factory.mktemp("work"))


def some_student(vocabulary: int) -> dict[str, object]:
    """A state as `train` saves it, with weights that half precision holds exactly."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        student = Student(SHAPE)
        for parameter in student.parameters():
            parameter.data = (parameter.data + 0.1 * torch.randn_like(parameter)).half().float()
        table = torch.randn(vocabulary, SHAPE.hidden).half().float()
    shape = {"hidden": 32, "layers": 2, "heads": 4, "intermediate": 64, "targets": 40}
    return {"shape": shape, "student": student.state_dict(), "table": {"vectors": table}, "step": 1}


def test_the_demo_computes_what_the_student_computes(work: WorkFolder, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(work.tokenizer))
    state = some_student(tokenizer.get_vocab_size())
    size = export(work, state, tmp_path / "out")
    assert size == sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())

    student = Student(SHAPE)
    student.load_state_dict(state["student"])  # type: ignore[arg-type]
    texts = Texts.of([np.array(tokenizer.encode(text).ids[1:-1], np.uint16) for text in TEXTS])
    rows = state["table"]["vectors"][texts.rows]  # type: ignore[index]
    with torch.no_grad():
        dense = student.dense(texts, rows, contextual=True)
        hidden = student.tokens(texts, rows, contextual=True)
        colbert = torch.nn.functional.normalize(student.colbert(hidden), dim=-1)

    made = load_encoder(str(tmp_path / "out"), engine="torch").encode(TEXTS)
    # The position table is stored in half precision, and not exactly.
    assert need_dense(made) == pytest.approx(dense.numpy(), abs=2e-3)
    for text, found in enumerate(need_colbert(made)):
        first = int(texts.first[text])
        wanted = colbert[first + 1 : first + int(texts.lengths[text])].numpy()
        assert found == pytest.approx(wanted, abs=5e-3)


def test_a_student_begins_as_the_mean_of_its_tokens() -> None:
    student = Student(SHAPE)
    table = torch.randn(12, SHAPE.hidden)
    texts = Texts.of([np.array([4, 5, 6], np.uint16), np.array([7], np.uint16)])
    with torch.no_grad():
        skipped = student.dense(texts, table[texts.rows], contextual=False)
        whole = student.dense(texts, table[texts.rows], contextual=True)
    assert whole.numpy() == pytest.approx(skipped.numpy(), abs=1e-5)
