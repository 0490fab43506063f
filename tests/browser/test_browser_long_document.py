"""Long document as a visitor uses it: a sample, then texts of one's own; every result is its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from visits import Visit

pytestmark = pytest.mark.browser

RESULT = "#document-result-area"


def opened(visit: Visit) -> Page:
    page = visit.open()
    page.click("#tab-document-button")
    expect(page.locator("#document-text textarea")).to_be_visible()
    return page


def downloaded(page: Page, name: str) -> Any:
    with page.expect_download() as waiting:
        page.click(f"{RESULT} [data-download='{name}']")
    return json.loads(Path(waiting.value.path()).read_text("utf-8"))


def upload(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("#document-upload")
    chooser.value.set_files(str(file))


def ask(page: Page, document: str, query: str, summary: str = "") -> None:
    page.fill("#document-text textarea", document)
    page.fill("#document-query textarea", query)
    page.fill("#document-summary textarea", summary)
    page.click("#document-run")


def test_two_documents_one_after_the_other_have_their_own_results(visit: Visit) -> None:
    page = opened(visit)
    ask(page, "The cat sleeps on the sofa all day.\n\nTaxes are due in May.", "Where does the cat sleep?")
    expect(page.locator(f"{RESULT} .passage").first).to_contain_text("cat sleeps")
    first = downloaded(page, "bge-m3-document.json")
    ask(page, "Der Zug nach Bonn fährt um neun.\n\n明天下雨。", "下雨吗？", "明天会下雨。")
    expect(page.locator("#document-coverage")).to_be_visible()
    expect(page.locator(f"{RESULT} .passage").first).to_contain_text("明天下雨")
    second = downloaded(page, "bge-m3-document.json")
    assert first["coverage"] is None
    assert second["coverage"]["n_parts"] == 2
    assert first["whole"]["similarity"] != second["whole"]["similarity"]


def test_a_sample_runs_with_one_click_and_names_invention_and_omission(visit: Visit) -> None:
    page = opened(visit)
    page.click("#sample-chapter")
    expect(page.locator("#document-coverage .unsupported")).to_contain_text(
        "A swimming pool opens on the roof"
    )
    expect(page.locator("#document-coverage .uncovered")).to_contain_text("Severe weather in Austin")
    expect(page.locator("#document-coverage .differing mark").first).to_contain_text("180")


def test_a_dot_of_the_curve_opens_its_passage(visit: Visit) -> None:
    page = opened(visit)
    document = "\n\n".join(f"Paragraph {n} is about the river number {n} and its fish." for n in range(60))
    page.fill("#document-window input", "64")
    page.fill("#document-overlap input", "8")
    ask(page, document, "Which fish live in the river number 41?")
    expect(page.locator(f"{RESULT} [data-peak]")).to_have_count(5)
    page.click(f"{RESULT} [data-peak='2']")
    expect(page.locator(f"{RESULT} [data-peak-text='2'] .passage")).to_be_visible()
    expect(page.locator(f"{RESULT} [data-peak-text='0'] .passage")).to_be_hidden()


def test_an_upload_fills_the_document_and_what_cannot_be_read_is_told(visit: Visit, tmp_path: Path) -> None:
    page = opened(visit)
    file = tmp_path / "a.html"
    file.write_text("<h1>Menu</h1><p>Soup of the <b>day</b></p>", "utf-8")
    upload(page, file)
    expect(page.locator("#document-text textarea")).to_have_value("Menu\n\nSoup of the day")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 nonsense")
    with page.expect_file_chooser() as chooser:
        page.click("#document-upload")
    chooser.value.set_files(str(tmp_path / "b.pdf"))
    expect(page.get_by_text("The PDF is broken or locked")).to_be_visible()
    expect(page.locator("#document-text textarea")).to_have_value("Menu\n\nSoup of the day")


def test_nothing_of_an_earlier_file_stays_beside_one_of_another_kind(visit: Visit, tmp_path: Path) -> None:
    page = opened(visit)
    (tmp_path / "good.txt").write_text("The cat sleeps on the sofa.", "utf-8")
    upload(page, tmp_path / "good.txt")
    preview = page.locator("#document-upload-preview")
    expect(preview).to_contain_text("The cat sleeps")
    (tmp_path / "bad.docx").write_bytes(b"PK")
    upload(page, tmp_path / "bad.docx")
    expect(preview).to_contain_text("This kind of file cannot be read here")
    expect(preview).to_contain_text("nothing in it comes from this file")
    expect(preview).not_to_contain_text("The cat sleeps")
    expect(page.locator("#document-text textarea")).to_have_value("The cat sleeps on the sofa.")


def test_window_sizes_are_tried_on_the_document(visit: Visit) -> None:
    page = opened(visit)
    document = "\n\n".join(f"Paragraph {n} is about the river number {n} and its fish." for n in range(60))
    page.fill("#document-text textarea", document)
    page.fill("#document-query textarea", "Which fish live in the river number 41?")
    page.click("#document-sweep-run")
    expect(page.locator("#document-sweep-result-area tr.advised")).to_be_visible()
    expect(page.locator("#document-sweep-result-area tbody tr").first).to_contain_text("64 tokens")


def test_a_window_out_of_bounds_says_them_and_leaves_the_old_result_marked(visit: Visit) -> None:
    page = opened(visit)
    ask(page, "The cat sleeps on the sofa all day.\n\nTaxes are due in May.", "Where does the cat sleep?")
    expect(page.locator(f"{RESULT} .passage").first).to_contain_text("cat sleeps")
    page.wait_for_timeout(500)
    address = page.url
    for number in ("5", "16.5"):
        page.fill("#document-window input", number)
        told = page.locator("#document-window .info-text, #document-window [data-testid='block-info'] + *")
        expect(told.first).to_have_text("Use a whole number from 16 to 8192.")
        page.click("#document-run")
        expect(page.get_by_text(f"A window of {number} tokens").first).to_be_visible()
        expect(page.locator("#document-area[data-stale]")).to_have_count(1)
        assert page.url == address
    page.fill("#document-window input", "128")
    page.click("#document-run")
    expect(page.locator("#document-area[data-stale]")).to_have_count(0)


def test_a_sample_marks_the_sweep_and_a_file_is_taken_at_once(visit: Visit, tmp_path: Path) -> None:
    page = opened(visit)
    ask(page, "The cat sleeps on the sofa all day.\n\nTaxes are due in May.", "Where does the cat sleep?")
    page.click("#document-sweep-run")
    expect(page.locator("#document-sweep-area .result")).to_be_visible()
    page.click("#sample-handbook")
    expect(page.locator("#document-sweep-area[data-stale]")).to_have_count(1)
    file = tmp_path / "note.txt"
    file.write_text("Der Zug nach Bonn fährt um neun.", "utf-8")
    expect(page.locator("#document-area[data-stale]")).to_have_count(0)
    upload(page, file)
    expect(page.locator("#document-text textarea")).to_have_value("Der Zug nach Bonn fährt um neun.")
    expect(page.locator("#document-upload-read")).to_be_visible()
    expect(page.locator("#document-area[data-stale]")).to_have_count(1)
    page.click("#document-run")
    expect(page.locator("#document-area[data-stale]")).to_have_count(0)
    expect(page.locator("#document-area .file-waits-note p")).to_be_hidden()
    expect(page.locator(f"{RESULT} .passage").first).to_contain_text("Bonn")
    page.click("#sample-chapter")
    expect(page.locator("#document-upload-read")).to_be_hidden()


def test_a_file_of_pairs_that_was_not_taken_is_named(visit: Visit, tmp_path: Path) -> None:
    page = visit.open(tab="tune")
    file = tmp_path / "pairs.tsv"
    file.write_text("text_a\ttext_b\tlabel\nred\tred\t1\n", "utf-8")
    with page.expect_file_chooser() as chooser:
        page.click("#tune-upload")
    chooser.value.set_files(str(file))
    expect(page.locator("#tune-upload-take")).to_be_visible()
    note = page.locator("#tune-area .file-waits-note p")
    expect(note).to_be_hidden()
    page.click("#tune-run")
    expect(note).to_contain_text("took no part")
    page.click("#tune-upload-take")
    expect(page.locator("#tune-pairs textarea")).to_have_value("text_a\ttext_b\tlabel\nred\tred\t1\n")
    expect(note).to_be_hidden()
