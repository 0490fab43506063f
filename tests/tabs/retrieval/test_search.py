"""One query: hits with all scores, their evidence and their way through the stages."""

from __future__ import annotations

import json

import pytest
from corpus_stores import add_texts, asked, card_for, real_texts
from fakes import AWKWARD_TEXTS, FakeEncoder

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.retrieval.bm25 import terms_of
from bge_demo.retrieval.corpora import temporary_index
from bge_demo.retrieval.passage_index import PassageIndex
from bge_demo.retrieval.pipelines import PIPELINES, Pipeline, Stage
from bge_demo.retrieval.store import Passage
from bge_demo.scores.scoring import lexical_matching_score, mean_maxsim
from bge_demo.settings import Limits
from bge_demo.tabs.retrieval.analysis import CLOSE, HITS_SHOWN, SearchResult, search

TEXTS = ["red cat", "red dog", "blue cat sat", "green", "the red cat sat"]
TWO_STAGES = Pipeline((Stage("bm25", 3), Stage("dense", 2)))


@pytest.fixture
def index(fake: FakeEncoder) -> PassageIndex:
    one = temporary_index(card_for(fake, TEXTS))
    add_texts(one, fake, TEXTS)
    return one


@pytest.fixture(scope="module")
def real_index(compact: TextEncoder) -> PassageIndex:
    texts = real_texts(40)
    one = temporary_index(card_for(compact, texts))
    add_texts(one, compact, texts)
    return one


def result_for(fake: FakeEncoder, index: PassageIndex, query: str = "red cat") -> SearchResult:
    return search(fake, index, query, TWO_STAGES)


def test_hits_are_the_last_stages_passages_in_order(fake: FakeEncoder, index: PassageIndex) -> None:
    result = result_for(fake, index)
    assert [hit.passage.text for hit in result.hits] == ["red cat", "the red cat sat"]
    assert [hit.rank for hit in result.hits] == [1, 2]
    assert [hit.number for hit in result.hits] == result.stages[-1].passages
    assert [hit.score for hit in result.hits] == [score for _, score in result.stages[-1].found]


def test_a_hit_knows_its_rank_after_every_stage(fake: FakeEncoder, index: PassageIndex) -> None:
    result = result_for(fake, index, "the red cat")
    for hit in result.hits:
        places = tuple(stage.passages.index(hit.number) + 1 for stage in result.stages)
        assert hit.stage_ranks == places


def test_a_hit_has_the_score_of_every_head(fake: FakeEncoder, index: PassageIndex) -> None:
    first = result_for(fake, index).hits[0]
    assert (first.dense, first.colbert) == pytest.approx((1, 1), abs=1e-3)
    assert first.sparse == pytest.approx(1)
    assert first.similarity_percent == 100.0
    assert first.band == "near-identical"


def test_scores_are_those_of_the_scoring_module(compact: TextEncoder, real_index: PassageIndex) -> None:
    query = "The harbour and its ships"
    vectors = asked(compact, query)
    for hit in search(compact, real_index, query, PIPELINES["fusion-colbert"]).hits:
        made = compact.encode([hit.text])
        assert made.dense is not None
        assert made.sparse is not None
        assert made.colbert is not None
        assert hit.dense == pytest.approx(float(made.dense[0] @ vectors.dense), abs=1e-3)
        assert hit.sparse == pytest.approx(lexical_matching_score(vectors.sparse, made.sparse[0]), abs=1e-3)
        assert hit.colbert == pytest.approx(mean_maxsim(vectors.colbert, made.colbert[0]), abs=1e-3)


def test_evidence_names_the_words_that_match(fake: FakeEncoder, index: PassageIndex) -> None:
    hit = result_for(fake, index).hits[1]
    words = {hit.text[word.start : word.end]: word for word in hit.words}
    assert [words[name].is_shared for name in ("the", "red", "cat", "sat")] == [False, True, True, False]
    assert words["red"].similarity == pytest.approx(1, abs=1e-3)
    assert words["the"].similarity < 0.8
    assert {one.token for one in hit.shared} == {"▁red", "▁cat"}
    assert sum(one.contribution for one in hit.shared) == pytest.approx(hit.sparse)


def test_evidence_stands_in_the_text_with_its_title(fake: FakeEncoder) -> None:
    passage = Passage("p", "the cat sat", "A Title")
    index = temporary_index(card_for(fake, ["A Title\nthe cat sat"]))
    text = "A Title\nthe cat sat"
    index.add([0], [passage], fake.encode([text]), [terms_of(fake.tokenize([text])[0])])
    (hit,) = search(fake, index, "cat", PIPELINES["dense"]).hits
    assert hit.text == text
    assert [hit.text[word.start : word.end] for word in hit.words] == ["A", "Title", "the", "cat", "sat"]


def test_times_add_up(compact: TextEncoder, real_index: PassageIndex) -> None:
    result = search(compact, real_index, "ships in the harbour", PIPELINES["three-stage"])
    stages = [stage.latency_ms for stage in result.stages]
    assert all(one is not None and one >= 0 for one in stages)
    assert result.latency_ms >= result.encode_ms + sum(one or 0.0 for one in stages) - 1e-6
    assert (result.n_indexed, result.n_passages) == (40, 40)


def test_only_the_first_hits_are_shown(compact: TextEncoder, real_index: PassageIndex) -> None:
    result = search(compact, real_index, "ships", Pipeline((Stage("dense", 30),)))
    assert (len(result.hits), len(result.stages[0].found)) == (HITS_SHOWN, 30)


@pytest.mark.parametrize("name", PIPELINES)
def test_awkward_queries_are_answered_as_json(
    compact: TextEncoder, real_index: PassageIndex, name: str
) -> None:
    for text in AWKWARD_TEXTS:
        if text.strip():
            answer = search(compact, real_index, text, PIPELINES[name]).to_json()
            assert json.loads(json.dumps(answer, allow_nan=False)) == json.loads(json.dumps(answer))
            assert len(answer["stages"]) == len(PIPELINES[name].stages)


def test_nothing_found_is_no_error(fake: FakeEncoder, index: PassageIndex) -> None:
    result = result_for(fake, index, "unheard")
    assert (result.hits, [stage.found for stage in result.stages]) == ((), [[], []])
    assert result.recall is None


def test_the_expected_passage_is_checked(fake: FakeEncoder, index: PassageIndex) -> None:
    result = search(fake, index, "red cat", TWO_STAGES, expected="p3")
    assert result.recall is not None
    assert result.recall.passage.text == "green"
    assert result.to_json()["recall_check"]["lost_at"] == 0


@pytest.mark.parametrize("query", ["", " \n", "x" * 11])
def test_a_blank_or_long_query_is_refused(fake: FakeEncoder, index: PassageIndex, query: str) -> None:
    with pytest.raises(InputError):
        search(fake, index, query, TWO_STAGES, limits=Limits(text_chars=10))


@pytest.fixture(scope="module")
def odd_index(compact: TextEncoder) -> PassageIndex:
    texts = ["𓂀𓂀", "hello world", "開通新帳號", "如何开通新账号？", "。。。"]
    one = temporary_index(card_for(compact, texts))
    add_texts(one, compact, texts)
    return one


@pytest.mark.parametrize("query", ["𓀀𓀁", "\ue000\ue001", "hello world"])
def test_what_nobody_can_read_gets_no_band(compact: TextEncoder, odd_index: PassageIndex, query: str) -> None:
    result = search(compact, odd_index, query, PIPELINES["dense"], expected="𓂀𓂀")
    is_readable = query == "hello world"
    for hit in result.hits:
        assert (hit.band is not None) == (is_readable and hit.passage.text != "𓂀𓂀"), hit
    assert result.recall is not None
    assert not result.recall.is_match
    assert not result.recall.is_readable
    assert [hint.key for hint in result.hints] == ([] if is_readable else ["hint.unreadable"])


def test_the_other_chinese_characters_are_told(compact: TextEncoder, odd_index: PassageIndex) -> None:
    hits = search(compact, odd_index, "开通新账号", PIPELINES["dense"]).hits
    assert [hit.passage.text for hit in hits if hit.is_other_script] == ["開通新帳號"]


def test_it_is_told_where_a_punctuation_mark_decides(compact: TextEncoder, real_index: PassageIndex) -> None:
    """Against searching twice: the note stands where the first two hits change places, if they are near."""
    decided = 0
    for text in real_texts(24):
        for query in (text[:24].rstrip("。.?？ ,，"), text[5:40].rstrip("。.?？ ,，") + "?"):
            bare = query.removesuffix("?")
            result = search(compact, real_index, query, PIPELINES["dense"])
            again = f"{bare}?" if bare == query else bare
            scores = {
                hit.number: hit.score for hit in search(compact, real_index, again, PIPELINES["dense"]).hits
            }
            first, second = result.hits[:2]
            swapped = scores.get(first.number, 0.0) < scores.get(second.number, 0.0)
            near = first.score - second.score <= CLOSE * abs(first.score)
            assert result.punctuation_decides == (swapped and near), query
            decided += result.punctuation_decides
    assert decided
