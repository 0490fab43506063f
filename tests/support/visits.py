"""Visits with a real Chromium, the network cut except for the server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

CHROMIUM = os.environ.get("BGE_DEMO_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
# Playwright's own way to cut the network stops each request of a page for a while.
CUT_OFF = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
SECONDS = 1000


# What a page says of its cut requests while it is being left is no error.
SILENT_WHEN_LEFT = """addEventListener("beforeunload", () => {
    console.error = () => {};
    for (const kind of ["error", "unhandledrejection"])
        addEventListener(kind, (event) => event.preventDefault());
});"""


# Playwright's own 5 seconds are too few for a busy machine.
expect.set_options(timeout=20 * SECONDS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser to visit with."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, CUT_OFF])
        yield started
        started.close()


class Visit:
    """One visitor: a fresh context whose every request elsewhere and every script error is recorded."""

    def __init__(self, browser: Browser, address: str, **options: object) -> None:
        self.address = address
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        context = browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 1280, "height": 900}, **options}
        )
        context.add_init_script(SILENT_WHEN_LEFT)
        context.on("request", self._note_elsewhere)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(20 * SECONDS)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    def close(self) -> None:
        """End it; nothing may have been asked of anybody else, no script may have failed."""
        assert self.elsewhere == []
        assert self.errors == [], self.errors
        self.page.context.close()

    def _note_elsewhere(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.elsewhere.append(request.url)

    def open(self, **query: str) -> Page:
        self.page.goto(f"{self.address}/?{urlencode(query)}")
        expect(self.page.locator(".status[data-status=ready]")).to_be_visible(timeout=60 * SECONDS)
        # gradio's script may lose the answer to a click made while the page's own first requests run.
        self.page.wait_for_timeout(1 * SECONDS)
        return self.page

    def compare(self, text_a: str, text_b: str) -> Page:
        self.page.fill("#text-a textarea", text_a)
        self.page.fill("#text-b textarea", text_b)
        # What was filled in is compared as if typed: its answer is not to arrive after that of the click.
        self.page.wait_for_timeout(1.5 * SECONDS)
        self.page.click("#compare-run")
        return self.page
