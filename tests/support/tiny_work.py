"""A work folder of the compact model's tool, small enough to train on in seconds, without e5 and the
teachers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from transformers import XLMRobertaConfig, XLMRobertaModel

from tools.compact_model.corpus import Corpus, Group, Question, ScoredPair, Text
from tools.compact_model.files import TEACHERS, WorkFolder, write_array, write_json
from tools.compact_model.label import shard_path
from tools.compact_model.tokenizer import MASK, SPACE, SPECIAL, unigram_tokenizer, write_ids

TEACHER_DIM = 24
HIDDEN = 32
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
    words = [f"{SPACE}{word}" for word in (*ENGLISH, *GERMAN)]
    letters = [SPACE, *"abcdefghijklmnopqrstuvwxyzäü0123456789"]
    pieces = [
        *((x, 0.0) for x in SPECIAL),
        *((x, -2.0) for x in words),
        *((x, -9.0) for x in letters),
        (MASK, 0.0),
    ]
    tokenizer = unigram_tokenizer(pieces)
    tokenizer.save(str(work.tokenizer))
    write_json(work.kept_pieces, list(range(len(pieces))))
    write_ids(work, tokenizer, [row.text for row in work.texts()])
    _write_labels(work)
    return work


def tiny_backbone(vocabulary: int) -> XLMRobertaModel:
    """Two layers of XLM-RoBERTa with seeded random weights."""
    config = XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=HIDDEN,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=514,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        pad_token_id=1,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        model = XLMRobertaModel(config, add_pooling_layer=False)
        for parameter in model.parameters():
            # Far from 0, so that every part of the sum shows; what half precision holds exactly.
            parameter.data = (parameter.data + 0.1 * torch.randn_like(parameter)).half().float()
    return model.eval()


def _write_labels(work: WorkFolder) -> None:
    """Both teachers say the same: a text means what its words mean together, other pieces the same."""
    meanings = np.random.default_rng(1).normal(size=(len(ENGLISH) + 1, TEACHER_DIM))
    place = {word: i for words in (ENGLISH, GERMAN) for i, word in enumerate(words)}
    vectors = np.stack(
        [meanings[[place.get(x, -1) for x in row.text.split()]].sum(0) for row in work.texts()]
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for teacher in TEACHERS:
        work.labels(teacher).mkdir(parents=True)
        write_array(shard_path(work.labels(teacher), 0), vectors.astype(np.float16))
