"""What the page of these tests reports, and what it does not: a request that the browser itself gave up."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from browser.browsing import reading
from helpers.serving import Server, free_port

WRONG = {
    "console: a word": "console.log('a word')",
    "script: an error": "setTimeout(() => { throw Error('an error') }); await new Promise(done => setTimeout(done))",
    "dialog: a question": "confirm('a question')",
    "asked elsewhere: http://localhost": "await fetch('http://localhost:PORT/').catch(() => 0)",
    "net::ERR_CONNECTION_REFUSED": "await fetch('http://localhost:PORT/').catch(() => 0)",
}


@pytest.mark.parametrize("told", list(WRONG))
def test_what_goes_wrong_is_told(browser: Browser, server: Server, told: str) -> None:
    script = WRONG[told].replace("PORT", str(free_port()))
    with pytest.raises(AssertionError, match=told), reading(browser, server.url, bypass_csp=True) as page:  # noqa: PT012
        page.goto("/code/flat")
        page.evaluate(f"async () => {{ {script} }}")


def test_a_request_that_is_given_up_since_the_page_is_left_is_no_trouble(browser: Browser, server: Server) -> None:
    given_up: list[str | None] = []
    with reading(browser, server.url) as page:
        page.on("requestfailed", lambda request: given_up.append(request.failure))
        page.route("**/static/late", lambda _: None)  # it is never answered
        page.goto("/code/flat")
        page.evaluate("fetch('/static/late').catch(() => 0); 0")
        page.goto("/about")
    assert given_up == ["net::ERR_ABORTED"]
