"""A citable query keeps its answer, says what changed since, and is gone with its release."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from helpers.releasing import begin
from helpers.serving import HOME, Server
from kg.release.keep.prune import prune
from kg.release.publish import Releases
from kg.release.work.build import build
from kg.settings import Settings
from kg.store import Answer
from kg.web.protocol.cited import DIFFERS, OTHER_ORDER, SAME, compare

NAMED = "?thing <http://www.w3.org/2004/02/skos/core#prefLabel> ?name FILTER(LANG(?name) = 'en')"
NAMES = f"SELECT * WHERE {{ VALUES ?thing {{ <id/russia> <id/ukraine> }} {NAMED} }} ORDER BY ?thing"
ISSUES = "SELECT ?s WHERE { ?s a <ns#Issue> } ORDER BY ?s"


@pytest.fixture(scope="module")
def three(releases: Path, tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> tuple[Path, list[str]]:
    """A folder with four releases, of which the first two are pruned; in the last Russia has another name."""
    folder = tmp_path_factory.mktemp("three-releases") / "releases"
    data = shutil.copytree(HOME / "data", folder.parent / "data")
    begin(releases, settings.with_(releases=folder))
    actors = data / "authority" / "actors.ttl"
    text = actors.read_text("utf-8") + '\nid:russia rdfs:comment "other than in the release before"@en .\n'
    identifiers = []
    for name in ("Rus", "Russia", "Rossiya"):
        label = f'skos:prefLabel "{name}"@en'
        changed = text.replace('rdfs:label "Russia"@en', f'rdfs:label "{name}"@en').replace(
            'skos:prefLabel "Russia"@en', label
        )
        actors.write_text(changed, "utf-8")
        build(settings.with_(releases=folder, data=data, texts=None), lambda _: None)
        identifiers.append(Releases(folder).active_id())
    prune(settings.with_(releases=folder, keep_releases=2, keep_days=0))
    return folder, identifiers


@pytest.fixture(scope="module")
def later(three: tuple[Path, list[str]]) -> Iterator[Server]:
    running = Server(three[0], KG_PAST_RELEASES="1")
    yield running
    running.stop()


def ask(server: Server, **parameters: str) -> dict[str, Any]:
    answer = server.get("/cited.json?" + urlencode(parameters))
    assert answer.status == 200, answer.text
    told: dict[str, Any] = json.loads(answer.body)
    return told


def test_what_changed_since_is_told_row_by_row(later: Server, three: tuple[Path, list[str]]) -> None:
    _, (_, second, third) = three
    told = ask(later, query=NAMES, release=second)
    assert (told["state"], told["release"], told["served"]) == (DIFFERS, second, third)
    assert [row["name"]["value"] for row in told["removed"]] == ["Russia"]
    assert [row["name"]["value"] for row in told["added"]] == ["Rossiya"]
    page = later.get("/cited?" + urlencode({"query": NAMES, "release": second}), "text/html").text
    assert "1 removed, 1 added" in page
    assert "Rossiya" in page
    assert page.index("Removed since") < page.index("Added since")


def test_the_answer_it_leads_to_has_the_digest_it_tells(later: Server, three: tuple[Path, list[str]]) -> None:
    for parameters in (
        {"query": NAMES},
        {"name": "who-disputes-what"},
        {"name": "what-someone-says", "claimant": "Ukraine"},
    ):
        told = ask(later, release=three[1][1], **parameters)
        parts = urlsplit(told["answer"])
        answer = later.get(f"{parts.path}?{parts.query}", told["answer_type"])
        assert answer.media_type == told["answer_type"]
        assert hashlib.sha256(answer.body).hexdigest() == told["answer_sha256"]


def test_an_answer_that_stayed_is_said_to_be_the_same(later: Server, three: tuple[Path, list[str]]) -> None:
    told = ask(later, query=ISSUES, release=three[1][1])
    assert (told["state"], told["removed"], told["added"]) == (SAME, [], [])
    assert ask(later, query="ASK { ?s a <ns#Issue> }", release=three[1][1])["state"] == SAME


def test_a_graph_is_compared_triple_by_triple(later: Server, three: tuple[Path, list[str]]) -> None:
    query = f"CONSTRUCT {{ ?thing <http://www.w3.org/2004/02/skos/core#prefLabel> ?name }} WHERE {{ {NAMED} }}"
    told = ask(later, query=query, release=three[1][1])
    assert (told["removed_count"], told["added_count"]) == (1, 1)
    assert '"Rossiya"@en' in told["added"][0]
    assert later.get("/cited?" + urlencode({"query": query, "release": three[1][1]}), "text/html").status == 200


def test_without_a_release_the_one_that_is_served_is_named(later: Server, three: tuple[Path, list[str]]) -> None:
    answer = later.get("/cited?" + urlencode({"query": ISSUES}))
    assert answer.status == 302
    assert answer.headers["Location"].endswith(f"release={three[1][2]}")
    assert ask(later, query=ISSUES, release=three[1][2])["state"] == "served"


def test_a_release_that_was_pruned_is_gone_with_what_is_known_of_it(
    later: Server, three: tuple[Path, list[str]]
) -> None:
    answer = later.get("/cited?" + urlencode({"query": ISSUES, "release": three[1][0]}))
    assert answer.status == 410
    assert three[1][0] in answer.text
    assert "sha256:" in answer.text


def test_an_answer_that_differs_each_time_is_not_compared(later: Server, three: tuple[Path, list[str]]) -> None:
    told = ask(later, query="SELECT (NOW() AS ?n) WHERE {}", release=three[1][1])
    assert told["not_compared"] == "volatile"


@pytest.mark.parametrize(
    ("parameters", "status", "said"),
    [
        ({}, 400, "in the parameter query"),
        ({"query": ISSUES, "name": "about"}, 400, "in the parameter query"),
        ({"name": "nothing"}, 404, "no stored query"),
        ({"name": "about", "aboot": "NATO"}, 400, "takes about"),
        ({"name": "about", "about": "Nowhere"}, 404, "Nowhere"),
        ({"query": "SELEC"}, 400, "line 1, column 6"),
        ({"query": ISSUES, "release": "x"}, 404, "no release x"),
    ],
)
def test_what_cannot_be_cited_is_told(
    later: Server, three: tuple[Path, list[str]], parameters: dict[str, str], status: int, said: str
) -> None:
    answer = later.get("/cited?" + urlencode({"release": three[1][1]} | parameters))
    assert answer.status == status
    assert said in answer.text


def test_rows_are_compared_as_often_as_they_occur_and_in_any_order() -> None:
    def rows(*values: str) -> Answer:
        bindings = [{"x": {"type": "literal", "value": value}} for value in values]
        body = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": bindings}}).encode()
        return Answer("solutions", "application/sparql-results+json", body)

    assert compare(rows("a", "b"), rows("b", "a")).state == OTHER_ORDER
    found = compare(rows("a", "a", "b"), rows("a", "c"))
    assert [json.loads(line)["x"]["value"] for line in found.removed] == ["a", "b"]
    assert [json.loads(line)["x"]["value"] for line in found.added] == ["c"]


def test_the_query_page_leads_to_the_address_that_keeps_its_answer(later: Server) -> None:
    page = later.get("/sparql?" + urlencode({"query": ISSUES}), "text/html").text
    assert "/cited?query=" in page
