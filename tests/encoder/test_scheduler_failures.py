"""Requests that fail, do not fit or are given up: they end, and hurt no other."""

from __future__ import annotations

import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from recording_engine import PAD, RecordingEngine, check, hold, n_waiting, sequences, submit, until

from bge_demo.encoder.caller import on_behalf_of
from bge_demo.encoder.scheduler import BatchScheduler, EngineError
from bge_demo.errors import InputError, NotReadyError, StoppedError
from bge_demo.locales import LANGUAGES


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
    until(lambda: n_waiting(scheduler) == 1)
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
    until(lambda: n_waiting(scheduler) == 1)
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


def test_a_batch_that_does_not_fit_is_halved_until_it_does(engine: RecordingEngine) -> None:
    engine.room = 100
    check(sequences(*[20] * 16), BatchScheduler(engine, PAD))
    assert engine.shapes == [(16, 20), (8, 20), (4, 20), (4, 20), (8, 20), (4, 20), (4, 20)]


def test_a_text_that_does_not_fit_alone_says_so_and_hurts_no_other(
    engine: RecordingEngine, pool: ThreadPoolExecutor
) -> None:
    scheduler = BatchScheduler(engine, PAD)
    engine.room = 50
    waiting = [hold(pool, scheduler, engine)]
    too_long = submit(pool, scheduler, sequences(60, first=600))
    waiting += [submit(pool, scheduler, sequences(50, 50, first=100 * i)) for i in (1, 2)]
    engine.may_run.set()
    with pytest.raises(InputError) as told:
        too_long.result(10)
    for future in waiting:
        future.result(10)
    assert told.value.key == "request.out_of_memory"
    assert all("60" in told.value.sentence(language) for language in LANGUAGES)
    check(sequences(5), scheduler)


def test_a_process_that_ends_says_so_to_whoever_asks(engine: RecordingEngine) -> None:
    scheduler = BatchScheduler(engine, PAD)
    scheduler._short._worker.shutdown()
    with pytest.raises(NotReadyError, match="The server is stopping"):
        check(sequences(5), scheduler)
