"""Patience and progress by hand; the downloads themselves are tested against a hub in test_hub."""

from __future__ import annotations

import pytest

from bge_demo.checkpoints.download import Meter, Patience, Progress


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[Progress]:
    return []


@pytest.fixture
def meter(clock: Clock, told: list[Progress]) -> Meter:
    return Meter(1000, told.append, clock)


def test_pauses_double_up_to_the_longest() -> None:
    patience = Patience(first_pause_seconds=1, longest_pause_seconds=10)
    assert [patience.pause_seconds(n) for n in (1, 2, 3, 4, 5, 50)] == [1, 2, 4, 8, 10, 10]


def test_the_patience_is_minutes_and_not_hours() -> None:
    patience = Patience()
    assert 60 < sum(patience.pause_seconds(n + 1) for n in range(patience.attempts)) < 600


def test_the_speed_is_that_of_the_last_seconds(meter: Meter, clock: Clock, told: list[Progress]) -> None:
    meter.begin(0)
    assert told[-1] == Progress(0, 1000, None)
    for seconds in range(1, 21):
        clock.now += 1
        meter.at(10 * min(seconds, 10) + 40 * max(0, seconds - 10))
    assert told[-1].bytes_per_second == pytest.approx(40)
    assert told[-1].seconds_left == pytest.approx(500 / 40)


def test_what_was_there_before_is_progress_and_no_speed(
    meter: Meter, clock: Clock, told: list[Progress]
) -> None:
    meter.finished(300)
    clock.now += 1
    meter.begin(400)
    clock.now += 1
    meter.at(450)
    assert told[-1] == Progress(750, 1000, 50.0)


def test_many_small_steps_are_few_reports(meter: Meter, clock: Clock, told: list[Progress]) -> None:
    meter.begin(0)
    for done in range(0, 900):
        clock.now += 0.001
        meter.at(done)
    assert 4 <= len(told) <= 6


def test_the_end_is_always_told(meter: Meter, told: list[Progress]) -> None:
    meter.begin(999)
    meter.at(1000)
    assert told[-1].done_bytes == 1000


def test_failures_are_told_and_forgotten_when_bytes_come(
    meter: Meter, clock: Clock, told: list[Progress]
) -> None:
    meter.begin(500)
    meter.failed(2)
    assert told[-1] == Progress(500, 1000, None, failures=2)
    meter.begin(500)
    assert told[-1].failures == 0


def test_without_a_speed_there_is_no_end_in_sight() -> None:
    assert Progress(0, 1000, None).seconds_left is None
    assert Progress(0, 1000, 0.0).seconds_left is None
