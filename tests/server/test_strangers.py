"""What a stranger may send to a real server: a sentence each, no trace and none of the words in the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server import Server

from bge_demo.api.programs import PROGRAMS
from bge_demo.server.log_limits import SAME_A_MINUTE

WORDS = "PRIVATEWORDS"
CALL = "/gradio_api/call"
Send = Callable[[httpx.Client], httpx.Response]

pytestmark = pytest.mark.usefixtures("healthy")


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


@pytest.fixture
def log_stays_clean(server: Server) -> Iterator[None]:
    before = len(server.log)
    yield
    written = server.log[before:]
    assert "Traceback" not in written
    assert WORDS not in written


def posted(path: str, body: Any) -> Send:
    return lambda client: client.post(path, json=body)


def got(path: str) -> Send:
    return lambda client: client.get(path)


@pytest.mark.usefixtures("log_stays_clean")
@pytest.mark.parametrize(
    ("send", "status"),
    [
        (got(f"{CALL}/compare/{WORDS}"), 404),
        (got(f"{CALL}/v2/embed/{WORDS}"), 404),
        (posted(f"{CALL}/{WORDS}", {"data": []}), 404),
        (posted(f"{CALL}/v2/{WORDS}", {}), 404),
        (posted(f"{CALL}/v2/compare", {WORDS: 1}), 400),
        (posted(f"{CALL}/v2/search", {"query": "a", WORDS: [WORDS]}), 400),
        (posted("/gradio_api/queue/join", {"data": [WORDS], "fn_index": 99_999, "session_hash": "x"}), 400),
        (
            posted(
                "/gradio_api/component_server",
                {"session_hash": WORDS, "component_id": 99_999, "fn_name": WORDS, "data": WORDS},
            ),
            400,
        ),
        (got(f"/gradio_api/custom_component/{WORDS}/client/style/x"), 403),
        (got(f"/{WORDS}/custom_component"), 404),
        (posted("/gradio_api/vibe-edit/", {"prompt": WORDS}), 403),
        (got(f"/?a={WORDS}{'x' * 60_000}"), 414),
    ],
)
def test_a_refusal_is_a_sentence(client: httpx.Client, send: Send, status: int) -> None:
    answer = send(client)
    assert answer.status_code == status
    assert answer.json().get("error", {}).get("message") or answer.json()["detail"]


@pytest.mark.usefixtures("log_stays_clean")
def test_a_stream_of_an_unknown_session_ends(client: httpx.Client) -> None:
    answer = client.get("/gradio_api/queue/data", params={"session_hash": WORDS})
    assert '"session_not_found":true' in answer.text


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/models", f"{CALL}/compare/x", "/gradio_api/info"])
@pytest.mark.usefixtures("log_stays_clean")
def test_head_is_no_failure(client: httpx.Client, path: str) -> None:
    assert client.head(path).status_code < 500
    assert client.head("/healthz").status_code == 200


@pytest.mark.usefixtures("log_stays_clean")
def test_events_of_the_page_answer_nonsense_with_sentences(client: httpx.Client) -> None:
    events = [one for one in client.get("/config").json()["dependencies"] if one["backend_fn"]]
    assert len(events) > 20
    for event in events:
        session = f"nonsense-{event['id']}"
        data = [None, *[WORDS] * (len(event["inputs"]) - 1)][: len(event["inputs"])]
        body = {"data": data, "fn_index": event["id"], "session_hash": session}
        assert client.post("/gradio_api/queue/join", json=body).status_code == 200
        told = client.get("/gradio_api/queue/data", params={"session_hash": session}).text
        assert '"error":null' not in told, event["api_name"]


@pytest.mark.usefixtures("log_stays_clean")
def test_the_log_grows_little_whatever_is_sent(client: httpx.Client, server: Server) -> None:
    before = len(server.log)
    for _ in range(4 * SAME_A_MINUTE):
        client.post(f"{CALL}/v2/compare", json={WORDS: 1})
    assert len(server.log) - before < 500 * SAME_A_MINUTE


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from([one.__name__ for one in PROGRAMS])


@pytest.mark.usefixtures("log_stays_clean")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, data=st.lists(VALUES, max_size=7))
def test_whatever_is_sent_to_an_endpoint_is_answered(
    client: httpx.Client, server: Server, name: str, data: list[Any]
) -> None:
    body = json.dumps({"data": data}).encode("utf-8", "surrogatepass")
    posted = client.post(f"{CALL}/{name}", content=body, headers={"content-type": "application/json"})
    assert posted.status_code < 500
    if posted.status_code == 200:
        told = client.get(f"{CALL}/{name}/{posted.json()['event_id']}").text
        assert '"error": null' not in told


@pytest.mark.usefixtures("log_stays_clean")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, body=st.dictionaries(st.sampled_from(["texts", "query", "model", "pairs", "x"]), VALUES))
def test_whatever_is_sent_over_http_is_answered(
    client: httpx.Client, name: str, body: dict[str, Any]
) -> None:
    answer = client.post(
        f"/v1/{name}",
        content=json.dumps(body).encode("utf-8", "surrogatepass"),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code < 500
    assert answer.json().get("error", {"message": "-"})["message"]
