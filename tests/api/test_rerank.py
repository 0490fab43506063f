"""Reranking: the order and the scores are the encoder's own, the shape is what rerankers' clients read."""

from __future__ import annotations

from typing import Any

import pytest
from api_client import api_client, gate_over
from fakes import FakeEncoder
from starlette.testclient import TestClient

from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.scores.scoring import WEIGHT_PRESETS, ScoreWeights, pair_scores
from bge_demo.settings import Limits

QUERY = "How many days of annual leave do I have?"
DOCUMENTS = [
    "The soup needs salt",
    "Every employee has 25 days of annual leave.",
    "年假为每年二十五天。",
    "a",
]


@pytest.fixture(scope="module")
def real(compact: TextEncoder) -> TestClient:
    return api_client(gate_over(compact))


@pytest.fixture
def client(fake: FakeEncoder) -> TestClient:
    return api_client(gate_over(fake))


def rerank(client: TestClient, **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/rerank", json=body)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


@pytest.mark.parametrize("weights", ["model-card", [1, 0, 0], [0, 1, 0], [0, 0, 1]])
def test_scores_are_the_encoders(real: TestClient, compact: TextEncoder, weights: Any) -> None:
    made = compact.encode([QUERY, *DOCUMENTS])
    chosen = WEIGHT_PRESETS[weights] if isinstance(weights, str) else ScoreWeights(*weights)
    scores = [pair_scores(made.dense, made.sparse, made.colbert, 0, i + 1) for i in range(len(DOCUMENTS))]
    results = rerank(real, query=QUERY, documents=DOCUMENTS, weights=weights)
    assert sorted(one["index"] for one in results) == list(range(len(DOCUMENTS)))
    found = [one["relevance_score"] for one in results]
    assert found == sorted(found, reverse=True)
    for one in results:
        assert one["relevance_score"] == pytest.approx(scores[one["index"]].hybrid(chosen), abs=1e-6)
        assert one["scores"]["colbert"] == pytest.approx(scores[one["index"]].colbert, abs=1e-6)


def test_the_answer_comes_first(real: TestClient) -> None:
    assert rerank(real, query=QUERY, documents=DOCUMENTS)[0]["index"] == 1


def test_texts_come_back_only_when_asked_for(client: TestClient) -> None:
    documents = ["red dog", {"text": "red cat"}, {"text": "sun", "id": 3}]
    first, *_ = rerank(client, query="red cat", documents=documents, top_n=1, return_documents=True)
    assert (first["index"], first["document"]) == (1, {"text": "red cat"})
    assert "document" not in rerank(client, query="red cat", documents=documents)[0]


@pytest.mark.parametrize(("top_n", "n"), [(1, 1), (2, 2), (99, 3), (None, 3)])
def test_no_more_than_asked_for(client: TestClient, top_n: int | None, n: int) -> None:
    assert len(rerank(client, query="red cat", documents=["a", "b", "c"], top_n=top_n)) == n


def test_equal_documents_keep_their_order(client: TestClient) -> None:
    results = rerank(client, query="red", documents=["red"] * 5)
    assert [one["index"] for one in results] == [0, 1, 2, 3, 4]


def test_more_than_fits_at_once_is_read_in_turns(fake: FakeEncoder) -> None:
    client = api_client(gate_over(fake, Limits(request_tokens=20)))
    results = rerank(client, query="red cat", documents=["blue dog"] * 30 + ["red cat"])
    assert results[0]["index"] == 30
    assert len(fake.encoded) > 10


def test_only_so_much_of_a_document_is_read(client: TestClient) -> None:
    long = {"query": "red cat", "documents": ["blue dog red cat"]}
    assert rerank(client, **long, max_tokens_per_doc=4)[0]["scores"]["sparse"] == 0
    assert rerank(client, **long)[0]["scores"]["sparse"] > 0


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"query": " ", "documents": ["a"]}, "query", "query is blank"),
        ({"query": "q", "documents": []}, "documents", "The list is empty"),
        ({"query": "q", "documents": ["a", " "]}, "documents[1]", "documents[1] is blank"),
        ({"query": "q", "documents": ["a", {"title": "b"}]}, "documents[1]", "documents[1] must be a text"),
        ({"query": "q", "documents": ["a"], "top_n": 0}, "top_n", "at least 1; got 0"),
        ({"query": "q", "documents": ["a"] * 1001}, "documents", "at most 1000"),
        ({"query": "q"}, "documents", "'documents' is missing"),
    ],
)
def test_a_refusal_names_the_field(client: TestClient, body: dict[str, Any], param: str, words: str) -> None:
    answer = client.post("/v1/rerank", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert words in answer.json()["error"]["message"]
