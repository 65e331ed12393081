"""Sitemap, robots and feeds, and the history of records in them."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

from helpers.releasing import begin, dataset
from helpers.serving import BASE, Server, application
from kg.catalogue.schema import PART
from kg.catalogue.view import open_catalogue
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.work.build import build
from kg.settings import Settings

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ATOM = "{http://www.w3.org/2005/Atom}"


def read_xml(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - our own


def locations(text: str) -> dict[str, str]:
    found = {e.findtext(f"{SITEMAP}loc"): e.findtext(f"{SITEMAP}lastmod") for e in read_xml(text)}
    return {str(place): str(day) for place, day in found.items()}


def sitemap(server: Server) -> dict[str, str]:
    """Return the pages of all parts of the sitemap, each with its day."""
    answer = server.get("/sitemap.xml")
    assert (answer.status, answer.media_type) == (200, "application/xml")
    found: dict[str, str] = {}
    for part in locations(answer.text):
        listed = locations(server.get(part.removeprefix(server.url)).text)
        assert len(listed) <= PART
        assert not listed.keys() & found.keys()
        found |= listed
    return found


def test_the_sitemap_lists_pages_that_answer_with_the_day_of_their_last_change(
    server: Server, manifest: Manifest
) -> None:
    found = sitemap(server)
    for path in ("/", "/issues", "/doc/russia", "/article/florida-talks/statement/007-2", "/code/flat", "/ns"):
        assert found[server.url + path] == manifest.issued[:10]
    assert len(found) > sum(manifest.counts[name] for name in ("statements", "passages", "entities", "issues"))
    for place in list(found)[::40]:
        assert server.get(place.removeprefix(server.url), "text/html").status == 200, place


def test_a_sitemap_has_no_parts_but_those_it_lists(server: Server) -> None:
    parts = locations(server.get("/sitemap.xml").text)
    assert len(parts) > 2
    assert server.get(f"/sitemap-{len(parts)}.xml").status == 404
    assert server.get(f"/sitemap-{10**30}.xml").status == 404


def test_robots_may_read_pages_and_not_all_queries(server: Server) -> None:
    answer = server.get("/robots.txt")
    assert (answer.status, answer.media_type) == (200, "text/plain")
    rules = RobotFileParser()
    rules.parse(answer.text.splitlines())
    for path in ("/", "/doc/russia", "/issues", "/releases", "/query/claims", "/article/florida-talks"):
        assert rules.can_fetch("*", path), path
    for path in ("/sparql?query=ASK%7B%7D", "/search?q=a", "/reconcile", "/cite.bib?query=a", "/update"):
        assert not rules.can_fetch("*", path), path
    assert rules.site_maps() == [f"{server.url}/sitemap.xml"]


def test_the_feeds_are_atom(server: Server, manifest: Manifest) -> None:
    for path in ("/feed.atom", "/feed/records.atom"):
        answer = server.get(path)
        assert (answer.status, answer.media_type) == (200, "application/atom+xml")
        feed = read_xml(answer.text)
        assert feed.tag == f"{ATOM}feed"
        assert feed.findtext(f"{ATOM}id") == BASE[:-1] + path
        assert feed.findtext(f"{ATOM}updated") == manifest.issued
        identifiers = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
        assert len(identifiers) == len(set(identifiers)) > 0
        for entry in feed.findall(f"{ATOM}entry"):
            assert datetime.fromisoformat(str(entry.findtext(f"{ATOM}updated"))).tzinfo is not None
            assert entry.findtext(f"{ATOM}title")
            link = entry.find(f"{ATOM}link")
            assert link is not None
            assert server.get(link.attrib["href"].removeprefix(server.url), "text/html").status == 200
    assert 'href="/feed.atom"' in server.get("/", "text/html").text


def test_the_feed_of_records_tells_of_all_page_by_page_and_first_of_statements(
    server: Server, releases: Path, manifest: Manifest
) -> None:
    told, address = [], f"{server.url}/feed/records.atom"
    while address:
        feed = read_xml(server.get(address.removeprefix(server.url)).text)
        links = {link.attrib["rel"]: link.attrib["href"] for link in feed.findall(f"{ATOM}link")}
        assert links["self"] == address
        assert ("previous" in links) == bool(told)
        assert links["first"] == f"{server.url}/feed/records.atom"
        told += [(str(e.findtext(f"{ATOM}id")), e.findtext(f"{ATOM}title")) for e in feed.findall(f"{ATOM}entry")]
        address = links.get("next", "")
    paths = {iri.removeprefix(BASE) for iri, _ in told}
    assert len(paths) == len(told)
    subjects = re.findall(rf"^<{BASE}([^>#]+)", dataset(Releases(releases), manifest.id).decode(), re.MULTILINE)
    everything = {path for path in subjects if "/passage/" not in path}
    assert {path for path in everything if path.startswith(("id/", "article/"))} <= paths <= everything
    assert all("/statement/" in iri and title and "/" not in str(title) for iri, title in told[:100])
    assert server.get("/feed/records.atom?page=999").status == 404
    assert server.get("/feed/records.atom?page=0").status == 400


def test_the_feed_of_records_says_who_says_a_statement_and_how_firmly(server: Server) -> None:
    """001-9, that the war is ended, is asserted by nobody; 007-2 is said outright by Russia."""
    told = {}
    for page in range(1, 1 + pages_of(server)):
        feed = read_xml(server.get(f"/feed/records.atom?page={page}").text)
        for entry in feed.findall(f"{ATOM}entry"):
            told[str(entry.findtext(f"{ATOM}id")).removeprefix(BASE)] = str(entry.findtext(f"{ATOM}summary"))
    statement = "article/florida-talks/statement/"
    assert told[f"{statement}001-9"].startswith("hypothetical (nobody asserts it). New in release ")
    assert told[f"{statement}007-2"].startswith("Russia says it · stated outright. New in release ")
    assert told["id/russia"].startswith("New in release ")


def pages_of(server: Server) -> int:
    links = read_xml(server.get("/feed/records.atom").text).findall(f"{ATOM}link")
    [last] = [link.attrib["href"] for link in links if link.attrib["rel"] == "last"]
    return int(last.partition("?page=")[2] or 1)


def edit(settings: Settings, file: str, old: str, new: str) -> None:
    path = settings.home / "data" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_history_tells_new_from_changed(sample: Settings, sample_release: Path) -> None:
    """Three releases of the sample: as it is, with Ada Quill renamed, and with a new topic."""
    releases = Releases(sample.releases)
    first = begin(sample_release, sample).id
    edit(sample, "authority/harrowmere.ttl", '"Ada Quill"@en', '"Ada M. Quill"@en')
    build(sample, lambda _: None)
    second = releases.active_id()
    with (sample.home / "data" / "authority" / "harrowmere.ttl").open("a", encoding="utf-8") as file:
        file.write('\nid:lamp-oil a att:Topic ; rdfs:label "lamp oil & <wicks>"@en , "Lampenöl"@de ;\n')
        file.write("  att:concerns id:harrowmere-pier .\n")
    build(sample, lambda _: None)
    third = releases.active_id()
    assert len({first, second, third}) == 3

    view = open_catalogue(sample.releases).at(third)
    changes = view.changes(1000)
    (renamed,) = [change.path for change in changes if change.last == second]
    assert renamed.startswith("id/")
    assert view.history(renamed) == (first, second)
    assert view.history("id/lamp-oil") == (third, third)
    assert [change.path for change in changes if change.last == third] == ["id/lamp-oil"]
    assert view.history("article/sample") == (first, first)

    with application(sample) as app:
        client = app.test_client()
        entries = read_xml(client.get("/feed/records.atom").text).findall(f"{ATOM}entry")
        told = [(e.findtext(f"{ATOM}id"), e.findtext(f"{ATOM}title")) for e in entries[:2]]
        assert told == [(f"{BASE}id/lamp-oil", "lamp oil & <wicks>"), (BASE + renamed, "Ada M. Quill")]
        page = re.sub(r"<[^>]*>|\s", "", client.get("/doc/" + renamed.removeprefix("id/")).text)
        assert f"Recorded{first[:10]},inrelease{first}Lastchanged{second[:10]},inrelease{second}" in page
        summaries = [
            e.findtext(f"{ATOM}summary") for e in read_xml(client.get("/feed.atom").text).findall(f"{ATOM}entry")
        ]
        assert [str(s).partition(". Statements")[0] for s in summaries[:2]] == [
            "New records: 1. Changed records: 0",
            "New records: 0. Changed records: 1",
        ]
