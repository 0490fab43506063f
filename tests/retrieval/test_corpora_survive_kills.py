"""kill -9 while indexing and searching: nothing confirmed is lost, opening works, the rest is told."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from corpus_stores import asked, card_for
from indexing_child import encoder, text_of

from bge_demo.retrieval.corpora import FolderCorpora, new_handle
from bge_demo.retrieval.library import CorpusLibrary, CorpusStatus
from bge_demo.settings import Limits

CHILD = Path(__file__).parents[1] / "support" / "indexing_child.py"
N_PASSAGES = 6000
KILLS = 10
PATIENCE_SECONDS = 100


@pytest.fixture
def corpus(tmp_path: Path) -> tuple[Path, str]:
    """The folder of all corpora, and the handle of an empty one that promises `N_PASSAGES`."""
    folders, handle = FolderCorpora(tmp_path), new_handle()
    folders.create(handle, card_for(encoder(), [text_of(number) for number in range(N_PASSAGES)]))
    folders.close()
    return tmp_path, handle


def killed_after(job: str, corpus: tuple[Path, str], n_lines: int, seconds: float) -> list[str]:
    """What the child said until it was killed, some moment after it had said so many lines."""
    command = [sys.executable, str(CHILD), job, str(corpus[0]), corpus[1]]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        while len(said) < n_lines:
            line = child.stdout.readline()
            assert line, f"the child ended by itself with {child.wait()} after {said}"
            said.append(line)
        time.sleep(seconds)
        child.kill()
        # A line cut short was not confirmed.
        said += [line for line in child.stdout if line.endswith("\n")]
        assert child.wait(PATIENCE_SECONDS) == -9
    return said


def reopened(corpus: tuple[Path, str]) -> tuple[CorpusStatus, list[int], list[str], int]:
    """After the kill: status, missing numbers, stored texts in order, and how many a search finds."""
    fake = encoder()
    library = CorpusLibrary(FolderCorpora(corpus[0]), Limits())
    with library.searchable(fake, corpus[1]) as index:
        texts = [passage.text for _, passage in sorted(index.all_passages(), key=lambda pair: pair[0])]
        found = len(index.store.top(asked(fake, "all"), "bm25", N_PASSAGES))
        missing = index.missing()
    status = library.status(fake, corpus[1])
    library.close()
    return status, missing, texts, found


def test_twenty_kills_while_indexing_lose_nothing_confirmed(corpus: tuple[Path, str]) -> None:
    chance = random.Random(4)
    confirmed = 0
    for _ in range(2 * KILLS):
        said = killed_after("index", corpus, chance.randint(1, 4), chance.uniform(0, 0.05))
        confirmed = int(said[-1].split()[1])
        status, missing, texts, found = reopened(corpus)
        n_stored = N_PASSAGES - len(missing)
        assert n_stored >= confirmed
        assert missing == list(range(n_stored, N_PASSAGES))
        assert texts == [text_of(number) for number in range(n_stored)]
        assert (status.state, status.n_indexed, status.n_passages) == ("incomplete", n_stored, N_PASSAGES)
        assert found == n_stored
    assert confirmed >= KILLS


def test_ten_kills_while_searching_lose_nothing(corpus: tuple[Path, str]) -> None:
    chance = random.Random(5)
    killed_after("index", corpus, 6, 0)
    before = reopened(corpus)
    for _ in range(KILLS):
        said = killed_after("search", corpus, 1, chance.uniform(0, 0.05))
        assert set(said) == {"found 10\n"}
        assert reopened(corpus) == before
