"""The MCP door: a few tools over the same programs, with answers short enough for an agent to read.

Streamable HTTP without sessions: any number of clients, no page open. Long lists come in pages: `limit` and
`offset`, and every answer says where the next page begins. Lines count from 1, characters from 0.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bge_demo.api.http import as_json
from bge_demo.api.programs import embed
from bge_demo.api.rerank import rerank
from bge_demo.errors import DemoError
from bge_demo.serving.gate import Call, Gate, Program
from bge_demo.tabs.compare.program import compare
from bge_demo.tabs.deduplicate.program import deduplicate
from bge_demo.tabs.long_document.program import long_document
from bge_demo.tabs.retrieval.program import search

PATH = "/mcp"
THREADS = 16
# What is quoted of a text: enough to recognise it.
QUOTED_CHARS = 120
MEMBERS_SHOWN = 5
_INSTRUCTIONS = (
    "Similarity with an embedding model, whose name is in every answer. Scores are cosines unless named "
    "otherwise. Embeddings do not judge negation, numbers or names."
)


class Tools:
    """One method per tool; MCP takes name, parameters and description from it."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._threads = CapacityLimiter(THREADS)

    async def compare(self, text_a: str, text_b: str) -> str:
        """Compare two texts: similarity in per cent, which share of unrelated pairs scores lower, common
        words."""
        answer = await self._run(compare, text_a=text_a, text_b=text_b)
        kept = ("similarity_percent", "band", "percentile")
        scores = {head: round(answer["scores"][head], 4) for head in ("dense", "sparse", "colbert", "hybrid")}
        read = [{"n_tokens": one["n_tokens"], "truncated": one["truncated"]} for one in answer["texts"]]
        shared = [one["token"].strip("▁") for one in answer["shared"][:10]]
        return _told(answer, {name: answer[name] for name in kept}, scores=scores, read=read, shared=shared)

    async def search(
        self, query: str, passages: list[str] | None = None, limit: int = 5, offset: int = 0
    ) -> str:
        """Search passages (at most 200; the built-in sample corpus without any) for what answers a query.

        line: which of the passages, from 1. score: the hybrid of all three heads.
        """
        corpus: Any = "sample" if passages is None else passages
        answer = await self._run(search, query=query, corpus=corpus)
        hits = [
            {"line": hit["number"] + 1, "id": hit["passage"]["id"], "score": round(hit["score"], 4)}
            | {"text": _quoted(hit["passage"]["text"])}
            for hit in answer["hits"]
        ]
        return _told(answer, _page("hits", hits, limit, offset))

    async def deduplicate(
        self, texts: list[str], threshold: float | None = None, limit: int = 8, offset: int = 0
    ) -> str:
        """Find lines that say the same: groups, largest first, each with the line to keep and the others.

        lines: [line, cosine to the kept one], the nearest five of a group; duplicate_group has all of them.
        Pairs that differ in a negation, number, date or size are flagged and kept apart.
        """
        answer = await self._run(deduplicate, texts=texts, threshold=threshold)
        groups = [_group(number, one, MEMBERS_SHOWN) for number, one in enumerate(answer["groups"], start=1)]
        counts = {
            "n_lines": len(texts),
            "n_removed": len(answer["removed"]),
            "threshold": round(answer["threshold"], 4),
            "n_flagged": len(answer["flags"]),
        }
        return _told(answer, counts, **_page("groups", groups, limit, offset))

    async def duplicate_group(
        self, texts: list[str], group: int, threshold: float | None = None, limit: int = 50, offset: int = 0
    ) -> str:
        """All lines of one group that deduplicate found for the same texts and threshold."""
        answer = await self._run(deduplicate, texts=texts, threshold=threshold)
        if not 1 <= group <= len(answer["groups"]):
            raise ToolError(f"There are {len(answer['groups'])} groups; there is no group {group}.")
        whole = _group(group, answer["groups"][group - 1], len(texts))
        return _told(answer, whole | _page("lines", whole["lines"], limit, offset))

    async def long_document(
        self, document: str, query: str, window_tokens: int = 512, limit: int = 5, offset: int = 0
    ) -> str:
        """Find the passages of a long document that are nearest to a query.

        line: where a passage begins; start, end: its characters, document[start:end].
        """
        window = {"window_tokens": window_tokens, "overlap_tokens": window_tokens // 8}
        answer = await self._run(long_document, document=document, query=query, **window)
        best = sorted(answer["chunks"], key=lambda one: -one["similarity"])
        passages = [
            {"line": document.count("\n", 0, one["start"]) + 1, "start": one["start"], "end": one["end"]}
            | {"similarity": round(one["similarity"], 4)}
            | {"text": _quoted(document[one["start"] : one["end"]])}
            for one in best
        ]
        whole = {"n_tokens": answer["n_tokens"], "whole": round(answer["whole"]["similarity"], 4)}
        return _told(answer, whole, **_page("passages", passages, limit, offset))

    async def embed(self, texts: list[str], vectors: bool = False, limit: int = 5, offset: int = 0) -> str:
        """Tokens, heaviest words and, if asked for, the dense vector of each text, rounded to 5 decimals."""
        answer = await self._run(embed, texts=texts, return_sparse=True)
        items = [
            {"line": line, "n_tokens": one["n_tokens"], "truncated": one["truncated"]}
            | {"tokens": {entry["token"]: round(entry["weight"], 3) for entry in one["sparse"][:8]}}
            | ({"dense": [round(number, 5) for number in one["dense"]]} if vectors else {})
            for line, one in enumerate(answer["embeddings"], start=1)
        ]
        return _told(answer, _page("texts", items, limit, offset))

    async def rerank(self, query: str, documents: list[str], limit: int = 10, offset: int = 0) -> str:
        """Order documents by how well they answer a query. line: which of the documents, from 1."""
        answer = await self._run(rerank, query=query, documents=documents)
        results = [
            {"line": one["index"] + 1, "score": round(one["relevance_score"], 4)}
            | {"text": _quoted(documents[one["index"]])}
            for one in answer["results"]
        ]
        return _told(answer, _page("results", results, limit, offset))

    async def _run(self, program: Program, **values: Any) -> dict[str, Any]:
        run = partial(self._gate.run, program, values, Call("mcp", takes_place=False))
        try:
            with self._gate.place():
                return await to_thread.run_sync(run, limiter=self._threads)
        except DemoError as error:
            raise ToolError(str(error)) from None


def _told(answer: dict[str, Any], *parts: dict[str, Any], **more: Any) -> str:
    """One line of JSON that begins with what was found and ends with the model's name."""
    model = answer.get("model", {})
    name = model.get("name") if isinstance(model, dict) else model
    whole: dict[str, Any] = {}
    for part in (*parts, more):
        whole |= part
    return as_json(whole | {"model": name}).decode()


def _page(name: str, items: Sequence[Any], limit: int, offset: int) -> dict[str, Any]:
    """Some of the items, how many there are, and where to go on."""
    start = max(0, offset)
    end = start + max(1, limit)
    page: dict[str, Any] = {f"n_{name}": len(items), name: items[start:end]}
    return page | ({"next_offset": end} if end < len(items) else {})


def _group(number: int, group: dict[str, Any], most: int) -> dict[str, Any]:
    others = [one for one in group["members"] if one["index"] != group["kept"]]
    lines = [[one["index"] + 1, round(one["score"], 3)] for one in others[:most]]
    return {"group": number, "keep": group["kept"] + 1, "n_others": len(others), "lines": lines}


def _quoted(text: str) -> str:
    return text if len(text) <= QUOTED_CHARS else text[: QUOTED_CHARS - 1] + "…"


class _WithoutBrowsers:
    """Refuses what a web page sends: the tools have no use for it, and a rebound host name would look like
    ours."""

    def __init__(self, app: StreamableHTTPASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request comes through here."""
        if "origin" in Headers(scope=scope):
            await PlainTextResponse("MCP is not for web pages.", 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def mcp_server(gate: Gate) -> MCPServer[Any]:
    """The server with its tools; see `add_mcp`."""
    server: MCPServer[Any] = MCPServer("bge-m3-workbench", instructions=_INSTRUCTIONS)
    tools = Tools(gate)
    offered: tuple[Callable[..., Any], ...] = (
        *(tools.compare, tools.search, tools.deduplicate, tools.duplicate_group),
        *(tools.long_document, tools.embed, tools.rerank),
    )
    for tool in offered:
        server.add_tool(tool, structured_output=False)
    return server


def add_mcp(app: FastAPI, gate: Gate) -> None:
    """Answer MCP at `/mcp`, with and without a slash at the end."""
    server = mcp_server(gate)
    # Hosts are not compared with a list: this server does not know its own names.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    server.streamable_http_app(stateless_http=True, json_response=True, transport_security=security)
    door = _WithoutBrowsers(StreamableHTTPASGIApp(server.session_manager))
    app.router.routes += [Route(PATH, endpoint=door), Route(f"{PATH}/", endpoint=door)]
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def with_sessions(app: FastAPI) -> AsyncIterator[Any]:
        async with outer(app) as state, server.session_manager.run():
            yield state

    app.router.lifespan_context = with_sessions
