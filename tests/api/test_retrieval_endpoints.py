"""The retrieval endpoints over HTTP: search, index, watch, evaluate, delete; limits; nobody sees another's
corpus."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from gradio_client import Client

from bge_demo.retrieval.pipelines import PIPELINES
from bge_demo.retrieval.sample import sample_passages, sample_queries

if TYPE_CHECKING:
    from server import Server, StartServer

pytestmark = pytest.mark.usefixtures("healthy")

PATIENCE_SECONDS = 90
# Indexing all of it takes longer.
STOP_SECONDS = 15
PASSAGES = [
    {"id": "leave", "title": "Annual leave", "text": "Every employee has 25 days of annual leave."},
    "年假为每年二十五天。",
    {"text": "The coffee machine is on the second floor."},
]
UNKNOWN = "There is no such corpus here: "
BM25 = "bm25 10"


def indexed(server: Server, passages: list[Any], title: str = "") -> str:
    """The handle of a corpus, once all of it is indexed."""
    handle: str = server.call("index_passages", passages, title).output["handle"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        status = server.call("corpus_status", handle).output
        if status["state"] != "indexing":
            assert status["state"] == "ready", status
            return handle
        time.sleep(0.1)
    raise AssertionError(f"not indexed in {PATIENCE_SECONDS} s")


def sample_is_ready(server: Server) -> None:
    server.call("search", "E-17", "sample", BM25)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.call("corpus_status", "sample").output["state"] != "ready":
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_the_built_in_corpus_is_searched_by_words(server: Server, client: Client) -> None:
    sample_is_ready(server)
    answer = client.predict("E-17", pipeline=BM25, expected="x200-e17-en", api_name="/search")
    assert answer["hits"][0]["passage"]["id"] == "x200-e17-en"
    assert answer["recall_check"]["final_rank"] == 1
    assert answer["n_indexed"] == answer["n_passages"] == len(sample_passages())
    assert answer["model"]["name"] == "m3-compact"


def test_passages_may_come_with_the_query(client: Client) -> None:
    answer = client.predict("annual leave", PASSAGES, "dense 3 > colbert 2", "年假", api_name="/search")
    assert answer["hits"][0]["passage"]["id"] == "leave"
    assert len(answer["hits"]) == 2
    assert [stage["method"] for stage in answer["stages"]] == ["dense", "colbert"]
    assert [stage["n_found"] for stage in answer["stages"]] == [3, 2]
    assert answer["recall_check"]["passage"]["id"] == "2"
    assert [one["head"] for one in answer["recall_check"]["heads"]] == ["bm25", "sparse", "dense", "colbert"]
    for hit in answer["hits"]:
        assert all(math.isfinite(hit[head]) for head in ("score", "dense", "sparse", "colbert"))
        assert hit["similarity_percent"] == pytest.approx(100 * max(0, hit["dense"]), abs=0.006)


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_every_preset_searches(server: Server, pipeline: str) -> None:
    answer = server.call("search", "annual leave", PASSAGES, pipeline).output
    # The second says the same in Chinese.
    assert answer["hits"][0]["passage"]["id"] in {"leave", "2"}


def test_a_corpus_is_indexed_searched_and_deleted(server: Server) -> None:
    handle = indexed(server, PASSAGES, "mine")
    status = server.call("corpus_status", handle).output
    assert (status["title"], status["n_indexed"], status["n_passages"]) == ("mine", 3, 3)
    assert status["bytes_per_passage"] > 0
    assert server.call("search", "coffee", handle, BM25).output["hits"][0]["passage"]["id"] == "3"
    assert server.call("delete_corpus", handle).output == {"deleted": handle}
    assert server.call("search", "coffee", handle, BM25).sentence.startswith(UNKNOWN + repr(handle))
    assert server.call("corpus_status", handle).sentence.startswith(UNKNOWN + repr(handle))
    assert not (server.log_file.parent / "data" / "corpora" / handle).exists()


def test_two_clients_corpora_stay_apart(server: Server) -> None:
    def visitor(word: str) -> list[str]:
        handle = indexed(server, [f"{word} number {i}" for i in range(40)])
        found = [
            hit["passage"]["text"].split()[0]
            for pipeline in ("dense 10", "bm25 10", "rrf 10 > colbert 10")
            for hit in server.call("search", "alpha beta number 7", handle, pipeline).output["hits"]
        ]
        server.call("delete_corpus", handle)
        return found

    with ThreadPoolExecutor(2) as visitors:
        alpha, beta = visitors.map(visitor, ("alpha", "beta"))
    assert len(alpha) == len(beta) == 30
    assert (set(alpha), set(beta)) == ({"alpha"}, {"beta"})


def test_the_presets_are_evaluated_on_the_built_in_queries(server: Server, client: Client) -> None:
    sample_is_ready(server)
    answer = client.predict(api_name="/evaluate_retrieval")
    assert answer["k"] == 10
    assert len(answer["queries"]) == len(sample_queries())
    assert [one["name"] for one in answer["pipelines"]] == list(PIPELINES)
    by_name = {one["name"]: one for one in answer["pipelines"]}
    for one in answer["pipelines"]:
        assert all(0 <= one["overall"][metric] <= 1 for metric in ("recall", "mrr", "ndcg"))
        assert len(one["outcomes"]) == len(answer["queries"])
    # Words do not cross languages; keywords are what they are good at.
    bm25, dense = by_name["bm25"]["by_kind"], by_name["dense"]["by_kind"]
    assert bm25["keyword"]["ndcg"] > 0.9
    assert dense["cross-lingual"]["ndcg"] > bm25["cross-lingual"]["ndcg"]


def test_own_queries_are_evaluated_on_own_passages(server: Server) -> None:
    queries = [
        {"text": "annual leave", "relevant": ["leave"], "language": "en"},
        {"text": "咖啡", "relevant": ["3"]},
    ]
    answer = server.call("evaluate_retrieval", queries, PASSAGES).output
    (bm25,) = [one for one in answer["pipelines"] if one["name"] == "bm25"]
    assert bm25["outcomes"][0] | {"n_unjudged": 0} == {
        "first_relevant": 1,
        "recall": 1.0,
        "reciprocal_rank": 1.0,
        "ndcg": 1.0,
        "n_unjudged": 0,
    }
    assert bm25["by_language"]["en"]["n_queries"] == 1


NOT_LIST = "The texts must come as a list of texts."
BAD_SEARCHES: list[tuple[list[Any], str]] = [
    ([" ", PASSAGES], "Query is blank."),
    ([None, PASSAGES], "Query must be a text."),
    (["x" * 50_001, PASSAGES], "Query has 50001 characters; at most 50000"),
    (["q", "../.."], UNKNOWN),
    (["q", "a" * 32], UNKNOWN),
    (["q", "0123456789ABCDEF" * 2], UNKNOWN),
    (["q", {"a": 1}], UNKNOWN),
    (["q", None], UNKNOWN),
    (["q", 3], UNKNOWN),
    (["q", []], "There is no text to index."),
    (["q", [""]], "Row 1 is blank."),
    (["q", ["a", {"id": "b"}]], "Row 2 must be a text."),
    (["q", [["a"]]], "Row 1 must be a text."),
    (["q", ["a"] * 201], "There are 201 rows; at most 200 are allowed."),
    (["q", ["word " * 9000] * 9], "one request takes at most 65536."),
    (["q", PASSAGES, "dense ten"], "Unknown pipeline 'dense ten'."),
    (["q", PASSAGES, ["dense"]], "Unknown pipeline"),
    (["q", PASSAGES, None], "Unknown pipeline 'None'."),
    (["q", PASSAGES, "hybrid 5"], "Stage 1 cannot rank by 'hybrid'."),
    (["q", PASSAGES, "dense 0"], "at least one passage through; got 0."),
    (["q", PASSAGES, "weighted 5 | 0/0/1"], "weighted needs a weight above 0 for one of: sparse, dense."),
    (["q", PASSAGES, "dense 5", "nowhere to be seen"], "contains the words 'nowhere to be seen'."),
    (["q", PASSAGES, "dense 5", ["leave"]], "Passage that should be found (optional) must be a text."),
]
BAD_OTHERS: list[tuple[str, list[Any], str]] = [
    ("index_passages", [["a"] * 6000], "There are 6000 rows; at most 5000 are allowed."),
    ("index_passages", ["a"], NOT_LIST),
    ("index_passages", [None], NOT_LIST),
    ("index_passages", [[]], "There is no text to index."),
    ("index_passages", [[{"id": "a"}]], "Row 1 must be a text."),
    ("corpus_status", ["../../etc"], UNKNOWN),
    ("corpus_status", [["sample"]], UNKNOWN),
    ("delete_corpus", ["sample"], "The built-in corpus is for everybody and cannot be removed."),
    ("delete_corpus", ["../.."], UNKNOWN),
    ("delete_corpus", [["a"]], UNKNOWN),
    ("delete_corpus", [None], UNKNOWN),
    ("evaluate_retrieval", [[], PASSAGES], "There is no query to evaluate."),
    ("evaluate_retrieval", [None, PASSAGES], "The queries must come as a list"),
    ("evaluate_retrieval", ["q"], "The queries must come as a list"),
    (
        "evaluate_retrieval",
        [[{"text": "q", "relevant": ["nope"]}], PASSAGES],
        "none of the passages named as relevant, such as 'nope'.",
    ),
    ("evaluate_retrieval", [[{"text": " ", "relevant": ["leave"]}], PASSAGES], "Row 1 is blank."),
    ("evaluate_retrieval", [[{"text": "q", "relevant": ["1"]}] * 501, ["a"]], "at most 500 are evaluated"),
]
BAD = [*(("search", inputs, sentence) for inputs, sentence in BAD_SEARCHES), *BAD_OTHERS]


@pytest.mark.parametrize(("endpoint", "inputs", "sentence"), BAD, ids=lambda part: str(part)[:40])
def test_bad_input_gets_one_plain_sentence(
    server: Server, endpoint: str, inputs: list[Any], sentence: str
) -> None:
    told = server.call(endpoint, *inputs).sentence
    assert sentence in told
    assert "\n" not in told
    assert len(told) < 400


@pytest.mark.parametrize("k", [1, 999_999])
def test_any_k_is_bounded_by_the_corpus(server: Server, k: int) -> None:
    answer = server.call("search", "leave", PASSAGES, f"rrf {k} > colbert {k}").output
    assert len(answer["hits"]) == min(k, 3)


@pytest.mark.parametrize("text", ["\ud800 leave", "\x00\x1b leave", "<b>leave</b>", "leave " * 3000])
def test_awkward_texts_are_indexed_and_found(server: Server, text: str) -> None:
    answer = server.call("search", text, [{"id": text, "text": text}], "dense 1", text).output
    assert answer["hits"][0]["similarity_percent"] == 100.0
    assert answer["recall_check"]["final_rank"] == 1


def test_no_text_of_a_corpus_is_logged(server: Server) -> None:
    handle = indexed(server, ["zeppelin-9931"], "zeppelin-9932")
    server.call("search", "zeppelin-9933", handle, BM25, "zeppelin-9934")
    server.call("delete_corpus", handle)
    assert "zeppelin" not in server.log


def test_a_stop_does_not_wait_for_a_corpus_to_be_indexed(start_server: StartServer) -> None:
    server = start_server("--model", "m3-compact")
    server.wait_until(lambda answer: answer.status_code == 200)
    passages = [f"word{number} and a few more words to read " * 10 for number in range(4000)]
    handle = server.call("index_passages", passages).output["handle"]
    assert server.call("corpus_status", handle).output["state"] == "indexing"
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < STOP_SECONDS
    assert "Traceback" not in server.log
