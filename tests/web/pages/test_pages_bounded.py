"""What pages cost: with four times the articles, a page asks the engine for hardly more, and it stays short."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html import unescape
from io import StringIO
from itertools import chain
from pathlib import Path

import pytest
from werkzeug.test import Client

from helpers.serving import BASE, HOME, application
from kg.bench.addresses import find_addresses
from kg.bench.invented import generate
from kg.bench.pages import NO_LIMITS
from kg.release.work.build import build
from kg.settings import Settings
from kg.store import Answer, Query
from kg.terms import Iris
from kg.web.data.context import Context

FEW, MANY = 2, 8
"""Articles of the small and of the large release."""
DATA = {"answer", "API answer", "completion", "reconciliation manifest", "sitemap", "feed"}
"""Kinds of answers that are data, and no pages."""
LARGEST = 150_000
"""Bytes of a page at most."""


def quiet(_: str) -> None:
    """Say nothing."""


@dataclass
class Site:
    """A release of invented articles with a client; ``triples`` are those that its last page got of the engine."""

    client: Client
    addresses: dict[str, str]
    triples: int = 0
    asked: list[int] = field(default_factory=list)

    def get(self, path: str) -> str:
        """Return a page, and note what it asked for."""
        self.asked.clear()
        answer = self.client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, path
        self.triples = sum(self.asked)
        return answer.text


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Site]]:
    """Sites of FEW and of MANY articles."""
    folders = {number: tmp_path_factory.mktemp(f"articles-{number}") for number in (FEW, MANY)}
    with ExitStack() as opened:
        yield {number: opened.enter_context(site(folder, number)) for number, folder in folders.items()}


@contextmanager
def site(folder: Path, articles: int) -> Iterator[Site]:
    generate(HOME / "data", folder / "data", articles, 7, quiet)
    settings = Settings(home=HOME, data=folder / "data", releases=folder / "releases", workers=1).with_(**NO_LIMITS)
    build(settings, quiet)
    with application(settings) as app:
        release = app.extensions["kg-serving"].current()
        addresses = find_addresses(release.engine, Iris(settings.base_iri), release.manifest.id)
        yield Site(app.test_client(), addresses)


@pytest.fixture(autouse=True)
def counted(sites: dict[int, Site], monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the lines of every answer that a page gets from the engine: a triple or a row of JSON each."""
    original = Context.ask_own

    def ask(context: Context, query: Query) -> Answer:
        answer = original(context, query)
        for site in sites.values():
            site.asked.append(answer.body.count(b"\n") + answer.body.count(b'"value"'))
        return answer

    monkeypatch.setattr(Context, "ask_own", ask)


def rows(site: Site, text: str) -> list[str]:
    """Return the values of the first variable of a query, asked as any client asks."""
    asked = f"PREFIX att: <{BASE}ns#> {text}"
    answer = site.client.get("/sparql", query_string={"query": asked}, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return [line.split(",")[0] for line in answer.text.splitlines()[1:]]


def walk(site: Site, path: str, parameter: str = "page") -> list[str]:
    """Return the pages of a list, each found by the link to the next."""
    pages = [site.get(path)]
    while True:
        here = re.search(rf'<a rel="next" href="([^"]*[?&;]{parameter}={len(pages) + 1}(?:&[^"]*)?)"', pages[-1])
        if here is None:
            return pages
        pages.append(site.get(unescape(here[1])))


def paths(pages: list[str], pattern: str) -> list[str]:
    """Return the paths of links in the main part of some pages."""
    return [path for page in pages for path in re.findall(rf'href="({pattern})"', page.partition("<main")[2])]


def test_four_times_the_articles_let_no_page_ask_for_twice_as_much(sites: dict[int, Site]) -> None:
    few, many = sites[FEW], sites[MANY]
    grown = {}
    for kind in (few.addresses.keys() & many.addresses.keys()) - DATA:
        few.get(few.addresses[kind])
        many.get(many.addresses[kind])
        if many.triples > max(2 * few.triples, 50):
            grown[kind] = (few.triples, many.triples)
    assert not grown


def test_no_page_is_longer_than_150_kb(sites: dict[int, Site]) -> None:
    many = sites[MANY]
    sizes = {kind: len(many.get(path).encode()) for kind, path in many.addresses.items() if kind not in DATA}
    assert not {kind: size for kind, size in sizes.items() if size > LARGEST}


def test_the_pages_of_a_list_show_each_thing_once(sites: dict[int, Site]) -> None:
    site = sites[FEW]
    statements = rows(site, "SELECT ?s { ?s a att:Statement }")
    shown = paths(walk(site, "/statements"), '/article/[^/"]+/statement/[^"#]+')
    assert Counter(dict.fromkeys(shown, 1)) == Counter(iri.removeprefix(BASE[:-1]) for iri in statements)
    events = rows(site, "SELECT ?s { ?s a att:Event ; att:period/att:firstDay ?day }")
    dated = [page.partition('id="dated"')[2].partition('id="undated"')[0] for page in walk(site, "/timeline")]
    rowheads = [re.findall(r'<td><span[^>]*>Event</span><a href="([^"]+)"', page) for page in dated]
    assert sorted(chain(*rowheads)) == sorted(iri.removeprefix(BASE[:-1]) for iri in events)
    figures = rows(site, "SELECT DISTINCT ?s { ?s a att:Figure ; att:prints/att:value ?value }")
    printed = {row["statement"] for row in csv.DictReader(StringIO(site.get("/figures.csv")))}
    assert printed == set(figures)
    on_pages = set(paths(walk(site, "/figures"), '/article/[^/"]+/statement/[^"#]+'))
    assert {iri.removeprefix(BASE[:-1]) for iri in figures} <= on_pages


def test_events_come_in_the_order_of_time_from_page_to_page(sites: dict[int, Site]) -> None:
    days = [re.findall(r'<th scope="row"><time datetime="([^"]+)"', page) for page in walk(sites[MANY], "/timeline")]
    assert len(days) > 2
    assert list(chain(*days)) == sorted(chain(*days))


def test_a_list_is_narrowed_to_an_article_a_time_and_a_claimant(sites: dict[int, Site]) -> None:
    site = sites[MANY]
    article = rows(site, "SELECT ?a { ?a a att:Article } ORDER BY ?a")[3].rpartition("/")[2]
    assert set(paths(walk(site, f"/timeline?article={article}"), '(?:/article/[^/"]+/event/[^"]+)')) == {
        iri.removeprefix(BASE[:-1])
        for iri in rows(site, f"SELECT ?s {{ GRAPH <{BASE}graph/article/{article}> {{ ?s a att:Event }} }}")
    }
    (claimant,) = rows(
        site, "SELECT ?c { ?s att:claimant ?c FILTER NOT EXISTS { ?c a att:ArticleVoice } } ORDER BY ?c LIMIT 1"
    )
    name = claimant.rpartition("/")[2]
    said = rows(site, f"SELECT DISTINCT ?s {{ ?s a att:Statement ; att:claimant <{claimant}> }}")
    shown = paths(walk(site, f"/statements?claimant={name}"), '/article/[^/"]+/statement/[^"#]+')
    assert set(shown) == {iri.removeprefix(BASE[:-1]) for iri in said}


def test_pages_keep_what_narrows_the_list_and_forget_what_nobody_knows(sites: dict[int, Site]) -> None:
    page = sites[MANY].get("/statements?of=id/topic-0&role=about&nonsense=1")
    assert re.search(r'href="/statements\?of=id%2Ftopic-0&amp;role=about&amp;page=2"', page)


def test_an_address_of_a_former_page_of_statements_leads_to_that_page(sites: dict[int, Site]) -> None:
    site = sites[FEW]
    second = site.get("/statements?page=2")
    last = paths([site.get("/statements")], '/article/[^/"]+/statement/[^"#]+')[-1]
    answer = site.client.get("/statements", query_string={"after": last[1:]})
    assert (answer.status_code, answer.headers["Location"]) == (301, "/statements?page=2")
    assert "/statement/" in second
    assert site.client.get("/statements?after=article/nothing/statement/001-1").status_code == 404
