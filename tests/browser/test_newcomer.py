"""The newcomer of newcomer.md, step by step, with the keyboard alone. The numbers are those of its steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.browsing import reading
from helpers.serving import HOME, Server
from helpers.waiting import wait_until
from kg.release.work.build import build
from kg.settings import Settings

MOST_TABS = 120
"""Presses of Tab after which a control counts as out of reach."""
HEAVY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f FILTER(CONTAINS(STR(?c), STR(?f))) }"
ARTICLES = "SELECT (COUNT(?article) AS ?articles) WHERE { ?article a att:Article }"
NUMBERS = 'SELECT ?name ?number WHERE { VALUES (?name ?number) { ("reed" 3) ("moss" 5) ("fern" 4) } }'


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A new reader's browser; nothing may be said in the console, or blocked by the page's policy."""
    with reading(browser, server.url, viewport={"width": 1280, "height": 900}) as page:
        yield page


def is_focused(control: Locator) -> bool:
    return bool(control.evaluate("element => element.getRootNode().activeElement === element"))


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until a control has the focus; in the editor Escape goes before it, as the page says."""
    expect(control).to_be_attached()
    for _ in range(MOST_TABS):
        if is_focused(control):
            return
        if is_focused_in_editor(page):
            page.keyboard.press("Escape")
        page.keyboard.press("Tab")
    raise AssertionError(f"{control} cannot be reached by Tab")


def is_focused_in_editor(page: Page) -> bool:
    return bool(page.evaluate("() => document.activeElement?.classList.contains('editor')"))


def open_page(page: Page, address: str = "/query") -> Locator:
    """Open an address of the query page, and go to the editor."""
    page.goto(address)
    page.wait_for_selector(".editor[data-ready]")
    editor = page.locator(".cm-content")
    tab_to(page, editor)
    return editor


def write(page: Page, text: str) -> None:
    """Put a text in place of what is in the editor, which has the focus; brackets are typed as they are."""
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def run(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sparql?*")
    page.wait_for_selector(".editor[data-ready]")


def text_of(page: Page) -> str:
    return str(page.locator("#query").evaluate("area => area.value"))


def take(page: Page, words: str) -> None:
    """Go down the list of completions to the one that has the words, and take it."""
    chosen = page.locator(".cm-tooltip-autocomplete [aria-selected]")
    expect(chosen).to_be_visible()
    page.wait_for_timeout(
        100
    )  # CodeMirror takes no key within 75 ms of showing its list, lest it be meant for the text
    for _ in range(MOST_TABS):
        if words in chosen.inner_text():
            page.keyboard.press("Enter")
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{words} is not offered")


def test_steps_1_to_7_a_query_is_completed_mended_run_and_sorted(page: Page) -> None:
    open_page(page)
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert text_of(page) == ""
    page.keyboard.type("SELECT ?statement ?party WHERE {\n?statement a att:Stat")  # 2
    take(page, "att:Statement")
    page.keyboard.type(" .\n?statement att:")  # 3
    take(page, "att:claimant")
    page.keyboard.type(" ")  # 4
    page.keyboard.type("Ukraine")
    take(page, "Ukraine")
    page.keyboard.type(" ; att:about ?party .\n")
    assert re.search(
        r"\?statement a att:Statement \.\s+\?statement att:claimant (id:ukraine|<[^>]*id/ukraine>)", text_of(page)
    )
    page.keyboard.press("Control+End")  # 5: the brace that the editor had closed by itself is taken away again
    while text_of(page).rstrip().endswith("}"):
        page.keyboard.press("Backspace")
    wrong = page.locator(".cm-lintRange-error, .cm-lintPoint-error")
    expect(wrong).not_to_have_count(0)
    page.keyboard.press("Control+Shift+M")
    expect(page.locator(".cm-panel-lint [role=option]").first).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+End")
    page.keyboard.type("}")
    expect(wrong).to_have_count(0)
    run(page)  # 6
    expect(page.locator("#found")).to_have_text(re.compile(r"\d+ rows"))
    expect(page.get_by_text(re.compile(r"Answered in .* from release .* of \d{4}-\d\d-\d\d"))).to_be_visible()
    head = page.locator("table.results th").nth(1)
    tab_to(page, head.get_by_role("button"))  # 7
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    cells = page.locator("table.results tbody td:nth-child(2)").all_inner_texts()
    assert len(cells) > 3
    assert [cell.casefold() for cell in cells] == sorted(cell.casefold() for cell in cells)


def test_step_8_names_and_numbers_become_a_chart(page: Page) -> None:
    open_page(page)
    write(page, NUMBERS)
    run(page)
    tab_to(page, page.get_by_role("button", name="Chart", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator(".drawn svg rect.bar")).to_have_count(3)


def test_step_9_a_query_is_saved_and_is_there_after_the_page_is_loaded_anew(page: Page) -> None:
    open_page(page)
    write(page, NUMBERS)
    tab_to(page, page.get_by_text("Your queries"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.type("plants")
    tab_to(page, page.get_by_role("button", name="Save this query"))
    page.keyboard.press("Enter")
    open_page(page)
    assert text_of(page) != NUMBERS
    tab_to(page, page.get_by_text("Your queries"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="plants"))
    page.keyboard.press("Enter")
    assert text_of(page) == NUMBERS


def test_step_10_what_is_shared_opens_in_another_browser_and_runs_there(
    page: Page, browser: Browser, server: Server
) -> None:
    open_page(page)
    write(page, NUMBERS)
    run(page)
    tab_to(page, page.locator("summary", has_text="Share"))
    page.keyboard.press("Enter")
    field = page.get_by_label("The query, for others to change")
    tab_to(page, field)
    with reading(browser, server.url) as other:
        other.goto(field.input_value())
        other.wait_for_selector(".editor[data-ready]")
        assert NUMBERS in text_of(other)
        tab_to(other, other.get_by_role("button", name="Run", exact=True))
        other.keyboard.press("Enter")
        other.wait_for_url("**/sparql?*")
        expect(other.locator("table.results tbody tr")).to_have_count(3)


CANCEL = """async () => {
  const told = document.querySelector("[data-elapsed]");
  const cancel = document.querySelector("[data-cancel]");
  document.querySelector("form.query").requestSubmit();
  while (!told.textContent.includes(" s")) await new Promise((resolve) => setTimeout(resolve, 20));
  const said = [told.textContent, cancel.disabled, cancel.tabIndex];
  cancel.focus();
  said.push(document.activeElement === cancel);
  document.activeElement.click();
  return said;
}"""
"""Runs, looks, and activates the control that has the focus, all within the page: while an answer is on its way, the
browser passes no key of a driver on, which those of a person do not wait for."""


def test_step_11_a_long_query_is_cancelled_and_the_next_one_is_answered(browser: Browser, releases: Path) -> None:
    server = Server(releases, KG_QUERY_SECONDS="60", KG_WORKERS="1")
    page = browser.new_page(base_url=server.url)
    try:
        open_page(page)
        write(page, HEAVY)
        seconds, is_disabled, tab_index, is_in_focus = page.evaluate(CANCEL)
        assert re.fullmatch(r"Running \d+\.\d s", seconds)
        assert (is_disabled, tab_index, is_in_focus) == (False, 0, True)
        expect(page.locator("[data-elapsed]")).to_have_text("Cancelled")
        assert text_of(page) == HEAVY
        tab_to(page, page.locator(".cm-content"))
        write(page, "ASK {}")
        run(page)
        expect(page.locator("#found")).to_have_text("Yes")
    finally:
        page.close()
        server.stop()


def test_step_12_a_cited_answer_stays_and_tells_what_changed_since(
    browser: Browser, three_articles: Settings, tmp_path: Path
) -> None:
    """Of one article at first, of three later: the number is another row."""
    build(Settings(home=HOME, releases=tmp_path), lambda _: None)
    server = Server(tmp_path)
    page = browser.new_page(base_url=server.url)
    try:
        open_page(page)
        write(page, ARTICLES)
        run(page)
        earlier = re.search(r"release (\S+) of (\S+)\.", page.locator("#answer").inner_text())
        assert earlier
        tab_to(page, page.locator("summary", has_text="Share"))
        page.keyboard.press("Enter")
        field = page.get_by_label("To cite: the answer of this release, which stays")
        tab_to(page, field)
        cited = field.input_value()
        later, *_ = build(three_articles.with_(releases=tmp_path), lambda _: None)
        assert wait_until(lambda: later.id in server.get("/code/flat", "text/html").text)
        page.goto(cited)
        words = page.locator("main").inner_text()
        assert f"{earlier[1]}, of {earlier[2]}" in words
        assert "answers differently: 1 removed, 1 added" in words
        tables = page.locator("table.results tbody").all_inner_texts()
        assert [table.strip() for table in tables] == ["1", "3"]
        tab_to(page, page.get_by_role("link", name="The answer as it was"))
        page.keyboard.press("Enter")
        page.wait_for_url("**/sparql?*")
        assert page.locator("table.results tbody").inner_text().strip() == "1"
    finally:
        page.close()
        server.stop()


def test_step_13_without_script_the_form_is_sent_and_the_table_is_read(browser: Browser, server: Server) -> None:
    with reading(browser, server.url, java_script_enabled=False) as page:
        page.goto("/query")
        area = page.get_by_label("Query in SPARQL")
        for _ in range(MOST_TABS):
            if page.locator("#query:focus").count():
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(NUMBERS)
        assert area.input_value() == NUMBERS
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("table.results tbody tr")).to_have_count(3)
        assert page.locator("table.results tbody tr").first.inner_text().split() == ["reed", "3"]
