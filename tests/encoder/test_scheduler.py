"""Many requests on one engine: batches are filled and bounded, everybody gets their own and has a turn."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from recording_engine import PAD, RecordingEngine, check, hold, sequences, submit, until

from bge_demo.encoder.caller import on_behalf_of
from bge_demo.encoder.engines import SHORT_POSITIONS
from bge_demo.encoder.scheduler import BATCH_TOKENS, BatchScheduler, EngineError


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
    check(asked, BatchScheduler(engine, PAD))
    padded = sum(rows * columns for rows, columns in engine.shapes)
    real = sum(len(ids) for ids in asked)
    assert 1 - real / padded < 0.10
    assert all(rows * columns <= BATCH_TOKENS for rows, columns in engine.shapes)
    assert len(engine.shapes) < 64


def test_a_sequence_longer_than_the_budget_runs_alone(engine: RecordingEngine) -> None:
    check(sequences(300, 100, 299), BatchScheduler(engine, PAD, batch_tokens=128))
    assert sorted(engine.shapes) == [(1, 100), (1, 299), (1, 300)]


def test_a_caller_is_told_how_many_of_its_tokens_are_done(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD, batch_tokens=64)
    told: list[tuple[int, int]] = []

    def watch() -> None:
        with on_behalf_of(lambda: False, 60, lambda done, total: told.append((done, total))):
            check(sequences(30, 20, 60, first=700), scheduler)

    waiting = hold(pool, scheduler, engine)
    watcher = pool.submit(watch)
    until(lambda: bool(told))
    engine.seconds = 0.4
    engine.may_run.set()
    waiting.result(10)
    watcher.result(10)
    assert told[0] == (0, 110)
    assert told == sorted(told)
    # The end itself may be told as well, or the caller has its answer before.
    assert {0, 60} <= {done for done, _ in told} <= {0, 60, 110}


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


LONG = SHORT_POSITIONS + 100


def test_on_a_cpu_short_sequences_run_beside_a_long_pass(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD)
    engine.long_may_run.clear()
    long = pool.submit(check, sequences(LONG), scheduler)
    until(lambda: bool(engine.batches))
    check(sequences(6, 7, first=900), scheduler)
    assert not long.done()
    engine.long_may_run.set()
    long.result(10)
    assert engine.shapes == [(1, LONG), (2, 7)]


def test_long_passes_run_one_at_a_time_and_take_turns(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD)
    engine.long_may_run.clear()
    waiting = [pool.submit(check, sequences(LONG, LONG, LONG, first=100), scheduler)]
    until(lambda: bool(engine.batches))
    waiting.append(submit(pool, scheduler, sequences(LONG, first=200)))
    assert len(engine.batches) == 1
    engine.long_may_run.set()
    for future in waiting:
        future.result(10)
    assert [batch[0][1] for batch in engine.batches] == [100, 101, 200, 102]


def test_a_request_of_short_and_long_sequences_has_them_all_in_order(engine: RecordingEngine) -> None:
    scheduler = BatchScheduler(engine, PAD)
    check(sequences(6, LONG, 7, LONG + 1), scheduler)
    assert sorted(engine.shapes) == [(1, LONG), (1, LONG + 1), (2, 7)]
    assert scheduler.work_done.n_tokens == 6 + LONG + 7 + LONG + 1


def test_a_request_is_told_of_a_failed_long_pass_and_the_next_one_runs(engine: RecordingEngine) -> None:
    scheduler = BatchScheduler(engine, PAD)
    engine.poison = 666
    with pytest.raises(EngineError, match="666 in the batch"):
        check(sequences(6, 7, LONG, first=664), scheduler)
    check(sequences(6, LONG), scheduler)


def test_other_devices_run_one_pass_at_a_time(engine: RecordingEngine, pool: ThreadPoolExecutor) -> None:
    engine.device = "cuda"
    scheduler = BatchScheduler(engine, PAD)
    engine.long_may_run.clear()
    long = pool.submit(check, sequences(LONG), scheduler)
    until(lambda: bool(engine.batches))
    short = submit(pool, scheduler, sequences(6, first=900))
    assert len(engine.batches) == 1
    engine.long_may_run.set()
    long.result(10)
    short.result(10)
    assert engine.shapes == [(1, LONG), (1, 6)]
