"""The gate: what it supplies, who waits and how many, the deadline, and what its watchers hear."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from fakes import FakeEncoder

from bge_demo.encoder.caller import check_caller, report_progress
from bge_demo.encoder.contract import Encoder
from bge_demo.errors import BusyError, InputError, NotReadyError, StoppedError
from bge_demo.serving.gate import Call, Finished, Gate
from bge_demo.serving.model_host import ModelChoice, ModelHost
from bge_demo.settings import Limits

CALL = Call("test")


def gate_of(fake: FakeEncoder, **limits: int) -> Gate:
    models = ModelChoice.only(ModelHost(lambda: fake, wait_seconds=5))
    return Gate(models, Limits(**limits), {"library": "the library"})


def what_it_gets(encoder: Encoder, limits: Limits, library: str, word: str) -> tuple[str, int, str, str]:
    return encoder.info.name, limits.table_rows, library, word


def without_model(word: str) -> str:
    return word


def with_model(encoder: Encoder, word: str) -> str:
    return word


def work(encoder: Encoder) -> str:
    report_progress(1, 2)
    check_caller()
    return "done"


def test_what_a_function_asks_for_is_supplied(fake: FakeEncoder) -> None:
    assert gate_of(fake, table_rows=7).run(what_it_gets, {"word": "a"}, CALL) == (
        "fake",
        7,
        "the library",
        "a",
    )


def test_a_function_without_a_model_does_not_wait_for_one(fake: FakeEncoder) -> None:
    gate = gate_of(fake, waiting_requests=1)
    with gate.place():
        assert gate.run(without_model, {"word": "a"}, CALL) == "a"
    assert not gate.models.host().is_ready


@pytest.mark.parametrize("model", ["other", ["a"], [], {"a": 1}, 7, 0, True])
def test_an_unknown_model_gets_the_sentence(fake: FakeEncoder, model: Any) -> None:
    with pytest.raises(InputError, match="There is no model"):
        gate_of(fake).run(with_model, {"word": "a"}, Call("test", model))


def test_no_more_wait_than_may_and_a_place_is_given_back(fake: FakeEncoder) -> None:
    gate = gate_of(fake, waiting_requests=3)
    inside, may_end = threading.Semaphore(0), threading.Event()

    def long_work(encoder: Encoder) -> str:
        inside.release()
        may_end.wait(30)
        return "done"

    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(gate.run, long_work, {}, CALL) for _ in range(3)]
        for _ in range(3):
            assert inside.acquire(timeout=30)
        assert gate.n_inside == 3
        with pytest.raises(BusyError, match="3 requests are waiting already"):
            gate.run(work, {}, CALL)
        may_end.set()
        assert [answer.result(30) for answer in answers] == ["done"] * 3
    assert gate.n_inside == 0
    assert gate.run(work, {}, CALL) == "done"


def test_a_failed_request_gives_its_place_back(fake: FakeEncoder) -> None:
    gate = gate_of(fake, waiting_requests=1)
    for _ in range(3):
        with pytest.raises(InputError):
            gate.run(with_model, {"word": "a"}, Call("test", "other"))
    assert gate.n_inside == 0


def test_a_caller_who_left_is_not_worked_for(fake: FakeEncoder) -> None:
    with pytest.raises(StoppedError, match="cancelled"):
        gate_of(fake).run(work, {}, Call("test", has_left=lambda: True))


def test_progress_reaches_the_caller(fake: FakeEncoder) -> None:
    told: list[tuple[int, int]] = []
    gate_of(fake).run(work, {}, Call("test", report=lambda done, total: told.append((done, total))))
    assert told == [(1, 2)]


def test_a_caller_hears_of_the_wait_for_a_model_once(fake: FakeEncoder) -> None:
    gate = gate_of(fake)
    told: list[str] = []
    call = Call("test", before_waiting=lambda: told.append("wait"))
    for _ in range(2):
        gate.run(work, {}, call)
    assert told == ["wait"]


def test_watchers_hear_how_every_request_ended(fake: FakeEncoder) -> None:
    gate = gate_of(fake)
    heard: list[Finished] = []
    gate.watchers.append(heard.append)
    gate.run(partial(with_model, word="a"), {}, CALL)
    with pytest.raises(InputError):
        gate.run(work, {}, Call("page", "other"))
    assert [(one.door, one.name, one.outcome) for one in heard] == [
        ("test", "with_model", "ok"),
        ("page", "work", "InputError"),
    ]
    assert all(one.seconds >= 0 for one in heard)


def test_a_stopping_server_refuses_new_work_and_tells_who_waits(fake: FakeEncoder) -> None:
    gate = gate_of(fake)

    def work_while_it_stops(encoder: Encoder) -> str:
        gate.stop()
        check_caller()
        gate.give_up()
        check_caller()
        return "done"

    for function in (work_while_it_stops, work):
        with pytest.raises(NotReadyError, match="The server is stopping"):
            gate.run(function, {}, CALL)


def test_what_runs_ends_while_the_server_stops(fake: FakeEncoder) -> None:
    gate = gate_of(fake)

    def work_while_it_stops(encoder: Encoder) -> str:
        gate.stop()
        check_caller()
        return "done"

    assert gate.run(work_while_it_stops, {}, CALL) == "done"


def test_nobody_waits_for_a_model_when_the_server_stops(fake: FakeEncoder) -> None:
    host = ModelHost(lambda: fake, wait_seconds=60)
    gate = Gate(ModelChoice({"": host}), Limits())
    host.start = lambda: None  # type: ignore[method-assign]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(gate.run, work, {}, Call("test", before_waiting=gate.stop))
        with pytest.raises(NotReadyError, match="The server is stopping"):
            waiting.result(10)
