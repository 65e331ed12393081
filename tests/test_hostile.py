"""What strangers and wrong data can do to the site: hostile IRIs, other texts, failures that nobody foresaw."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from kg.settings import Settings
from kg.terms import Iris
from kg.web import access
from kg.web.access import Texts, iri_term
from kg.web.app import create_app
from kg.web.logs import JsonFormatter
from kg.web.resources import Resources
from serving import BASE, Server
from test_pages import HTML, Links
from writing import Scratch

RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
SAME_AS = "https://schema.org/sameAs"
SCRIPTS = ("javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x")


def triples() -> Iterator[str]:
    """An entity, and a statement about it, each of whose links would run a script if it were one."""
    thing, said = f"{BASE}id/mallory", f"{BASE}article/evil/statement/001-1"
    yield f'<{thing}> <{RDFS_LABEL}> "<script>alert(1)</script>"@en'
    yield f"<{thing}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}ns#Person>"
    yield f"<{said}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}ns#Statement>"
    yield f"<{said}> <{BASE}ns#subject> <{thing}>"
    for script in SCRIPTS:
        yield f"<{thing}> <{SAME_AS}> <{script}>"
        yield f'<{thing}> <{SAME_AS}> "{script}"'
        yield f"<{said}> <{BASE}ns#claimant> <{script}>"
        yield f'<{script}> <{RDFS_LABEL}> "click"@en'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a release whose data are hostile."""
    graph = f"{BASE}graph/evil"
    nquads = "".join(f"{triple} <{graph}> .\n" for triple in triples()).encode()
    running = Scratch(tmp_path_factory.mktemp("hostile") / "releases", nquads)
    yield running
    running.stop()


@pytest.mark.parametrize("path", ["/doc/mallory", "/article/evil/statement/001-1", "/browse", "/statements"])
def test_no_hostile_iri_of_the_data_is_a_link_on_a_page(hostile: Server, path: str) -> None:
    answer = hostile.get(path, HTML)
    assert answer.status == 200
    page = Links(answer.text)
    assert page.scripts == 0
    assert not [link for link in page.links if link.lower().startswith(("javascript:", "data:", "vbscript:"))]


def test_the_entity_page_still_shows_hostile_iris_as_text(hostile: Server) -> None:
    text = hostile.get("/doc/mallory", HTML).text
    assert all(script in text for script in SCRIPTS)


@pytest.mark.parametrize("query", ["SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_no_hostile_term_is_a_link_among_the_results_of_a_query(hostile: Server, query: str) -> None:
    answer = hostile.query(query, HTML)
    assert all(script in answer.text for script in SCRIPTS)
    page = Links(answer.text)
    assert page.scripts == 0
    assert not [link for link in page.links if link.lower().startswith(("javascript:", "data:", "vbscript:"))]


@pytest.mark.parametrize("path", ["/", "/doc/mallory", "/nowhere", "/sparql?query=nonsense", "/static/style.css"])
def test_no_answer_may_be_framed(hostile: Server, path: str) -> None:
    assert "frame-ancestors 'none'" in hostile.get(path, HTML).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("iri", "term"),
    [
        (f"{BASE}id/é", f"<{BASE}id/é>"),
        (f"{BASE}id/a> <b", f"<{BASE}id/a%3E%20%3Cb>"),
        (BASE + 'a"{}|^`\\', f"<{BASE}a%22%7B%7D%7C%5E%60%5C>"),
        (f"{BASE}a\n\t\x00", f"<{BASE}a%0A%09%00>"),
    ],
)
def test_an_address_cannot_break_out_of_the_term_that_it_becomes(iri: str, term: str) -> None:
    assert iri_term(iri) == term


# Words of passages


def passage(words: str, start: int, end: int) -> Resources:
    """A passage at these offsets whose digest is that of the words."""
    place, bears = f"{BASE}article/evil/passage/001", hashlib.sha256(words.encode()).hexdigest()
    number = '"^^<http://www.w3.org/2001/XMLSchema#integer>'
    return Resources(
        f'<{place}> <{BASE}ns#digest> "{bears}" .\n'
        f"<{place}> <http://www.w3.org/ns/oa#hasSelector> <{place}#position> .\n"
        f'<{place}#position> <http://www.w3.org/ns/oa#start> "{start}{number} .\n'
        f'<{place}#position> <http://www.w3.org/ns/oa#end> "{end}{number} .\n'.encode(),
        Iris(BASE),
    )


class OneText:
    """The texts of a folder with one text, whatever digest is asked for."""

    def text_of(self, *_: str | None) -> str:
        return "alpha beta"


def test_a_passage_is_shown_only_where_the_words_bear_its_digest() -> None:
    texts = Texts(None)
    texts._texts = OneText()  # type: ignore[assignment]
    place = f"{BASE}article/evil/passage/001"
    assert texts.passage("evil", None, passage("beta", 6, 10).get(place)) == "beta"
    assert texts.passage("evil", None, passage("beta", 0, 5).get(place)) is None
    assert texts.passage("evil", None, passage("other", 6, 10).get(place)) is None


# Failures that nobody foresaw


def test_an_unforeseen_failure_is_logged_under_the_identifier_that_the_client_gets(
    releases: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app: Flask = create_app(settings.with_(releases=releases, workers=1))
    caplog.handler.setFormatter(JsonFormatter())
    try:
        monkeypatch.setattr(access, "ask_resources", lambda *_: {}["a secret"])
        with caplog.at_level(logging.ERROR, "kg.web.app"):
            answer = app.test_client().get("/issues")
    finally:
        app.extensions["kg-serving"].close()
    assert answer.status_code == 500
    identifier = re.search(r"logged as (\w+)", answer.text)
    assert identifier
    (line,) = caplog.text.splitlines()
    logged = json.loads(line)
    assert logged["request_id"] == identifier.group(1)
    assert logged["path"] == "/issues"
    assert "a secret" in logged["error"]
    assert "secret" not in answer.text
