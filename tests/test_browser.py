"""The page in a real Chromium, network cut except for the server: what a visitor does, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browsing import SECONDS, Visit
from playwright.sync_api import Browser, Page, expect

pytest_plugins = ("server",)
pytestmark = pytest.mark.browser

HOSTILE = (
    "<img src=x onerror=document.title='hacked'> ${document.title='hacked'} {{7*7}} </template><b>bold</b>"
)


def percent(page: Page) -> float:
    return float(page.locator("#comparison .percent").inner_text().removesuffix(" %"))


def test_two_typed_texts_are_explained(visit: Visit) -> None:
    visit.open()
    page = visit.compare("我喜欢看书", "阅读使我快乐")
    expect(page.locator("#comparison .verdict .band:visible")).to_contain_text("related")
    assert percent(page) > 60
    expect(page.locator("#comparison .scores tr")).to_have_count(6 + 6)
    assert page.locator(".aligned[data-side=A] .w").all_inner_texts() == ["我", "喜欢", "看", "书"]
    expect(page.locator("#count-a")).to_contain_text("6/8192 tokens")


def test_unrelated_texts_fall_in_a_lower_band(visit: Visit) -> None:
    page = visit.open()
    page.click("#sample-unrelated")
    expect(page.locator("#comparison .verdict-line .band-unrelated")).to_be_visible()
    assert percent(page) < 30
    expect(page.locator("#text-a textarea")).to_have_value("今天天气很好")


def test_a_hovered_or_focused_word_lights_up_its_matches(visit: Visit) -> None:
    page = visit.open()
    page.click("#sample-paraphrase")
    words = page.locator(".aligned[data-side=A] .w")
    words.nth(1).hover()
    best = int((words.nth(1).get_attribute("data-m") or "").split(":")[0])
    expect(page.locator(f".aligned[data-side=B] .w[data-w='{best}']")).to_have_class("w match")
    expect(page.locator(".detail .word")).to_have_text("喜欢")
    page.locator(".aligned[data-side=B] .w").nth(0).focus()
    expect(page.locator(".aligned[data-side=A] .w.match").first).to_be_visible()
    expect(page.locator(".detail .direction")).to_contain_text("B → A")


def test_the_heat_map_opens_and_grows(visit: Visit) -> None:
    visit.open()
    page = visit.compare(
        "one two three four five six seven " * 6, "red green blue yellow black white grey " * 6
    )
    page.locator("details.heatmap summary").click()
    rows = page.locator("[data-heatmap] tbody tr")
    expect(rows).to_have_count(20)
    expect(page.locator("[data-heatmap-note] .t:visible")).to_contain_text("strongest 20 of")
    page.click("[data-heatmap-more]")
    assert rows.count() > 20


def test_the_language_switch_translates_labels_and_results(visit: Visit) -> None:
    page = visit.open()
    page.click("#sample-paraphrase")
    expect(page.locator(".verdict .band .t:visible")).to_have_text("related")
    before = page.locator("#comparison .percent").inner_text()
    page.get_by_text("中文", exact=True).click()
    expect(page.locator("#compare-run")).to_have_text("比较")
    expect(page.get_by_label("文本 A（查询）")).to_have_value("我喜欢看书")
    expect(page.locator(".verdict .band .t:visible")).to_have_text("语义相关")
    assert page.locator("#comparison .percent").inner_text() == before
    visible = page.locator("#comparison .t:visible").all_inner_texts()
    assert not [text for text in visible if text.isascii() and len(text.split()) > 2]
    page.get_by_role("tab", name="跨语言").click()
    expect(page.locator("#cross-table th", has_text="语言").first).to_be_visible()
    page.click("#sample-luggage")
    expect(page.locator("#cross-table")).to_contain_text("Gepäck")
    expect(page.locator("#cross-table th", has_text="语言").first).to_be_visible()


@pytest.mark.parametrize(("locale", "button"), [("zh-CN", "比较"), ("de-DE", "Compare")])
def test_the_page_starts_in_the_browsers_language(
    browser: Browser, server_url: str, locale: str, button: str
) -> None:
    visit = Visit(browser, server_url, locale=locale)
    page = visit.open()
    expect(page.locator("#compare-run")).to_have_text(button)
    assert visit.errors == []


def test_dark_and_light_can_be_switched_and_are_kept(visit: Visit) -> None:
    page = visit.open()
    card = page.locator("#compare-result .empty")
    light = card.evaluate("node => getComputedStyle(node).color")
    page.click("#theme")
    expect(card).not_to_have_css("color", light)
    page.reload()
    expect(page.locator("body.dark")).to_be_visible()


@pytest.mark.parametrize("tab", ["compare", "cross", "retrieval", "benchmark", "about"])
def test_nothing_overflows_a_phone(browser: Browser, server_url: str, tab: str) -> None:
    visit = Visit(browser, server_url, viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = visit.open(tab=tab)
    expect(page.locator(f"#tab-{tab}")).to_be_visible()
    if tab == "compare":
        page.click("#sample-question")
        expect(page.locator("#comparison")).to_be_visible()
    elif tab == "cross":
        page.click("#cross-run")
        expect(page.locator("#cross-lingual-result")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert visit.errors == []


def test_a_shared_link_restores_texts_weights_and_result(visit: Visit) -> None:
    page = visit.open(tab="compare", a="人工智能", b="AI", w="0.5/0.2/0.3")
    expect(page.locator("#comparison .scores tr.sum").first).to_be_visible()
    expect(page.locator("#text-b textarea")).to_have_value("AI")
    expect(page.locator("#comparison .scores .fine .t:visible").first).to_contain_text("0.5 ×")
    expect(page.locator("#weight-dense input[type=number]")).to_have_value("0.5")


def test_a_page_opened_without_texts_runs_nothing(visit: Visit) -> None:
    page = visit.open()
    page.wait_for_timeout(1 * SECONDS)
    expect(page.locator("#compare-result .empty")).to_be_visible()
    expect(page.locator(".toast-body")).to_have_count(0)


def test_the_address_follows_the_comparison(visit: Visit) -> None:
    visit.open()
    page = visit.compare("green tea", "绿茶")
    expect(page.locator("#comparison")).to_be_visible()
    assert "a=green+tea" in page.url
    page.reload()
    expect(page.locator("#comparison")).to_be_visible()
    expect(page.locator("#text-b textarea")).to_have_value("绿茶")


def test_the_download_is_the_comparison_as_json(visit: Visit, tmp_path: Path) -> None:
    visit.open()
    page = visit.compare(HOSTILE, "plain text")
    with page.expect_download() as started:
        page.click("[data-download]")
    started.value.save_as(tmp_path / "result.json")
    answer = json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert answer["similarity_percent"] == percent(page)
    assert answer["model"]["name"] == "m3-compact"


def test_hostile_text_is_shown_and_never_run(visit: Visit) -> None:
    visit.open(a=HOSTILE, b=HOSTILE)
    page = visit.page
    expect(page.locator("#comparison")).to_be_visible()
    assert (
        page.locator(".aligned[data-side=A]")
        .inner_text()
        .replace("\n", "")
        .endswith("</template><b>bold</b>")
    )
    assert page.locator("#comparison img, #comparison .aligned b").count() == 0
    page.click("#tab-cross-button")
    page.fill("#cross-query textarea", HOSTILE)
    page.click("#cross-run")
    expect(page.locator("#cross-lingual-result")).to_be_visible()
    assert "hacked" not in page.title()


def test_a_blank_text_gets_a_sentence_and_loses_nothing(visit: Visit) -> None:
    page = visit.open()
    page.click("#sample-paraphrase")
    expect(page.locator("#comparison")).to_be_visible()
    page.fill("#text-a textarea", "   ")
    page.click("#compare-run")
    expect(page.locator(".toast-body")).to_contain_text("Text A (query) is blank")
    expect(page.locator("#comparison")).to_be_visible()
    expect(page.locator("#text-b textarea")).to_have_value("阅读使我快乐")


def test_a_megabyte_paste_gets_a_sentence_in_the_visitors_language(visit: Visit) -> None:
    page = visit.open(lang="zh")
    page.fill("#text-a textarea", "long " * 200_000)
    page.fill("#text-b textarea", "短")
    expect(page.locator("#count-a .over")).to_be_visible()
    page.click("#compare-run")
    expect(page.locator(".toast-body")).to_contain_text("最多 50000 个")


def test_swap_and_custom_weights(visit: Visit) -> None:
    visit.open()
    page = visit.compare("a short question", "a long answer to it")
    expect(page.locator("#comparison")).to_be_visible()
    page.click("#compare-swap")
    expect(page.locator("#text-a textarea")).to_have_value("a long answer to it")
    page.locator("#weights-preset input").click()
    page.get_by_role("option", name="custom …").click()
    page.locator("#weight-sparse input[type=number]").fill("0")
    page.locator("#weight-sparse input[type=number]").blur()
    page.click("#compare-run")
    expect(page.locator("#comparison .scores .fine .t:visible").first).to_contain_text("0 ×")


def test_cross_lingual_ranks_translations_above_the_control(visit: Visit) -> None:
    page = visit.open(tab="cross")
    page.click("#cross-run")
    rows = page.locator(".ranking tbody tr")
    expect(rows).to_have_count(6)
    assert rows.last.locator("td").nth(1).inner_text() == "control"
    expect(page.locator(".cells tbody tr")).to_have_count(7)
    page.click("#sample-luggage")
    expect(page.locator(".ranking")).to_contain_text("Gepäck")


def test_an_uploaded_gbk_file_fills_the_table(visit: Visit) -> None:
    page = visit.open(tab="cross")
    content = '语言,句子\nzh,明天去爬山\nen,"hiking, tomorrow"\n'.encode("gbk")
    with page.expect_file_chooser() as chooser:
        page.click("#cross-upload")
    chooser.value.set_files({"name": "a.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.locator("#cross-table")).to_contain_text("明天去爬山")
    page.fill("#cross-query textarea", "登山")
    page.click("#cross-run")
    expect(page.locator(".ranking tbody tr")).to_have_count(2)


def test_about_speaks_both_languages(visit: Visit) -> None:
    page = visit.open(tab="about", lang="en")
    expect(page.locator("#about")).to_contain_text("XLM-RoBERTa-large")
    expect(page.locator("#about")).to_contain_text("It is text only.")
    page.get_by_text("中文", exact=True).click()
    expect(page.locator("#about")).to_contain_text("只支持文本")


def test_the_keyboard_alone_compares(visit: Visit) -> None:
    page = visit.open()
    page.locator("#text-a textarea").focus()
    page.keyboard.type("sea")
    page.locator("#text-b textarea").focus()
    page.keyboard.type("ocean")
    page.locator("#compare-run").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#comparison")).to_be_visible()
    page.locator(".aligned[data-side=A] .w").first.focus()
    expect(page.locator(".detail .chosen")).to_be_visible()


def test_the_benchmark_measures_and_can_be_cancelled(visit: Visit) -> None:
    page = visit.open(tab="benchmark")
    page.get_by_label("512").uncheck()
    page.click("#benchmark-run")
    expect(page.locator("#tab-benchmark .result tbody tr")).to_have_count(9, timeout=60 * SECONDS)
    page.click("#benchmark-run")
    page.click("#benchmark-cancel")
    page.click("#tab-compare-button")
    page.click("#sample-paraphrase")
    expect(page.locator("#comparison")).to_be_visible()
