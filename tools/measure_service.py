"""Measure the service on this machine, start, clicks, concurrent clients: python tools/measure_service.py

Serves m3-compact on a free local port with a fresh data folder, twice, and talks to 127.0.0.1 only. The
clicks need Chromium at /usr/bin/chromium (or BGE_DEMO_CHROMIUM) and the packages of tests/requirements.txt.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import httpx
from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).parent.parent
CHROMIUM = os.environ.get("BGE_DEMO_CHROMIUM", "/usr/bin/chromium")
CLIENTS = 16
REQUESTS = 96
CLICKS = 25
# Milliseconds from the click to the frame that shows this pair's words.
CLICK_TO_PAINT = """(mark) => new Promise((done) => {
  const started = performance.now();
  const painted = () => done(performance.now() - started);
  new MutationObserver((changes, observer) => {
    if (!document.querySelector(".aligned[data-side=A]")?.textContent.includes(mark)) return;
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(painted));
  }).observe(document.querySelector("#compare-result"), { childList: true, subtree: true });
  document.querySelector("#compare-run").click();
})"""


def main() -> None:
    """Print every figure with its unit."""
    with tempfile.TemporaryDirectory() as data_dir:
        with served(data_dir, "first start"):
            pass
        with served(data_dir, "later start") as address:
            clicks(address)
            clients(address)


@contextmanager
def served(data_dir: str, label: str) -> Iterator[str]:
    """Start the server, say how long the page and the model took, stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "app.py", "--port", port, "--data-dir", data_dir, "--model", "m3-compact"]
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        page, ready = answered(f"{address}/", started), answered(f"{address}/healthz", started)
        print(f"{label}: page after {page:.1f} s, model after {ready:.1f} s")
        yield address
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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector(".status[data-status=ready]")
        times_ms = []
        for i in range(CLICKS):
            page.fill("#text-a textarea", f"我喜欢看书 {i}")
            page.fill("#text-b textarea", f"阅读使我快乐 {i}")
            page.wait_for_timeout(600)  # The token counters answer first, as for a person.
            times_ms.append(page.evaluate(CLICK_TO_PAINT, f"看书 {i}"))
        browser.close()
    print(f"click to painted result: {spread(times_ms[5:])}")


def clients(address: str) -> None:
    """Short new pairs over HTTP, one after another and from many clients at once."""
    numbers = count()

    def share(n_requests: int) -> list[float]:
        with httpx.Client(base_url=address, timeout=120) as client:
            return [compare(client, next(numbers)) for _ in range(n_requests)]

    share(10)
    started = time.perf_counter()
    one_ms = share(REQUESTS)
    one_by_one = REQUESTS / (time.perf_counter() - started)
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = list(pool.map(share, [REQUESTS // CLIENTS] * CLIENTS))
    together = REQUESTS / (time.perf_counter() - started)
    print(f"one client: {one_by_one:.1f} requests/s, {spread(one_ms)}")
    many_ms = [time_ms for part in shares for time_ms in part]
    print(f"{CLIENTS} clients: {together:.1f} requests/s ({together / one_by_one:.1f} x), {spread(many_ms)}")


def compare(client: httpx.Client, number: int) -> float:
    """Milliseconds of one /compare call."""
    started = time.perf_counter()
    pair = [f"short text number {number}", f"kurzer Text Nummer {number}", "model-card"]
    event = client.post("/gradio_api/call/compare", json={"data": pair}).json()["event_id"]
    answer = client.get(f"/gradio_api/call/compare/{event}").text
    if "similarity_percent" not in answer:
        raise RuntimeError(answer[:200])
    return 1000 * (time.perf_counter() - started)


def spread(times_ms: list[float]) -> str:
    """Median and 95th percentile."""
    return f"p50 {median(times_ms):.0f} ms, p95 {quantiles(times_ms, n=20)[-1]:.0f} ms"


if __name__ == "__main__":
    main()
