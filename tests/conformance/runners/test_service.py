"""The W3C's SPARQL 1.1 federation evaluation tests: SERVICE out of our engine, to endpoints on real sockets."""

from __future__ import annotations

import io
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from rdflib.query import Result

from conformance.manifest import NO_SUITES, QT, Test, find_suites, read_graph, read_tests
from helpers.endpoints import engine, serving
from kg.errors import QueryRefused
from kg.store import Query

SUITES = find_suites()
TESTS = list(read_tests(SUITES / "sparql11" / "service" / "manifest.ttl")) if SUITES else []
REFUSED = {"service5": "its endpoint is a variable; only endpoints that a query names can be checked beforehand"}
"""Test → why it is not passed."""
pytestmark = pytest.mark.skipif(SUITES is None, reason=NO_SUITES)


def test_the_suite_is_whole() -> None:
    assert len(TESTS) == 7
    assert {test.key for test in TESTS} > set(REFUSED)


@pytest.mark.parametrize("test", [t for t in TESTS if t.key not in REFUSED], ids=lambda test: test.key)
def test_evaluation(test: Test, tmp_path: Path) -> None:
    assert test.result is not None
    expected = Path(str(test.path(test.result))).read_bytes()
    assert solutions(ask(test, tmp_path), "json") == solutions(expected, "xml")


@pytest.mark.parametrize("test", [t for t in TESTS if t.key in REFUSED], ids=lambda test: test.key)
def test_what_is_not_passed_is_refused_with_the_reason(test: Test, tmp_path: Path) -> None:
    with pytest.raises(QueryRefused, match="variable"):
        ask(test, tmp_path)


def ask(test: Test, folder: Path) -> bytes:
    """Return our engine's answer, in JSON, with each of the test's endpoints served."""
    nodes = list(test.graph.objects(test.action, QT.serviceData))
    data = {str(test.graph.value(n, QT.endpoint)): test.path(test.graph.value(n, QT.data)) for n in nodes}
    listed: list[str] = []
    with ExitStack() as stack:
        for number, iri in enumerate(sorted(data, reverse=True)):
            # In service3, example1.org is to ask example2.org in its turn
            served = serving(nquads(data[iri]), folder / str(number), **allow(listed))
            listed.append(f"{iri}={stack.enter_context(served).url}")
        local = test.path(test.graph.value(test.action, QT.data))
        ours = stack.enter_context(engine(nquads(local), folder / "ours", **allow(listed)))
        query = test.path(test.graph.value(test.action, QT.query))
        assert query is not None
        return ours.query(Query(query.read_text(encoding="utf-8"))).body


def allow(listed: list[str]) -> dict[str, object]:
    return {"service_endpoints": " ".join(listed) or "http://127.0.0.1:1/nobody", "service_private": True}


def nquads(turtle: Path | None) -> bytes:
    return read_graph(turtle).serialize(format="nt").encode() if turtle else b""


def solutions(body: bytes, form: str) -> Counter[frozenset[tuple[str, str]]]:
    result = Result.parse(io.BytesIO(body), format=form)
    return Counter(frozenset((str(name), term.n3()) for name, term in row.items()) for row in result.bindings)
