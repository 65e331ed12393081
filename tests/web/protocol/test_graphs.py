"""The Graph Store Protocol over HTTP: reading, and writing through the gate."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from rdflib import RDF, RDFS, Dataset, Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import SH, XSD

from helpers.releasing import sizes
from helpers.serving import BASE, Server
from helpers.writing import Scratch, WritingServer

AUTHORITY = "/graphs?graph=" + quote(BASE + "graph/authority")
TURTLE = "text/turtle"
FORMATS = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
    "application/trig": "trig",
    "application/n-quads": "nquads",
}
PERSON = b"@prefix foaf: <http://xmlns.com/foaf/0.1/> . <#me> a foaf:Person ; foaf:knows [ foaf:name 'A' ] ."


def read(server: Server, path: str) -> Graph:
    answer = server.get(path, TURTLE)
    assert answer.status == 200, answer.text
    return Graph().parse(data=answer.body, format="turtle")


# Reading is open


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_graph_comes_in_every_graph_type(server: Server, media_type: str) -> None:
    answer = server.get(AUTHORITY, media_type)
    assert answer.status == 200
    assert answer.media_type == media_type
    assert "Accept" in answer.headers["Vary"]
    triples = {triple[:3] for triple in Dataset().parse(data=answer.body, format=FORMATS[media_type])}
    expected = server.query(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{BASE}graph/authority> {{ ?s ?p ?o }} }}", "text/csv")
    assert len(triples) == int(expected.text.split()[1])


def test_head_says_what_get_would(server: Server) -> None:
    got, head = (server.request(method, AUTHORITY, Accept=TURTLE) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/graphs", TURTLE, 400),
        ("/graphs/", TURTLE, 400),
        ("/graphs?default&graph=urn:x", TURTLE, 400),
        ("/graphs?graph=urn:x&graph=urn:y", TURTLE, 400),
        ("/graphs?graph=graph/authority", TURTLE, 400),
        ("/graphs/person?default", TURTLE, 400),
        ("/graphs?graph=urn:x", TURTLE, 404),
        ("/graphs?graph=http://[", TURTLE, 404),
        ("/graphs/person", TURTLE, 404),
        (AUTHORITY, "image/png", 406),
        ("/graphs?default", TURTLE, 200),
        ("/graphs?graph=" + quote(BASE + "graph/description"), TURTLE, 200),
    ],
)
def test_what_names_no_graph_is_told_why(server: Server, path: str, accept: str, status: int) -> None:
    answer = server.get(path, accept)
    assert answer.status == status
    assert status == 200 or answer.text.strip()


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_writing_needs_the_token(server: Server, scratch: Scratch, method: str) -> None:
    refused = server.request(method, "/graphs?graph=urn:x", PERSON, content_type=TURTLE)
    assert refused.status == 403
    assert "KG_WRITE_TOKEN_SHA256" in refused.text
    challenged = scratch.request(method, "/graphs?graph=urn:x", PERSON, content_type=TURTLE)
    assert challenged.status == 401
    assert challenged.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_preflight_allows_the_verbs_and_the_token(server: Server) -> None:
    answer = server.request("OPTIONS", "/graphs")
    assert answer.status == 204
    assert {"GET", "PUT", "POST", "DELETE"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


# The gate


def test_a_new_graph_that_conforms_is_kept_read_and_deleted(gated: WritingServer) -> None:
    path = "/graphs?graph=" + quote(BASE + "graph/more")
    label = '<http://www.w3.org/2000/01/rdf-schema#label> "Added"@en , "Ergänzt"@de'
    record = f"<{BASE}id/added> a <{BASE}ns#Topic> ; {label} ;"
    record += f" <http://www.w3.org/2004/02/skos/core#topConceptOf> <{BASE}code/topic> ."
    created = gated.write("PUT", path, record.encode(), content_type=TURTLE)
    assert (created.status, created.body) == (201, b"")
    thing = URIRef(BASE + "id/added")
    classes = set(read(gated, path).objects(thing, RDF.type))
    assert {URIRef(BASE + "ns#Topic"), URIRef(BASE + "ns#Entity")} <= classes
    assert gated.get("/doc/added", "text/turtle").status == 200
    assert sizes(gated.releases, gated.releases.active())[BASE + "graph/more"] == len(read(gated, path))
    assert gated.write("DELETE", path).status == 204
    assert gated.get(path, TURTLE).status == 404
    assert gated.write("DELETE", path).status == 404


def test_a_graph_that_does_not_conform_is_refused_with_the_report(gated: WritingServer) -> None:
    before = gated.state()
    body = f"<{BASE}id/russia> <https://schema.org/containsPlace> <{BASE}id/crimea> ."
    answer = gated.write("POST", AUTHORITY, body.encode(), content_type=TURTLE, Accept=TURTLE)
    assert answer.status == 422
    report = Graph().parse(data=answer.body, format="turtle")
    assert URIRef(BASE + "shapes#BareTriple") in set(report.objects(None, SH.sourceShape))
    assert gated.write("DELETE", AUTHORITY).status == 422
    assert gated.state() == before


def test_what_was_got_can_be_put_back_and_changes_nothing(gated: WritingServer) -> None:
    before = gated.state()
    body = gated.get(AUTHORITY, TURTLE).body
    assert gated.write("PUT", AUTHORITY, body, content_type=TURTLE).status == 204
    assert gated.state() == before


def test_a_literal_that_the_store_would_rewrite_is_refused_rather_than_changed(gated: WritingServer) -> None:
    body = f'<{BASE}id/florida> <{RDFS.comment}> "01"^^<{XSD.int}> .'
    before = gated.state()
    answer = gated.write("POST", AUTHORITY, body.encode(), content_type=TURTLE)
    assert answer.status == 422
    assert gated.state() == before


@pytest.mark.parametrize("name", ["ontology", "shapes", "queries", "description"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_the_graphs_that_decide_what_conforms_are_protected(gated: WritingServer, name: str, method: str) -> None:
    answer = gated.write(method, f"/graphs?graph={BASE}graph/{name}", b"", content_type=TURTLE)
    assert answer.status == 403
    assert "kg build" in answer.text


# The verbs (§5), on a release without shapes


def test_put_replaces_and_post_adds(scratch: Scratch) -> None:
    path = "/graphs?graph=urn:verbs"
    one, two = b"<urn:a> <urn:b> 1 .", b"<urn:a> <urn:b> 2 ."
    assert scratch.write("POST", path, one, content_type=TURTLE).status == 201
    assert scratch.write("POST", path, two, content_type=TURTLE).status == 204
    assert len(read(scratch, path)) == 2
    assert scratch.write("PUT", path, one, content_type=TURTLE).status == 204
    assert len(read(scratch, path)) == 1


def test_blank_nodes_of_two_documents_stay_two(scratch: Scratch) -> None:
    path = "/graphs?graph=urn:blank"
    for _ in range(2):
        scratch.write("POST", path, b"_:x <urn:b> 1 .", content_type=TURTLE)
    assert len(read(scratch, path)) == 2


def test_an_address_below_graphs_names_the_graph_and_is_the_base_of_its_content(scratch: Scratch) -> None:
    created = scratch.write("PUT", "/graphs/people/1", PERSON, content_type=TURTLE)
    iri = f"{scratch.url}/graphs/people/1"
    assert (created.status, created.headers["Location"]) == (201, iri)
    assert URIRef(iri + "#me") in set(read(scratch, "/graphs/people/1").subjects())
    assert isomorphic(read(scratch, "/graphs?graph=" + quote(iri)), read(scratch, "/graphs/people/1"))


def test_an_address_keeps_its_escapes_and_its_host(scratch: Scratch) -> None:
    assert scratch.write("PUT", "/graphs/a%20b/%C3%A9", PERSON, content_type=TURTLE).status == 201
    assert len(read(scratch, "/graphs?graph=" + quote(f"{scratch.url}/graphs/a%20b/%C3%A9"))) == 3
    assert scratch.write("PUT", "/graphs/nowhere", PERSON, content_type=TURTLE, Host="a>b").status == 400


def test_post_to_the_store_makes_a_graph_and_says_where(scratch: Scratch) -> None:
    places = set()
    for _ in range(2):
        created = scratch.write("POST", "/graphs", PERSON, content_type=TURTLE)
        assert created.status == 201
        places.add(created.headers["Location"])
    for place in places:
        assert len(read(scratch, place.removeprefix(scratch.url))) == 3
    assert len(places) == 2


def test_a_form_of_several_files_is_one_graph(scratch: Scratch) -> None:
    parts = [
        ("a.ttl", "text/turtle; charset=utf-8", "<urn:a> <urn:b> 1 ."),
        ("b.nt", "application/octet-stream", "<urn:a> <urn:b> <urn:c> ."),
        ("c.jsonld", None, '{"@id": "urn:a", "urn:b": "three"}'),
    ]
    answer = scratch.write("PUT", "/graphs?graph=urn:form", form(parts)[0], **form(parts)[1])
    assert answer.status == 201, answer.text
    assert len(read(scratch, "/graphs?graph=urn:form")) == 3


@pytest.mark.parametrize(
    ("parts", "status"),
    [([], 400), ([("a.png", "image/png", "x")], 415), ([("a.ttl", TURTLE, "<urn:a>")], 400)],
)
def test_a_form_that_holds_no_graph_is_told_why(
    scratch: Scratch, parts: list[tuple[str, str | None, str]], status: int
) -> None:
    body, headers = form(parts)
    answer = scratch.write("POST", "/graphs?graph=urn:no-form", body, **headers)
    assert answer.status == status
    assert scratch.get("/graphs?graph=urn:no-form").status == 404


def form(parts: list[tuple[str, str | None, str]]) -> tuple[bytes, dict[str, str]]:
    """Return a multipart/form-data body of files, and its Content-Type."""
    lines = []
    for name, media_type, content in parts:
        lines += ["--edge", f'Content-Disposition: form-data; name="graph"; filename="{name}"']
        lines += [f"Content-Type: {media_type}"] if media_type else []
        lines += ["", content]
    return "\r\n".join([*lines, "--edge--", ""]).encode(), {"content_type": "multipart/form-data; boundary=edge"}


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_graph_is_taken_in_every_graph_type(scratch: Scratch, media_type: str) -> None:
    graph = Graph().parse(data="<urn:a> <urn:b> <urn:c>, 'é'@fr, 1 .", format="turtle")
    body = Dataset()
    for triple in graph:
        body.add(triple)
    answer = scratch.write(
        "PUT", "/graphs?graph=urn:types", body.serialize(format=FORMATS[media_type]).encode(), content_type=media_type
    )
    assert answer.status in (201, 204), answer.text
    assert isomorphic(read(scratch, "/graphs?graph=urn:types"), graph)


@pytest.mark.parametrize(
    ("content_type", "body", "status", "said"),
    [
        (TURTLE, b"<urn:a> <urn:b> .", 400, "line 1"),
        (TURTLE, b"<urn:a> <urn:b> '\xff' .", 400, "text/turtle"),
        ("application/n-quads", b"<urn:a> <urn:b> <urn:c> <urn:g> .", 400, "amed graph"),
        ("application/ld+json", b'{"@context": "http://127.0.0.1:9/c", "@id": "urn:a", "b": 1}', 400, "ld+json"),
        ("text/html", b"<p>", 415, "text/turtle"),
        ("multipart/form-data", b"", 400, "boundary"),
        (TURTLE, b"#" * 400_001, 413, ""),
    ],
)
def test_content_that_is_no_graph_is_told_why(
    scratch: Scratch, content_type: str, body: bytes, status: int, said: str
) -> None:
    before = scratch.state()
    answer = scratch.write("PUT", "/graphs?graph=urn:bad", body, content_type=content_type)
    assert answer.status == status, answer.text
    assert said in answer.text
    assert scratch.state() == before


def test_the_default_graph_is_there_and_empty_at_first(scratch: Scratch) -> None:
    scratch.clear()
    assert len(read(scratch, "/graphs?default")) == 0
    assert scratch.write("PUT", "/graphs?default", b"<urn:a> <urn:b> 1 .", content_type=TURTLE).status == 204
    assert len(read(scratch, "/graphs?default")) == 1
    assert scratch.write("DELETE", "/graphs?default").status == 204
    assert len(read(scratch, "/graphs?default")) == 0
