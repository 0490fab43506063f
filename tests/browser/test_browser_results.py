"""What belongs to a result in a real Chromium: every tab twice in a row, links, languages, keys."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from visits import SECONDS, Visit

pytestmark = pytest.mark.browser

PATIENCE = 90 * SECONDS
# Every line that is painted, and how far things moved, from the first frame on.
WATCH = """
window.painted = new Set();
window.moved = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
}).observe({ type: "layout-shift", buffered: true });
const look = () => {
  const text = document.querySelector("gradio-app")?.innerText ?? "";
  for (const line of text.split("\\n")) window.painted.add(line.trim());
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def downloaded(page: Page, area: str, name: str) -> str:
    """What the button of that file name saves."""
    with page.expect_download() as saved:
        page.locator(f"{area} [data-download='{name}']").click()
    path = saved.value.path()
    assert path is not None
    return Path(path).read_text("utf-8")


def settled(page: Page, area: str, text: str) -> None:
    expect(page.locator(f"{area} .result")).to_contain_text(text, timeout=PATIENCE)
    expect(page.locator(f"{area}[data-stale]")).to_have_count(0)


def test_the_second_comparison_is_the_one_that_is_drawn_and_downloaded(visit: Visit) -> None:
    page = visit.open()
    page.click("#sample-paraphrase")
    settled(page, "#compare-area", "阅读")
    first = downloaded(page, "#compare-area", "bge-m3-compare.json")
    page.click("#sample-negation")
    settled(page, "#compare-area", "Smoking")
    for language in ("EN", "中文"):
        page.get_by_text(language, exact=True).click()
        second = downloaded(page, "#compare-area", "bge-m3-compare.json")
        assert second != first
        answer = json.loads(second)
        shown = page.locator("#compare-area .percent").inner_text()
        assert shown == f"{answer['similarity_percent']:.2f} %"
        assert "Smoking" in second
        assert "阅读" not in page.locator("#compare-area .result").inner_text()
        assert "Smoking" in page.url


def test_the_second_ranking_is_the_one_that_is_shown_and_downloaded(visit: Visit) -> None:
    page = visit.open(tab="cross")
    page.click("#sample-ai")
    settled(page, "#cross-area", "Artificial")
    page.locator("#cross-ranking th[data-sort]").nth(2).click()
    first = downloaded(page, "#cross-area", "bge-m3-cross-lingual.csv")
    page.click("#sample-luggage")
    settled(page, "#cross-area", "Gepäck")
    second = downloaded(page, "#cross-area", "bge-m3-cross-lingual.csv")
    assert "Artificial" in first
    assert "Artificial" not in second
    rows = json.loads(downloaded(page, "#cross-area", "bge-m3-cross-lingual.json"))["rows"]
    cells = page.locator("#cross-ranking tbody tr td.sentence").all_inner_texts()
    assert cells == [row["text"] for row in rows]
    code = page.locator("#cross-area .as-code code").first.evaluate("node => node.textContent")
    assert "Gepäck" in code
    assert "Artificial" not in code


def test_the_second_search_is_the_one_that_is_shown_and_downloaded(visit: Visit) -> None:
    page = visit.open(tab="retrieval")
    page.click("#sample-search-2")
    settled(page, "#search-area", "dormitory")
    first = json.loads(downloaded(page, "#search-area", "bge-m3-search.json"))
    page.click("#sample-search-4")
    expect(page.locator("#search-area .recall")).to_contain_text("x200-e17-en", timeout=PATIENCE)
    second = json.loads(downloaded(page, "#search-area", "bge-m3-search.json"))
    assert (first["query"] == "E-17", second["query"]) == (False, "E-17")
    titles = page.locator("#search-area .hit-title").all_inner_texts()
    assert titles == [hit["passage"]["title"] or hit["passage"]["id"] for hit in second["hits"]]
    table = downloaded(page, "#search-area", "bge-m3-search.csv")
    assert table.count("E-17,") >= 1


def test_an_edited_input_fades_the_result_until_the_next(visit: Visit) -> None:
    page = visit.open(tab="cross")
    page.click("#cross-run")
    settled(page, "#cross-area", "Artificial")
    page.click("#cross-query textarea")
    page.keyboard.type(" and the sea")
    expect(page.locator("#cross-area[data-stale] .stale-note .t:visible")).to_contain_text("changed")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cross-area[data-stale]")).to_have_count(0)
    assert json.loads(downloaded(page, "#cross-area", "bge-m3-cross-lingual.json"))["query"].endswith(
        "the sea"
    )


def test_a_link_of_long_texts_opens_with_them_and_stays_in_the_browser(visit: Visit) -> None:
    page = visit.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    # Long in characters, not in tokens: the answer is not to be waited for.
    texts = ["".join(f"internationale{number % 10} " for number in range(1_200)), "information " * 1_600]
    page.fill("#text-a textarea", texts[0])
    page.fill("#text-b textarea", texts[1])
    page.click("#compare-run")
    page.wait_for_url(re.compile("#compare~"))
    link = page.url
    page.wait_for_timeout(5 * SECONDS)
    page.goto("about:blank")
    visit.errors.clear()
    page.goto(link)
    expect(page.locator("#text-b textarea")).to_have_value(texts[1], timeout=PATIENCE)
    expect(page.locator("#text-a textarea")).to_have_value(texts[0])
    expect(page.locator("#compare-area .result")).to_be_visible(timeout=PATIENCE)
    assert not [url for url in asked if "~" in url.split("#")[0] or "word" in url.split("#")[0]]


def test_tabs_stand_in_the_address_and_back_returns_to_them(visit: Visit) -> None:
    page = visit.open(tab="compare", a="red cat", b="rote Katze", w="0.2/0.3/0.5")
    expect(page.locator("#compare-area .result")).to_be_visible()
    page.wait_for_url(re.compile("#compare"))
    assert "?" not in page.url.split("#")[0]
    expect(page.locator("#compare-weights-custom")).to_be_visible()
    page.click("#tab-about-button")
    page.wait_for_url(re.compile("#about$"))
    page.go_back()
    expect(page.locator("#tab-compare")).to_be_visible()
    expect(page.locator("#text-b textarea")).to_have_value("rote Katze")
    page.go_forward()
    expect(page.locator("#tab-about")).to_be_visible()


def test_the_weights_of_one_tab_are_those_of_all(visit: Visit) -> None:
    page = visit.open()
    page.click("#compare-weights input")
    page.locator("#compare-weights").get_by_role("option").nth(3).click()
    page.click("#tab-retrieval-button")
    page.click("#pipeline-stages button.label-wrap")
    chosen = page.locator("#search-weights input").input_value()
    assert chosen.startswith("keyword")


@pytest.mark.parametrize("width", [1280, 390])
def test_no_frame_shows_a_label_in_the_other_language(browser: Browser, server_url: str, width: int) -> None:
    visit = Visit(browser, server_url, locale="zh-CN", viewport={"width": width, "height": 900})
    visit.page.add_init_script(WATCH)
    page = visit.open()
    expect(page.locator("#compare-area .result")).to_be_visible()
    page.wait_for_timeout(1 * SECONDS)
    painted: list[str] = page.evaluate("[...window.painted]")
    labels = [
        line for line in painted if re.search("[A-Za-z]{3}", line) and not re.search("[\u4e00-\u9fff]", line)
    ]
    # gradio's own clock is hidden by the style sheet; the texts compared are the visitor's.
    others = [line for line in labels if not re.match(r"processing|queue|AI is transforming", line)]
    assert [
        line for line in others if line not in {"ColBERT", "SVG", "AI", "is", "transforming", "the", "world"}
    ] == []
    assert page.evaluate("window.moved") < 0.05
    assert visit.errors == []


def test_the_page_previews_as_itself(visit: Visit) -> None:
    page = visit.open()
    assert page.title() == "BGE-M3 workbench"
    previews = page.evaluate("[...document.querySelectorAll('meta[property^=og]')].map((one) => one.content)")
    assert "BGE-M3 workbench" in previews
    assert not [text for text in previews if "radio" in text]
    picture = page.locator("meta[property='og:image']").get_attribute("content") or ""
    assert picture == f"{visit.address}/preview.png"
    shown = page.request.get(picture)
    assert (shown.status, shown.headers["content-type"]) == (200, "image/png")


def test_what_is_deleted_pasted_or_composed_is_an_edit_like_any_other(visit: Visit) -> None:
    page = visit.open()
    page.click("#sample-paraphrase")
    settled(page, "#compare-area", "阅读")
    page.click("#text-a textarea")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.press("Delete")
    expect(page.locator("#compare-area[data-stale]")).to_have_count(1)
    page.fill("#text-a textarea", "pasted words")
    settled(page, "#compare-area", "pasted")
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "mao", "selectionStart": 3, "selectionEnd": 3})
    keyboard.send("Input.insertText", {"text": "猫"})
    expect(page.locator("#text-a textarea")).to_have_value("pasted words猫")
    settled(page, "#compare-area", "猫")


def test_the_second_failures_reason_stays_beside_the_earlier_result(visit: Visit) -> None:
    page = visit.open(tab="document")
    page.fill("#document-text textarea", "The canteen opens at noon. 食堂中午开门。")
    page.fill("#document-query textarea", "When does it open?")
    page.click("#document-run")
    expect(page.locator("#document-area .result").first).to_be_visible(timeout=PATIENCE)
    reason = page.locator("#document-area > .failure-note")
    expect(reason).to_be_hidden()
    for size, sentence in (("5", "from 16 to 8192"), ("64", "An overlap of 32 tokens does not fit")):
        page.fill("#document-window input", size)
        page.click("#document-run")
        expect(reason).to_contain_text(sentence)
    page.locator("[data-testid=toast-close]").first.click()
    expect(reason).to_be_visible()
    page.get_by_text("中文", exact=True).click()
    expect(reason.get_by_text("An overlap of 32 tokens does not fit")).to_be_hidden()
    expect(reason.get_by_text("32", exact=False).last).to_be_visible()
    page.get_by_text("EN", exact=True).click()
    expect(reason.get_by_text("An overlap of 32 tokens does not fit")).to_be_visible()
    expect(page.locator("#document-area[data-stale]")).to_have_count(1)
    page.fill("#document-window input", "128")
    page.click("#document-run")
    expect(page.locator("#document-area:not([data-stale])")).to_have_count(1, timeout=PATIENCE)
    expect(reason).to_be_hidden()


def test_what_cannot_be_read_brings_no_live_result_and_says_so(visit: Visit) -> None:
    page = visit.open()
    page.fill("#text-a textarea", "😀🎉")
    page.fill("#text-b textarea", "party")
    settled(page, "#compare-area", "party")
    page.fill("#text-a textarea", "\u200b\u200b")
    page.fill("#text-b textarea", "hello")
    page.wait_for_timeout(2 * SECONDS)
    expect(page.locator("#compare-area[data-stale] .stale-note .t:visible")).to_contain_text("earlier run")


def test_on_a_phone_no_figure_of_a_ranking_lies_over_another_or_outside(
    browser: Browser, server_url: str
) -> None:
    visit = Visit(browser, server_url, viewport={"width": 390, "height": 900})
    page = visit.open(tab="cross")
    page.click("#cross-run")
    settled(page, "#cross-area", "Artificial")
    for row in range(2):
        cells = page.locator("#cross-ranking tbody tr").nth(row).locator("td").all()
        boxes = [box for cell in cells if (box := cell.bounding_box())]
        # Seven: a phone leaves out a sparse score of nothing.
        assert len(boxes) == 7
        assert max(box["x"] + box["width"] for box in boxes) <= 390
        for place, a in enumerate(boxes):
            for b in boxes[place + 1 :]:
                beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
                assert beside or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
    visit.close()
