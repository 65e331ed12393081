"""A person with a browser: headless Chromium against the running server."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.browsing import MISTAKEN, reading
from helpers.serving import Server


def find_editor(page: Page) -> Locator:
    """Return what a query is written in: the editor once it is ready, or without script the text area."""
    page.wait_for_load_state()  # scripts have run then, if they run at all
    if page.locator(".scripted:not([hidden])").count():
        page.wait_for_selector(".editor[data-ready]")
    return page.get_by_role("textbox", name="Query in SPARQL")


def write(page: Page, text: str) -> None:
    """Put a text in place of the query, as a keyboard does."""
    find_editor(page).focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails the test on any console message but on a bad query, and on any request that goes elsewhere."""
    with reading(browser, server.url, [MISTAKEN], java_script_enabled=request.param) as opened:
        yield opened


def test_from_the_home_page_to_an_entity_to_a_statement_to_its_evidence(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_title(re.compile("Attested"))
    page.get_by_role("region", name="Who is quoted").get_by_role("link", name="Russia", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Russia")
    page.get_by_role("link", name="Russia says that it has annexed four Ukrainian regions").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("annexed")
    who = page.locator("dl.key div", has_text="Attributed to")
    expect(who.get_by_role("link").first).to_have_text("Russia")
    technical = page.locator("details.technical")
    expect(technical.locator(".digest")).to_be_hidden()
    technical.locator("summary").click()
    expect(technical).to_contain_text("823 to 946")
    expect(technical.locator(".digest")).to_have_text(re.compile("^[0-9a-f]{64}$"))
    if not os.environ.get("KG_TEXTS"):
        expect(page.locator("main")).to_contain_text("text is not available here")


def test_with_the_text_at_hand_the_evidence_shows_the_passage(page: Page) -> None:
    if not os.environ.get("KG_TEXTS"):
        pytest.skip("KG_TEXTS names no folder of texts, so no passage can be shown")
    page.goto("/article/florida-talks/statement/007-4")
    expect(page.locator(".words-first blockquote")).to_contain_text("seized in 2014")


def test_who_disputes_the_territorial_claims_is_three_clicks_away(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="See who disputes what").click()
    page.get_by_role("link", name="Territory", exact=True).first.click()
    territory = page.locator("#issue-territory")
    rejection = territory.get_by_role("link", name=re.compile("each reject Russia's territorial claims")).first
    rejection.click()
    expect(page.get_by_role("heading", name="It is opposed to")).to_be_visible()
    expect(page.locator("dl.key")).to_contain_text("most of the international community")


def test_a_query_is_answered_on_the_page_and_an_error_in_its_place(page: Page) -> None:
    page.goto("/query")
    write(page, "SELECT ?x WHERE { ?x a <ns#Person> }")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("table")).to_contain_text("id:putin")
    write(page, "SELECT ?x WHERE { ?x }")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("line 1")


def test_an_example_runs_and_its_answer_leads_on_and_downloads(page: Page) -> None:
    page.goto("/query")
    page.get_by_role("link", name="Where does each party stand on each issue").click()
    expect(page.locator("#query")).to_have_value(re.compile("SELECT"))
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", level=2, name=re.compile("rows"))).to_be_visible()
    expect(page.get_by_role("table")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV").click()
    assert re.fullmatch(r"attested-[\w-]+\.csv", started.value.suggested_filename)


def test_our_iris_show_their_label_and_lead_to_their_page(page: Page) -> None:
    page.goto("/query")
    write(page, "SELECT ?who { ?who a <ns#Person> }")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("table").get_by_role("link", name="Putin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Putin")


GAP = """box => {
  const top = box.querySelector(".caret").getBoundingClientRect().top;
  return top - box.querySelector(".bad").getBoundingClientRect().bottom;
}"""
"""How far the caret is below the line with the mistake, in pixels; both at one moment, since the page may scroll."""


def test_a_mistake_is_marked_in_its_line_and_the_query_stays(page: Page) -> None:
    page.goto("/query")
    write(page, "SELECT ?x WHERE {\n  ?x a foo:Person\n}")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("line 2")
    expect(page.locator(".offence .bad")).to_contain_text("?x a foo:Person")
    expect(page.locator(".offence .caret")).to_have_text(re.compile(r"^\s*\^$"))
    assert page.locator(".offence").evaluate(GAP) >= -1
    expect(page.locator("#query")).to_have_value("SELECT ?x WHERE {\n  ?x a foo:Person\n}")


def test_the_keyboard_goes_from_the_query_to_run_to_the_answer(page: Page) -> None:
    page.goto("/sparql?query=SELECT+?x+{+VALUES+?x+{+1+}+}")
    find_editor(page).focus()
    names = []
    for _ in range(10):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        names.append(focused.inner_text().strip())
    scripted = ["Format", "Vocabulary", "Your queries"]
    plain = ["Run", "Explain", "Share", "Prefixes", "Examples", "CSV"]
    assert [name for name in names if name not in scripted][:6] == plain
    find_editor(page).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#answer$"))


@pytest.mark.parametrize(
    "query",
    ["SELECT * { ?s ?p ?o } LIMIT 20", "DESCRIBE <id/russia>", "SELECT ?x { ?x" + " " * 100 + "}", "ASK {}"],
    ids=["rows", "graph", "mistake", "boolean"],
)
def test_no_answer_makes_the_page_wider_than_a_narrow_phone(browser: Browser, server: Server, query: str) -> None:
    with reading(browser, server.url, [MISTAKEN], viewport={"width": 320, "height": 640}) as opened:
        opened.goto("/sparql?" + urlencode({"query": query}))
        opened.locator("details").first.evaluate("element => element.open = true")
        assert opened.evaluate("document.documentElement.scrollWidth") <= 320
