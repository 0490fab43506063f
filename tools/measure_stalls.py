"""How long a one-line request waits while a corpus is indexed and another searched: the store's calls hold
the interpreter's lock. Needs a running server: python -m tools.measure_stalls URL [PASSAGES]

Asks /healthz every 20 ms: first with nothing else under way, then during both.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.request
from statistics import quantiles
from typing import Any

from tools.measure_retrieval import distinct_passages, queries

EVERY_SECONDS, IDLE_SECONDS = 0.02, 10.0


def main() -> None:
    """Print what /healthz took, alone and under work."""
    url, n_passages = sys.argv[1].rstrip("/"), int((sys.argv[2:] or ["5000"])[0])
    texts = [one.text for one in distinct_passages(n_passages)]
    searched = index(url, texts)
    wait_until_ready(url, searched, threading.Event())
    alone = threading.Event()
    threading.Timer(IDLE_SECONDS, alone.set).start()
    print(f"/healthz alone: {spread(health_times(url, alone))}")
    over = threading.Event()
    started = time.monotonic()
    indexed = index(url, [f"{text} again" for text in texts])
    threading.Thread(target=wait_until_ready, args=(url, indexed, over), daemon=True).start()
    n_searches: list[int] = []
    threading.Thread(target=keep_searching, args=(url, searched, over, n_searches), daemon=True).start()
    print(f"/healthz beside both: {spread(health_times(url, over))}")
    seconds = time.monotonic() - started
    print(f"{n_passages} passages indexed in {seconds:.0f} s beside {len(n_searches)} searches")
    for corpus in (searched, indexed):
        post(url, "delete_corpus", {"corpus": corpus})


def index(url: str, texts: list[str]) -> str:
    """Start indexing; the corpus."""
    corpus: str = post(url, "index_passages", {"passages": texts})["handle"]
    return corpus


def wait_until_ready(url: str, corpus: str, over: threading.Event) -> None:
    """Until all is indexed; then say so."""
    while post(url, "corpus_status", {"corpus": corpus})["state"] == "indexing":
        time.sleep(1)
    over.set()


def keep_searching(url: str, corpus: str, over: threading.Event, done: list[int]) -> None:
    """MaxSim over all passages, one query after another."""
    while not over.is_set():
        for query in queries():
            if not over.is_set():
                post(url, "search", {"query": query, "corpus": corpus, "pipeline": "colbert"})
                done.append(1)


def health_times(url: str, over: threading.Event) -> list[float]:
    """Milliseconds of each request, begun every 20 ms or when the one before has ended."""
    times = []
    while not over.is_set():
        started = time.perf_counter()
        with urllib.request.urlopen(f"{url}/healthz", timeout=60) as answer:
            answer.read()
        times.append(1000 * (time.perf_counter() - started))
        time.sleep(max(0.0, EVERY_SECONDS - (time.perf_counter() - started)))
    return times


def post(url: str, name: str, values: dict[str, Any]) -> Any:
    """What a program answers."""
    request = urllib.request.Request(
        f"{url}/v1/{name}", json.dumps(values).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)


def spread(times_ms: list[float]) -> str:
    """Median, 95th and 99th percentile and the longest."""
    cuts = quantiles(times_ms, n=100)
    return (
        f"{len(times_ms)} requests, p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms, "
        f"longest {max(times_ms):.0f} ms"
    )


if __name__ == "__main__":
    main()
