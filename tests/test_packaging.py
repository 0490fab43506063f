"""The package installs: the wheel holds every file the package needs, and works outside the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "bge_demo"
ENCODE_OUTSIDE = """
import bge_demo
from bge_demo.checkpoints.cards import M3_COMPACT, resolve
from bge_demo.page import page_options
assert resolve("m3-compact").folder.is_dir()
assert page_options()["css"]
print(bge_demo.__file__, bge_demo.compare.__name__, bge_demo.load_encoder.__name__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without a network from a copy, so that the checkout stays clean."""
    copy, made = tmp_path_factory.mktemp("source") / "project", tmp_path_factory.mktemp("wheel")
    shutil.copytree(PACKAGE, copy / "bge_demo", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.txt", "README.md"):
        shutil.copy(ROOT / name, copy)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(made)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(copy)], check=True, timeout=300)
    (built,) = made.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("bge_demo/")}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == wanted


def test_it_asks_for_what_requirements_txt_lists(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        asked = message_from_bytes(archive.read(name)).get_all("Requires-Dist")
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert asked == [line for line in lines if line and not line.startswith("#")]


def test_it_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    ran = subprocess.run(
        [sys.executable, "-c", ENCODE_OUTSIDE],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed"), "GRADIO_ANALYTICS_ENABLED": "False", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [
        str(tmp_path / "installed" / "bge_demo" / "__init__.py"),
        "compare",
        "load_encoder",
    ]
