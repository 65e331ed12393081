"""Federation tests: SERVICE out of our server, through its allow-list, to endpoints on real sockets."""

from __future__ import annotations

from pyoxigraph import DefaultGraph, RdfFormat, serialize

from conformance.evaluation import run_case
from conformance.outcomes import Outcome
from conformance.servers import SecondEndpoint, SuiteServer, read_quads, to_batches
from conformance.suites import Case


def run_federation(cases: list[Case]) -> list[Outcome]:
    """Return the outcomes; each endpoint that a test names is an ``oxigraph serve`` of its own."""
    names = sorted({iri for case in cases for iri, _ in case.services})
    endpoints = {name: SecondEndpoint() for name in names}
    try:
        return _run(cases, endpoints)
    finally:
        for endpoint in endpoints.values():
            endpoint.stop()


def _run(cases: list[Case], endpoints: dict[str, SecondEndpoint]) -> list[Outcome]:
    listed = " ".join(f"{name}={endpoint.query_url}" for name, endpoint in endpoints.items())
    server = SuiteServer(KG_SERVICE_ENDPOINTS=listed, KG_SERVICE_PRIVATE="1")
    try:
        outcomes = {}
        for batch in to_batches(cases):
            server.load(batch.quads())
            for case in batch.cases:
                _fill(case, endpoints)
                outcomes[case.name] = run_case(case, server)
        return [outcomes[case.name] for case in cases]
    finally:
        server.stop()


def _fill(case: Case, endpoints: dict[str, SecondEndpoint]) -> None:
    """Give each endpoint the data that the test says, and the others none."""
    contents = dict(case.services)
    for name, endpoint in endpoints.items():
        files = contents[name].default if name in contents else ()
        triples = {quad.triple for file in files for quad in read_quads(file, DefaultGraph())}
        endpoint.fill(serialize(triples, format=RdfFormat.N_TRIPLES) or b"")
