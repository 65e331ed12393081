"""Graphs that were made to do harm, sent to a real server: the sender gets an error, and nobody else notices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.slow import mostly_slow
from helpers.writing import Scratch

RDFXML, JSONLD, TURTLE = "application/rdf+xml", "application/ld+json", "text/turtle"
HEAD = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="urn:x#">'
SECONDS = 8


def entities(depth: int) -> str:
    """RDF/XML whose one literal is ten to the power of the depth characters long."""
    lines = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, depth))
    said = f'<rdf:Description rdf:about="urn:a"><x:p>&e{depth - 1};</x:p></rdf:Description>'
    return f'<!DOCTYPE r [<!ENTITY e0 "aaaaaaaaaa">{lines}]>{HEAD}{said}</rdf:RDF>'


def nested(before: str, opening: str, closing: str, after: str, depth: int) -> str:
    return before + opening * depth + closing * depth + after


KNOWS = "<urn:a> <urn:p> "
RING = "".join(f"_:a{n} <urn:p> _:a{(n + 1) % 2000} .\n" for n in range(2000))
CLIQUE = "".join(f"_:a{n} <urn:p> _:a{m} .\n" for n in range(40) for m in range(40) if n != m)
ATTACKS = {
    "entities to 10 MB": (RDFXML, entities(7)),
    "entities to 10 GB": (RDFXML, entities(10)),
    "entities in a ring": (RDFXML, f'<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY b "&a;">]>{HEAD}<x:p>&a;</x:p></rdf:RDF>'),
    "deep XML": (RDFXML, HEAD + "<rdf:Description><x:p>" * 200_000),
    "deep JSON arrays": (JSONLD, "[" * 1_000_000 + "]" * 1_000_000),
    "deep JSON objects": (JSONLD, nested("", '{"@id":"urn:a","urn:p":', "}", "", 100_000)),
    "deep JSON-LD lists": (JSONLD, nested('{"@id":"urn:a","urn:p":', '{"@list":[', "]}", "}", 60_000)),
    "deep JSON-LD contexts": (JSONLD, nested('{"@context":', '{"a":{"@id":"urn:p","@context":', "}}", "}", 50_000)),
    "a remote context": (JSONLD, '{"@context":"http://127.0.0.1:9/x","@id":"urn:a","p":1}'),
    "a list of a million": (TURTLE, KNOWS + "(" + " 1" * 1_000_000 + ") ."),
    "deep Turtle lists": (TURTLE, nested(KNOWS, "(", ")", " .", 1_000_000)),
    "deep Turtle brackets": (TURTLE, nested(KNOWS, "[<urn:p> ", "]", " .", 300_000)),
    "deep triple terms": (TURTLE, KNOWS + "<<(" * 300_000),
    "deep annotations": (TURTLE, nested(KNOWS + "1 ", "{| <urn:p> 1 ", "|}", " .", 200_000)),
    "blank nodes in a ring": (TURTLE, RING),
    "blank nodes all alike": (TURTLE, CLIQUE),
    "no UTF-8": (TURTLE, "\udcff" * 1000),
}

QUICK = ["entities to 10 GB", "deep JSON arrays", "a remote context", "deep triple terms"]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """A server of an empty release that gives a write a few seconds and 1 GB."""
    folder = tmp_path_factory.mktemp("uploads") / "releases"
    running = Scratch(folder, KG_WRITE_SECONDS=str(SECONDS), KG_WORKER_MEMORY="1000000000")
    yield running
    running.stop()


@pytest.mark.parametrize("name", mostly_slow(ATTACKS, QUICK))
def test_it_costs_the_sender_an_error_and_nobody_else_anything(scratch: Scratch, name: str) -> None:
    media_type, text = ATTACKS[name]
    before, process = scratch.state(), scratch.process.pid
    answer = scratch.write(
        "PUT", "/graphs?graph=urn:g", text.encode("utf-8", "surrogateescape"), content_type=media_type
    )
    assert answer.status in (400, 413, 503), answer.text
    assert "othing was changed" in answer.text
    assert scratch.state() == before
    assert scratch.query("ASK {}").status == 200
    assert scratch.process.poll() is None
    assert scratch.process.pid == process


def test_the_next_write_is_made(scratch: Scratch) -> None:
    assert scratch.update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }").status == 200
    assert '"1"' in scratch.query("SELECT ?o { <urn:a> <urn:b> ?o }").text


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <urn:a> <urn:p> " + "(" * 100_000 + ")" * 100_000 + " }",
        "INSERT { ?s ?p ?o } WHERE { ?s " + "(" * 50_000 + "<urn:p>" + ")" * 50_000 + " ?o }",
        "INSERT DATA { <urn:a> <urn:p> " + "<<( <urn:a> <urn:p> " * 50_000,
        'INSERT { <urn:a> <urn:p> ?x } WHERE { BIND("a" AS ?a0) '
        + "".join(f"BIND(CONCAT({','.join([f'?a{n}'] * 10)}) AS ?a{n + 1}) " for n in range(10))
        + "BIND(?a10 AS ?x) }",
    ],
    ids=["lists", "path", "triple terms", "doubling"],
)
def test_an_update_made_to_do_harm_changes_nothing(scratch: Scratch, update: str) -> None:
    before = scratch.state()
    answer = scratch.update(update)
    assert answer.status in (400, 413, 503), answer.text
    assert scratch.state() == before
    assert scratch.query("ASK {}").status == 200


def test_entities_as_they_are_used_for_namespaces_are_read(scratch: Scratch) -> None:
    text = f'<!DOCTYPE r [<!ENTITY x "urn:x#">]>{HEAD}<rdf:Description rdf:about="&x;a" x:p="1"/></rdf:RDF>'
    answer = scratch.write("PUT", "/graphs?graph=urn:owl", text.encode(), content_type=RDFXML)
    assert answer.status == 201
    assert '"boolean":true' in scratch.query("ASK { GRAPH <urn:owl> { <urn:x#a> ?p '1' } }").text
