"""Sitemap, robots and feeds, and the history of records that they tell of."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest

from kg.release.build import build
from kg.release.history import find_history, read_history, write_history
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.settings import Settings
from kg.web import feeds
from kg.web.app import create_app
from serving import BASE, Server

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ATOM = "{http://www.w3.org/2005/Atom}"


def read_xml(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - our own


def locations(text: str) -> dict[str, str]:
    found = {e.findtext(f"{SITEMAP}loc"): e.findtext(f"{SITEMAP}lastmod") for e in read_xml(text)}
    return {str(place): str(day) for place, day in found.items()}


def test_the_sitemap_lists_pages_that_answer_with_the_day_of_their_last_change(
    server: Server, manifest: Manifest
) -> None:
    answer = server.get("/sitemap.xml")
    assert (answer.status, answer.media_type) == (200, "application/xml")
    found = locations(answer.text)
    for path in ("/", "/issues", "/doc/russia", "/article/florida-talks/statement/007-2", "/code/flat", "/ns"):
        assert found[server.url + path] == manifest.issued[:10]
    assert len(found) > sum(manifest.counts[name] for name in ("statements", "passages", "entities", "issues"))
    for place in list(found)[::40]:
        assert server.get(place.removeprefix(server.url), "text/html").status == 200, place


def test_a_long_sitemap_comes_in_parts(releases: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "URLS", 300)
    app = create_app(settings.with_(releases=releases))
    client = app.test_client()
    parts = locations(client.get("/sitemap.xml").text)
    assert len(parts) > 2
    pages: list[str] = []
    for part in parts:
        listed = locations(client.get(part.replace("http://localhost", "")).text)
        assert len(listed) <= 300
        pages += listed
    assert len(pages) == len(set(pages)) > 300 * (len(parts) - 1)
    assert client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404
    app.extensions["kg-serving"].close()


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
    everything = {path for path in read_history(releases / manifest.id) if "/passage/" not in path}
    assert {path for path in everything if path.startswith(("id/", "article/"))} <= paths <= everything
    assert all("/statement/" in iri and title and "/" not in str(title) for iri, title in told[:100])
    assert server.get("/feed/records.atom?page=999").status == 404
    assert server.get("/feed/records.atom?page=0").status == 400


def edit(settings: Settings, file: str, old: str, new: str) -> None:
    path = settings.home / "data" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_history_tells_new_from_changed(sample: Settings) -> None:
    """Three releases of the sample: as it is, with Ada Quill renamed, and with a new topic."""
    releases = Releases(sample.releases)
    build(sample, lambda _: None)
    first = releases.active_id()
    edit(sample, "authority/harrowmere.ttl", '"Ada Quill"@en', '"Ada M. Quill"@en')
    build(sample, lambda _: None)
    second = releases.active_id()
    with (sample.home / "data" / "authority" / "harrowmere.ttl").open("a", encoding="utf-8") as file:
        file.write('\nid:lamp-oil a att:Topic ; rdfs:label "lamp oil & <wicks>"@en .\n')
    build(sample, lambda _: None)
    third = releases.active_id()
    assert len({first, second, third}) == 3

    history = read_history(sample.releases / third)
    (renamed,) = [path for path, (_, last) in history.items() if last == second]
    assert renamed.startswith("id/")
    assert history[renamed] == [first, second]
    assert history["id/lamp-oil"] == [third, third]
    assert [path for path, (_, last) in history.items() if last == third] == ["id/lamp-oil"]
    assert history["article/sample"] == [first, first]

    app = create_app(sample)
    client = app.test_client()
    entries = read_xml(client.get("/feed/records.atom").text).findall(f"{ATOM}entry")
    told = [(e.findtext(f"{ATOM}id"), e.findtext(f"{ATOM}title")) for e in entries[:2]]
    assert told == [(f"{BASE}id/lamp-oil", "lamp oil & <wicks>"), (BASE + renamed, "Ada M. Quill")]
    page = re.sub(r"<[^>]*>|\s", "", client.get("/doc/" + renamed.removeprefix("id/")).text)
    assert f"Recorded{first[:10]},inrelease{first}Lastchanged{second[:10]},inrelease{second}" in page
    summaries = [e.findtext(f"{ATOM}summary") for e in read_xml(client.get("/feed.atom").text).findall(f"{ATOM}entry")]
    assert [str(s).partition(". Statements")[0] for s in summaries[:2]] == [
        "New records: 1. Changed records: 0",
        "New records: 0. Changed records: 1",
    ]
    app.extensions["kg-serving"].close()


def test_a_history_is_read_as_it_was_written_and_blank_nodes_do_not_count(tmp_path: Path, manifest: Manifest) -> None:
    assert read_history(tmp_path) == {}
    write_history({'id/ä"': ["a", "b"]}, tmp_path)
    assert read_history(tmp_path) == {'id/ä"': ["a", "b"]}
    before = tmp_path / manifest.id
    before.mkdir()
    quad = f"<{BASE}id/a#x> <http://p> _:c14n7 <{BASE}graph/g> .\n"
    (before / "dataset.nq").write_text(quad, "utf-8")
    relabelled = quad.replace("c14n7", "c14n12").encode()
    assert find_history(relabelled, BASE, "new", manifest, tmp_path) == {"id/a": [manifest.id, manifest.id]}
    assert find_history(relabelled, "https://other.example/", "new", manifest, tmp_path) == {}
    assert json.dumps(find_history(relabelled + quad.encode(), BASE, "new", manifest, tmp_path)) == json.dumps(
        {"id/a": [manifest.id, "new"]}
    )
