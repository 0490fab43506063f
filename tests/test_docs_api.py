"""The examples of docs/api.md and the calls in README.md run as they stand, against a real server; both
languages have the same ones."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from server import Server


ROOT = Path(__file__).parent.parent
ENGLISH, CHINESE = ROOT / "docs" / "api.md", ROOT / "docs" / "api.zh-CN.md"
README, README_CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
ADDRESS = re.compile(r"(http://)?localhost:7860")


def examples(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def run(command: list[str], example: str, server: Server) -> subprocess.CompletedProcess[str]:
    ours = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "", "BGE_DEMO_OFFLINE": "1"}
    return subprocess.run(
        [*command, ADDRESS.sub(server.url, example)],
        env={**os.environ, **ours},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("language", ["bash", "python", "json"])
def test_both_languages_have_the_same_examples(language: str) -> None:
    assert examples(ENGLISH, language) == examples(CHINESE, language) != []


def calls(readme: Path) -> list[str]:
    return re.findall(r"^curl .*/v1/.*$", readme.read_text("utf-8"), re.MULTILINE)


def test_a_newcomer_needs_three_lines() -> None:
    assert calls(README) == calls(README_CHINESE)
    assert [re.findall(r"/v1/(\w+)", line) for line in calls(README)] == [
        ["compare"],
        ["embeddings"],
        ["rerank"],
    ]


@pytest.mark.parametrize(
    "example", [*calls(README), *examples(ENGLISH, "bash")], ids=lambda text: text.split()[2][-24:]
)
def test_a_shell_example_answers_json(server: Server, example: str) -> None:
    ran = run(["bash", "-euc"], example, server)
    assert ran.returncode == 0, ran.stderr
    first, _ = json.JSONDecoder().raw_decode(ran.stdout)
    assert ("error" in first) is ('["ok", " "]' in example)


@pytest.mark.parametrize("example", examples(ENGLISH, "python"), ids=lambda text: text.split()[1])
def test_a_python_example_runs(server: Server, example: str) -> None:
    ran = run([sys.executable, "-c"], example, server)
    assert ran.returncode == 0, ran.stderr


def test_every_route_is_described() -> None:
    from bge_demo.api.programs import HTTP_PROGRAMS

    for path in (ENGLISH, CHINESE):
        text = path.read_text("utf-8")
        routes = [f"/v1/{program.__name__}" for program in HTTP_PROGRAMS]
        missing = [one for one in [*routes, "/v1/preview_file", "/v1/models", "/metrics"] if one not in text]
        assert missing == []
