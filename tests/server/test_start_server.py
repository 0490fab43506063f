"""start_server.sh run for real on a small machine: what it installs, when, and how it starts the app."""

from __future__ import annotations

import pytest
from small_machine import BASH, FLOCK, Machine


def test_a_fresh_machine_serves_with_the_arguments_given(machine: Machine) -> None:
    seen = machine.start("--port", "9000", "two words", "")
    assert seen["arguments"] == ["--port", "9000", "two words", ""]
    assert seen["folder"] == str(machine.project)
    assert seen["python"] == str(machine.project / ".venv")


def test_the_server_is_private_and_open_to_the_network(machine: Machine) -> None:
    environ = machine.start()["environ"]
    assert environ["TRANSFORMERS_NO_TF"] == "1"
    assert environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert environ["PYTHONUNBUFFERED"] == "1"
    assert (environ["BGE_DEMO_HOST"], environ["BGE_DEMO_PORT"]) == ("0.0.0.0", "7860")


def test_host_and_port_of_the_environment_win(machine: Machine) -> None:
    environ = machine.start(BGE_DEMO_HOST="127.0.0.1", BGE_DEMO_PORT="9000")["environ"]
    assert (environ["BGE_DEMO_HOST"], environ["BGE_DEMO_PORT"]) == ("127.0.0.1", "9000")


def test_install_only_stops_before_the_app(machine: Machine) -> None:
    machine.install()
    assert machine.installs == ["pip torch==1.2.3+cpu", "pip requirements.txt"]


def test_a_second_start_installs_nothing_and_needs_no_python_of_the_system(machine: Machine) -> None:
    machine.start()
    (machine.root / "asked").unlink()
    (machine.root / "bin" / "python3").unlink()
    machine.start()
    assert machine.installs == []


@pytest.mark.parametrize("pins", ["requirements.txt", "constraints.txt"])
def test_changed_pins_install_again_into_the_same_environment(machine: Machine, pins: str) -> None:
    machine.install()
    with (machine.project / pins).open("a") as file:
        file.write("new==8.9\n")
    machine.start()
    assert machine.installs == ["pip torch==1.2.3+cpu", "pip requirements.txt", "pip requirements.txt"]
    assert len(machine.venvs) == 1


def test_pip_always_reads_the_constraints(machine: Machine) -> None:
    machine.install(FAIL="pip torch==1.2.3+cpu,uv torch==1.2.3")
    commands = [words for words in machine.asked if words[0] == "pip"]
    assert len(commands) == 4
    assert all(["--constraint", "constraints.txt"] == words[-3:-1] for words in commands[:-1])
    assert commands[-1][-4:] == ["--constraint", "constraints.txt", "--requirement", "requirements.txt"]


@pytest.mark.parametrize("ending", ["FAIL", "KILL"])
@pytest.mark.parametrize("step", ["pip torch==1.2.3", "pip requirements.txt"])
def test_an_interrupted_install_is_done_again(machine: Machine, ending: str, step: str) -> None:
    machine.add_command("nvidia-smi", "")
    machine.fail(**{ending: step})
    assert not machine.stamp.exists()
    machine.start()
    assert machine.installs[-1] == "pip requirements.txt"


def test_a_failed_upgrade_leaves_no_stamp_of_the_install_before(machine: Machine) -> None:
    machine.install()
    before = (machine.project / "requirements.txt").read_text()
    (machine.project / "requirements.txt").write_text(before + "new==8.9\n")
    assert "PIP_INDEX_URL" in machine.fail(FAIL="pip requirements.txt")
    (machine.project / "requirements.txt").write_text(before)
    machine.start()
    assert len(machine.installs) == 4


def test_an_interrupted_environment_is_made_anew(machine: Machine) -> None:
    machine.fail(KILL="venv")
    machine.start()
    assert machine.venvs == [str(machine.project / ".venv")] * 2


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.install()
    for link in (machine.project / ".venv" / "bin").glob("python*"):
        link.unlink()
        link.symlink_to(machine.root / "gone")
    machine.start()
    assert len(machine.venvs) == 2


def test_an_environment_of_an_old_python_is_made_anew(machine: Machine) -> None:
    machine.install()
    machine.stamp.unlink()
    python = machine.project / ".venv" / "bin" / "python"
    python.rename(python.with_name("newer"))
    python.write_text(f'#!{BASH}\n[ "$1" != -c ] && exec "{python.with_name("newer")}" "$@"\n')
    python.chmod(0o755)
    machine.start()
    assert len(machine.venvs) == 2


@pytest.mark.skipif(FLOCK is None, reason="without flock two starts do not wait for each other")
def test_two_starts_at_once_install_once(machine: Machine) -> None:
    starts = [machine.begin("--install-only", INSTALL_SECONDS="0.5") for _ in range(2)]
    messages = "".join(start.communicate(timeout=60)[1] for start in starts)
    assert [start.returncode for start in starts] == [0, 0]
    assert len(machine.venvs) == 1
    assert machine.installs == ["pip torch==1.2.3+cpu", "pip requirements.txt"]
    assert "Another start is installing" in messages
