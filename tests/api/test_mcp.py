"""MCP tools: each does its job, in short answers that say where the next page begins."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from api_client import gate_over, listening
from fakes import FakeEncoder
from fastapi import FastAPI
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver.exceptions import ToolError
from starlette.testclient import TestClient

from bge_demo.api.mcp import add_mcp, mcp_server
from bge_demo.retrieval.library import CorpusLibrary, open_corpora
from bge_demo.serving.gate import Finished, Gate
from bge_demo.settings import Limits, Settings

LINES = [f"the {color} {thing}" for color in ("red", "blue", "green") for thing in ("cat", "dog")]
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.fixture
def gate() -> Gate:
    return gate_over(FakeEncoder())


def call(gate: Gate, tool: str, **values: Any) -> dict[str, Any]:
    content: Any = asyncio.run(mcp_server(gate).call_tool(tool, values))
    (text,) = content.content if hasattr(content, "content") else content
    answer: dict[str, Any] = json.loads(text.text)
    assert answer["model"] == "fake"
    return answer


def test_every_tool_says_what_it_does(gate: Gate) -> None:
    tools = asyncio.run(mcp_server(gate).list_tools())
    assert {tool.name for tool in tools} >= {
        "compare",
        "search",
        "deduplicate",
        "long_document",
        "embed",
        "rerank",
    }
    assert all(tool.description for tool in tools)


def test_a_comparison_fits_in_a_few_lines(gate: Gate) -> None:
    long = " ".join(f"word{i}" for i in range(900))
    answer = call(gate, "compare", text_a=long, text_b=f"{long} more")
    assert answer["scores"]["sparse"] == pytest.approx(1, abs=0.01)
    assert len(answer["shared"]) == 10
    assert len(json.dumps(answer)) < 600


def test_five_hundred_lines_answer_in_two_kilobytes_with_a_way_to_the_rest(gate: Gate) -> None:
    lines = [f"word{i % 60} twin{i % 60}" for i in range(500)]
    first = call(gate, "deduplicate", texts=lines, threshold=0.9)
    assert len(json.dumps(first)) < 2000
    assert (first["n_lines"], first["n_groups"]) == (500, 60)
    seen, page = [one["keep"] for one in first["groups"]], first
    while "next_offset" in page:
        page = call(gate, "deduplicate", texts=lines, threshold=0.9, offset=page["next_offset"])
        seen += [one["keep"] for one in page["groups"]]
    assert sorted(seen) == list(range(1, 61))
    group = call(gate, "duplicate_group", texts=lines, group=1, threshold=0.9)
    place = group["keep"] - 1
    assert group["n_lines"] == group["n_others"] == sum(one == lines[place] for one in lines) - 1
    assert all(lines[line - 1] == lines[place] for line, _ in group["lines"])


def test_a_group_that_is_not_there_says_how_many_are(gate: Gate) -> None:
    with pytest.raises(ToolError, match="there is no group 3"):
        call(gate, "duplicate_group", texts=["a", "a", "b", "b"], group=3, threshold=0.9)


def test_reranking_names_lines_and_comes_in_pages(gate: Gate) -> None:
    answer = call(gate, "rerank", query="blue dog", documents=LINES, limit=2)
    assert [one["line"] for one in answer["results"]][0] == 4
    assert (answer["n_results"], answer["next_offset"]) == (6, 2)
    rest = call(gate, "rerank", query="blue dog", documents=LINES, limit=4, offset=2)
    lines = [one["line"] for one in answer["results"] + rest["results"]]
    assert sorted(lines) == [1, 2, 3, 4, 5, 6]
    assert "next_offset" not in rest


def test_embedding_shows_words_and_vectors_only_when_asked_for(gate: Gate) -> None:
    answer = call(gate, "embed", texts=["red cat", "sun"])
    assert answer["texts"][0]["tokens"].keys() == {"▁red", "▁cat"}
    assert "dense" not in answer["texts"][0]
    assert len(call(gate, "embed", texts=["sun"], vectors=True)["texts"][0]["dense"]) == 4096


def test_a_passage_of_a_long_document_has_line_and_characters(gate: Gate) -> None:
    document = "First words here.\n" * 40 + "Annual leave is long.\n" + "Last words there.\n" * 40
    answer = call(gate, "long_document", document=document, query="annual leave", window_tokens=64)
    best = answer["passages"][0]
    passage = document[best["start"] : best["end"]]
    assert passage.startswith(best["text"].rstrip("…"))
    assert "Annual leave" in passage
    assert best["line"] == document[: best["start"]].count("\n") + 1


def test_a_users_error_is_a_sentence_and_is_counted(gate: Gate) -> None:
    heard: list[Finished] = []
    gate.watchers.append(heard.append)
    with pytest.raises(ToolError, match=r"Text A \(query\) is blank"):
        call(gate, "compare", text_a=" ", text_b="b")
    assert [(one.door, one.name, one.outcome) for one in heard] == [("mcp", "compare", "InputError")]
    assert gate.n_inside == 0


JOBS: dict[str, dict[str, Any]] = {
    "compare": {"text_a": "red cat", "text_b": "red dog"},
    "search": {"query": "red cat", "passages": LINES},
    "deduplicate": {"texts": [*LINES, LINES[0]], "threshold": 0.9},
    "duplicate_group": {"texts": [*LINES, LINES[0]], "group": 1, "threshold": 0.9},
    "long_document": {"document": "Annual leave is long. " * 40, "query": "annual leave"},
    "embed": {"texts": LINES},
    "rerank": {"query": "blue dog", "documents": LINES},
}


def test_two_clients_at_once_do_every_job(tmp_path: Path) -> None:
    app = FastAPI()
    library = CorpusLibrary(open_corpora(Settings(data_dir=str(tmp_path))), Limits())
    add_mcp(app, gate_over(FakeEncoder(), supplies={"library": library}))

    async def visit(address: str) -> set[str]:
        connection = httpx2.AsyncClient()
        done = set()
        async with (
            connection,
            streamable_http_client(address, http_client=connection) as (reading, writing, *_),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            for tool, values in JOBS.items():
                answer = await session.call_tool(tool, values)
                assert not answer.is_error, answer.content[0].text
                assert json.loads(answer.content[0].text)["model"] == "fake"
                done.add(tool)
        return done

    async def both(address: str) -> list[set[str]]:
        return await asyncio.gather(visit(f"{address}/mcp"), visit(f"{address}/mcp/"))

    with listening(app) as address:
        assert asyncio.run(both(address)) == [set(JOBS), set(JOBS)]
    library.close()


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
def test_clients_are_answered_with_and_without_a_slash(gate: Gate, path: str) -> None:
    app = FastAPI()
    add_mcp(app, gate)
    with TestClient(app) as client:
        answer = client.post(path, json=HELLO, headers=ACCEPT, follow_redirects=False)
        assert answer.status_code == 200
        assert answer.json()["result"]["serverInfo"]["name"] == "bge-m3-workbench"


def test_a_web_page_is_refused(gate: Gate) -> None:
    app = FastAPI()
    add_mcp(app, gate)
    with TestClient(app) as client:
        headers = {**ACCEPT, "origin": "http://evil.example"}
        assert client.post("/mcp", json=HELLO, headers=headers).status_code == 403
