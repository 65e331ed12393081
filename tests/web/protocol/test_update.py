"""SPARQL Update over HTTP: who may, what the gate lets through, and that what is refused changes nothing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import SH

from helpers.releasing import dataset
from helpers.serving import BASE, Answer, Server
from helpers.writing import Scratch, WritingServer
from kg.errors import WriteRefused
from kg.store.sparql.using import add_using, drop_silent_loads, has_pattern, refuse_load
from kg.store.stores.bulk import load_store
from kg.store.stores.change import change_by_update
from kg.store.stores.draft import Draft
from kg.store.stores.writes import Update

COMMENT = "http://www.w3.org/2000/01/rdf-schema#comment"
ADD = 'INSERT DATA { GRAPH <graph/authority> { <id/florida> <%s> "%s"@en } }'
BARE = "INSERT DATA { GRAPH <graph/authority> { <id/russia> <https://schema.org/containsPlace> <id/crimea> } }"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """A server that gives a write three seconds, of a release with enough in it to take longer."""
    numbers = "".join(f'<urn:s> <urn:p> "{n}" .\n' for n in range(400))
    running = Scratch(tmp_path_factory.mktemp("hasty") / "releases", numbers.encode(), KG_WRITE_SECONDS="3")
    yield running
    running.stop()


def comments(server: Server) -> list[str]:
    answer = server.query(f"SELECT ?c {{ <id/florida> <{COMMENT}> ?c }} ORDER BY ?c", "text/csv")
    return answer.text.split("\r\n")[1:-1]


# Who may


def test_without_a_configured_token_every_update_is_refused_and_told_how_to_enable_it(server: Server) -> None:
    answer = server.request("POST", "/update", b"CLEAR ALL", content_type="application/sparql-update")
    assert answer.status == 403
    assert "KG_WRITE_TOKEN_SHA256" in answer.text


@pytest.mark.parametrize("given", [None, "Bearer ", "Bearer wrong", "Basic dTpw", "a token for tests only"])
def test_a_missing_or_wrong_token_is_challenged(scratch: Scratch, given: str | None) -> None:
    headers = {"Authorization": given} if given else {}
    answer = scratch.request("POST", "/update", b"CLEAR ALL", content_type="application/sparql-update", **headers)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert ('error="invalid_token"' in answer.headers["WWW-Authenticate"]) == (given == "Bearer wrong")


# What the protocol asks (SPARQL 1.1 Protocol §2.2)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_an_update_is_made_by_post_alone(scratch: Scratch, method: str) -> None:
    answer = scratch.write(method, "/update?update=CLEAR%20ALL")
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("content_type", "body", "status", "said"),
    [
        (FORM, b"update=CLEAR+ALL&query=ASK%7B%7D", 400, "query"),
        (FORM, b"update=CLEAR+ALL&update=CLEAR+ALL", 400, "exactly one"),
        (FORM, b"update=INSERT+DATA+%7B+%3Cu:s%3E+%3Cu:p%3E+%22%FF%22+%7D", 400, "parameter update is not UTF-8"),
        (FORM, b"update=CLEAR+ALL&using-graph-uri=urn:%FF", 400, "parameter using-graph-uri is not UTF-8"),
        (FORM, b"text=CLEAR+ALL", 400, "update is missing"),
        ("text/plain", b"CLEAR ALL", 415, "application/sparql-update"),
        ("application/sparql-update", "CLEAR ALL".encode("utf-16"), 400, "UTF-8"),
        ("application/sparql-update", b"CLEAR\nXYZ", 400, "line 2, column 1"),
        ("application/sparql-update", b"ASK {}", 400, "/sparql"),
        ("application/sparql-update", b"CREATE GRAPH <urn:g> ; CREATE GRAPH <urn:g>", 400, "already exists"),
    ],
)
def test_what_is_no_update_is_told_why(
    scratch: Scratch, content_type: str, body: bytes, status: int, said: str
) -> None:
    before = scratch.state()
    answer = scratch.write("POST", "/update", body, content_type=content_type)
    assert answer.status == status
    assert said in answer.text
    assert scratch.state() == before


def test_the_dataset_of_the_request_is_what_where_sees(scratch: Scratch) -> None:
    scratch.clear()
    scratch.update("INSERT DATA { <urn:s> <urn:p> 1 . GRAPH <urn:g> { <urn:s> <urn:p> 1 , 2 } }")
    parameters = urlencode({"update": "DELETE WHERE { ?s ?p ?o }", "using-graph-uri": "urn:g"})
    assert scratch.write("POST", "/update", parameters.encode(), content_type=FORM).status == 200
    assert scratch.get("/graphs?default", "application/n-triples").text == ""
    assert len(scratch.get("/graphs?graph=urn:g", "application/n-triples").text.splitlines()) == 2


def test_a_dataset_named_twice_is_a_conflict(scratch: Scratch) -> None:
    text = "WITH <urn:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }"
    answer = scratch.write(
        "POST", "/update?using-graph-uri=urn:h", text.encode(), content_type="application/sparql-update"
    )
    assert answer.status == 400
    assert "using-graph-uri" in answer.text


# The gate


def test_an_accepted_update_is_a_release_and_is_read_at_once(gated: WritingServer) -> None:
    before = gated.releases.active()
    answer = gated.update(ADD % (COMMENT, "accepted"))
    assert answer.status == 200
    assert "accepted" in comments(gated)
    after = gated.releases.active()
    assert after.id in answer.text
    assert after.id != before.id
    authority = BASE + "graph/authority"
    sizes = [gated.releases.graphs(manifest).get(authority) for manifest in (before, after)]
    assert [size.triples for size in sizes if size] == [sizes[0].triples, sizes[0].triples + 1]  # type: ignore[union-attr]
    assert after.validation["conforms"] is True
    assert f'"accepted"@en <{BASE}graph/authority> .' in dataset(gated.releases, after.id).decode()
    again = gated.update(ADD % (COMMENT, "accepted"))
    assert again.status == 200
    assert "changed nothing" in again.text
    assert gated.releases.active_id() == after.id


@pytest.mark.parametrize("accept", ["application/ld+json", "application/rdf+xml", "*/*"])
def test_a_refused_update_gets_the_shacl_report_and_changes_nothing(gated: WritingServer, accept: str) -> None:
    before = gated.state()
    answer = gated.update(BARE, Accept=accept)
    assert answer.status == 422
    assert answer.media_type == ("text/turtle" if accept == "*/*" else accept)
    assert "Accept" in answer.headers["Vary"]
    report = Graph().parse(data=answer.body, format=answer.media_type)
    [node] = report.subjects(RDF.type, SH.ValidationReport)
    assert report.value(node, SH.conforms).toPython() is False  # type: ignore[union-attr]
    [result] = report.objects(node, SH.result)
    assert report.value(result, SH.sourceShape) == URIRef(BASE + "shapes#BareTriple")
    assert report.value(result, SH.focusNode) == URIRef(BASE + "id/russia")
    assert gated.state() == before


def test_a_refused_update_gets_the_report_as_kg_check_gives_it(gated: WritingServer) -> None:
    text = gated.update(BARE, Accept="text/plain")
    assert text.status == 422
    assert "violation [BareTriple] id/russia: " in text.text
    answer = gated.update(BARE, Accept="application/json")
    assert answer.status == 422
    assert json.loads(answer.body)["counts"]["violation"] == 1


def test_what_has_lost_its_class_loses_the_classes_above_it(gated: WritingServer) -> None:
    made = "INSERT DATA { GRAPH <graph/authority> { <id/made> a <ns#%s> ; <%s> 'Made'@en , 'Gemacht'@de } }"
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    assert gated.update(made % ("Place", label)).status == 200
    classes = "SELECT ?c { <id/made> a ?c } ORDER BY ?c"
    schema = "https://schema.org/Place"
    assert gated.query(classes, "text/csv").text.split() == ["c", BASE + "ns#Entity", BASE + "ns#Place", schema]
    changed = (
        "DELETE { GRAPH ?g { <id/made> a <ns#Place> } } INSERT { GRAPH ?g { <id/made> a <ns#Group> } } WHERE { %s }"
    )
    assert gated.update(changed % "GRAPH ?g { <id/made> a <ns#Place> }").status == 200
    found = gated.query(classes, "text/csv").text.split()
    assert BASE + "ns#Group" in found
    assert schema not in found


def test_what_a_record_says_anew_changes_what_the_statements_of_articles_are_about(gated: WritingServer) -> None:
    about = "SELECT ?s { ?s <ns#about> <id/%s> } ORDER BY ?s"
    of_florida = gated.query(about % "florida", "text/csv").text
    assert of_florida.count("/statement/") > 2
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    made = f"<id/coast> a <ns#Place> ; <{label}> 'Coast'@en , 'Küste'@de . <id/florida> <ns#concerns> <id/coast>"
    assert gated.update(f"INSERT DATA {{ GRAPH <graph/authority> {{ {made} }} }}").status == 200
    assert gated.query(about % "coast", "text/csv").text == of_florida
    undone = "DELETE DATA { GRAPH <graph/authority> { <id/florida> <ns#concerns> <id/coast> } }"
    assert gated.update(undone).status == 200
    assert "/statement/" not in gated.query(about % "coast", "text/csv").text


def test_where_sees_the_union_of_all_graphs_as_queries_do(gated: WritingServer) -> None:
    label = '<http://www.w3.org/2000/01/rdf-schema#label> "Florida"@en'
    answer = gated.update(
        f'INSERT {{ GRAPH <graph/authority> {{ ?f <{COMMENT}> "union"@en }} }} WHERE {{ ?f {label} }}'
    )
    assert answer.status == 200
    assert "union" in comments(gated)


@pytest.mark.parametrize(
    "update",
    [
        "CLEAR ALL",
        "DROP NAMED",
        "DROP GRAPH <graph/shapes>",
        "INSERT DATA { GRAPH <graph/ontology> { <ns#x> a <ns#y> } }",
        "MOVE <graph/queries> TO <graph/elsewhere>",
        "INSERT DATA { GRAPH <graph/description> { <x> a <y> } }",
        "INSERT DATA { <id/x> a <ns#Topic> }",
    ],
)
def test_the_graphs_that_decide_what_conforms_are_protected(gated: WritingServer, update: str) -> None:
    before = gated.state()
    answer = gated.update(update)
    assert answer.status == 403
    assert "Nothing was changed" in answer.text
    assert gated.state() == before


# What is never done


@pytest.mark.parametrize(
    "update",
    [
        "LOAD <URL>",
        "LOADSILENT<URL>",
        "PREFIX ex: <URL> LOADex:x",
        "BASE<URL>LOAD<x>",
        "INSERT DATA { <urn:a> <urn:b> 'load' } ;\n# no\nlOaD <URL> INTO GRAPH <urn:g>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }",
        "INSERT { ?s ?p ?o } WHERE { SERVICESILENT<URL>{ ?s ?p ?o } }",
        # the parser reads no IRI and no string here, though there seem to be both
        'INSERT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(?o<?s#>"""\n) } ; LOAD SILENT <URL> #"""',
    ],
)
def test_nothing_is_fetched_from_another_server(scratch: Scratch, update: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        before = scratch.state()
        answer = scratch.update(update.replace("URL", f"http://127.0.0.1:{listening.getsockname()[1]}/x"))
        assert answer.status == 403
        assert "LOAD" in answer.text
        assert scratch.state() == before
        with pytest.raises(BlockingIOError):  # the answer is there, and nobody came before it
            listening.accept()


def test_the_words_load_and_service_may_be_written_about(scratch: Scratch) -> None:
    scratch.clear()
    answer = scratch.update('PREFIX load: <urn:> INSERT DATA { load:a load:b "LOAD <x> ; SERVICE" }')
    assert answer.status == 200
    assert "LOAD <x>" in scratch.get("/graphs?default", "application/n-triples").text


@pytest.mark.parametrize(
    "text",
    ["LOAD <x>", "loadsilent<x>", ";LOAD <x>", "PREFIX a: <x> LOADa:b", "VERSION '1.2' LOAD <x>", "CLEAR ALL;load <x>"],
)
def test_a_load_is_known_by_its_place(text: str) -> None:
    with pytest.raises(WriteRefused, match="LOAD"):
        refuse_load(text)


@pytest.mark.parametrize(
    "text",
    ["WITH load:g DELETE {} WHERE {}", "CLEAR GRAPH load:g", "PREFIX load: <x> CLEAR ALL", "# LOAD <x>\nCLEAR ALL"],
)
def test_a_name_that_starts_with_load_is_no_load(text: str) -> None:
    refuse_load(text)


def test_using_clauses_come_before_each_where() -> None:
    assert (
        add_using("DELETE WHERE { ?s ?p '}' } ; INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }", "USING <u:x>")
        == "DELETE  { ?s ?p '}' } USING <u:x> WHERE  { ?s ?p '}' } ; INSERT { ?s ?p 1 }  USING <u:x> WHERE { ?s ?p ?o }"
    )


# Limits


def test_an_update_that_crashes_the_parser_costs_nobody_else_anything(scratch: Scratch) -> None:
    before = scratch.state()
    answer = scratch.update("INSERT { ?s ?p ?o } WHERE " + "{" * 60_000 + "}" * 60_000)
    assert answer.status == 413
    assert scratch.state() == before
    assert scratch.query("ASK {}").status == 200


def test_an_update_past_the_limit_is_refused_unread(scratch: Scratch) -> None:
    assert scratch.update("#" * 400_001).status == 413


def test_an_update_without_end_is_stopped_at_the_deadline_and_leaves_nothing(hasty: Scratch) -> None:
    before = hasty.state()
    answer = hasty.update(
        "INSERT { <urn:x> <urn:y> ?n } WHERE { { SELECT (COUNT(*) AS ?n)"
        " { ?a <urn:p> ?b . ?c <urn:p> ?d . ?e <urn:p> ?f . ?g <urn:p> ?h } } }"
    )
    assert answer.status == 503
    assert "3 seconds" in answer.text
    assert "Retry-After" in answer.headers
    assert hasty.state() == before


def test_a_write_waits_its_turn_and_is_told_to_come_back_at_its_deadline(hasty: Scratch) -> None:
    before = hasty.state()
    with hasty.releases.lock():
        answer = hasty.update("INSERT DATA { <urn:a> <urn:b> 'waited' }")
    assert answer.status == 503
    assert "Retry-After" in answer.headers
    assert hasty.state() == before


def test_writes_at_once_are_made_one_after_the_other(scratch: Scratch) -> None:
    scratch.clear()
    answers: list[Answer] = []

    def add(number: int) -> None:
        answers.append(scratch.update(f"INSERT DATA {{ <urn:a> <urn:b> {number} }}"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(answer.status, answer.text) for answer in answers if answer.status != 200] == []
    assert len(scratch.get("/graphs?default", "application/n-triples").text.splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("LOAD SILENT <x>", ""),
        ("load silent <x> into graph <g>", ""),
        ("PREFIX e: <x> LOAD SILENT e:x ; CLEAR ALL", "PREFIX e: <x>  ; CLEAR ALL"),
        ("CLEAR ALL; LOAD SILENT <x> INTO GRAPH <g>; DROP ALL", "CLEAR ALL; ; DROP ALL"),
        ("LOAD <x>", "LOAD <x>"),
        ("LOADSILENT<x>", "LOADSILENT<x>"),
        ('INSERT DATA { <a> <b> "LOAD SILENT <x>" }', 'INSERT DATA { <a> <b> "LOAD SILENT <x>" }'),
    ],
)
def test_a_silent_load_is_left_out_and_any_other_is_not(text: str, left: str) -> None:
    assert drop_silent_loads(text) == left


def test_a_silent_load_changes_nothing_and_succeeds(scratch: Scratch) -> None:
    before = scratch.get("/graphs?default", "application/n-triples").text
    assert scratch.update("LOAD SILENT <http://127.0.0.1:9/x>").status in (200, 204)
    assert scratch.get("/graphs?default", "application/n-triples").text == before


@pytest.mark.parametrize(("text", "place"), [("LOAD ;", "line 1"), ("CLEAR ALL ;\nLOAD <x> INTO <g>", "line 2")])
def test_a_load_that_is_no_sparql_is_a_syntax_error(scratch: Scratch, text: str, place: str) -> None:
    answer = scratch.update(text)
    assert answer.status == 400
    assert place in answer.text


@pytest.mark.parametrize(
    "text", ['INSERT DATA { GRAPH <g:1> { <x:a> <x:b> "c" } }', 'DELETE DATA { GRAPH <g:1> { <x:a> <x:b> "old" } }']
)
def test_triples_added_to_a_graph_make_no_other_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    before = b'<x:a> <x:b> "old" <g:1> .\n'
    load_store([before, b'<x:a> <x:b> "c" <g:2> .\n'], tmp_path / "store")

    def refuse(_: Draft) -> set[str]:
        raise AssertionError("all graphs were listed")

    monkeypatch.setattr(Draft, "graphs", refuse)
    changed = change_by_update(
        tmp_path / "store",
        tmp_path / "draft",
        Update(text),
        "http://example.org/",
        lambda iri: before if iri == "g:1" else b"",
        network_denied=True,
        union=True,
    )
    assert set(changed.graphs) == {"g:1"}


@pytest.mark.parametrize(("text", "may"), [("INSERT DATA { }", False), ("DELETE WHERE { }", True), ("\\u0057", True)])
def test_an_update_may_have_a_pattern_where_its_words_do_not_rule_that_out(text: str, may: bool) -> None:
    assert has_pattern(text) is may
