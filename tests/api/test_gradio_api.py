"""The endpoints over HTTP, as programs and people with curl call them: answers, limits, no way around."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from bge_demo.api.programs import PROGRAMS
from bge_demo.retrieval.pipelines import DEFAULT_PIPELINE

if TYPE_CHECKING:
    from server import Server

pytestmark = pytest.mark.usefixtures("healthy")

CARD = "model-card"
HTML = "<img src=x onerror=alert(1)>"
DEFAULT_HEADS = {"return_dense": True, "return_sparse": False, "return_colbert": False}
MODEL = "m3-compact"
ROW = {"language": "en", "text": "red cat"}
SENTENCES = [
    {"language": "zh", "text": "人工智能正在改变世界"},
    {"language": "control", "text": "The soup needs a little more salt"},
]


def test_a_client_compares(client: Client) -> None:
    answer = client.predict(
        text_a="人工智能正在改变世界", text_b="AI is transforming the world", api_name="/compare"
    )
    assert answer["band"] in {"related", "near-identical"}
    assert answer["model"]["name"] == "m3-compact"
    assert answer["weights"] == {"dense": 0.4, "sparse": 0.2, "colbert": 0.4}


def test_a_client_ranks_across_languages(client: Client) -> None:
    answer = client.predict(
        query="AI is reshaping global society", sentences=SENTENCES, api_name="/cross_lingual"
    )
    assert [row["language"] for row in answer["rows"]] == ["zh", "control"]


def test_a_client_embeds(client: Client) -> None:
    texts = ["red cat", "赤い猫"]
    answer = client.predict(texts=texts, return_sparse=True, return_colbert=True, api_name="/embed")
    for one in answer["embeddings"]:
        assert len(one["dense"]) == answer["model"]["dim"]
        assert len(one["colbert"]) == one["n_tokens"] - 1
        assert one["sparse"]


def test_a_client_is_told_what_to_do(client: Client) -> None:
    with pytest.raises(AppError, match=r"Text B \(passage\) is blank\. Give it some text\."):
        client.predict(text_a="red cat", text_b=" ", api_name="/compare")


def test_the_documentation_names_every_parameter_and_its_default(server_url: str) -> None:
    endpoints = httpx.get(f"{server_url}/gradio_api/info", timeout=30).json()["named_endpoints"]
    parameters = {
        name: {one["parameter_name"]: one["parameter_default"] for one in endpoint["parameters"]}
        for name, endpoint in endpoints.items()
    }
    # Names and defaults that programs out there rely on; new programs join them.
    relied_on = {
        "/compare": {"text_a": None, "text_b": None, "weights": CARD, "model": ""},
        "/cross_lingual": {"query": None, "sentences": None, "weights": CARD, "model": ""},
        "/embed": {"texts": None, **DEFAULT_HEADS, "model": ""},
        "/search": {
            "query": None,
            "corpus": "sample",
            "pipeline": DEFAULT_PIPELINE,
            "expected": "",
            "model": "",
        },
        "/leaving_out": {"text_a": None, "text_b": None, "model": ""},
        "/index_passages": {"passages": None, "title": "", "model": ""},
        "/corpus_status": {"corpus": None, "model": ""},
        "/delete_corpus": {"corpus": None},
        "/evaluate_retrieval": {"queries": None, "corpus": "sample", "model": ""},
    }
    assert relied_on.items() <= parameters.items()
    assert set(parameters) == {f"/{program.__name__}" for program in PROGRAMS}


def test_raw_calls_give_the_same_numbers_as_the_client(server: Server, client: Client) -> None:
    raw = server.call("compare", "red cat", "red dog", [1, 0, 0]).output
    ours = client.predict("red cat", "red dog", [1, 0, 0], api_name="/compare")
    assert (
        raw["scores"]["hybrid"] == raw["scores"]["dense"] == pytest.approx(ours["scores"]["dense"], abs=1e-6)
    )
    assert server.call("embed", ["red"], True, False, False).output["embeddings"][0]["n_tokens"] == 3


def test_named_parameters_need_no_defaults(server_url: str) -> None:
    named = {"text_a": "red cat", "text_b": "red cat"}
    posted = httpx.post(f"{server_url}/gradio_api/call/v2/compare", json=named, timeout=60).json()
    stream = httpx.get(f"{server_url}/gradio_api/call/v2/compare/{posted['event_id']}", timeout=60).text
    assert '"similarity_percent": 100.0' in stream


BAD_COMPARISONS = [
    (["  ", "b", CARD], "Text A (query) is blank. Give it some text."),
    (["x" * 1_000_000, "b", CARD], "has 1000000 characters; at most 50000 are allowed here. Shorten it"),
    ([1, 2.5, CARD], "Text A (query) must be a text."),
    ([None, None, CARD], "Text A (query) must be a text."),
    ([["a", ["b"]], "b", CARD], "Text A (query) must be a text."),
    (["a", {"text": "b"}, CARD], "Text B (passage) must be a text."),
    (
        ["a", "b", "nope"],
        "Unknown weights 'nope'. Give three numbers (dense, sparse, ColBERT) or one of: model-card",
    ),
    (["a", "b", None], "Unknown weights None. Give three numbers"),
    (["a", "b", "\ud800"], "Unknown weights '\ufffd'. Give three numbers"),
    (["a", "b", {"dense": 1}], "Give three numbers (dense, sparse, ColBERT)"),
    (["a", "b", [1, 2]], "Give three numbers (dense, sparse, ColBERT)"),
    (["a", "b", ["x", 1, 1]], "Give three numbers (dense, sparse, ColBERT)"),
    (["a", "b", [10**400, 1, 1]], "Give three numbers (dense, sparse, ColBERT)"),
    (["a", "b", [0, 0, 0]], "three numbers of at least 0, not all 0; got [0.0, 0.0, 0.0]."),
    (["a", "b", [-1, 1, 1]], "three numbers of at least 0, not all 0; got [-1.0, 1.0, 1.0]."),
    (["a", "b", [float("nan"), 1, 1]], "three numbers of at least 0, not all 0; got [nan, 1.0, 1.0]."),
    (["a", "b", [float("inf"), 1, 1]], "three numbers of at least 0, not all 0; got [inf, 1.0, 1.0]."),
]
BAD_RANKINGS = [
    (["q", [ROW] * 201, CARD], "There are 201 rows; at most 200 are allowed. Send fewer at once."),
    (["q", [], CARD], "There is no text to work on. Give at least one."),
    (["q", ROW, CARD], 'must come as a list of {"language", "text"}'),
    (["q", ["red cat"], CARD], 'must come as a list of {"language", "text"}'),
    (["q", None, CARD], 'must come as a list of {"language", "text"}'),
    (["q", [ROW, {"language": "en"}], CARD], "The field 'sentences[1].text' is missing. Add it"),
    (["q", [ROW, {"text": 3}], CARD], "Row 2 must be a text."),
    (["q", [ROW, {"text": "x" * 50_001}], CARD], "Row 2 has 50001 characters; at most 50000"),
    ([" ", [ROW], CARD], "Query is blank."),
    (["q", [ROW], "nope"], "Unknown weights 'nope'."),
]
BAD_EMBEDDINGS = [
    ([["a"] * 201, True, False, False], "There are 201 rows; at most 200 are allowed."),
    (["a", True, False, False], "The texts must come as a list of texts."),
    ([None, True, False, False], "The texts must come as a list of texts."),
    ([{"a": "b"}, True, False, False], "The texts must come as a list of texts."),
    ([[["a"]], True, False, False], "Row 1 must be a text."),
    ([["a", 7], True, False, False], "Row 2 must be a text."),
    ([["a", ""], True, False, False], "Row 2 is blank."),
    ([["a"], False, False, False], "Set at least one of return_dense, return_sparse, return_colbert."),
    ([["a"], None, None, None], "Set at least one of return_dense, return_sparse, return_colbert."),
]
BAD = [
    *(("compare", inputs, sentence) for inputs, sentence in BAD_COMPARISONS),
    *(("cross_lingual", inputs, sentence) for inputs, sentence in BAD_RANKINGS),
    *(("embed", inputs, sentence) for inputs, sentence in BAD_EMBEDDINGS),
]


@pytest.mark.parametrize(("endpoint", "inputs", "sentence"), BAD, ids=lambda part: str(part)[:40])
def test_bad_input_gets_one_plain_sentence(
    server: Server, endpoint: str, inputs: list[Any], sentence: str
) -> None:
    told = server.call(endpoint, *inputs).sentence
    assert sentence in told
    assert "\n" not in told
    assert len(told) < 300


@pytest.mark.parametrize(
    "text",
    [
        HTML,
        "a\u202eb\u2066c",
        "\udfff x \ud83d",
        "😀" * 500,
        "\\\"'`",
    ],
)
def test_awkward_texts_are_compared(server: Server, text: str) -> None:
    answer = server.call("compare", text, text, CARD).output
    assert answer["similarity_percent"] == 100.0
    assert all(keyword["end"] <= len(text) for keyword in answer["texts"][0]["keywords"])


@pytest.mark.parametrize("text", ["\x00\x01\x1b\x7f", "\ud800", "\u200b", "\u3000\n"])
def test_a_text_without_a_visible_character_is_blank(server: Server, text: str) -> None:
    assert "Both texts are blank" in server.call("compare", text, text, CARD).sentence


def test_a_lone_surrogate_as_a_json_escape_is_read(server: Server) -> None:
    answer = server.call_with("compare", rb'{"data": ["\ud800 cat", "cat \udc00", "even"]}')
    assert 0 < answer.output["similarity_percent"] <= 100


def test_two_hundred_rows_are_ranked(server: Server) -> None:
    answer = server.call("cross_lingual", "red cat", [ROW] * 200, CARD).output
    assert len(answer["rows"]) == 200


@pytest.mark.parametrize("body", [b'{"data": [', b"{}", b'{"data": {"text_a": "x"}}', b"\xff\xfe", b"null"])
def test_a_body_that_is_no_call_is_refused(server_url: str, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = httpx.post(f"{server_url}/gradio_api/call/compare", content=body, headers=headers, timeout=30)
    assert answer.status_code in {400, 422}


def test_defaults_may_be_left_out_of_a_raw_call(server: Server) -> None:
    assert server.call("compare", "red cat", "red cat").output["similarity_percent"] == 100.0


@pytest.mark.parametrize("path", ["run/compare", "api/compare", "run/cross_lingual", "run/embed/"])
def test_the_queue_cannot_be_skipped(server_url: str, path: str) -> None:
    answer = httpx.post(f"{server_url}/gradio_api/{path}", json={"data": ["a", "b", CARD]}, timeout=30)
    assert answer.status_code == 404


def kinds_of(server_url: str) -> dict[int, str]:
    """The type of each component by its id."""
    config = httpx.get(f"{server_url}/config", timeout=30).json()
    return {one["id"]: one["type"] for one in config["components"]}


def events_of(server_url: str) -> list[dict[str, Any]]:
    config = httpx.get(f"{server_url}/config", timeout=30).json()
    return [event for event in config["dependencies"] if event["backend_fn"]]


def join(server_url: str, event: dict[str, Any], data: list[Any]) -> dict[str, Any]:
    """Call any event, private ones too, as the page's own script does."""
    session = uuid.uuid4().hex
    body = json.dumps({"fn_index": event["id"], "data": data, "session_hash": session})
    headers = {"content-type": "application/json"}
    httpx.post(f"{server_url}/gradio_api/queue/join", content=body, headers=headers, timeout=30)
    address = f"{server_url}/gradio_api/queue/data"
    with httpx.stream("GET", address, params={"session_hash": session}, timeout=60) as stream:
        for line in stream.iter_lines():
            if '"process_completed"' in line:
                message: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return message
    raise AssertionError("the stream ended without an answer")


HUGE = "x" * 60_000
PAYLOADS = [
    [],
    [None] * 4,
    ["xx", "a", "b", CARD],
    ["en", 1, [2], {"x": 3}],
    ["en", "\ud800", "\x00", CARD],
    ["en", {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}, "b", CARD],
    ["en", "q", {"headers": ["a", "b"], "data": [[{}, [1]], ["en", None], []], "metadata": None}],
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: str(payload)[:30])
def test_private_events_survive_any_payload(server: Server, payload: list[Any]) -> None:
    events = [event for event in events_of(server.url) if event["api_visibility"] == "private"]
    distinct = {tuple(event["inputs"]): event for event in events}.values()
    for event in distinct:
        assert join(server.url, event, payload)["msg"] == "process_completed"
    assert "Fatal" not in server.log


def test_payloads_that_do_not_fit_are_told_and_not_logged(server: Server) -> None:
    answer = server.call("compare", "aardvark-8642")
    kinds = kinds_of(server.url)
    event = next(one for one in events_of(server.url) if "uploadbutton" in {kinds[i] for i in one["inputs"]})
    quoted = join(server.url, event, ["aardvark-8642"])["output"]["error"]
    assert "aardvark-8642" not in server.log
    assert answer.sentence
    assert "aardvark-8642" not in quoted


def test_private_events_hold_the_limits_of_the_endpoints(server: Server) -> None:
    kinds = kinds_of(server.url)
    by_inputs = {tuple(kinds[i] for i in event["inputs"]): event for event in events_of(server.url)}
    compared = join(
        server.url,
        by_inputs[("radio", "textbox", "textbox", "textbox", "dropdown")],
        ["en", HUGE, "b", CARD, MODEL],
    )
    assert "has 60000 characters; at most 50000" in compared["output"]["error"]
    table = {"headers": ["a", "b"], "data": [["en", "cat"]] * 201, "metadata": None}
    ranked = join(
        server.url, by_inputs[("radio", "textbox", "dataframe", "dropdown")], ["zh", "q", table, MODEL]
    )
    assert "共有 201 行，最多允许 200 行" in ranked["output"]["error"]
    (counter, *_) = [
        one
        for one in events_of(server.url)
        if [kinds[i] for i in one["inputs"]] == ["radio", "textbox", "dropdown"]
        and kinds[one["outputs"][0]] == "html"
    ]
    counted = join(server.url, counter, ["en", HUGE, MODEL])
    assert "60000/50000" in counted["output"]["data"][0]


def test_an_upload_fills_the_table(server: Server) -> None:
    kinds = kinds_of(server.url)
    (event,) = [
        one
        for one in events_of(server.url)
        if "uploadbutton" in {kinds[i] for i in one["inputs"]} and kinds[one["outputs"][0]] == "dataframe"
    ]
    file = {"files": ("a.csv", "语言,文本\nzh,你好\nen,Hello".encode("gb18030"), "text/csv")}
    (path,) = httpx.post(f"{server.url}/gradio_api/upload", files=file, timeout=30).json()
    uploaded = {"path": path, "meta": {"_type": "gradio.FileData"}}
    filled = join(server.url, event, ["en", uploaded, "", MODEL])
    assert filled["output"]["data"][0]["data"] == [["zh", "你好"], ["en", "Hello"]]
