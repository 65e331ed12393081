"""A first-time visitor with a keyboard alone: from the home page to an answer in at most four steps.

A step is one press of Enter. What is between is Tab, or typing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.browsing import reading
from helpers.serving import Server

MOST_STEPS = 4
MOST_TABS = 250
CIVILIANS = "civilians killed, November 2025"


class Visitor:
    """A person who sees the page and has no mouse; each activation is counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.steps = 0

    def reach(self, name: str | re.Pattern[str]) -> None:
        """Press Tab until what is focused bears the name."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            said = self.page.evaluate("document.activeElement.innerText || ''").strip()
            if said == name if isinstance(name, str) else name.search(said):
                return
        raise AssertionError(f"no Tab leads to {name!r} on {self.page.url}")

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Go on by a link."""
        self.reach(name)
        with self.page.expect_navigation():
            self.press()

    def press(self) -> None:
        self.page.keyboard.press("Enter")
        self.steps += 1
        assert self.steps <= MOST_STEPS


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def visitor(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    with reading(browser, server.url, java_script_enabled=request.param, accept_downloads=True) as page:
        page.goto("/")
        yield Visitor(page)


def test_who_disputes_the_territorial_claims_and_where_it_is_said(visitor: Visitor) -> None:
    visitor.follow("Territory")
    visitor.follow(re.compile("each reject Russia's territorial claims"))
    expect(visitor.page.locator("dl.key")).to_contain_text("most of the international community")
    expect(visitor.page.locator("dl.key")).to_contain_text("passage 8")
    expect(visitor.page.get_by_role("heading", name="It is opposed to")).to_be_visible()


def test_how_many_civilians_and_what_at_least_means_there(visitor: Visitor) -> None:
    visitor.follow(CIVILIANS)
    facts = visitor.page.locator("dl.facts div")
    expect(facts.filter(has_text="Value")).to_contain_text("226")
    expect(facts.filter(has_text="Bound").first).to_contain_text("a lower limit")


def test_a_bibtex_entry_of_that_statement(visitor: Visitor) -> None:
    visitor.follow(CIVILIANS)
    visitor.reach("BibTeX")
    with visitor.page.expect_download() as download:
        visitor.press()
    text = download.value.path().read_text("utf-8")
    assert text.lstrip().startswith("@")
    assert "civilians killed, November 2025" in text


def test_the_same_facts_as_turtle(visitor: Visitor) -> None:
    visitor.follow(CIVILIANS)
    visitor.reach("Turtle")
    with visitor.page.expect_navigation(url=re.compile(r"\.ttl$")):
        visitor.press()
    turtle = visitor.page.locator("body").inner_text()
    assert re.search(r"att:value\s+226", turtle)
    assert "code:at-least" in turtle


def test_an_identifier_is_copied_and_the_button_says_so(browser: Browser, server: Server) -> None:
    with reading(browser, server.url, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto("/doc/russia")
        button = page.get_by_role("button", name="Copy the IRI")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".iri button")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == "https://attested.example/id/russia"


def test_without_script_no_button_is_shown_that_would_do_nothing(browser: Browser, server: Server) -> None:
    with reading(browser, server.url, java_script_enabled=False) as page:
        page.goto("/doc/russia")
        expect(page.locator("button.copy").first).to_be_hidden()
