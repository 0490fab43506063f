"""The service files name what is there: settings, paths, rights. No Docker engine runs here."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from bge_demo.settings import Settings

ROOT = Path(__file__).parents[2]
UNIT, COMPOSE = ROOT / "deploy" / "bge-m3-demo.service", ROOT / "deploy" / "compose.yaml"
DOCKERFILE = ROOT / "Dockerfile"
OF_THE_SCRIPT = {"PYTHON", "VENV", "TORCH", "RUN_DIR"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_takes_the_unit() -> None:
    ran = subprocess.run(["systemd-analyze", "verify", UNIT], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("file", [UNIT, COMPOSE, DOCKERFILE], ids=lambda path: path.name)
def test_every_setting_is_one(file: Path) -> None:
    named = set(re.findall(r"BGE_DEMO_([A-Z_]+)", file.read_text("utf-8")))
    known = {field.name.upper() for field in fields(Settings)} | OF_THE_SCRIPT
    assert named
    assert named - known == set()


def test_the_services_wait_for_each_other_and_keep_what_they_hold() -> None:
    composed = yaml.safe_load(COMPOSE.read_text("utf-8"))
    workbench, qdrant = composed["services"]["workbench"], composed["services"]["qdrant"]
    assert (COMPOSE.parent / workbench["build"]["context"]).resolve() == ROOT
    assert list(workbench["build"]["args"]) == re.findall(r"^ARG (\w+)", DOCKERFILE.read_text("utf-8"), re.M)
    assert workbench["depends_on"] == {"qdrant": {"condition": "service_healthy"}}
    assert "healthcheck" in qdrant
    kept = {line.split(":")[0] for one in (workbench, qdrant) for line in one["volumes"]}
    assert kept == set(composed["volumes"])


def test_the_image_serves_without_roots_rights_and_tells_its_health() -> None:
    lines = DOCKERFILE.read_text("utf-8").splitlines()
    assert lines.index("USER demo") < lines.index("RUN bash start_server.sh --install-only")
    assert any(line.startswith("HEALTHCHECK") for line in lines)
