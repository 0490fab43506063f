"""Many requests on one engine: everybody gets their own, none holds up the others, what is dropped ends."""

from __future__ import annotations

import gc
import random
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bge_demo.analyses.compare import compare
from bge_demo.analyses.embed import embed
from bge_demo.callers import on_behalf_of
from bge_demo.checkpoints import Checkpoint
from bge_demo.embeddings import Embeddings, need_colbert, need_dense, need_sparse
from bge_demo.encoder import TextEncoder, load_encoder
from bge_demo.engines import HeadOutputs, TokenIds
from bge_demo.errors import StoppedError
from bge_demo.locales import LANGUAGES
from bge_demo.scheduler import BatchScheduler, EngineError

DIM = 4
PAD = 1
Sequences = list[list[int]]


class RecordingEngine:
    """Answers with the token ids themselves, remembers every batch, and can be held, slowed and broken.

    dense is (first content id, sum of ids, length, 0); a token's weight is its id; its ColBERT row is its id.
    """

    name, device, precision, dim = "recording", "cpu", "fp32", DIM

    def __init__(self) -> None:
        self.batches: list[Sequences] = []
        self.shapes: list[tuple[int, int]] = []
        self.colbert: list[bool] = []
        self.may_run = threading.Event()
        self.may_run.set()
        self.poison: int | None = None
        self.seconds = 0.0

    def forward(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> HeadOutputs:
        self.batches.append(
            [ids[mask == 1].tolist() for ids, mask in zip(token_ids, attention_mask, strict=True)]
        )
        self.shapes.append((token_ids.shape[0], token_ids.shape[1]))
        self.colbert.append(colbert)
        assert self.may_run.wait(30)
        time.sleep(self.seconds)
        if self.poison is not None and (token_ids == self.poison).any():
            raise ArithmeticError(f"{self.poison} in the batch")
        ids = (token_ids * attention_mask).astype(np.float32)
        dense = np.stack([ids[:, 1], ids.sum(1), attention_mask.sum(1), np.zeros(len(ids))], axis=1)
        rows = np.repeat(ids[:, 1:, None], DIM, axis=2)
        return HeadOutputs(dense.astype(np.float32), ids, rows if colbert else None)


@pytest.fixture
def engine() -> Iterator[RecordingEngine]:
    engine = RecordingEngine()
    yield engine
    engine.may_run.set()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as pool:
        yield pool


@pytest.fixture(scope="module")
def compact() -> TextEncoder:
    return load_encoder("m3-compact", engine="torch", device="cpu")


def sequences(*lengths: int, first: int = 10) -> Sequences:
    """One sequence of each length: <s>, a number of its own, then filling, </s>."""
    return [[0, first + i, *[5] * (length - 3), 2] for i, length in enumerate(lengths)]


def check(asked: Sequences, scheduler: BatchScheduler, colbert: bool = True) -> None:
    for ids, output in zip(asked, scheduler.run(asked, colbert), strict=True):
        assert output.dense.tolist() == [ids[1], sum(ids), len(ids), 0]
        assert output.token_weights.tolist() == ids
        assert (output.colbert is not None) == colbert
        if output.colbert is not None:
            assert output.colbert[:, 0].tolist() == ids[1:]


def until(fact: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.002)


def submit(
    pool: ThreadPoolExecutor, scheduler: BatchScheduler, asked: Sequences, colbert: bool = True
) -> Future[None]:
    """Ask in another thread and return once the scheduler has the request."""
    before = len(scheduler._requests)
    future = pool.submit(check, asked, scheduler, colbert)
    until(lambda: len(scheduler._requests) > before)
    return future


def hold(pool: ThreadPoolExecutor, scheduler: BatchScheduler, engine: RecordingEngine) -> Future[None]:
    """Keep the engine busy with a request of one sequence, until `may_run` is set."""
    engine.may_run.clear()
    before = len(engine.batches)
    future = pool.submit(check, sequences(3, first=9000), scheduler)
    until(lambda: len(engine.batches) > before)
    return future


def test_no_sequences_are_no_work(engine: RecordingEngine) -> None:
    assert BatchScheduler(engine, PAD).run([], colbert=True) == []
    assert engine.batches == []


def test_a_lone_pair_of_short_sequences_is_one_batch(engine: RecordingEngine) -> None:
    check(sequences(5, 40), BatchScheduler(engine, PAD))
    assert engine.shapes == [(2, 40)]


def test_requests_that_wait_share_a_batch(engine: RecordingEngine, pool: ThreadPoolExecutor) -> None:
    scheduler = BatchScheduler(engine, PAD)
    waiting = [hold(pool, scheduler, engine)]
    waiting += [submit(pool, scheduler, sequences(6, 7, first=100 * i)) for i in range(1, 9)]
    engine.may_run.set()
    for future in waiting:
        future.result(10)
    assert engine.shapes == [(1, 3), (16, 7)]


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_holds_at_most_its_tokens_and_little_padding(engine: RecordingEngine, seed: int) -> None:
    dice = random.Random(seed)
    asked = sequences(*(dice.randint(4, 512) for _ in range(64)))
    check(asked, BatchScheduler(engine, PAD, batch_tokens=2048))
    padded = sum(rows * columns for rows, columns in engine.shapes)
    real = sum(len(ids) for ids in asked)
    assert 1 - real / padded < 0.10
    assert all(rows * columns <= 2048 for rows, columns in engine.shapes)
    assert len(engine.shapes) < 64


def test_a_sequence_longer_than_the_budget_runs_alone(engine: RecordingEngine) -> None:
    check(sequences(300, 100, 299), BatchScheduler(engine, PAD, batch_tokens=128))
    assert sorted(engine.shapes) == [(1, 100), (1, 299), (1, 300)]


def test_colbert_is_computed_and_kept_only_when_asked_for(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD)
    check(sequences(5), scheduler, colbert=False)
    waiting = [hold(pool, scheduler, engine)]
    waiting.append(submit(pool, scheduler, sequences(6, first=50), colbert=False))
    waiting.append(submit(pool, scheduler, sequences(6, first=60), colbert=True))
    engine.may_run.set()
    for future in waiting:
        future.result(10)
    assert engine.colbert == [False, True, True]
    assert engine.shapes[2] == (2, 6)


def test_a_large_request_does_not_hold_up_a_small_one(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD, batch_tokens=256)
    waiting = [hold(pool, scheduler, engine)]
    waiting.append(submit(pool, scheduler, sequences(*[200] * 30)))
    waiting.append(submit(pool, scheduler, sequences(5, first=700)))
    waiting.append(submit(pool, scheduler, sequences(100, first=800)))
    engine.may_run.set()
    for future in waiting:
        future.result(10)
    firsts = [batch[0][1] for batch in engine.batches]
    assert firsts.index(700) == 2  # After what already ran and one batch of the large one.
    assert firsts.index(800) == 3
    assert len(firsts) == 33


def test_many_small_requests_do_not_starve_a_large_one(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD, batch_tokens=256)
    engine.seconds = 0.001
    is_over = threading.Event()

    def keep_asking(first: int) -> None:
        while not is_over.is_set():
            check(sequences(5, first=first), scheduler)

    crowd = [pool.submit(keep_asking, 1000 + i) for i in range(6)]
    until(lambda: len(engine.batches) > 20)
    started = len(engine.batches)
    check(sequences(*[200] * 20), scheduler)
    used = len(engine.batches) - started
    is_over.set()
    for future in crowd:
        future.result(10)
    assert used <= 20 * 7 + 7


def test_everybody_gets_their_own_rows_under_sixteen_threads(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD, batch_tokens=300)

    def visitor(seed: int) -> None:
        dice = random.Random(seed)
        for turn in range(25):
            lengths = [dice.randint(3, 90) for _ in range(dice.randint(1, 9))]
            check(sequences(*lengths, first=1000 * seed + 20 * turn + 10), scheduler, dice.random() < 0.5)

    for future in [pool.submit(visitor, seed) for seed in range(16)]:
        future.result(60)
    assert max(rows for rows, _ in engine.shapes) > 9


def test_an_error_reaches_the_requests_of_its_batch_and_no_others(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD, batch_tokens=64)
    engine.poison = 666
    waiting = [hold(pool, scheduler, engine)]
    poisoned = submit(pool, scheduler, sequences(30, 30, 8, 8, first=665))
    beside = submit(pool, scheduler, sequences(8, first=100))
    apart = submit(pool, scheduler, sequences(60, first=200))
    engine.may_run.set()
    waiting[0].result(10)
    with pytest.raises(EngineError, match="666 in the batch"):
        poisoned.result(10)
    beside.result(10)
    apart.result(10)
    # What else the failed request had waiting is not run for nobody.
    assert not any(ids[1] in (667, 668) for batch in engine.batches for ids in batch)
    check(sequences(5), scheduler)


def test_requests_that_fail_together_each_get_an_error_of_their_own(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD)
    engine.poison = 666
    waiting = hold(pool, scheduler, engine)
    failing = [submit(pool, scheduler, sequences(8, first=666)) for _ in range(4)]
    engine.may_run.set()
    waiting.result(10)
    errors = [future.exception(10) for future in failing]
    assert engine.shapes == [(1, 3), (4, 8)]
    assert len({id(error) for error in errors}) == 4
    assert len({traceback_length(error) for error in errors}) == 1
    assert all(isinstance(error, EngineError) for error in errors)
    assert all(isinstance(error.__cause__, ArithmeticError) for error in errors if error)


def traceback_length(error: BaseException | None) -> int:
    assert error is not None
    return len(list(traceback.walk_tb(error.__traceback__)))


def test_a_request_whose_caller_leaves_stops_and_hurts_no_other(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD, batch_tokens=64)
    has_left = threading.Event()

    def leave() -> None:
        with on_behalf_of(has_left.is_set, 60):
            scheduler.run(sequences(*[32] * 40, first=500), colbert=True)

    waiting = [hold(pool, scheduler, engine)]
    leaver = pool.submit(leave)
    until(lambda: len(scheduler._requests) == 1)
    stayer = submit(pool, scheduler, sequences(32, 32, 32, first=100))
    has_left.set()
    with pytest.raises(StoppedError) as stopped:
        leaver.result(10)
    engine.may_run.set()
    stayer.result(10)
    waiting[0].result(10)
    assert stopped.value.key == "request.cancelled"
    assert not any(ids[1] >= 500 for batch in engine.batches[1:] for ids in batch)


def test_a_running_batch_of_a_caller_who_leaves_is_finished_for_the_others(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD, batch_tokens=64)
    has_left = threading.Event()

    def leave() -> None:
        with on_behalf_of(has_left.is_set, 60):
            scheduler.run(sequences(*[8] * 30, first=500), colbert=True)

    engine.seconds = 0.1
    hold(pool, scheduler, engine)
    leaver = pool.submit(leave)
    until(lambda: len(scheduler._requests) == 1)
    stayer = submit(pool, scheduler, sequences(8, 8, first=100))
    engine.may_run.set()
    until(lambda: len(engine.batches) == 3)
    has_left.set()
    with pytest.raises(StoppedError):
        leaver.result(10)
    stayer.result(10)
    assert {ids[1] >= 500 for ids in engine.batches[2]} == {True, False}
    assert len(engine.batches) == 3


def test_a_request_ends_when_its_time_is_up_in_both_languages(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD)
    waiting = hold(pool, scheduler, engine)
    with on_behalf_of(lambda: False, 0.15), pytest.raises(StoppedError) as stopped:
        scheduler.run(sequences(5), colbert=True)
    engine.may_run.set()
    waiting.result(10)
    assert stopped.value.key == "request.too_slow"
    assert all("0" in stopped.value.sentence(language) for language in LANGUAGES)


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
    checkpoint = Checkpoint("recording", "1", Path("nowhere"), max_tokens=128)
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


def test_results_are_the_same_with_and_without_the_cache(compact: TextEncoder) -> None:
    def answers() -> list[object]:
        pair = compare(compact, TEXTS[0], TEXTS[1]).to_json()
        vectors = embed(compact, [TEXTS[0], TEXTS[2], TEXTS[0]], sparse=True, colbert=True)
        return [{**answer, "latency_ms": 0} for answer in (pair, vectors)]

    compact.cache.resize(0)
    without = answers()
    compact.cache.resize(1 << 24)
    filled = compare(compact, TEXTS[0], TEXTS[1]).to_json()
    cached = compare(compact, TEXTS[0], TEXTS[1]).to_json()
    assert {**filled, "latency_ms": 0} == {**cached, "latency_ms": 0} == without[0]
    # Emptied in between: what a text shared its batch with shows in the last bits.
    compact.cache.resize(0)
    compact.cache.resize(1 << 24)
    filled, cached = (
        embed(compact, [TEXTS[0], TEXTS[2], TEXTS[0]], sparse=True, colbert=True) for _ in range(2)
    )
    assert {**filled, "latency_ms": 0} == {**cached, "latency_ms": 0} == without[1]


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
