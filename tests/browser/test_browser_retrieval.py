"""The Retrieval tab in a real Chromium: own files, searching while indexing, links, languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect
from visits import SECONDS, Visit

if TYPE_CHECKING:
    from server import Server

pytestmark = pytest.mark.browser

PATIENCE = 90 * SECONDS
GBK_TABLE = (
    "编号,说明,备注\n"
    '甲,"开机前请先加水。\n水位不得低于""最低""线。",x\n'
    "乙,滤网每三个月更换一次。,y\n"
    "丙,<img src=x onerror=document.title='hacked'>,z\n"
)
# About 2 MB: 1 600 sections, most of them two windows long.
MARKDOWN = "".join(
    f"# Device {number}\n\nDevice {number} hums. {' '.join(f'word{number % 99 + i}' for i in range(165))}\n\n"
    for number in range(1_600)
)
# Whether this many passages are indexed, as the status says.
MORE_INDEXED = "(n) => Number(/(\\d+) of/.exec(document.querySelector('#corpus-status').innerText)?.[1]) >= n"


def choose(page: Page, box: str, option: str) -> None:
    page.locator(f"{box} input").click()
    page.locator(box).get_by_role("option", name=option, exact=True).click()


def add_file(page: Page, name: str, content: bytes) -> None:
    """Open the form and upload; indexing waits for its button."""
    page.click("#corpus-add button.label-wrap")
    page.set_input_files(
        "#corpus-file input[type=file]", files=[{"name": name, "mimeType": "text/plain", "buffer": content}]
    )
    expect(page.locator("#corpus-file")).to_contain_text(name[-4:])


def expect_state(page: Page, state: str) -> None:
    expect(page.locator(f"#corpus-status [data-state={state}]")).to_be_visible(timeout=PATIENCE)


def search(page: Page, query: str, expected: str = "") -> None:
    page.fill("#search-query textarea", query)
    page.fill("#search-expected textarea", expected)
    page.click("#search-run")
    expect(page.locator("#search-result")).to_be_visible(timeout=PATIENCE)


def test_a_spreadsheet_in_gbk_becomes_a_corpus_that_stays_with_the_browser(visit: Visit) -> None:
    page = visit.open(tab="retrieval")
    add_file(page, "手册.csv", GBK_TABLE.encode("gbk"))
    expect(page.locator("#corpus-file-column-id input")).to_have_value("编号")
    choose(page, "#corpus-file-column-text", "说明")
    choose(page, "#corpus-file-column-title", "备注")
    page.click("#corpus-index")
    expect_state(page, "ready")
    expect(page.locator("#corpus-status .t:visible").first).to_have_text("3 passages ready")
    expect(page.locator("#corpus-index")).to_be_hidden()
    search(page, "水位", "甲")
    expect(page.locator(".recall.found .recall-verdict .t:visible").first).to_contain_text("Found, at rank")
    expect(page.locator(".hit-text").filter(has_text='水位不得低于"最低"线。')).to_be_visible()
    expect(page.locator(".hit-text").filter(has_text="<img src=x onerror")).to_be_visible()
    assert "hacked" not in page.title()
    assert page.url.endswith("#retrieval")
    page.get_by_text("中文", exact=True).click()
    expect(page.locator("#corpus-status .t:visible").first).to_have_text("3 个段落已就绪")
    expect(page.locator("#corpus input")).to_have_value("手册.csv")
    # A request that a reload breaks off is an error in gradio's console.
    page.wait_for_timeout(3 * SECONDS)
    page.reload()
    expect(page.locator("#corpus input")).to_have_value("手册.csv")
    expect(page.locator("#corpus-status .t:visible").first).to_have_text("3 个段落已就绪")
    page.click("#corpus-remove")
    page.click("#corpus-remove_sure")
    expect(page.locator("#corpus input")).to_have_value(re.compile("^内置"))
    page.locator("#corpus input").click()
    expect(page.get_by_role("option", name="手册.csv")).to_have_count(0)


def indexed(page: Page) -> int:
    """How many passages the status names."""
    numbers = re.search(r"(\d+) of (\d+) passages", page.locator("#corpus-status").inner_text())
    assert numbers is not None
    return int(numbers[1])


def test_two_megabytes_of_markdown_are_searched_while_they_are_indexed(visit: Visit) -> None:
    assert 1_900_000 < len(MARKDOWN) < 2_100_000
    page = visit.open(tab="retrieval")
    add_file(page, "devices.md", MARKDOWN.encode())
    page.click("#corpus-index")
    expect_state(page, "indexing")
    expect(page.locator("#corpus-status .bar")).to_be_visible()
    before = indexed(page)
    page.wait_for_function(MORE_INDEXED, arg=before + 64, timeout=PATIENCE)
    search(page, MARKDOWN.split("\n\n")[1][:300], "Device 0 hums")
    expect(page.locator(".hit-title", has_text="Device 0").first).to_be_visible()
    expect(
        page.locator(".note .t:visible", has_text="passages were indexed when this was searched")
    ).to_be_visible()
    page.click("#corpus-stop")
    expect_state(page, "incomplete")
    expect(page.locator("#corpus-status .t:visible", has_text="Indexing was cancelled.")).to_be_visible()
    kept = indexed(page)
    assert kept > before
    page.click("#corpus-remove")
    page.click("#corpus-remove_sure")
    expect(page.locator("#corpus input")).to_have_value(re.compile("^Built-in"))


def test_pasted_paragraphs_are_searched_with_a_pipeline_of_ones_own(visit: Visit) -> None:
    page = visit.open(tab="retrieval")
    page.click("#corpus-add button.label-wrap")
    page.fill("#corpus-text textarea", "The kettle is blue.\n\nThe lamp is red.\n\nNobody is home.")
    page.click("#corpus-index")
    expect_state(page, "ready")
    choose(page, "#pipeline", "BM25 only")
    page.click("#pipeline-stages button.label-wrap")
    expect(page.locator("#stage-1 input")).to_have_value("BM25")
    choose(page, "#stage-2", "dense")
    expect(page.locator("#pipeline input")).to_have_value("custom")
    search(page, "The lamp is here", "kettle is blue")
    expect(page.locator(".hit")).to_have_count(3)
    expect(page.locator("svg.movement .move")).to_have_count(3)
    page.locator("#stage-1-k input").fill("1")
    page.locator("#stage-1-k input").blur()
    page.click("#search-run")
    expect(page.locator(".recall.lost .recall-verdict .t:visible").first).to_contain_text(
        "Lost at stage 1 (BM25)"
    )
    expect(page.locator(".remedies li").first).to_be_visible()


def test_a_shared_link_runs_its_search(visit: Visit) -> None:
    page = visit.open(tab="retrieval", q="E-17", e="x200-e17-en", p="bm25 20 > dense 20")
    expect(page.locator(".recall.found")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#search-expected textarea")).to_have_value("x200-e17-en")
    expect(page.locator("#pipeline input")).to_have_value("custom")
    page.click("#pipeline-stages button.label-wrap")
    expect(page.locator("#stage-1-k input")).to_have_value("20")
    assert "q=E-17" in page.url


@pytest.mark.parametrize("pipeline", ["three-stage", "<img src=x onerror=document.title='hacked'> 7"])
def test_a_link_may_name_a_preset_and_a_bad_one_gets_a_sentence(visit: Visit, pipeline: str) -> None:
    page = visit.open(tab="retrieval", q="E-17", p=pipeline)
    if pipeline == "three-stage":
        expect(page.locator("#search-result")).to_be_visible(timeout=PATIENCE)
        expect(page.locator("#pipeline input")).to_have_value("BM25 → dense → ColBERT")
    else:
        expect(page.locator(".toast-body")).to_contain_text("Unknown pipeline")
        assert "hacked" not in page.title()


def test_nothing_overflows_a_phone(browser: Browser, server: Server) -> None:
    visit = Visit(browser, server.url, viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = visit.open(tab="retrieval")
    page.click("#sample-search-1")
    expect(page.locator("#search-result")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".recall")).to_be_visible()
    for area in ("#corpus-add", "#pipeline-stages", "#evaluation"):
        page.click(f"{area} button.label-wrap")
    page.click("#evaluation-run")
    expect(page.locator("#evaluation-result")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    visible = page.locator("#search-result .t:visible, #evaluation-result .t:visible").all_text_contents()
    assert not [text for text in visible if text.isascii() and len(text.split()) > 2]
    assert visit.elsewhere == visit.errors == []


def test_the_passage_that_a_sample_names_goes_with_its_corpus_and_a_typed_one_stays(visit: Visit) -> None:
    page = visit.open(tab="retrieval")
    add_file(page, "own.txt", b"red cat\n\nred dog")
    page.click("#corpus-index")
    expect_state(page, "ready")
    expect(page.locator("#corpus input")).to_have_value("own.txt")
    page.wait_for_timeout(1 * SECONDS)
    page.click("#sample-search-2")
    wanted = page.locator("#search-expected textarea")
    expect(wanted).not_to_have_value("")
    expect(page.locator("#corpus input")).to_have_value("Built-in: a fictional company, 13 languages")
    choose(page, "#corpus", "own.txt")
    expect(wanted).to_have_value("")
    search(page, "red cat", "some words of mine")
    choose(page, "#corpus", "Built-in: a fictional company, 13 languages")
    choose(page, "#corpus", "own.txt")
    expect(wanted).to_have_value("some words of mine")
    expect(page.locator("#recall-skipped .t:visible")).to_contain_text("“some words of mine”")
