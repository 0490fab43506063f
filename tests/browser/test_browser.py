"""The page and its other tabs in a real Chromium: what a visitor does, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from visits import SECONDS, Visit

pytestmark = pytest.mark.browser


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
    card = page.locator("#comparison .percent")
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
    expect(page.locator("#cross-upload-preview")).to_contain_text("Read as GB18030")
    expect(page.locator("#cross-table")).not_to_contain_text("明天去爬山")
    page.click("#cross-upload-take")
    expect(page.locator("#cross-upload-read")).to_be_hidden()
    expect(page.locator("#cross-table")).to_contain_text("明天去爬山")
    page.fill("#cross-query textarea", "登山")
    page.click("#cross-run")
    expect(page.locator(".ranking tbody tr")).to_have_count(2)


def test_rows_pasted_into_the_table_are_read_like_a_file(visit: Visit) -> None:
    page = visit.open(tab="cross")
    page.locator("#cross-table [data-testid=cell-0-1]:visible").first.click()
    page.evaluate(
        """(text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
          document.activeElement.dispatchEvent(paste);
        }""",
        "en\tI am hungry\nzh\t我饿了\n",
    )
    expect(page.locator("#cross-upload-preview")).to_contain_text("Rows: 2, used: 2")
    page.click("#cross-upload-take")
    expect(page.locator("#cross-table")).to_contain_text("我饿了")


def test_what_gradio_says_of_files_follows_the_switch(visit: Visit) -> None:
    page = visit.open(tab="deduplicate")
    box = page.locator("#duplicate-file [data-testid=upload-text]")
    expect(box).to_contain_text("Click to Upload")
    page.get_by_text("中文", exact=True).click()
    expect(box).to_contain_text("点击上传")
    dropped = page.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['x'], 'a.mp4')); return data; }"
    )
    page.dispatch_event("#duplicate-file .upload-container", "drop", {"dataTransfer": dropped})
    expect(page.get_by_test_id("toast-text")).to_contain_text("此处无法读取 a.mp4。")


def test_about_speaks_both_languages(visit: Visit) -> None:
    page = visit.open(tab="about", lang="en")
    expect(page.locator("#about")).to_contain_text("XLM-RoBERTa-large")
    expect(page.locator("#about")).to_contain_text("It is text only.")
    figures = page.locator(".self-check").bounding_box()
    sentences = page.locator("#about").bounding_box()
    assert figures is not None
    assert sentences is not None
    assert sentences["y"] < figures["y"]
    page.get_by_text("中文", exact=True).click()
    expect(page.locator("#about")).to_contain_text("只支持文本")


def test_the_benchmark_measures_and_can_be_cancelled(visit: Visit) -> None:
    page = visit.open(tab="benchmark")
    page.get_by_label("512").uncheck()
    page.click("#benchmark-run")
    expect(page.locator("#tab-benchmark .result tbody tr")).to_have_count(9, timeout=60 * SECONDS)
    # Enough to be cancelled before it ends.
    page.get_by_label("512").check()
    page.locator("#benchmark-sizes").get_by_label("32").check()
    page.click("#benchmark-run")
    page.click("#benchmark-cancel")
    page.click("#tab-compare-button")
    page.click("#sample-paraphrase")
    expect(page.locator("#comparison")).to_be_visible()
