"""What an address named once leads on to what replaced it, or says why it is gone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.releasing import begin
from helpers.serving import Server
from kg.release.work.build import build
from kg.settings import Settings

HTML = "text/html"
TURTLE = "text/turtle"
HISTORY = """\
@prefix att: <ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<id/old-pier> a att:FormerRecord ; dcterms:isReplacedBy <id/harrowmere-pier> ; rdfs:comment "Renamed."@en .
<id/two-piers> a att:FormerRecord ; dcterms:isReplacedBy <id/harrowmere-pier> , <id/harrowmere-council> ;
  rdfs:comment "It stood for two things."@en .
<id/no-pier> a att:FormerRecord ; rdfs:comment "There never was one."@en .
"""


@pytest.fixture(scope="module")
def server(sample_home: Path, sample_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = shutil.copytree(sample_home, tmp_path_factory.mktemp("former") / "home")
    (home / "data" / "authority" / "history.ttl").write_text(HISTORY, "utf-8")
    settings = Settings(home=home, releases=home / "releases")
    begin(sample_release, settings)
    build(settings, lambda _: None)
    running = Server(settings.releases)
    yield running
    running.stop()


def test_a_record_that_one_other_replaces_leads_there_for_good(server: Server) -> None:
    for path, target in (("/id/old-pier", "/id/harrowmere-pier"), ("/doc/old-pier", "/doc/harrowmere-pier")):
        for accept in (HTML, TURTLE):
            answer = server.get(path, accept)
            assert (answer.status, answer.headers["Location"]) == (301, target)
    moved = server.get("/article/sample/passage/030", HTML)
    assert (moved.status, moved.headers["Location"]) == (301, "/article/sample/passage/002")


def test_former_records_are_not_in_the_sitemap_and_their_successors_are(server: Server) -> None:
    parts = re.findall("<loc>(.*?)</loc>", server.get("/sitemap.xml").text)
    listed = {place for part in parts for place in re.findall("<loc>(.*?)</loc>", server.get(path_of(part)).text)}
    paths = {path_of(place) for place in listed}
    assert {"/doc/harrowmere-pier", "/doc/harrowmere-council", "/article/sample/passage/002"} <= paths
    assert not paths & {"/doc/old-pier", "/doc/two-piers", "/doc/no-pier", "/article/sample/passage/030"}


def test_the_feed_tells_that_a_record_was_replaced_or_withdrawn_and_why(server: Server) -> None:
    entries = re.findall("<entry>.*?</entry>", "".join(feed_pages(server)), re.DOTALL)
    told = {re.findall("/id/(.*?)</id>", e)[0]: e for e in entries if "/id/" in e.partition("</id>")[0]}
    assert re.search(r"Replaced by old ferry pier of Harrowmere in release \S+\. Renamed\.", told["old-pier"])
    assert re.search(r"Replaced by Harrowmere town council, old ferry pier of Harrowmere in rel", told["two-piers"])
    assert re.search(r"Withdrawn in release \S+\. There never was one\.", told["no-pier"])
    assert "New in release" in told["harrowmere-pier"]


def feed_pages(server: Server) -> Iterator[str]:
    """Give each page of the feed of records."""
    address = "/feed/records.atom"
    while address:
        text = server.get(address).text
        yield text
        following = re.search('rel="next"[^>]*href="(.*?)"', text)
        address = path_of(following[1]) if following else ""


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def test_its_triples_say_what_replaced_it(server: Server) -> None:
    answer = server.get("/doc/old-pier.ttl")
    assert answer.status == 200
    assert "isReplacedBy" in answer.text


@pytest.mark.parametrize("path", ["/id/two-piers", "/doc/two-piers"])
def test_a_record_that_several_replace_is_gone_and_names_them(server: Server, path: str) -> None:
    answer = server.get(path, "text/plain")
    assert answer.status == 410
    assert "It stood for two things. See id/harrowmere-council, id/harrowmere-pier." in answer.text
    assert answer.headers["Link"].count('rel="successor-version"') == 2


def test_a_withdrawn_record_is_gone_and_says_why(server: Server) -> None:
    answer = server.get("/id/no-pier", "text/plain")
    assert answer.status == 410
    assert "There never was one." in answer.text
    assert server.get("/doc/no-pier", HTML).status == 410
