"""A corpus goes to a server and back, whole, and goes on where it was broken off."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from corpus_stores import asked, index_of, new_corpus
from fakes import FakeEncoder
from qdrant_client import QdrantClient

from bge_demo.retrieval.corpora import FolderCorpora
from bge_demo.retrieval.corpus_server import ServerCorpora
from tools.copy_corpus import AT_ONCE, copy, main

TEXTS = [f"word{number} all" for number in range(2 * AT_ONCE + 5)]


def test_up_and_down_again_is_the_same_corpus(fake: FakeEncoder, tmp_path: Path) -> None:
    here, back = FolderCorpora(tmp_path / "here"), FolderCorpora(tmp_path / "back")
    server = ServerCorpora(QdrantClient(":memory:"))
    handle = new_corpus(here, fake, TEXTS)
    # Broken off after the first batch, then started again.
    assert list(itertools.islice(copy(here, server, handle), 2)) == [(0, len(TEXTS)), (AT_ONCE, len(TEXTS))]
    assert next(copy(here, server, handle)) == (AT_ONCE, len(TEXTS))
    assert list(copy(here, server, handle))[-1] == (len(TEXTS), len(TEXTS))
    assert list(copy(server, back, handle))[-1] == (len(TEXTS), len(TEXTS))
    mine, theirs = index_of(here, fake, handle), index_of(back, fake, handle)
    assert theirs.card == mine.card
    assert list(theirs.all_passages()) == list(mine.all_passages())
    query = asked(fake, "word3 all")
    for head in ("dense", "sparse", "bm25"):
        assert dict(theirs.store.top(query, head, 5)) == pytest.approx(dict(mine.store.top(query, head, 5)))
    here.close()
    back.close()


def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = ["--qdrant-url", "http://127.0.0.1:7879", "--data-dir", str(tmp_path)]
    assert main(["down", "a" * 32, *server]) == 1
    assert "Qdrant server did not do its part" in capsys.readouterr().err
    assert main(["up", "not a handle", *server]) == 1
    assert "no such corpus" in capsys.readouterr().err
