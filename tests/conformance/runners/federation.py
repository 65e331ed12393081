"""Federation tests: SERVICE out of our server, through its allow-list, to endpoints on real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from pyoxigraph import NamedNode, Quad, RdfFormat, serialize

from conformance.outcomes import Outcome
from conformance.runners.evaluation import run_case
from conformance.servers import SecondEndpoint, SuiteServer, read_quads, to_batches
from conformance.suites import Case

CALLING = "http://example1.org/sparql"
"""The endpoint that has to call another itself, by a name that only an allow-list can lead anywhere: one of ours."""


def run_federation(cases: list[Case]) -> list[Outcome]:
    """Return the outcomes; each endpoint that a test names is a server of its own, all but one ``oxigraph serve``."""
    with ExitStack() as stack:
        others = {name: SecondEndpoint() for name in sorted(_endpoint_names(cases) - {CALLING})}
        for other in others.values():
            stack.callback(other.stop)
        addresses = {name: other.query_url for name, other in others.items()}
        calling = _start(addresses, stack)
        server = _start(addresses | {CALLING: calling.url + "/sparql"}, stack)
        outcomes = {}
        for batch in to_batches(cases):
            server.load(batch.quads())
            for case in batch.cases:
                _fill(case, others, calling)
                outcomes[case.name] = run_case(case, server)
        return [outcomes[case.name] for case in cases]


def _endpoint_names(cases: list[Case]) -> set[str]:
    return {iri for case in cases for iri, _ in case.services}


def _start(addresses: dict[str, str], stack: ExitStack) -> SuiteServer:
    listed = " ".join(f"{name}={url}" for name, url in addresses.items())
    server = SuiteServer(KG_SERVICE_ENDPOINTS=listed, KG_SERVICE_PRIVATE="1")
    stack.callback(server.stop)
    return server


def _fill(case: Case, others: dict[str, SecondEndpoint], calling: SuiteServer) -> None:
    """Give each endpoint the data that the test says, and the others none."""
    for name, other in others.items():
        triples = {quad.triple for quad in _quads(case, name)}
        other.fill(serialize(triples, format=RdfFormat.N_TRIPLES) or b"")
    calling.load(_quads(case, CALLING))


def _quads(case: Case, endpoint: str) -> Iterator[Quad]:
    """Yield what a test puts behind an endpoint; ours serves the union of its named graphs."""
    for iri, content in case.services:
        if iri == endpoint:
            for file in content.default:
                yield from read_quads(file, NamedNode(file))
