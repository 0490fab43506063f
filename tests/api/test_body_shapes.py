"""The answers of `/v1` have the fields that programs elsewhere rely on, each of its kind; more may join."""

from __future__ import annotations

from typing import Any

import pytest
from api_client import api_client, gate_over
from starlette.testclient import TestClient

from bge_demo.encoder.listed_encoders import ListedEncoders
from bge_demo.encoder.text_encoder import TextEncoder

NUMBER = (int, float)
MEMBER = {"index": int, "score": NUMBER, "exact": bool}
CLOSE = {"a": int, "b": int, "score": NUMBER}
HELD_OUT = {"held_out": NUMBER, "interval": [NUMBER]}
SHAPES: dict[str, Any] = {
    "compare": {"model": {"name": str}, "similarity_percent": NUMBER, "band": str, "percentile": NUMBER},
    "deduplicate": {
        "threshold": NUMBER,
        "suggested_threshold": NUMBER,
        "groups": [{"kept": int, "members": [MEMBER], "lowest": CLOSE}],
        "also_close": list,
        "flags": [{"a": int, "b": int, "kind": str}],
        "kept": [int],
        "removed": [int],
    },
    "long_document": {
        "n_tokens": int,
        "whole": {"similarity": NUMBER, "read_tokens": int},
        "chunks": [{"start": int, "end": int, "n_tokens": int, "similarity": NUMBER, "colbert": NUMBER}],
        "chunk_mean": NUMBER,
        "chunk_max": NUMBER,
        "late_chunking": list,
        "coverage": {
            "uncovered": [{"start": int, "end": int}],
            "unsupported": [{"sentence": str, "best": NUMBER}],
        },
    },
    "tune_weights": {
        "n_pairs": int,
        "heads": {"dense": HELD_OUT, "sparse": HELD_OUT, "colbert": HELD_OUT},
        "best": {"weights": [NUMBER], **HELD_OUT},
        "better_than_best_head": bool,
        "verdict": str,
        "threshold": {"value": NUMBER, "precision": NUMBER, "recall": NUMBER, "f1": NUMBER},
    },
    "baselines": {
        "models": [
            {"name": str, "scores": [NUMBER], "auc": NUMBER, "spread": NUMBER, "read_tokens": [[int]]}
        ],
        "unavailable": [{"name": str, "reason": str}],
    },
    "embeddings": {
        "object": str,
        "model": str,
        "data": [{"object": str, "index": int, "embedding": [NUMBER]}],
        "usage": {"prompt_tokens": int, "total_tokens": int},
    },
    "rerank": {"results": [{"index": int, "relevance_score": NUMBER}]},
}
WORDS = ("cat", "dog", "sun", "tree", "house", "river")
PAIRS = [{"text_a": a, "text_b": f"the {b}", "label": int(a == b)} for a in WORDS for b in WORDS]
DOCUMENT = (
    "Annual leave is 25 days for every employee of the company. " * 30
    + "\n\nThe canteen opens at noon and serves soup, bread and salad on every working day. " * 30
    + "\n\nMars has two small moons that were discovered in the year 1877 by an astronomer. " * 30
)
BODIES: dict[str, dict[str, Any]] = {
    "compare": {"text_a": "red cat", "text_b": "red dog"},
    "deduplicate": {
        "texts": [
            "Refunds take 14 days.",
            "Refunds need 14 days.",
            "The parcel arrives on Monday morning at the office",
            "The parcel does not arrive on Monday morning at the office",
        ],
        "threshold": None,
    },
    "long_document": {
        "document": DOCUMENT,
        "query": "How much leave do I have?",
        "summary": "There are 25 days of annual leave. 阅读使我快乐。",
        "window_tokens": 128,
        "overlap_tokens": 16,
    },
    "tune_weights": {"pairs": PAIRS, "metric": "auc", "normalization": "raw"},
    "baselines": {"pairs": PAIRS, "models": ["no-such-model"]},
    "embeddings": {"input": ["red cat", "blue dog"]},
    "rerank": {"query": "red cat", "documents": ["blue dog", "a red cat"]},
}
PREVIEW = {
    "encoding": str,
    "delimiter": str,
    "header": bool,
    "columns": [str],
    "n_rows": int,
    "rows": [[str]],
    "texts": [str],
    "skipped": [{"row": int, "reason": str}],
    "unsure": bool,
}


@pytest.fixture(scope="module")
def client(compact: TextEncoder) -> TestClient:
    supplies = {"listed_encoders": ListedEncoders.from_setting("", offline=True)}
    return api_client(gate_over(compact, supplies=supplies))


def assert_shape(value: Any, shape: Any, place: str) -> None:
    """Every entry of a list must fit, and there must be one to look at."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), place
        assert shape.keys() <= value.keys(), (place, shape.keys() - value.keys())
        for name, one in shape.items():
            assert_shape(value[name], one, f"{place}.{name}")
    elif isinstance(shape, list):
        assert isinstance(value, list), place
        assert value, place
        for i, one in enumerate(value):
            assert_shape(one, shape[0], f"{place}[{i}]")
    else:
        assert isinstance(value, shape), (place, value)
        # True is an int in Python and none in JSON.
        assert isinstance(value, bool) is (shape is bool), (place, value)


@pytest.mark.parametrize("route", SHAPES)
def test_an_answer_has_its_shape(client: TestClient, route: str) -> None:
    answer = client.post(f"/v1/{route}", json=BODIES[route])
    assert answer.status_code == 200, answer.text
    assert_shape(answer.json(), SHAPES[route], route)


def test_without_a_summary_there_is_no_coverage(client: TestClient) -> None:
    body = {name: value for name, value in BODIES["long_document"].items() if name != "summary"}
    assert client.post("/v1/long_document", json=body).json()["coverage"] is None


def test_a_preview_has_its_shape(client: TestClient) -> None:
    file = ("rows.csv", b"id;text\n1;red cat\n2;\n3;blue dog\n")
    answer = client.post(
        "/v1/preview_file", files={"file": file}, data={"encoding": "utf-8", "delimiter": ";"}
    )
    assert answer.status_code == 200, answer.text
    assert_shape(answer.json(), PREVIEW, "preview_file")
    (skipped,) = answer.json()["skipped"]
    assert skipped["row"] == 2
