"""The model host: early requests wait, failures come as sentences, bugs stay loud."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

import pytest
from fakes import FakeEncoder

from bge_demo.checkpoints.download import Progress
from bge_demo.encoder.contract import Encoder
from bge_demo.errors import CheckpointError, InputError, NotReadyError
from bge_demo.locales import Phrase
from bge_demo.serving.model_host import Coming, ModelChoice, ModelHost

LONG = 20.0


class Gate:
    """A load that takes until `open` is set."""

    def __init__(self, result: Callable[[], Encoder]) -> None:
        self.open = threading.Event()
        self._result = result

    def load(self) -> Encoder:
        assert self.open.wait(LONG)
        return self._result()


@pytest.fixture
def gate(fake: FakeEncoder) -> Iterator[Gate]:
    gate = Gate(lambda: fake)
    yield gate
    gate.open.set()


def _missing() -> Encoder:
    raise CheckpointError("checkpoint.unknown", model="no-such-model")


def _buggy() -> Encoder:
    raise ZeroDivisionError("a bug")


def test_starting_returns_while_the_model_still_loads(gate: Gate) -> None:
    host = ModelHost(gate.load, LONG)
    assert host.status().state == "loading"
    host.start()
    status = host.status()
    assert (status.state, status.model, host.is_ready) == ("loading", None, False)


def test_an_early_request_waits_and_is_answered(gate: Gate, fake: FakeEncoder) -> None:
    host = ModelHost(gate.load, LONG)
    host.start()
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(host.encoder) for _ in range(3)]
        time.sleep(0.05)
        assert not any(one.done() for one in waiting)
        gate.open.set()
        assert all(one.result(LONG) is fake for one in waiting)


def test_a_ready_host_tells_which_model_serves(fake: FakeEncoder) -> None:
    host = ModelHost(lambda: fake, LONG)
    host.start()
    assert host.encoder() is fake
    assert host.is_ready
    answer = host.status().to_json()
    assert (answer["state"], answer["model"]["name"]) == ("ready", "fake")
    assert answer["message"] == {"en": "ready", "zh": "就绪"}


def test_a_request_gives_up_after_its_seconds_with_a_sentence(gate: Gate) -> None:
    host = ModelHost(gate.load, wait_seconds=0.05)
    host.start()
    with pytest.raises(NotReadyError, match=r"not ready within 0 s\. Try again") as refused:
        host.encoder()
    assert "未就绪" in refused.value.sentence("zh")


def test_a_request_after_one_that_gave_up_is_answered(gate: Gate, fake: FakeEncoder) -> None:
    host = ModelHost(gate.load, wait_seconds=0.05)
    host.start()
    with pytest.raises(NotReadyError):
        host.encoder()
    gate.open.set()
    until = time.monotonic() + LONG
    while not host.is_ready and time.monotonic() < until:
        time.sleep(0.01)
    assert host.encoder() is fake


def test_a_missing_checkpoint_reaches_requests_and_status_as_the_same_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = ModelHost(_missing, LONG)
    with caplog.at_level(logging.ERROR, "bge_demo.serving.model_host"):
        host.start()
        with pytest.raises(NotReadyError) as refused:
            host.encoder()
    assert str(refused.value).startswith("no model: 'no-such-model' is no known model and no folder.")
    assert refused.value.sentence("zh").startswith("没有可用模型：'no-such-model' 既不是已知模型")
    status = host.status()
    assert (status.state, status.model, host.is_ready) == ("failed", None, False)
    assert status.to_json()["message"]["zh"] == refused.value.sentence("zh")
    assert "no-such-model" in caplog.text


def test_many_failed_requests_hold_no_frames_of_each_other(caplog: pytest.LogCaptureFixture) -> None:
    host = ModelHost(_missing, LONG)
    host.start()
    depths = [_traceback_depth(host) for _ in range(5)]
    assert depths == depths[:1] * 5


def _traceback_depth(host: ModelHost) -> int:
    with pytest.raises(NotReadyError) as refused:
        host.encoder()
    return len(refused.traceback)


@pytest.fixture
def uncaught(monkeypatch: pytest.MonkeyPatch) -> Queue[type[BaseException]]:
    """What threads died of, as Python itself would report it."""
    died: Queue[type[BaseException]] = Queue()
    monkeypatch.setattr(threading, "excepthook", lambda args: died.put(args.exc_type))
    return died


def test_a_bug_while_loading_stays_loud_and_every_request_hears_of_it(
    uncaught: Queue[type[BaseException]],
) -> None:
    host = ModelHost(_buggy, LONG)
    host.start()
    with pytest.raises(NotReadyError, match="unexpected error; the server's log has the details") as refused:
        host.encoder()
    assert uncaught.get(timeout=LONG) is ZeroDivisionError
    assert host.status().state == "failed"
    assert "意外错误" in host.status().to_json()["message"]["zh"]
    # What broke is for the log, not for visitors.
    assert "a bug" not in str(refused.value)


class Replacement:
    """A first encoder that serves while `open` is not set, and what takes over then."""

    def __init__(self, second: Callable[[], Encoder | None]) -> None:
        self.open = threading.Event()
        self._second = second
        self.host = ModelHost(FakeEncoder, LONG, self._take_over)

    def _take_over(self) -> Encoder | None:
        self.host.announce(COMING)
        assert self.open.wait(LONG)
        return self._second()


PROGRESS = Progress(30, 100, 7.0)
COMING = Coming("BAAI/bge-m3", Phrase("fetch.start", model="BAAI/bge-m3"), PROGRESS)


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert reached()


def test_the_first_one_serves_while_another_is_on_its_way() -> None:
    replacement = Replacement(FakeEncoder)
    replacement.host.start()
    until(lambda: replacement.host.status().coming is not None)
    answer = replacement.host.status().to_json()
    assert (answer["state"], answer["model"]["name"]) == ("ready", "fake")
    assert answer["notice"]["en"] == "Looking for BAAI/bge-m3 … Until then fake answers."
    assert answer["coming"]["done_bytes"] == 30
    assert answer["coming"]["seconds_left"] == 10
    replacement.open.set()


def test_a_request_keeps_its_encoder_and_later_ones_get_the_new_one(fake: FakeEncoder) -> None:
    replacement = Replacement(lambda: fake)
    host = replacement.host
    host.start()
    before = host.encoder()
    replacement.open.set()
    until(lambda: host.encoder() is fake)
    assert before is not fake
    assert before.encode(["still here"]).dense is not None
    assert host.status().coming is None


def test_the_old_encoder_is_let_go(fake: FakeEncoder) -> None:
    replacement = Replacement(lambda: fake)
    replacement.host.start()
    old = weakref.ref(replacement.host.encoder())
    replacement.open.set()
    until(lambda: old() is None)


def test_nothing_better_changes_nothing() -> None:
    replacement = Replacement(lambda: None)
    replacement.host.start()
    first = replacement.host.encoder()
    replacement.open.set()
    assert replacement.host.encoder() is first


def test_a_failed_takeover_leaves_the_first_one_serving_and_says_why() -> None:
    replacement = Replacement(_missing)
    replacement.host.start()
    first = replacement.host.encoder()
    replacement.open.set()
    until(lambda: replacement.host.status().notice is not None and not replacement.host.status().coming)
    status = replacement.host.status()
    assert (status.state, replacement.host.encoder()) == ("ready", first)
    assert status.to_json()["notice"]["en"].startswith("fake goes on answering. 'no-such-model' is no known")


def test_a_bug_in_a_takeover_stays_loud_and_leaves_the_first_one_serving(
    uncaught: Queue[type[BaseException]],
) -> None:
    replacement = Replacement(_buggy)
    replacement.host.start()
    replacement.open.set()
    assert uncaught.get(timeout=LONG) is ZeroDivisionError
    assert replacement.host.is_ready
    assert "unexpected error" in replacement.host.status().to_json()["notice"]["en"]


def test_a_second_start_changes_nothing() -> None:
    loads: list[None] = []

    def load() -> Encoder:
        loads.append(None)
        return FakeEncoder()

    host = ModelHost(load, LONG)
    host.start()
    host.start()
    host.encoder()
    assert len(loads) == 1


def test_of_several_models_each_loads_when_first_asked_for(fake: FakeEncoder) -> None:
    hosts = {"one": ModelHost(FakeEncoder, LONG), "two": ModelHost(lambda: fake, LONG)}
    models = ModelChoice(hosts)
    models.start()
    assert models.encoder("") is models.encoder("one") is hosts["one"].encoder()
    assert not hosts["two"].is_ready
    assert hosts["two"].status().to_json()["message"]["en"] == "loads when first asked for"
    assert models.encoder("two") is fake
    with pytest.raises(InputError, match=r"There is no model 'three' here\. Use one of: fake, one, two\."):
        models.host("three")


def test_a_name_that_is_known_once_the_model_serves_is_waited_for(gate: Gate, fake: FakeEncoder) -> None:
    models = ModelChoice({"auto": ModelHost(gate.load, LONG)})
    assert not models.is_ready("fake")
    with ThreadPoolExecutor() as pool:
        early, wrong = pool.submit(models.encoder, "fake"), pool.submit(models.encoder, "other")
        gate.open.set()
        assert early.result() is fake
        with pytest.raises(InputError, match=r"no model 'other' here\. Use one of: auto, fake\."):
            wrong.result()
    assert models.is_ready("fake")
