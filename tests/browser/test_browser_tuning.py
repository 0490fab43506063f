"""Tune weights and Baselines in a real browser: own pairs, weights of one visitor only, links."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from visits import SECONDS, Visit

pytestmark = pytest.mark.browser


def test_a_message_covers_no_tab_and_stays_with_its_own(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("tab", name="Tune weights").click()
    page.click("#tune-run")
    toast = page.locator(".toast-body.error")
    expect(toast).to_contain_text("The box of pairs is empty")
    tabs, message = page.locator(".tab-container").first.bounding_box(), toast.bounding_box()
    assert tabs
    assert message
    assert message["y"] > tabs["y"] + tabs["height"]
    page.get_by_role("tab", name="Baselines").click()
    expect(toast).to_have_count(0)
    page.get_by_role("tab", name="Tune weights").click()
    expect(page.locator("#tune-area > .failure-note")).to_contain_text("The box of pairs is empty")


def test_what_gradio_reads_aloud_is_in_the_pages_language(visit: Visit) -> None:
    page = visit.open(lang="zh")
    page.evaluate(
        """() => { window.heard = new Set(); const tell = () => {
        document.querySelectorAll(".sr-only").forEach((one) => heard.add(one.textContent.trim()));
        requestAnimationFrame(tell); }; tell(); }"""
    )
    page.click("#compare-run")
    page.wait_for_function("() => heard.has('完成')")


PAIRS = {
    "words": [
        ("yes", "no"),
        "A red cat sleeps.\tThe red cat is asleep.\t{0}\nA red cat sleeps.\tPrices rose in May.\t{1}",
    ],
    "numbers": [("1", "0"), "我喜欢看书\t阅读使我快乐\t{0}\n我喜欢看书\t今天股市下跌\t{1}"],
}


@pytest.fixture
def other(browser: Browser, server_url: str) -> Iterator[Visit]:
    """A second visitor, with a browser store of their own."""
    visit = Visit(browser, server_url)
    yield visit
    visit.close()


def _open(visit: Visit, tab: str) -> Page:
    page = visit.open(lang="en")
    page.click(f"#tab-{tab}-button")
    return page


def _own_pairs(name: str) -> str:
    labels, lines = PAIRS[name]
    pair = str(lines).format(*labels)
    # Pairs need texts of their own, or they would all be one group.
    return "\n".join(line.replace("\t", f" ({i}) \t", 1) for i in range(8) for line in pair.splitlines())


@pytest.mark.parametrize("name", PAIRS)
def test_own_pairs_are_tuned(visit: Visit, name: str) -> None:
    page = _open(visit, "tune")
    page.fill("#tune-pairs textarea", _own_pairs(name))
    expect(page.locator("#tune-preview")).to_contain_text("16 labelled pairs")
    page.click("#tune-run")
    expect(page.locator("#tuning .tune-verdict")).to_be_visible(timeout=90 * SECONDS)
    expect(page.locator("#tuning")).to_contain_text("16 pairs are too few")
    expect(page.locator("#tuning-threshold .facts")).to_contain_text("precision")
    assert "#tune" in page.url


def test_weights_are_one_visitors_in_every_tab_and_stay(visit: Visit, other: Visit) -> None:
    page = _open(visit, "tune")
    page.click("#sample-pairs_en")
    expect(page.locator("#tuning .tune-verdict")).to_be_visible(timeout=90 * SECONDS)
    page.click("#tune-use")
    expect(page.locator("#tune-used")).to_contain_text("In use in every tab")
    used = page.locator("#tune-used code, #tune-used .t").first.inner_text()
    weights = used.split(": ")[1].split(". Only")[0]
    page.goto(f"{visit.address}/?lang=en")
    expect(page.locator("#weights textarea, #weights input").first).to_have_value(weights)
    stranger = other.open(lang="en")
    expect(stranger.locator("#weights textarea, #weights input").first).to_have_value("model-card")
    _open(visit, "tune").click("#tune-forget")
    expect(page.locator("#weights textarea, #weights input").first).to_have_value("model-card")


def test_a_wrong_pair_opens_in_compare_with_its_weights(visit: Visit) -> None:
    page = _open(visit, "tune")
    page.click("#sample-pairs_zh")
    link = page.locator("#tuning-threshold .tune-wrong a").first
    expect(link).to_be_visible(timeout=90 * SECONDS)
    row = page.locator("#tuning-threshold .tune-wrong tbody tr").first.locator("td")
    text_a = row.nth(1).inner_text()
    weights = str(link.get_attribute("href")).split("w=")[1].replace("%2F", "/")
    page.goto(f"{visit.address}/?lang=en{link.get_attribute('href')}")
    expect(page.locator("#text-a textarea")).to_have_value(text_a)
    expect(page.locator("#weights textarea, #weights input").first).to_have_value(weights)


@pytest.mark.parametrize("sample", ["scenarios_en", "scenarios_zh"])
def test_models_stand_side_by_side(visit: Visit, sample: str) -> None:
    page = _open(visit, "baselines")
    page.click(f"#sample-{sample}")
    expect(page.locator("#baselines")).to_contain_text("character n-grams", timeout=90 * SECONDS)
    expect(page.locator("#baselines .score-strips svg")).to_have_count(3)
    expect(page.locator("#baselines .missing-encoders li").first).to_contain_text("hf download")


def test_on_a_phone_the_figures_have_room_for_their_heads(browser: Browser, server_url: str) -> None:
    """The measure's head is not torn between the signs of a word, nor taller than two lines."""
    visit = Visit(browser, server_url, viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = visit.open(tab="tune", lang="zh")
    page.fill("#tune-pairs textarea", _own_pairs("numbers"))
    page.click("#tune-run")
    expect(page.locator("#tuning .tune-verdict")).to_be_visible(timeout=90 * SECONDS)
    head = page.locator(".tune-figures thead th").nth(1)
    expect(head).to_contain_text("AUC（区分度）")
    box = head.bounding_box()
    assert box
    assert box["width"] >= 75
    assert box["height"] < 70
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    visit.close()
