"""The life of a checkpoint in a real server with a real hub: m3-compact at once, BGE-M3 fetched beside it and
taken over without a restart, and every way this goes wrong."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from checkpoint_factory import DIM, write_head
from fetching_server import write_card
from local_hub import REVISION, Fault, LocalHub, card_of
from server import PATIENCE_SECONDS, ROOT, Server, clean_environment, command, launch

from bge_demo.analyses.compare import compare
from bge_demo.encoder import TextEncoder, load_encoder

PAIR = ("我喜欢看书", "Reading makes me happy")
WEIGHTS = "pytorch_model.bin"
PROGRAM = str(ROOT / "tests" / "fetching_server.py")


@pytest.fixture
def hub(random_checkpoint: Path, tmp_path: Path) -> Iterator[LocalHub]:
    """A hub that may be broken; its card is written beside it."""
    published = Path(shutil.copytree(random_checkpoint, tmp_path / "published"))
    write_card(card_of(published), tmp_path / "card.json")
    with LocalHub(published).running() as hub:
        yield hub


class StartWithHub(Protocol):
    """`start("--model", "auto", HF_TOKEN="secret")`; ends with the test."""

    def __call__(self, *arguments: str, **environment: str) -> Server: ...


def network(hub_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "HF_ENDPOINT": hub_url,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_OFFLINE": "0",
        "TRANSFORMERS_OFFLINE": "0",
        "BGE_DEMO_OFFLINE": "0",
        "BGE_DEMO_DATA_DIR": os.environ["BGE_DEMO_DATA_DIR"],
    }


@pytest.fixture
def start(hub: LocalHub, tmp_path: Path) -> Iterator[StartWithHub]:
    started: list[Server] = []

    def begin(*arguments: str, **environment: str) -> Server:
        known = network(hub.url, tmp_path) | environment
        program = (PROGRAM, str(tmp_path / "card.json"))
        started.append(launch(tmp_path, arguments, known, program))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.stop()


def fetch_command(hub: LocalHub, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("--fetch", program=(PROGRAM, str(tmp_path / "card.json"))),
        env=clean_environment(**network(hub.url, tmp_path) | environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


def coming(server: Server, at_least: float) -> Any:
    """Wait until this share of the bytes is there; the status then."""

    def is_far_enough(answer: Any) -> bool:
        on_its_way = answer.json()["coming"] or {}
        return on_its_way.get("done_bytes", 0) >= at_least * on_its_way.get("total_bytes", 1)

    return server.wait_until(is_far_enough).json()


def serves(server: Server, name: str) -> Any:
    return server.wait_until(lambda answer: (answer.json()["model"] or {}).get("name") == name).json()


def settled(server: Server) -> Any:
    """Wait until nothing is on its way any more."""
    return server.wait_until(lambda answer: answer.status_code == 200 and not answer.json()["coming"]).json()


class Client(threading.Thread):
    """Compares the same two texts again and again."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.answers: list[dict[str, Any]] = []
        self.enough = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.enough.is_set():
                self.answers.append(self.server.call("compare", *PAIR, "model-card").output)
        except BaseException as failure:
            self.failure = failure
            raise

    def stop(self) -> list[dict[str, Any]]:
        self.enough.set()
        self.join(PATIENCE_SECONDS)
        assert self.failure is None
        return self.answers


def test_bge_m3_takes_over_while_clients_keep_asking(
    start: StartWithHub, hub: LocalHub, compact: TextEncoder, random_checkpoint: Path
) -> None:
    hub.bytes_per_second = 1_500_000
    server = start()
    first = serves(server, "m3-compact")
    assert first["state"] == "ready"
    clients = [Client(server) for _ in range(3)]
    for client in clients:
        client.start()
    halfway, later = coming(server, 0.3), coming(server, 0.6)
    assert halfway["coming"]["done_bytes"] < later["coming"]["done_bytes"]
    assert later["coming"]["seconds_left"] > 0
    assert "Fetching BAAI/bge-m3" in later["notice"]["en"]
    assert "由 m3-compact 作答" in later["notice"]["zh"]
    after = serves(server, "BAAI/bge-m3")
    server.call("compare", *PAIR, "model-card")
    answers = [client.stop() for client in clients]

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


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_server_killed_in_mid_download_goes_on_where_it_was(
    start: StartWithHub, hub: LocalHub, share: float
) -> None:
    hub.bytes_per_second = 1_500_000
    server = start()
    coming(server, share)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    hub.mend()
    hub.asked.clear()
    settled(again := start())
    assert serves(again, "BAAI/bge-m3")["model"]["revision"] == REVISION
    (asked,) = hub.asked_for(f"cdn/{WEIGHTS}")
    assert asked.range is not None
    assert int(asked.range[6:-1]) > 0.2 * (hub.folder / WEIGHTS).stat().st_size


def _other_head(published: Path) -> None:
    write_head(published / "colbert_linear.pt", DIM, DIM + 1)


def _half_the_layers(published: Path) -> None:
    import torch

    state = torch.load(published / WEIGHTS, weights_only=True)
    torch.save({key: value for key, value in state.items() if ".layer.1." not in key}, published / WEIGHTS)


@pytest.mark.parametrize(
    ("breaks", "named"), [(_other_head, "colbert_linear.pt"), (_half_the_layers, "encoder.layer.1.")]
)
def test_a_checkpoint_that_does_not_fit_together_never_serves(
    start: StartWithHub, hub: LocalHub, tmp_path: Path, breaks: Any, named: str
) -> None:
    breaks(hub.folder)
    write_card(card_of(hub.folder), tmp_path / "card.json")
    status = settled(start())
    assert status["model"]["name"] == "m3-compact"
    assert named in status["notice"]["en"]
    assert named in status["notice"]["zh"]
    assert str(tmp_path) not in str(status)


@pytest.mark.parametrize(
    ("environment", "fault", "words"),
    [
        ({}, Fault(status=401), ("127.0.0.1", "401", "HF_TOKEN")),
        ({}, Fault(flip=0.5), ("127.0.0.1", "SHA-256")),
        ({"HF_ENDPOINT": "http://no-such-host.invalid"}, Fault(), ("no-such-host.invalid", "HF_ENDPOINT")),
        ({"BGE_DEMO_HUB": "modelscope"}, Fault(), ("pip install modelscope",)),
        ({"BGE_DEMO_OFFLINE": "1"}, Fault(), ("BGE_DEMO_OFFLINE", "--model")),
    ],
)
def test_m3_compact_stays_with_the_cause_and_the_remedy(
    start: StartWithHub, hub: LocalHub, environment: dict[str, str], fault: Fault, words: tuple[str, ...]
) -> None:
    hub.order_always(WEIGHTS, fault)
    # The client of ModelScope may be installed: it must not be found.
    status = settled(server := start(**environment))
    assert (status["state"], status["model"]["name"]) == ("ready", "m3-compact")
    for language, begins in (("en", "m3-compact goes on answering."), ("zh", "继续由 m3-compact 作答。")):
        assert status["notice"][language].startswith(begins)
        assert all(word in status["notice"][language] for word in words)
    assert server.call("compare", *PAIR, "model-card").output["model"]["name"] == "m3-compact"
    assert status["self_check"]["verdict"] == "passed"


def test_bge_m3_asked_for_by_name_is_fetched_before_anything_serves(
    start: StartWithHub, hub: LocalHub
) -> None:
    hub.bytes_per_second = 3_000_000
    server = start("--model", "BAAI/bge-m3")
    loading = coming(server, 0.1)
    assert (loading["state"], loading["model"]) == ("loading", None)
    assert "Fetching BAAI/bge-m3" in loading["message"]["en"]
    assert server.call("compare", *PAIR, "model-card").output["model"]["name"] == "BAAI/bge-m3"


def test_the_fetch_command_fetches_checks_and_ends(hub: LocalHub, tmp_path: Path) -> None:
    done = fetch_command(hub, tmp_path)
    assert done.returncode == 0, done.stderr
    *lines, last = done.stdout.splitlines()
    assert lines[-1].startswith("Fetching BAAI/bge-m3: ")
    assert "(100 %)" in lines[-1]
    assert last.startswith("BAAI/bge-m3 is whole and lies in ")
    assert (Path(last.rpartition(" ")[2]) / WEIGHTS).is_file()
    hub.asked.clear()
    assert fetch_command(hub, tmp_path).returncode == 0
    assert hub.asked == []
    assert fetch_command(hub, tmp_path, BGE_DEMO_OFFLINE="1").returncode == 0


def test_the_fetch_command_fails_with_both_sentences(hub: LocalHub, tmp_path: Path) -> None:
    hub.order_always("config.json", Fault(status=404))
    done = fetch_command(hub, tmp_path)
    assert done.returncode == 1
    english, chinese = done.stderr.splitlines()[-2:]
    assert "does not have the pinned revision (404)" in english
    assert "没有所需的版本" in chinese
    assert "Traceback" not in done.stderr
