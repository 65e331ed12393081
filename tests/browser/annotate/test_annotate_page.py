"""The page of kg annotate by keyboard alone, alongside other editors, with hostile text, and for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browser.annotate.annotating import ATT, Editor, served
from browser.browsing import REFUSED, reading, violations
from helpers.articles import begun
from kg.annotate.workspace import Workspace
from kg.corpus.articles.new import Reference
from kg.settings import Settings

HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=2</script>'
TEXT = f"""\
Tarn closes its pier

The town council of Tarn will close the ferry pier in 2025.

The council said that repairs could cost about 40,000 euros {HOSTILE}.

| Year | Ships |
|---|---|
| 2021 | 112 |
"""


@pytest.fixture
def tarn(tmp_path: Path) -> Settings:
    return begun(tmp_path, TEXT, Reference(headline=f"Tarn {HOSTILE}", publisher=HOSTILE))


@pytest.fixture
def work(tarn: Settings) -> Workspace:
    return Workspace(tarn, "tarn-pier")


@pytest.fixture
def editor(browser: Browser, work: Workspace) -> Iterator[Editor]:
    size = {"width": 1280, "height": 900}
    with served(work) as link, reading(browser, link, [REFUSED], viewport=size, locale="en-GB") as page:
        editor = Editor(page)
        editor.open(link)
        yield editor


def focused(page: Page, name: str) -> None:
    page.wait_for_function("(name) => document.activeElement?.dataset.field === name", arg=name)


def search(editor: Editor, words: str) -> None:
    """Type in the search that has the focus, and take the first that is offered."""
    editor.type(words)
    editor.press("Enter")


def test_a_statement_is_made_by_keyboard_alone_and_undone(editor: Editor, work: Workspace) -> None:
    page, path = editor.page, work.folder / "statements-001.ttl"
    before = path.read_bytes()
    editor.press("j")
    page.locator("#side-title", has_text="Passage 2").wait_for()
    editor.press("n")
    focused(page, "form")
    editor.press("Tab")
    editor.press("Tab")
    search(editor, "russia")
    page.locator(".form [data-of='att:subject'] .chip").wait_for()
    editor.press("Tab")
    search(editor, "ends")
    focused(page, "att:object")
    search(editor, "ukraine")
    page.locator(".form [data-of='att:object'] .chip").wait_for()
    editor.press("F6")
    editor.press("ArrowRight", 6)
    assert page.locator(".w.on").all_inner_texts() == ["will"]
    editor.press("Shift+ArrowRight")
    assert page.locator(".w.on").all_inner_texts() == ["will", "close"]
    editor.press("Shift+ArrowLeft")
    editor.press("Enter")
    focused(page, "means")
    search(editor, "scheduled")
    page.locator(".form .reading", has_text="is scheduled to end").wait_for()
    page.locator(".form .reading", has_text="geplant ist").wait_for()
    editor.save()
    written = path.read_text("utf-8")
    assert 'rdfs:label "Russia is scheduled to end Ukraine"@en ;' in written  # the reading, as it was proposed
    assert "att:modality code:scheduled ;" in written
    assert 'att:printed "will" ;' in written
    assert editor.counts["clicks"] == 0
    page.locator(".card .reading", has_text="Russia is scheduled to end Ukraine").first.wait_for()
    editor.press("Control+z")
    page.wait_for_function("() => !document.querySelector('.card')")
    assert path.read_bytes() == before
    editor.press("Control+y")
    page.locator(".card").wait_for()
    assert path.read_text("utf-8") == written


def test_a_draft_is_marked_and_what_is_wrong_stands_beside_it_until_it_is_finished(editor: Editor) -> None:
    page = editor.page
    editor.go_to("003")
    editor.press("d")
    page.locator(".card.draft .badge").first.wait_for()
    page.locator(".card.draft .findings", has_text="A draft").first.wait_for()
    page.locator(".progress [data-check=done]").wait_for()
    drafts = page.locator(".card.draft").count()
    assert drafts >= 2
    editor.press("2")
    page.locator(".form .draft-note").wait_for()
    assert {"40,000", "about"} <= set(page.locator(".form .words-row q").all_inner_texts())
    editor.save()
    page.locator(".card:not(.draft)").wait_for()
    assert page.locator(".card.draft").count() == drafts - 1


def test_a_cell_of_a_table_becomes_a_figure_with_its_number_header_and_place(editor: Editor) -> None:
    page = editor.page
    editor.go_to("005")
    editor.click(page.locator(".cell[data-cell='2']"))
    focused(page, "means")
    editor.press("ArrowDown")
    page.locator(".options [data-iri=number]").wait_for()
    editor.press("Enter")
    focused(page, "att:prints")
    assert page.locator(".form [data-of='att:context'] .chip").inner_text().startswith("4")
    assert page.locator(".form [data-field='att:cell']").input_value() == "2"
    editor.press("ArrowDown")
    page.locator(".options [data-iri='new:Observation']").wait_for()
    editor.press("Enter")
    value = page.locator(".form [data-field='att:value']")
    value.wait_for()
    assert value.input_value() == "112"


def qualities(page: Page) -> list[str]:
    chips = page.locator(".form [data-of='att:quality'] .chip")
    return [str(iri).rpartition("/")[2] for iri in chips.evaluate_all("(all) => all.map((one) => one.dataset.iri)")]


def test_several_codes_are_given_and_corrected_and_no_other_line_changes(editor: Editor, work: Workspace) -> None:
    page, path = editor.page, work.folder / "statements-001.ttl"
    editor.press("j")
    page.locator("#side-title", has_text="Passage 2").wait_for()
    editor.press("n")
    focused(page, "form")
    editor.press("e")  # an evaluation
    page.locator(".form [data-field='att:quality']").wait_for()
    editor.put("att:subject", "russia")
    editor.press("Enter")
    for words in ("strong", "credible"):
        editor.focus("att:quality")
        search(editor, words)
        page.locator(f".form [data-iri$='code/{words}']").wait_for()
    assert qualities(page) == ["strong", "credible"]
    editor.press("F6")
    editor.press("ArrowRight", 6)
    editor.press("Enter")
    focused(page, "means")
    search(editor, "strong")
    page.wait_for_function("() => document.activeElement?.matches('.passage')")
    editor.focus("also-0")
    search(editor, "credible")
    page.locator(".form .words-row .chip", has_text="credible").wait_for()
    editor.save()
    before = path.read_text("utf-8")
    assert "att:quality code:strong , code:credible ;" in before
    assert 'a att:Words ; att:printed "will" ; att:expresses code:strong , code:credible .' in " ".join(before.split())
    editor.press("1")
    page.locator(".form [data-of='att:quality'] .chip").first.wait_for()
    editor.focus("att:quality")
    editor.press("ArrowLeft", 2)
    editor.press("Delete")
    focused(page, "att:quality")
    search(editor, "urgent")
    page.locator(".form [data-iri$='code/urgent']").wait_for()
    assert qualities(page) == ["credible", "urgent"]
    editor.focus("also-0")
    editor.press("Backspace")
    focused(page, "also-0")
    assert page.locator(".form .words-row .chip").count() == 1
    editor.save()
    wanted = before.replace("att:quality code:strong , code:credible", "att:quality code:credible , code:urgent")
    wanted = wanted.replace("att:expresses code:strong , code:credible", "att:expresses code:strong")
    assert path.read_text("utf-8") == wanted
    editor.press("Control+z")
    page.locator("#said", has_text="Undone").wait_for()
    assert path.read_text("utf-8") == before


def test_a_statement_keeps_all_the_cells_that_are_given(editor: Editor, work: Workspace) -> None:
    page, path = editor.page, work.folder / "statements-001.ttl"
    editor.go_to("005")
    editor.press("n")
    focused(page, "form")
    editor.put("att:subject", "russia")
    editor.press("Enter")
    editor.call("att:cell", "cell", f"{ATT}cell")
    editor.put("att:cell", "1; 2")
    editor.save()
    assert "att:cell 1 , 2 ;" in path.read_text("utf-8")
    before = path.read_text("utf-8")
    editor.press("1")
    assert page.locator(".form [data-field='att:cell']").input_value() == "1; 2"
    editor.focus("att:cell")
    editor.press("End")
    editor.press("Backspace")
    editor.type("3")
    editor.save()
    assert path.read_text("utf-8") == before.replace("att:cell 1 , 2 ;", "att:cell 1 , 3 ;")


def cut_of(page: Page) -> list[tuple[str, str]]:
    kinds = page.locator(".passage").evaluate_all("(all) => all.map((one) => one.classList[1])")
    words = page.locator(".passage .words").all_inner_texts()
    return list(zip(kinds, [" ".join(one.split()[:2]) for one in words], strict=True))


def cut(editor: Editor, *keys: str) -> None:
    """Open the correction of the cut, press keys there, and wait until it is written."""
    page = editor.page
    editor.press("c")
    page.locator(".form.cut").wait_for()
    for key in keys:
        editor.press(key)
    page.wait_for_function("() => !document.querySelector('.form.cut') && document.activeElement?.matches('.passage')")


def test_the_cut_is_corrected_by_keyboard_and_undone_byte_for_byte(editor: Editor, work: Workspace) -> None:
    page = editor.page
    files = {path.name: path.read_bytes() for path in sorted(work.folder.iterdir())}
    whole = [("heading", "Tarn closes"), ("sentence", "The town"), ("sentence", "The council")]
    whole += [("table-header", "| Year"), ("table-row", "| 2021")]
    assert cut_of(page) == whole
    editor.press("j")
    editor.press("ArrowRight", 6)
    cut(editor, "Tab", "Enter")  # will
    assert cut_of(page) == [*whole[:2], ("sentence", "will close"), *whole[2:]]
    assert "start = " in (work.folder / "cutting.toml").read_text("utf-8")
    assert page.locator(".passage .corrected").count() == 2
    cut(editor, "Enter")
    assert cut_of(page) == whole
    editor.press("c")
    page.locator(".form.cut").wait_for()
    page.locator(".form.cut [data-field=kind]").focus()
    editor.type("byl")
    page.locator(".form.cut [data-field=section]").focus()
    editor.type("none")
    editor.press("Control+Enter")
    page.locator(".passage.byline").wait_for()
    assert "section = false" in (work.folder / "cutting.toml").read_text("utf-8")
    page.locator(".progress [data-check=done].right").wait_for()
    for selector, count in ((".passage.byline", 0), (".passage .corrected", 2), (".passage .corrected", 0)):
        editor.press("Control+z")
        page.wait_for_function("([s, n]) => document.querySelectorAll(s).length === n", arg=[selector, count])
    assert {path.name: path.read_bytes() for path in sorted(work.folder.iterdir())} == files


def test_a_cut_that_statements_rest_on_stays_and_says_why(editor: Editor, work: Workspace) -> None:
    page = editor.page
    editor.go_to("003")
    editor.press("d")
    page.locator(".card.draft").first.wait_for()
    before = {path.name: path.read_bytes() for path in sorted(work.folder.iterdir())}
    editor.go_to("002")
    editor.press("c")
    page.locator(".form.cut").wait_for()
    editor.press("Enter")
    page.locator("#said.wrong", has_text="rest on passages that would move: 3").wait_for()
    assert {path.name: path.read_bytes() for path in sorted(work.folder.iterdir())} == before
    editor.press("Escape")
    page.wait_for_function("() => !document.querySelector('.form.cut')")


def test_what_changed_on_the_disk_is_told_and_the_form_stays(editor: Editor, work: Workspace) -> None:
    page, path = editor.page, work.folder / "statements-001.ttl"
    editor.go_to("002")
    editor.press("n")
    focused(page, "form")
    editor.press("Tab")
    editor.press("Tab")
    search(editor, "russia")
    page.locator(".form [data-of='att:subject'] .chip").wait_for()
    theirs = path.read_text("utf-8").replace("# Passage p:004\n", "# Passage p:004\n# Theirs.\n")
    path.write_text(theirs, "utf-8")
    editor.press("Control+Enter")
    page.locator("#said.wrong", has_text="changed on the disk").wait_for()
    assert path.read_text("utf-8") == theirs
    assert page.locator(".form [data-of='att:subject'] .chip").count() == 1
    editor.press("Control+Enter")
    page.locator(".form").wait_for(state="detached")
    assert "# Theirs." in path.read_text("utf-8")
    assert "s:002-1 a att:Assertion" in path.read_text("utf-8")


def test_hostile_text_is_shown_as_text_and_runs_nothing(editor: Editor) -> None:
    page = editor.page
    assert HOSTILE in page.locator("h1").inner_text()
    assert "onerror" in page.locator("#passage-003 .words").inner_text()
    editor.go_to("003")
    editor.press("o")
    focused(page, "note")
    editor.type(HOSTILE)
    editor.press("Enter")
    page.locator(".note-of", has_text="onerror").wait_for()
    assert page.evaluate("() => window.hit ?? null") is None
    assert page.locator("main img, main script, h1 img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_for_everybody_wide_and_narrow_in_both_languages(editor: Editor, scheme: str) -> None:
    page = editor.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.locator(".progress [data-check=done]").wait_for()
    editor.go_to("002")
    for width in (1280, 420):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    editor.press("n")
    focused(page, "form")
    assert violations(page) == []
    editor.press("Escape")
    editor.click(page.locator("[data-act=language]"))
    page.locator("h2", has_text="Passage 2").wait_for()
    assert page.locator("[data-act=n]").inner_text().startswith("Neue Aussage")
    assert page.evaluate("() => document.documentElement.lang") == "de"
