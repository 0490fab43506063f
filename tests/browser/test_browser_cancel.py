"""Long work in a real Chromium: the page shows how far it is, and its button really stops it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from slow_server import assert_stopped, slow_server
from visits import Visit

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's log: one byte for each batch."""
    return tmp_path_factory.mktemp("slow") / "batches"


@pytest.fixture(scope="module")
def address(batches: Path) -> Iterator[str]:
    with slow_server(batches, request_seconds=100) as address:
        yield address


@pytest.mark.parametrize(
    ("tab", "locale", "progress"), [("compare", "en-US", "Working"), ("cross", "zh-CN", "处理中")]
)
def test_long_work_shows_its_progress_and_can_be_cancelled(
    browser: Browser, address: str, batches: Path, tab: str, locale: str, progress: str
) -> None:
    visit = Visit(browser, address, locale=locale)
    page = visit.open(tab=tab)
    batches.write_text("")
    cancel = page.locator(f"#{tab}-cancel")
    # Compare begins with its example.
    if tab == "cross":
        page.click("#cross-run")
    shown = page.locator(f"#{tab}-result-area .progress-level-inner")
    expect(shown).to_contain_text(progress)
    before = shown.inner_text()
    expect(shown).not_to_have_text(before)
    cancel.click()
    expect(cancel).to_be_hidden()
    expect(shown).to_be_hidden()
    assert_stopped(batches)
    visit.close()
