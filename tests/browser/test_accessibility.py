"""Every kind of page for everyone: axe-core finds nothing, in light, in dark and narrow, and nothing is too wide.

Contrast is by far the dearest of axe's rules; ``make test`` looks at it on pages that have between them every part of
the style sheet, and ``make test-all`` on every kind of page in every way.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page

from browsing import REFUSED, reading
from kinds import PAGES
from serving import Server
from slow import slow

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
WAYS = {"light": ("light", 1280), "dark": ("dark", 1280), "narrow": ("light", 320), "narrow dark": ("dark", 320)}
EVERY_PART = ("home", "entity", "statement", "timeline", "figures", "query page", "search", "unknown thing")
"""Kinds of pages that have between them every part of the style sheet."""
CONTRAST = "color-contrast"


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of one scheme and width. The site's policy forbids foreign script, so it is set aside for axe."""
    scheme, width = WAYS[request.param]
    size = {"width": width, "height": 800}
    with reading(browser, server.url, [REFUSED], bypass_csp=True, color_scheme=scheme, viewport=size) as page:
        yield page


def violations(page: Page, choice: str = "{}") -> list[str]:
    """Return what axe finds, each with the rule and the first elements that break it."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate(AXE)
    options = f"{{resultTypes: ['violations'], ...{choice}}}"
    found = page.evaluate(f"axe.run({options}).then(result => result.violations)")
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


def require_width(page: Page) -> None:
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text_ends = "[...document.querySelectorAll('svg.chart text')].map(text => text.getBoundingClientRect().right)"
    assert all(end <= width for end in page.evaluate(text_ends))


@slow("test_axe_finds_nothing_but_contrast_and_nothing_is_too_wide")
@pytest.mark.parametrize("kind", list(PAGES))
@pytest.mark.parametrize("page", list(WAYS), indirect=True)
def test_axe_finds_nothing_in_any_way_and_nothing_is_too_wide(page: Page, kind: str) -> None:
    page.goto(PAGES[kind])
    assert violations(page) == []
    require_width(page)


@pytest.mark.parametrize("kind", list(PAGES))
@pytest.mark.parametrize("page", ["light"], indirect=True)
def test_axe_finds_nothing_but_contrast_and_nothing_is_too_wide(page: Page, kind: str) -> None:
    page.goto(PAGES[kind])
    assert violations(page, f"{{rules: {{'{CONTRAST}': {{enabled: false}}}}}}") == []
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        require_width(page)
    page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("kind", EVERY_PART)
@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_every_part_of_a_page_has_contrast(page: Page, kind: str) -> None:
    page.goto(PAGES[kind])
    assert violations(page, f"{{runOnly: ['{CONTRAST}']}}") == []


@pytest.mark.parametrize("page", ["narrow"], indirect=True)
@pytest.mark.parametrize("kind", EVERY_PART)
def test_axe_finds_nothing_on_a_narrow_screen(page: Page, kind: str) -> None:
    page.goto(PAGES[kind])
    assert violations(page, f"{{rules: {{'{CONTRAST}': {{enabled: false}}}}}}") == []


@pytest.mark.parametrize("page", ["light", "narrow dark"], indirect=True)
def test_axe_finds_what_is_wrong(page: Page) -> None:
    page.goto("/")
    spoilt = "<img src=/static/mark.svg><p style='color: #888; background: #777'>hard to read</p>"
    page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", spoilt)
    assert [found.split(":")[0] for found in violations(page)] == [CONTRAST, "image-alt"]
    assert [found.split(":")[0] for found in violations(page, f"{{runOnly: ['{CONTRAST}']}}")] == [CONTRAST]


def test_a_page_that_is_too_wide_is_found(browser: Browser, server: Server) -> None:
    with reading(browser, server.url, bypass_csp=True) as page:
        page.goto("/")
        page.evaluate("document.querySelector('main').style.minWidth = '3000px'")
        with pytest.raises(AssertionError):
            require_width(page)
