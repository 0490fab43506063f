"""Corpora side by side: nobody sees another's passages, deleting frees the disk, nothing is opened twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from corpus_stores import Store, add_texts, asked, card_for, index_of, new_corpus
from fakes import FakeEncoder

from bge_demo.encoder.contract import ModelInfo
from bge_demo.errors import InputError, SettingsError
from bge_demo.retrieval import edge_store
from bge_demo.retrieval.corpora import OPEN_CORPORA, Corpora, FolderCorpora, new_handle
from bge_demo.retrieval.library import CorpusLibrary, open_corpora
from bge_demo.settings import Limits, Settings

PROJECT = Path(__file__).parents[2]

HOLD_THE_FOLDER = """
import sys
from pathlib import Path
from bge_demo.retrieval.corpora import FolderCorpora
with FolderCorpora(Path(sys.argv[1])).use(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def found_texts(corpora: Corpora, fake: FakeEncoder, handle: str, query: str) -> list[str]:
    with corpora.use(handle) as corpus:
        index = corpus.encoded_by(fake.info)
        assert index is not None
        return [
            one.text
            for one in index.store.passages([n for n, _ in index.store.top(asked(fake, query), "dense", 99)])
        ]


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[FolderCorpora]:
    one = FolderCorpora(tmp_path / "corpora")
    yield one
    one.close()


def test_two_corpora_never_see_each_others_passages(corpora: Corpora, fake: FakeEncoder) -> None:
    mine = new_corpus(corpora, fake, [f"mine {number}" for number in range(20)])
    yours = new_corpus(corpora, fake, [f"yours {number}" for number in range(30)])

    def look(_: int) -> tuple[set[str], set[str]]:
        return (
            {text.split()[0] for text in found_texts(corpora, fake, mine, "mine yours 3")},
            {text.split()[0] for text in found_texts(corpora, fake, yours, "mine yours 3")},
        )

    with ThreadPoolExecutor(4) as pool:
        assert set(map(lambda both: (*both[0], *both[1]), pool.map(look, range(20)))) == {("mine", "yours")}


def test_passages_are_added_while_others_search(store: Store, fake: FakeEncoder) -> None:
    if store.kind == "server-in-memory":
        pytest.skip("Qdrant in memory serves one thread")
    corpora = store.corpora
    texts = [f"word{number} all" for number in range(120)]
    handle = new_handle()
    corpora.create(handle, card_for(fake, texts))
    index = index_of(corpora, fake, handle)
    add_texts(index, fake, texts[:8])
    done = threading.Event()

    def search() -> int:
        n_searches = 0
        while not done.is_set():
            found = index.store.top(asked(fake, "all"), "bm25", 200)
            assert len({number for number, _ in found}) == len(found) >= 8
            n_searches += 1
        return n_searches

    with ThreadPoolExecutor(2) as pool:
        searches = [pool.submit(search) for _ in range(2)]
        for start in range(8, 120, 8):
            add_texts(index, fake, texts[start : start + 8], first=start)
        done.set()
        assert all(one.result() > 0 for one in searches)
    assert len(index.store.top(asked(fake, "all"), "bm25", 200)) == 120


def test_deleting_waits_for_a_search_and_frees_the_disk(
    folders: FolderCorpora, fake: FakeEncoder, tmp_path: Path
) -> None:
    handle = new_corpus(folders, fake, ["red cat"] * 50)
    assert folders.size_bytes(handle) > 50 * 4096 * 2
    inside, leave = threading.Event(), threading.Event()

    def search_slowly() -> int:
        with folders.use(handle) as corpus:
            index = corpus.encoded_by(fake.info)
            assert index is not None
            inside.set()
            assert leave.wait(30)
            return len(index.store.top(asked(fake, "cat"), "colbert", 99))

    with ThreadPoolExecutor(2) as pool:
        search = pool.submit(search_slowly)
        assert inside.wait(30)
        deleting = pool.submit(folders.delete, handle)
        with pytest.raises(InputError, match="no such corpus"):
            # Until the deleting thread has taken its name.
            all(index_of(folders, fake, handle) for _ in count())
        leave.set()
        assert search.result(30) == 50
        deleting.result(30)
    assert [one.name for one in folders.root.iterdir()] == [".lock"]
    folders.close()
    assert open_files_below(tmp_path) == []


def open_files_below(folder: Path) -> list[str]:
    """What this process still has open there; a deleted file would keep its disk."""
    names = [os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.exists() or one.is_symlink()]
    return [name for name in names if name.startswith(str(folder))]


def test_a_deleted_corpus_is_gone_for_good(corpora: Corpora, fake: FakeEncoder) -> None:
    handle, other = new_corpus(corpora, fake, ["red"]), new_corpus(corpora, fake, ["blue"])
    corpora.delete(handle)
    corpora.delete(handle)
    with pytest.raises(InputError, match="no such corpus"), corpora.use(handle):
        pass
    assert set(corpora.idle_days()) == {other}


@pytest.mark.parametrize(
    "handle", ["../x", "", None, 3, "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n", b"a" * 32, ["a"]]
)
def test_a_handle_that_is_none_is_refused(corpora: Corpora, handle: object) -> None:
    for use in (corpora.delete, lambda one: corpora.use(one).__enter__()):
        with pytest.raises(InputError, match="no such corpus"):
            use(handle)  # type: ignore[arg-type]


@pytest.mark.parametrize("n_open", range(1, OPEN_CORPORA))
def test_corpora_stay_open_while_there_is_room(
    folders: FolderCorpora, fake: FakeEncoder, n_open: int
) -> None:
    handles = [new_corpus(folders, fake, ["red"]) for _ in range(n_open)]
    assert [opened(folders, handle) for handle in handles] == [True] * n_open


def test_the_corpus_unused_for_longest_is_closed_first(folders: FolderCorpora, fake: FakeEncoder) -> None:
    handles = [new_corpus(folders, fake, ["red"]) for _ in range(OPEN_CORPORA)]
    with folders.use(handles[0]):
        pass
    new_corpus(folders, fake, ["red"])
    assert [opened(folders, handle) for handle in handles] == [True, False] + [True] * (OPEN_CORPORA - 2)
    assert found_texts(folders, fake, handles[1], "red") == ["red"]


def test_a_corpus_in_use_is_never_closed(folders: FolderCorpora, fake: FakeEncoder) -> None:
    handle = new_corpus(folders, fake, ["red"])
    with folders.use(handle) as corpus:
        for _ in range(OPEN_CORPORA + 1):
            new_corpus(folders, fake, ["blue"])
        index = corpus.encoded_by(fake.info)
        assert index is not None
        assert index.n_indexed() == 1


def opened(folders: FolderCorpora, handle: str) -> bool:
    """Whether this process holds files of the corpus open."""
    return any(f"/{handle}/" in name for name in open_files_below(folders.root))


def test_what_a_kill_left_behind_is_swept(folders: FolderCorpora, fake: FakeEncoder, tmp_path: Path) -> None:
    handle = new_corpus(folders, fake, ["red"])
    folders.close()
    for leftover in (".new-1", ".deleted-2"):
        (tmp_path / "corpora" / leftover / "collection").mkdir(parents=True)
    assert found_texts(folders, fake, handle, "red") == ["red"]
    assert {one.name for one in folders.root.iterdir()} == {handle, ".lock"}


def test_strange_files_among_the_corpora_are_left_alone(
    folders: FolderCorpora, fake: FakeEncoder, tmp_path: Path
) -> None:
    (tmp_path / "corpora" / "photos").mkdir(parents=True)
    (tmp_path / "corpora" / "notes.txt").write_text("mine")
    handle = new_corpus(folders, fake, ["red"])
    assert set(folders.idle_days()) == {handle}


def test_idle_days_count_from_the_last_use(folders: FolderCorpora, fake: FakeEncoder, tmp_path: Path) -> None:
    handle = new_corpus(folders, fake, ["red"])
    folder = tmp_path / "corpora" / handle
    week_ago = folder.stat().st_mtime - 7 * 86_400
    os.utime(folder, (week_ago, week_ago))
    assert folders.idle_days()[handle] == pytest.approx(7, abs=0.01)
    with folders.use(handle):
        pass
    assert folders.idle_days()[handle] < 0.01


def test_passages_are_for_this_user_alone(folders: FolderCorpora, fake: FakeEncoder) -> None:
    new_corpus(folders, fake, ["red"])
    assert folders.root.stat().st_mode & 0o077 == 0


def test_a_clock_set_forward_makes_no_corpus_old(
    folders: FolderCorpora, fake: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = new_corpus(folders, fake, ["red"])
    in_a_year = time.time() + 365 * 86_400
    monkeypatch.setattr(time, "time", lambda: in_a_year)
    assert folders.idle_days()[handle] < 0.01


def test_a_second_process_is_told_that_the_folder_is_in_use(
    folders: FolderCorpora, fake: FakeEncoder
) -> None:
    handle = new_corpus(folders, fake, ["red"])
    folders.close()
    command = [sys.executable, "-c", HOLD_THE_FOLDER, str(folders.root), handle]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for use in (
            lambda: index_of(folders, fake, handle),
            lambda: folders.delete(handle),
            lambda: folders.create(new_handle(), card_for(fake, ["red"])),
        ):
            with pytest.raises(InputError, match="Another copy of this program uses this data folder"):
                use()
        holder.communicate("\n")
    assert found_texts(folders, fake, handle, "red") == ["red"]


def test_a_disk_without_room_gives_the_sentence_and_keeps_what_is_there(
    folders: FolderCorpora, fake: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = new_corpus(folders, fake, ["red"])
    monkeypatch.setattr(edge_store, "LEAST_ROOM", 1 << 60)
    with folders.use(handle) as corpus:
        index = corpus.encoded_by(fake.info)
        assert index is not None
        with pytest.raises(InputError, match="disk of the data folder is full"):
            add_texts(index, fake, ["blue"], first=1)
    with pytest.raises(InputError, match="disk of the data folder is full"):
        folders.create(new_handle(), card_for(fake, ["red"]))
    assert found_texts(folders, fake, handle, "red") == ["red"]


def test_a_disk_that_takes_no_new_corpus_gives_the_sentence(
    folders: FolderCorpora, fake: FakeEncoder
) -> None:
    folders.root.write_text("a file where the folder was")
    with pytest.raises(InputError, match="could not be written or read") as told:
        folders.create(new_handle(), card_for(fake, ["red"]))
    assert str(folders.root) not in str(told.value)


@pytest.mark.parametrize("how", ["empty", "cut", "gone"])
def test_a_damaged_card_gives_the_sentence(folders: FolderCorpora, fake: FakeEncoder, how: str) -> None:
    handle = new_corpus(folders, fake, ["red"])
    folders.close()
    (card,) = (folders.root / handle).glob("*/card.json")
    if how == "gone":
        card.unlink()
    else:
        card.write_text("" if how == "empty" else card.read_text()[:40])
    library = CorpusLibrary(folders, Limits())
    with pytest.raises(InputError, match="A file of this corpus is damaged") as told:
        library.status(fake, handle)
    assert str(folders.root) not in str(told.value)
    library.delete(handle)
    library.close()
    assert handle not in folders.idle_days()


@pytest.mark.parametrize(
    "damaged",
    [
        "segment.json",
        "edge_config.json",
        "vector_storage-colbert/vectors/status.dat",
        "payload_storage/page_0.dat",
    ],
)
def test_a_truncated_file_of_the_engine_gives_the_sentence(
    folders: FolderCorpora, fake: FakeEncoder, damaged: str
) -> None:
    handle = new_corpus(folders, fake, ["red"])
    folders.close()
    (file,) = [one for one in (folders.root / handle).rglob("*") if str(one).endswith(damaged)]
    os.truncate(file, 0)

    def look() -> None:
        index = index_of(folders, fake, handle)
        index.store.vectors([0])
        index.store.passages([0])

    with pytest.raises(InputError, match="A file of this corpus is damaged") as told:
        look()
    assert str(folders.root) not in str(told.value)


def test_what_was_confirmed_is_in_the_log_that_is_on_disk(
    folders: FolderCorpora, fake: FakeEncoder, tmp_path: Path
) -> None:
    """A power cut leaves the engine's files as they were last flushed, and the log that was synced."""
    handle = new_corpus(folders, fake, ["red"])
    folders.close()
    shutil.copytree(folders.root / handle, tmp_path / "flushed")
    with folders.use(handle) as corpus:
        index = corpus.encoded_by(fake.info)
        assert index is not None
        add_texts(index, fake, ["blue", "green"], first=1)
        (log,) = (folders.root / handle).glob("*/shard/wal")
        (flushed_log,) = (tmp_path / "flushed").glob("*/shard/wal")
        shutil.rmtree(flushed_log)
        shutil.copytree(log, flushed_log)
    folders.close()
    shutil.rmtree(folders.root / handle)
    (tmp_path / "flushed").rename(folders.root / handle)
    assert sorted(found_texts(folders, fake, handle, "red")) == ["blue", "green", "red"]


def test_each_model_has_vectors_of_its_own(corpora: Corpora, fake: FakeEncoder) -> None:
    handle = new_corpus(corpora, fake, ["red", "blue"])
    for changed in ({"revision": "2"}, {"precision": "int8"}, {"name": "other"}):
        other = replace(fake.info, **changed)
        with corpora.use(handle) as corpus:
            assert corpus.encoded_by(other) is None
            source = corpus.encoded_by_another()
            assert source is not None
            assert source.card.model == fake.info
            corpus.create(replace(source.card, model=other))
            fullest = corpus.encoded_by_another()
            assert fullest is not None
            assert fullest.card.model == fake.info
            corpus.keep_only(fake.info)
            assert corpus.encoded_by(other) is None
    assert found_texts(corpora, fake, handle, "red") == ["red", "blue"]


def test_engine_and_device_do_not_part_vectors(corpora: Corpora, fake: FakeEncoder) -> None:
    handle = new_corpus(corpora, fake, ["red"])
    elsewhere: ModelInfo = replace(fake.info, engine="openvino", device="cuda")
    with corpora.use(handle) as corpus:
        assert corpus.encoded_by(elsewhere) is not None


def test_a_server_that_does_not_answer_gives_the_sentence(fake: FakeEncoder) -> None:
    corpora = open_corpora(Settings(qdrant_url="http://127.0.0.1:7879"))
    for call in (
        lambda: index_of(corpora, fake, new_handle()),
        corpora.idle_days,
        lambda: corpora.delete(new_handle()),
    ):
        with pytest.raises(InputError, match="The Qdrant server did not do its part"):
            call()
    with pytest.raises(InputError, match="--qdrant-url"):
        corpora.create(new_handle(), card_for(fake, ["red"]))
    corpora.close()


def test_an_address_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="qdrant"):
        open_corpora(Settings(qdrant_url="http://[broken"))
