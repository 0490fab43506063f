"""Indexing in the background: searching goes on, stopping and deleting end it, what is not there is said."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from corpus_stores import asked
from fakes import FakeEncoder
from qdrant_client import QdrantClient

from bge_demo.encoder.contract import Embeddings, ModelInfo
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.retrieval.bm25 import Bm25
from bge_demo.retrieval.corpora import SAMPLE_HANDLE, FolderCorpora, new_handle
from bge_demo.retrieval.indexing import PASSAGES_AT_ONCE, Job, add_passages
from bge_demo.retrieval.library import CorpusLibrary
from bge_demo.retrieval.passage_index import CorpusCard, PassageIndex
from bge_demo.retrieval.qdrant_store import QdrantStore
from bge_demo.retrieval.sample import sample_passages
from bge_demo.retrieval.store import Passage
from bge_demo.settings import Limits
from bge_demo.text.tokens import TokenizedText

PATIENCE_SECONDS = 60
N_PASSAGES = 3 * PASSAGES_AT_ONCE


class GatedEncoder(FakeEncoder):
    """Encodes texts at once when they are few, as a query, and each batch of passages when told to."""

    def __init__(self, revision: str = "1") -> None:
        super().__init__()
        self._revision = revision
        self.gate = threading.Semaphore(0)
        self.failure: Exception | None = None

    @property
    def info(self) -> ModelInfo:
        return replace(super().info, revision=self._revision)

    def encode_tokens(self, tokenized: Sequence[TokenizedText], *heads: Any) -> Embeddings:
        if len(tokenized) == PASSAGES_AT_ONCE:
            assert self.gate.acquire(timeout=PATIENCE_SECONDS)
            if self.failure:
                raise self.failure
        return super().encode_tokens(tokenized, *heads)

    def open(self) -> None:
        """Hold nothing back any more."""
        self.gate.release(1000)


def passages(n_passages: int = N_PASSAGES) -> list[Passage]:
    return [Passage(f"p{n}", f"all word{n % 9}", "Title", f"d{n}") for n in range(n_passages)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "corpora"


@pytest.fixture
def gated() -> Iterator[GatedEncoder]:
    encoder = GatedEncoder()
    yield encoder
    encoder.open()


@contextmanager
def library_at(root: Path, limits: Limits | None = None) -> Iterator[CorpusLibrary]:
    library = CorpusLibrary(FolderCorpora(root), limits or Limits())
    yield library
    library.close()


@pytest.fixture
def library(root: Path, gated: GatedEncoder) -> Iterator[CorpusLibrary]:
    with library_at(root) as one:
        yield one
        gated.open()


def wait_until_indexed(library: CorpusLibrary, encoder: FakeEncoder, handle: str, n_passages: int) -> None:
    """The gate lets one batch through at a time, so this ends."""
    while library.status(encoder, handle).n_indexed < n_passages:
        threading.Event().wait(0.01)


def test_a_corpus_becomes_ready_with_all_its_passages(library: CorpusLibrary, gated: GatedEncoder) -> None:
    gated.open()
    handle = library.add(gated, "mine", passages(), k1=0.9, b=0.4)
    library.wait(handle, PATIENCE_SECONDS)
    status = library.status(gated, handle)
    assert (status.state, status.n_indexed, status.n_passages) == ("ready", N_PASSAGES, N_PASSAGES)
    assert (status.title, status.model) == ("mine", gated.info)
    assert (status.failure, status.seconds_left) == (None, None)
    assert status.bytes_per_passage > 0
    assert status.to_json()["failure"] is None
    with library.searchable(gated, handle) as index:
        assert dict(index.all_passages()) == dict(enumerate(passages()))
        assert (index.card.bm25.k1, index.card.bm25.b, index.card.bm25.mean_terms) == (0.9, 0.4, 3)


def test_searching_goes_on_while_passages_come(library: CorpusLibrary, gated: GatedEncoder) -> None:
    handle = library.add(gated, "mine", passages())
    with (
        pytest.raises(InputError, match="No passage of this corpus is indexed yet"),
        library.searchable(gated, handle),
    ):
        pass
    for n_batches in (1, 2):
        gated.gate.release()
        wait_until_indexed(library, gated, handle, n_batches * PASSAGES_AT_ONCE)
        with library.searchable(gated, handle) as index:
            assert len(index.store.top(asked(gated, "all"), "bm25", 999)) == n_batches * PASSAGES_AT_ONCE
    status = library.status(gated, handle)
    assert status.state == "indexing"
    assert status.seconds_left is not None
    assert status.seconds_left > 0


def test_stopping_keeps_what_is_confirmed(library: CorpusLibrary, gated: GatedEncoder) -> None:
    handle = library.add(gated, "mine", passages())
    gated.gate.release()
    wait_until_indexed(library, gated, handle, PASSAGES_AT_ONCE)
    library.stop(handle)
    gated.gate.release()
    library.wait(handle, PATIENCE_SECONDS)
    status = library.status(gated, handle)
    assert status.state == "incomplete"
    assert PASSAGES_AT_ONCE <= status.n_indexed < N_PASSAGES
    assert status.to_json()["failure"] == "Indexing was cancelled."


def test_deleting_ends_indexing(library: CorpusLibrary, gated: GatedEncoder, root: Path) -> None:
    handle = library.add(gated, "mine", passages())
    gated.open()
    library.delete(handle)
    with pytest.raises(InputError, match="no such corpus"):
        library.status(gated, handle)
    library.close()
    assert not root.exists() or [one for one in root.iterdir() if one.is_dir()] == []


def test_the_sentence_of_an_error_is_kept(library: CorpusLibrary, gated: GatedEncoder) -> None:
    gated.failure = InputError("input.no_rows")
    handle = library.add(gated, "mine", passages())
    gated.open()
    library.wait(handle, PATIENCE_SECONDS)
    assert library.status(gated, handle).to_json()["failure"] == str(gated.failure)


def test_a_bug_is_told_and_the_next_corpus_is_indexed(
    library: CorpusLibrary, gated: GatedEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    gated.failure = RuntimeError("boom")
    broken = library.add(gated, "broken", passages())
    gated.open()
    library.wait(broken, PATIENCE_SECONDS)
    gated.failure = None
    handle = library.add(gated, "mine", passages())
    library.wait(handle, PATIENCE_SECONDS)
    assert "unexpected error" in library.status(gated, broken).to_json()["failure"]
    # The place alone: a message may quote what a visitor sent.
    assert "RuntimeError at test_library.py" in caplog.text
    assert library.status(gated, handle).state == "ready"


def test_what_a_restart_interrupted_is_incomplete(root: Path, gated: GatedEncoder) -> None:
    with library_at(root) as library:
        handle = library.add(gated, "mine", passages())
        gated.gate.release()
        wait_until_indexed(library, gated, handle, PASSAGES_AT_ONCE)
        library.stop(handle)
        gated.gate.release()
    with library_at(root) as again:
        status = again.status(gated, handle)
        assert status.state == "incomplete"
        assert PASSAGES_AT_ONCE <= status.n_indexed < N_PASSAGES


def test_another_model_encodes_the_corpus_anew_and_alone(library: CorpusLibrary, gated: GatedEncoder) -> None:
    gated.open()
    handle = library.add(gated, "mine", passages(), k1=0.9)
    library.wait(handle, PATIENCE_SECONDS)
    other = GatedEncoder(revision="2")
    assert library.status(other, handle).state == "other-model"
    with (
        pytest.raises(InputError, match="encoded by another model than fake"),
        library.searchable(other, handle),
    ):
        pass
    library.encode_anew(other, handle)
    library.encode_anew(other, handle)
    assert library.status(other, handle).state == "indexing"
    other.open()
    library.wait(handle, PATIENCE_SECONDS)
    assert library.status(other, handle).state == "ready"
    assert library.status(gated, handle).state == "other-model"
    with library.searchable(other, handle) as index:
        assert dict(index.all_passages()) == dict(enumerate(passages()))
        assert index.card.bm25.k1 == 0.9


def test_encoding_anew_goes_on_where_it_was_broken_off(library: CorpusLibrary, gated: GatedEncoder) -> None:
    gated.open()
    handle = library.add(gated, "mine", passages())
    library.wait(handle, PATIENCE_SECONDS)
    other = GatedEncoder(revision="2")
    library.encode_anew(other, handle)
    other.gate.release()
    wait_until_indexed(library, other, handle, PASSAGES_AT_ONCE)
    library.stop(handle)
    other.open()
    library.wait(handle, PATIENCE_SECONDS)
    assert library.status(other, handle).state == "incomplete"
    n_done = len(other.encoded)
    library.encode_anew(other, handle)
    library.wait(handle, PATIENCE_SECONDS)
    assert library.status(other, handle).state == "ready"
    assert n_done + len(other.encoded[n_done:]) == N_PASSAGES // PASSAGES_AT_ONCE


def test_there_is_room_for_so_many_corpora(root: Path, gated: GatedEncoder) -> None:
    gated.open()
    with library_at(root, Limits(corpora=2)) as library:
        first = library.add(gated, "1", passages(1))
        library.add(gated, "2", passages(1))
        with pytest.raises(InputError, match="All 2 places for corpora are taken"):
            library.add(gated, "3", passages(1))
        library.delete(first)
        library.add(gated, "3", passages(1))


def test_one_address_has_a_share_of_the_corpora(root: Path, gated: GatedEncoder) -> None:
    gated.open()
    with library_at(root, Limits(corpora=4, corpora_of_one=2)) as library:
        first, _ = (library.add(gated, str(i), passages(1), origin="192.0.2.1") for i in range(2))
        with pytest.raises(InputError, match="Your network address has 2 corpora"):
            library.add(gated, "3", passages(1), origin="192.0.2.1")
        library.add(gated, "another's", passages(1), origin="192.0.2.2")
        library.delete(first)
        library.add(gated, "3", passages(1), origin="192.0.2.1")


def test_this_machine_may_take_all_the_corpora(root: Path, gated: GatedEncoder) -> None:
    gated.open()
    with library_at(root, Limits(corpora=3, corpora_of_one=1)) as library:
        for i in range(3):
            library.add(gated, str(i), passages(1))


def test_a_corpus_that_nobody_used_makes_room(root: Path, gated: GatedEncoder) -> None:
    gated.open()
    with library_at(root, Limits(corpora=1, corpus_days=2)) as library:
        old = library.add(gated, "old", passages(1))
        library.wait(old, PATIENCE_SECONDS)
        long_ago = (root / old).stat().st_mtime - 2.1 * 86_400
        os.utime(root / old, (long_ago, long_ago))
        new = library.add(gated, "new", passages(1))
        assert not (root / old).exists()
        with pytest.raises(InputError, match="no such corpus"):
            library.status(gated, old)
        assert library.status(gated, new).title == "new"


def test_the_built_in_corpus_starts_when_it_is_first_searched(root: Path, compact: TextEncoder) -> None:
    with library_at(root) as library:
        assert library.status(compact, SAMPLE_HANDLE).state == "not-started"
        library.open_sample(compact)
        library.wait(SAMPLE_HANDLE, PATIENCE_SECONDS)
        with library.searchable(compact, SAMPLE_HANDLE) as index:
            stored = {one.id for _, one in index.all_passages()}
        assert stored == {one.id for one in sample_passages()}
        assert library.status(compact, SAMPLE_HANDLE).state == "ready"
        with pytest.raises(InputError, match="cannot be removed"):
            library.delete(SAMPLE_HANDLE)
    with library_at(root, Limits(corpora=1)) as again:
        assert again.status(compact, SAMPLE_HANDLE).state == "ready"
        again.add(compact, "mine", passages(1))


def test_a_temporary_index_leaves_nothing(library: CorpusLibrary, fake: FakeEncoder, root: Path) -> None:
    with library.temporary(fake, passages(5)) as index:
        assert len(index.store.top(asked(fake, "all"), "bm25", 9)) == 5
    assert not root.exists() or [one for one in root.iterdir() if one.is_dir()] == []


def test_one_passage_does_not_wait_for_a_large_corpus(library: CorpusLibrary, gated: GatedEncoder) -> None:
    large = library.add(gated, "large", passages(20 * PASSAGES_AT_ONCE))
    gated.gate.release(2)
    small = library.add(gated, "small", passages(1))
    library.wait(small, PATIENCE_SECONDS)
    assert library.status(gated, small).state == "ready"
    assert library.status(gated, large).state == "indexing"
    library.stop(large)


def test_a_turn_holds_few_tokens_unless_one_passage_has_more(fake: FakeEncoder) -> None:
    texts = [Passage(str(n), "word " * size) for n, size in enumerate((3000, 3000, 10, 9000, 10))]
    job = Job(fake, "handle", deque(enumerate(texts)))
    turns = []
    while turn := job.next_turn():
        turns.append([number for number, _, _ in turn])
    assert turns == [[0], [1, 2], [3], [4]]


def test_a_corpus_has_a_limit_of_tokens(root: Path, gated: GatedEncoder) -> None:
    with library_at(root, Limits(corpus_tokens=20)) as library:
        with pytest.raises(InputError, match="These passages have 30 tokens; a corpus may have 20"):
            library.add(gated, "mine", passages(10))
        library.wait(library.add(gated, "mine", passages(6)), PATIENCE_SECONDS)


def test_a_corpus_of_an_earlier_version_is_encoded_anew_from_its_texts(
    root: Path, library: CorpusLibrary, gated: GatedEncoder
) -> None:
    gated.open()
    handle, own = new_handle(), passages()
    earlier_version(root / handle, gated, own)
    status = library.status(gated, handle)
    assert (status.state, status.title, status.n_passages) == ("indexing", "old", N_PASSAGES)
    library.wait(handle, PATIENCE_SECONDS)
    assert library.status(gated, handle).state == "ready"
    with library.searchable(gated, handle) as index:
        assert dict(index.all_passages()) == dict(enumerate(own))
        assert index.card.bm25.k1 == 0.8
        assert [one for one, _ in index.store.top(asked(gated, "word3"), "bm25", 1)] == [3]
    assert sorted(one.suffix or one.name for one in (root / handle).iterdir() if one.is_file()) == []
    assert len(list((root / handle).glob("*/card.json"))) == 1


def test_a_corpus_of_an_earlier_version_by_another_model_waits_for_a_word(
    root: Path, library: CorpusLibrary, gated: GatedEncoder
) -> None:
    handle = new_handle()
    earlier_version(root / handle, GatedEncoder(revision="0"), passages(3))
    assert library.status(gated, handle).state == "other-model"


def earlier_version(folder: Path, encoder: GatedEncoder, own: list[Passage]) -> None:
    """A corpus as versions before Qdrant Edge left it."""
    encoder.open()
    card = CorpusCard("old", "2026-01-01T00:00:00+00:00", len(own), encoder.info, Bm25(3, k1=0.8))
    client = QdrantClient(path=str(folder), force_disable_check_same_thread=True)
    store = QdrantStore.create(client, "passages-0123456789ab", encoder.info.dim, card.to_json())
    add_passages(encoder, PassageIndex(card, store), list(enumerate(own)))
    client.close()


def test_a_damaged_built_in_corpus_is_made_anew(root: Path, compact: TextEncoder) -> None:
    with library_at(root) as library:
        library.open_sample(compact)
        library.wait(SAMPLE_HANDLE, PATIENCE_SECONDS)
    (segment,) = root.rglob("segment.json")
    segment.write_text("")
    with library_at(root) as again, again.searchable(compact, SAMPLE_HANDLE) as index:
        again.wait(SAMPLE_HANDLE, PATIENCE_SECONDS)
        assert index.n_indexed() == len(sample_passages())


def test_what_does_not_exist_is_told(library: CorpusLibrary, fake: FakeEncoder) -> None:
    library.stop(new_handle())
    library.wait(new_handle())
    with pytest.raises(InputError, match="no such corpus"):
        library.encode_anew(fake, new_handle())
