"""Through how many of our files one page goes, from its route on: who changes the page has to know these."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from flask import Flask

from helpers.serving import HOME, application
from kg.bench.scale.server import NO_LIMITS
from kg.settings import Settings

PAGE = "/article/florida-talks/statement/007-2"
BELOW = ("store/", "release/", "corpus/", "catalogue/", "web/front/", "web/watch/", "web/http/", "web/app.py")
"""What all pages and queries have in common below and ahead of a page."""
MOST_OWN, MOST = 29, 43


@pytest.fixture(scope="module")
def app(releases: Path) -> Iterator[Flask]:
    own = Settings(home=HOME, data=HOME / "data", releases=releases, workers=1).with_(**NO_LIMITS)
    with application(own) as made:
        yield made


def entered(app: Flask, path: str) -> set[str]:
    """Return the files of ours, modules and templates, whose code one request runs; nothing of it is in the cache."""
    client = app.test_client()
    assert client.get(path, headers={"Accept": "text/html"}).status_code == 200  # imports and templates are read once
    files: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        _, is_ours, name = frame.f_code.co_filename.rpartition("/src/kg/")
        if event == "call" and is_ours:
            files.add(name)

    sys.setprofile(note)
    try:
        client.get(path, headers={"Accept": "text/html"})
    finally:
        sys.setprofile(None)
    return files


def test_the_page_of_a_statement_goes_through_few_files(app: Flask) -> None:
    found = entered(app, PAGE)
    own = {name for name in found if not name.startswith(BELOW)}
    assert {"web/documents/things.py", "web/data/context.py", "web/templates/statement.html"} <= own
    assert len(own) <= MOST_OWN, f"{len(own)}: {sorted(own)}"
    assert len(found) <= MOST, f"{len(found)}: {sorted(found)}"
