"""The page without a mouse, and under fingers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect
from visits import SECONDS, Visit

if TYPE_CHECKING:
    from server import Server

pytestmark = pytest.mark.browser

PATIENCE = 90 * SECONDS
TABS = ("compare", "cross", "retrieval", "deduplicate", "document", "tune", "baselines", "benchmark", "about")
# Everything pressed or filled in that is on the screen and smaller than a finger. A slider has its number
# beside it; words of a text are read first of all.
TOO_SMALL = """() => [...document.querySelectorAll("button, summary, input, [role=tab]")]
  .filter((one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }))
  .filter((one) => !one.matches("input[type=range], input[type=file], .sr *"))
  .filter((one) => one.getBoundingClientRect().width > 1)
  .map((one) => (one.matches("input[type=radio], input[type=checkbox]") && one.closest("label")) || one)
  .filter((one) => Math.min(one.getBoundingClientRect().height, one.getBoundingClientRect().width) < 43.5)
  .map((one) => `${one.tagName} ${one.id} ${one.className} ${one.textContent.trim().slice(0, 30)}`)"""

HEADING_LEVELS = """() => [...document.querySelectorAll("h1, h2, h3, h4")]
  .filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]))"""
# Of a heat map's figures against their cells, as WCAG computes it.
CONTRASTS = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => colour.map((one) => one / 255)
    .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0.05);
  const behind = (one) => {
    const [r, g, b, alpha = 1] = parts(getComputedStyle(one).backgroundColor);
    if (alpha === 1 || !one.parentElement) return [r, g, b];
    return behind(one.parentElement).map((under, i) => under * (1 - alpha) + [r, g, b][i] * alpha);
  };
  return [...document.querySelectorAll(".token-map td")].filter((one) => one.textContent).map((one) => {
    const [ink, paper] = [light(parts(getComputedStyle(one).color)), light(behind(one))];
    return Math.max(ink, paper) / Math.min(ink, paper);
  });
}"""


def focus(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the control has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def go_to(page: Page, tab: str) -> None:
    """From the page's start to a tab, by keys."""
    page.evaluate("document.activeElement?.blur()")
    focus(page, f"#tab-{tab}-button")
    page.keyboard.press("Enter")
    expect(page.locator(f"#tab-{tab}")).to_be_visible()


def write(page: Page, selector: str, text: str) -> None:
    focus(page, selector)
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def test_compare_is_done_by_keys(visit: Visit) -> None:
    page = visit.open()
    write(page, "#text-a textarea", "deep blue sea")
    focus(page, "#compare-swap")
    write(page, "#text-b textarea", "the blue ocean")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".aligned[data-side=B]")).to_contain_text("the blue ocean")
    focus(page, ".aligned")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".detail .chosen")).to_be_visible()
    focus(page, "[data-fold=scores] > summary")
    page.keyboard.press("Enter")
    expect(page.locator("[data-fold=scores] .scores").first).to_be_visible()
    focus(page, "[data-picture=png]")
    with page.expect_download():
        page.keyboard.press("Enter")


def test_cross_lingual_is_done_by_keys(visit: Visit) -> None:
    page = visit.open()
    go_to(page, "cross")
    write(page, "#cross-query textarea", "the sea")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cross-ranking tbody tr")).to_have_count(6)
    focus(page, "#sample-luggage")
    page.keyboard.press("Enter")
    expect(page.locator("#cross-ranking")).to_contain_text("Gepäck")


def test_retrieval_is_done_by_keys(visit: Visit) -> None:
    page = visit.open()
    go_to(page, "retrieval")
    write(page, "#search-query textarea", "coffee machine")
    focus(page, "#search-run")
    page.keyboard.press("Enter")
    expect(page.locator("#search-area .hits")).to_be_visible(timeout=PATIENCE)
    focus(page, "#pipeline-stages button")
    page.keyboard.press("Enter")
    expect(page.locator("#stage-1")).to_be_visible()


def test_deduplicate_is_done_by_keys(visit: Visit) -> None:
    page = visit.open()
    go_to(page, "deduplicate")
    write(page, "#duplicate-lines textarea", "red cat\nred cat\nblue sea")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#duplicates-area .result")).to_contain_text("red cat")
    focus(page, "#duplicate-threshold input")
    before = page.locator("#duplicate-threshold input[type=range]").input_value()
    focus(page, "#duplicate-threshold input[type=range]")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#duplicate-threshold input[type=range]").input_value() != before


def test_weights_are_tuned_by_keys(visit: Visit) -> None:
    page = visit.open()
    go_to(page, "tune")
    focus(page, "#tab-tune .samples button")
    page.keyboard.press("Enter")
    expect(page.locator("#tuning .tune-verdict")).to_be_visible(timeout=PATIENCE)
    focus(page, "#tune-use", most=120)
    page.keyboard.press("Enter")
    expect(page.locator("#tune-used")).to_contain_text("In use in every tab")


def test_everything_pressed_is_as_large_as_a_finger(browser: Browser, server_url: str) -> None:
    visit = Visit(browser, server_url, viewport={"width": 390, "height": 844})
    page = visit.open()
    expect(page.locator("#comparison")).to_be_visible()
    small = {"compare": page.evaluate(TOO_SMALL)}
    for tab in TABS[1:]:
        visit.page.goto("about:blank")
        visit.page.goto(f"{server_url}/#{tab}")
        expect(page.locator(f"#tab-{tab}")).to_be_visible()
        page.wait_for_timeout(1 * SECONDS)
        small[tab] = page.evaluate(TOO_SMALL)
    assert {tab: found for tab, found in small.items() if found} == {}


def test_headings_skip_no_level(visit: Visit) -> None:
    page = visit.open()
    expect(page.locator("#compare-area .result")).to_be_visible(timeout=PATIENCE)
    for tab in TABS:
        if tab != "compare":
            page.click(f"#tab-{tab}-button")
            expect(page.locator(f"#tab-{tab}")).to_be_visible()
        levels = page.evaluate(HEADING_LEVELS)
        assert levels[:2] == [1, 2]
        assert all(below <= above + 1 for above, below in zip(levels, levels[1:], strict=False)), tab


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_of_the_heat_map_can_be_read(browser: Browser, server: Server, scheme: str) -> None:
    visit = Visit(browser, server.url, color_scheme=scheme)
    page = visit.open()
    page.locator("details.heatmap > summary").click()
    expect(page.locator(".token-map td").first).to_be_visible()
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 20
    assert min(contrasts) >= 4.5
    visit.close()
