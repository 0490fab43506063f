"""Searching and evaluating in the Retrieval tab: the handlers, and the tab in a page without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fakes import FakeEncoder
from html_reading import parsed
from loops import in_loop

from bge_demo.errors import InputError
from bge_demo.page import build_blocks
from bge_demo.retrieval.corpora import SAMPLE_HANDLE, FolderCorpora
from bge_demo.retrieval.library import CorpusLibrary
from bge_demo.retrieval.pipelines import PIPELINES, checked_pipeline
from bge_demo.serving.gate import Gate
from bge_demo.serving.model_host import ModelChoice, ModelHost
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.evaluation_panel import show_evaluation, show_unknown_ids
from bge_demo.tabs.retrieval.new_corpus_panel import CorpusForm, add_corpus
from bge_demo.tabs.retrieval.tab import pipeline_text, show_search

LIMITS = Limits(corpus_passages=50)
TEXT = "red cat\n\nred dog\n\nblue sun"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[CorpusLibrary]:
    library = CorpusLibrary(FolderCorpora(tmp_path / "corpora"), LIMITS)
    yield library
    library.close()


def added(fake: FakeEncoder, library: CorpusLibrary) -> str:
    """The handle of a corpus pasted into the form, all of it indexed."""
    handle = add_corpus(fake, library, LIMITS, "", "en", CorpusForm([], TEXT)).known[0][1]
    library.wait(handle, 30)
    return handle


@pytest.mark.parametrize("pipeline", [*PIPELINES, "weighted 9 > hybrid 5 > colbert 3 | mkqa"])
def test_a_search_shows_hits_and_the_recall_check(
    fake: FakeEncoder, library: CorpusLibrary, pipeline: str
) -> None:
    root = parsed(
        show_search(fake, library, LIMITS, added(fake, library), "red cat", "red dog", pipeline).result
    )
    assert [hit.text() for hit in root.find(css="hit-text")][:2] == ["red cat", "red dog"]
    assert "Found, at rank 2." in root.text()


@pytest.mark.parametrize(
    ("query", "expected", "pipeline", "key"),
    [
        (" ", "", "dense", "input.blank"),
        ("red", "", "dense ten", "pipeline.unknown"),
    ],
)
def test_a_search_that_cannot_be_is_refused(
    fake: FakeEncoder, library: CorpusLibrary, query: str, expected: str, pipeline: str, key: str
) -> None:
    handle = added(fake, library)
    with pytest.raises(InputError) as caught:
        show_search(fake, library, LIMITS, handle, query, expected, pipeline)
    assert caught.value.key == key


def test_an_expected_passage_of_another_corpus_skips_the_check_and_not_the_search(
    fake: FakeEncoder, library: CorpusLibrary
) -> None:
    handle = added(fake, library)
    shown = show_search(fake, library, LIMITS, handle, "red cat", "elsewhere-en", "dense")
    root = parsed(shown.result)
    assert [hit.text() for hit in root.find(css="hit-text")][:1] == ["red cat"]
    assert not root.find(css="recall")
    assert "Recall check skipped: no passage of this corpus has the id “elsewhere-en”" in root.text()
    for nothing in ("", "\u200b"):
        shown = show_search(fake, library, LIMITS, handle, "red cat", nothing, "dense")
        assert "Recall check skipped" not in shown.result


@pytest.mark.parametrize("name", PIPELINES)
def test_the_controls_write_a_preset_as_it_is_read(name: str) -> None:
    assert checked_pipeline(pipeline_text(PIPELINES[name])) == PIPELINES[name]


def test_an_uploaded_file_of_queries_is_evaluated(
    fake: FakeEncoder, library: CorpusLibrary, tmp_path: Path
) -> None:
    handle = added(fake, library)
    file = tmp_path / "queries.csv"
    file.write_text("query,relevant\nred cat,paste:1\nsun,paste:3\n", "utf-8")
    root = parsed(show_evaluation(fake, library, LIMITS, handle, [str(file)]).result)
    assert "2 queries on 3 passages" in root.find("h3")[0].text()
    with pytest.raises(InputError) as caught:
        show_evaluation(fake, library, LIMITS, handle, None)
    assert caught.value.key == "evaluation.no_file"


def test_ids_that_the_corpus_lacks_are_told_before_the_evaluation(
    fake: FakeEncoder, library: CorpusLibrary, tmp_path: Path
) -> None:
    handle = added(fake, library)
    file = tmp_path / "queries.csv"
    file.write_text("query,relevant\nred cat,paste:1\nsun,gone other\n", "utf-8")
    told = show_unknown_ids(fake, library, LIMITS, handle, [str(file)]).ids
    assert "Of 3 relevant ids the chosen corpus lacks 2, the first one is &#39;gone&#39;" in told
    assert "3 个相关编号中有 2 个不在所选语料库里" in told
    assert "“Evaluate” leaves them out" in told
    file.write_text("query,relevant\nred cat,paste:1\n", "utf-8")
    assert show_unknown_ids(fake, library, LIMITS, handle, [str(file)]).ids == ""
    alone = show_unknown_ids(fake, library, LIMITS, SAMPLE_HANDLE, [str(file)]).ids
    assert "lacks 1" in alone
    assert "cannot be evaluated" in alone
    assert show_unknown_ids(fake, library, LIMITS, handle, None).ids == ""
    assert show_unknown_ids(fake, library, LIMITS, "no such corpus", [str(file)]).ids == ""


@dataclass(frozen=True)
class TabInPage:
    """The built page without a browser."""

    blocks: gr.Blocks

    def run(self, inputs: tuple[str | None, ...], *values: object) -> Any:
        """Fire the first event that reads the language, these components and the model."""
        wanted = ("language", *inputs, "model")
        by_inputs = {
            tuple(getattr(one, "elem_id", None) for one in event.inputs): event.fn
            for event in reversed(self.blocks.fns.values())
        }
        return by_inputs[wanted](*values, None)


def built(models: ModelChoice, library: CorpusLibrary) -> TabInPage:
    return TabInPage(in_loop(lambda: build_blocks(Gate(models, Limits(), {"library": library}))))


def test_the_tab_adds_and_searches_in_a_page(fake: FakeEncoder, library: CorpusLibrary) -> None:
    models = ModelChoice.only(ModelHost(lambda: fake, wait_seconds=5))
    tab = built(models, library)
    assert [one["__type__"] for one in tab.run(("corpus",), "en", SAMPLE_HANDLE)] == ["update"] * 5
    models.start()
    models.encoder()
    cut = ("corpus-split", "corpus-window", "corpus-overlap", "corpus-k1", "corpus-b")
    form = (None, "corpus-text", "corpus-file", "corpus-file-reading", *cut)
    known = tab.run(form, "en", [], TEXT, None, "", "paragraphs", None, 32, 1.2, 0.75)[0]
    handle = known[0][1]
    library.wait(handle, 30)
    assert "3 passages ready" in tab.run(("corpus",), "en", handle)[0]
    search = ("corpus", "search-query", "search-expected", "pipeline-text")
    hits = parsed(tab.run(search, "en", handle, "cat", "", "dense 3")).find(css="hit-text")
    assert hits[0].text() == "red cat"
    with pytest.raises(gr.Error, match="未知的检索流程 .*dense ten"):
        tab.run(search, "zh", handle, "cat", "", "dense ten")
    assert tab.run((None, "corpus"), "en", known, handle)[0] == []
