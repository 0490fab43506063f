"""The corpus panel's handlers: adding, watching, cancelling, encoding anew and removing corpora."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeEncoder
from markupsafe import escape

from bge_demo.encoder.contract import Embeddings, ModelInfo
from bge_demo.errors import InputError
from bge_demo.locales import say
from bge_demo.retrieval.corpora import SAMPLE_HANDLE, FolderCorpora
from bge_demo.retrieval.library import CorpusLibrary
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.corpus_panel import (
    encode_anew,
    list_corpora,
    remove_corpus,
    show_corpus,
    stop_indexing,
)
from bge_demo.tabs.retrieval.new_corpus_panel import CorpusForm, add_corpus, seen_corpus_file, show_waiting
from bge_demo.tabs.retrieval.tab import show_search
from bge_demo.ui.upload import SeenTable, files_of, reading_of

LIMITS = Limits(corpus_passages=50)
TEXT = "red cat\n\nred dog\n\nblue sun"


class SlowEncoder(FakeEncoder):
    """Encodes passages when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def encode(self, texts: Any, *heads: Any, **options: Any) -> Embeddings:
        self.go.wait(30)
        return super().encode(texts, *heads, **options)


class OtherModel(FakeEncoder):
    """The same vectors under another revision."""

    @property
    def info(self) -> ModelInfo:
        return replace(super().info, revision="2")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[CorpusLibrary]:
    library = CorpusLibrary(FolderCorpora(tmp_path / "corpora"), LIMITS)
    yield library
    library.close()


def added(
    fake: FakeEncoder,
    library: CorpusLibrary,
    text: str = TEXT,
    file: Path | None = None,
    /,
    **options: Any,
) -> str:
    """The handle of a corpus made through the form, all of it indexed."""
    path = None if file is None else str(file)
    handle = add_corpus(fake, library, LIMITS, "", "en", CorpusForm([], text, path, **options)).known[0][1]
    library.wait(handle, 30)
    return handle


def test_pasted_paragraphs_become_a_corpus_and_the_form_is_emptied(
    fake: FakeEncoder, library: CorpusLibrary
) -> None:
    made = add_corpus(fake, library, LIMITS, "", "zh", CorpusForm([["old", "x"]], f" {TEXT}"))
    (title, handle), old = made.known
    assert (title, old) == ("red cat red dog blue sun", ["old", "x"])
    assert made.corpus["value"] == handle
    assert made.corpus["choices"] == [
        (say("corpus.sample", "zh"), SAMPLE_HANDLE),
        (title, handle),
        ("old", "x"),
    ]
    assert made.form["open"] is False
    assert (made.text, made.file) == ("", None)
    library.wait(handle, 30)
    assert library.status(fake, handle).state == "ready"
    assert library.status(fake, handle).n_passages == 3


def test_a_file_comes_before_the_text_and_its_columns_are_taken(
    fake: FakeEncoder, library: CorpusLibrary, tmp_path: Path
) -> None:
    file = tmp_path / "猫.csv"
    file.write_bytes('编号,说明,备注\n甲,"red\ncat",x\n乙,sun,y\n'.encode("gbk"))
    handle = added(fake, library, "ignored", file, reading='{"columns": ["说明", "编号", ""]}')
    with library.searchable(fake, handle) as index:
        assert [(one.id, one.text) for _, one in sorted(index.all_passages())] == [
            ("甲", "red\ncat"),
            ("乙", "sun"),
        ]
    assert library.status(fake, handle).title == "猫.csv"


@pytest.mark.parametrize(
    "options", [{}, {"k1": None, "b": None, "window": None, "overlap": None, "split": None}]
)
def test_a_cleared_box_has_its_default(
    fake: FakeEncoder, library: CorpusLibrary, options: dict[str, Any]
) -> None:
    handle = added(fake, library, **options)
    with library.searchable(fake, handle) as index:
        assert (index.card.bm25.k1, index.card.bm25.b) == (1.2, 0.75)
        assert index.card.n_passages == 3


@pytest.mark.parametrize(
    ("text", "options", "key"),
    [
        (" \n ", {}, "corpus.empty"),
        ("a\n\n" * 60, {}, "corpus.too_many"),
        ("a", {"window": 8}, "corpus.bad_window"),
        ("a", {"overlap": 200}, "corpus.bad_window"),
        ("a", {"k1": 11}, "corpus.bm25_range"),
        ("a", {"split": "chapters"}, "corpus.bad_split"),
    ],
)
def test_what_cannot_be_a_corpus_is_refused(
    fake: FakeEncoder, library: CorpusLibrary, text: str, options: dict[str, Any], key: str
) -> None:
    with pytest.raises(InputError) as caught:
        add_corpus(fake, library, LIMITS, "", "en", CorpusForm([], text, **options))
    assert caught.value.key == key


def seen(path: Path, reading: str = "") -> SeenTable:
    (one,) = seen_corpus_file(LIMITS, files_of(str(path)), reading_of(reading))
    return one


def test_the_columns_of_a_table_are_guessed(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("ID,Content,Note\n1,red,x\n1,,y\n", "utf-8")
    assert seen(file).columns == ("Content", "ID", "")
    assert [one.row for one in seen(file).skipped] == [2]
    assert [phrase.key for phrase in seen(file).told] == ["corpus.repeated_ids"]
    chosen = seen(file, '{"columns": ["Note", "", "Content"]}')
    assert (chosen.columns, chosen.skipped, chosen.told) == (("Note", "", "Content"), (), ())


def test_rows_with_a_title_alone_are_named(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,title,text\n1,One,red\n2,Two,\n3,,\n4,Four,N/A\n", "utf-8")
    (told,) = seen(file).told
    assert say(told.key, "en", **told.values) == (
        "2 rows have a title and no text; the title is indexed in place of the text: rows 2, 4."
    )
    assert "第 2, 4 行" in say(told.key, "zh", **told.values)
    assert [one.row for one in seen(file).skipped] == [3]
    # Without the title's column they are left out, with the others.
    bare = seen(file, '{"columns": ["text", "id", ""]}')
    assert (bare.told, [one.row for one in bare.skipped]) == ((), [2, 3, 4])


@pytest.mark.parametrize("name", ["notes.md", "notes.txt"])
def test_other_files_have_one_column(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("# Leave")
    assert seen(file).table.columns == seen(file).columns == ("text",)


def test_the_list_names_what_the_browser_knows_in_its_language() -> None:
    known = [["mine", "a" * 32]]
    listed = list_corpora("zh", known, "a" * 32)
    assert listed.corpus["value"] == "a" * 32
    assert listed.corpus["choices"] == [(say("corpus.sample", "zh"), SAMPLE_HANDLE), ("mine", "a" * 32)]
    assert list_corpora("en", known, "b" * 32).corpus["value"] == SAMPLE_HANDLE


def test_while_indexing_the_status_is_asked_for_again_and_cancel_is_there(library: CorpusLibrary) -> None:
    slow = SlowEncoder()
    made = add_corpus(slow, library, LIMITS, "", "en", CorpusForm([], TEXT))
    handle = made.known[0][1]
    view = show_corpus(slow, library, handle)
    assert 'data-state="indexing"' in view.status
    assert view.timer.active is True
    assert [one["visible"] for one in (view.stop, view.anew, view.remove)] == [True, False, True]
    threading.Timer(0.2, slow.go.set).start()
    library.wait(handle, 30)
    view = show_corpus(slow, library, handle)
    assert "3 passages ready" in view.status
    assert view.timer.active is False
    assert [one["visible"] for one in (view.stop, view.anew, view.remove)] == [False, False, True]


def test_cancelled_indexing_is_told_and_the_rest_can_be_searched(library: CorpusLibrary) -> None:
    slow = SlowEncoder()
    text = "\n\n".join(f"word{i}" for i in range(50))
    handle = add_corpus(slow, library, LIMITS, "", "en", CorpusForm([], text)).known[0][1]
    threading.Timer(0.2, slow.go.set).start()
    stop_indexing(slow, library, handle)
    library.wait(handle, 30)
    status = show_corpus(slow, library, handle).status
    assert "Only 32 of 50 passages are indexed" in status
    assert "Indexing was cancelled." in status
    result = show_search(slow, library, LIMITS, handle, "word3", "", "bm25 5").result
    assert "Only 32 of 50 passages were indexed" in result
    assert ">word3</span>" in result


def test_a_removed_corpus_leaves_the_list_and_its_status_says_so(
    fake: FakeEncoder, library: CorpusLibrary
) -> None:
    handle = added(fake, library)
    left = remove_corpus(library, "en", [["mine", handle], ["other", "x"]], handle)
    assert left.known == [["other", "x"]]
    assert left.corpus["value"] == SAMPLE_HANDLE
    view = show_corpus(fake, library, handle)
    assert escape(say("corpus.unknown", "en", value=handle)) in view.status
    assert view.timer.active is False
    assert view.remove["visible"] is True


def test_the_built_in_corpus_cannot_be_removed(library: CorpusLibrary) -> None:
    with pytest.raises(InputError) as caught:
        remove_corpus(library, "en", [], SAMPLE_HANDLE)
    assert caught.value.key == "corpus.sample_stays"


def test_another_model_asks_for_encoding_anew(fake: FakeEncoder, library: CorpusLibrary) -> None:
    handle, other = added(fake, library), OtherModel()
    assert show_corpus(other, library, handle).anew["visible"] is True
    with pytest.raises(InputError, match="Encode it anew first"):
        show_search(other, library, LIMITS, handle, "red cat", "", "dense")
    encode_anew(other, library, handle)
    library.wait(handle, 30)
    assert "3 passages ready" in show_corpus(other, library, handle).status


@pytest.mark.parametrize(
    ("text", "file", "waits"),
    [(None, None, False), (" \n", None, False), ("a", None, True), ("", "a.txt", True)],
)
def test_passages_that_no_search_finds_yet_are_told(text: str | None, file: str | None, waits: bool) -> None:
    told = show_waiting(text, file).waiting
    assert ("Press “Index”" in told and "建立索引" in told) if waits else told == ""
