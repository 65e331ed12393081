"""The search by keyboard: suggestions as one types, and the form that works without them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.browsing import reading
from helpers.serving import Server


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with reading(browser, server.url) as opened:
        opened.goto("/about")
        yield opened


def chosen(page: Page) -> list[str]:
    return page.locator("[role=option][aria-selected=true]").all_inner_texts()


def test_a_name_is_completed_and_chosen_with_the_arrow_keys(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search")
    field.press_sequentially("russia")
    options = page.get_by_role("option")
    expect(options.first).to_have_text(re.compile("^Russia "))
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_have_text(re.compile(rf"^{options.count()} suggestions"))
    field.press("ArrowDown")
    assert len(chosen(page)) == 1
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    field.press("Enter")
    expect(page).to_have_url(re.compile("/doc/russia$"))


def test_the_arrow_keys_go_around_by_way_of_the_field(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search")
    field.press_sequentially("united")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    names = options.all_inner_texts()
    field.press("ArrowUp")
    assert chosen(page) == names[-1:]
    field.press("ArrowDown")
    assert chosen(page) == []
    assert field.get_attribute("aria-activedescendant") is None
    field.press("ArrowDown")
    assert chosen(page) == names[:1]


def test_escape_closes_the_suggestions_and_enter_searches(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search")
    field.press_sequentially("Crimea")
    expect(page.get_by_role("option").first).to_be_visible()
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("Crimea")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=Crimea$"))
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("Crimea")).first).to_be_visible()


def test_without_suggestions_the_form_still_searches(page: Page) -> None:
    page.route("**/suggest?*", lambda route: route.abort("aborted"))
    field = page.get_by_role("combobox", name="Search")
    field.press_sequentially("Crimea")
    page.wait_for_timeout(400)
    expect(page.get_by_role("listbox")).to_be_hidden()
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=Crimea$"))


def test_without_script_the_search_is_a_form(browser: Browser, server: Server) -> None:
    with reading(browser, server.url, java_script_enabled=False) as page:
        page.goto("/")
        field = page.get_by_role("search").get_by_role("searchbox")
        field.press_sequentially("russia")
        field.press("Enter")
        expect(page).to_have_url(re.compile(r"/search\?q=russia$"))
        expect(page.get_by_role("main").get_by_role("link", name="Russia", exact=True).first).to_be_visible()
