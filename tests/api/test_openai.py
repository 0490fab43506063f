"""Embeddings in OpenAI's shape: equal to the encoder in every format, and every refusal names its field."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from api_client import api_client, gate_over
from fakes import AWKWARD_TEXTS, FakeEncoder
from starlette.testclient import TestClient

from bge_demo.api.openai import MOST_ITEMS
from bge_demo.api.raw_outputs import COLBERT_TOKENS
from bge_demo.encoder.contract import Embeddings
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.settings import Limits

TEXTS = ["我喜欢看书", "It's 3.14 €, isn't it?", "الذكاء الاصطناعي", "👩‍👩‍👧 déjà-vu", "red red cat"]


@pytest.fixture
def client(fake: FakeEncoder) -> TestClient:
    return api_client(gate_over(fake))


@pytest.fixture(scope="module")
def real(compact: TextEncoder) -> TestClient:
    return api_client(gate_over(compact))


def embed(client: TestClient, input: Any, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/embeddings", json={"input": input, **fields})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def refusal(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/embeddings", json=body)
    assert answer.status_code == 400, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    return error


def decoded(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.frombuffer(base64.b64decode(text), "<f4")


def test_both_formats_equal_the_encoder(real: TestClient, compact: TextEncoder) -> None:
    expected = compact.encode(TEXTS).dense
    as_numbers = embed(real, TEXTS)
    as_bytes = embed(real, TEXTS, encoding_format="base64")
    assert [one["index"] for one in as_numbers["data"]] == list(range(len(TEXTS)))
    assert {one["object"] for one in as_numbers["data"]} == {"embedding"}
    for i in range(len(TEXTS)):
        np.testing.assert_allclose(as_numbers["data"][i]["embedding"], expected[i], atol=1e-6)
        np.testing.assert_allclose(decoded(as_bytes["data"][i]["embedding"]), expected[i], atol=1e-6)


def test_usage_counts_what_was_read(real: TestClient, compact: TextEncoder) -> None:
    n_tokens = sum(text.n_tokens for text in compact.tokenize(TEXTS))
    answer = embed(real, TEXTS)
    assert answer["usage"] == {"prompt_tokens": n_tokens, "total_tokens": n_tokens}
    assert (answer["object"], answer["model"]) == ("list", compact.info.name)


def test_one_text_may_come_without_a_list(real: TestClient, compact: TextEncoder) -> None:
    (one,) = embed(real, TEXTS[0])["data"]
    np.testing.assert_allclose(one["embedding"], compact.encode(TEXTS[:1]).dense[0], atol=1e-6)


@pytest.mark.parametrize("encoding_format", ["float", "base64"])
def test_the_other_heads_come_with_tokens_and_offsets(
    real: TestClient, compact: TextEncoder, encoding_format: str
) -> None:
    answer = embed(real, TEXTS, sparse=True, colbert=True, encoding_format=encoding_format)
    expected, tokenized = compact.encode(TEXTS), compact.tokenize(TEXTS)
    for i, one in enumerate(answer["data"]):
        weights = {entry["id"]: entry["weight"] for entry in one["sparse"]}
        assert weights == pytest.approx(expected.sparse[i], abs=1e-6)
        spans = {(token.id, token.start, token.end) for token in tokenized[i].tokens}
        for entry in one["sparse"]:
            assert entry["offsets"]
            assert {(entry["id"], *place) for place in entry["offsets"]} <= spans
        colbert = one["colbert"]
        rows = colbert["vectors"] if encoding_format == "float" else decoded(colbert["vectors"])
        np.testing.assert_allclose(np.reshape(rows, colbert["shape"]), expected.colbert[i], atol=1e-6)
        read = [(token.piece, token.start, token.end) for token in tokenized[i].tokens[1:]]
        assert [(one["token"], one["start"], one["end"]) for one in colbert["tokens"]] == read


def test_a_token_that_occurs_twice_has_two_places(client: TestClient) -> None:
    (one,) = embed(client, "red red cat", sparse=True)["data"]
    places = {entry["token"]: entry["offsets"] for entry in one["sparse"]}
    assert places == {"▁red": [[0, 3], [4, 7]], "▁cat": [[8, 11]]}


def test_all_that_openai_takes_in_one_call_is_cut_inside(fake: FakeEncoder) -> None:
    client = api_client(gate_over(fake, Limits(request_tokens=100, table_rows=3)))
    texts = [f"word{i % 500}" for i in range(MOST_ITEMS)]
    data = embed(client, texts, encoding_format="base64")["data"]
    assert len(data) == MOST_ITEMS
    assert len(fake.encoded) > 10
    assert [text for call in fake.encoded for text in call] == texts
    assert data[3]["embedding"] == data[503]["embedding"] != data[4]["embedding"]


def test_a_cut_text_says_how_much_was_read() -> None:
    client = api_client(gate_over(FakeEncoder(max_tokens=5)))
    cut, whole = embed(client, ["a b c d e f", "a b"])["data"]
    assert (cut["truncated"], cut["n_tokens"], cut["n_tokens_uncut"]) == (True, 5, 8)
    assert "truncated" not in whole


@pytest.mark.parametrize("dimensions", [None, 4096])
def test_the_models_own_size_may_be_named(client: TestClient, dimensions: int | None) -> None:
    assert len(embed(client, "a", dimensions=dimensions)["data"][0]["embedding"]) == 4096


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        (
            {"input": "a", "dimensions": 128},
            "dimensions",
            "vectors of 4096 numbers and cannot shorten them to 128",
        ),
        ({"input": "a", "dimensions": "4096"}, "dimensions", "must be a whole number"),
        ({"input": "a", "encoding_format": "md5"}, "encoding_format", "one of float or base64"),
        ({"input": [15339, 1917]}, "input", "check_embedding_ctx_length=False"),
        ({"input": [[15339, 1917], [57668]]}, "input", "check_embedding_ctx_length=False"),
        ({"input": ["ok", "", "also ok"]}, "input[1]", "input[1] is blank"),
        ({"input": ["ok", "\n\n"]}, "input[1]", "input[1] is blank"),
        ({"input": ""}, "input[0]", "input[0] is blank"),
        ({"input": []}, "input", "The list is empty"),
        ({"input": ["ok", None]}, "input[1]", "input[1] must be a text"),
        ({"input": {"a": 1}}, "input", "must be a text or a list"),
        ({"input": 7}, "input", "must be a text or a list"),
        ({}, "input", "'input' is missing"),
        ({"input": "a", "task": "x"}, "task", "There is no field 'task' here"),
        ({"input": ["a"] * (MOST_ITEMS + 1)}, "input", "2049 items; one call takes at most 2048"),
        ({"input": ["ok", "x" * 50_001]}, "input[1]", "50001 characters; at most 50000"),
    ],
)
def test_a_refusal_names_the_field_and_what_to_do(
    client: TestClient, fake: FakeEncoder, body: dict[str, Any], param: str, words: str
) -> None:
    error = refusal(client, **body)
    assert error["param"] == param
    assert words in error["message"]
    assert fake.encoded == []


def test_rows_of_every_token_are_limited() -> None:
    client = api_client(gate_over(FakeEncoder(dim=8, max_tokens=COLBERT_TOKENS)))
    error = refusal(client, input=[" ".join(["a"] * 8000), " ".join(["b"] * 400)], colbert=True)
    assert "8404 tokens together; one request takes at most 8192" in error["message"]


def test_a_lone_surrogate_is_read_as_the_page_reads_it(client: TestClient) -> None:
    body = rb'{"input": ["\ud83d cat"], "sparse": true}'
    answer = client.post("/v1/embeddings", content=body, headers={"content-type": "application/json"})
    assert "▁cat" in [one["token"] for one in answer.json()["data"][0]["sparse"]]


class Broken(FakeEncoder):
    """The third text's vector is none."""

    def encode(self, *args: Any, **options: Any) -> Embeddings:
        made = super().encode(*args, **options)
        made.dense[2, 5] = np.nan
        return made


def test_a_vector_that_is_none_is_named_and_never_sent() -> None:
    error = refusal(api_client(gate_over(Broken())), input=["a", "b", "c", "d"])
    assert error["param"] == "input[2]"
    assert "no finite vector for input[2]" in error["message"]


def test_awkward_texts_give_finite_vectors_of_length_one(real: TestClient) -> None:
    texts = [text for text in AWKWARD_TEXTS if text.strip() and text.isprintable()]
    vectors = np.array([one["embedding"] for one in embed(real, texts)["data"]])
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_model_is_listed_under_the_name_that_it_may_be_asked_by(client: TestClient) -> None:
    (model,) = client.get("/v1/models").json()["data"]
    embed(client, "a")
    (ready,) = client.get("/v1/models").json()["data"]
    assert model["object"] == ready["object"] == "model"
    assert ready["id"] == "fake"
    assert embed(client, "a", model="fake")["model"] == "fake"
    assert client.get("/v1/models/fake").json() == ready


def test_another_services_model_is_refused_by_name(client: TestClient) -> None:
    answer = client.post("/v1/embeddings", json={"input": "a", "model": "text-embedding-3-small"})
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert (error["code"], error["param"]) == ("model_not_found", "model")
    assert "text-embedding-3-small" in error["message"]
