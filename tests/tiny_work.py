"""A work folder of the compact model's tool, small enough to train on in seconds, without the teachers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tools.compact_model.corpus import Corpus, Group, Question, ScoredPair, Text
from tools.compact_model.files import TEACHERS, WorkFolder, write_array
from tools.compact_model.label import shard_path
from tools.compact_model.tokenizer import build_tokenizer, spelled_pieces

TEACHER_DIM = 24
ENGLISH = ("red", "dog", "green", "cat", "small", "house", "runs", "sleeps", "old", "tree")
GERMAN = ("rot", "hund", "grün", "katze", "klein", "haus", "läuft", "schläft", "alt", "baum")


def tiny_corpus() -> Corpus:
    """Thirty groups of word-by-word translations, single texts, questions and scored pairs."""
    rng = np.random.default_rng(0)
    words = [rng.choice(len(ENGLISH), 4, replace=False) for _ in range(30)]
    english = [" ".join(ENGLISH[i] for i in row) for row in words]
    german = [" ".join(GERMAN[i] for i in row) for row in words]
    groups = [Group("tatoeba", {"en": en, "de": de}) for en, de in zip(english, german, strict=True)]
    singles = [Text("en", "plain", " ".join(ENGLISH[i] for i in rng.permutation(10)[:5])) for _ in range(20)]
    questions = [
        Question("en", "xquad", en, f"{en} {other}") for en, other in zip(english, english[1:], strict=False)
    ]
    scored = [ScoredPair(a, b, 0.5) for a, b in zip(english, english[5:], strict=False)]
    return Corpus(tuple(groups), tuple(singles), tuple(questions), tuple(scored))


def write_tiny_work(folder: Path) -> WorkFolder:
    """What `prepare`, `tokenizer` and `label` leave. A text's vector is the sum of its words' vectors."""
    work = WorkFolder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    work.write_training(tiny_corpus())
    pieces = sorted(
        {"▁", *"abcdefghijklmnopqrstuvwxyzäü0123456789", *(f"▁{word}" for word in (*ENGLISH, *GERMAN))}
    )
    tokenizer = build_tokenizer(
        [(piece, -2.0 if piece.startswith("▁") and piece != "▁" else -9.0) for piece in pieces]
    )
    tokenizer.save(str(work.tokenizer))
    ids = [np.array(tokenizer.encode(row.text).ids[1:-1], np.uint16) for row in work.texts()]
    write_array(work.path / "ids.npy", np.concatenate(ids))
    write_array(work.path / "starts.npy", np.cumsum([0, *map(len, ids)]))
    _write_labels(work)
    return work


def _write_labels(work: WorkFolder) -> None:
    """Both teachers say the same: a text means what its words mean together, other pieces the same."""
    meanings = np.random.default_rng(1).normal(size=(len(ENGLISH) + 1, TEACHER_DIM))
    place = {word: i for words in (ENGLISH, GERMAN) for i, word in enumerate(words)}
    for teacher in TEACHERS:
        work.labels(teacher).mkdir(parents=True)
        for path, texts in (
            (shard_path(work.labels(teacher), 0), [row.text for row in work.texts()]),
            (work.piece_labels(teacher), spelled_pieces(work)),
        ):
            vectors = np.stack(
                [meanings[[place.get(x, -1) for x in text.split() or [""]]].sum(0) for text in texts]
            )
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            write_array(path, vectors.astype(np.float16))
