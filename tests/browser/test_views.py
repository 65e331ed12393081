"""Issues, timeline and figures as a person sees them: reached by keyboard, and alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.browsing import reading
from helpers.serving import Server


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails the test on any console message, as of a policy that is broken."""
    with reading(browser, server.url, java_script_enabled=request.param) as opened:
        yield opened


def test_a_cell_of_the_matrix_opens_its_evidence_by_keyboard(page: Page) -> None:
    page.goto("/issues")
    row = page.get_by_role("row", name=re.compile("^Territory"))
    said = page.locator("summary", has_text="Ukraine says that it rejects territorial concessions")
    evidence = row.locator("details", has=said)
    expect(evidence.get_by_role("link").first).to_be_hidden()
    evidence.locator("summary").focus()
    page.keyboard.press("Enter")
    evidence.get_by_role("link", name=re.compile("passage 19")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("19")


def test_what_at_least_means_stands_beside_the_number_and_leads_to_it(page: Page) -> None:
    page.goto("/figures?indicator=killed")
    legend = page.locator(".signs li", has_text="at least 226")
    expect(legend).to_contain_text("The true number is this or higher.")
    row = page.get_by_role("row").filter(has_text=re.compile("November 2025.*at least 226", re.DOTALL)).first
    row.get_by_role("link", name="at least 226").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "In November 2025 at least 226 civilians were killed, UN monitoring documented"
    )


@pytest.mark.parametrize("name", ["timeline", "figures"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chart_that_is_opened_alone_has_its_colours(browser: Browser, server: Server, name: str, scheme: str) -> None:
    with reading(browser, server.url, color_scheme=scheme) as opened:
        opened.goto(f"/{name}.svg")
        colour = "getComputedStyle(document.querySelector('.paper')).fill"
        assert opened.evaluate(colour) == {"light": "rgb(253, 252, 250)", "dark": "rgb(20, 24, 27)"}[scheme]


def test_in_print_each_statement_has_its_place_and_nothing_that_only_a_screen_opens(
    browser: Browser, server: Server
) -> None:
    with reading(browser, server.url) as opened:
        for path, kind in (("/statements", "details.proof"), ("/issues", "details.evidence-of")):
            opened.goto(path)
            opened.emulate_media(media="print")
            expect(opened.locator(f"{kind} > summary").first).to_contain_text("passage")
            expect(opened.locator(f"{kind} > summary").first).to_be_visible()
            expect(opened.locator(f"{kind} > :not(summary)").first).to_be_hidden()
