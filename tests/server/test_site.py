"""The server as a process: it greets at once, tells its health, refuses bad settings, stops when asked."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bge_demo.checkpoints.cards import M3_COMPACT
from bge_demo.server.logins import LOGIN_SECONDS, WRONG_OF_ONE, WRONG_SECONDS
from bge_demo.server.serve import _listen
from bge_demo.server.site import build_app
from bge_demo.serving.gate import origin_of
from bge_demo.serving.model_host import ModelChoice, ModelHost
from bge_demo.settings import Settings
from bge_demo.ui.gradio_inside import KEPT_SESSIONS

if TYPE_CHECKING:
    from fakes import FakeEncoder
    from server import Server, StartServer, Startup


ROOT = Path(__file__).parents[2]
FIRST_ANSWER_SECONDS = 3
STOP_SECONDS = 8
COMPARE = {"data": ["a", "b", "model-card"]}


def run_app(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A start that must fail; ends by itself."""
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *arguments],
        env={"PATH": "", "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_first_page_comes_at_once(startup: Startup) -> None:
    assert startup.first_page_seconds < FIRST_ANSWER_SECONDS
    assert startup.first_page.status_code == 200
    assert "starting …" in startup.first_page.text
    assert "正在启动" in startup.first_page.text


def test_health_is_503_until_a_model_serves(startup: Startup) -> None:
    *early, ready = startup.health
    assert {answer.status_code for answer in early} == {503}
    states = [answer.json()["state"] for answer in startup.health]
    # The model may be loaded before the page is built.
    assert [state for state in dict.fromkeys(states) if state != "loading"] == ["starting", "ready"]
    assert all(answer.json()["model"] is None for answer in early)
    assert all(set(answer.json()["message"]) == {"en", "zh"} for answer in startup.health)
    assert ready.status_code == 200
    assert ready.json()["model"]["name"] == "m3-compact"
    assert ready.json()["message"] == {"en": "ready", "zh": "就绪"}


def test_a_request_that_comes_early_waits_for_the_model(startup: Startup) -> None:
    assert startup.early_answer.output["similarity_percent"] == 100.0


def test_the_shared_server_answers_the_whole_page(server: Server) -> None:
    page = httpx.get(f"{server.url}/", timeout=30)
    assert page.status_code == 200
    assert "bgeDemo" in page.text


def test_the_page_comes_compressed_and_its_assets_stay_with_the_browser(server: Server) -> None:
    page = httpx.get(f"{server.url}/", timeout=30)
    assert page.headers["content-encoding"] == "gzip"
    assert "cache-control" not in page.headers
    (asset, *_) = re.findall(r"assets/[\w.-]+\.js", page.text)
    kept = httpx.get(f"{server.url}/{asset}", timeout=30)
    assert "immutable" in kept.headers["cache-control"]
    missing = httpx.get(f"{server.url}/assets/none-12345678.js", timeout=30)
    assert "cache-control" not in missing.headers


def test_no_text_of_a_user_is_logged(server: Server) -> None:
    secret = "xylophone-4711"
    assert server.call("compare", secret, f"{secret} again", "model-card").event == "complete"
    assert server.call("compare", secret, " ", "model-card").event == "error"
    assert server.call("embed", [secret], False, False, False).event == "error"
    httpx.get(f"{server.url}/", params={"a": secret, "b": secret}, timeout=30)
    assert secret not in server.log


def test_no_file_of_the_server_can_be_read(server: Server, tmp_path: Path) -> None:
    private = tmp_path / "private.txt"
    private.write_text("the cook's secret recipe")
    file = {"path": str(private), "meta": {"_type": "gradio.FileData"}}
    assert server.call("compare", file, "soup", "model-card").event == "error"
    uploads = server.log_file.parent / "uploads"
    assert not any(copy.name == private.name for copy in uploads.rglob("*"))
    assert httpx.get(f"{server.url}/gradio_api/file={private}", timeout=30).status_code == 403


def test_nobody_can_ask_whether_a_file_was_uploaded(server: Server) -> None:
    def path_of_an_upload() -> str:
        file = ("list.txt", b"the same content")
        answer = httpx.post(f"{server.url}/gradio_api/upload", files={"files": file}, timeout=30)
        (path,) = answer.json()
        return str(path)

    assert path_of_an_upload() != path_of_an_upload()


@pytest.mark.parametrize(
    ("path", "status"), [("/monitoring", 403), ("/gradio_api/runs", 404), ("/gradio_api/mcp/sse", 404)]
)
def test_what_nobody_asked_for_is_off(server: Server, path: str, status: int) -> None:
    assert httpx.get(f"{server.url}{path}", timeout=30).status_code == status


def test_a_body_beyond_the_upload_limit_is_refused(server: Server) -> None:
    body = b'{"data": ["' + b"x" * (12 * 1024 * 1024) + b'", "b", "model-card"]}'
    answer = httpx.post(f"{server.url}/gradio_api/call/compare", content=body, timeout=60)
    assert answer.status_code == 413
    assert server.health().status_code == 200


@pytest.fixture(scope="module")
def guarded(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server with a login, a small upload limit, and a checkpoint that lacks a head."""
    assert M3_COMPACT.folder is not None
    broken = tmp_path_factory.mktemp("checkpoint") / "broken"
    shutil.copytree(M3_COMPACT.folder, broken, ignore=shutil.ignore_patterns("sparse_linear.pt"))
    server = start_server("--model", str(broken), BGE_DEMO_AUTH="ada:lovelace", BGE_DEMO_UPLOAD_MB="1")
    server.wait_until(lambda answer: answer.json()["state"] == "failed")
    return server


@pytest.fixture
def visitor(guarded: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=guarded.url, timeout=30) as client:
        yield client


def log_in(visitor: httpx.Client) -> None:
    answer = visitor.post("/login", data={"username": "ada", "password": "lovelace"})
    assert answer.status_code == 200


def test_health_explains_a_broken_checkpoint(visitor: httpx.Client) -> None:
    health = visitor.get("/healthz", auth=("ada", "lovelace"))
    assert health.status_code == 503
    assert health.json()["model"] is None
    assert "missing sparse_linear.pt" in health.json()["message"]["en"]
    assert "缺少 sparse_linear.pt" in health.json()["message"]["zh"]


def test_the_page_is_up_without_a_model(visitor: httpx.Client) -> None:
    assert visitor.get("/").status_code == 200
    log_in(visitor)
    assert visitor.get("/config").status_code == 200
    posted = visitor.post("/gradio_api/call/compare", json=COMPARE).json()
    assert "missing sparse_linear.pt" in visitor.get(f"/gradio_api/call/compare/{posted['event_id']}").text


# What gradio answers by itself without a login, and what it does not.
CLOSED = [
    *("/config", "/openapi.json", "/manifest.json", "/pwa_icon", "/robots.txt", "/preview.png", "/logout"),
    *("/docs", "/metrics", "/mcp", "/v1/models", "/svelte/x", "/nowhere", "/theme.css/x", "/monitoring/x"),
    *("/gradio_api/openapi.json", "/gradio_api/theme.css", "/gradio_api/startup-events", "/gradio_api/runs"),
    *("/gradio_api/heartbeat/x", "/gradio_api/app_id", "/gradio_api/info", "/gradio_api/token"),
    *("/gradio_api/user", "/gradio_api/file=x", "/gradio_api/queue/data?session_hash=x"),
]
CLOSED_POSTS = ["cancel", "reset", "upload", "call/compare", "queue/join", "stream/x", "component_server"]


def test_nothing_but_health_and_the_login_page_is_open_without_login(visitor: httpx.Client) -> None:
    assert {path: visitor.get(path).status_code for path in CLOSED} == dict.fromkeys(CLOSED, 401)
    posted = {path: visitor.post(f"/gradio_api/{path}", json={}).status_code for path in CLOSED_POSTS}
    assert posted == dict.fromkeys(CLOSED_POSTS, 401)
    assert visitor.get("/healthz").json() == {"state": "failed"}
    assert "text_a" not in visitor.get("/").text
    assert visitor.get("/theme.css").status_code == 200


def test_a_wrong_login_on_the_page_is_answered_late_and_its_cookies_stay_here(visitor: httpx.Client) -> None:
    started = time.monotonic()
    assert visitor.post("/login", data={"username": "ada", "password": "byron"}).status_code == 400
    assert time.monotonic() - started >= WRONG_SECONDS
    log_in(visitor)
    cookies = visitor.post("/login", data={"username": "ada", "password": "lovelace"}).headers.get_list(
        "set-cookie"
    )
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.endswith("; SameSite=Lax")
        assert cookie.lower().count("samesite") == 1


def test_guessing_at_once_gains_nothing(guarded: Server) -> None:
    def guess(number: int) -> int:
        return httpx.get(f"{guarded.url}/v1/models", auth=("ada", f"{number}"), timeout=30).status_code

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(guess, range(10)))
    # Twice as many where the machine is so slow that the first ones' time is over before the last ones come.
    assert WRONG_OF_ONE <= told.count(401) <= 2 * WRONG_OF_ONE
    assert told.count(401) + told.count(429) == 10
    time.sleep(WRONG_SECONDS)
    assert httpx.get(f"{guarded.url}/v1/models", auth=("ada", "lovelace")).status_code == 200


PROGRAM_PATHS = ["/v1/models", "/metrics", "/docs", "/openapi.json", "/v1/nowhere"]


WRONG = [{"authorization": "Bearer ada:byron"}, {"authorization": "Basic !"}]


@pytest.mark.parametrize(
    ("path", "headers"), [*((path, {}) for path in PROGRAM_PATHS), *(("/metrics", one) for one in WRONG)]
)
def test_programs_need_the_login_as_well(visitor: httpx.Client, path: str, headers: dict[str, str]) -> None:
    answer = visitor.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert answer.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize("path", PROGRAM_PATHS[:-1])
def test_a_program_logs_in_as_its_client_can(visitor: httpx.Client, path: str) -> None:
    assert visitor.get(path, auth=("ada", "lovelace")).status_code == 200
    assert visitor.get(path, headers={"authorization": "Bearer ada:lovelace"}).status_code == 200


def test_the_pages_login_counts_for_its_own_browser_alone(visitor: httpx.Client) -> None:
    log_in(visitor)
    assert visitor.get("/docs", headers={"sec-fetch-site": "same-origin"}).status_code == 200
    assert visitor.get("/docs", headers={"sec-fetch-site": "cross-site"}).status_code == 401
    assert visitor.get("/docs").status_code == 401


def test_a_program_hears_why_there_is_no_model(visitor: httpx.Client) -> None:
    answer = visitor.post("/v1/embeddings", json={"input": "a"}, auth=("ada", "lovelace"))
    assert answer.status_code == 503
    assert "missing sparse_linear.pt" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("size", "status"), [(900_000, 200), (1_200_000, 413)])
def test_an_upload_beyond_the_limit_is_refused(visitor: httpx.Client, size: int, status: int) -> None:
    log_in(visitor)
    files = {"files": ("a.csv", b"x" * size, "text/csv")}
    assert visitor.post("/gradio_api/upload", files=files).status_code == status


def test_a_stop_does_not_wait_for_open_pages(guarded: Server, visitor: httpx.Client) -> None:
    log_in(visitor)
    with visitor.stream("GET", "/gradio_api/heartbeat/visitor") as page:
        next(page.iter_lines())
        started = time.monotonic()
        status = guarded.stop()
    assert time.monotonic() - started < STOP_SECONDS
    assert status in {0, -signal.SIGTERM}
    assert "Traceback" not in guarded.log


def test_with_its_output_closed_it_serves(start_server: StartServer) -> None:
    close_it = (
        "import os, sys; os.closerange(1, 3); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    server = start_server("--model", "m3-compact", program=("-c", close_it, str(ROOT / "app.py")))
    server.wait_until(lambda answer: answer.status_code == 200)
    if sys.platform == "linux":
        # What a library writes there must not reach a connection.
        streams = {os.readlink(f"/proc/{server.process.pid}/fd/{number}") for number in (1, 2)}
        assert streams == {os.devnull}
    assert server.stop() == 0


def test_a_busy_port_is_explained_in_both_languages(server: Server) -> None:
    port = server.url.rsplit(":", 1)[1]
    ended = run_app("--port", port)
    assert ended.returncode == 2
    english, chinese = ended.stderr.splitlines()
    for sentence in (english, chinese):
        assert all(word in sentence for word in (port, "--port", "BGE_DEMO_PORT"))
    assert "already in use" in english
    assert "占用" in chinese


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        (("--port", "eighty"), {}, "--port / BGE_DEMO_PORT cannot be 'eighty'"),
        ((), {"BGE_DEMO_TEXT_CHARS": "-5"}, "--text-chars / BGE_DEMO_TEXT_CHARS cannot be '-5'"),
        (("--precision", "int3"), {}, "--precision / BGE_DEMO_PRECISION cannot be 'int3'"),
        (("--auth", "nocolon"), {}, "--auth / BGE_DEMO_AUTH must look like user:password"),
        (("--host", "203.0.113.7"), {}, "Cannot listen on 203.0.113.7:7860"),
        (("--port", "99999"), {}, "--port / BGE_DEMO_PORT"),
    ],
)
def test_bad_settings_end_with_a_sentence(
    arguments: tuple[str, ...], environment: dict[str, str], named: str
) -> None:
    ended = run_app(*arguments, **environment)
    assert ended.returncode == 2
    assert named in ended.stderr
    assert len(ended.stderr.splitlines()) == 2
    assert "Traceback" not in ended.stderr


def test_gradio_forgets_visitors_before_they_fill_the_memory(fake: FakeEncoder, tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path))

    async def mounted() -> Any:
        # Inside a loop: gradio would make one of its own and leave it open.
        models = ModelChoice.only(ModelHost(lambda: fake, wait_seconds=1))
        return build_app(settings, models).state.page

    assert asyncio.run(mounted()).state_holder.capacity == KEPT_SESSIONS < 1000


def test_a_proxy_may_keep_its_prefix_or_strip_it(fake: FakeEncoder, tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path), root_path="/bge", auth="user:secret")

    async def statuses() -> dict[str, int]:
        host = ModelHost(lambda: fake, wait_seconds=1)
        host.start()
        transport = httpx.ASGITransport(build_app(settings, ModelChoice.only(host)))
        paths = ("/healthz", "/v1/models", "/", "/openapi.json", "/config")
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return {
                prefix + path: (await client.get(prefix + path)).status_code
                for prefix in ("", "/bge")
                for path in paths
            }

    found = asyncio.run(statuses())
    for path in ("/healthz", "/v1/models", "/", "/openapi.json", "/config"):
        assert found[path] == found[f"/bge{path}"], path
    assert found["/bge/v1/models"] == found["/bge/config"] == 401
    assert found["/bge/"] == found["/bge/healthz"] == 200


def test_the_pages_login_ends_after_its_time(
    fake: FakeEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=str(tmp_path), auth="ada:lovelace")

    async def statuses() -> list[int]:
        models = ModelChoice.only(ModelHost(lambda: fake, wait_seconds=1))
        transport = httpx.ASGITransport(build_app(settings, models))
        found = []
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await client.post("/login", data={"username": "ada", "password": "lovelace"})
            found.append((await client.get("/config")).status_code)
            later = time.monotonic() + LOGIN_SECONDS + 1
            monkeypatch.setattr("bge_demo.server.logins.time.monotonic", lambda: later)
            return [*found, *[(await client.get("/config")).status_code for _ in range(2)]]

    assert asyncio.run(statuses()) == [200, 401, 401]


def test_origins_are_addresses_of_others_alone() -> None:
    assert [origin_of(one) for one in ("192.0.2.7", "::1", "127.0.0.1", None, "")] == ["192.0.2.7", *[""] * 4]


def test_small_answers_are_sent_at_once() -> None:
    with _listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        served, _ = listener.accept()
        with served:
            assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
