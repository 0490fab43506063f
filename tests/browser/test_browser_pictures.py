"""Pictures and files made in a real Chromium from a result: whose result, what they show."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from visits import Visit

pytestmark = pytest.mark.browser

ARABIC = "الذكاء الاصطناعي يغير العالم في كل مكان وزمان ويؤثر في حياة الناس " * 8
HOSTILE = '<script>alert(1)</script> & "quotes" ]]> \x07'


HITS = "document.querySelector('#search-area .hits')?.innerHTML ?? null"


def picture(page: Page, kind: str, area: str = "#compare-area") -> Path:
    with page.expect_download() as saved:
        page.click(f"{area} [data-picture={kind}]")
    return Path(saved.value.path())


def written(page: Page, area: str = "#compare-area") -> list[str]:
    """The lines of the picture; it must be sound XML."""
    root = ElementTree.parse(picture(page, "svg", area)).getroot()
    return [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]


def pixels(page: Page) -> bytes:
    with Image.open(picture(page, "png")) as image:
        assert image.size == (2400, 1260)
        return image.tobytes()


def compared(visit: Visit, a: str, b: str) -> Page:
    page = visit.compare(a, b)
    expect(page.locator(".aligned[data-side=B]")).to_contain_text(b[:20].strip())
    expect(page.locator("#compare-area[data-stale]")).to_have_count(0)
    return page


def test_a_picture_is_one_of_the_second_result_and_not_of_the_boxes(visit: Visit) -> None:
    visit.open()
    page = compared(visit, "one red cat", "a red dog")
    first = pixels(page)
    page = compared(visit, "deep blue sea", "der blaue Ozean")
    lines = written(page)
    assert {"deep blue sea", "der blaue Ozean"} <= set(lines)
    assert page.locator("#comparison .percent").inner_text() in lines
    assert "m3-compact, the small stand-in for BAAI/bge-m3 · BGE-M3 workbench" in lines
    links = [line for line in lines if line in {"blue", "blaue"}]
    assert links == ["blue", "blaue"]
    assert "cat" not in " ".join(lines)
    second = pixels(page)
    # Typed, and not compared: a text this long does not follow by itself.
    page.fill("#text-b textarea", "other " * 500)
    assert "der blaue Ozean" in written(page)
    compared(visit, "one red cat", "a red dog")
    assert pixels(page) == first != second


def test_a_picture_cuts_long_texts_and_holds_hostile_ones(visit: Visit) -> None:
    visit.open(lang="zh")
    page = compared(visit, "我喜欢看书，" * 60, ARABIC)
    lines = written(page)
    assert [line[-1] for line in lines if line.endswith("…")] == ["…", "…"]
    assert {"文本 A", "文本 B"} <= set(lines)
    root = ElementTree.parse(picture(page, "svg")).getroot()
    turned = [
        node for node in root.iter() if node.get("direction") == "rtl" and float(node.get("x", 0)) > 1100
    ]
    assert len(turned) == 2
    page = compared(visit, HOSTILE, "plain")
    assert '<script>alert(1)</script> & "quotes" ]]>' in written(page)
    pixels(page)


def test_a_recall_check_has_its_picture(visit: Visit) -> None:
    page = visit.open(tab="retrieval")
    for number, query in ((1, "地震"), (2, "dormitory")):
        earlier = page.evaluate(HITS)
        page.click(f"#sample-search-{number}")
        expect(page.locator("#search-query textarea")).to_have_value(re.compile(query))
        page.wait_for_function(f"(earlier) => ({HITS}) !== earlier", arg=earlier, timeout=90_000)
        expect(page.locator("#search-area[data-stale]")).to_have_count(0)
        lines = written(page, "#search-area")
        assert page.locator("#search-query textarea").input_value() in " ".join(lines)
        assert page.locator(".recall-verdict .t:visible").inner_text() in lines


def test_a_report_of_the_second_result_opens_offline(visit: Visit, browser: Browser, tmp_path: Path) -> None:
    visit.open()
    compared(visit, "one red cat", "a red dog")
    page = compared(visit, HOSTILE + " deep blue sea", "der blaue Ozean")
    number = page.locator("#comparison .percent").inner_text()
    with page.expect_download() as saved:
        page.click("[data-report]")
    saved.value.save_as(tmp_path / "report.html")
    context = browser.new_context(offline=True, locale="en-US")
    report = context.new_page()
    errors: list[str] = []
    report.on("pageerror", lambda error: errors.append(str(error)))
    asked: list[str] = []
    report.on("request", lambda request: asked.append(request.url))
    report.goto((tmp_path / "report.html").as_uri())
    expect(report.locator(".percent")).to_have_text(number)
    expect(report.locator(".aligned[data-side=B]")).to_contain_text("der blaue Ozean")
    expect(report.locator("svg.links path").first).to_be_attached()
    report.locator("details.heatmap > summary").click()
    expect(report.locator("[data-heatmap] tbody th").first).to_be_visible()
    report.get_by_text("EN / 中文").click()
    expect(report.locator("[data-fold=keywords] > summary .t:visible")).to_have_text("关键词")
    assert "red cat" not in report.content().split("</script>")[-1]
    assert (errors, len(asked)) == ([], 1)
    context.close()
