"""SPARQL 1.1 federation evaluation tests of the W3C: SERVICE out of our engine, to endpoints on real sockets.

The suite is read from KG_W3C_TESTS, or from ../shared/w3c, and is no part of this repository.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
import rdflib
from rdflib.namespace import Namespace
from rdflib.query import Result

from endpoints import engine, serving
from kg.errors import QueryRefused
from kg.store import Query
from serving import HOME

ROOT = Path(os.environ.get("KG_W3C_TESTS") or HOME.parent / "shared" / "w3c")
SUITE = (ROOT if (ROOT / "sparql11").is_dir() else ROOT / "sparql") / "sparql11" / "service"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
REFUSED = {"service5": "its endpoint is a variable; only endpoints that a query names can be checked beforehand"}
"""Test → why it is not passed."""


class Case(NamedTuple):
    """One evaluation test: files, and the data behind each endpoint's IRI."""

    query: Path
    data: Path | None
    endpoints: dict[str, Path]
    result: Path


def read_cases() -> dict[str, Case]:
    if not (SUITE / "manifest.ttl").is_file():
        return {}
    manifest = rdflib.Graph().parse(SUITE / "manifest.ttl", format="turtle", publicID=SUITE.as_uri() + "/")
    return {str(test).rpartition("#")[2]: read_case(manifest, test) for test in manifest.subjects(MF.action)}


def read_case(manifest: rdflib.Graph, test: rdflib.term.Node) -> Case:
    def file(node: rdflib.term.Node | None) -> Path:
        return SUITE / str(node).rpartition("/")[2]

    action = manifest.value(test, MF.action)
    data = manifest.value(action, QT.data)
    services = {
        str(manifest.value(service, QT.endpoint)): file(manifest.value(service, QT.data))
        for service in manifest.objects(action, QT.serviceData)
    }
    result = file(manifest.value(test, MF.result))
    return Case(file(manifest.value(action, QT.query)), file(data) if data else None, services, result)


def nquads(turtle: Path | None) -> bytes:
    if turtle is None:
        return b""
    return rdflib.Graph().parse(turtle, format="turtle").serialize(format="nt").encode()


def solutions(body: bytes, form: str) -> Counter[frozenset[tuple[str, str]]]:
    result = Result.parse(io.BytesIO(body), format=form)
    return Counter(frozenset((str(v), term.n3()) for v, term in row.items()) for row in result.bindings)


CASES = read_cases()


def test_the_suite_is_whole() -> None:
    if not CASES:
        pytest.skip(f"the W3C suite is not at hand: there is no {SUITE}; name its folder by KG_W3C_TESTS")
    assert len(CASES) == 7


@pytest.mark.parametrize("name", sorted(CASES))
def test_evaluation(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    with ExitStack() as stack:
        listed: dict[str, str] = {}
        for number, (iri, data) in enumerate(sorted(case.endpoints.items(), reverse=True)):
            # In service3, example1.org is to ask example2.org in its turn
            limits = {"service_endpoints": allow(listed), "service_private": True}
            listed[iri] = stack.enter_context(serving(nquads(data), tmp_path / str(number), **limits)).url
        ours = stack.enter_context(
            engine(nquads(case.data), tmp_path / "ours", service_endpoints=allow(listed), service_private=True)
        )
        query = Query(case.query.read_text(encoding="utf-8"))
        if name in REFUSED:
            with pytest.raises(QueryRefused, match="variable"):
                ours.query(query)
            return
        assert solutions(ours.query(query).body, "json") == solutions(case.result.read_bytes(), "xml")


def allow(listed: dict[str, str]) -> str:
    return " ".join(f"{iri}={url}" for iri, url in listed.items()) or "http://127.0.0.1:1/nobody"
