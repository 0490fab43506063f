"""Deduplicate as a visitor uses it: twice with different lines, the threshold, choices, files, no request
elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from visits import Visit

pytestmark = pytest.mark.browser


def opened(visit: Visit) -> Page:
    page = visit.open()
    page.get_by_role("tab", name="Deduplicate").click()
    expect(page.locator("#duplicate-lines textarea")).to_be_visible()
    return page


def search(page: Page, lines: list[str]) -> None:
    page.fill("#duplicate-lines textarea", "\n".join(lines))
    page.click("#duplicates-run")


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.click(f"#duplicate-file-{name}")
    return Path(waiting.value.path()).read_bytes()


def test_two_searches_one_after_the_other_have_their_own_results(visit: Visit) -> None:
    page = opened(visit)
    headline = page.locator("#duplicates-result h3").first
    search(page, ["red apple", "Red  apple", "something else entirely"])
    expect(headline).to_contain_text("another one: 1 of 3 · groups: 1")
    assert downloaded(page, "cleaned") == b"red apple\nsomething else entirely\n"
    first = json.loads(downloaded(page, "answer"))
    search(page, ["four", "lines", "LINES", "FOUR", "  four"])
    expect(headline).to_contain_text("another one: 3 of 5 · groups: 2")
    assert downloaded(page, "cleaned") == b"four\nlines\n"
    second = json.loads(downloaded(page, "answer"))
    assert (first["removed"], second["removed"]) == ([1], [2, 3, 4])
    assert downloaded(page, "groups").decode().count("\r\n") == 6
    assert "four" in downloaded(page, "safe").decode()


def test_a_sample_runs_with_one_click_and_the_threshold_moves(visit: Visit) -> None:
    page = opened(visit)
    page.click("#sample-parts")
    marked = page.locator("#duplicates-result mark")
    expect(marked.filter(has_text="60").first).to_be_visible()
    expect(page.locator("#duplicates-result .flag").first).to_be_visible()
    removed = int(page.locator("#duplicate-count .count .t").first.inner_text().split()[3])
    slider = page.locator("#duplicate-threshold input[type=range]")
    slider.focus()
    for _ in range(60):
        slider.press("ArrowRight")
    expect(page.locator("#duplicate-count .count .t").first).to_have_text("Lines that go: 1 · that stay: 16")
    expect(page.locator("#duplicates-result h3").first).to_contain_text("another one: 1 of 17")
    assert removed > 1
    number = page.locator("#duplicate-threshold input[type=number]")
    for typed, used in (("0.95", 0.95), ("2", 1), ("0.1", None)):
        number.click()
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.type(typed, delay=80)
        page.keyboard.press("Tab")
        if used is None:
            expect(page.locator("#duplicates-result .note.warning .t:visible").first).to_contain_text(
                "was used instead of 0.1000"
            )
        else:
            expect(page.locator("#duplicates-result")).to_contain_text(f"at least {used:.4f}")
            held = page.locator("#duplicate-threshold").get_by_text("Held to the range from 0 to 1")
            expect(held).to_be_visible(visible=typed == "2")


def test_another_line_of_a_group_is_kept_by_hand(visit: Visit) -> None:
    page = opened(visit)
    search(page, ["alpha beta", "ALPHA BETA", "gamma"])
    page.locator("[data-keep-line]").click()
    expect(page.locator(".members tr.kept")).to_contain_text("ALPHA BETA")
    assert downloaded(page, "cleaned") == b"ALPHA BETA\ngamma\n"


def test_nothing_to_search_is_told(visit: Visit) -> None:
    page = opened(visit)
    page.click("#duplicates-run")
    expect(page.locator("#duplicates-area").get_by_text("There is no text to work on")).to_be_visible()
    search(page, ["only one"])
    expect(page.locator("#duplicates-result h3").first).to_contain_text("another one: 0 of 1")


def test_typed_lines_take_the_place_of_a_file(visit: Visit) -> None:
    page = visit.open(tab="deduplicate")
    file = {"name": "rows.txt", "mimeType": "text/plain", "buffer": b"a zebra\na zebra\na lion\n"}
    page.set_input_files("#duplicate-file input[type=file]", files=[file])
    expect(page.locator("#duplicate-file-preview")).to_contain_text("a zebra")
    page.locator("#duplicate-lines textarea").focus()
    page.keyboard.type("one giraffe\none giraffe\n")
    expect(page.locator("#duplicate-file-preview")).to_have_count(0)
    page.click("#duplicates-run")
    expect(page.locator("#duplicates-area .result").first).to_contain_text("giraffe")
    assert "zebra" not in page.locator("#duplicates-area").inner_text()


def test_a_second_set_that_takes_part_is_seen(visit: Visit) -> None:
    page = visit.open(tab="deduplicate")
    second = page.locator("#duplicate-second textarea")
    expect(second).to_be_hidden()
    page.click("#duplicate-second-area button.label-wrap")
    second.fill("a cat\nzwei")
    page.fill("#duplicate-lines textarea", "one cat\nOne  cat")
    page.click("#duplicates-run")
    expect(page.locator("#duplicates-area .result").first).to_be_visible()
    page.reload()
    expect(second).to_be_visible()
    expect(second).to_have_value("a cat\nzwei")
