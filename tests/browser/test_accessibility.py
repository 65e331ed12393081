"""Every kind of page for everyone: axe-core finds nothing, in light, in dark and narrow, and nothing is too wide."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page

from kinds import PAGES
from serving import Server

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
WAYS = {"light": ("light", 1280), "dark": ("dark", 1280), "narrow": ("light", 320), "narrow dark": ("dark", 320)}


@pytest.fixture(params=list(WAYS), scope="module")
def page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of one scheme and width. The site's policy forbids foreign script, so it is set aside for axe."""
    scheme, width = WAYS[request.param]
    context = browser.new_context(
        base_url=server.url,
        bypass_csp=True,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 800},
    )
    yield context.new_page()
    context.close()


def violations(page: Page) -> list[str]:
    """Return what axe finds, each with the rule and the first elements that break it."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(result => result.violations)")
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


@pytest.mark.parametrize("kind", list(PAGES))
def test_axe_finds_nothing_and_nothing_is_too_wide(page: Page, kind: str) -> None:
    page.goto(PAGES[kind])
    assert violations(page) == []
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text_ends = "[...document.querySelectorAll('svg.chart text')].map(text => text.getBoundingClientRect().right)"
    assert all(end <= width for end in page.evaluate(text_ends))


def test_axe_finds_what_is_wrong(page: Page) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=/static/mark.svg>')")
    assert [found.split(":")[0] for found in violations(page)] == ["image-alt"]
