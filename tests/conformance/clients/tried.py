"""All clients, tried one after the other on a server of the real data and with a second endpoint next to it."""

from __future__ import annotations

from conformance.clients import built, libraries, programs
from conformance.clients.questions import SECOND_DATA, Questions, Row
from conformance.servers import SecondEndpoint
from helpers.serving import Server


def try_clients(server: Server) -> list[Row]:
    """Return a row for each client, in the report's order."""
    second = SecondEndpoint()
    try:
        second.fill(SECOND_DATA.encode())
        return _try_all(_questions(server, second.query_url))
    finally:
        second.stop()


def _questions(server: Server, second: str) -> Questions:
    questions = Questions(server.url + "/sparql", second, 0)
    plain = server.query(questions.describe, "application/n-triples")
    return Questions(questions.endpoint, second, programs.count_triples(plain.text))


def _try_all(questions: Questions) -> list[Row]:
    return [
        programs.try_curl(questions),
        libraries.try_sparqlwrapper(questions),
        libraries.try_rdflib(questions),
        libraries.try_pyoxigraph(questions),
        programs.try_oxigraph_server(questions),
        built.try_js("comunica", "@comunica/query-sparql", questions),
        built.try_js("fetch-sparql-endpoint", "fetch-sparql-endpoint", questions),
        *built.try_java(questions),
    ]
