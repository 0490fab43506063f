"""What a visitor is shown of a search, a recall check and a corpus: all of it, none of it as markup."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeEncoder
from html_reading import HOSTILE, assert_inert, downloads, parsed

from bge_demo.errors import InputError
from bge_demo.locales import LANGUAGES, Phrase, say
from bge_demo.retrieval.corpora import SAMPLE_HANDLE, FolderCorpora
from bge_demo.retrieval.corpus_map import MapView
from bge_demo.retrieval.files import passages_from_json
from bge_demo.retrieval.library import CorpusLibrary, CorpusState, CorpusStatus
from bge_demo.retrieval.pipelines import Stage, checked_pipeline
from bge_demo.retrieval.threshold import SearchThreshold
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.analysis import HITS_SHOWN, SearchResult, search
from bge_demo.tabs.retrieval.corpus_view import corpus_error_html, corpus_html
from bge_demo.tabs.retrieval.recall_check import Remedy, RemedyKind, StageCheck
from bge_demo.tabs.retrieval.view import CSV_HEADER, SHARED_SHOWN, missed_by, script_of, search_html
from bge_demo.text.tokens import without_surrogates

CATS = [
    {"id": "cat", "title": "red", "text": "cat"},
    {"id": "dog", "text": "red dog"},
    {"id": "sun", "text": "sun"},
]
TWO_STAGES = "dense 3 > colbert 2"


@pytest.fixture
def library(tmp_path: Path) -> CorpusLibrary:
    return CorpusLibrary(FolderCorpora(tmp_path), Limits())


def searched(
    library: CorpusLibrary,
    query: str,
    passages: list[object] | None = None,
    pipeline: str = TWO_STAGES,
    expected: str = "",
) -> SearchResult:
    fake, limits = FakeEncoder(), Limits()
    checked = passages_from_json(passages or CATS, 500, limits)
    with library.temporary(fake, checked) as index:
        return search(fake, index, query, checked_pipeline(pipeline), expected, limits)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_texts_are_shown_and_do_nothing(library: CorpusLibrary, text: str) -> None:
    passage = {"id": f"id {text}", "title": f"title {text}", "text": f"{text} harmless"}
    root = parsed(search_html(searched(library, text, [passage, "sun"], expected="harmless")))
    assert_inert(root)
    shown = without_surrogates(text)
    assert root.find(css="hit-title")[0].text() == f"title {shown}"
    assert root.find(css="hit-text")[0].text() == f"{shown} harmless"
    assert f"id {shown}" in [one.text() for one in root.find("bdi")]
    assert f"id {shown} · title {shown}" in root.find(css="recall")[0].text()


@pytest.mark.parametrize("text", [*HOSTILE, "=1+1"], ids=ascii)
def test_downloads_hold_the_whole_answer(library: CorpusLibrary, text: str) -> None:
    result = searched(library, text, [text, "sun"])
    files = downloads(search_html(result))
    assert json.loads(files["bge-m3-search.json"]) == json.loads(json.dumps(result.to_json()))
    table = files["bge-m3-search.csv"].removeprefix("\ufeff")
    header, *lines = csv.reader(io.StringIO(table.replace("\0", ""), newline=""))
    assert tuple(header) == CSV_HEADER
    assert [line[3] for line in lines] == [hit.passage.id for hit in result.hits]
    assert lines[0][1].removeprefix("'") == without_surrogates(text).replace("\0", "")
    assert not lines[0][1].startswith("=")


def test_every_number_of_a_hit_is_printed(library: CorpusLibrary) -> None:
    root = parsed(search_html(searched(library, "red cat")))
    first, second = root.find("li", css="hit")
    assert "100.00 % " in first.find(css="hit-similarity")[0].text()
    assert first.attributes["class"] == "hit band-near-identical"
    assert "50.00 % " in second.find(css="hit-similarity")[0].text()
    facts = " ".join(second.text().split())
    # Half of the words are shared; ColBERT counts </s> too: (1 + 0 + 1/sqrt(2)) / 3.
    assert "dense稠密0.50" in facts
    assert "sparse稀疏0.50" in facts
    assert second.find(css="hit-score")[0].text().startswith("0.5690")
    assert "共有的词与片段 red 0.5000" in facts
    shared = [word.text() for word in second.find(css="shared")]
    assert shared == ["red"]


def test_the_words_of_a_title_count_and_stand_in_the_title_alone(library: CorpusLibrary) -> None:
    root = parsed(search_html(searched(library, "red cat", pipeline="sparse 1")))
    (hit,) = root.find("li", css="hit")
    assert hit.find(css="hit-title")[0].text() == "red"
    assert hit.find(css="hit-text")[0].text() == "cat"
    assert "cat 0.5000 · red 0.5000" in hit.text()


@pytest.mark.parametrize(
    ("text", "script"), [("12 Öl", "LATIN"), ("差旅", "CJK"), ("نص", "ARABIC"), ("7-7", ""), ("", "")]
)
def test_dots_are_coloured_by_the_script_of_the_first_letter(text: str, script: str) -> None:
    assert script_of(text) == script


def test_only_the_first_shared_words_are_listed(library: CorpusLibrary) -> None:
    words = " ".join("abcdefghij")
    root = parsed(search_html(searched(library, words, [words])))
    facts = root.find(css="hit-facts")[0].text()
    assert "shared words and pieces共有的词与片段 a 0.1000 · b" in facts
    assert facts.count("·") == SHARED_SHOWN - 1
    assert f"+ {10 - SHARED_SHOWN}" in facts
    assert "▁" not in root.text()


@pytest.mark.parametrize(
    ("explained", "said"),
    [
        (0.31, "Two axes keep 31 %"),
        (0.994, "Two axes keep 99 %"),
        (1.0, "without loss"),
        (0.0, "without loss"),
    ],
)
def test_the_map_says_what_it_keeps_and_no_nonsense_of_tiny_corpora(
    library: CorpusLibrary, explained: float, said: str
) -> None:
    view = MapView((0, 1), ("a", "b"), ((0.0, 0.0), (1.0, 0.0)), (0.5, 0.5), 2, explained)
    text = parsed(search_html(replace(searched(library, "red cat"), map=view))).text()
    assert said in text
    assert "keep 100 %" not in text
    assert "keep 0 %" not in text


def test_at_most_ten_hits_are_shown(library: CorpusLibrary) -> None:
    root = parsed(search_html(searched(library, "x", ["x"] * 30, pipeline="dense 30")))
    assert len(root.find("li", css="hit")) == HITS_SHOWN


def test_every_sentence_is_there_in_both_languages(library: CorpusLibrary) -> None:
    html = search_html(searched(library, "red cat", expected="sun"))
    said = [node.attributes["lang"] for node in parsed(html).find("span", css="t")]
    assert said == ["en", "zh-CN"] * (len(said) // 2)
    assert said
    for language in LANGUAGES:
        assert say("search.hits", language) in html
        assert say("recall.title", language) in html


@pytest.mark.parametrize(("pipeline", "n_columns"), [("dense 3", 0), ("dense 3 > colbert 2", 2)])
def test_one_stage_has_no_movement(library: CorpusLibrary, pipeline: str, n_columns: int) -> None:
    root = parsed(search_html(searched(library, "red cat", pipeline=pipeline)))
    assert len(root.find("text", css="stage")) == n_columns
    assert len(root.find("svg", css="movement")) == bool(n_columns)
    assert len(root.find(css="stage-times")[0].find("li")) == 1 + max(1, n_columns)


def test_in_each_column_of_the_movement_ranks_stand_in_order_and_apart(library: CorpusLibrary) -> None:
    passages = [f"{'x ' * i}y" for i in range(40)]
    root = parsed(search_html(searched(library, "x y", passages, "dense 40 > sparse 30 > colbert 10")))
    columns: dict[str, list[tuple[int, float]]] = {}
    for move in root.find("g", css="move"):
        circles, ranks = move.find("circle"), move.find("text")
        for circle, rank in zip(circles, ranks, strict=True):
            place, height = str(circle.attributes["cx"]), float(str(circle.attributes["cy"]))
            columns.setdefault(place, []).append((int(rank.text()), height))
    assert len(columns) == 3
    bottom = float(str(root.find("svg")[0].attributes["viewbox"]).split()[3])
    for nodes in columns.values():
        heights = [height for _, height in sorted(nodes)]
        assert len(heights) == 10
        assert all(lower - upper >= 18 for upper, lower in zip(heights, heights[1:], strict=False))
        assert heights[-1] + 9 <= bottom


def test_nothing_found_says_what_to_try(library: CorpusLibrary) -> None:
    root = parsed(search_html(searched(library, "moon", pipeline="bm25 5 > colbert 3", expected="cat")))
    assert "Nothing was found." in root.text()
    assert root.find("li", css="hit") == root.find("svg", css="movement") == []
    assert "Lost at stage 1 (BM25): it shares no term" in root.find(css="recall-verdict")[0].text()


def test_a_weak_best_hit_and_a_half_indexed_corpus_are_told(library: CorpusLibrary) -> None:
    result = searched(library, "red sky", pipeline="dense 3")
    threshold = SearchThreshold(percent=60.0, wrong_below=0.7, right_below=0.04, n_queries=73, n_right=36)
    html = search_html(replace(result, n_passages=7, threshold=threshold))
    assert "The first hit is 50.00 % similar. Of the 73 labelled queries" in html
    assert "70 % of the wrong first hits lie below 60.00 %" in html
    assert "4 % of the right ones" in html
    assert "labelled queries of the built-in corpus" not in search_html(result)
    assert "Only 3 of 7 passages were indexed" in html
    assert "Only" not in parsed(search_html(searched(library, "red dog"))).text()


def test_a_found_passage_is_told_with_its_rank(library: CorpusLibrary) -> None:
    root = parsed(search_html(searched(library, "red cat", expected="red dog")))
    (recall,) = root.find("section", css="found")
    assert "Found, at rank 2." in recall.text()
    assert "已找到，名次 2。" in recall.text()
    assert [row.attributes["class"] for row in recall.find("tbody")[0].find("tr")] == ["passed", "passed"]
    assert not recall.find(css="remedies")
    # 50 % is found and still no match.
    # Found, so not "does not match": a threshold would still drop it.
    assert "drops everything below 60 %" in recall.text()
    assert "does not match" not in recall.text()


def test_a_lost_passage_is_told_with_stage_and_margin(library: CorpusLibrary) -> None:
    root = parsed(search_html(searched(library, "red cat", pipeline="dense 1 > colbert 1", expected="dog")))
    (recall,) = root.find("section", css="lost")
    verdict = recall.find(css="recall-verdict")[0].text()
    assert "Lost at stage 1 (dense): its rank there is 2, and 1 are let through." in verdict
    assert "Its score 0.5000 misses the last one's 1.0000 by 0.5000." in verdict
    rows = recall.find("tbody")[0].find("tr")
    assert [row.attributes["class"] for row in rows] == ["lost_here", "not_reached"]
    # Raised to 2 at the first stage it is lost at the second, so this change alone is not offered.
    assert "No single change" in recall.text()
    assert "does not match the query" in recall.text()


def test_a_loss_without_a_margin_needs_none(library: CorpusLibrary) -> None:
    result = searched(library, "red cat", pipeline="dense 1", expected="dog")
    assert result.recall is not None
    (stage,) = result.recall.stages
    without = replace(result.recall, stages=(replace(stage, cutoff=None),))
    verdict = parsed(search_html(replace(result, recall=without))).find(css="recall-verdict")[0].text()
    assert "its rank there is 2, and 1 are let through." in verdict
    assert "misses" not in verdict


@pytest.mark.parametrize(
    ("kind", "value", "sentences"),
    [
        (
            "k",
            "2",
            ("Let 2 passages through stage 1: it ends at rank 9.", "第 1 阶段保留 2 个段落：最终名次 9。"),
        ),
        (
            "first-stage",
            "rrf",
            (
                "Use sparse + dense by rank as the first stage: it ends at",
                "第一阶段改用稀疏+稠密（按名次）：",
            ),
        ),
        (
            "leave-out",
            "",
            ("Leave out stage 1 (dense): it ends at rank 9.", "去掉第 1 阶段（稠密）：最终名次 9。"),
        ),
        (
            "weights",
            "mkqa",
            ("Use the weights MKQA 1 / 0.3 / 1: it ends", "改用权重“MKQA 1 / 0.3 / 1”：最终"),
        ),
    ],
)
def test_each_remedy_is_a_sentence(
    library: CorpusLibrary, kind: RemedyKind, value: str, sentences: tuple[str, str]
) -> None:
    result = searched(library, "red cat", pipeline="dense 1", expected="dog")
    assert result.recall is not None
    remedied = replace(result.recall, remedies=(Remedy(kind, 0, value, 9),))
    (told,) = parsed(search_html(replace(result, recall=remedied))).find(css="remedies")[0].find("li")
    assert all(sentence in told.text() for sentence in sentences)


def status(state: CorpusState, n_indexed: int, **values: object) -> CorpusStatus:
    own = CorpusStatus("h", "own", state, n_indexed, 40, FakeEncoder().info, 2048.0)
    return replace(own, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        (status("not-started", 0, handle=SAMPLE_HANDLE), "40 passages, indexed at the first search."),
        (
            status("indexing", 10, seconds_left=7.6),
            "10 of 40 passages indexed已索引 10 / 40 个段落 · about 8 s left",
        ),
        (status("ready", 40), "40 passages ready"),
        (status("ready", 40), "2 KB of vectors each"),
        (status("incomplete", 8), "Only 8 of 40 passages are indexed"),
        (status("incomplete", 8, failure=Phrase("corpus.stopped")), "Indexing was cancelled."),
        (status("other-model", 40), "This corpus was encoded by fake fp32."),
    ],
    ids=lambda part: part.state if isinstance(part, CorpusStatus) else "",
)
def test_each_state_of_a_corpus_is_told(shown: CorpusStatus, sentence: str) -> None:
    root = parsed(corpus_html(shown))
    assert sentence in root.text()
    assert ("Only this browser knows" in root.text()) is (shown.handle != SAMPLE_HANDLE)
    bars = root.find(having="aria-valuenow")
    assert [bar.attributes["aria-valuenow"] for bar in bars] == ["25"] * (shown.state == "indexing")


def test_a_corpus_that_is_gone_says_so_in_both_languages() -> None:
    text = parsed(corpus_error_html(InputError("corpus.unknown", value="x"))).text()
    assert all(say("corpus.unknown", language, value="x") in text for language in LANGUAGES)


def test_a_reason_is_escaped() -> None:
    root = parsed(corpus_error_html(InputError("corpus.disk", reason="<b>full</b>")))
    assert_inert(root)
    assert "<b>full</b>" in root.text()


def test_a_name_that_fits_several_passages_says_so(library: CorpusLibrary) -> None:
    passages: list[object] = [{"id": "1", "title": "a sun", "text": "dog"}, {"id": "2", "text": "red dog"}]
    html = search_html(searched(library, "red dog", passages, expected="DOG"))
    text = " ".join(parsed(html).find("section", css="recall")[0].text().split())
    assert "2 passages fit “DOG”; the one that ranks best is judged." in text
    assert "name it by its id:" in text
    assert "1 (a sun)" in text
    assert "passages fit" not in parsed(search_html(searched(library, "red", passages, expected="2"))).text()


def test_of_many_that_fit_the_first_are_named_and_the_rest_counted(library: CorpusLibrary) -> None:
    html = search_html(searched(library, "red dog", [f"dog {n}" for n in range(13)], expected="dog"))
    assert "13 passages fit “dog”" in html
    assert "and 2 more" in html


@pytest.mark.parametrize(
    ("own", "cutoff", "shown"),
    [
        (0.00455, 0.00654, ("0.0046", "0.0065", "0.0019")),
        (0.12341, 0.12343, ("0.12341", "0.12343", "0.00002")),
    ],
)
def test_the_margin_is_that_of_the_numbers_shown(own: float, cutoff: float, shown: tuple[str, ...]) -> None:
    stage = StageCheck(Stage("dense", 1), arrived=True, rank=2, score=own, cutoff=cutoff, passed=False)
    missed = missed_by(stage)
    assert missed is not None
    assert tuple(missed.values()) == shown


def test_a_tie_misses_by_nothing_that_could_be_told() -> None:
    assert missed_by(StageCheck(Stage("dense", 1), True, 2, score=0.5, cutoff=0.5, passed=False)) is None
