"""Who waits: their limits reach the work, its reports reach them, a step within a step reports nothing."""

from __future__ import annotations

import pytest

from bge_demo.encoder.caller import check_caller, on_behalf_of, one_step, report_progress, steps
from bge_demo.errors import StoppedError


def test_reports_reach_the_caller_and_nobody_else() -> None:
    told: list[tuple[int, int]] = []
    report_progress(1, 9)
    with on_behalf_of(lambda: False, 60, lambda done, total: told.append((done, total))):
        report_progress(2, 9)
        with on_behalf_of(lambda: False, 60):
            report_progress(3, 9)
        with one_step():
            report_progress(4, 9)
        report_progress(5, 9)
    report_progress(6, 9)
    assert told == [(2, 9), (5, 9)]


def test_reports_within_steps_are_told_as_such() -> None:
    told: list[tuple[int, int]] = []
    with on_behalf_of(lambda: False, 60, lambda done, total: told.append((done, total))):
        for begin in (0, 32):
            with steps(begin, begin + 32, 64):
                report_progress(4, 8196)
                report_progress(4098, 8196)
    assert told == [(0, 64), (16, 64), (32, 64), (32, 64), (48, 64), (64, 64)]


def test_a_step_ends_when_the_caller_leaves() -> None:
    with on_behalf_of(lambda: True, 60), one_step(), pytest.raises(StoppedError, match="cancelled"):
        check_caller()


def test_work_for_nobody_has_no_limit() -> None:
    check_caller()
    with one_step(), steps(0, 1, 1):
        check_caller()
