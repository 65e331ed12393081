"""What somebody entered on the page of kg annotate, or another editor wrote meanwhile, is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from browser.annotate.annotating import Editor, served
from browser.browsing import REFUSED, reading
from helpers.articles import begun
from helpers.waiting import PATIENCE
from kg.annotate.saving import Reader, Saver
from kg.annotate.workspace import Workspace
from kg.corpus.articles.new import Reference

TEXT = """\
Tarn closes its pier

The town council of Tarn will close the ferry pier in 2025.

The council said that repairs could cost about 40,000 euros.
"""
GONE = ("net::ERR_FAILED", "net::ERR_CONNECTION_REFUSED")
"""What a console shows of a request that got no answer."""
BASE = "https://attested.example/"
VERB = '  att:verb "will close" ;\n'


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    """An article with two statements on its second passage."""
    work = Workspace(begun(tmp_path, TEXT, Reference()), "tarn-pier")
    for thing in ("id/ukraine", "id/donbas"):
        values = {
            "rdfs:label": [{"text": "Russia ends it", "lang": "en"}],
            "att:claimant": [{"iri": f"{BASE}article/tarn-pier/voice"}],
            "att:subject": [{"iri": f"{BASE}id/russia"}],
            "att:relation": [{"iri": f"{BASE}code/ends"}],
            "att:object": [{"iri": BASE + thing}],
            "att:modality": [{"iri": f"{BASE}code/scheduled"}],
        }
        sent = Reader(work).read({"form": "Assertion", "passage": "002", "values": values})
        Saver(work).save(sent, work.revision)
    return work


def opened(browser: Browser, link: str, *expected: str) -> Iterator[Editor]:
    size = {"width": 1280, "height": 900}
    with reading(browser, None, [REFUSED, *expected], viewport=size, locale="en-GB") as page:
        editor = Editor(page)
        editor.open(link)
        editor.go_to("002")
        page.locator(".card").nth(1).wait_for()
        yield editor


@pytest.fixture
def editor(browser: Browser, work: Workspace) -> Iterator[Editor]:
    with served(work) as link:
        yield from opened(browser, link)


def statements(work: Workspace) -> Path:
    return work.folder / "statements-001.ttl"


def add_verb(work: Workspace, name: str) -> str:
    """Add a verb to a statement, as another program does; return the file as it is then."""
    path = statements(work)
    head, found, rest = path.read_text("utf-8").partition(f"s:{name} a att:Assertion ;\n")
    assert found
    path.write_text(head + found + VERB + rest, "utf-8")
    return head + found + VERB + rest


def label(page: Page, text: str) -> None:
    page.locator(".form [data-field='rdfs:label@en']").fill(text)


def told(page: Page, words: str) -> None:
    page.locator("#said.wrong", has_text=words).wait_for()


def test_what_another_added_to_the_open_statement_is_never_overwritten(editor: Editor, work: Workspace) -> None:
    page = editor.page
    editor.press("1")
    label(page, "Russia will end it")
    theirs = add_verb(work, "002-1")
    for _ in range(2):
        page.locator("#said").evaluate("(one) => { one.textContent = ''; }")
        editor.press("Control+Enter")
        told(page, "statement/002-1 changed on the disk since you opened it (att:verb)")
        assert statements(work).read_text("utf-8") == theirs
        assert page.locator(".form [data-field='rdfs:label@en']").input_value() == "Russia will end it"


def test_a_statement_that_changed_while_another_was_open_is_opened_as_it_is_now(
    editor: Editor, work: Workspace
) -> None:
    page = editor.page
    editor.press("1")
    page.locator(".form").wait_for()
    add_verb(work, "002-2")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    told(page, "changed on the disk")
    editor.press("Escape")
    page.locator(".form").wait_for(state="detached")
    editor.press("2")
    assert page.locator(".form [data-field='att:verb']").input_value() == "will close"
    editor.save()
    assert VERB in statements(work).read_text("utf-8")


def test_a_note_stays_while_the_check_ends_and_takes_all_keys(editor: Editor, work: Workspace) -> None:
    page = editor.page
    waiting: list[Route] = []
    page.route("**/api/check", lambda route: waiting.append(route))
    with page.expect_request("**/api/check"):
        editor.press("Control+z")
    page.locator(".card").nth(1).wait_for(state="detached")
    before = statements(work).read_bytes()
    editor.press("o")
    page.locator("[data-field=note]").wait_for()
    editor.type("nothing ")
    with page.expect_response("**/api/check"):
        for route in waiting:
            route.continue_()
    page.locator(".progress [data-check=done]").wait_for()
    editor.type("said")
    assert page.locator("[data-field=note]").input_value() == "nothing said"
    assert statements(work).read_bytes() == before
    editor.press("Enter")
    page.locator(".note-of", has_text="nothing said").wait_for()
    assert b'"nothing said"@en' in statements(work).read_bytes()


def test_a_note_stays_after_a_conflict_and_does_not_replace_another(editor: Editor, work: Workspace) -> None:
    page, path = editor.page, statements(work)
    editor.press("o")
    editor.type("mine")
    theirs = path.read_text("utf-8") + '\np:002 skos:editorialNote "theirs"@en .\n'
    path.write_text(theirs, "utf-8")
    editor.press("Enter")
    told(page, "changed on the disk")
    page.locator("#said").evaluate("(one) => { one.textContent = ''; }")
    editor.press("Enter")
    told(page, "to “theirs”")
    assert page.locator("[data-field=note]").input_value() == "mine"
    assert path.read_text("utf-8") == theirs


def test_a_form_is_dropped_only_by_who_cancels_twice_and_an_unchanged_one_at_once(editor: Editor) -> None:
    page, form = editor.page, editor.page.locator(".form")
    editor.press("1")
    form.wait_for()
    editor.press("Escape")
    form.wait_for(state="detached")
    editor.press("1")
    label(page, "Russia will end it")
    editor.press("Escape")
    told(page, "is not saved")
    assert form.count() == 1
    editor.type("x")
    editor.press("Escape")
    assert form.count() == 1
    editor.press("Escape")
    form.wait_for(state="detached")


def test_a_page_with_a_filled_form_is_not_left_without_asking(browser: Browser, work: Workspace) -> None:
    with served(work) as link:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        try:
            asked: list[str] = []
            page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
            Editor(page).open(link)
            page.keyboard.press("n")
            page.locator(".form").click()
            label(page, "Russia will end it")
            with page.expect_event("dialog"):
                page.evaluate("setTimeout(() => location.reload())")
            assert asked == ["beforeunload"]
            assert page.locator(".form [data-field='rdfs:label@en']").input_value() == "Russia will end it"
        finally:
            page.context.close()


def test_where_the_server_has_ended_the_page_says_so_and_keeps_the_form(browser: Browser, work: Workspace) -> None:
    with served(work) as link:
        opening = opened(browser, link, *GONE)
        editor = next(opening)
        editor.press("1")
        label(editor.page, "Russia will end it")
    editor.press("Control+Enter")
    editor.page.locator(".form .problem", has_text="start kg annotate again").wait_for()
    assert editor.page.locator(".form [data-field='rdfs:label@en']").input_value() == "Russia will end it"
    with pytest.raises(AssertionError, match="failed: "):  # the browser tells of the requests, and of nothing else
        next(opening)


def test_a_statement_whose_answer_was_lost_is_not_written_twice(browser: Browser, work: Workspace) -> None:
    with served(work) as link:
        opening = opened(browser, link, *GONE)
        editor = next(opening)
        page, lost = editor.page, []

        def lose(route: Route) -> None:
            lost.append(route.fetch().status)
            route.abort()

        page.route("**/api/save", lose, times=1)
        editor.press("1")
        page.locator(".form").wait_for()
        editor.press("Escape")
        page.locator(".form").wait_for(state="detached")
        editor.press("n")
        for name, words in (("att:subject", "russia"), ("att:relation", "ends"), ("att:object", "ukraine")):
            editor.focus(name)
            editor.choose(f"{BASE}{'code' if name == 'att:relation' else 'id'}/{words}", [words])
        label(page, "It was said twice")
        editor.press("Control+Enter")
        page.locator(".form .problem", has_text="does not answer").wait_for()
        assert lost == [200]
        label(page, "It was said once")
        editor.press("Control+Enter")
        page.locator(".form").wait_for(state="detached")
        written = statements(work).read_text("utf-8")
        assert written.count("It was said") == 1
        assert "It was said once" in written
        with pytest.raises(AssertionError, match=r"failed: .*api/save"):
            next(opening)
