"""A disk that fills up in mid-download: the cause is named, nothing half serves, and room lets it go on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fetching_server import network_of, write_card
from local_hub import LocalHub, card_of

SUPPORT = Path(__file__).parents[1] / "support"
# A disk of 3 MB for 7 MB of files; how much is free is asked of another one, as a disk may fill up later.
FETCH_ON_SMALL_DISK = """
mount -t tmpfs -o size=3m tmpfs "$HF_HOME"
python="$1"
shift
"$python" -c "
import sys
from bge_demo.checkpoints.hub import HubCache
if sys.argv[1] == 'blind':
    HubCache.free_bytes = lambda self: 1 << 60
sys.argv[1:] = sys.argv[2:]
import fetching_server
sys.exit(fetching_server.main(*sys.argv[1:]))
" "$@" || code=$?
find "$HF_HOME" -name pytorch_model.bin >&2
mount -o remount,size=140m "$HF_HOME"
"$python" "$AGAIN" "$2" --fetch >&2
exit $((code * 10 + $?))
"""


def in_own_mounts(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    from server import PATIENCE_SECONDS, clean_environment

    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", *arguments],
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


def may_mount() -> bool:
    return bool(shutil.which("unshare")) and in_own_mounts("mount -t tmpfs tmpfs /mnt").returncode == 0


@pytest.mark.parametrize(
    ("sees", "english", "chinese"),
    [
        ("free", "MB more, and the disk of the Hugging Face cache has", "磁盘只剩"),
        ("blind", "the disk of the Hugging Face cache is full", "磁盘已满"),
    ],
)
def test_a_full_disk_is_named_and_room_lets_it_go_on(
    random_checkpoint: Path, tmp_path: Path, sees: str, english: str, chinese: str
) -> None:
    if not may_mount():
        pytest.skip("needs unshare and the right to mount")
    card = write_card(card_of(random_checkpoint), tmp_path / "card.json")
    (tmp_path / "home").mkdir()
    with LocalHub(random_checkpoint).running() as hub:
        environment = network_of(hub.url, tmp_path / "home") | {"AGAIN": str(SUPPORT / "fetching_server.py")}
        environment["PYTHONPATH"] += f":{SUPPORT}"
        done = in_own_mounts(FETCH_ON_SMALL_DISK, sys.executable, sees, str(card), "--fetch", **environment)
        ranges = [one.range for one in hub.asked_for("cdn/pytorch_model.bin")]
    assert done.returncode == 10, done.stderr
    assert english in done.stderr
    assert chinese in done.stderr
    assert "HF_HOME" in done.stderr
    assert not [line for line in done.stderr.splitlines() if line.endswith("/pytorch_model.bin")]
    # The small files alone had room: the weights are asked for in one piece, or in two.
    assert ranges[0] is None
    assert len(ranges) == (2 if sees == "blind" else 1)
    assert ranges[-1] is None or int(ranges[-1][6:-1]) > 1_000_000
