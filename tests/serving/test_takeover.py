"""A real server and a real hub: m3-compact answers at once, BGE-M3 is fetched beside it and takes over.

No restart, no failed request; a killed process goes on where it was.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fetching_server import network_of, write_card
from local_hub import REVISION, Fault, LocalHub, card_of
from server import PATIENCE_SECONDS, ROOT, Server, clean_environment, command, launch

from bge_demo.encoder.text_encoder import TextEncoder, load_encoder
from bge_demo.tabs.compare.analysis import compare

PAIR = ("我喜欢看书", "Reading makes me happy")
WEIGHTS = "pytorch_model.bin"
N_CLIENTS = 3


@pytest.fixture
def hub(random_checkpoint: Path, tmp_path: Path) -> Iterator[LocalHub]:
    write_card(card_of(random_checkpoint), tmp_path / "card.json")
    with LocalHub(random_checkpoint).running() as hub:
        yield hub


@pytest.fixture
def program(tmp_path: Path) -> tuple[str, ...]:
    return (str(ROOT / "tests" / "support" / "fetching_server.py"), str(tmp_path / "card.json"))


@pytest.fixture
def environment(hub: LocalHub, tmp_path: Path) -> dict[str, str]:
    """A network with this hub alone, and an empty cache."""
    return network_of(hub.url, tmp_path / "home")


@pytest.fixture
def server(tmp_path: Path, environment: dict[str, str], program: tuple[str, ...]) -> Iterator[Server]:
    # The scores are held to torch's: auto takes bf16 where the processor has it.
    server = launch(tmp_path, ("--precision", "fp32"), environment, program)
    yield server
    server.stop()


class Client(threading.Thread):
    """Compares the same two texts again and again, as a patient person would."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.answers: list[dict[str, Any]] = []
        self.enough = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.enough.wait(0.1):
                self.answers.append(self.server.call("compare", *PAIR, "model-card").output)
        except BaseException as failure:
            self.failure = failure
            raise

    def stop(self) -> list[dict[str, Any]]:
        self.enough.set()
        self.join(PATIENCE_SECONDS)
        assert self.failure is None
        return self.answers


def coming(server: Server, share: float) -> Any:
    """Wait until this share of the bytes is there; the status then."""

    def is_far_enough(answer: Any) -> bool:
        on_its_way = answer.json()["coming"] or {}
        return on_its_way.get("done_bytes", 0) >= share * on_its_way.get("total_bytes", 1)

    return server.wait_until(is_far_enough).json()


def serves(server: Server, name: str) -> Any:
    return server.wait_until(lambda answer: (answer.json()["model"] or {}).get("name") == name).json()


def test_bge_m3_takes_over_while_clients_keep_asking(
    server: Server, hub: LocalHub, compact: TextEncoder, random_checkpoint: Path
) -> None:
    hub.bytes_per_second = 1_000_000
    assert serves(server, "m3-compact")["self_check"]["verdict"] == "passed"
    clients = [Client(server) for _ in range(N_CLIENTS)]
    for client in clients:
        client.start()
    halfway, later = coming(server, 0.3), coming(server, 0.6)
    assert halfway["coming"]["done_bytes"] < later["coming"]["done_bytes"]
    assert later["coming"]["seconds_left"] > 0
    assert "Fetching BAAI/bge-m3" in later["notice"]["en"]
    assert "由 m3-compact 作答" in later["notice"]["zh"]
    after = serves(server, "BAAI/bge-m3")
    answers = [[*client.stop(), server.call("compare", *PAIR, "model-card").output] for client in clients]

    assert (after["model"]["revision"], after["notice"], after["coming"]) == (REVISION, None, None)
    assert after["self_check"]["verdict"] == "unknown"
    other = load_encoder(str(random_checkpoint), engine="torch", device="cpu")
    expected = {"m3-compact": compare(compact, *PAIR), "BAAI/bge-m3": compare(other, *PAIR)}
    for answered in answers:
        names = [answer["model"]["name"] for answer in answered]
        assert names == sorted(names, reverse=True)
        assert set(names) == set(expected)
        for answer in answered:
            result = expected[answer["model"]["name"]]
            assert answer["similarity_percent"] == pytest.approx(result.similarity_percent, abs=0.02)
            assert answer["percentile"] == pytest.approx(result.percentile, abs=0.1)


def test_a_process_killed_in_mid_download_goes_on_where_it_was(
    hub: LocalHub, tmp_path: Path, environment: dict[str, str], program: tuple[str, ...]
) -> None:
    size = (hub.folder / WEIGHTS).stat().st_size
    hub.bytes_per_second = 2_000_000
    for share in (0.3, 0.8):
        process = subprocess.Popen(
            command("--fetch", program=program),
            env=clean_environment(**environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while part_size(tmp_path) < share * size and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    hub.mend()
    assert run_fetch(environment, program).returncode == 0
    ranges = [one.range for one in hub.asked_for(f"cdn/{WEIGHTS}")]
    assert ranges[0] is None
    starts = [int(one[6:-1]) / size for one in ranges[1:] if one]
    assert starts == [pytest.approx(0.3, abs=0.15), pytest.approx(0.8, abs=0.15)]


def part_size(tmp_path: Path) -> int:
    """Of the weights as far as they have come: the largest of the unfinished files."""
    parts = (tmp_path / "home").rglob("*.incomplete")
    return max((path.stat().st_size for path in parts if path.exists()), default=0)


def run_fetch(
    environment: dict[str, str], program: tuple[str, ...], **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("--fetch", program=program),
        env=clean_environment(**environment | more),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


def test_the_fetch_command_fetches_checks_and_ends(
    hub: LocalHub, environment: dict[str, str], program: tuple[str, ...]
) -> None:
    hub.order("config.json", Fault(status=404))
    failed = run_fetch(environment, program)
    assert failed.returncode == 1
    english, chinese = failed.stderr.splitlines()[-2:]
    assert "does not have the pinned revision (404)" in english
    assert "没有所需的版本" in chinese
    assert "Traceback" not in failed.stderr

    done = run_fetch(environment, program)
    assert done.returncode == 0, done.stderr
    *lines, last = done.stdout.splitlines()
    assert "(100 %)" in lines[-1]
    assert last.startswith("BAAI/bge-m3 is whole and lies in ")
    assert (Path(last.rpartition(" ")[2]) / WEIGHTS).is_file()

    hub.asked.clear()
    assert run_fetch(environment, program, BGE_DEMO_OFFLINE="1").returncode == 0
    shutil.rmtree(Path(environment["HF_HOME"]))
    offline = run_fetch(environment, program, BGE_DEMO_OFFLINE="1")
    assert offline.returncode == 1
    assert "offline mode forbids" in offline.stderr
    assert hub.asked == []
