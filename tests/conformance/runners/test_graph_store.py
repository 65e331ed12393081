"""The W3C's Graph Store Protocol tests, with direct and indirect graph names, replayed on a scratch release."""

from __future__ import annotations

import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from conformance.manifest import NO_SUITES, Test, find_suites, read_requests, read_tests
from helpers.writing import Scratch

SUITES = find_suites()
TESTS = list(read_tests(SUITES / "sparql11" / "graph-store-protocol" / "manifest.ttl")) if SUITES else []
pytestmark = pytest.mark.skipif(SUITES is None, reason=NO_SUITES)


def test_the_suite_is_whole() -> None:
    assert len(TESTS) == 13


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.key)
def test_graph_store(scratch: Scratch, test: Test) -> None:
    scratch.clear()
    variables: dict[str, str] = {}
    for request in read_requests(test):
        path = fill(request.path, variables).replace("/gsp", "/graphs", 1)
        body = None if request.body is None else fill(request.body.decode(), variables).encode()
        answer = scratch.write(request.method, path, body, **request.headers)
        assert request.expects(answer.status), (request.statuses, answer.status, answer.text)
        for name, value in request.response_headers.items():
            assert answer.headers[name] == value
        if request.location is not None:
            variables[request.location] = answer.headers["Location"]
        if request.response_body is not None:
            held = Graph().parse(data=answer.body, format="turtle")
            assert isomorphic(held, Graph().parse(data=fill(request.response_body, variables), format="turtle"))


def fill(text: str, variables: dict[str, str]) -> str:
    """Put what a Location header said in the place of its variable."""
    for name, value in variables.items():
        text = text.replace(name, value)
    return text
