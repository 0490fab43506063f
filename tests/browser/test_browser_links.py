"""Every tab's link in a real Chromium: what was given is there again, and Back keeps the place."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from visits import SECONDS, Visit

pytestmark = pytest.mark.browser

PATIENCE = 120 * SECONDS
PAIRS = "\n".join(
    line
    for i in range(8)
    for line in (f"red cat {i}\tred cats {i}\t1", f"blue sea {i}\tprices rose in May {i}\t0")
)
# Tab: the box, its working area, what is given.
GIVEN = {
    "cross": ("#cross-query", "cross", "the deep blue sea"),
    "retrieval": ("#search-query", "search", "coffee machine & <b>tea</b>?"),
    "deduplicate": ("#duplicate-lines", "duplicates", "\n".join(f"line number {i}" for i in range(400))),
    "document": ("#document-text", "document", "The library lends books for four weeks. " * 60),
    "tune": ("#tune-pairs", "tune", PAIRS),
    "baselines": ("#baselines-pairs", "baselines", PAIRS),
}


@pytest.mark.parametrize("tab", GIVEN)
def test_a_tabs_link_brings_its_inputs_back(visit: Visit, tab: str) -> None:
    box, area, given = GIVEN[tab]
    page = visit.open()
    page.click(f"#tab-{tab}-button")
    page.fill(f"{box} textarea", given)
    page.click(f"#{area}-run")
    expect(page.locator(f"#{area}-area .result").first).to_be_visible(timeout=PATIENCE)
    page.wait_for_url(re.compile(f"#{tab}[?~]"))
    link = page.url
    assert "?" not in link.split("#")[0]
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(f"{box} textarea")).to_have_value(given, timeout=PATIENCE)
    expect(page.locator(f"#{area}-area .result").first).to_be_visible(timeout=PATIENCE)
    page.click("#tab-about-button")
    page.wait_for_url(re.compile("#about$"))
    page.go_back()
    expect(page.locator(f"#tab-{tab}")).to_be_visible()
    expect(page.locator(f"{box} textarea")).to_have_value(given)
    expect(page.locator(f"#{area}-area .result").first).to_be_visible(timeout=PATIENCE)


def test_a_link_with_weights_that_are_none_says_so_once(visit: Visit) -> None:
    page = visit.open(tab="compare", a="red cat", b="rote Katze", w="9/9")
    told = page.locator(".toast-body [data-testid='toast-text']")
    expect(told).to_contain_text("Unknown weights '9/9'")
    page.wait_for_timeout(2 * SECONDS)
    expect(told).to_have_count(1)
    assert "/gradio_api" not in told.inner_text()


@pytest.mark.parametrize("tab", ["benchmark", "about"])
def test_a_tab_without_inputs_has_its_place(visit: Visit, tab: str) -> None:
    page = visit.open()
    page.click(f"#tab-{tab}-button")
    page.wait_for_url(re.compile(f"#{tab}$"))
    page.reload()
    expect(page.locator(f"#tab-{tab}")).to_be_visible()
    page.go_back()
    expect(page.locator("#tab-compare")).to_be_visible()


def test_chosen_weights_survive_a_reload_and_a_links_win(visit: Visit) -> None:
    page = visit.open()
    page.click("#compare-weights input")
    page.locator("#compare-weights").get_by_role("option").nth(3).click()
    expect(page.locator("#weights textarea")).to_have_value("keyword")
    page.goto("about:blank")
    visit.open()
    expect(page.locator("#weights textarea")).to_have_value("keyword")
    expect(page.locator("#compare-weights input")).to_have_value(re.compile("^keyword"))
    page.goto("about:blank")
    visit.open(tab="compare", a="red cat", b="rote Katze", w="0.2/0.3/0.5")
    expect(page.locator("#weights textarea")).to_have_value("0.2/0.3/0.5")
