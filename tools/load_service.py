"""Put the service under load on this machine: python -m tools.load_service load, heavy or soak [AMOUNT]

Serves m3-compact on a free local port with a fresh data folder, talks to 127.0.0.1 only and ends by itself.

`load`: 64 clients, mixed jobs through /v1 and gradio's endpoints; every answer is held against the one that
the same job got alone. `heavy`: one client's short comparisons, alone, then beside another visitor's
8192-token texts, 5 000 passages to index and 20 000 lines to deduplicate. `soak`: memory, descriptors and
threads of the server on the way. AMOUNT: seconds, requests in a soak.
"""

from __future__ import annotations

import json
import math
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tools.measure_retrieval import distinct_passages
from tools.measure_service import Served, served, spread

CLIENTS, SOAK_CLIENTS, SOAK_STEP = 64, 8, 2_000
TOLERANCE = 1e-4
WORDS = (
    *("coffee is cold", "der Zug kommt spät", "我喜欢看书", "今日は雨です", "القطة نائمة", "стол и стул"),
    *("la lune est belle", "el perro corre", "오늘은 덥다", "แมวนอน", "tomorrow we travel", "年假有十五天"),
)


class Job(NamedTuple):
    """One request: `path` below the address, and its body."""

    path: str
    body: dict[str, Any]

    def run(self, client: httpx.Client) -> Any:
        """The answer; what gradio's endpoints send in two steps too. Raises Refused for a 429."""
        answer = client.post(self.path, json=self.body)
        if answer.status_code == 429:
            raise Refused(answer.headers["retry-after"])
        answer.raise_for_status()
        if not self.path.startswith("/gradio_api"):
            return answer.json()
        streamed = client.get(f"{self.path}/{answer.json()['event_id']}").text
        event, data = streamed.strip().splitlines()[-2:]
        if event != "event: complete":
            raise RuntimeError(streamed[-300:])
        return json.loads(data.removeprefix("data: "))


class Refused(Exception):
    """The server asked to come again later."""


def main() -> None:
    """Print what was seen."""
    kind, *rest = sys.argv[1:] or ["load"]
    amount = int(rest[0]) if rest else {"load": 120, "heavy": 60, "soak": 20_000}[kind]
    with tempfile.TemporaryDirectory() as data_dir, served(data_dir, "start") as server:
        {"load": load, "heavy": heavy, "soak": soak}[kind](server, amount)


def load(server: Served, seconds: int) -> None:
    """Mixed jobs by CLIENTS at once."""
    jobs = list(mixed_jobs())
    with client_of(server) as client:
        expected = [job.run(client) for job in jobs]
    times_ms: list[float] = []
    counts: Counter[str] = Counter()
    over = time.monotonic() + seconds

    def visit(number: int) -> None:
        drawn = random.Random(number)
        with client_of(server) as client:
            while time.monotonic() < over:
                at = drawn.randrange(len(jobs))
                started = time.perf_counter()
                try:
                    found = jobs[at].run(client)
                except Refused:
                    counts["refused with 429"] += 1
                    continue
                times_ms.append(1000 * (time.perf_counter() - started))
                counts["right" if alike(found, expected[at]) else "wrong"] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(visit, number) for number in range(CLIENTS)]:
            done.result()
    print(
        f"{CLIENTS} clients, {seconds} s: {dict(counts)}, {len(times_ms) / seconds:.1f}/s, {spread(times_ms)}"
    )


def heavy(server: Served, seconds: int) -> None:
    """Short comparisons beside one visitor's heavy work, of each kind and of all."""
    long_text = " ".join(WORDS) * 200
    passages = [one.text for one in distinct_passages(5_000)]
    lines = [f"{WORDS[number % len(WORDS)]} {number}" for number in range(20_000)]
    kinds: dict[str, Callable[[int], Job]] = {
        "8192-token texts": lambda n: compared(f"{n} {long_text}", f"{long_text} {n}"),
        "5 000 passages indexed": lambda n: Job("/v1/index_passages", {"passages": passages}),
        "20 000 lines deduplicated": lambda n: Job("/v1/deduplicate", {"texts": lines}),
    }
    print(f"short comparisons alone: {spread(short_comparisons(server, seconds))}")
    for label, names in [*((name, [name]) for name in kinds), ("all three", list(kinds))]:
        over = threading.Event()
        with ThreadPoolExecutor(len(names)) as pool:
            working = [pool.submit(keep_on, server, kinds[name], over) for name in names]
            time.sleep(2)
            times_ms = short_comparisons(server, seconds)
            over.set()
        n_done = sum(one.result() for one in working)
        print(
            f"beside {label} ({n_done} done): {spread(times_ms)}, longest {max(times_ms):.0f} ms", flush=True
        )


def keep_on(server: Served, made: Callable[[int], Job], over: threading.Event) -> int:
    """Run one kind of job again and again; how many ended. An index runs on while its status is asked."""
    n_done = 0
    with client_of(server) as client:
        while not over.is_set():
            answer = made(n_done).run(client)
            if corpus := answer.get("handle"):
                while (
                    not over.is_set()
                    and Job("/v1/corpus_status", {"corpus": corpus}).run(client)["state"] == "indexing"
                ):
                    time.sleep(1)
                Job("/v1/delete_corpus", {"corpus": corpus}).run(client)
            n_done += 1
    return n_done


def short_comparisons(server: Served, seconds: int) -> list[float]:
    """Milliseconds of one client's comparisons of new short texts."""
    times_ms, over = [], time.monotonic() + seconds
    with client_of(server) as client:
        while time.monotonic() < over:
            started = time.perf_counter()
            compared(f"{WORDS[0]} {started}", f"{WORDS[1]} {started}").run(client)
            times_ms.append(1000 * (time.perf_counter() - started))
            time.sleep(0.02)
    return times_ms


def soak(server: Served, n_requests: int) -> None:
    """New texts every time, a tenth through gradio's endpoints."""
    tell(server, 0)
    for done in range(0, n_requests, SOAK_STEP):

        def share(number: int, first: int = done) -> None:
            with client_of(server) as client:
                for at in range(first + number, first + SOAK_STEP, SOAK_CLIENTS):
                    texts = f"{WORDS[at % len(WORDS)]} {at}", f"{WORDS[(at + 5) % len(WORDS)]} {at}"
                    (called("compare", *texts) if at % 10 == 0 else compared(*texts)).run(client)

        with ThreadPoolExecutor(SOAK_CLIENTS) as pool:
            list(pool.map(share, range(SOAK_CLIENTS)))
        tell(server, done + SOAK_STEP)


def tell(server: Served, n_done: int) -> None:
    """The server's memory, descriptors and threads."""
    process = Path(f"/proc/{server.process_id}")
    lines = (line.split() for line in (process / "status").read_text().splitlines())
    numbers = {words[0]: int(words[1]) for words in lines if words[0] in {"VmRSS:", "RssAnon:", "Threads:"}}
    resident, anonymous = (f"{numbers[name] / 1024:.0f} MB" for name in ("VmRSS:", "RssAnon:"))
    n_open = len(list((process / "fd").iterdir()))
    print(
        f"{n_done} requests: resident {resident}, anonymous {anonymous}, {n_open} descriptors,",
        f"{numbers['Threads:']} threads",
        flush=True,
    )


def mixed_jobs() -> Iterable[Job]:
    """Comparisons, tables, vectors, searches and rankings, of known texts in ten scripts."""
    for at, text in enumerate(WORDS):
        other = WORDS[(at + 3) % len(WORDS)]
        yield compared(text, other)
        yield called("compare", text, other)
        yield Job(
            "/v1/cross_lingual",
            {"query": text, "sentences": [{"language": "", "text": x} for x in WORDS[:5]]},
        )
        yield Job("/v1/embed", {"texts": [text, other]})
        yield Job("/v1/search", {"query": text})
        yield Job("/v1/rerank", {"query": text, "documents": list(WORDS)})
        yield Job("/v1/embeddings", {"input": [text, other], "encoding_format": "float"})


def compared(text_a: str, text_b: str) -> Job:
    """A comparison over HTTP."""
    return Job("/v1/compare", {"text_a": text_a, "text_b": text_b})


def called(name: str, *inputs: object) -> Job:
    """The same through gradio's endpoint."""
    return Job(f"/gradio_api/call/{name}", {"data": list(inputs)})


def alike(found: Any, expected: Any) -> bool:
    """Equal but for times and the last digits of numbers."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            alike(found[name], value)
            for name, value in expected.items()
            if not name.endswith(("_ms", "seconds", "id", "created"))
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(alike, found, expected))
    if isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(found == expected)


def client_of(server: Served) -> httpx.Client:
    """A client that waits as long as the server may."""
    return httpx.Client(base_url=server.address, timeout=300)


if __name__ == "__main__":
    main()
