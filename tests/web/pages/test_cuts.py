"""A list that a page cuts says how many there are, and leads to the query that gives all of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from werkzeug.test import Client

from helpers.serving import BASE, HOME, application
from kg.bench.pages import NO_LIMITS
from kg.catalogue.finding.search import MOST
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset
from kg.settings import Settings
from kg.web.lists.listing import MOST_OFFERED

TYPE, LABEL = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://www.w3.org/2000/01/rdf-schema#label"
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
BOOLEAN = INTEGER.replace("integer", "boolean")
SKOS = "http://www.w3.org/2004/02/skos/core#"
AGENTS, NARROWER, CODES, NAMED, PASSAGES, REASONS, TOLD, FIGURES = 120, 105, 1010, 130, 250, 115, 1020, 140
FORMER = 10_010
GROUNDS, DISPUTING, ITSELF, GIVEN = 110, 125, 130, 135
"""Reasons for a position, statements that dispute another, statements on their issue itself, and reasons for one."""


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
    yield from described("article/some", "ns#Article")
    for number in range(FORMER):
        yield from described(f"article/some/passage/former-{number}", "ns#FormerRecord")
    yield from described("article/some/period/year", "ns#Period")
    for number in range(NAMED):
        yield from described(f"article/some/statement/001-{number}", "ns#Assertion", "ns#Statement")
        yield quad(f"article/some/statement/001-{number}", f"{BASE}ns#period", "article/some/period/year")
        yield quad(f"article/some/statement/001-{number}", f"{BASE}ns#claimant", f"id/agent-{number % AGENTS:03}")
    yield from described("article/some/statement/002-1", "ns#Assertion", "ns#Statement")
    for number in range(REASONS):
        yield from described(f"article/some/statement/003-{number}", "ns#Assertion", "ns#Statement")
        yield quad(f"article/some/statement/003-{number}", f"{BASE}ns#supports", "article/some/statement/002-1")
    yield from described("article/some/period/once", "ns#Period")
    for number in range(TOLD):
        yield from described(f"article/some/statement/004-{number}", "ns#Assertion", "ns#Statement")
        yield quad(f"article/some/statement/004-{number}", f"{BASE}ns#period", "article/some/period/once")
    yield from counted("few", 0, 1)
    yield f'<{BASE}article/some/statement/005-0000> <{BASE}ns#negated> "true"^^<{BOOLEAN}> <{BASE}graph/many> .'
    yield from counted("many", 1, FIGURES)
    yield from on_an_issue()


def on_an_issue() -> Iterator[str]:
    """Yield an issue with two positions on it, and what disputes them, is said of the issue, and reasons for that."""
    yield from described("id/issue-much", "ns#Issue", "ns#Entity")
    for name in ("006-1", "006-2"):
        position = f"article/some/statement/{name}"
        yield from described(position, "ns#Position", "ns#Statement")
        yield quad(position, f"{BASE}ns#issue", "id/issue-much")
        yield quad(position, f"{BASE}ns#holder", "id/whole")
    around = {
        "007": (GROUNDS, {"supports": "article/some/statement/006-1"}),
        "008": (DISPUTING, {"contradicts": "article/some/statement/006-2"}),
        "009": (ITSELF, {"issue": "id/issue-much", "subject": "id/issue-much"}),
        "010": (GIVEN, {"supports": "article/some/statement/009-0"}),
    }
    for passage, (number, links) in around.items():
        for each in range(number):
            statement = f"article/some/statement/{passage}-{each}"
            yield from described(statement, "ns#Assertion", "ns#Statement")
            for name, value in links.items():
                yield quad(statement, f"{BASE}ns#{name}", value)


def counted(name: str, value: int, figures: int) -> Iterator[str]:
    """Yield an observation of the same measure as all others here, and figures that print it."""
    observation = f"article/some/observation/{name}"
    yield from described(observation, "ns#Observation")
    yield quad(observation, f"{BASE}ns#indicator", "code/one-0001")
    yield quad(observation, f"{BASE}ns#period", "article/some/period/year")
    yield f'<{BASE}{observation}> <{BASE}ns#value> "{value}"^^<{INTEGER}> <{BASE}graph/many> .'
    for number in range(figures):
        figure = f"article/some/statement/005-{value}{number:03}"
        yield from described(figure, "ns#Figure", "ns#Assertion", "ns#Statement")
        yield quad(figure, f"{BASE}ns#prints", observation)


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
        ("/statements?of=article/some/period/once", "of=article/some/period/once", TOLD),
        ("/timeline", "of=article/some/period/once", TOLD),
        ("/doc/issue-much", "link=^supports", GROUNDS),
        ("/doc/issue-much", "list=disputes", DISPUTING),
        ("/doc/issue-much", "role=issue", ITSELF),
        ("/doc/issue-much", "role=reasons", GIVEN),
        ("/figures?indicator=one-0001", "role=differing", FIGURES),
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


def test_the_table_of_figures_names_all_that_differ_from_one(client: Client) -> None:
    rows = csv.DictReader(client.get("/figures.csv").text.splitlines())
    differing = {row["statement"].rpartition("/")[2]: row["differsFrom"].split("; ") for row in rows}
    many = [f"005-1{number:03}" for number in range(FIGURES)]
    assert [iri.rpartition("/")[2] for iri in differing["005-0000"]] == many
    assert all(iri.endswith("/005-0000") for name in many for iri in differing[name])
    assert all(len(differing[name]) == 1 for name in many)


def test_the_table_of_figures_marks_the_denied_one(client: Client) -> None:
    rows = csv.DictReader(client.get("/figures.csv").text.splitlines())
    negated = {row["statement"].rpartition("/")[2]: row["negated"] for row in rows}
    assert [name for name, told in negated.items() if told == "true"] == ["005-0000"]
    assert set(negated.values()) == {"true", ""}


def test_the_page_of_all_issues_lists_them_where_it_could_not_show_all_that_is_said(client: Client) -> None:
    page = client.get("/issues", headers={"Accept": "text/html"}).text
    assert "/doc/issue-much" in page
    assert "/article/some/statement/009-0" not in page


def test_the_table_of_issues_has_all_reasons_for_a_position(client: Client) -> None:
    rows = list(csv.DictReader(client.get("/issues.csv").text.splitlines()))
    reasons = {row["statement"].rpartition("/")[2]: row["reasons"] for row in rows}
    assert len(reasons["006-1"].split("; ")) == GROUNDS
    assert reasons["006-2"] == ""


def test_a_filter_says_how_many_values_it_does_not_offer(client: Client) -> None:
    page = client.get("/statements", headers={"Accept": "text/html"}).text
    (claimants,) = re.findall(r'<select name="claimant">.*?</select>', page, re.DOTALL)
    assert len(re.findall('<option value="agent-', claimants)) == MOST_OFFERED
    assert f"<option disabled>and {AGENTS - MOST_OFFERED} more</option>" in claimants


def test_the_query_of_what_a_search_finds_says_where_it_names_only_the_first(client: Client) -> None:
    page = client.get("/query?list=things&group=code&q=one", headers={"Accept": "text/html"}).text
    assert f"# The first {MOST} that the search finds: there are more.\n" in page
    whole = client.get("/query?list=things&group=entity&q=whole", headers={"Accept": "text/html"}).text
    assert "VALUES ?thing { id:whole }" in whole
    assert "that the search finds" not in whole


def test_no_former_record_is_in_the_sitemap_however_many_there_are(client: Client) -> None:
    parts = re.findall(r"<loc>[^<]*(/sitemap-\d+\.xml)</loc>", client.get("/sitemap.xml").text)
    assert len(parts) > 1
    answers = [client.get(part) for part in parts]
    assert {answer.status_code for answer in answers} == {200}
    assert not any("/passage/former-" in answer.text for answer in answers)


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
