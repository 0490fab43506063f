"""Offline mode asks nobody: a real server in a network namespace of its own.

There every packet that leaves is counted, and every call of Python's sockets is written down.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from server import PATIENCE_SECONDS, ROOT, clean_environment

# A way out that leads nowhere: the kernel counts what is sent there, whoever sends it.
PREPARE = """
ip link set lo up
ip link add out type veth peer name nowhere
echo 1 > /proc/sys/net/ipv6/conf/out/disable_ipv6
ip addr add 192.0.2.1/24 dev out
ip link set out up
ip link set nowhere up
ip route add default via 192.0.2.2
exec "$@"
"""
# Read by every Python process at its start, children of the server included.
WATCH = """
import os, sys
def write_down(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        with open(os.environ["CALLS"], "a") as calls:
            calls.write(f"{event} {arguments[1:]}\\n")
sys.addaudithook(write_down)
"""
SERVE = """
import os, socket
from pathlib import Path
from server import launch

def packets_sent():
    line = next(line for line in open("/proc/net/dev") if line.strip().startswith("out:"))
    return int(line.split()[10])

folder = os.environ["FOLDER"]
server = launch(Path(folder), (), {
    "PYTHONPATH": folder,
    "BGE_DEMO_OFFLINE": "1",
    "HF_HUB_OFFLINE": "0",
    "TRANSFORMERS_OFFLINE": "0",
    "HF_HOME": folder + "/home",
    "BGE_DEMO_DATA_DIR": folder + "/data",
})
status = server.wait_until(lambda answer: (answer.json().get("notice") or {}).get("en", "").startswith("m3"))
answer = server.call("compare", "red cat", "red dog", "model-card")
server.stop()
print(status.json()["notice"]["en"])
print(answer.output["model"]["name"])
print(packets_sent())
try:
    socket.create_connection(("203.0.113.1", 80), timeout=0.2)
except OSError:
    pass
print(packets_sent())
"""


def in_namespace(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["unshare", "-rn", "sh", "-e", "-c", PREPARE, "sh", *arguments],
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


def may_make_namespaces() -> bool:
    tools = shutil.which("unshare") and shutil.which("ip")
    return bool(tools) and in_namespace("true").returncode == 0


@pytest.mark.skipif(not may_make_namespaces(), reason="needs unshare, ip and the right to make a namespace")
def test_offline_no_packet_leaves_and_no_connection_is_tried(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH, "utf-8")
    calls = tmp_path / "calls"
    done = in_namespace(
        sys.executable,
        "-c",
        SERVE,
        TESTS=str(ROOT / "tests" / "support"),
        FOLDER=str(tmp_path),
        CALLS=str(calls),
        BGE_DEMO_DATA_DIR=os.environ["BGE_DEMO_DATA_DIR"],
        PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")]),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    notice, model, sent, sent_by_one_connection = done.stdout.splitlines()[:4]
    assert "offline mode forbids fetching it" in notice
    assert model == "m3-compact"
    assert int(sent) == 0
    assert int(sent_by_one_connection) > 0, "the counter would have seen one"
    assert not calls.exists(), calls.read_text("utf-8")


def test_the_watch_sees_a_connection(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH, "utf-8")
    calls = tmp_path / "calls"
    ask = "import urllib.request as r\ntry: r.urlopen('http://127.0.0.1:9')\nexcept OSError: pass"
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "CALLS": str(calls)}
    subprocess.run([sys.executable, "-c", ask], env=environment, check=True, timeout=60)
    assert "socket.connect" in calls.read_text("utf-8")
    assert json.dumps("127.0.0.1")[1:-1] in calls.read_text("utf-8")
