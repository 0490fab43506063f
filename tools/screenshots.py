"""Take the README's screenshots from a running server: python tools/screenshots.py http://127.0.0.1:7860

Needs Chromium at /usr/bin/chromium (or BGE_DEMO_CHROMIUM) and the packages of tests/requirements.txt.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent.parent / "docs"
CHROMIUM = os.environ.get("BGE_DEMO_CHROMIUM", "/usr/bin/chromium")


def main(address: str) -> None:
    """Save one picture of each kind under docs/."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        _compare(browser, address, "en-US", "light", "compare-en.png")
        _compare(browser, address, "zh-CN", "dark", "compare-zh-dark.png")
        _cross_lingual(browser, address)
        _retrieval(browser, address)
        _phone(browser, address)
        browser.close()


def _open(browser: Browser, address: str, locale: str, scheme: str, width: int = 1280) -> Page:
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, locale=locale, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#sample-paraphrase")
    page.wait_for_selector('.status[data-status="ready"]')
    return page


def _compare(browser: Browser, address: str, locale: str, scheme: str, name: str) -> None:
    page = _open(browser, address, locale, scheme)
    page.click("#sample-paraphrase")
    page.wait_for_selector("#comparison")
    page.locator(".aligned[data-side=A] .w").nth(1).hover()
    _save(page, name)


def _cross_lingual(browser: Browser, address: str) -> None:
    page = _open(browser, address, "en-US", "light")
    page.click("#tab-cross-button")
    page.click("#cross-run")
    page.wait_for_selector("#cross-lingual-result")
    _save(page, "cross-lingual-en.png")


def _retrieval(browser: Browser, address: str) -> None:
    page = _open(browser, address, "en-US", "light")
    page.click("#tab-retrieval-button")
    page.click("#sample-search-1")
    page.wait_for_selector("#search-result", timeout=120_000)
    # A first search begins before the corpus is whole.
    page.wait_for_selector("#corpus-status [data-state=ready]", timeout=120_000)
    page.click("#search-run")
    page.wait_for_selector("#search-result")
    # The whole page is four screens long.
    page.set_viewport_size({"width": 1280, "height": 1500})
    _save(page, "retrieval.png", full_page=False)


def _phone(browser: Browser, address: str) -> None:
    page = _open(browser, address, "zh-CN", "light", width=390)
    page.click("#sample-translation")
    page.wait_for_selector("#comparison")
    _save(page, "phone-zh.png")


def _save(page: Page, name: str, full_page: bool = True) -> None:
    page.wait_for_timeout(700)  # Progress rings and colour transitions end.
    page.screenshot(path=PICTURES / name, full_page=full_page)
    print(PICTURES / name)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860")
