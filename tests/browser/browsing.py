"""A reader's browser for tests: a page that reports at its end what went wrong on it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Error, Page, Request, expect

from helpers.waiting import PATIENCE

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None
)
"""The system's Chromium; the one without windows starts and opens pages in a fraction of the time."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
expect.set_options(timeout=PATIENCE * 1000)  # what a page must come to is waited for, however busy the machine
GIVEN_UP = "net::ERR_ABORTED"
"""The browser itself gave the request up: its page was left, or its answer is a file to keep."""

REFUSED = "the server responded with a status of"
"""What a console shows of any answer that is none of success."""
MISTAKEN = f"{REFUSED} 400"
"""What a console shows of the answer to a mistaken query."""


class Troubles(list[str]):
    """What went wrong on a page, in words."""

    def __init__(self, url: str | None, expected: Collection[str]) -> None:
        super().__init__()
        self._url, self._expected = url, expected

    def watch(self, page: Page) -> None:
        """Note from now on what goes wrong on the page."""
        page.on("console", self._note_message)
        page.on("pageerror", self._note_error)
        page.on("dialog", self._note_dialog)
        page.on("request", self._note_request)
        page.on("requestfailed", self._note_failure)

    def _note_message(self, message: ConsoleMessage) -> None:
        if not any(words in message.text for words in self._expected):
            self.append(f"console: {message.text}")

    def _note_error(self, error: Error) -> None:
        self.append(f"script: {error} {error.stack}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_request(self, request: Request) -> None:
        if self._url and request.url.startswith("http") and not request.url.startswith(self._url):
            self.append(f"asked elsewhere: {request.url}")

    def _note_failure(self, request: Request) -> None:
        if request.failure != GIVEN_UP:
            self.append(f"failed: {request.url}: {request.failure}")


@contextmanager
def reading(browser: Browser, url: str | None, expected: Collection[str] = (), **options: Any) -> Iterator[Page]:
    """Open a page in a new context of the browser, with ``options`` of the context.

    Fails at the end if the console shows anything but what has words of ``expected``, a script failed, a dialog
    was opened, a request failed that the browser had not given up, or one went elsewhere than below ``url``.
    """
    context = browser.new_context(base_url=url, **options)
    context.set_default_timeout(PATIENCE * 1000)
    troubles = Troubles(url, expected)
    context.on("page", troubles.watch)
    try:
        yield context.new_page()
    finally:
        context.close()
    assert not troubles, "\n".join(troubles)


AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
WAYS = {"light": ("light", 1280), "dark": ("dark", 1280), "narrow": ("light", 320), "narrow dark": ("dark", 320)}
"""The ways in which a page is looked at: a scheme of colours, and a width."""


def look(page: Page, way: str) -> None:
    """Show the page that is open in one of the WAYS."""
    scheme, width = WAYS[way]
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})


def violations(page: Page, choice: str = "{}") -> list[str]:
    """Return what axe finds on the page, each with the rule and the first elements that break it."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    options = f"{{resultTypes: ['violations'], ...{choice}}}"
    found = page.evaluate(f"axe.run({options}).then(result => result.violations)")
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]
