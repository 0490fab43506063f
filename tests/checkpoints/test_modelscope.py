"""ModelScope's own client names the addresses; what comes from there is held to the same hashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fetching_server import network_of, write_card
from local_hub import LocalHub, card_of

PROGRAM = Path(__file__).parents[1] / "support" / "fetching_server.py"


def fetched(hub: LocalHub, checkpoint: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    card = write_card(card_of(checkpoint), folder / "card.json")
    elsewhere = {"HF_ENDPOINT": "http://no-such-host.invalid", "HF_TOKEN": "secret"}
    hub_of_choice = {"BGE_DEMO_HUB": "modelscope", "MODELSCOPE_ENDPOINT": hub.url}
    environment = os.environ | network_of(hub.url, folder / "home") | elsewhere | hub_of_choice
    environment["PYTHONPATH"] += os.pathsep + os.environ.get("PYTHONPATH", "")
    return subprocess.run(
        [sys.executable, str(PROGRAM), str(card), "--fetch"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_modelscopes_client_leads_to_the_same_files(random_checkpoint: Path, tmp_path: Path) -> None:
    pytest.importorskip("modelscope.hub.file_download")
    with LocalHub(random_checkpoint).running() as hub:
        done = fetched(hub, random_checkpoint, tmp_path)
    assert done.returncode == 0, done.stderr
    (weights,) = (tmp_path / "home").rglob("snapshots/*/pytorch_model.bin")
    assert weights.read_bytes() == (random_checkpoint / "pytorch_model.bin").read_bytes()
    assert {one.path for one in hub.asked} == {file.name for file in card_of(random_checkpoint).files}
    # The token is Hugging Face's.
    assert {one.authorization for one in hub.asked} == {None}


def test_without_the_client_the_sentence_names_it(random_checkpoint: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden" / "modelscope"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError", "utf-8")
    with pytest.MonkeyPatch.context() as patched, LocalHub(random_checkpoint).running() as hub:
        patched.setenv("PYTHONPATH", str(hidden.parent))
        done = fetched(hub, random_checkpoint, tmp_path)
    assert done.returncode == 1
    assert "pip install modelscope" in done.stderr
    assert hub.asked == []
