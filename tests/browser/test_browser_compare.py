"""The Compare tab in a real Chromium: what a visitor does there, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from visits import SECONDS, Visit

pytestmark = pytest.mark.browser

LEFT_EDGES = """() => ["thead th", "tbody tr:first-child td"].map((cells) =>
  [...document.querySelectorAll(`.token-map ${cells}`)].map((one) => one.getBoundingClientRect().x))"""

NOTE_LATE_LIGHTHOUSE = """() => {
  const panel = document.querySelector("#left-out");
  const look = () => { if (panel.textContent.includes("lighthouse")) window.cameLate = true; };
  new MutationObserver(look).observe(panel, { childList: true, subtree: true, characterData: true });
}"""


HOSTILE = (
    "<img src=x onerror=document.title='hacked'> ${document.title='hacked'} {{7*7}} </template><b>bold</b>"
)


def percent(page: Page) -> float:
    return float(page.locator("#comparison .percent").inner_text().removesuffix(" %"))


def test_two_typed_texts_are_explained(visit: Visit) -> None:
    visit.open()
    page = visit.compare("我喜欢看书", "阅读使我快乐")
    # The compact checkpoint knows that these two are kin, if only weakly.
    expect(page.locator("#comparison .verdict .band:visible")).to_contain_text("related")
    assert percent(page) > 30
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
    page.locator(".aligned[data-side=B]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".aligned[data-side=A] .w.match").first).to_be_visible()
    expect(page.locator(".detail .direction")).to_contain_text("B → A")


def test_the_same_comparison_again_is_drawn_again(visit: Visit) -> None:
    page = visit.open()
    run = page.locator("#compare-area [data-run]")
    for _ in range(2):
        earlier = run.get_attribute("data-run") or ""
        page.click("#sample-translation")
        expect(run).not_to_have_attribute("data-run", earlier)
        expect(page.locator("#compare-area .w.chosen")).to_have_text("世界")
        expect(page.locator("#compare-area svg.links path.on")).to_have_count(1)


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


def test_a_shared_link_restores_texts_weights_and_result(visit: Visit) -> None:
    page = visit.open(tab="compare", a="人工智能", b="AI", w="0.5/0.2/0.3")
    expect(page.locator("#text-b textarea")).to_have_value("AI")
    expect(page.locator(".aligned[data-side=A]")).to_contain_text("人工智能")
    page.locator("details[data-fold=scores] > summary").click()
    expect(page.locator("#comparison .scores tr.sum").first).to_be_visible()
    expect(page.locator("[data-fold=scores] > .fine .t:visible").first).to_contain_text("0.5 ×")
    expect(page.locator("#compare-weight-dense input[type=number]")).to_have_value("0.5")


def test_a_page_opened_without_a_link_shows_a_finished_example(visit: Visit) -> None:
    page = visit.open()
    expect(page.locator("#comparison .percent")).to_be_visible()
    expect(page.locator("#text-b textarea")).to_have_value("AI is transforming the world")
    expect(page.locator(".picture svg.links path").first).to_be_attached()
    expect(page.locator(".picture .w.chosen")).to_have_count(1)
    expect(page.locator(".toast-body")).to_have_count(0)


def test_the_result_follows_while_somebody_types(visit: Visit) -> None:
    page = visit.open()
    expect(page.locator("#comparison .percent")).to_be_visible()
    page.fill("#text-a textarea", "green tea")
    page.locator("#text-b textarea").fill("")
    page.locator("#text-b textarea").press_sequentially("green tea in spring", delay=60)
    expect(page.locator(".aligned[data-side=B]")).to_contain_text("green tea in spring")
    expect(page.locator(".aligned[data-side=A]")).to_contain_text("green tea")


def test_a_second_comparison_replaces_all_of_the_first(visit: Visit, tmp_path: Path) -> None:
    visit.open()
    for number, (a, b) in enumerate([("one red cat", "a red dog"), ("deep blue sea", "the blue ocean")]):
        page = visit.compare(a, b)
        expect(page.locator(".aligned[data-side=B]")).to_contain_text(b)
        if number == 0:
            page.locator("details.heatmap > summary").click()
        expect(page.locator("[data-heatmap] tbody th").first).to_have_text(f"▁{a.split()[0]}")
        with page.expect_download() as started:
            page.click("#comparison [data-download]")
        started.value.save_as(tmp_path / "result.json")
        answer = json.loads((tmp_path / "result.json").read_text("utf-8"))
        assert [text["text"] for text in answer["texts"]] == [a, b]
        assert answer["similarity_percent"] == percent(page)
        page.click("#leave-out-run")
        expect(page.locator(".left-out .weighted").first).to_contain_text(a)


def test_the_heat_maps_labels_stand_over_their_columns(visit: Visit) -> None:
    visit.open()
    page = visit.compare("one red cat sleeps here", "a red dog runs there")
    expect(page.locator(".aligned[data-side=B]")).to_contain_text("runs there")
    page.locator("details.heatmap > summary").click()
    expect(page.locator(".token-map td").first).to_be_visible()
    # At once: the answer to the click may yet draw the map anew.
    page.wait_for_timeout(1 * SECONDS)
    heads, cells = page.evaluate(LEFT_EDGES)
    assert len(heads) > 3
    assert heads == pytest.approx(cells, abs=1)


def test_the_address_follows_the_comparison(visit: Visit) -> None:
    visit.open()
    page = visit.compare("green tea", "绿茶")
    expect(page.locator("#comparison")).to_be_visible()
    expect(page.locator(".aligned[data-side=B]")).to_contain_text("绿茶")
    page.wait_for_url("**a=green*tea**")
    page.reload()
    expect(page.locator("#comparison")).to_be_visible()
    expect(page.locator("#text-b textarea")).to_have_value("绿茶")


def test_the_download_is_the_comparison_as_json(visit: Visit, tmp_path: Path) -> None:
    visit.open()
    page = visit.compare(HOSTILE, "plain text")
    expect(page.locator(".aligned[data-side=B]")).to_contain_text("plain text")
    page.wait_for_timeout(1 * SECONDS)
    with page.expect_download() as started:
        page.click("[data-download]")
    started.value.save_as(tmp_path / "result.json")
    answer = json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert answer["similarity_percent"] == percent(page)
    assert answer["model"]["name"] == "m3-compact"


def test_hostile_text_is_shown_and_never_run(visit: Visit) -> None:
    visit.open(tab="compare", a=HOSTILE, b=HOSTILE)
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
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    expect(page.locator("#text-a textarea")).to_have_attribute("aria-invalid", "true")
    page.fill("#text-a textarea", "我喜欢读书")
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)


def test_a_megabyte_paste_gets_a_sentence_in_the_visitors_language(visit: Visit) -> None:
    page = visit.open(lang="zh")
    page.fill("#text-a textarea", "long " * 200_000)
    page.fill("#text-b textarea", "短")
    expect(page.locator("#count-a .over")).to_be_visible()
    page.click("#compare-run")
    expect(page.locator(".toast-body")).to_contain_text("最多 50000 个")
    expect(page.locator("#text-a textarea")).to_have_attribute("aria-invalid", "true")


def test_swap_and_custom_weights(visit: Visit) -> None:
    visit.open()
    page = visit.compare("a short question", "a long answer to it")
    expect(page.locator("#comparison")).to_be_visible()
    page.click("#compare-swap")
    expect(page.locator("#text-a textarea")).to_have_value("a long answer to it")
    page.locator("#compare-weights input").click()
    page.get_by_role("option", name="custom …").click()
    page.locator("#compare-weight-sparse input[type=number]").fill("0")
    page.locator("#compare-weight-sparse input[type=number]").blur()
    page.click("#compare-run")
    page.locator("details[data-fold=scores] > summary").click()
    expect(page.locator("[data-fold=scores] > .fine .t:visible").first).to_contain_text("0 ×")


def test_the_keyboard_alone_compares(visit: Visit) -> None:
    page = visit.open()
    page.locator("#text-a textarea").focus()
    page.keyboard.type("sea")
    page.locator("#text-b textarea").focus()
    page.keyboard.type("ocean")
    page.locator("#compare-run").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".aligned[data-side=A]")).to_contain_text("sea")
    expect(page.locator(".aligned[data-side=B]")).to_contain_text("ocean")
    page.wait_for_timeout(1 * SECONDS)  # What was typed is compared by itself as well.
    page.locator(".aligned[data-side=A]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".detail .chosen")).to_be_visible()


def test_what_was_left_out_of_an_older_result_never_stands_under_a_newer_one(visit: Visit) -> None:
    page = visit.open()
    sentence = "The keeper of lighthouse {} wrote {} lines about the storms before the old ship came home."
    visit.compare(" ".join(sentence.format(i, i * 7) for i in range(46)), "Snow closed the road.")
    expect(page.locator("#comparison .aligned").first).to_contain_text("lighthouse 45")
    page.click("#leave-out-run")
    expect(page.locator("#left-out [data-testid='status-tracker']").first).to_be_visible()
    page.evaluate(NOTE_LATE_LIGHTHOUSE)
    visit.compare("A violin and a drum", "Snow closed the road.")
    page.click("#leave-out-run")
    expect(page.locator("#left-out")).to_contain_text("violin", timeout=30 * SECONDS)
    assert page.evaluate("() => window.cameLate") is None
    page.fill("#text-a textarea", "")
    page.click("#compare-run")
    expect(page.locator("#left-out")).to_have_css("opacity", "0.45")
