"""Recall check and hits tell one story; identifiers come first; the threshold is a measured one."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from fakes import FakeEncoder

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.retrieval.corpora import SAMPLE_HANDLE, FolderCorpora
from bge_demo.retrieval.indexing import add_passages
from bge_demo.retrieval.library import CorpusLibrary
from bge_demo.retrieval.passage_index import PassageIndex
from bge_demo.retrieval.pipelines import DEFAULT_PIPELINE, PIPELINES
from bge_demo.retrieval.sample import sample_queries
from bge_demo.retrieval.store import Passage
from bge_demo.retrieval.threshold import best_threshold
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.analysis import search

N_CODES = 300
PLACES = (
    "Spare part {code}, see the catalogue.",
    "型号{code}的备件，请查阅目录。",
    "{code}",
    "Ersatzteil {code} ist lieferbar.",
    "Заказ {code} отправлен.",
)


@pytest.fixture(scope="module")
def library(compact: TextEncoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CorpusLibrary]:
    one = CorpusLibrary(FolderCorpora(tmp_path_factory.mktemp("corpora")), Limits())
    one.open_sample(compact)
    one.wait(SAMPLE_HANDLE)
    yield one
    one.close()


@pytest.mark.parametrize("name", PIPELINES)
def test_recall_check_and_hits_give_one_rank_at_every_stage(
    library: CorpusLibrary, compact: TextEncoder, name: str
) -> None:
    with library.searchable(compact, SAMPLE_HANDLE) as index:
        # Every third query is enough to notice: each is searched twice by every pipeline.
        for query in sample_queries()[::3]:
            for hit in search(compact, index, query.text, PIPELINES[name]).hits[:1]:
                again = search(compact, index, query.text, PIPELINES[name], expected=hit.passage.id)
                assert again.recall is not None
                assert tuple(one.rank for one in again.recall.stages) == hit.stage_ranks
                assert again.recall.final_rank == hit.rank


def look_alikes() -> list[str]:
    """Codes that differ in a digit, a letter, a hyphen's place, or in being longer."""
    chance = random.Random(3)
    codes: dict[str, None] = {}
    while len(codes) < N_CODES:
        digits = "".join(chance.choices("0789", k=chance.choice((2, 4, 4, 6))))
        letters = chance.choice(("PPR", "PPA", "PR", "GB/T ", "E", "RPP", "京A"))
        codes[f"{letters}{'' if letters.endswith(' ') else chance.choice(('-', '', '-'))}{digits}"] = None
    return list(codes)


def spelt_otherwise(code: str, chance: random.Random) -> str:
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in code)
    return chance.choice((code, code.lower(), wide, code.replace("-", "")))


@pytest.fixture(scope="module")
def coded(library: CorpusLibrary, compact: TextEncoder) -> Iterator[tuple[PassageIndex, list[str]]]:
    codes = look_alikes()
    passages = [Passage(str(n), PLACES[n % len(PLACES)].format(code=code)) for n, code in enumerate(codes)]
    with library.temporary(compact, passages) as index:
        yield index, codes


@pytest.mark.parametrize("name", ["bm25", DEFAULT_PIPELINE])
def test_the_exact_code_comes_first_among_look_alikes(
    coded: tuple[PassageIndex, list[str]], compact: TextEncoder, name: str
) -> None:
    index, codes = coded
    chance = random.Random(4)
    first = 0
    for number, code in enumerate(codes):
        hits = search(compact, index, spelt_otherwise(code, chance), PIPELINES[name]).hits
        same = {n for n, one in enumerate(codes) if one.replace("-", "") == code.replace("-", "")}
        assert number in same
        first += bool(hits) and hits[0].number in same and bool(hits[0].exact_terms)
    assert first >= 0.99 * N_CODES


def test_a_code_inside_a_question_is_marked_and_not_lost(
    compact: TextEncoder, library: CorpusLibrary
) -> None:
    numbers = (1044, 1777, 5808, 9087, 9078, 90, 87, 8790)
    passages = [Passage(str(n), f"PPR-{n} spare part, see catalogue") for n in numbers]
    with library.temporary(compact, passages) as index:
        for query in ("PPR-9087", "ppr-9087", "PPR9087", "9087", "where do I find PPR-9087?"):
            for name in ("bm25", DEFAULT_PIPELINE, "three-stage", "weighted-hybrid"):
                (first, *others) = search(compact, index, query, PIPELINES[name]).hits
                assert first.passage.id == "9087", (query, name)
                assert first.exact_terms
                assert not any(one.exact_terms for one in others)


def test_a_query_without_words_says_so(compact: TextEncoder, library: CorpusLibrary) -> None:
    with library.temporary(compact, [Passage("1", "。。。"), Passage("2", "a red cat？")]) as index:
        for query in ("？", "...", "𓀀𓀁"):
            result = search(compact, index, query, PIPELINES[DEFAULT_PIPELINE])
            assert not result.has_words
            assert all(one.method != "bm25" for one in result.pipeline.stages)
            assert {hit.sparse for hit in result.hits} == {0}
            assert search(compact, index, query, PIPELINES["bm25"]).hits == ()
        assert search(compact, index, "cat", PIPELINES["bm25"]).has_words


@pytest.mark.parametrize("name", PIPELINES)
def test_an_identical_text_reaches_the_largest_score(
    compact: TextEncoder, library: CorpusLibrary, name: str
) -> None:
    text = "The harbour opens at nine"
    with library.temporary(compact, [Passage("1", text), Passage("2", "Ein roter Hund schläft")]) as index:
        result = search(compact, index, text, PIPELINES[name])
    told = result.to_json()["score"]
    assert told["name"] == PIPELINES[name].stages[-1].method
    if name == "bm25":
        assert told["largest"] is None
    else:
        assert result.hits[0].score == pytest.approx(told["largest"], abs=2e-3)


def test_the_rank_score_has_its_formula(compact: TextEncoder, library: CorpusLibrary) -> None:
    from bge_demo.retrieval.pipelines import checked_pipeline

    with library.temporary(compact, [Passage("1", "a harbour"), Passage("2", "a dog")]) as index:
        result = search(compact, index, "a harbour", checked_pipeline("rrf 10"))
    assert result.to_json()["score"] == {
        "name": "rrf",
        "largest": pytest.approx(2 / 61),
        "formula": "1/(60+rank)",
    }
    assert result.hits[0].score == pytest.approx(2 / 61)


def test_the_threshold_is_measured_once_and_kept(library: CorpusLibrary, compact: TextEncoder) -> None:
    with library.searchable(compact, SAMPLE_HANDLE) as index:
        assert index.threshold is not None
        assert index.kept_threshold() == index.threshold
        assert index.threshold.n_queries == len(sample_queries())
        told = search(compact, index, "Where can I park my bicycle?", PIPELINES[DEFAULT_PIPELINE]).threshold
        assert told == (index.threshold if index.threshold.separates else None)


def test_a_threshold_separates_only_where_right_and_wrong_lie_apart() -> None:
    apart = best_threshold([10, 20, 30, 70, 80, 90], [False, False, False, True, True, True])
    assert (apart.percent, apart.wrong_below, apart.right_below) == (70, 1, 0)
    assert apart.separates
    assert not best_threshold([10, 90, 10, 90], [True, True, False, False]).separates


def test_a_complete_corpus_has_a_map_with_the_query_in_it(
    library: CorpusLibrary, compact: TextEncoder
) -> None:
    with library.searchable(compact, SAMPLE_HANDLE) as index:
        assert index.map is not None
        passage = index.store.passages([5])[0]
        result = search(compact, index, f"{passage.title}\n{passage.text}", PIPELINES["dense"])
    view = result.map
    assert view is not None
    assert len(view.places) == view.n_passages == len(view.labels)
    assert view.places[view.numbers.index(5)] == pytest.approx(view.query, abs=1e-3)
    assert 0 < view.explained < 1


def test_passages_by_themselves_have_a_map_too(fake: FakeEncoder, library: CorpusLibrary) -> None:
    with library.temporary(fake, [Passage("1", "red")]) as index:
        add_passages(fake, index, [])
        view = search(fake, index, "red", PIPELINES["dense"]).map
    assert view is not None
    assert view.places == ((0, 0),)
