"""A model hub on 127.0.0.1 that speaks Hugging Face's protocol, and ModelScope's as far as files go.

Serves the folder it is given under any repository name, with faults to order.
"""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from bge_demo.checkpoints.cards import HubCheckpoint, HubFile

REVISION = "1" * 40
REPOSITORY = "BAAI/bge-m3"
NEEDED = (
    "config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "colbert_linear.pt",
    "sparse_linear.pt",
    "pytorch_model.bin",
)
PIECE_BYTES = 16_384


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one answer: a status, or a body that ends, stops, changes or grows at a share."""

    status: int = 0
    cut: float = 0.0
    stall: float = 0.0
    flip: float = 0.0
    short: float = 0.0
    extra: bytes = b""


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    method: str
    path: str
    range: str | None
    authorization: str | None


class LocalHub:
    """The server and what it was asked; `bytes_per_second` slows every body down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bytes_per_second = 0
        self.honours_ranges = True
        self.cdn: str | None = None
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self._always: dict[str, Fault] = {}
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def order(self, file: str, *faults: Fault) -> None:
        """The next answers with this file's content, one after the other."""
        self._faults[file] += faults

    def order_always(self, file: str, fault: Fault) -> None:
        """Every answer with this file's content from now on."""
        self._always[file] = fault

    def mend(self) -> None:
        """No faults from now on."""
        self._faults.clear()
        self._always.clear()
        self.bytes_per_second = 0

    def next_fault(self, file: str) -> Fault:
        if self._faults[file]:
            return self._faults[file].pop(0)
        return self._always.get(file, Fault())

    def asked_for(self, file: str) -> list[Asked]:
        """The requests for a file's content."""
        return [one for one in self.asked if one.method == "GET" and one.path.endswith(file)]

    @contextmanager
    def running(self) -> Iterator[LocalHub]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves in the middle is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        path = unquote(address.path)
        named = query.get("FilePath", [path])[0]
        self.hub.asked.append(
            Asked(self.command, named, self.headers["range"], self.headers["authorization"])
        )
        if path.startswith("/api/models/") and "/tree/" in path:
            self._send(json.dumps(_tree(self.hub.folder)).encode(), {"content-type": "application/json"})
        elif path.startswith("/api/v1/models/"):
            self._content(query["FilePath"][0])
        elif path.startswith("/cdn/"):
            self._content(path.removeprefix("/cdn/"))
        elif f"/resolve/{REVISION}/" in path:
            self._resolve(path.partition(f"/resolve/{REVISION}/")[2])
        else:
            self._send(b"", status=404)

    def _resolve(self, name: str) -> None:
        """Large files lie elsewhere, as on the real hub."""
        path = self.hub.folder / name
        if not path.is_file():
            self._send(b"", {"x-error-code": "EntryNotFound"}, status=404)
            return
        file = hub_file(path, name)
        headers = {
            "x-repo-commit": REVISION,
            "etag": f'"{file.etag}"',
            "x-linked-etag": f'"{file.etag}"',
            "x-linked-size": str(file.size_bytes),
        }
        if file.git_id is None:
            # Another name for this very server, unless the test has a second one.
            elsewhere = self.hub.cdn or self.hub.url.replace("127.0.0.1", "localhost")
            location = f"{elsewhere}/cdn/{name}"
            self._send(b"", {**headers, "location": location}, status=302)
        else:
            self._content(name, headers)

    def _content(self, name: str, headers: dict[str, str] | None = None) -> None:
        fault = self.hub.next_fault(name) if self.command == "GET" else Fault()
        if fault.status:
            self._send(b"", status=fault.status)
            return
        whole = (self.hub.folder / name).read_bytes()
        if fault.flip:
            at = int(fault.flip * len(whole))
            whole = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        whole = whole[: int((1 - fault.short) * len(whole))] + fault.extra
        asked = self.headers["range"] if self.hub.honours_ranges else None
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if asked and start >= len(whole):
            self._send(b"", status=416)
            return
        headers = headers or {}
        if asked:
            headers = {**headers, "content-range": f"bytes {start}-{len(whole) - 1}/{len(whole)}"}
        self._send(whole[start:], headers, 206 if asked else 200, fault, len(whole))

    def _send(
        self,
        body: bytes,
        headers: dict[str, str] | None = None,
        status: int = 200,
        fault: Fault | None = None,
        whole: int = 0,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        fault = fault or Fault()
        stop = int((fault.cut or fault.stall) * whole)
        self._write(body[: max(0, len(body) - (whole - stop))] if stop else body)
        if stop:
            self.wfile.flush()
            if fault.stall:
                self.hub.closing.wait(30)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, body: bytes) -> None:
        for at in range(0, len(body), PIECE_BYTES):
            self.wfile.write(body[at : at + PIECE_BYTES])
            if self.hub.bytes_per_second:
                time.sleep(PIECE_BYTES / self.hub.bytes_per_second)


def hub_file(path: Path, name: str) -> HubFile:
    """A file's card; small ones are git's, as on the real hub."""
    content = path.read_bytes()
    git_id = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
    is_small = path.suffix == ".json" and len(content) < 100_000
    return HubFile(name, len(content), hashlib.sha256(content).hexdigest(), git_id if is_small else None)


def card_of(folder: Path, revision: str = REVISION) -> HubCheckpoint:
    """BGE-M3's card, as if this folder were what BAAI published."""
    files = tuple(hub_file(folder / name, name) for name in NEEDED)
    return HubCheckpoint(repository=REPOSITORY, revision=revision, files=files)


def _tree(folder: Path) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        file = hub_file(path, path.relative_to(folder).as_posix())
        entry: dict[str, object] = {"type": "file", "path": file.name, "size": file.size_bytes}
        entry["oid"] = file.git_id or "0" * 40
        if file.git_id is None:
            entry["lfs"] = {"oid": file.sha256, "size": file.size_bytes, "pointerSize": 134}
        entries.append(entry)
    return entries
