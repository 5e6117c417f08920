"""The system's own Chromium, driven without a window, and what a page must not do in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.testkit.services.fixtures import lacking

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Locale = Literal["zh-CN", "en-US"]


def chromium_path() -> str | None:
    """Where the system's Chromium is; None when there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def a_chromium() -> Iterator[Browser]:
    """A browser; the test is skipped (in CI: fails) where the machine has none."""
    path = chromium_path()
    if path is None:
        lacking("chromium", "it is not installed (Debian: apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module; open windows of your own.

    While it is open, its driver's event loop counts as running in this thread: no ``asyncio.run`` meanwhile.
    """
    with a_chromium() as browser:
        yield browser


class Window:
    """A browser window on one site; ``mishaps`` is what no page may do: errors, and asking another host."""

    def __init__(
        self, browser: Browser, site: str, *, locale: Locale = "zh-CN", width: int = 1280, height: int = 720
    ) -> None:
        self.site = site
        self.mishaps: list[str] = []
        self._context = browser.new_context(
            locale=locale, timezone_id="Asia/Shanghai", viewport={"width": width, "height": height}
        )
        self._context.set_default_timeout(10_000)
        self.page: Page = self._context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.mishaps.append(f"error: {error}"))
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.mishaps.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        own = (self.site, self.site.replace("http", "ws", 1), "data:", "blob:")
        if not request.url.startswith(own):
            self.mishaps.append(f"request to {request.url}")

    def open(self, path: str) -> Page:
        """Go to a page of the site and wait until it is drawn and connected."""
        self.page.goto(self.site + path)
        return self.drawn()

    def drawn(self) -> Page:
        """The page, once it is drawn and connected."""
        self.page.wait_for_selector("main")
        self.page.wait_for_function("window.did_handshake === true || !window.Vue")
        return self.page

    def close(self) -> None:
        """Close the window with its cookies."""
        self._context.close()
