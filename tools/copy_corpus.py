"""Copy a corpus between the data folder and a Qdrant server, with progress; started again, it goes on.

python -m tools.copy_corpus up|down HANDLE --qdrant-url URL [--qdrant-api-key KEY] [--data-dir FOLDER]

`up` copies to the server, `down` back. Vectors are copied as they are, nothing is encoded. The server that
serves the data folder must be stopped first: only one process may have it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from bge_demo.errors import DemoError
from bge_demo.retrieval.corpora import Corpora, checked_handle
from bge_demo.retrieval.library import open_corpora
from bge_demo.retrieval.passage_index import PassageIndex
from bge_demo.settings import DATA_DIR, Settings

AT_ONCE = 32


def main(argv: list[str]) -> int:
    """0 when all passages are there; 1 with a sentence otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("direction", choices=("up", "down"))
    parser.add_argument("handle")
    parser.add_argument("--qdrant-url", default=os.environ.get("BGE_DEMO_QDRANT_URL", ""))
    parser.add_argument("--qdrant-api-key", default=os.environ.get("BGE_DEMO_QDRANT_API_KEY", ""))
    parser.add_argument("--data-dir", default=os.environ.get("BGE_DEMO_DATA_DIR", DATA_DIR))
    given = parser.parse_args(argv)
    if not given.qdrant_url:
        parser.error("--qdrant-url names the server")
    try:
        server = open_corpora(Settings(qdrant_url=given.qdrant_url, qdrant_api_key=given.qdrant_api_key))
        folders = open_corpora(Settings(data_dir=given.data_dir))
        both = (folders, server) if given.direction == "up" else (server, folders)
        for done, n_passages in copy(*both, checked_handle(given.handle)):
            print(f"\r{done} of {n_passages} passages", end="", flush=True)
        print()
        folders.close()
        server.close()
    except DemoError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def copy(source: Corpora, target: Corpora, handle: str) -> Iterator[tuple[int, int]]:
    """Copy what the target lacks; (passages there, passages in all) after every batch."""
    with source.use(handle) as given:
        own = given.encoded_by_another()
        if own is None:
            raise DemoError("corpus.damaged")
        if handle not in target.idle_days():
            target.create(handle, own.card)
        with target.use(handle) as taken:
            copied = taken.encoded_by(own.card.model) or taken.create(own.card)
            yield from copy_passages(own, copied)


def copy_passages(own: PassageIndex, copied: PassageIndex) -> Iterator[tuple[int, int]]:
    """The passages that are not there yet, in batches."""
    there = set(copied.store.numbers())
    numbers = own.store.numbers()
    missing = [number for number in numbers if number not in there]
    yield len(there), len(numbers)
    for start in range(0, len(missing), AT_ONCE):
        part = missing[start : start + AT_ONCE]
        copied.store.add(part, own.store.passages(part), own.store.vectors(part))
        yield len(there) + start + len(part), len(numbers)
    if copied.map is None:
        copied.draw_map()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
