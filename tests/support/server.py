"""The demo as a real server process on a free port, for the tests that speak HTTP. A pytest plugin of
`conftest.py`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from gradio_client import Client

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 100
APP = (str(ROOT / "app.py"),)
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """How an endpoint's event stream ended: the first of its outputs, or the error sent to the client."""

    event: str
    data: Any

    @property
    def output(self) -> Any:
        assert self.event == "complete", self.data
        return self.data[0]

    @property
    def sentence(self) -> str:
        assert self.event == "error", self.data
        sentence: str = self.data["error"]
        return sentence


@dataclass(frozen=True)
class Server:
    """A process of `app.py`, its address without a slash at the end, and what it has written so far."""

    process: subprocess.Popen[bytes]
    url: str
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8", errors="replace")

    def health(self) -> httpx.Response:
        return httpx.get(f"{self.url}/healthz", timeout=30)

    def call(self, endpoint: str, *inputs: object) -> Answer:
        """Call a named endpoint as `curl` would."""
        return self.call_with(endpoint, json.dumps({"data": inputs}).encode())

    def call_with(self, endpoint: str, body: bytes) -> Answer:
        """The same with a body of one's own."""
        address = f"{self.url}/gradio_api/call/{endpoint}"
        posted = httpx.post(address, content=body, headers=JSON, timeout=60)
        assert posted.status_code == 200, posted.text
        streamed = httpx.get(f"{address}/{posted.json()['event_id']}", timeout=PATIENCE_SECONDS)
        *_, event, data = streamed.text.strip().splitlines()
        return Answer(event.removeprefix("event: "), json.loads(data.removeprefix("data: ")))

    def wait_until(self, reached: Callable[[httpx.Response], bool], path: str = "/healthz") -> httpx.Response:
        """Ask until the answer is the wanted one; fails when the process ends or patience does."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, (
                f"the server ended with {self.process.returncode}:\n{self.log}"
            )
            try:
                answer = httpx.get(f"{self.url}{path}", timeout=30)
            except httpx.TransportError:
                time.sleep(0.02)
                continue
            if reached(answer):
                return answer
            time.sleep(0.1)
        raise AssertionError(f"{path} did not get there in {PATIENCE_SECONDS} s:\n{self.log}")

    def stop(self) -> int:
        """Ask the process to end, as a service manager does, and return its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class StartServer(Protocol):
    """`start_server("--model", "m3-compact", BGE_DEMO_AUTH="user:password")`; ends with the test."""

    def __call__(self, *arguments: str, program: tuple[str, ...] = APP, **environment: str) -> Server: ...


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(*arguments: str, program: tuple[str, ...] = APP) -> list[str]:
    return [sys.executable, *program, *arguments]


def clean_environment(**environment: str) -> dict[str, str]:
    """The caller's environment without its own settings of the demo."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BGE_DEMO_")}
    return {**inherited, "BGE_DEMO_OFFLINE": "1", "PYTHONWARNINGS": "", **environment}


def _data_dir(folder: Path) -> Path:
    """Corpora of its own for each server: one process opens a corpus. Models are converted once for all."""
    converted = Path(os.environ["BGE_DEMO_DATA_DIR"]) / "openvino"
    converted.mkdir(exist_ok=True)
    data_dir = folder / "data"
    data_dir.mkdir()
    (data_dir / "openvino").symlink_to(converted)
    return data_dir


def launch(
    folder: Path,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    program: tuple[str, ...] = APP,
) -> Server:
    port = free_port()
    log_file = folder / f"server-{port}.log"
    own = {"GRADIO_TEMP_DIR": str(folder / "uploads"), "BGE_DEMO_DATA_DIR": str(_data_dir(folder))}
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command("--port", str(port), *arguments, program=program),
            stdout=log,
            stderr=subprocess.STDOUT,
            env=clean_environment(**{**own, **environment}),
        )
    return Server(process, f"http://127.0.0.1:{port}", log_file)


@dataclass(frozen=True)
class Startup:
    """What a visitor sees who is there from the first moment: the first page, every health until ready, and
    the answer to a comparison asked for at once."""

    server: Server
    first_page_seconds: float
    first_page: httpx.Response
    health: list[httpx.Response]
    early_answer: Answer


@pytest.fixture(scope="session")
def startup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Startup]:
    """The start of the one server that all tests of a session share."""
    launched = time.monotonic()
    server = launch(tmp_path_factory.mktemp("server"), ("--model", "m3-compact"), {})
    try:
        page = server.wait_until(lambda answer: True, path="/")
        seconds = time.monotonic() - launched
        health: list[httpx.Response] = []

        def is_ready(answer: httpx.Response) -> bool:
            health.append(answer)
            return answer.status_code == 200

        with ThreadPoolExecutor(1) as pool:
            early = pool.submit(server.call, "compare", "early bird", "early bird", "model-card")
            server.wait_until(is_ready)
            yield Startup(server, seconds, page, health, early.result())
    finally:
        server.stop()


@pytest.fixture(scope="session")
def server(startup: Startup) -> Server:
    """The shared server, ready, with m3-compact."""
    return startup.server


@pytest.fixture(scope="session")
def server_url(server: Server) -> str:
    """The shared server's address, without a slash at the end."""
    return server.url


@pytest.fixture(scope="module")
def client(server_url: str) -> Iterator[Client]:
    """gradio's own client of the shared server."""
    client = Client(server_url, verbose=False)
    yield client
    client.close()


@pytest.fixture
def healthy(server: Server) -> Iterator[None]:
    """Whatever a test sends, the server serves on."""
    yield
    assert server.health().status_code == 200


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Start servers of one's own; nothing is waited for, all end with the module's tests."""
    started: list[Server] = []

    def start(*arguments: str, program: tuple[str, ...] = APP, **environment: str) -> Server:
        started.append(launch(tmp_path_factory.mktemp("server"), arguments, environment, program))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()
