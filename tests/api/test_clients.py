"""Other people's clients with their own defaults get what the encoder gives, or a refusal that they can read.

No network: LangChain's tokenizer, which it would fetch, is one of single bytes here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cohere
import httpx
import httpx2
import numpy as np
import openai
import pytest
import tiktoken
from api_client import api_app, gate_over, listening
from langchain_openai import OpenAIEmbeddings
from llama_index.embeddings.openai import OpenAIEmbedding

from bge_demo.api.openai import MOST_ITEMS
from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.scores.scoring import DEFAULT_WEIGHTS, WEIGHT_PRESETS, pair_scores

TEXTS = ["我喜欢看书", "It's 3.14 €, isn't it?", "الذكاء الاصطناعي", "👩‍👩‍👧 déjà-vu", "red red cat"]
MODEL = "m3-compact"
SETTING = "check_embedding_ctx_length=False"


@pytest.fixture(scope="module")
def address(compact: TextEncoder) -> Iterator[str]:
    with listening(api_app(gate_over(compact))) as address:
        yield address


@pytest.fixture
def connection() -> Iterator[httpx2.Client]:
    """What the clients speak through: none of them closes its own."""
    with httpx2.Client() as connection:
        yield connection


@pytest.fixture
def client(address: str, connection: httpx2.Client) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0, http_client=connection)


def vectors(client: openai.OpenAI, texts: Any, **options: Any) -> FloatArray:
    answer = client.embeddings.create(model=MODEL, input=texts, **options)
    assert [one.index for one in answer.data] == list(range(len(answer.data)))
    return np.array([one.embedding for one in answer.data], np.float32)


def assert_equal_to_the_encoder(found: Any, compact: TextEncoder, texts: list[str]) -> None:
    np.testing.assert_allclose(np.array(found), compact.encode(texts).dense, rtol=0, atol=1e-6)


@pytest.mark.parametrize("options", [{}, {"encoding_format": "float"}, {"dimensions": 384}])
def test_openais_client(client: openai.OpenAI, compact: TextEncoder, options: dict[str, Any]) -> None:
    assert_equal_to_the_encoder(vectors(client, TEXTS, **options), compact, TEXTS)
    assert_equal_to_the_encoder(vectors(client, TEXTS[0], **options), compact, TEXTS[:1])


def test_as_many_texts_as_openai_takes_in_one_call(client: openai.OpenAI, compact: TextEncoder) -> None:
    texts = [f"{TEXTS[i % len(TEXTS)]} {i % 49}" for i in range(MOST_ITEMS)]
    found = vectors(client, texts)
    assert_equal_to_the_encoder(found, compact, texts)
    with pytest.raises(openai.BadRequestError, match="2049 items"):
        vectors(client, [*texts, "one more"])


@pytest.mark.parametrize(
    ("texts", "options", "param"),
    [
        (TEXTS, {"dimensions": 128}, "dimensions"),
        (TEXTS, {"encoding_format": "md5"}, "encoding_format"),
        (["ok", "", "also ok"], {}, "input[1]"),
        (["ok", "\u200b"], {}, "input[1]"),
        ([15339, 1917], {}, "input"),
        ([[15339, 1917], [57668, 53901]], {}, "input"),
    ],
)
def test_openais_client_reads_which_field_is_wrong(
    client: openai.OpenAI, texts: Any, options: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        vectors(client, texts, **options)
    assert (refused.value.param, refused.value.type) == (param, "invalid_request_error")


def test_openais_client_lists_the_model_and_misses_another(client: openai.OpenAI) -> None:
    assert [one.id for one in client.models.list()] == [MODEL]
    with pytest.raises(openai.NotFoundError) as refused:
        client.embeddings.create(model="text-embedding-3-small", input="a")
    assert refused.value.code == "model_not_found"


def langchain(address: str, connection: httpx2.Client, **options: Any) -> OpenAIEmbeddings:
    own = {"base_url": f"{address}/v1", "api_key": "none", "max_retries": 0, "http_client": connection}
    return OpenAIEmbeddings(model=MODEL, **own, **options)


def test_langchain_with_the_one_setting(
    address: str, connection: httpx2.Client, compact: TextEncoder
) -> None:
    embeddings = langchain(address, connection, check_embedding_ctx_length=False)
    assert_equal_to_the_encoder(embeddings.embed_documents(TEXTS), compact, TEXTS)
    assert_equal_to_the_encoder([embeddings.embed_query(TEXTS[0])], compact, TEXTS[:1])


def test_langchain_without_it_learns_its_name(
    address: str, connection: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bytes_only = tiktoken.Encoding(
        "bytes", pat_str=r"(?s:.)", mergeable_ranks={bytes([i]): i for i in range(256)}, special_tokens={}
    )
    monkeypatch.setattr(tiktoken, "get_encoding", lambda name: bytes_only)
    with pytest.raises(openai.BadRequestError, match=SETTING):
        langchain(address, connection).embed_documents(TEXTS)


def test_llama_index(address: str, connection: httpx2.Client, compact: TextEncoder) -> None:
    embedding = OpenAIEmbedding(
        model_name=MODEL, api_base=f"{address}/v1", api_key="none", max_retries=0, http_client=connection
    )
    assert_equal_to_the_encoder(embedding.get_text_embedding_batch(TEXTS), compact, TEXTS)
    assert_equal_to_the_encoder([embedding.get_query_embedding(TEXTS[0])], compact, TEXTS[:1])


@pytest.mark.parametrize("kind", [cohere.Client, cohere.ClientV2])
def test_coheres_clients_rerank(address: str, compact: TextEncoder, kind: Any) -> None:
    made = compact.encode(["red cat", *TEXTS])
    pairs = [pair_scores(made.dense, made.sparse, made.colbert, 0, i + 1) for i in range(len(TEXTS))]
    expected = [pair.hybrid(WEIGHT_PRESETS[DEFAULT_WEIGHTS]) for pair in pairs]
    best = sorted(range(len(TEXTS)), key=lambda i: -expected[i])[:3]
    with httpx.Client() as connection:
        client = kind("none", base_url=address, httpx_client=connection)
        results = client.rerank(model=MODEL, query="red cat", documents=TEXTS, top_n=3).results
        with pytest.raises(cohere.BadRequestError, match=r"documents\[1\] is blank"):
            client.rerank(model=MODEL, query="red cat", documents=["ok", " "])
    assert [one.index for one in results] == best
    assert [one.relevance_score for one in results] == pytest.approx([expected[i] for i in best], abs=1e-6)
