"""Clients that people have, against the running server over a real socket."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, JSONLD, N3, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from helpers.serving import BASE, HOME, Server

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
ENGLISH = "FILTER(LANG(?label) = 'en')"
ROWS = f"SELECT ?label WHERE {{ <id/crimea> {LABEL} ?label {ENGLISH} }}"
GRAPH = f"CONSTRUCT WHERE {{ <id/crimea> {LABEL} ?label }}"
CRIMEA = rdflib.URIRef(BASE + "id/crimea")
CRIMEA_LABELS = {rdflib.Literal("Crimea", lang="en"), rdflib.Literal("Krim", lang="de")}


@pytest.fixture
def wrapper(server: Server) -> SPARQLWrapper:
    return SPARQLWrapper(server.url + "/sparql")


def test_sparqlwrapper_with_its_default_settings(wrapper: SPARQLWrapper) -> None:
    wrapper.setQuery(ROWS)
    document = wrapper.query().convert()
    assert [node.firstChild.data for node in document.getElementsByTagName("literal")] == ["Crimea"]


@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_takes_rows_in_each_of_its_formats(wrapper: SPARQLWrapper, form: str) -> None:
    wrapper.setQuery(ROWS)
    wrapper.setReturnFormat(form)
    converted = wrapper.query().convert()
    text = converted.toxml() if form == XML else str(converted)
    assert "Crimea" in text


@pytest.mark.parametrize("form", [TURTLE, N3, RDFXML, JSONLD])
def test_sparqlwrapper_takes_graphs_in_each_of_its_formats(wrapper: SPARQLWrapper, form: str) -> None:
    wrapper.setQuery(GRAPH)
    wrapper.setReturnFormat(form)
    converted = wrapper.query().convert()
    graph = converted if isinstance(converted, rdflib.Graph) else rdflib.Graph().parse(data=converted, format="turtle")
    assert set(graph.objects(CRIMEA, rdflib.RDFS.label)) == CRIMEA_LABELS


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sparqlwrapper_sees_a_bad_query_as_one(wrapper: SPARQLWrapper, method: str) -> None:
    wrapper.setQuery("SELECT * WHERE { ?s ?p }")
    wrapper.setMethod(method)
    with pytest.raises(QueryBadFormed, match="line 1, column 18"):
        wrapper.query()


def test_rdflib_sparqlstore_selects_asks_and_constructs(server: Server) -> None:
    graph = rdflib.Graph(SPARQLStore(server.url + "/sparql"))
    assert [str(row[0]) for row in graph.query(ROWS)] == ["Crimea"]
    assert graph.query(f"ASK {{ <id/crimea> {LABEL} ?label }}").askAnswer is True
    assert set(graph.query(GRAPH).graph) == {(CRIMEA, rdflib.RDFS.label, label) for label in CRIMEA_LABELS}
    labels = list(graph.objects(CRIMEA, rdflib.RDFS.label))
    assert (len(labels), set(labels)) == (2, CRIMEA_LABELS)


def test_rdflib_service_joins_with_us(server: Server) -> None:
    local = rdflib.Graph()
    local.add((CRIMEA, rdflib.RDFS.seeAlso, rdflib.Literal("local")))
    rows = local.query(
        f"""SELECT ?label WHERE {{ ?thing rdfs:seeAlso ?x
        SERVICE <{server.url}/sparql> {{ ?thing {LABEL} ?label {ENGLISH} }} }}"""
    )
    assert [str(row[0]) for row in rows] == ["Crimea"]


def test_pyoxigraph_service_joins_with_us(server: Server) -> None:
    script = f"""
import pyoxigraph
store = pyoxigraph.Store()
store.update("INSERT DATA {{ <{BASE}id/crimea> <http://e/p> 1 }}")
query = "SELECT ?label {{ ?t <http://e/p> 1 SERVICE <{server.url}/sparql> {{ ?t {LABEL} ?label {ENGLISH} }} }}"
print([row["label"].value for row in store.query(query)])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['Crimea']"


def test_curl_gets_json_by_default_and_csv_on_demand(server: Server) -> None:
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "--get", server.url + "/sparql"]
    asked = [*command, "--data-urlencode", "query=" + ROWS]
    plain = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert '"value":"Crimea"' in plain.stdout.replace(" ", "")
    table = subprocess.run([*asked, "--header", "Accept: text/csv"], capture_output=True, text=True, check=True)
    assert table.stdout.splitlines() == ["label", "Crimea"]


def test_kg_query_asks_a_remote_endpoint_and_the_local_release_alike(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_text(ROWS)
    command = [sys.executable, "-m", "kg.cli", "query", str(file)]
    environment = server.environment
    local = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    remote = subprocess.run(
        [*command, "--endpoint", server.url + "/sparql"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert local.stdout.splitlines() == remote.stdout.splitlines() == ["label", "Crimea"]


def test_the_web_process_imports_no_engine(server: Server) -> None:
    """The front holds no pyoxigraph: it is not mapped into any process but the query workers."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            maps = (entry / "maps").read_text()
        except OSError:
            continue
        if f"--port\0{server.port}".encode() in command:
            assert "pyoxigraph" not in maps, command
    assert HOME.is_dir()
