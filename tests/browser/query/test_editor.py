"""The query page by keyboard: complete, mend, run, sort, narrow down, cancel; and without script as before."""

from __future__ import annotations

import csv
import gzip
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.browsing import reading, violations
from helpers.serving import HOME, Server

STATIC = HOME / "src" / "kg" / "web" / "static" / "editor"
EDITOR = HOME / "editor"
FIRST_LOAD = 250_000
"""Bytes, compressed, of all script that the page loads before anybody types."""

RUN_AND_CANCEL = """async () => {
  const told = document.querySelector("[data-elapsed]");
  document.querySelector("form.query").requestSubmit();
  while (!told.textContent.includes(" s")) await new Promise((resolve) => setTimeout(resolve, 20));
  const said = told.textContent;
  document.querySelector("[data-cancel]").click();
  return said;
}"""
"""In one go, since the driver waits for what is being loaded; a person need not."""


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The query page with its editor ready; nothing may be said in the console, or blocked by the page's policy."""
    with reading(browser, server.url, viewport={"width": 1280, "height": 900}) as page:
        page.goto("/query")
        page.wait_for_selector(".editor[data-ready]")
        yield page


def write(page: Page, text: str) -> None:
    """Put a text in place of the query, letter by letter."""
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def text_of(page: Page) -> str:
    return str(page.locator("#query").evaluate("area => area.value"))


def choose(page: Page, letters: str, words: str) -> None:
    """Type letters, wait for a completion that has the words to be the one that is chosen, and take it."""
    page.keyboard.type(letters)
    expect(page.locator(".cm-tooltip-autocomplete [aria-selected]")).to_contain_text(words)
    page.wait_for_timeout(
        100
    )  # CodeMirror takes no key within 75 ms of showing its list, lest it be meant for the text
    page.keyboard.press("Enter")


def test_a_class_a_property_and_an_entity_are_completed_by_keyboard(page: Page) -> None:
    write(page, "SELECT * WHERE {\n?s a ")
    choose(page, "position", "att:Position")
    page.keyboard.type(" ; ")
    choose(page, "hold", "att:holder")
    page.keyboard.type(" ")
    choose(page, "russ", "id:russia")
    assert "?s a att:Position ; att:holder id:russia" in text_of(page)
    assert re.search(r"^PREFIX att: <https://attested.example/ns#>$", text_of(page), re.MULTILINE)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sparql?*")
    expect(page.locator("table.results")).to_be_visible()


def test_an_error_is_underlined_at_its_place_and_goes_when_it_is_mended(page: Page) -> None:
    write(page, "SELECT * WHERE { ?s ?p ?o } LIMIT x")
    wrong = page.locator(".cm-lintRange-error")
    expect(wrong).to_have_text("x")
    page.keyboard.press("Backspace")
    page.keyboard.type("5")
    expect(wrong).to_have_count(0)


def test_nothing_that_is_typed_is_sent_to_be_checked(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    write(page, "SELECT * WHERE { ?s ?p ?o } LIMIT y")
    expect(page.locator(".cm-lintRange-error")).to_have_text("y")
    assert [url for url in sent if "/static/" not in url] == []


def test_known_prefixes_need_not_be_declared(page: Page) -> None:
    write(page, "SELECT ?s WHERE { ?s a att:Issue } LIMIT 3")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sparql?*")
    assert "PREFIX+att%3A" in page.url
    expect(page.locator("#found")).to_contain_text("3")


def test_a_line_is_made_a_comment_searched_for_and_brought_back(page: Page) -> None:
    write(page, "ASK { ?s ?p ?o }")
    page.keyboard.press("Control+/")
    assert text_of(page) == "# ASK { ?s ?p ?o }"
    page.keyboard.press("Control+/")
    assert text_of(page) == "ASK { ?s ?p ?o }"
    page.keyboard.press("Control+z")
    assert text_of(page) != "ASK { ?s ?p ?o }"
    page.keyboard.press("Control+f")
    expect(page.locator(".cm-search input[name=search]")).to_be_focused()
    page.keyboard.press("Escape")


def test_tab_leaves_the_editor_for_whoever_has_no_mouse(page: Page) -> None:
    page.locator(".cm-content").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Run")).to_be_focused()


def test_format_puts_keywords_in_capitals_and_steps_in_for_braces(page: Page) -> None:
    write(page, "")
    page.keyboard.insert_text('select ?s where {\n?s a att:Issue .\nfilter(?s != "select {")\n}')
    page.get_by_role("button", name="Format").click()
    assert text_of(page) == 'SELECT ?s WHERE {\n  ?s a att:Issue .\n  FILTER(?s != "select {")\n}'


def test_rows_are_sorted_and_narrowed_down(page: Page) -> None:
    write(page, "SELECT ?n WHERE { VALUES ?n { 10 9 100 2 33 } }")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sparql?*")
    cells = page.locator("table.results tbody td")
    page.get_by_role("button", name="n integer").or_(page.get_by_role("button", name=re.compile("^n"))).first.click()
    assert cells.all_inner_texts() == ["2", "9", "10", "33", "100"]
    assert page.locator("table.results th").get_attribute("aria-sort") == "ascending"
    page.get_by_role("searchbox", name="Filter rows").fill("3")
    assert next(cell for cell in cells.all() if cell.is_visible()).inner_text() == "33"
    expect(page.get_by_text("1 / 5")).to_be_visible()


def test_a_long_query_tells_its_time_and_can_be_cancelled(browser: Browser, releases: Path) -> None:
    """And the query stays on the page, and the next one is answered."""
    server = Server(releases, KG_QUERY_SECONDS="60", KG_WORKERS="1")
    page = browser.new_page(base_url=server.url)
    try:
        page.goto("/query")
        page.wait_for_selector(".editor[data-ready]")
        heavy = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        write(page, heavy)
        assert re.fullmatch(r"Running \d+\.\d s", page.evaluate(RUN_AND_CANCEL))
        expect(page.locator("[data-elapsed]")).to_have_text("Cancelled")
        assert text_of(page) == heavy
        write(page, "ASK {}")
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**/sparql?*ASK*")
        expect(page.locator("#found")).to_have_text("Yes")
    finally:
        page.close()
        server.stop()


def test_the_same_query_is_asked_again(browser: Browser, server: Server) -> None:
    """By the button and by the keys, though its address is the page's own, also of more than one line."""
    with reading(browser, server.url) as page:
        page.goto("/query")
        write(page, "SELECT ?s\nWHERE { ?s a <ns#Issue> } LIMIT 2")
        page.get_by_role("button", name="Run").click()
        for again in (page.get_by_role("button", name="Run").click, lambda: page.keyboard.press("Control+Enter")):
            page.wait_for_url("**/sparql?*#answer")
            page.wait_for_selector(".editor[data-ready]")
            page.locator(".cm-content").focus()
            with page.expect_navigation(wait_until="load"):
                again()
            expect(page.locator("table.results tbody tr")).to_have_count(2)
            expect(page.locator("[data-elapsed]")).to_be_empty()


def test_without_script_the_form_runs_and_the_table_is_read(browser: Browser, server: Server) -> None:
    with reading(browser, server.url, java_script_enabled=False) as page:
        page.goto("/query")
        page.get_by_label("Query in SPARQL").fill("SELECT ?s WHERE { ?s a <ns#Issue> } LIMIT 2")
        page.get_by_role("button", name="Run").click()
        expect(page.locator("table.results tbody tr")).to_have_count(2)
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editor_is_accessible(browser: Browser, server: Server, scheme: str) -> None:
    with reading(browser, server.url, color_scheme=scheme, viewport={"width": 320, "height": 800}) as page:
        page.goto("/query")
        page.wait_for_selector(".editor[data-ready]")
        text = "SELECT ?s (COUNT(*) AS ?n) WHERE { ?s a att:Issue, 'x'@en ; ?p 5 # note\n} LIMIT z"
        write(page, f"PREFIX att: <ns#> {text}")
        expect(page.locator(".cm-lintRange-error")).to_have_text("z")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_page_loads_less_script_than_it_may(page: Page) -> None:
    total = 0
    for name in page.evaluate("[...document.querySelectorAll('script[src]')].map(each => new URL(each.src).pathname)"):
        path = HOME / "src" / "kg" / "web" / name.lstrip("/")
        total += len(gzip.compress(path.read_bytes()))
    assert 0 < total < FIRST_LOAD


def test_the_bundle_is_what_its_packages_make(tmp_path: Path) -> None:
    """Of the versions that editor/package-lock.json pins; skipped where Node or its packages are not available."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("Node is not installed, so the bundle cannot be made anew")
    folder = shutil.copytree(EDITOR, tmp_path / "editor", ignore=shutil.ignore_patterns("node_modules"))
    command = [npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    if subprocess.run(command, cwd=folder, check=False).returncode:
        pytest.skip("the packages of the editor cannot be fetched here")
    made = tmp_path / "made"
    subprocess.run([node, "build.mjs", str(made)], cwd=folder, check=True)
    assert sorted(path.name for path in made.iterdir()) == sorted(path.name for path in STATIC.iterdir())
    for path in made.iterdir():
        assert path.read_bytes() == (STATIC / path.name).read_bytes(), f"run make editor: {path.name} is another"


def test_a_term_is_inserted_from_the_vocabulary(page: Page) -> None:
    write(page, "ASK { ?s a ")
    page.locator("summary", has_text="Vocabulary").click()
    page.get_by_role("searchbox", name="Find").fill("offered as fact")
    page.get_by_role("button", name="att:Assertion").click()
    assert "?s a att:Assertion" in text_of(page)


def test_queries_are_kept_in_the_browser_until_they_are_forgotten(page: Page) -> None:
    write(page, "ASK { ?s a <ns#Issue> }")
    page.get_by_text("Your queries").click()
    page.get_by_label("Name", exact=True).fill("<b>issues</b>")
    page.get_by_role("button", name="Save this query").click()
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sparql?*")
    page.goto("/query")
    page.wait_for_selector(".editor[data-ready]")
    page.get_by_text("Your queries").click()
    expect(page.locator("[data-recent] li")).to_have_count(1)
    page.get_by_role("button", name="<b>issues</b>").click()
    assert text_of(page) == "ASK { ?s a <ns#Issue> }"
    page.get_by_text("Your queries").click()
    page.locator("[data-saved]").get_by_role("button", name="Forget").click()
    expect(page.locator("[data-saved] li")).to_have_count(0)


def test_properties_come_by_how_often_things_of_the_class_have_them(page: Page, server: Server) -> None:
    counted = """SELECT ?p (COUNT(*) AS ?n) WHERE { { SELECT ?s { ?s a <ns#Observation> } LIMIT 500 } ?s ?p ?o }
        GROUP BY ?p ORDER BY DESC(?n) ?p"""
    rows = csv.reader(io.StringIO(server.query(counted, "text/csv").text))
    wanted = [(iri.partition("ns#")[2], n) for iri, n in rows if "ns#" in iri and "attested" in iri]
    write(page, "SELECT * WHERE { ?s a att:Observation ; att:")
    options = page.locator(".cm-tooltip-autocomplete li")
    expect(options.first).to_contain_text(wanted[0][1])
    shown = [re.search(r"att:([A-Za-z]+)", text) for text in options.all_inner_texts()[: len(wanted)]]
    assert {found[1] for found in shown if found} == {name for name, _ in wanted}
    numbers = [int(text) for text in page.locator(".cm-completionDetail").all_inner_texts()[: len(wanted)]]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("id:russia", "Russia"),
        ("<code/flat>", "Said with no hedge"),
        ("att:Position", "A statement of what a party demands"),
    ],
)
def test_a_term_under_the_pointer_tells_what_it_stands_for(page: Page, term: str, said: str) -> None:
    write(page, "")
    page.keyboard.insert_text(f"ASK {{ ?s ?p {term} }}")
    box = page.locator(".cm-line").first.bounding_box()
    assert box is not None
    letters = len(f"ASK {{ ?s ?p {term} }}")
    width = page.locator(".cm-line").first.evaluate(
        "line => { const range = document.createRange(); range.selectNodeContents(line);"
        " return range.getBoundingClientRect().width }"
    )
    page.mouse.move(box["x"] + 6 + width * 14 / letters, box["y"] + box["height"] / 2)
    expect(page.locator(".cm-hover")).to_contain_text(said)
