"""Measure Long document on this machine: python -m tools.measure_long_document [--model M] [--tokens N]

A document of about N tokens (300 000 by default) in 16 languages, the bundled sentences in ever new orders
with one planted passage, is asked for that passage and held against a summary. Printed: time of each way of
scoring, when progress was first told, peak memory above the loaded model, and where the planted passage
ranks.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from itertools import count

from bge_demo.encoder.caller import on_behalf_of
from bge_demo.encoder.text_encoder import load_encoder
from bge_demo.samples import background_sentences
from bge_demo.settings import Limits
from bge_demo.tabs.long_document.program import long_document

PLANTED = "The emergency telephone of the lighthouse is painted green and stands behind the boathouse."
QUESTION = "Where is the emergency telephone of the lighthouse?"
SUMMARY = "The lighthouse has a green emergency telephone. Elephants run the harbour office."
MB = 1024 * 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="m3-compact")
    parser.add_argument("--tokens", type=int, default=300_000)
    arguments = parser.parse_args()
    encoder = load_encoder(arguments.model)
    encoder.encode([QUESTION])
    document = document_of(arguments.tokens, lambda text: encoder.tokenize([text])[0].n_tokens_uncut)
    before, started = peak_mb(), time.perf_counter()
    told: list[tuple[float, float]] = []
    with on_behalf_of(lambda: False, 1e9, lambda d, n: told.append((time.perf_counter() - started, d / n))):
        answer = long_document(encoder, Limits(document_seconds=10**6), document, QUESTION, SUMMARY)
    seconds = time.perf_counter() - started
    moved = [moment for moment, share in told if share > 0]
    print(f"{encoder.info.name} {encoder.info.revision} {encoder.info.precision} {encoder.info.engine}")
    print(f"{len(document)} characters, {answer['n_tokens']} tokens, {len(answer['chunks'])} windows")
    print(f"{seconds:.1f} s in all; {answer['seconds']}")
    print(f"progress told {len(told)} times, first at {told[0][0]:.2f} s, moving from {moved[0]:.2f} s")
    print(f"peak memory {peak_mb() - before:.0f} MB above the loaded model ({peak_mb():.0f} MB in all)")
    print(f"planted passage: {ranks(document, answer['chunks'])}")
    coverage = answer["coverage"]
    unsupported = [one["sentence"] for one in coverage["unsupported"]]
    print(f"coverage: {coverage['n_parts']} parts, unsupported {unsupported}")


def document_of(n_tokens: int, count_tokens: object) -> str:
    """Paragraphs of six sentences until there are so many tokens, the planted passage at three fifths."""
    assert callable(count_tokens)
    sentences = [sentence for _, sentence in background_sentences()]
    per_round = count_tokens(" ".join(sentences))
    paragraphs: list[str] = []
    for number in count():
        if number * per_round >= n_tokens:
            break
        order = random.Random(number).sample(sentences, len(sentences))
        paragraphs += [" ".join(order[i : i + 6]) for i in range(0, len(order), 6)]
    paragraphs.insert(3 * len(paragraphs) // 5, PLANTED)
    return "\n\n".join(paragraphs)


def ranks(document: str, chunks: list[dict[str, float]]) -> str:
    """The best rank of a window that holds the planted passage, by each way of scoring."""
    start = document.index(PLANTED)
    found = []
    for way in ("similarity", "colbert", "late"):
        order = sorted(range(len(chunks)), key=lambda n: -chunks[n][way])
        holds = [
            rank
            for rank, n in enumerate(order, start=1)
            if chunks[n]["start"] <= start and start + len(PLANTED) <= chunks[n]["end"]
        ]
        found.append(f"{way} {holds[0]}")
    return ", ".join(found) + f" of {len(chunks)}"


def peak_mb() -> float:
    """Peak resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB


if __name__ == "__main__":
    main()
