"""The query page in each of its states for everyone: axe finds nothing, nothing is too wide, the console is empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.browsing import MISTAKEN, WAYS, look, reading, violations
from helpers.serving import Server
from helpers.slow import mostly_slow, slow

NUMBERS = 'SELECT ?name ?n ?m { VALUES (?name ?n ?m) { ("one thing" 10 2) ("another thing" 40000 9) ("a third" 7 1) } }'
WKT = "<http://www.opengis.net/ont/geosparql#wktLiteral>"
PLACES = (
    f'SELECT * {{ VALUES (?x ?at) {{ (<id/ukraine> "POINT(30 50)"^^{WKT}) (<id/crimea> "POINT(34 45)"^^{WKT}) }} }}'
)
LINKS = "CONSTRUCT { ?s <urn:x:says> ?o } { ?s <ns#holder> ?o }"
STATEMENT = "SELECT * { VALUES ?x { <article/florida-talks/statement/079-1> } }"


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page on which nothing may be said in its console, or blocked by the page's policy."""
    with reading(browser, server.url, [MISTAKEN]) as page:
        yield page


def ask(page: Page, text: str) -> None:
    page.goto(f"/sparql?{urlencode({'query': text})}")
    page.wait_for_selector(".editor[data-ready]")


def see(view: str, text: str) -> Callable[[Page], None]:
    def open_view(page: Page) -> None:
        ask(page, text)
        page.get_by_role("button", name=view, exact=True).click()
        expect(page.locator(".drawn svg")).to_be_visible()

    return open_view


def chart(kind: str, *, is_narrowed: bool = False) -> Callable[[Page], None]:
    def open_chart(page: Page) -> None:
        see("Chart", NUMBERS)(page)
        page.locator(".drawn").get_by_label("Kind").select_option(kind)
        if is_narrowed:
            page.get_by_role("button", name="Zoom in").click()
            expect(page.locator(".drawn [role=status]")).to_contain_text("A part of the axis")

    return open_chart


def begin(page: Page) -> None:
    page.goto("/query")
    page.wait_for_selector(".editor[data-ready]")


def complete(page: Page) -> None:
    begin(page)
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nVALUES ?x { att:pos")
    expect(page.locator(".cm-tooltip-autocomplete")).to_be_visible()


def be_mistaken(page: Page) -> None:
    ask(page, "SELECT ?s (COUNT(?p) AS ?n) { ?s ?p ?o }")
    expect(page.locator(".cm-lintRange-error")).to_have_text("?s")


def ask_who_says_it(page: Page) -> None:
    ask(page, STATEMENT)
    page.get_by_role("button", name="Who says it").click()
    expect(page.locator(".gist")).to_be_visible()


def share(page: Page) -> None:
    begin(page)
    page.get_by_text("Share", exact=True).click()
    expect(page.get_by_label("The answer, asked anew")).to_be_visible()


def look_words_up(page: Page) -> None:
    ask(page, "ASK { ?s a <ns#Nothing> }")
    page.get_by_text("Vocabulary", exact=True).click()
    expect(page.get_by_role("button", name="att:Assertion", exact=True)).to_be_visible()


def see_examples(page: Page) -> None:
    ask(page, "SELECT ?nothing { ?s a <ns#Statment> }")
    page.get_by_text("Examples", exact=True).click()
    page.get_by_text("What does an actor say, according to the articles?").click()


STATES: dict[str, Callable[[Page], None]] = {
    "begin": begin,
    "complete": complete,
    "mistaken": be_mistaken,
    "statement": ask_who_says_it,
    "chart": see("Chart", NUMBERS),
    "stacked bars": chart("stack"),
    "part of a scatter plot": chart("scatter", is_narrowed=True),
    "map": see("Map", PLACES),
    "graph": see("Graph", LINKS),
    "share": share,
    "vocabulary": look_words_up,
    "examples of an empty answer": see_examples,
}


def require_nothing_wrong(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


@pytest.mark.parametrize("state", mostly_slow(STATES, ["mistaken", "chart", "share"]))
def test_axe_finds_nothing_and_nothing_is_too_wide(page: Page, state: str) -> None:
    look(page, "light")
    STATES[state](page)
    require_nothing_wrong(page)
    look(page, "narrow dark")
    require_nothing_wrong(page)


@slow("test_axe_finds_nothing_and_nothing_is_too_wide")
@pytest.mark.parametrize("state", list(STATES))
@pytest.mark.parametrize("way", list(WAYS))
def test_axe_finds_nothing_in_any_way(page: Page, way: str, state: str) -> None:
    look(page, way)
    STATES[state](page)
    require_nothing_wrong(page)
