"""Each kind of page made to fail: a page that says what is wrong, with the right status, and leads on."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.browsing import REFUSED, reading
from helpers.kinds import FAILURES, KINDS
from helpers.releasing import begin
from helpers.serving import Server
from helpers.slow import mostly_slow
from kg.release.work.build import build
from kg.settings import Settings
from web.pages.test_pages import HTML, Links

ASKS_NOTHING = {"articles", "releases", "dataset", "graph", "browse", "browse statements", "search"}
"""Kinds of pages that need no engine: they are about files, or read the catalogue alone."""


@pytest.mark.parametrize("failure", list(FAILURES))
def test_a_failure_has_its_status_and_a_page_that_helps(browser: Browser, server: Server, failure: str) -> None:
    path, status = FAILURES[failure]
    with reading(browser, server.url, [REFUSED]) as page:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        helping = page.locator("main").get_by_role("link").or_(page.locator("main").get_by_role("textbox"))
        expect(helping.first).to_be_visible()  # the way on, or the query to mend


def test_a_withdrawn_thing_is_410_and_leads_to_the_release_that_had_it(
    browser: Browser, sample: Settings, sample_release: Path
) -> None:
    begin(sample_release, sample)
    authority = sample.home / "data" / "authority" / "harrowmere.ttl"
    before = authority.read_text("utf-8")
    authority.write_text(before + '\nid:lamp-oil a att:Place ; rdfs:label "Lamp oil"@en , "Lampenöl"@de .\n', "utf-8")
    had = build(sample, lambda _: None)[0]
    authority.write_text(before, "utf-8")
    build(sample, lambda _: None)
    running = Server(sample.releases)
    with reading(browser, running.url, [REFUSED]) as page:
        answer = page.goto("/id/lamp-oil")
        assert answer is not None
        assert answer.status == 410
        page.locator("main").get_by_role("link", name=re.compile(had.id)).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(had.id)
    running.stop()


@pytest.fixture(scope="module")
def broken(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose query workers are dead and whose store is gone, so that none takes their place."""
    folder = tmp_path_factory.mktemp("broken") / "releases"
    shutil.copytree(releases, folder, symlinks=True)
    running = Server(folder, KG_QUERY_SECONDS="1")
    for store in folder.glob("*/store"):
        shutil.rmtree(store)
    fresh = count()  # an address that was asked before is answered without an engine
    while running.get(f"/code/flat?n={next(fresh)}").status != 503:
        for worker in running.workers():
            os.kill(worker, signal.SIGKILL)
    yield running
    running.stop()


@pytest.mark.parametrize("kind", mostly_slow(KINDS, [*list(KINDS)[::4], *ASKS_NOTHING]))
def test_without_an_engine_a_page_stands_or_says_when_to_come_again(broken: Server, kind: str) -> None:
    answer = broken.get(KINDS[kind], HTML)
    assert answer.status == (200 if kind in ASKS_NOTHING else 503)
    if answer.status == 503:
        assert int(answer.headers["Retry-After"]) > 0
    assert {"/", "/browse", "/issues"} <= set(Links(answer.text).links)
