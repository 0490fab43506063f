"""What a visitor is shown of an evaluation: every pipeline's figures, groups, each query, as plain text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeEncoder
from html_reading import HOSTILE, assert_inert, downloads, parsed

from bge_demo.locales import LANGUAGES, say
from bge_demo.retrieval.corpora import FolderCorpora
from bge_demo.retrieval.files import passages_from_json
from bge_demo.retrieval.library import CorpusLibrary
from bge_demo.retrieval.pipelines import PIPELINES
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.evaluation import LabelledQuery, RetrievalEvaluation, evaluate_retrieval
from bge_demo.tabs.retrieval.evaluation_view import QUERIES_SHOWN, _means, evaluation_html
from bge_demo.text.tokens import without_surrogates

PASSAGES = [{"id": "cat", "text": "red cat"}, {"id": "dog", "text": "red dog"}, {"id": "sun", "text": "sun"}]
QUERIES = [
    LabelledQuery("red cat", ("cat",), "en", "keyword"),
    LabelledQuery("sun", ("dog",), "de", "keyword"),
]


@pytest.fixture
def library(tmp_path: Path) -> CorpusLibrary:
    return CorpusLibrary(FolderCorpora(tmp_path), Limits())


def evaluated(
    library: CorpusLibrary, queries: Sequence[LabelledQuery], passages: Sequence[object] = PASSAGES
) -> RetrievalEvaluation:
    fake = FakeEncoder()
    with library.temporary(fake, passages_from_json(list(passages), 500, Limits())) as index:
        return evaluate_retrieval(fake, index, queries)


def test_what_is_left_out_is_named_beside_the_figures(library: CorpusLibrary) -> None:
    lost = [LabelledQuery("moon", (f"<b>{i}</b>",)) for i in range(7)]
    root = parsed(evaluation_html(evaluated(library, [*QUERIES, *lost[:1]])))
    assert "2 queries on 3 passages" in root.find("h3")[0].text()
    ids, queries = (note.text() for note in root.find("p", css="warning"))
    assert "1 relevant id that this corpus lacks (<b>0</b>)" in ids
    assert "已略去 1 个不在该语料库中的相关编号" in ids
    assert "1 query with no other relevant id (moon)" in queries
    assert "· …" in parsed(evaluation_html(evaluated(library, [*QUERIES, *lost]))).text()
    assert not parsed(evaluation_html(evaluated(library, QUERIES))).find("p", css="warning")


def test_every_pipelines_figures_are_printed_and_the_best_marked(library: CorpusLibrary) -> None:
    evaluation = evaluated(library, QUERIES)
    root = parsed(evaluation_html(evaluation))
    assert "2 queries on 3 passages" in root.find("h3")[0].text()
    (table,) = root.find("table", css="metrics")
    rows = table.find("tbody")[0].find("tr")
    assert len(rows) == len(PIPELINES)
    for row, one in zip(rows, evaluation.pipelines, strict=True):
        assert say(f"pipeline.{one.name}", "en") in row.find("th")[0].text()
        figures = [cell.text() for cell in row.find("td")]
        overall = one.overall
        assert figures[:3] == [f"{value:.3f}" for value in (overall.ndcg, overall.recall, overall.mrr)]
        assert figures[3] == f"{overall.unjudged:.0f}"
    assert "unjudged of 10 (mean)" in table.text()
    assert _means([9.0, 8.5]) == ["9.0", "8.5"]
    best = max(one.overall.ndcg for one in evaluation.pipelines)
    marked = [row.find("td")[0].text() for row in rows if row.find("td")[0] in row.find(css="best")]
    assert set(marked) == {f"{best:.3f}"}


def test_groups_have_a_table_each_and_known_kinds_a_name(library: CorpusLibrary) -> None:
    root = parsed(evaluation_html(evaluated(library, QUERIES)))
    kinds, languages = root.find("table", css="groups")
    assert [head.text() for head in kinds.find("thead")[0].find("th")] == ["keyword关键词 (2)"]
    assert [head.text() for head in languages.find("thead")[0].find("th")] == ["de (1)", "en (1)"]
    assert len(kinds.find("tbody")[0].find("tr")) == len(PIPELINES)


def test_queries_without_groups_have_no_group_tables(library: CorpusLibrary) -> None:
    root = parsed(evaluation_html(evaluated(library, [LabelledQuery("sun", ("sun",))])))
    assert root.find("table", css="groups") == []


def test_each_query_shows_its_rank_under_each_pipeline(library: CorpusLibrary) -> None:
    root = parsed(evaluation_html(evaluated(library, QUERIES)))
    (table,) = root.find("table", css="per-query")
    first, second = table.find("tbody")[0].find("tr")
    assert first.find("th")[0].text().startswith("red cat ")
    assert {cell.text() for cell in first.find("td", css="first")} == {"1"}
    by_pipeline = dict(zip(PIPELINES, [cell.text() for cell in second.find("td")], strict=True))
    # The label shares no word with its query.
    assert by_pipeline["bm25"] == by_pipeline["sparse"] == by_pipeline["three-stage"] == "–"
    assert by_pipeline["dense"] in {"2", "3"}


def test_what_meaning_finds_and_words_lose_is_counted(library: CorpusLibrary) -> None:
    text = parsed(evaluation_html(evaluated(library, QUERIES))).text()
    assert (
        "1 query is answered by dense or ColBERT and lost by BM25; 0 the other way round; 0 by none" in text
    )


def test_many_queries_are_cut_on_the_page_and_not_in_the_csv(library: CorpusLibrary) -> None:
    queries = [LabelledQuery(f"q{number}", ("sun",)) for number in range(QUERIES_SHOWN + 5)]
    html = evaluation_html(evaluated(library, queries))
    (table,) = parsed(html).find("table", css="per-query")
    assert len(table.find("tbody")[0].find("tr")) == QUERIES_SHOWN
    assert f"The first {QUERIES_SHOWN} of {QUERIES_SHOWN + 5}; the CSV has them all." in html
    lines = [*csv.reader(io.StringIO(downloads(html)["bge-m3-evaluation.csv"], newline=""))]
    assert len(lines) == 1 + len(queries)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_queries_and_groups_are_shown_and_do_nothing(library: CorpusLibrary, text: str) -> None:
    shown = without_surrogates(text)
    evaluation = evaluated(
        library, [LabelledQuery(shown, (shown,), shown, shown)], [{"id": text, "text": "x"}]
    )
    html = evaluation_html(evaluation)
    root = parsed(html)
    assert_inert(root)
    assert root.find("table", css="per-query")[0].find("th")[-1].text().startswith(f"{shown} {shown} · ")
    answer = json.loads(downloads(html)["bge-m3-evaluation.json"])
    assert answer == json.loads(json.dumps(evaluation.to_json()))


def test_every_sentence_is_there_in_both_languages(library: CorpusLibrary) -> None:
    html = evaluation_html(evaluated(library, QUERIES))
    said = [node.attributes["lang"] for node in parsed(html).find("span", css="t")]
    assert said == ["en", "zh-CN"] * (len(said) // 2)
    for language in LANGUAGES:
        assert say("evaluation.per_query", language) in html
