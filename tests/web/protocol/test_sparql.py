"""The query operation of the SPARQL 1.1 Protocol, over a real socket."""

from __future__ import annotations

import csv
import io
import json
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest
import rdflib

from helpers.serving import BASE, Server

ROWS = """SELECT ?label WHERE { <id/crimea> <http://www.w3.org/2000/01/rdf-schema#label> ?label
  FILTER(LANG(?label) = "en") }"""
GRAPH = "CONSTRUCT WHERE { <id/crimea> <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
CRIMEA_LABELS = {
    (rdflib.URIRef(BASE + "id/crimea"), rdflib.RDFS.label, rdflib.Literal(label, lang=language))
    for label, language in (("Crimea", "en"), ("Krim", "de"))
}
FORM = "application/x-www-form-urlencoded"


def test_get_form_post_and_direct_post_give_the_same_answer(server: Server) -> None:
    form = urllib.parse.urlencode({"query": ROWS}).encode()
    answers = [
        server.query(ROWS),
        server.request("POST", "/sparql", form, Content_Type=FORM),
        server.request("POST", "/sparql", ROWS.encode(), Content_Type="application/sparql-query"),
        server.request("POST", "/sparql", ROWS.encode(), Content_Type="application/sparql-query; charset=utf-8"),
        server.request("POST", "/sparql/", form, Content_Type=FORM + "; charset=utf-8"),
    ]
    assert [answer.status for answer in answers] == [200] * 5
    assert {json.loads(answer.body)["results"]["bindings"][0]["label"]["value"] for answer in answers} == {"Crimea"}


def test_rows_come_as_json(server: Server) -> None:
    answer = server.query(ROWS, "application/sparql-results+json")
    assert answer.headers["Content-Type"] == "application/sparql-results+json"
    binding = json.loads(answer.body)["results"]["bindings"]
    assert binding == [{"label": {"type": "literal", "value": "Crimea", "xml:lang": "en"}}]


def test_rows_come_as_xml(server: Server) -> None:
    answer = server.query(ROWS, "application/sparql-results+xml")
    assert answer.media_type == "application/sparql-results+xml"
    literal = ElementTree.fromstring(answer.body).find(".//{http://www.w3.org/2005/sparql-results#}literal")  # noqa: S314
    assert literal is not None
    assert literal.text == "Crimea"


def test_rows_come_as_csv(server: Server) -> None:
    answer = server.query(ROWS, "text/csv")
    assert answer.media_type == "text/csv"
    assert list(csv.reader(io.StringIO(answer.text))) == [["label"], ["Crimea"]]


def test_rows_come_as_tsv(server: Server) -> None:
    answer = server.query(ROWS, "text/tab-separated-values")
    assert answer.text.splitlines() == ["?label", '"Crimea"@en']


@pytest.mark.parametrize(
    ("media_type", "parser"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("application/ld+json", "json-ld"),
    ],
)
def test_graphs_come_in_each_media_type(server: Server, media_type: str, parser: str) -> None:
    answer = server.query(GRAPH, media_type)
    assert answer.status == 200
    assert answer.media_type == media_type
    assert set(rdflib.Graph().parse(data=answer.body, format=parser)) == CRIMEA_LABELS


@pytest.mark.parametrize(
    ("accept", "rows", "graph"),
    [
        (None, "application/sparql-results+json", "text/turtle"),
        ("*/*", "application/sparql-results+json", "text/turtle"),
        (
            "text/csv;q=0.5, application/sparql-results+xml;q=0.9, text/turtle;q=0.1",
            "application/sparql-results+xml",
            "text/turtle",
        ),
        (
            "application/rdf+xml, application/sparql-results+xml",
            "application/sparql-results+xml",
            "application/rdf+xml",
        ),
        ("text/turtle; charset=utf-8, text/csv; header=present", "text/csv", "text/turtle"),
        (
            "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,text/html;q=0.2,"
            "application/sparql-results+xml;q=0.8",
            "application/sparql-results+xml",
            "application/n-quads",
        ),
        ("application/xml;q=0.3, */*;q=0.1", "application/sparql-results+xml", "application/rdf+xml"),
        ("text/*", "text/csv", "text/turtle"),
    ],
)
def test_the_best_liked_media_type_is_sent(server: Server, accept: str | None, rows: str, graph: str) -> None:
    assert server.query(ROWS, accept).media_type == rows
    answer = server.query(GRAPH, accept)
    assert answer.media_type == graph
    assert "Accept" in answer.headers["Vary"]


def test_nothing_acceptable_is_406_and_names_what_there_is(server: Server) -> None:
    answer = server.query(ROWS, "image/png")
    assert answer.status == 406
    assert "application/sparql-results+json" in answer.text


def test_rows_for_a_client_that_takes_only_graphs_is_406(server: Server) -> None:
    assert server.query(ROWS, "text/turtle").status == 406


def test_ask_is_answered_with_a_boolean(server: Server) -> None:
    yes = server.query("ASK { <id/crimea> a <ns#Place> }")
    no = server.query("ASK { <id/crimea> a <ns#Person> }")
    assert [json.loads(yes.body)["boolean"], json.loads(no.body)["boolean"]] == [True, False]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("SELECT * WHERE { ?s ?p }", 1, 18), ("SELECT *\nWHERE {\n  ?s foo:p ?o\n}", 3, 6)],
)
def test_a_syntax_error_is_400_with_line_and_column(server: Server, text: str, line: int, column: int) -> None:
    answer = server.query(text)
    assert answer.status == 400
    assert answer.media_type == "text/plain"
    assert f"line {line}, column {column}" in answer.text


def test_an_update_sent_as_a_query_is_400_and_says_so(server: Server) -> None:
    answer = server.query("INSERT DATA { <id/x> <id/y> <id/z> }")
    assert answer.status == 400
    assert "update" in answer.text.lower()


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status"),
    [
        ("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", None, None, 400),
        ("GET", "/sparql?query=ASK%7B%7D&update=CLEAR+ALL", None, None, 400),
        ("POST", "/sparql", b"query=ASK%7B%7D&query=ASK%7B%7D", FORM, 400),
        ("POST", "/sparql", b"nothing=1", FORM, 400),
        ("POST", "/sparql", b"ASK{}", "text/plain", 415),
        ("POST", "/sparql", b"ASK{}", None, 415),
        ("POST", "/sparql", b"ASK { \xff }", "application/sparql-query", 400),
        ("GET", "/sparql?query=ASK%7B%7D&accept=%FF", None, None, 400),
        ("PUT", "/sparql", b"ASK{}", "application/sparql-query", 405),
    ],
)
def test_a_malformed_request_is_refused(
    server: Server, method: str, path: str, body: bytes | None, content_type: str | None, status: int
) -> None:
    headers = {"Content_Type": content_type} if content_type else {}
    answer = server.request(method, path, body, **headers)
    assert answer.status == status
    assert answer.text.strip()


@pytest.mark.parametrize("broken", ["%FF", "%C3", "%ED%A0%80", "\xff"])
@pytest.mark.parametrize("name", ["query", "default-graph-uri"])
def test_escaped_bytes_that_are_not_utf8_are_400_and_name_the_parameter(server: Server, name: str, broken: str) -> None:
    values = {"query": "ASK%7B%7D"} | {name: f"ASK%7B%7D+%23{broken}"}
    sent = "&".join(f"{key}={value}" for key, value in values.items())
    answers = [server.request("POST", "/sparql", sent.encode("latin-1"), Content_Type=FORM)]
    if broken.isascii():  # else it is no address
        answers.append(server.get(f"/sparql?{sent}"))
        answers.append(server.request("POST", f"/sparql?{sent}", b"ASK{}", Content_Type="application/sparql-query"))
    for answer in answers:
        assert answer.status == 400
        assert f"parameter {name} is not UTF-8" in answer.text


def test_a_replacement_character_that_was_sent_is_taken(server: Server) -> None:
    answer = server.get("/sparql?query=SELECT(%22%EF%BF%BD%22AS+%3Fx)%7B%7D", "text/csv")
    assert answer.text.split() == ["x", "\ufffd"]


def test_a_form_is_decoded_once(server: Server) -> None:
    text = 'SELECT ("100%25" AS ?x) WHERE {}'
    answer = server.request("POST", "/sparql", urllib.parse.urlencode({"query": text}).encode(), Content_Type=FORM)
    assert json.loads(answer.body)["results"]["bindings"][0]["x"]["value"] == "100%25"


def test_unknown_parameters_are_ignored(server: Server) -> None:
    assert server.query(ROWS, format="xml", output="xml", results="xml").media_type == "application/sparql-results+json"


def test_default_graph_uri_narrows_the_default_graph(server: Server) -> None:
    everywhere = "ASK { <id/crimea> a <ns#Place> }"
    codes = BASE + "graph/codes"
    authority = BASE + "graph/authority"
    assert json.loads(server.query(everywhere, **{"default-graph-uri": authority}).body)["boolean"] is True
    assert json.loads(server.query(everywhere, **{"default-graph-uri": codes}).body)["boolean"] is False


def test_named_graph_uri_narrows_the_named_graphs(server: Server) -> None:
    text = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
    named = BASE + "graph/codes"
    found = json.loads(server.query(text, **{"named-graph-uri": named}).body)["results"]["bindings"]
    assert [row["g"]["value"] for row in found] == [named]


def test_the_default_graph_is_the_union_without_repeated_triples(server: Server) -> None:
    triples = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    quads = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"
    counts = [json.loads(server.query(t).body)["results"]["bindings"][0]["n"]["value"] for t in (triples, quads)]
    assert counts[0] == counts[1]
    assert int(counts[0]) > 1000


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * WHERE { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ],
)
def test_calls_to_other_endpoints_are_refused(server: Server, text: str) -> None:
    answer = server.query(text)
    assert answer.status == 400 or json.loads(answer.body)["results"]["bindings"] == [{}]


def test_a_query_that_crashes_the_engine_costs_nobody_else_anything(server: Server) -> None:
    deep = "SELECT * WHERE " + "{" * 10_000 + "}" * 10_000
    answer = server.request("POST", "/sparql", deep.encode(), Content_Type="application/sparql-query")
    assert 400 <= answer.status < 600
    assert server.query(ROWS).status == 200


def test_head_and_options_are_answered(server: Server) -> None:
    head = server.request("HEAD", "/sparql?query=" + urllib.parse.quote(ROWS))
    assert (head.status, head.body) == (200, b"")
    options = server.request("OPTIONS", "/sparql")
    assert options.status == 204
    assert "POST" in options.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    "path", ["/", "/sparql?query=ASK%7B%7D", "/sparql?query=nonsense", "/id/russia", "/id/nobody", "/nowhere"]
)
def test_every_answer_may_be_read_from_any_origin(server: Server, path: str) -> None:
    assert server.get(path).headers.get_all("Access-Control-Allow-Origin") == ["*"]


def test_without_a_query_the_service_is_described(server: Server) -> None:
    answer = server.get("/sparql", "text/turtle")
    graph = rdflib.Graph().parse(data=answer.body, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    endpoint = rdflib.URIRef(server.url + "/sparql")
    assert (endpoint, rdflib.RDF.type, sd.Service) in graph
    assert (endpoint, sd.feature, sd.UnionDefaultGraph) in graph
    assert (endpoint, sd.feature, sd.BasicFederatedQuery) not in graph
    assert {str(name) for name in graph.objects(None, sd.name)} >= {
        BASE + "graph/authority",
        BASE + "graph/codes",
    }


def test_a_browser_gets_a_page_with_the_answer_and_errors_in_place(server: Server) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = server.query(ROWS, browser)
    assert page.media_type == "text/html"
    assert "Crimea" in page.text
    wrong = server.query("SELECT * WHERE { ?s ?p }", browser)
    assert wrong.status == 400
    assert "line 1, column 18" in wrong.text
    assert "SELECT * WHERE { ?s ?p }" in wrong.text


def test_updates_are_refused_and_say_how_releases_are_made(server: Server) -> None:
    answer = server.request("POST", "/update", b"CLEAR ALL", Content_Type="application/sparql-update")
    assert answer.status == 403
    assert "kg build" in answer.text


@pytest.mark.parametrize(
    ("asked", "row_type", "graph_type"),
    [
        ("application/json", "application/sparql-results+json", "application/ld+json"),
        ("application/xml", "application/sparql-results+xml", "application/rdf+xml"),
        ("text/xml", "application/sparql-results+xml", "application/rdf+xml"),
        ("application/json;q=0.9, text/csv;q=0.5", "application/sparql-results+json", "application/ld+json"),
        ("application/json;q=0.4, text/*;q=0.5", "text/csv", "text/turtle"),
        ("application/sparql-results+json;q=0, application/json, text/csv;q=0.1", "text/csv", "application/ld+json"),
    ],
)
def test_the_name_of_a_syntax_alone_is_taken_for_its_format(
    server: Server, asked: str, row_type: str, graph_type: str
) -> None:
    assert [server.query(text, asked).media_type for text in (ROWS, GRAPH)] == [row_type, graph_type]


def test_a_byte_order_mark_before_a_query_is_no_part_of_it(server: Server) -> None:
    marked = "\ufeff" + ROWS
    form = urllib.parse.urlencode({"query": marked}).encode()
    answers = [
        server.query(marked),
        server.get("/sparql?" + urllib.parse.urlencode({"query": marked, "accept": "csv"})),
        server.request("POST", "/sparql", form, Content_Type=FORM),
        server.request("POST", "/sparql", marked.encode(), Content_Type="application/sparql-query"),
    ]
    assert [(answer.status, "Crimea" in answer.text) for answer in answers] == [(200, True)] * 4
