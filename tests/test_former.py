"""What an address named once leads on to what stands in its place, or says why it is gone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.release.work.build import build
from kg.settings import Settings
from releasing import begin
from serving import Server

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
