"""A list that a page cuts says how many there are, and leads to the query that gives all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from werkzeug.test import Client

from helpers.serving import BASE, HOME, application
from kg.bench.pages import NO_LIMITS
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset
from kg.settings import Settings

TYPE, LABEL = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://www.w3.org/2000/01/rdf-schema#label"
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
SKOS = "http://www.w3.org/2004/02/skos/core#"
AGENTS, NARROWER, CODES, NAMED, PASSAGES, REASONS, TOLD = 120, 105, 1010, 130, 250, 115, 1020


def quads() -> Iterator[str]:
    """Yield more of everything than its page shows, in N-Quads."""
    yield from described("id/whole", "ns#Organisation", "ns#Actor", "ns#Entity")
    for number in range(AGENTS):
        yield from described(f"id/agent-{number:03}", "ns#Person", "ns#Actor", "ns#Entity")
        yield quad(f"id/agent-{number:03}", f"{BASE}ns#actsFor", "id/whole")
    for number in range(NARROWER):
        yield from described(f"id/narrower-{number:03}", "ns#Entity")
        yield quad(f"id/narrower-{number:03}", f"{SKOS}broader", "id/whole")
    yield from described("code/many", f"{SKOS}ConceptScheme")
    for number in range(CODES):
        yield from described(f"code/one-{number:04}", f"{SKOS}Concept")
        yield quad(f"code/one-{number:04}", f"{SKOS}inScheme", "code/many")
    yield from described("article/long", "ns#Article")
    for number in range(1, PASSAGES + 1):
        passage = f"article/long/passage/{number:03}"
        yield from described(passage, "ns#Passage")
        yield quad(passage, "http://www.w3.org/ns/oa#hasSource", "article/long")
        yield f'<{BASE}{passage}> <{BASE}ns#number> "{number}"^^<{INTEGER}> <{BASE}graph/many> .'
    yield from described("article/some/period/year", "ns#Period")
    for number in range(NAMED):
        yield from described(f"article/some/statement/001-{number}", "ns#Assertion", "ns#Statement")
        yield quad(f"article/some/statement/001-{number}", f"{BASE}ns#period", "article/some/period/year")
    yield from described("article/some/statement/002-1", "ns#Assertion", "ns#Statement")
    for number in range(REASONS):
        yield from described(f"article/some/statement/003-{number}", "ns#Assertion", "ns#Statement")
        yield quad(f"article/some/statement/003-{number}", f"{BASE}ns#supports", "article/some/statement/002-1")
    yield from described("article/some/period/once", "ns#Period")
    for number in range(TOLD):
        yield from described(f"article/some/statement/004-{number}", "ns#Assertion", "ns#Statement")
        yield quad(f"article/some/statement/004-{number}", f"{BASE}ns#period", "article/some/period/once")


def described(path: str, *classes: str) -> Iterator[str]:
    for name in classes:
        yield quad(path, TYPE, name)
    yield f'<{BASE}{path}> <{LABEL}> "{path}"@en <{BASE}graph/many> .'


def quad(subject: str, predicate: str, value: str) -> str:
    value = value if ":" in value else BASE + value
    return f"<{BASE}{subject}> <{predicate}> <{value}> <{BASE}graph/many> ."


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    releases = Releases(tmp_path_factory.mktemp("cuts"))
    with releases.lock():
        publish_dataset(releases, "\n".join(quads()).encode(), BASE)
    with application(Settings(home=HOME, releases=Path(releases.folder), workers=1).with_(**NO_LIMITS)) as app:
        yield app.test_client()


@pytest.mark.parametrize(
    ("path", "cut", "total"),
    [
        ("/doc/whole", "^actsFor", AGENTS),
        ("/doc/whole", "^broader", NARROWER),
        ("/code/many", "code/many", CODES),
        ("/article/some/period/year", "role=named", NAMED),
        ("/article/some/statement/002-1", "link=^supports", REASONS),
        ("/timeline", "of=article/some/period/once", TOLD),
    ],
)
def test_a_cut_list_says_how_many_there_are_and_leads_to_all(client: Client, path: str, cut: str, total: int) -> None:
    page = client.get(path, headers={"Accept": "text/html"}).text
    found = re.findall(r'<p class="more"><a href="([^"]+)">All ([\d,]+); ([\d,]+) are shown here', page)
    cuts = [(unescape(link), all_, shown) for link, all_, shown in found if cut in unescape(link).replace("%5E", "^")]
    [(link, all_, shown)] = cuts
    assert int(all_.replace(",", "")) == total > int(shown.replace(",", ""))
    query = re.search(r"<textarea[^>]*>(.*?)</textarea>", client.get(link).text, re.DOTALL)
    assert query
    rows = client.get("/sparql", query_string={"query": unescape(query[1])}, headers={"Accept": "text/csv"}).text
    assert len(rows.splitlines()) - 1 == total


def test_a_list_that_is_shown_whole_says_nothing_of_a_cut(client: Client) -> None:
    page = client.get("/doc/agent-001", headers={"Accept": "text/html"}).text
    assert "are shown here" not in page


def test_a_long_article_shows_its_passages_page_by_page_each_once(client: Client) -> None:
    shown: list[str] = []
    address, pages = "/article/long", 0
    while address:
        page = client.get(address, headers={"Accept": "text/html"}).text
        assert f"{PASSAGES} passages" in page
        found = re.findall(r'<tr id="p(\d+)"', page)
        assert found == re.findall(r'href="#p(\d+)"', page)
        shown, pages = shown + found, pages + 1
        following = re.search(r'<a rel="next" href="([^"]+)"', page)
        address = unescape(following[1]) if following else ""
    assert shown == [f"{number:03}" for number in range(1, PASSAGES + 1)]
    assert pages > 2
    assert client.get("/article/long?page=9", headers={"Accept": "text/html"}).status_code == 404
