"""start_server.sh run for real on a small machine: which torch and which Python it takes."""

from __future__ import annotations

import sys

from small_machine import INSTALLER, PYTHON, Machine


def test_a_machine_with_a_gpu_gets_the_standard_build(machine: Machine) -> None:
    machine.add_command("nvidia-smi", '[ "$*" = -L ]')
    assert "GPU" in machine.install()
    assert machine.installs == ["pip torch==1.2.3", "pip requirements.txt"]


def test_a_driver_without_a_gpu_gets_the_cpu_build(machine: Machine) -> None:
    machine.add_command("nvidia-smi", "exit 9")
    machine.install()
    assert machine.installs[0] == "pip torch==1.2.3+cpu"


def test_an_image_for_a_gpu_can_be_built_where_there_is_none(machine: Machine) -> None:
    machine.install(BGE_DEMO_TORCH="cuda")
    assert machine.installs[0] == "pip torch==1.2.3"


def test_a_gpu_can_be_left_alone(machine: Machine) -> None:
    machine.add_command("nvidia-smi", '[ "$*" = -L ]')
    machine.install(BGE_DEMO_TORCH="cpu")
    assert machine.installs[0] == "pip torch==1.2.3+cpu"


def test_an_unknown_build_is_refused(machine: Machine) -> None:
    assert "BGE_DEMO_TORCH=rocm is neither cpu nor cuda" in machine.fail(BGE_DEMO_TORCH="rocm")
    assert machine.installs == []


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
