"""Every tab's job twice in a row with different inputs, in a real Chromium: whatever is visible, drawn,
copied or downloaded belongs to the second one, in both languages."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Locator, Page, expect
from visits import SECONDS, Visit

pytestmark = pytest.mark.browser

PATIENCE = 180 * SECONDS
# A word of the first inputs, and one of the second.
WORDS = ("zebra", "giraffe")
# What holds numbers alone, or an address without a file's content.
WORDLESS = {
    "#duplicates-area": {"answer"},
    "#evaluation-area": {"address"},
    "#tune-area": {"bge-m3-tuning.csv", "bge-m3-weights.json", "copy 0", "copy 1", "copy 2"},
    "#baselines-area": {"bge-m3-baselines.json"},
}
HOLDS = """([area, word]) => {
  const place = document.querySelector(area);
  return !place.matches("[data-stale]") && place.outerHTML.includes(word);
}"""


@dataclass(frozen=True)
class Job:
    """How a tab does its work on texts with a word in them, and where the result and its files are."""

    tab: str
    area: str
    do: Callable[[Page, str], None]
    files: tuple[str, ...] = ()


def fill(page: Page, box: str, text: str) -> None:
    page.fill(f"{box} textarea", text)


def paste(page: Page, box: str, text: str) -> None:
    """As `fill`, which takes Chromium half a minute for some thousand lines."""
    page.locator(f"{box} textarea").evaluate(
        "(box, text) => { box.value = text; box.dispatchEvent(new Event('input', { bubbles: true })); }", text
    )


def choose_file(page: Page, button: str, name: str, text: str) -> None:
    with page.expect_file_chooser() as chooser:
        page.click(button)
    chooser.value.set_files({"name": name, "mimeType": "text/plain", "buffer": text.encode()})


def compare(page: Page, word: str) -> None:
    fill(page, "#text-a", f"The {word} drinks at the river")
    fill(page, "#text-b", f"A thirsty {word} by the water")
    page.click("#compare-run")


def cross(page: Page, word: str) -> None:
    choose_file(page, "#cross-upload", "rows.csv", f"language,text\nen,A {word} runs\nfr,Le {word} court\n")
    expect(page.locator("#cross-upload-preview")).to_contain_text(f"A {word} runs")
    page.click("#cross-upload-take")
    expect(page.locator("#cross-table")).to_contain_text(f"A {word} runs")
    fill(page, "#cross-query", f"the {word}")
    page.click("#cross-run")


def retrieval(page: Page, word: str) -> None:
    fill(page, "#search-query", f"May I bring a {word} to the office?")
    page.click("#search-run")


def evaluation(page: Page, word: str) -> None:
    fold = page.locator("#evaluation-run")
    if not fold.is_visible():
        page.click("#evaluation button.label-wrap")
    text = f"query,relevant\nwhere does the {word} sleep,product-k7-en\n{word} food,canteen-hangzhou-zh\n"
    file = {"name": f"{word}.csv", "mimeType": "text/plain", "buffer": text.encode()}
    if page.locator("#evaluation-file-read").is_visible():
        # Another file would join the first one: judgements and queries may come in two.
        page.locator("#evaluation-file button[aria-label=Clear]").click()
        expect(page.locator("#evaluation-file-read")).to_be_hidden()
    page.set_input_files("#evaluation-file input[type=file]", files=[file])
    expect(page.locator("#evaluation-file-preview")).to_contain_text(f"{word} food")
    page.click("#evaluation-run")


def deduplicate(page: Page, word: str) -> None:
    fill(page, "#duplicate-lines", f"one {word}\nOne  {word}\na {word} in the garden\n")
    page.click("#duplicates-run")


def document(page: Page, word: str) -> None:
    fill(page, "#document-text", f"The {word} sleeps under a tree.\n\nTaxes are due in May.\n")
    fill(page, "#document-query", f"Where does the {word} sleep?")
    fill(page, "#document-summary", f"A {word} sleeps.")
    page.click("#document-run")


def pairs(word: str) -> str:
    same = [f"the {word} number {n} eats\tnumber {n}, a {word}, is eating\t1" for n in range(6)]
    other = [f"the {word} number {n} eats\tmy bicycle {n} is broken\t0" for n in range(6, 12)]
    return "text_a\ttext_b\tlabel\n" + "\n".join([*same, *other])


def tune(page: Page, word: str) -> None:
    fill(page, "#tune-pairs", pairs(word))
    page.click("#tune-run")


def baselines(page: Page, word: str) -> None:
    fill(page, "#baselines-pairs", pairs(word))
    page.click("#baselines-run")


JOBS = (
    Job("compare", "#compare-area", compare),
    Job("cross", "#cross-area", cross),
    Job("retrieval", "#search-area", retrieval),
    Job("retrieval", "#evaluation-area", evaluation),
    Job("deduplicate", "#duplicates-area", deduplicate, ("cleaned", "safe", "groups", "answer")),
    Job("document", "#document-area", document),
    Job("tune", "#tune-area", tune),
    Job("baselines", "#baselines-area", baselines),
)


def saved(page: Page, button: Locator) -> str:
    with page.expect_download() as waiting:
        # Some stand in folds.
        button.dispatch_event("click")
    return Path(waiting.value.path()).read_text("utf-8-sig")


def everything(page: Page, job: Job) -> dict[str, str]:
    """Text, markup and data of the result, its files, and what its buttons copy."""
    area = page.locator(job.area)
    found = {"markup": area.evaluate("node => node.outerHTML"), "address": unquote(page.url)}
    for button in area.locator("[data-download]").all():
        found[str(button.get_attribute("data-download"))] = saved(page, button)
    for name in job.files:
        found[name] = saved(page, page.locator(f"#duplicate-file-{name}"))
    for name in ("share", "copy"):
        for place, button in enumerate(area.locator(f"[data-{name}]").all()):
            button.dispatch_event("click")
            page.wait_for_timeout(SECONDS / 2)
            found[f"{name} {place}"] = unquote(page.evaluate("navigator.clipboard.readText()"))
    return found


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.area.strip("#"))
def test_the_second_result_leaves_nothing_of_the_first(visit: Visit, job: Job) -> None:
    page = visit.open(tab=job.tab)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for word in WORDS:
        job.do(page, word)
        page.wait_for_function(HOLDS, arg=[job.area, word], timeout=PATIENCE)
    first, second = WORDS
    for language in ("EN", "中文", "EN"):
        page.get_by_text(language, exact=True).click()
        page.wait_for_timeout(SECONDS)
        found = everything(page, job)
        assert second in found["markup"]
        assert [name for name, text in found.items() if first in text] == []
        lacking = {name for name, text in found.items() if second not in text}
        assert lacking <= WORDLESS.get(job.area, set()), lacking


def test_the_second_measurement_is_the_one_shown_and_saved(visit: Visit) -> None:
    page = visit.open(tab="benchmark")
    lengths = page.locator("#benchmark-lengths input")
    sizes = page.locator("#benchmark-sizes input")
    for box in [*lengths.all(), *sizes.all()]:
        box.uncheck()
    seen = []
    for place in (0, 1):
        sizes.nth(place).check()
        lengths.nth(place).check()
        page.click("#benchmark-run")
        rows = page.locator("#benchmark-result tbody tr")
        expect(rows).to_have_count((place + 1) ** 2, timeout=PATIENCE)
        for language in ("中文", "EN"):
            page.get_by_text(language, exact=True).click()
            table = saved(page, page.locator("[data-download='bge-m3-benchmark.csv']"))
            answer = json.loads(saved(page, page.locator("[data-download='bge-m3-benchmark.json']")))
            shown = [re.findall(r"[\d.]+", row)[:1] for row in rows.all_inner_texts()]
            assert len(list(csv.DictReader(io.StringIO(table)))) == len(shown) == (place + 1) ** 2
            seen.append(json.dumps(answer, sort_keys=True))
    assert seen[0] == seen[1] != seen[2] == seen[3]


# Inputs of a run that takes some seconds, by the box that they go into.
LONG_TEXT = "zebra " * 6000
LONG_LINES = "\n".join(f"zebra {n} in the garden" for n in range(3000))
LONG_INPUTS = {
    "#compare-area": ("#text-a", LONG_TEXT),
    "#search-area": ("#search-query", LONG_TEXT),
    "#duplicates-area": ("#duplicate-lines", LONG_LINES),
    "#document-area": ("#document-text", LONG_TEXT),
}


@pytest.mark.parametrize(
    "job", [job for job in JOBS if job.area in LONG_INPUTS], ids=lambda job: job.area.strip("#")
)
def test_a_run_begun_while_an_older_one_works_is_shown_and_stays(visit: Visit, job: Job) -> None:
    page = visit.open(tab=job.tab)
    box, text = LONG_INPUTS[job.area]
    paste(page, box, text)
    page.click(f"{job.area.removesuffix('-area')}-run")
    page.wait_for_timeout(0.7 * SECONDS)
    job.do(page, "giraffe")
    page.wait_for_function(HOLDS, arg=[job.area, "giraffe"], timeout=PATIENCE)
    # The older run would have come to its end by now.
    page.wait_for_timeout(4 * SECONDS)
    assert page.evaluate(HOLDS, [job.area, "giraffe"])
    assert "zebra" not in page.locator(job.area).inner_text()
    assert page.locator(f"{job.area}[data-failed]").count() == 0


def test_an_older_comparison_does_not_come_back_over_a_sample(visit: Visit) -> None:
    page = visit.open()
    fill(page, "#text-a", LONG_TEXT)
    fill(page, "#text-b", "a bird")
    page.click("#compare-run")
    page.wait_for_timeout(0.7 * SECONDS)
    page.click("#sample-question")
    page.wait_for_function(HOLDS, arg=["#compare-area", "shoes"], timeout=PATIENCE)
    page.wait_for_timeout(4 * SECONDS)
    assert page.evaluate(HOLDS, ["#compare-area", "shoes"])
    assert "zebra" not in page.locator("#compare-area").inner_text()
