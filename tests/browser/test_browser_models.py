"""What a visitor sees of a checkpoint's life: progress, takeover, every failure, self-check, choice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from fetching_server import network_of, write_card
from local_hub import LocalHub, card_of
from playwright.sync_api import Browser, Route, expect
from visits import SECONDS, Visit

from bge_demo.checkpoints.download import Progress
from bge_demo.encoder.contract import ModelInfo
from bge_demo.locales import Phrase, fetching, say, say_all
from bge_demo.serving.model_host import Coming, ModelStatus
from bge_demo.serving.model_loading import progress_phrase
from bge_demo.serving.self_check import SelfCheck

if TYPE_CHECKING:
    from server import Server, StartServer

pytestmark = pytest.mark.browser

SUPPORT = Path(__file__).parents[1] / "support"
COMPACT = ModelInfo("m3-compact", "1", "fp32", "openvino", "cpu", 384, 8192)
ON_THE_WAY = {
    "fetch.start",
    "fetch.loading",
    "fetch.switched",
    "fetch.done",
    "fetch.until_then",
    "fetch.stays",
}
FAILURES = sorted(
    key
    for key in fetching.TEXTS
    if key.startswith("fetch.")
    and key not in ON_THE_WAY
    and not re.search("progress|again|left|remedies", key)
)


class NewVisit(Protocol):
    """`new_visit(server.url, locale="zh-CN")`; ends with the test, which no error of the page's may pass."""

    def __call__(self, address: str, **options: object) -> Visit: ...


@pytest.fixture
def new_visit(browser: Browser) -> Iterator[NewVisit]:
    visits: list[Visit] = []

    def begin(address: str, **options: object) -> Visit:
        visits.append(Visit(browser, address, **options))
        return visits[-1]

    yield begin
    for visit in visits:
        # A model that loads is no error of the page's.
        assert [error for error in visit.errors if "503" not in error] == []
        assert visit.elsewhere == []
        visit.page.context.close()


@pytest.fixture
def network(
    random_checkpoint: Path, tmp_path: Path, start_server: StartServer
) -> Iterator[tuple[LocalHub, Server]]:
    """A slow hub, and a server that fetches from it."""
    card = write_card(card_of(random_checkpoint), tmp_path / "card.json")
    with LocalHub(random_checkpoint).running() as hub:
        hub.bytes_per_second = 150_000
        program = (str(SUPPORT / "fetching_server.py"), str(card))
        environment = network_of(hub.url, tmp_path / "home")
        yield hub, start_server(program=program, **environment)


def test_progress_and_takeover_are_told_without_a_reload(
    new_visit: NewVisit, network: tuple[LocalHub, Server]
) -> None:
    hub, server = network
    server.wait_until(lambda answer: answer.status_code == 200)
    visits = [new_visit(server.url, locale=locale) for locale in ("en-US", "zh-CN")]
    pages = [visit.open() for visit in visits]
    words = (
        ("Fetching BAAI/bge-m3: ", "Until then m3-compact answers."),
        ("正在下载 BAAI/bge-m3：", "由 m3-compact 作答"),
    )
    for page, (doing, meanwhile) in zip(pages, words, strict=True):
        page.click("#sample-paraphrase")
        expect(page.locator("#comparison")).to_be_visible()
        expect(page.locator("progress.coming")).to_be_visible()
        expect(page.locator(".coming-said .t:visible")).to_contain_text(doing)
        expect(page.locator(".notice p")).to_contain_text(doing)
        expect(page.locator(".notice p")).to_contain_text(meanwhile)
        before = float(page.locator("progress.coming").get_attribute("value") or 0)
        page.wait_for_function(
            "before => document.querySelector('progress.coming').value > before",
            arg=before,
            timeout=30 * SECONDS,
        )
    hub.mend()
    for page, told in zip(
        pages, ("BAAI/bge-m3 answers from now on.", "从现在起由 BAAI/bge-m3 作答。"), strict=True
    ):
        expect(page.locator(".switched .t:visible")).to_contain_text(told, timeout=60 * SECONDS)
        expect(page.locator(".status .model")).to_contain_text("BAAI/bge-m3")
        for gone in ("progress.coming", ".coming-said", ".notice"):
            expect(page.locator(gone)).to_be_hidden()
        # The result made before stays and the counter follows the model.
        expect(page.locator("#comparison")).to_be_visible()
        expect(page.locator("#count-a")).to_contain_text("6/512")
        page.click("#compare-run")
        expect(page.locator("#comparison")).to_contain_text("BAAI/bge-m3")


class Pretender:
    """A visitor whose `/healthz` answers what the test says."""

    def __init__(self, visit: Visit) -> None:
        self.page = visit.page
        self.answer: dict[str, Any] = {}
        self.page.route("**/healthz*", self._fulfill)

    def _fulfill(self, route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=json.dumps(self.answer))

    def show(self, status: ModelStatus) -> None:
        self.answer = status.to_json()
        self.page.evaluate("bgeDemo.modelStatus.showModel('')")


@pytest.fixture
def pretender(new_visit: NewVisit, server_url: str) -> Pretender:
    visit = new_visit(server_url)
    pretender = Pretender(visit)
    pretender.answer = ModelStatus("ready", COMPACT, Phrase("model.ready")).to_json()
    visit.open()
    return pretender


def test_every_failure_is_told_in_both_languages(pretender: Pretender) -> None:
    page = pretender.page
    assert len(FAILURES) >= 11
    for key in FAILURES:
        names = {name for _, name, _, _ in Formatter().parse(fetching.TEXTS[key].en) if name}
        values: dict[str, object] = {name: f"<{name}>" for name in names}
        if "remedies" in names:
            values["remedies"] = Phrase("fetch.remedies")
        reason = Phrase(key, **values)
        told = Phrase("fetch.stays", model="m3-compact", reason=reason)
        pretender.show(ModelStatus("ready", COMPACT, Phrase("model.ready"), told))
        for language, sentence in say_all(told).items():
            page.evaluate("language => bgeDemo.showLanguage(language)", language)
            expect(page.locator(".notice p")).to_contain_text(sentence)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_any_model_the_reason_stands_in_the_header(pretender: Pretender) -> None:
    reason = Phrase("fetch.no_modelscope")
    pretender.show(ModelStatus("failed", None, Phrase("model.failed", reason=reason)))
    status = pretender.page.locator(".status[data-status=failed]")
    expect(status).to_contain_text(say("fetch.no_modelscope", "en"))


def test_trying_again_is_told(pretender: Pretender) -> None:
    progress = Progress(10_000_000, 20_000_000, failures=3)
    coming = Coming("BAAI/bge-m3", progress_phrase("BAAI/bge-m3", progress), progress)
    pretender.show(ModelStatus("loading", None, coming.doing, coming=coming))
    expect(pretender.page.locator(".status .message .t:visible")).to_contain_text(
        "failed 3 times; trying again"
    )
    expect(pretender.page.locator("progress.coming")).to_have_js_property("value", 50)


@pytest.mark.parametrize(
    ("check", "english", "chinese"),
    [
        (SelfCheck("unknown", 0.002), "No expected scores are known", "没有已知的分数"),
        (SelfCheck("differs", 0.02), "Self-check failed", "自检未通过"),
    ],
)
def test_a_verdict_is_told_in_words(
    pretender: Pretender, check: SelfCheck, english: str, chinese: str
) -> None:
    page = pretender.page
    page.click("#tab-about-button")
    pretender.show(ModelStatus("ready", COMPACT, Phrase("model.ready"), self_check=check))
    expect(page.locator(".self-check .verdict-text .t:visible")).to_contain_text(english)
    page.evaluate("bgeDemo.showLanguage('zh')")
    expect(page.locator(".self-check .verdict-text .t:visible")).to_contain_text(chinese)


def test_the_shipped_checkpoint_passes_and_shows_its_scores(new_visit: NewVisit, server_url: str) -> None:
    page = new_visit(server_url).open(tab="about")
    expect(page.locator(".self-check[data-verdict=passed]")).to_be_visible()
    expect(page.locator(".self-check tbody tr")).to_have_count(12)


def test_a_visitor_chooses_among_the_operators_models_for_himself(
    new_visit: NewVisit, start_server: StartServer, random_checkpoint: Path
) -> None:
    server = start_server("--models", f"m3-compact,{random_checkpoint}")
    server.wait_until(lambda answer: answer.status_code == 200)
    chooser, other = new_visit(server.url), new_visit(server.url)
    for visit in (chooser, other):
        visit.open()
    page = chooser.page
    page.locator("#model input").click()
    page.get_by_role("option", name="random-m3").click()
    chooser.compare("red cat", "red dog")
    expect(page.locator("#comparison")).to_contain_text("random-m3", timeout=60 * SECONDS)
    expect(page.locator(".status .model")).to_contain_text("random-m3")
    expect(page.locator(".switched")).to_be_hidden()
    other.compare("red cat", "red dog")
    expect(other.page.locator("#comparison")).to_contain_text("m3-compact")

    named = server.call("compare", "red cat", "red dog", "model-card", "random-m3").output
    assert named["model"]["name"] == "random-m3"
    assert server.call("compare", "red cat", "red dog").output["model"]["name"] == "m3-compact"
    assert "no model '/etc' here" in server.call("compare", "a", "b", "model-card", "/etc").sentence
    assert str(random_checkpoint.parent) not in server.health().text
