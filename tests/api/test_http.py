"""The HTTP door: routes from programs, refusals as sentences in one shape, a full house, metrics."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from api_client import api_client, gate_over
from fakes import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bge_demo.api import http
from bge_demo.api.bodies import body_model
from bge_demo.api.programs import HTTP_PROGRAMS
from bge_demo.encoder.contract import Encoder
from bge_demo.errors import NotReadyError, StoppedError
from bge_demo.retrieval.library import CorpusLibrary, open_corpora
from bge_demo.serving.gate import SUPPLIED, parameters_of
from bge_demo.settings import Limits, Settings
from bge_demo.text.tables import preview_file

JSON = {"content-type": "application/json"}
PAIR = {"text_a": "red cat", "text_b": "red dog"}


@pytest.fixture
def client(fake: FakeEncoder) -> TestClient:
    return api_client(gate_over(fake))


def broken(encoder: Encoder, text: str) -> dict[str, Any]:
    """Fails."""
    raise ZeroDivisionError(text)


def late(encoder: Encoder) -> dict[str, Any]:
    """Takes too long."""
    raise StoppedError("request.too_slow", seconds=3)


def unready(encoder: Encoder) -> dict[str, Any]:
    """Has no model."""
    raise NotReadyError("model.not_ready", seconds=3)


def odd(encoder: Encoder) -> dict[str, Any]:
    """Answers a number that is none."""
    return {"value": float("nan"), 3: "three"}


@pytest.mark.parametrize(
    ("route", "values", "param"),
    [
        ("compare", {**PAIR, "weights": "none"}, "weights"),
        ("compare", {**PAIR, "weights": [0, 0, 0]}, "weights"),
        ("deduplicate", {"texts": ["a", "b"], "threshold": 2}, "threshold"),
        ("deduplicate", {"texts": ["a", "b"], "keep": "last"}, "keep"),
        ("long_document", {"document": "a b", "window_tokens": 5}, "window_tokens"),
        ("long_document", {"document": "a b", "overlap_tokens": 200}, "overlap_tokens"),
        ("search", {"query": "a", "corpus": ["a b"], "pipeline": "guess"}, "pipeline"),
        ("search", {"query": "a", "corpus": ["a b"], "pipeline": "dense 0"}, "pipeline"),
        ("search", {"query": "a", "corpus": "nowhere"}, "corpus"),
        ("search", {"query": "a", "corpus": ["a b"], "expected": "zebra"}, "expected"),
        ("cross_lingual", {"query": "a", "sentences": [{"language": "en"}]}, "sentences[0].text"),
        (
            "evaluate_retrieval",
            {"corpus": ["a b"], "queries": [{"text": "a", "relevant": []}]},
            "queries[0].relevant",
        ),
    ],
)
def test_a_refusal_names_the_field(
    fake: FakeEncoder, tmp_path: Path, route: str, values: dict[str, Any], param: str
) -> None:
    library = CorpusLibrary(open_corpora(Settings(data_dir=str(tmp_path))), Limits())
    answer = api_client(gate_over(fake, supplies={"library": library})).post(f"/v1/{route}", json=values)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param, answer.json()


def test_every_program_has_its_route_and_description(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for program in HTTP_PROGRAMS:
        operation = paths[f"/v1/{program.__name__}"]["post"]
        assert operation["description"].startswith(program.__doc__.splitlines()[0])
        assert {"4XX", "5XX"} <= set(operation["responses"])


def test_a_program_answers_as_it_does_in_python(client: TestClient) -> None:
    answer = client.post("/v1/compare", json={**PAIR, "weights": [0, 1, 0]})
    assert answer.status_code == 200
    assert answer.json()["scores"]["hybrid"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        (b"[1]", None, "The body must be one JSON object"),
        (b"null", None, "The body must be one JSON object"),
        (b"", None, "The body must be one JSON object"),
        (b"{", None, "not valid JSON"),
        (b"\xff\xfe{}", None, "not valid JSON"),
        (b"[" * 100_000, None, "not valid JSON"),
        (b"{}", "text_a", "The field 'text_a' is missing"),
        (b'{"text_a": "a", "text_b": "b", "x": 1}', "x", "There is no field 'x' here"),
        (b'{"text_a": 1, "text_b": "b"}', "text_a", "must be a text"),
        (b'{"text_a": "a", "text_b": " "}', "text_b", "Text B (passage) is blank"),
        (b'{"text_a": "a", "text_b": "b", "weights": {"a": 1}}', "weights", "must be a text or a list"),
        (b'{"text_a": "a", "text_b": "b", "weights": [1, "x", 1]}', "weights", "must be a text or"),
        (
            b'{"text_a": "a", "text_b": "b", "weights": [NaN, 1, 1]}',
            "weights",
            "not all 0; got [nan, 1.0, 1.0]",
        ),
        (b'{"text_a": "a", "text_b": "b", "model": []}', "model", "must be a text"),
    ],
    ids=lambda part: str(part)[:30],
)
def test_what_does_not_fit_gets_a_sentence(
    client: TestClient, fake: FakeEncoder, body: bytes, param: str | None, words: str
) -> None:
    answer = client.post("/v1/compare", content=body, headers=JSON)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert words in error["message"]
    assert error["param"] == param
    # Encoded once: the background of unrelated pairs, if at all.
    assert all("red cat" not in texts for texts in fake.encoded)


def test_a_row_of_a_list_is_named(client: TestClient) -> None:
    answer = client.post("/v1/embed", json={"texts": ["a", " "]})
    assert answer.json()["error"]["param"] == "texts[1]"


def test_a_body_of_another_kind_is_told_what_to_send(client: TestClient) -> None:
    answer = client.post("/v1/compare", data=PAIR)
    assert answer.status_code == 400
    assert "Content-Type: application/json" in answer.json()["error"]["message"]


def test_sentences_follow_the_readers_language(client: TestClient) -> None:
    body = {"text_a": " ", "text_b": "b"}
    answer = client.post("/v1/compare", json=body, headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert answer.json()["error"]["message"] == "文本 A（查询）为空。请填入文本。"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/compare", 405),
        ("PUT", "/v1/compare", 405),
        ("TRACE", "/v1/compare", 405),
        ("GET", "/v1/nowhere", 404),
        ("POST", "/v1/", 404),
    ],
)
def test_what_is_not_there_says_so(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert path in answer.json()["error"]["message"]
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)


def test_a_body_beyond_the_limit_is_refused_in_the_same_shape(client: TestClient) -> None:
    answer = client.post("/v1/compare", json={**PAIR, "text_a": "x" * 200_000})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


@pytest.mark.parametrize(
    ("name", "status", "header"),
    [("late", 504, ("x-should-retry", "false")), ("unready", 503, ("retry-after", "5"))],
)
def test_what_took_too_long_or_is_not_ready(
    fake: FakeEncoder, name: str, status: int, header: tuple[str, str]
) -> None:
    answer = api_client(gate_over(fake), [late, unready]).post(f"/v1/{name}", json={})
    assert answer.status_code == status
    assert answer.headers[header[0]] == header[1]


def test_a_bug_is_told_without_its_details(fake: FakeEncoder) -> None:
    answer = api_client(gate_over(fake), [broken]).post("/v1/broken", json={"text": "secret"})
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert "secret" not in answer.text


def test_no_answer_holds_what_json_has_no_word_for(fake: FakeEncoder) -> None:
    answer = api_client(gate_over(fake), [odd]).post("/v1/odd", json={})
    assert answer.json() == {"value": None, "3": "three"}


def test_a_full_house_answers_429_and_when_to_come_again(fake: FakeEncoder) -> None:
    inside, may_end = threading.Semaphore(0), threading.Event()

    def long_work(encoder: Encoder) -> dict[str, Any]:
        """Works until it may end."""
        inside.release()
        may_end.wait(30)
        return {}

    gate = gate_over(fake, Limits(waiting_requests=2))
    client = api_client(gate, [long_work])
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(client.post, "/v1/long_work", json={}) for _ in range(2)]
        for _ in range(2):
            assert inside.acquire(timeout=30)
        refused = client.post("/v1/long_work", json={})
        may_end.set()
        assert {answer.result(30).status_code for answer in answers} == {200}
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["error"]["code"] == "queue_full"
    assert 'outcome="BusyError",program="long_work"} 1.0' in client.get("/metrics").text
    assert gate.n_inside == 0


def test_every_answer_has_an_id_and_the_clients_own_is_kept(client: TestClient) -> None:
    ids = {client.post("/v1/compare", json=PAIR).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    for sent, kept in (("trace-1.a", True), ("a b", False), ("x" * 65, False)):
        answered = client.get("/v1/models", headers={"x-request-id": sent}).headers["x-request-id"]
        assert (answered == sent) is kept


def test_metrics_count_by_door_program_and_outcome(client: TestClient) -> None:
    client.post("/v1/compare", json=PAIR)
    client.post("/v1/compare", json={**PAIR, "text_a": "zeppelin " * 2, "text_b": " "})
    told = client.get("/metrics").text
    assert 'bge_requests_total{door="http",outcome="ok",program="compare"} 1.0' in told
    assert 'bge_requests_total{door="http",outcome="InputError",program="compare"} 1.0' in told
    assert 'bge_request_seconds_count{door="http",program="compare"} 2.0' in told
    assert "bge_corpora 3.0" in told
    assert 'model="fake"' in told
    assert "zeppelin" not in told


def test_the_docs_page_loads_nothing_from_elsewhere() -> None:
    page = (Path(http.__file__).parent / "docs.html").read_text("utf-8")
    assert not re.search(r"https?://|@import|<link|src=", page)
    assert "innerHTML" not in page


CSV = "id;text\n1;Müller wohnt in der Straße\n2;\n3;Größe und Länge prüfen\n"


def test_a_file_is_previewed_as_the_page_reads_it(client: TestClient) -> None:
    answer = client.post("/v1/preview_file", files={"file": ("a.csv", CSV.encode("cp1252"))})
    assert answer.status_code == 200
    read = answer.json()
    assert read == preview_file("a.csv", CSV.encode("cp1252"))
    assert (read["delimiter"], read["columns"], read["n_rows"]) == (";", ["id", "text"], 3)
    assert read["texts"] == ["Müller wohnt in der Straße", "Größe und Länge prüfen"]
    assert [one["row"] for one in read["skipped"]] == [2]


def test_a_guess_about_a_file_may_be_replaced(client: TestClient) -> None:
    form = {"encoding": "utf-8", "delimiter": ";", "text_column": "id"}
    answer = client.post("/v1/preview_file", files={"file": ("a.csv", CSV.encode())}, data=form)
    assert answer.json()["texts"] == ["1", "2", "3"]


@pytest.mark.parametrize("form", [{}, {"data": {"file": "text"}}, {"json": {"file": "a"}}])
def test_a_preview_without_a_file_says_so(client: TestClient, form: dict[str, Any]) -> None:
    answer = client.post("/v1/preview_file", **form)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "file"


def test_coheres_newer_client_finds_the_reranker(client: TestClient) -> None:
    body = {"query": "red", "documents": ["blue", "red"], "model": "fake"}
    client.post("/v1/embed", json={"texts": ["load"]})
    assert client.post("/v2/rerank", json=body).json() == client.post("/v1/rerank", json=body).json()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


# Those that an encoder is enough for.
FIELDS = {
    program.__name__: [*body_model(program).model_fields, "z"]
    for program in HTTP_PROGRAMS
    if (SUPPLIED & parameters_of(program).keys()) <= {"encoder", "limits"}
}


@given(st.sampled_from(sorted(FIELDS)), st.data())
def test_no_body_breaks_the_server(name: str, data: st.DataObject) -> None:
    body = data.draw(st.dictionaries(st.sampled_from(FIELDS[name]), VALUES, max_size=4))
    answer = CLIENT.post(f"/v1/{name}", content=json.dumps(body), headers=JSON)
    assert answer.status_code in {200, 400, 404}
    assert answer.status_code == 200 or answer.json()["error"]["message"]


CLIENT = api_client(gate_over(FakeEncoder()))


@pytest.mark.parametrize(
    ("route", "values", "param", "sentence"),
    [
        ("embed", {"texts": ["a", " "]}, "texts[1]", "Row 2 is blank. Give it some text."),
        ("embed", {"texts": []}, "texts", "There is no text to work on. Give at least one."),
        ("compare", {"text_a": "a", "text_b": ""}, "text_b", r"Text B \(passage\) is blank\."),
        ("cross_lingual", {"query": "a", "sentences": [{"text": " "}]}, "sentences[0]", "Row 1 is blank."),
        ("deduplicate", {"texts": ["a"], "second": ["b", None]}, "second[1]", "must be"),
        ("index_passages", {"passages": ["a", ""]}, "passages[1]", "Row 2 is blank."),
        ("search", {"query": "a", "corpus": [""]}, "corpus[0]", "Row 1 is blank."),
        ("search", {"query": "a", "corpus": "nowhere"}, "corpus", "no such corpus here: 'nowhere'.*'sample'"),
        (
            "tune_weights",
            {"pairs": [{"text_a": "a", "text_b": "b", "label": 1}, {"text_a": 3, "text_b": "b", "label": 0}]},
            "pairs[1].text_a",
            "Row 2 must be a text",
        ),
        ("compare", {**PAIR, "weights": "none"}, "weights", "Unknown weights 'none'"),
        ("compare", {**PAIR, "weights": [0, 0, 0]}, "weights", r"got \[0.0, 0.0, 0.0\]"),
        (
            "compare",
            {**PAIR, "weights": [1, 2]},
            "weights",
            r"Unknown weights \[1.0, 2.0\]",
        ),
    ],
)
def test_a_sentence_counts_from_one_and_its_param_names_the_same_item(
    fake: FakeEncoder, tmp_path: Path, route: str, values: dict[str, Any], param: str, sentence: str
) -> None:
    limits = Limits()
    with_library = {"library": CorpusLibrary(open_corpora(Settings(data_dir=str(tmp_path))), limits)}
    error = (
        api_client(gate_over(fake, limits, with_library)).post(f"/v1/{route}", json=values).json()["error"]
    )
    assert error["param"] == param
    assert re.search(sentence, error["message"]), error["message"]


def test_the_description_gives_lists_of_records_their_shape(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    queries = schemas["EvaluateRetrievalBody"]["properties"]["queries"]["anyOf"][0]
    assert set(queries["items"]["properties"]) == {"text", "relevant", "language", "kind"}
    assert queries["items"]["required"] == ["text", "relevant"]
    for body, field in (("IndexPassagesBody", "passages"), ("RerankBody", "documents")):
        assert schemas[body]["properties"][field]["items"]["anyOf"][0] == {"type": "string"}
