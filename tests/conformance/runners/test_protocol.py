"""The W3C's SPARQL 1.1 Protocol tests, query and update, replayed over HTTP on a scratch release."""

from __future__ import annotations

import json

import pytest
from rdflib import Graph

from conformance.manifest import NO_SUITES, Request, Test, find_suites, read_graph_data, read_requests, read_tests
from helpers.serving import Answer
from helpers.writing import Scratch

SUITES = find_suites()
TESTS = list(read_tests(SUITES / "sparql11" / "protocol" / "manifest.ttl")) if SUITES else []
pytestmark = pytest.mark.skipif(SUITES is None, reason=NO_SUITES)


def test_the_suite_is_whole() -> None:
    assert len(TESTS) == 34


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.key)
def test_protocol(scratch: Scratch, test: Test) -> None:
    data = read_graph_data(test)
    if data:
        scratch.clear()
    for iri, file in data:
        scratch.put(iri, file, "application/n-triples")
    for request in read_requests(test):
        answer = scratch.write(request.method, address(test, request), request.body, **request.headers)
        assert request.expects(answer.status), (request.statuses, answer.status, answer.text)
        if answer.status < 300:
            check_answer(request, answer)


def address(test: Test, request: Request) -> str:
    """Return the path of our endpoint for the operation: the suite has one for both."""
    is_update = "update" in test.key and request.headers.get("content-type") != "application/sparql-query"
    return ("/update" if is_update else "/sparql") + request.path.removeprefix("/sparql/")


def check_answer(request: Request, answer: Answer) -> None:
    """Hold the answer's form against mf:expectedFormat, and its value against mf:expectedBoolean."""
    if request.format == "RDF":
        assert answer.media_type == "text/turtle"
        Graph().parse(data=answer.body, format="turtle")
    elif request.format is not None:
        assert answer.media_type == "application/sparql-results+json"
        assert ("boolean" in json.loads(answer.body)) == (request.format == "boolean")
    if request.boolean is not None:
        assert json.loads(answer.body)["boolean"] is request.boolean
