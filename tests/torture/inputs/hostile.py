"""Hostile data on pages, opened in a real browser: nothing runs, nothing leads astray, no page breaks its rules."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from browser.browsing import ARGUMENTS, CHROMIUM
from helpers.serving import HOME, Server
from helpers.writing import Scratch
from kg.errors import NotStorable
from kg.release.work.build import build
from kg.settings import Settings
from torture.inputs import hostile_data
from torture.trial import Finding, Say, Trial, scale

LARGEST = 900_000
"""Bytes of a page; a literal of the release is longer."""
LOOK = """() => {
  const found = []
  const addresses = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data', 'poster', 'srcdoc', 'ping', 'cite']
  for (const element of document.querySelectorAll('*')) {
    for (const {name, value} of element.attributes) {
      if (name.startsWith('on')) found.push(`${element.tagName} has ${name}`)
      if (!addresses.includes(name)) continue
      const url = new URL(value, location)
      if (!['http:', 'https:', 'mailto:'].includes(url.protocol)) found.push(`${name} leads to ${value.slice(0, 80)}`)
      if (url.host !== location.host && !/^(https?|mailto):/i.test(value)) found.push(`${name} leads away: ${value}`)
    }
    if (['SCRIPT', 'BASE', 'IFRAME', 'OBJECT', 'EMBED'].includes(element.tagName)) {
      const own = element.tagName === 'SCRIPT' && element.src.startsWith(location.origin + '/static/')
      const data = element.tagName === 'SCRIPT' && /json/.test(element.type)
      if (!own && !data) found.push(`there is a ${element.tagName}`)
    }
    if (element.tagName === 'META' && element.httpEquiv) found.push('there is a META that acts')
  }
  if (window.pwned) found.push('a script ran')
  const copy = document.body.cloneNode(true)
  copy.querySelectorAll('textarea').forEach(element => element.remove())
  if (/[\\u202a-\\u202e\\u2066-\\u2069]/.test(copy.textContent)) found.push('a character turns the text')
  return found
}"""
"""What is wrong with the document that is open."""


@dataclass(slots=True)
class Watched:
    """A page of the browser, and all that was noticed while it was open."""

    page: Page
    host: str
    noticed: list[str] = field(default_factory=list)
    shown: int = 0
    """Pages opened that were not merely missing."""

    def __post_init__(self) -> None:
        self.page.on("dialog", lambda dialog: (self.noticed.append("a dialog opened"), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.noticed.append(f"a script failed: {error}"))
        self.page.on("console", lambda message: self._hear(message.text))
        self.page.on("request", lambda asked: self._see(asked.url))

    def _hear(self, text: str) -> None:
        if "Content Security Policy" in text or "Refused to" in text:
            self.noticed.append(f"the policy was broken: {text[:150]}")

    def _see(self, url: str) -> None:
        if not url.startswith(self.host):
            self.noticed.append(f"{url[:80]} was asked")

    def open(self, address: str) -> list[str]:
        """Open the address and return what is wrong with it."""
        self.noticed.clear()
        answer = self.page.goto(self.host + address, wait_until="load", timeout=60_000)
        assert answer is not None
        self.shown += answer.status != 404
        if answer.status >= 500:
            self.noticed.append(f"status {answer.status}")
        size = answer.request.sizes()["responseBodySize"]
        if size > LARGEST:
            self.noticed.append(f"{size:,} bytes")
        found = self.page.evaluate(LOOK)
        return [f"{address[:80]}: {what}" for what in (*found, *self.noticed)]

    def links(self) -> list[str]:
        """Return the addresses on this server to which the open page links."""
        found = self.page.eval_on_selector_all("a[href]", "all => all.map(one => one.href.split('#')[0])")
        return [link.removeprefix(self.host) for link in found if link.startswith(self.host + "/")]


def show_hostile(say: Say) -> Finding:
    """Open pages of a hostile release, and crawl those of the real one."""
    if CHROMIUM is None:
        missing = "Chromium is not installed (Debian: apt-get install chromium-headless-shell), so nothing was opened"
        return Finding(missing, False)
    with tempfile.TemporaryDirectory() as top, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context()
        say("hostile pages")
        with _running(Scratch(Path(top) / "evil", hostile_data.nquads(1_000_000))) as server:
            if not _is_watchful(context, server):
                return Finding("a script and a broken policy go unnoticed, so nothing can be told", False)
            hostile, failures = _open_all(context, server, hostile_data.addresses())
        failures += _refuse_too_long(Path(top) / "long")
        say("pages of the real release")
        build(Settings(home=HOME, releases=Path(top) / "real"), lambda _: None)
        with _running(Server(Path(top) / "real")) as server:
            honest, others = _crawl(context, server, scale(150, 15))
        browser.close()
    failures += others
    measured = f"{hostile} hostile and {honest} of our own pages: {len(failures)} scripts, links or violations"
    return Finding(measured, not failures and hostile > 0 and honest > 0, tuple(failures))


def _refuse_too_long(folder: Path) -> list[str]:
    """Return what is wrong with how a literal of 10 MB is taken: a release holds none that long."""
    try:
        Scratch(folder, hostile_data.nquads(10_000_000)).stop()
    except NotStorable:
        return []
    return ["a literal of 10 MB was stored"]


@contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.stop()


def _is_watchful(context: BrowserContext, server: Server) -> bool:
    """Return whether what this trial looks for is noticed when it is there."""
    watched = Watched(context.new_page(), server.url)
    watched.page.goto(server.url + "/query")
    watched.page.evaluate(
        "() => { document.body.insertAdjacentHTML('beforeend', "
        '\'<img src=x onerror="window.pwned=1"><a href="javascript:1">x</a>\\u202e\'); window.pwned = 1 }'
    )
    watched.page.wait_for_timeout(300)
    found = " ".join([*watched.page.evaluate(LOOK), *watched.noticed])
    watched.page.close()
    return all(
        sign in found for sign in ("has onerror", "leads to javascript:", "script ran", "turns", "policy was broken")
    )


def _open_all(context: BrowserContext, server: Server, addresses: list[str]) -> tuple[int, list[str]]:
    watched = Watched(context.new_page(), server.url)
    failures = [failure for address in addresses for failure in watched.open(address)]
    watched.page.close()
    return watched.shown, failures


def _crawl(context: BrowserContext, server: Server, most: int) -> tuple[int, list[str]]:
    """Return how many pages of the server were opened, each reached by links, and what was wrong."""
    watched = Watched(context.new_page(), server.url)
    waiting, seen, failures = ["/"], {"/"}, []
    while waiting and watched.shown < most:
        address = waiting.pop(0)
        if (
            not server.request("HEAD", address, Accept="text/html")
            .headers.get("Content-Type", "")
            .startswith("text/html")
        ):
            continue
        if "accept=" in address:
            continue
        failures += watched.open(address)
        new = [link for link in dict.fromkeys(watched.links()) if link not in seen]
        seen.update(new)
        waiting += new
    watched.page.close()
    return watched.shown, failures


TRIAL = Trial(
    "hostile pages in a real browser",
    "0 scripts run, 0 `javascript:` links, 0 violations of our own policy",
    show_hostile,
)
