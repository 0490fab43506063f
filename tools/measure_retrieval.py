"""Measure Retrieval on this machine, embedded, with m3-compact: python -m tools.measure_retrieval [N ...]

For each number of passages, of some 60 tokens each in 16 languages: time to index, disk, time to open, time
of a query, peak memory. Indexing and searching have a process each, so that each memory is its own.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from bge_demo.encoder.text_encoder import load_encoder
from bge_demo.retrieval.corpora import FolderCorpora
from bge_demo.retrieval.library import CorpusLibrary
from bge_demo.retrieval.pipelines import PIPELINES
from bge_demo.retrieval.store import Passage
from bge_demo.settings import ASSETS, Limits
from bge_demo.tabs.retrieval.analysis import search

SIZES = (1000, 5000)
PASSAGE_TOKENS = 60
QUERIES = 60
MEGA = 1024 * 1024


def main() -> None:
    """Print every figure with its unit; `index` and `search` are the parts that run on their own."""
    if sys.argv[1:2] == ["index"]:
        index(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["search"]:
        measure_search(Path(sys.argv[2]), sys.argv[3])
    else:
        for n_passages in [int(size) for size in sys.argv[1:]] or SIZES:
            with tempfile.TemporaryDirectory() as folder:
                handle = run("tools.measure_retrieval", "index", folder, str(n_passages))
                run("tools.measure_retrieval", "search", folder, handle)


def run(module: str, *arguments: str) -> str:
    """Run a part in a process of its own and pass on what it says; the last word of it."""
    command = [sys.executable, "-m", module, *arguments]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    *lines, last = said.splitlines()
    print(*lines, sep="\n", flush=True)
    return last


def index(folder: Path, n_passages: int) -> None:
    """Index distinct passages as the page does."""
    encoder = load_encoder("m3-compact", data_dir=folder / "models")
    corpora = FolderCorpora(folder / "corpora")
    library = CorpusLibrary(corpora, Limits(corpus_passages=n_passages))
    passages = distinct_passages(n_passages)
    n_tokens = sum(len(text.tokens) for text in encoder.tokenize([one.text for one in passages]))
    before = peak_memory_mb()
    started = time.perf_counter()
    handle = library.add(encoder, "measured", passages)
    library.wait(handle)
    seconds = time.perf_counter() - started
    status = library.status(encoder, handle)
    assert status.state == "ready", status
    library.close()
    print(f"{n_passages} passages of {n_tokens / n_passages:.0f} tokens on {encoder.info.engine}")
    print(f"  indexing: {seconds:.1f} s, {n_passages / seconds:.0f} passages/s")
    print(f"  peak memory while indexing: {peak_memory_mb():.0f} MB, {before:.0f} MB before it")
    disk = corpora.size_bytes(handle)
    print(
        f"  disk: {disk / MEGA:.0f} MB, {disk / n_passages / 1024:.1f} KB a passage, of which vectors",
        end=" ",
    )
    print(f"{status.bytes_per_passage / 1024:.1f} KB")
    print(handle)


def measure_search(folder: Path, handle: str) -> None:
    """Open the corpus as after a restart and search it with every pipeline."""
    encoder = load_encoder("m3-compact", data_dir=folder / "models")
    library = CorpusLibrary(FolderCorpora(folder / "corpora"), Limits())
    before = peak_memory_mb()
    started = time.perf_counter()
    with library.searchable(encoder, handle) as opened:
        print(f"  opening: {time.perf_counter() - started:.1f} s")
        for name, pipeline in PIPELINES.items():
            answers = [search(encoder, opened, query, pipeline) for query in queries()]
            stages = [
                median(one.stages[i].latency_ms for one in answers) for i in range(len(pipeline.stages))
            ]
            shares = " + ".join(f"{share:.0f}" for share in stages)
            print(f"  {name}: {spread([one.latency_ms for one in answers])}, stages {shares} ms")
    print(f"  peak memory while searching: {peak_memory_mb():.0f} MB, {before:.0f} MB before opening")
    print("done")


def distinct_passages(n_passages: int) -> list[Passage]:
    """Sentences of one language in an order that no other passage has, some 60 tokens together."""
    chance = random.Random(1)
    by_language = sentences()
    languages = sorted(by_language)
    texts: dict[str, None] = {}
    while len(texts) < n_passages:
        language = languages[len(texts) % len(languages)]
        first, second, third = chance.sample(by_language[language], 3)
        texts[f"{first} {second} {third[: len(third) // 2]}"] = None
    return [Passage(f"p{number}", text, "", f"p{number}") for number, text in enumerate(texts)]


def queries() -> list[str]:
    """First halves of sentences, one after another from each language."""
    columns = zip(*sentences().values(), strict=False)
    return [text[: len(text) // 2] for column in columns for text in column][:QUERIES]


def sentences() -> dict[str, list[str]]:
    """Language -> the background sentences, on ever different subjects."""
    found: dict[str, list[str]] = {}
    for line in (ASSETS / "background_sentences.tsv").read_text("utf-8").splitlines():
        language, sentence = line.split("\t")
        found.setdefault(language, []).append(sentence)
    return found


def peak_memory_mb() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def spread(times_ms: list[float]) -> str:
    """Median and 95th percentile."""
    return f"p50 {median(times_ms):.0f} ms, p95 {quantiles(times_ms, n=20)[-1]:.0f} ms"


if __name__ == "__main__":
    main()
