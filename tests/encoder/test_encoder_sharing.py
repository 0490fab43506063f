"""One encoder for everybody: merged and cached results are what a lone caller gets, nothing is run twice."""

from __future__ import annotations

import gc
import random
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recording_engine import DIM, RecordingEngine, until

from bge_demo.api.http import as_json
from bge_demo.api.raw_outputs import embed
from bge_demo.checkpoints.architecture import ModelShape
from bge_demo.checkpoints.cards import Checkpoint
from bge_demo.encoder.contract import Embeddings, need_colbert, need_dense, need_sparse
from bge_demo.encoder.text_encoder import TextEncoder, load_encoder
from bge_demo.tabs.compare.analysis import compare


@pytest.fixture(scope="module")
def compact() -> TextEncoder:
    return load_encoder("m3-compact", engine="torch", device="cpu")


def worker_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("encoder")]


def test_nothing_is_left_of_an_encoder_that_was_dropped(compact: TextEncoder) -> None:
    before = len(worker_threads())
    engine = RecordingEngine()
    encoder = TextEncoder(compact.checkpoint, compact._tokenizer, engine)
    encoder.encode(["one", "two words"])
    assert len(worker_threads()) == before + 1
    dropped = [weakref.ref(encoder), weakref.ref(engine), weakref.ref(encoder.cache)]
    del encoder, engine
    gc.collect()
    until(lambda: len(worker_threads()) == before)
    until(lambda: all(one() is None for one in dropped))


def recording_encoder(compact: TextEncoder, engine: RecordingEngine, batch_tokens: int = 2048) -> TextEncoder:
    checkpoint = Checkpoint("recording", "1", Path("nowhere"), max_tokens=128, shape=ModelShape(1, 8, 8))
    return TextEncoder(checkpoint, compact._tokenizer, engine, batch_tokens)


def assert_same(a: Embeddings, b: Embeddings, tolerance: float) -> None:
    assert np.abs(need_dense(a) - need_dense(b)).max() <= tolerance
    for one, other in zip(need_colbert(a), need_colbert(b), strict=True):
        assert one.shape == other.shape
        assert np.abs(one - other).max() <= tolerance
    for weights, others in zip(need_sparse(a), need_sparse(b), strict=True):
        assert all(
            abs(weights.get(token_id, 0.0) - others.get(token_id, 0.0)) <= tolerance
            for token_id in {*weights, *others}
        )
    assert (a.n_tokens, a.truncated) == (b.n_tokens, b.truncated)


TEXTS = (
    "我喜欢看书",
    "阅读使我快乐",
    "The bank raised its interest rate on savings accounts.",
    "ฉันรักภาษาไทย",
    "О потере багажа сообщите на стойку " * 6,
    "word " * 300,
    "🙂",
    " ",
    "",
)


def test_merged_results_equal_lone_results(compact: TextEncoder, pool: ThreadPoolExecutor) -> None:
    compact.cache.resize(0)
    lone = [compact.encode([text]) for text in TEXTS]
    together = compact.encode(TEXTS)
    at_once = list(pool.map(lambda text: compact.encode([text]), TEXTS * 4))
    for i, one in enumerate(lone):
        picked = Embeddings(
            need_dense(together)[i : i + 1],
            [need_sparse(together)[i]],
            [need_colbert(together)[i]],
            [together.n_tokens[i]],
            [together.truncated[i]],
        )
        assert_same(one, picked, 1e-6)
        for merged in at_once[i :: len(TEXTS)]:
            assert_same(one, merged, 1e-6)


def plain(answer: dict[str, Any]) -> bytes:
    """Its bytes for programs, but for the time it took."""
    return as_json({**answer, "latency_ms": 0})


def test_results_are_the_same_with_and_without_the_cache(compact: TextEncoder) -> None:
    def answers() -> list[bytes]:
        pair = compare(compact, TEXTS[0], TEXTS[1]).to_json()
        vectors = embed(compact, [TEXTS[0], TEXTS[2], TEXTS[0]], sparse=True, colbert=True)
        return [plain(pair), plain(vectors)]

    compact.cache.resize(0)
    without = answers()
    compact.cache.resize(1 << 24)
    filled = compare(compact, TEXTS[0], TEXTS[1]).to_json()
    cached = compare(compact, TEXTS[0], TEXTS[1]).to_json()
    assert plain(filled) == plain(cached) == without[0]
    # Emptied in between: what a text shared its batch with shows in the last bits.
    compact.cache.resize(0)
    compact.cache.resize(1 << 24)
    filled, cached = (
        embed(compact, [TEXTS[0], TEXTS[2], TEXTS[0]], sparse=True, colbert=True) for _ in range(2)
    )
    assert plain(filled) == plain(cached) == without[1]


def test_repeated_and_known_texts_are_not_run_again(compact: TextEncoder, engine: RecordingEngine) -> None:
    encoder = recording_encoder(compact, engine)
    answer = encoder.encode(["red", "blue", "red", "red"])
    assert engine.shapes == [(2, answer.n_tokens[0])]
    rows = need_dense(answer)
    assert (rows[0] == rows[2]).all()
    assert (rows[0] != rows[1]).any()
    encoder.encode(["blue", "red"], colbert=False)
    assert len(engine.shapes) == 1
    encoder.encode(["blue", "green"])
    assert [len(batch) for batch in engine.batches] == [2, 1]


def test_what_was_not_asked_for_is_none_and_colbert_comes_later(
    compact: TextEncoder, engine: RecordingEngine
) -> None:
    encoder = recording_encoder(compact, engine)
    plain = encoder.encode(["red"], sparse=False, colbert=False)
    assert (plain.sparse, plain.colbert) == (None, None)
    full = encoder.encode(["red"])
    assert need_colbert(full)[0].shape == (full.n_tokens[0] - 1, DIM)
    assert engine.colbert == [False, True]
    assert need_dense(encoder.encode([])).shape == (0, DIM)
    assert encoder.encode(["red"], dense=False).dense is None


def test_another_max_length_is_another_entry(compact: TextEncoder, engine: RecordingEngine) -> None:
    encoder = recording_encoder(compact, engine)
    long = encoder.encode(["word " * 50])
    short = encoder.encode(["word " * 50], max_length=8)
    assert (long.truncated, short.truncated) == ([False], [True])
    assert need_colbert(short)[0].shape == (7, DIM)
    assert len(encoder.cache) == 2


def test_a_caller_cannot_alter_what_the_next_one_gets(compact: TextEncoder, engine: RecordingEngine) -> None:
    encoder = recording_encoder(compact, engine)
    first = encoder.encode(["red"])
    expected = encoder.encode(["red"])
    need_dense(first)[:] = -1
    need_sparse(first)[0].clear()
    with pytest.raises(ValueError, match="read-only"):
        need_colbert(first)[0][:] = -1
    assert_same(encoder.encode(["red"]), expected, 0.0)


def test_random_texts_under_many_threads_come_back_to_their_owners(
    compact: TextEncoder, engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    encoder = recording_encoder(compact, engine, batch_tokens=200)
    encoder.cache.resize(40_000)
    words = "red blue green cat dog 看书 快乐 мир word bank river".split()

    def visitor(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(15):
            texts = [" ".join(dice.choices(words, k=dice.randint(0, 60))) for _ in range(dice.randint(1, 6))]
            with_colbert = dice.random() < 0.5
            answer = encoder.encode(texts, colbert=with_colbert)
            for i, text in enumerate(encoder.tokenize(texts)):
                assert need_dense(answer)[i].tolist() == [text.ids[1], sum(text.ids), text.n_tokens, 0]
                assert set(need_sparse(answer)[i]) == set(text.ids) - compact._tokenizer.special_ids
                if with_colbert:
                    assert need_colbert(answer)[i][:, 0].tolist() == text.ids[1:]

    for future in [pool.submit(visitor, seed) for seed in range(16)]:
        future.result(60)
    assert encoder.cache.used_bytes <= 40_000
