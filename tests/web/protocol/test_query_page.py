"""The query page: what a person with a browser sees of an answer or a mistake, and what a download is."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import rdflib

from helpers.serving import BASE, Answer, Server
from kg.terms import Iris
from kg.web.words.cells import compact, read_term
from web.protocol.pages_read import HTML, PageRead, words

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
XSD = "http://www.w3.org/2001/XMLSchema#"
ROWS = f"SELECT ?label WHERE {{ <id/crimea> {LABEL} ?label FILTER(LANG(?label) = 'en') }}"
GRAPH = f"CONSTRUCT WHERE {{ <id/crimea> {LABEL} ?label }}"
PARSERS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld", "trig": "trig", "nq": "nquads"}
CRIMEA = (rdflib.URIRef(BASE + "id/crimea"), rdflib.RDFS.label, rdflib.Literal("Crimea", lang="en"))


def show(server: Server, text: str, **parameters: str) -> PageRead:
    answer = server.query(text, HTML, **parameters)
    assert (answer.status, answer.media_type) == (200, "text/html")
    return PageRead(answer.text)


def download(server: Server, text: str, name: str, header: str | None = None) -> Answer:
    return server.get("/sparql?" + urlencode({"query": text, "accept": name}), header)


# The table


def test_our_iris_show_their_label_and_lead_to_their_page(server: Server) -> None:
    page = show(server, "SELECT ?x ?nobody { VALUES (?x ?nobody) { (<id/russia> <id/nobody>) } }")
    assert page.links["/id/russia"] == "Russia"
    assert page.rows[1][0] == "Russia id:russia"
    assert page.links["/id/nobody"] == "id/nobody"


def test_outside_iris_lead_out_only_by_http_https_and_mailto(server: Server) -> None:
    hostile = ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "urn:x:y"]
    kind = ["http://example.com/a", "https://www.wikidata.org/wiki/Q159", "mailto:a@example.com"]
    values = " ".join(f"<{iri}>" for iri in hostile + kind)
    page = show(server, f"SELECT ?x {{ VALUES ?x {{ {values} }} }}")
    assert [row[0] for row in page.rows[1:]] == hostile + kind
    assert set(kind) <= set(page.links)
    assert not set(hostile) & set(page.links)


def test_an_iri_of_ours_cannot_lead_to_another_host(server: Server) -> None:
    page = show(server, f"SELECT ?x {{ VALUES ?x {{ <{BASE}/evil.example/> }} }}")
    assert not [link for link in page.links if link.startswith("//")]


def test_known_vocabularies_are_shown_by_prefixed_name(server: Server) -> None:
    page = show(server, "SELECT ?x { VALUES ?x { <http://www.w3.org/2004/02/skos/core#Concept> } }")
    assert page.links["http://www.w3.org/2004/02/skos/core#Concept"] == "skos:Concept"


def test_what_a_column_shares_is_said_once_and_what_differs_in_the_cell(server: Server) -> None:
    page = show(server, 'SELECT ?a ?b { VALUES (?a ?b) { ("x"@en 1) ("y"@en 2.5) } }')
    assert page.rows == [["a en", "b"], ["x", "1 xsd:integer"], ["y", "2.5 xsd:decimal"]]


def test_numbers_stand_to_the_right(server: Server) -> None:
    page = show(server, 'SELECT ?n ?s { VALUES (?n ?s) { (7 "7") (11 "x") } }')
    assert page.classes == [["number", ""], ["number", ""], ["number", ""]]


def test_unbound_is_an_empty_cell(server: Server) -> None:
    assert show(server, "SELECT ?a ?b { VALUES (?a ?b) { (UNDEF 'b') } }").rows[1] == ["", "b"]


def test_hostile_literals_are_text(server: Server) -> None:
    hostile = "<script>alert(1)</script>{{ 7*7 }}\"'&amp;"
    literal = json.dumps(hostile)
    answer = server.query(f"SELECT ?x {{ BIND({literal} AS ?x) }}", HTML)
    assert "<script>" not in answer.text
    assert PageRead(answer.text).rows[1] == [hostile]


def test_the_page_says_how_many_rows_in_which_time_and_from_which_release(server: Server) -> None:
    text = words(server.query("SELECT ?x { VALUES ?x { 1 2 3 } }", HTML))
    assert "3 rows" in text
    assert re.search(r"Answered in \d+(\.\d)? m?s from release [\w-]+ of 20\d\d-\d\d-\d\d\.", text)
    assert "1 row Answered" in words(server.query("SELECT ?x { VALUES ?x { 1 } }", HTML))
    assert "No rows" in words(server.query("SELECT ?x { ?x a <ns#Dragon> }", HTML))


def test_a_long_answer_is_shown_in_part_and_says_so(server: Server) -> None:
    answer = server.query("SELECT * { ?s ?p ?o } LIMIT 600", HTML)
    assert "600 rows" in words(answer)
    assert "Rows 1 to 500 are shown" in words(answer)
    assert len(PageRead(answer.text).rows) == 501


def test_the_rows_of_a_long_answer_are_read_page_by_page_each_once(server: Server) -> None:
    values = " ".join(map(str, range(1201)))
    text = f"SELECT ?n {{ VALUES ?n {{ {values} }} }}"
    page, seen = show(server, text), []
    while True:
        seen += [row[0] for row in page.rows[1:]]
        after = next((link for link, name in page.links.items() if name == "Rows after"), None)
        if after is None:
            break
        page = PageRead(server.get(after.removesuffix("#answer"), HTML).text)
    assert seen == list(map(str, range(1201)))
    assert "Rows before" in page.links.values()


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999", "²"])
def test_a_page_that_there_cannot_be_is_refused(server: Server, number: str) -> None:
    answer = server.query("SELECT * { ?s ?p ?o } LIMIT 1", HTML, **{"from": number})
    assert answer.status == 400
    assert "number of a row" in answer.text


@pytest.mark.parametrize("star", ["*", "DISTINCT *", "\n  REDUCED\t*"])
def test_the_columns_of_a_star_stand_in_the_order_written(server: Server, star: str) -> None:
    page = show(server, f"SELECT {star} {{ # ?z\n ?s ?p ?o BIND('?y' AS ?a) }} LIMIT 1")
    assert [head.split()[0] for head in page.rows[0]] == ["s", "p", "o", "a"]


def test_named_columns_stand_in_the_order_in_which_they_are_named(server: Server) -> None:
    page = show(server, "SELECT ?o ?s { ?s ?p ?o } LIMIT 1")
    assert [head.split()[0] for head in page.rows[0]] == ["o", "s"]


def test_ask_is_answered_with_a_sentence(server: Server) -> None:
    assert "Yes Something in the release matches" in words(server.query("ASK { <id/crimea> a <ns#Place> }", HTML))
    assert "No Nothing in the release matches" in words(server.query("ASK { <id/crimea> a <ns#Person> }", HTML))


@pytest.mark.parametrize("text", [GRAPH, "DESCRIBE <id/crimea>"])
def test_a_graph_is_shown_as_a_table_and_as_turtle(server: Server, text: str) -> None:
    answer = server.query(text, HTML)
    page = PageRead(answer.text)
    assert [head.split()[0] for head in page.rows[0]] == ["subject", "predicate", "object"]
    assert any(row[:2] == ["Crimea id:crimea", "rdfs:label"] for row in page.rows)
    turtle = html.unescape(answer.text.partition('aria-labelledby="turtle">')[2].partition("</pre>")[0])
    shown = set(rdflib.Graph().parse(data=turtle, format="turtle"))
    sent = set(rdflib.Graph().parse(data=server.query(text, "text/turtle").body, format="turtle"))
    assert shown == sent
    assert CRIMEA in shown


# A mistake


def test_a_mistake_is_shown_in_its_line_with_a_caret_under_its_column(server: Server) -> None:
    text = "SELECT *\r\nWHERE {\r\n\t?s foo:p ?o\r\n}"  # as a browser sends lines
    answer = server.query(text, HTML)
    assert answer.status == 400
    assert "line 3, column 5" in words(answer)
    assert "the prefix foo: is not declared" in words(answer)
    lines = re.findall(r'<span class="line( bad| caret|)"[^>]*><span class="n">(\d*)</span>([^<]*)</span>', answer.text)
    assert [(number, html.unescape(line)) for kind, number, line in lines if kind == " bad"] == [("3", "\t?s foo:p ?o")]
    [caret] = [line for kind, _, line in lines if kind == " caret"]
    assert caret == "\t   ^"
    assert [number for kind, number, _ in lines if kind != " caret"] == ["1", "2", "3", "4"]
    assert PageRead(answer.text).fields["query"].strip() == text


def test_a_query_that_is_refused_stays_in_the_form(server: Server) -> None:
    text = "SELECT * { SERVICE <http://x.example/> {} }"
    answer = server.query(text, HTML)
    assert answer.status == 400
    assert "not allowed here" in words(answer)
    assert PageRead(answer.text).fields["query"].strip() == text


def test_an_empty_query_says_what_to_send(server: Server) -> None:
    answer = server.query("", HTML)
    assert answer.status == 400
    assert "There is no query" in words(answer)


# Downloads


def test_the_page_links_to_every_form_and_to_itself(server: Server) -> None:
    for text, names in ((ROWS, ["csv", "tsv", "json", "xml"]), (GRAPH, list(PARSERS))):
        page = show(server, text)
        downloads = [link for link in page.links if "accept=" in link]
        assert [parse_qs(urlsplit(link).query)["accept"][0] for link in downloads] == names
        assert all(server.get(link).status == 200 for link in downloads)
        shared = urlsplit(page.fields["share"])
        assert (f"{shared.scheme}://{shared.netloc}{shared.path}", parse_qs(shared.query)) == (
            f"{server.url}/sparql",
            {"query": [text]},
        )


def test_the_graphs_asked_for_stay_in_the_form_and_in_every_link(server: Server) -> None:
    graph = BASE + "graph/codes"
    page = show(server, "SELECT * { ?s ?p ?o } LIMIT 1", **{"default-graph-uri": graph})
    assert page.fields["default-graph-uri"] == graph
    for address in (page.fields["share"], *(link for link in page.links if "accept=" in link)):
        assert parse_qs(urlsplit(address).query)["default-graph-uri"] == [graph]


@pytest.mark.parametrize("accept", [None, HTML, "application/sparql-results+xml"])
def test_the_parameter_accept_overrides_the_header(server: Server, accept: str | None) -> None:
    answer = download(server, ROWS, "csv", accept)
    assert answer.media_type == "text/csv"
    assert list(csv.reader(io.StringIO(answer.text))) == [["label"], ["Crimea"]]


@pytest.mark.parametrize("name", PARSERS)
def test_a_graph_downloads_in_each_form(server: Server, name: str) -> None:
    answer = download(server, GRAPH, name, HTML)
    data = rdflib.Dataset(default_union=True).parse(data=answer.body, format=PARSERS[name])
    assert (CRIMEA in data) is True


def test_a_form_that_does_not_fit_or_does_not_exist_is_refused(server: Server) -> None:
    assert download(server, ROWS, "ttl").status == 406
    assert download(server, GRAPH, "csv").status == 406
    wrong = download(server, ROWS, "exe")
    assert wrong.status == 400
    assert "csv, tsv, json" in wrong.text


def test_the_service_description_comes_by_the_parameter_too(server: Server) -> None:
    answer = server.get("/sparql?accept=nt", HTML)
    assert answer.media_type == "application/n-triples"
    assert "Content-Disposition" not in answer.headers


def test_a_download_has_a_file_name_that_nobody_else_can_write(server: Server) -> None:
    hostile = 'ASK { } # "; filename="evil.exe\r\n#X-Evil: 1'
    answer = download(server, hostile, "json")
    assert re.fullmatch(
        r'attachment; filename="attested-[\w-]+-[0-9a-f]{8}\.json"', answer.headers["Content-Disposition"]
    )
    assert "X-Evil" not in answer.headers
    assert "Content-Disposition" not in server.query(ROWS, "text/csv").headers


# Terms


def test_awkward_terms_are_read_right() -> None:
    text = r'"a \"quote\" . @en \\ \n é \u00E9"'
    literal = {"type": "literal", "value": 'a "quote" . @en \\ \n é é'}
    assert read_term(text) == literal
    assert read_term(f"{text}@en-GB") == literal | {"xml:lang": "en-GB"}
    assert read_term(f'"7"^^<{XSD}integer>') == {"type": "literal", "value": "7", "datatype": XSD + "integer"}
    assert read_term("_:b0") == {"type": "bnode", "value": "b0"}
    assert read_term('<<( <x:s> <x:p> <<( _:b <x:p> "x"@en )>> )>>')["value"]["object"] == {
        "type": "triple",
        "value": {
            "subject": {"type": "bnode", "value": "b"},
            "predicate": {"type": "uri", "value": "x:p"},
            "object": {"type": "literal", "value": "x", "xml:lang": "en"},
        },
    }


def test_triple_terms_are_shown_in_rows_and_in_graphs(server: Server) -> None:
    term = f'<<( <id/russia> {LABEL} "x"@en )>>'
    shown = "<<( id:russia rdfs:label “x” )>>"
    assert show(server, f"SELECT ?t {{ VALUES ?t {{ {term} }} }}").rows[1] == [shown]
    answer = server.query(f"CONSTRUCT {{ <x:s> <x:p> {term} }} {{}}", HTML)
    assert PageRead(answer.text).rows[1] == ["x:s", "x:p", shown]
    assert '<<( id:russia rdfs:label "x"@en )>>' in html.unescape(answer.text)


def test_only_whole_simple_names_are_made_short() -> None:
    iris = Iris(BASE)
    assert compact(BASE + "id/russia", iris) == "id:russia"
    assert compact(BASE + "id/a/b", iris) is None
    assert compact(BASE + "id/", iris) is None
    assert compact("http://www.w3.org/ns/prov#a.b", iris) is None
