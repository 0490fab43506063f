"""Pages of other sites, of sibling names and of a rebound name, in a real Chromium: they get nothing, and the
product's own page works under each of its names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from server import Server, StartServer
from visits import CHROMIUM, FLAGS, SECONDS

pytestmark = pytest.mark.browser

# All of this machine: a site of its own, the product's names, a sibling of one, and a name rebound to it.
NAMES = ("evil.test", "lan.test", "bge.corp.test", "wiki.corp.test", "rebound.test")
ALLOWED = "lan.test,bge.corp.test"
USER, PASSWORD = "ada", "lovelace"
LOGIN = {"login": f"{USER}:{PASSWORD}", "none": ""}

# What a page tries; each answers what it got, or that it got nothing.
ATTEMPTS = """async (base) => {
  const tried = {};
  const attempt = async (name, path, options) => {
    try {
      const signal = AbortSignal.timeout(9000);
      const answer = await fetch(base + path, { credentials: "include", signal, ...options });
      const text = await answer.text();
      tried[name] = answer.type === "opaque" ? "nothing" : `${answer.status} ${text.slice(0, 60)}`;
    } catch { tried[name] = "nothing"; }
  };
  const plain = { "content-type": "text/plain" };
  const json = { "content-type": "application/json" };
  const compare = JSON.stringify({ data: ["a", "b", "even"] });
  const file = new FormData();
  file.append("files", new Blob(["x"]), "x.txt");
  await attempt("config", "/config", {});
  await attempt("models", "/v1/models", {});
  await attempt("health", "/healthz", {});
  const pair = JSON.stringify({ text_a: "a", text_b: "b" });
  await attempt("compare", "/v1/compare", { method: "POST", headers: json, body: pair });
  await attempt("simple post", "/gradio_api/call/compare", { method: "POST", headers: plain, body: compare });
  await attempt("blind post", "/gradio_api/call/compare",
    { method: "POST", mode: "no-cors", headers: plain, body: compare });
  await attempt("upload", "/gradio_api/upload", { method: "POST", body: file });
  return tried;
}"""
# Its own page reads, and uploads.
OWN = """async () => {
  const file = new FormData();
  file.append("files", new Blob(["x"]), "x.txt");
  const upload = { method: "POST", body: file };
  const answers = [await fetch("config"), await fetch("healthz"), await fetch("gradio_api/upload", upload)];
  return answers.map((answer) => answer.status);
}"""
FRAME = """(address) => new Promise((done) => {
  const frame = document.createElement("iframe");
  frame.onload = done;
  frame.src = address;
  document.body.append(frame);
})"""


@dataclass(frozen=True)
class Case:
    """The product, with a login or without."""

    server: Server
    login: str

    @property
    def port(self) -> int:
        return int(self.server.url.rsplit(":", 1)[1])

    def at(self, name: str) -> str:
        return f"http://{name}:{self.port}"


@pytest.fixture(scope="module", params=list(LOGIN))
def case(request: pytest.FixtureRequest, start_server: StartServer) -> Case:
    login = LOGIN[request.param]
    environment = {"BGE_DEMO_AUTH": login} if login else {}
    server = start_server("--model", "m3-compact", "--allowed-hosts", ALLOWED, **environment)
    server.wait_until(lambda answer: answer.status_code == 200)
    return Case(server, login)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One that finds all names on this machine."""
    rules = ",".join(f"MAP {name} 127.0.0.1" for name in NAMES)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, f"--host-resolver-rules={rules}"]
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """The port of an empty page, whatever name it is asked by."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(20 * SECONDS)
    yield page
    context.close()


def logged_in(case: Case, page: Page, name: str) -> None:
    """Open the product by a name, through its login page where it has one, until the model serves."""
    page.goto(case.at(name))
    if case.login:
        page.get_by_label("username").fill(USER)
        page.get_by_label("password").fill(PASSWORD)
        page.get_by_role("button", name="Login").click()
    expect(page.locator(".status[data-status=ready]")).to_be_visible(timeout=60 * SECONDS)


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("lan.test", "evil.test"),
        ("localhost", "evil.test"),
        ("127.0.0.1", "localhost"),
        ("bge.corp.test", "wiki.corp.test"),
    ],
)
def test_a_page_of_another_name_gets_nothing(
    case: Case, page: Page, elsewhere: int, own: str, other: str
) -> None:
    logged_in(case, page, own)
    posted = _n_requests(case)
    visitor = page.context.new_page()
    visitor.goto(f"http://{other}:{elsewhere}/")
    tried = visitor.evaluate(ATTEMPTS, case.at(own))
    assert tried == dict.fromkeys(tried, "nothing")
    assert len(tried) == 7
    visitor.evaluate(f"(address) => ({FRAME})(address).then(() => null)", case.at(own))
    # The browser's own page of an error.
    assert "gradio" not in visitor.frames[1].content()
    assert _n_requests(case) == posted


def test_a_rebound_name_gets_nothing(case: Case, page: Page) -> None:
    logged_in(case, page, "lan.test")
    visitor = page.context.new_page()
    answer = visitor.goto(case.at("rebound.test"))
    assert answer is not None
    assert answer.status == 403
    tried = visitor.evaluate(ATTEMPTS, "")
    assert {sentence[:4] for sentence in tried.values()} <= {"403 ", "noth"}


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "lan.test", "bge.corp.test"])
def test_the_products_own_page_works_under_its_names(case: Case, page: Page, name: str) -> None:
    logged_in(case, page, name)
    page.wait_for_timeout(1 * SECONDS)
    page.fill("#text-a textarea", "deep blue sea")
    page.fill("#text-b textarea", "the blue ocean")
    page.click("#compare-run")
    expect(page.locator(".aligned[data-side=B]")).to_contain_text("the blue ocean")
    assert page.evaluate(OWN) == [200, 200, 200]


def _n_requests(case: Case) -> int:
    """How many comparisons the server was asked for by programs, by its own counters."""
    auth = (USER, PASSWORD) if case.login else None
    lines = httpx.get(f"{case.server.url}/metrics", auth=auth, timeout=30).text.splitlines()
    counted = [one for one in lines if "requests_total" in one and ("gradio" in one or "http" in one)]
    return sum(int(float(one.rpartition(" ")[2])) for one in counted)
