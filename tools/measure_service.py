"""Measure the service on this machine, start, clicks, programs: python -m tools.measure_service

Serves m3-compact (or `--model`, or with `--full-size` random weights of BGE-M3's shape) on a free local port
with a fresh data folder, twice, and talks to 127.0.0.1 only. The clicks need Chromium at /usr/bin/chromium
(or BGE_DEMO_CHROMIUM) and the packages of tests/requirements.txt. "clicks" or "programs" as an argument
measures that alone. Programs take turns with the same encoder in this process, so that what else runs here
meets both alike.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import httpx

from bge_demo.encoder.contract import Encoder
from bge_demo.encoder.text_encoder import load_encoder
from tools.compare_engines.command import write_full_size_checkpoint

PROJECT = Path(__file__).parent.parent
CHROMIUM = os.environ.get("BGE_DEMO_CHROMIUM", "/usr/bin/chromium")
CLIENTS = 16
REQUESTS = 192
ROUNDS = 5
TEXTS = 256
CLICKS = 25
# Does one request at every step.
Client = Callable[[], Iterator[None]]
# Milliseconds from the click to the frame that shows this pair's words.
CLICK_TO_PAINT = """(mark) => new Promise((done) => {
  const started = performance.now();
  const painted = () => done(performance.now() - started);
  new MutationObserver((changes, observer) => {
    if (!document.querySelector(".aligned[data-side=A]")?.textContent.includes(mark)) return;
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(painted));
  }).observe(document.querySelector("#compare-area"), { childList: true, subtree: true });
  document.querySelector("#compare-run").click();
})"""


def main() -> None:
    """Print every figure with its unit."""
    options = _options()
    with tempfile.TemporaryDirectory() as data_dir:
        model = options.model
        if options.full_size:
            model = str(full_size_model(Path(data_dir)))
        with served(data_dir, "first start", model):
            pass
        with served(data_dir, "later start", model) as server:
            if "clicks" in options.wanted:
                clicks(server.address)
            if "programs" in options.wanted:
                programs(server.address, model, data_dir)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.measure_service")
    parser.add_argument("wanted", nargs="*", default=["clicks", "programs"], help="clicks, programs or both")
    parser.add_argument("--model", default="m3-compact")
    parser.add_argument("--full-size", action="store_true")
    return parser.parse_args()


def full_size_model(folder: Path) -> Path:
    """Random weights of BGE-M3's shape, made in a process that takes its memory with it."""
    model = folder / "full-size"
    model.mkdir()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(write_full_size_checkpoint, model).result()


class Served(NamedTuple):
    """A server that runs."""

    address: str
    process_id: int


@contextmanager
def served(data_dir: str, label: str, model: str = "m3-compact") -> Iterator[Served]:
    """Start the server, say how long the page and the model took, stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "app.py", "--port", port, "--data-dir", data_dir, "--model", model]
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        page, ready = answered(f"{address}/", started), answered(f"{address}/healthz", started)
        print(f"{label}: page after {page:.1f} s, model after {ready:.1f} s")
        yield Served(address, process.pid)
    finally:
        process.terminate()
        process.wait()


def answered(url: str, started: float) -> float:
    """Seconds from `started` to the first 200."""
    while time.perf_counter() - started < 300:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return time.perf_counter() - started
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise TimeoutError(url)


def clicks(address: str) -> None:
    """From the Compare click to the painted result, new texts each time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector(".status[data-status=ready]")
        times_ms = []
        for i in range(CLICKS):
            page.fill("#text-a textarea", f"我喜欢看书 {i}")
            page.fill("#text-b textarea", f"阅读使我快乐 {i}")
            # At once: what was typed is compared by itself soon.
            times_ms.append(page.evaluate(CLICK_TO_PAINT, f"看书 {i}"))
            page.wait_for_timeout(1000)
        browser.close()
    print(f"click to painted result: {spread(times_ms[5:])}")


def programs(address: str, model: str, data_dir: str) -> None:
    """Pairs and lists of texts, new ones every time: the encoder alone, then the same through HTTP."""
    encoder = load_encoder(model, data_dir=Path(data_dir))
    numbers = count()
    host = address.removeprefix("http://")

    def pair() -> dict[str, str]:
        number = next(numbers)
        return {"text_a": f"short text number {number}", "text_b": f"kurzer Text Nummer {number}"}

    def texts() -> dict[str, list[str]]:
        return {"input": [f"short text number {next(numbers)}" for _ in range(TEXTS)]}

    def pair_list() -> list[str]:
        return list(pair().values())

    compare = (partial(encode, encoder, pair_list), partial(post, host, "/v1/compare", pair))
    embed = (
        partial(encode, encoder, lambda: texts()["input"]),
        partial(post, host, "/v1/embeddings", texts),
    )
    beside("/v1/compare, 1 client", 1, REQUESTS // 4, *compare)
    beside(f"/v1/compare, {CLIENTS} clients", CLIENTS, REQUESTS, *compare)
    beside(f"/v1/embeddings, {TEXTS} texts a call", 1, 4, *embed)


def beside(label: str, n_clients: int, n_requests: int, alone: Client, served: Client) -> None:
    """Rounds of both in turns; the first one warms them and does not count."""
    times_ms: tuple[list[float], list[float]] = ([], [])
    rates: list[tuple[float, ...]] = []
    for _ in range(ROUNDS + 1):
        both = zip((alone, served), times_ms, strict=True)
        rates.append(tuple(rate(n_clients, n_requests, times, client) for client, times in both))
    for name, column, times in zip(
        ("encoder alone", label), zip(*rates[1:], strict=True), times_ms, strict=True
    ):
        print(f"{name}: {median(column):.1f}/s, {spread(times[n_requests:])}")
    print(f"    share {median(served / alone for alone, served in rates[1:]):.0%}")


def encode(encoder: Encoder, made: Callable[[], list[str]]) -> Iterator[None]:
    """Encode new texts at every step."""
    is_pair = len(made()) == 2
    while True:
        texts = encoder.tokenize(made())
        encoder.encode_tokens(texts, sparse=is_pair, colbert=is_pair)
        yield


def post(host: str, path: str, body: Callable[[], object]) -> Iterator[None]:
    """Ask a program at every step, through one connection."""
    connection = HTTPConnection(host, timeout=120)
    while True:
        connection.request("POST", path, json.dumps(body()), {"content-type": "application/json"})
        answer = connection.getresponse()
        read = answer.read()
        if answer.status != 200:
            raise RuntimeError(read[:200])
        yield


def rate(n_clients: int, n_requests: int, times_ms: list[float], client: Client) -> float:
    """Requests per second of so many clients at once; adds each one's milliseconds."""

    def share(_: int) -> None:
        steps = client()
        for _ in range(n_requests // n_clients):
            started = time.perf_counter()
            next(steps)
            times_ms.append(1000 * (time.perf_counter() - started))

    started = time.perf_counter()
    with ThreadPoolExecutor(n_clients) as pool:
        list(pool.map(share, range(n_clients)))
    return n_requests / (time.perf_counter() - started)


def spread(times_ms: list[float]) -> str:
    """Median and 95th percentile."""
    return f"p50 {median(times_ms):.0f} ms, p95 {quantiles(times_ms, n=20)[-1]:.0f} ms"


if __name__ == "__main__":
    main()
