"""Take the README's pictures and the preview of links from a running server:
python -m tools.screenshots http://127.0.0.1:7860

Needs Chromium at /usr/bin/chromium (or BGE_DEMO_CHROMIUM), Pillow and the packages of tests/requirements.txt.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs"
PREVIEW = ROOT / "bge_demo" / "ui" / "static" / "preview.png"
CHROMIUM = os.environ.get("BGE_DEMO_CHROMIUM", "/usr/bin/chromium")
TYPED = "Machines that learn are changing our world"
FRAME_MS, LAST_FRAME_MS = 120, 2000
_SHOWS = "(text) => document.querySelector('.aligned[data-side=B]').textContent.includes(text)"


def main(address: str) -> None:
    """Save one picture of each kind under docs/, and the preview."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for take in (_compare, _compare_zh, _cross_lingual, _retrieval, _phone, _preview, _typing):
            take(browser, address)
        browser.close()


def _open(
    browser: Browser, address: str, fragment: str = "", size: tuple[int, int] = (1280, 900), **options: str
) -> Page:
    """The page as a visitor finds it, its first result there."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        **{"locale": "en-US", **options},  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(f"{address}/{fragment}")
    page.wait_for_selector('.status[data-status="ready"]')
    page.wait_for_selector("#comparison" if not fragment else f"#tab-{fragment[1:]}")
    page.wait_for_timeout(1500)
    return page


def _compare(browser: Browser, address: str) -> None:
    page = _open(browser, address, size=(1280, 940))
    page.locator(".aligned[data-side=A] .w").nth(2).hover()
    _save(page, PICTURES / "compare-en.png")


def _compare_zh(browser: Browser, address: str) -> None:
    page = _open(browser, address, size=(1280, 940), locale="zh-CN", color_scheme="dark")
    page.click("#sample-question")
    page.wait_for_selector(".aligned[data-side=A]:has-text('shoes')")
    _save(page, PICTURES / "compare-zh-dark.png")


def _cross_lingual(browser: Browser, address: str) -> None:
    page = _open(browser, address, "#cross", size=(1280, 1100))
    page.click("#cross-run")
    page.wait_for_selector("#cross-lingual-result")
    _save(page, PICTURES / "cross-lingual-en.png")


def _retrieval(browser: Browser, address: str) -> None:
    page = _open(browser, address, "#retrieval", size=(1280, 1100))
    page.click("#sample-search-1")
    # The first search waits for the corpus to be indexed.
    page.wait_for_selector("#search-result")
    page.wait_for_selector("#corpus-status [data-state=ready]")
    _save(page, PICTURES / "retrieval.png")


def _phone(browser: Browser, address: str) -> None:
    page = _open(browser, address, size=(390, 1100), locale="zh-CN")
    _save(page, PICTURES / "phone-zh.png")


def _preview(browser: Browser, address: str) -> None:
    page = _open(browser, address, size=(1200, 630))
    # What the page is called, the texts, the number and the links between the words.
    page.add_style_tag(content=".run-line, .texts { display: none !important; }")
    page.locator(".aligned[data-side=A] .w").nth(2).hover()
    _save(page, PREVIEW)


def _typing(browser: Browser, address: str) -> None:
    """A short animation of real frames: a text is typed, the result follows, then a sample."""
    page = _open(browser, address, size=(1000, 560))
    page.evaluate("document.querySelector('.texts').scrollIntoView()")
    frames = [_frame(page)]
    page.fill("#text-b textarea", "")
    page.locator("#text-b textarea").focus()
    for end in range(2, len(TYPED) + 2, 2):
        page.keyboard.type(TYPED[end - 2 : end])
        frames.append(_frame(page))
        if TYPED[end - 1 : end] != " ":
            _wait_for_result(page, TYPED[:end])
        frames.append(_frame(page))
    page.wait_for_timeout(800)
    durations = [LAST_FRAME_MS] + [FRAME_MS] * (len(frames) - 1) + [LAST_FRAME_MS]
    frames.append(_frame(page))
    page.click("#sample-negation")
    page.wait_for_selector(".aligned[data-side=A]:has-text('Smoking')")
    page.wait_for_timeout(800)
    frames.append(_frame(page))
    durations.append(LAST_FRAME_MS)
    path = PICTURES / "typing.webp"
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=70, method=6
    )
    print(path)


def _wait_for_result(page: Page, text: str) -> None:
    """It follows by itself; where the machine is too busy for that, the key that runs brings it."""
    try:
        page.wait_for_function(_SHOWS, arg=text.strip(), timeout=4_000)
    except TimeoutError:
        page.keyboard.press("Control+Enter")
        page.wait_for_function(_SHOWS, arg=text.strip())


def _frame(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def _save(page: Page, path: Path) -> None:
    """What is in view, in a palette of 256 colours: a third of the size, and no eye sees it."""
    page.wait_for_timeout(700)  # Progress rings and colour transitions end.
    _frame(page).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860")
