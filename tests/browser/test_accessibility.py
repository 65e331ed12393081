"""Every kind of page for everyone: axe-core finds nothing, in light, in dark and narrow, and nothing is too wide.

Contrast is by far the dearest of axe's rules; ``make test`` looks at it on pages that have between them every part of
the style sheet, and ``make test-all`` on every kind of page in every way.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from browser.browsing import REFUSED, WAYS, look, reading, violations
from helpers.kinds import PAGES, VARIANTS
from helpers.serving import Server
from helpers.slow import mostly_slow, slow

EVERY_PART = ("home", "entity", "statement", "timeline", "figures", "query page", "search", "unknown thing")
"""Kinds of pages that have between them every part of the style sheet."""
OTHERS = [kind for kind in PAGES if kind not in VARIANTS and kind not in EVERY_PART]
CONTRAST = "color-contrast"
ONLY_CONTRAST = f"{{runOnly: ['{CONTRAST}']}}"
ALL_BUT_CONTRAST = f"{{rules: {{'{CONTRAST}': {{enabled: false}}}}}}"


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page that is looked at in many ways. The site's policy forbids foreign script, so it is set aside for axe."""
    with reading(browser, server.url, [REFUSED], bypass_csp=True) as page:
        yield page


def open_all(page: Page, path: str) -> None:
    """Open a page, and all that opens on it."""
    page.goto(path)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


def require_width(page: Page) -> None:
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text_ends = "[...document.querySelectorAll('svg.chart text')].map(text => text.getBoundingClientRect().right)"
    assert all(end <= width for end in page.evaluate(text_ends))


@slow("test_axe_finds_nothing_on_any_part_of_a_page_and_nothing_is_too_wide")
@pytest.mark.parametrize("kind", list(PAGES))
def test_axe_finds_nothing_in_any_way_and_nothing_is_too_wide(page: Page, kind: str) -> None:
    look(page, "light")
    open_all(page, PAGES[kind])
    for way in WAYS:
        look(page, way)
        assert violations(page) == [], way
        require_width(page)


@pytest.mark.parametrize("kind", EVERY_PART)
def test_axe_finds_nothing_on_any_part_of_a_page_and_nothing_is_too_wide(page: Page, kind: str) -> None:
    look(page, "light")
    open_all(page, PAGES[kind])
    assert violations(page) == []
    look(page, "dark")
    assert violations(page, ONLY_CONTRAST) == []
    look(page, "narrow")
    assert violations(page, ALL_BUT_CONTRAST) == []
    require_width(page)


@pytest.mark.parametrize("kind", mostly_slow(OTHERS, OTHERS[::3]))
def test_axe_finds_nothing_but_contrast_and_nothing_is_too_wide(page: Page, kind: str) -> None:
    look(page, "light")
    open_all(page, PAGES[kind])
    assert violations(page, ALL_BUT_CONTRAST) == []
    for way in ("light", "narrow"):
        look(page, way)
        require_width(page)


@pytest.mark.parametrize("way", ["light", "narrow dark"])
def test_axe_finds_what_is_wrong(page: Page, way: str) -> None:
    look(page, way)
    page.goto("/")
    spoilt = "<img src=/static/mark.svg><p style='color: #888; background: #777'>hard to read</p>"
    page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", spoilt)
    assert [found.split(":")[0] for found in violations(page)] == [CONTRAST, "image-alt"]
    assert [found.split(":")[0] for found in violations(page, ONLY_CONTRAST)] == [CONTRAST]


def test_a_page_that_is_too_wide_is_found(page: Page) -> None:
    look(page, "light")
    page.goto("/")
    page.evaluate("document.querySelector('main').style.minWidth = '3000px'")
    with pytest.raises(AssertionError):
        require_width(page)
