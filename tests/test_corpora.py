"""Corpora side by side: nobody sees another's passages, deleting frees the disk, nothing is opened twice."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from corpus_stores import Store, add_texts, asked, card_for, index_of, new_corpus
from fakes import FakeEncoder

from bge_demo.corpora import OPEN_CORPORA, Corpora, FolderCorpora, new_handle, open_corpora
from bge_demo.embeddings import ModelInfo
from bge_demo.errors import InputError, SettingsError
from bge_demo.settings import Settings

HOLD_A_FOLDER = """
import sys
from qdrant_client import QdrantClient
client = QdrantClient(path=sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
"""


def found_texts(corpora: Corpora, fake: FakeEncoder, handle: str, query: str) -> list[str]:
    with corpora.use(handle) as corpus:
        index = corpus.encoded_by(fake.info)
        assert index is not None
        return [
            one.text
            for one in index.passages([n for n, _ in index.vectors.top(asked(fake, query), "dense", 99)])
        ]


@pytest.fixture
def folders(tmp_path: Path) -> FolderCorpora:
    return FolderCorpora(tmp_path / "corpora")


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
            found = index.vectors.top(asked(fake, "all"), "bm25", 200)
            assert len({number for number, _ in found}) == len(found) >= 8
            n_searches += 1
        return n_searches

    with ThreadPoolExecutor(2) as pool:
        searches = [pool.submit(search) for _ in range(2)]
        for start in range(8, 120, 8):
            add_texts(index, fake, texts[start : start + 8], first=start)
        done.set()
        assert all(one.result() > 0 for one in searches)
    assert len(index.vectors.top(asked(fake, "all"), "bm25", 200)) == 120


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
            return len(index.vectors.top(asked(fake, "cat"), "colbert", 99))

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
    assert list((tmp_path / "corpora").iterdir()) == []
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
    """Whether this process holds the corpus: its lock file is open."""
    lock = folders.root / handle / ".lock"
    return str(lock) in open_files_below(folders.root)


def test_what_a_kill_left_behind_is_swept(folders: FolderCorpora, fake: FakeEncoder, tmp_path: Path) -> None:
    handle = new_corpus(folders, fake, ["red"])
    folders.close()
    for leftover in (".new-1", ".deleted-2"):
        (tmp_path / "corpora" / leftover / "collection").mkdir(parents=True)
    again = FolderCorpora(tmp_path / "corpora")
    assert [one.name for one in (tmp_path / "corpora").iterdir()] == [handle]
    assert found_texts(again, fake, handle, "red") == ["red"]


def test_strange_files_among_the_corpora_are_left_alone(
    folders: FolderCorpora, fake: FakeEncoder, tmp_path: Path
) -> None:
    (tmp_path / "corpora" / "notes.txt").write_text("mine")
    (tmp_path / "corpora" / "photos").mkdir()
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


# Qdrant leaves its own lock file unclosed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_folder_that_another_program_holds_is_told(folders: FolderCorpora, fake: FakeEncoder) -> None:
    handle = new_corpus(folders, fake, ["red"])
    folders.close()
    command = [sys.executable, "-c", HOLD_A_FOLDER, str(folders.root / handle)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="Another copy of this program has this corpus open"):
            index_of(folders, fake, handle)
        holder.communicate("\n")
    assert found_texts(folders, fake, handle, "red") == ["red"]


def test_a_full_disk_while_adding_gives_the_sentence(folders: FolderCorpora, fake: FakeEncoder) -> None:
    handle = new_corpus(folders, fake, ["red"])
    with folders.use(handle) as corpus:
        (collection,) = corpus.client._client.collections.values()
        n_pages = collection.storage.storage.execute("PRAGMA page_count").fetchone()[0]
        collection.storage.storage.execute(f"PRAGMA max_page_count = {n_pages}")

    def add_more() -> None:
        with folders.use(handle) as corpus:
            index = corpus.encoded_by(fake.info)
            assert index is not None
            add_texts(index, fake, [f"word{number}" for number in range(40)], first=1)

    with pytest.raises(InputError, match=r"could not be written or read \(database or disk is full\)"):
        add_more()
    assert found_texts(folders, fake, handle, "red")[0] == "red"


def test_a_disk_that_takes_no_new_corpus_gives_the_sentence(
    folders: FolderCorpora, fake: FakeEncoder
) -> None:
    folders.root.rmdir()
    folders.root.write_text("a file where the folder was")
    with pytest.raises(InputError, match="could not be written or read"):
        folders.create(new_handle(), card_for(fake, ["red"]))


def test_a_broken_file_gives_the_sentence(folders: FolderCorpora, fake: FakeEncoder) -> None:
    handle = new_corpus(folders, fake, ["red"])
    folders.close()
    (database,) = (folders.root / handle).rglob("storage.sqlite")
    database.write_bytes(b"no database" * 1000)
    with pytest.raises(InputError, match="could not be written or read"):
        index_of(folders, fake, handle)


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
