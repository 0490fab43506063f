"""start_server.sh as a service: one server in the background, told, logged and stopped; real processes."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_machine import Machine

TOOLS = ("ps", "nohup", "setsid", "sleep", "date", "grep", "tail", "wc", "mv", "flock")
ADDRESS = "BGE-M3 demo on http://localhost:9000"
APP = f"""
import sys, time
print(sys.argv[1:], flush=True)
if "--bad" in sys.argv:
    sys.exit("a setting does not fit")
print("INFO {ADDRESS}", flush=True)
time.sleep(120)
"""

pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS), reason="needs the usual tools of a Linux machine"
)


@pytest.fixture
def service(machine: Machine) -> Iterator[Machine]:
    """The machine with an app that serves until it is stopped; nothing is left running."""
    for tool in TOOLS:
        place = machine.root / "bin" / tool
        if not place.exists():
            place.symlink_to(str(shutil.which(tool)))
    (machine.project / "app.py").write_text(APP)
    machine.install()
    yield machine
    run(machine, "--stop")


def run(machine: Machine, *arguments: str) -> tuple[int, str, str]:
    process = machine.begin(*arguments)
    output, messages = process.communicate(timeout=90)
    return process.returncode, output, messages


def pid_of(machine: Machine) -> int:
    return int((machine.project / ".run" / "server.pid").read_text())


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_it_starts_tells_and_stops(service: Machine) -> None:
    code, output, _ = run(service, "--background", "--port", "9000")
    assert (code, output.strip()) == (0, ADDRESS)
    pid = pid_of(service)
    assert is_alive(pid)
    assert "['--port', '9000']" in (service.project / ".run" / "server.log").read_text()
    assert run(service, "--status")[:2] == (0, f"{ADDRESS}\n")
    assert run(service, "--stop")[0] == 0
    assert not is_alive(pid)
    assert run(service, "--status")[0] == 3


def test_a_second_start_leaves_the_first_alone(service: Machine) -> None:
    run(service, "--background")
    pid = pid_of(service)
    code, _, messages = run(service, "--background")
    assert code == 1
    assert f"process {pid}" in messages
    assert is_alive(pid)


def test_after_every_kill_there_is_one_server_again(service: Machine) -> None:
    pids = []
    for _ in range(10):
        assert run(service, "--background")[0] == 0
        pids.append(pid_of(service))
        os.kill(pids[-1], signal.SIGKILL)
        while is_alive(pids[-1]):
            time.sleep(0.01)
    assert len(set(pids)) == 10
    assert not any(is_alive(pid) for pid in pids)


def test_a_server_that_ends_at_once_says_why(service: Machine) -> None:
    code, _, messages = run(service, "--background", "--bad")
    assert code == 1
    assert "a setting does not fit" in messages
    assert run(service, "--status")[0] == 3


def test_a_long_log_is_put_aside(service: Machine) -> None:
    folder = service.project / ".run"
    folder.mkdir()
    (folder / "server.log").write_text("old\n" * 2_000_000)
    run(service, "--background")
    assert (folder / "server.log.1").stat().st_size == 8_000_000
    assert (folder / "server.log").stat().st_size < 10_000
