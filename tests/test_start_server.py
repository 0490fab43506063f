"""start_server.sh run for real on a small machine of its own: real environments, a real process; pip, uv,
the GPU and the app are stand-ins that write down what they were asked for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent / "start_server.sh"
TOOLS = ("bash", "basename", "cat", "cp", "dirname", "find", "ls", "mkdir", "rm", "sed", "touch", "uname")
BASH = shutil.which("bash") or "bash"
FLOCK = shutil.which("flock")

APP = """
import json, os, sys
print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), "pid": os.getpid(), "python": sys.prefix,
                  "environ": dict(os.environ)}))
"""

# Both pip.py and uv.py. FAIL and KILL hold sentences such as "pip torch==1.2.3", separated by commas.
INSTALLER = """
import json, os, signal, sys, time
from pathlib import Path

here = Path(__file__)
words = sys.argv[1:]
if "install" in words:
    asked = here.stem + " " + words[-1]
    with open(os.environ["ASKED"], "a") as log:
        log.write(json.dumps([here.stem, *words]) + "\\n")
    time.sleep(float(os.environ.get("INSTALL_SECONDS", 0)))
    if asked in os.environ.get("KILL", "").split(","):
        os.killpg(0, signal.SIGKILL)
    if asked in os.environ.get("FAIL", "").split(","):
        sys.exit("no such package")
    name, _, version = words[-1].partition("==")
    if name == "uv":
        here.with_name("uv.py").write_text(here.read_text())
    elif version:
        folder = here.with_name(f"{name}-{version}.dist-info")
        folder.mkdir(exist_ok=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
"""

PYTHON = f"""
if [ "$1 $2" = "-m venv" ]; then
    echo "$3" >>"$VENVS"
    "{sys.executable}" -m venv --without-pip "$3"
    [ "${{KILL:-}}" != venv ] || kill -KILL 0
    cp "$INSTALLER" "$(echo "$3"/lib/python*/site-packages)/pip.py"
    exit
fi
exec "{sys.executable}" "$@"
"""


@dataclass(frozen=True)
class Machine:
    """A machine with a few tools and Python alone; the project lies in a folder with a space in its name."""

    root: Path

    @property
    def project(self) -> Path:
        return self.root / "the demo"

    @property
    def stamp(self) -> Path:
        return self.project / ".venv" / "bge-demo-installed"

    @property
    def asked(self) -> list[list[str]]:
        """Each command that pip or uv was asked to install with."""
        log = self.root / "asked"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    @property
    def installs(self) -> list[str]:
        """The same, shortened to the tool and what it should install."""
        return [f"{words[0]} {words[-1]}" for words in self.asked]

    @property
    def venvs(self) -> list[str]:
        """Each environment made."""
        log = self.root / "venvs"
        return log.read_text().splitlines() if log.exists() else []

    def add_command(self, name: str, body: str) -> Path:
        command = self.root / "bin" / name
        command.write_text(f"#!{BASH}\n{body}\n")
        command.chmod(0o755)
        return command

    def begin(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """The script on its way, in a process group of its own, from a folder other than the project."""
        own = {
            "PATH": str(self.root / "bin"),
            "HOME": str(self.root),
            "ASKED": str(self.root / "asked"),
            "VENVS": str(self.root / "venvs"),
            "INSTALLER": str(self.root / "installer"),
        }
        return subprocess.Popen(
            [BASH, str(self.project / "start_server.sh"), *arguments],
            cwd=self.root,
            env=own | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def start(self, *arguments: str, **environ: str) -> dict[str, Any]:
        """Start to the end; what the app saw."""
        process = self.begin(*arguments, **environ)
        output, messages = process.communicate(timeout=60)
        assert process.returncode == 0, messages
        seen: dict[str, Any] = json.loads(output)
        assert seen["pid"] == process.pid
        return seen

    def install(self, **environ: str) -> str:
        """Install only; the messages."""
        process = self.begin("--install-only", **environ)
        output, messages = process.communicate(timeout=60)
        assert (process.returncode, output) == (0, ""), messages
        return messages

    def fail(self, **environ: str) -> str:
        """A start that must not reach the app; the messages."""
        process = self.begin(**environ)
        output, messages = process.communicate(timeout=60)
        assert process.returncode != 0
        assert output == ""
        return messages


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "a machine")
    machine.project.mkdir(parents=True)
    shutil.copy(SCRIPT, machine.project)
    (machine.project / "start_server.sh").chmod(0o644)
    (machine.project / "app.py").write_text(APP)
    (machine.project / "requirements.txt").write_text("torch==1.2.3\nother==4.5\n")
    (machine.project / "constraints.txt").write_text("below==6.7\n")
    (machine.root / "installer").write_text(INSTALLER)
    (machine.root / "bin").mkdir()
    for tool in TOOLS:
        (machine.root / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    if FLOCK:
        (machine.root / "bin" / "flock").symlink_to(FLOCK)
    machine.add_command("uname", "echo Linux")
    machine.add_command("python3", PYTHON)
    return machine


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


def test_a_machine_with_a_gpu_gets_the_standard_build(machine: Machine) -> None:
    machine.add_command("nvidia-smi", '[ "$*" = -L ]')
    assert "GPU" in machine.install()
    assert machine.installs == ["pip torch==1.2.3", "pip requirements.txt"]


def test_a_driver_without_a_gpu_gets_the_cpu_build(machine: Machine) -> None:
    machine.add_command("nvidia-smi", "exit 9")
    machine.install()
    assert machine.installs[0] == "pip torch==1.2.3+cpu"


def test_a_mac_gets_the_standard_build(machine: Machine) -> None:
    machine.add_command("uname", "echo Darwin")
    machine.install()
    assert machine.installs == ["pip torch==1.2.3", "pip requirements.txt"]


def test_a_cpu_build_unknown_to_pip_comes_through_uv(machine: Machine) -> None:
    messages = machine.install(FAIL="pip torch==1.2.3+cpu")
    by_uv = next(words for words in machine.asked if words[0] == "uv")
    assert by_uv[1:3] == ["pip", "install"]
    assert "--torch-backend=cpu" in by_uv
    assert by_uv[by_uv.index("--python") + 1] == str(machine.project / ".venv" / "bin" / "python")
    assert machine.installs[2:] == ["uv torch==1.2.3", "pip requirements.txt"]
    assert "several GB" not in messages


def test_the_standard_build_is_the_last_resort_and_said_to_be_large(machine: Machine) -> None:
    messages = machine.install(FAIL="pip torch==1.2.3+cpu,uv torch==1.2.3")
    assert machine.installs[2:] == ["uv torch==1.2.3", "pip torch==1.2.3", "pip requirements.txt"]
    assert "several GB" in messages


def test_a_torch_of_the_pinned_version_is_kept(machine: Machine) -> None:
    machine.install()
    machine.stamp.unlink()
    machine.add_command("nvidia-smi", "")
    machine.install()
    assert machine.installs[2:] == ["pip requirements.txt"]


def test_a_torch_of_another_version_is_replaced(machine: Machine) -> None:
    (machine.project / "requirements.txt").write_text("torch==1.2.30\n")
    machine.install()
    (machine.project / "requirements.txt").write_text("torch==1.2.3\n")
    machine.install()
    assert machine.installs[2:] == ["pip torch==1.2.3+cpu", "pip requirements.txt"]


def test_a_missing_python_is_named_with_the_next_step(machine: Machine) -> None:
    (machine.root / "bin" / "python3").unlink()
    messages = machine.fail()
    assert "Python 3.11 or newer was not found" in messages
    assert "BGE_DEMO_PYTHON" in messages
    assert "未找到" in messages


def test_an_old_python_is_passed_over_for_a_newer_one(machine: Machine) -> None:
    machine.add_command("python3", "exit 1")
    assert "Python 3.11 or newer was not found" in machine.fail()
    machine.add_command("python3.12", PYTHON)
    machine.start()


def test_a_missing_venv_module_names_its_debian_package(machine: Machine) -> None:
    machine.add_command("python3", f'[[ "$2" != *venv* ]] && exec "{sys.executable}" "$@"')
    assert "python3-venv" in machine.fail()


def test_the_python_of_the_environment_is_used(machine: Machine) -> None:
    chosen = machine.add_command("my python", PYTHON)
    machine.add_command("python3", "exit 1")
    machine.start(BGE_DEMO_PYTHON=str(chosen))
    machine.start(BGE_DEMO_PYTHON=str(chosen))
    assert len(machine.venvs) == 1


def test_another_python_makes_the_environment_anew(machine: Machine) -> None:
    machine.install()
    other = machine.add_command("other", f'[ "$1" = --version ] && echo Python 3.99.0 && exit\n{PYTHON}')
    machine.install(BGE_DEMO_PYTHON=str(other))
    assert len(machine.venvs) == 2


def test_a_wrong_choice_of_python_is_named(machine: Machine) -> None:
    assert "BGE_DEMO_PYTHON=nothing is not Python 3.11" in machine.fail(BGE_DEMO_PYTHON="nothing")


def test_the_environment_can_be_elsewhere(machine: Machine) -> None:
    seen = machine.start(BGE_DEMO_VENV="else where/env")
    assert seen["python"] == str(machine.root / "else where" / "env")
    assert not (machine.project / ".venv").exists()


def test_a_folder_with_other_files_is_left_alone(machine: Machine) -> None:
    diary = machine.root / "diary.txt"
    diary.write_text("dear diary")
    assert "other files" in machine.fail(BGE_DEMO_VENV=str(machine.root))
    assert diary.read_text() == "dear diary"
    assert machine.venvs == []


def test_pip_settings_reach_pip(machine: Machine) -> None:
    installer = machine.root / "installer"
    installer.write_text(INSTALLER + "\nassert os.environ['PIP_INDEX_URL'] == 'mirror'\n")
    machine.install(PIP_INDEX_URL="mirror")
