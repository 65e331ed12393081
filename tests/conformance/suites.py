"""Cases for the runners: what conformance.manifest reads of query and update tests, by the IRIs of their files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

from rdflib import RDFS, BNode, Graph, URIRef
from rdflib.term import Node

from conformance.manifest import MF, NO_SUITES, QT, UT, Test, find_suites, read_tests, to_path

_FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GraphData:
    """A named graph of a test: its name, and the file it is filled from. Both are IRIs."""

    name: str
    file: str


@dataclass(frozen=True, slots=True)
class Content:
    """A dataset by the IRIs of its files; the default graph is the merge of ``default``."""

    default: tuple[str, ...] = ()
    named: tuple[GraphData, ...] = ()

    def __bool__(self) -> bool:
        """Return whether any file is named."""
        return bool(self.default or self.named)


@dataclass(frozen=True, slots=True)
class Case:
    """One test. ``action`` is the IRI of the query or update, ``result`` that of the expected result."""

    name: str
    kind: str
    action: str
    data: Content = Content()
    result: str | None = None
    result_data: Content = Content()
    services: tuple[tuple[str, Content], ...] = ()
    lax: bool = False
    """True where the number of times that a solution comes is left open (mf:LaxCardinality)."""

    @property
    def is_syntax_test(self) -> bool:
        """True where only the syntax of a query or update counts."""
        return "SyntaxTest" in self.kind

    @property
    def is_update(self) -> bool:
        """True for a test of an update; the suites call some of their syntax tests those of queries."""
        return "Update" in self.kind or self.action.endswith(".ru")


@cache
def root() -> Path:
    """Return the folder of the suites; raises FileNotFoundError where it is not available."""
    found = find_suites()
    if found is None:
        raise FileNotFoundError(NO_SUITES)
    return found.resolve()


def path_of(iri: str) -> Path:
    """Return the file of a test file's IRI."""
    path = to_path(URIRef(iri))
    if path is None:
        raise ValueError(f"{iri} is not a file of the suites")
    return path


def read_text(iri: str) -> str:
    """Return the text of a test file, its line ends as they are."""
    return path_of(iri).read_bytes().decode("utf-8")


def read_cases(manifest: str) -> list[Case]:
    """Return the cases of a manifest such as ``sparql11/manifest-sparql11-query.ttl`` and of those it includes."""
    return [_to_case(test) for test in read_tests(root() / manifest)]


def _to_case(test: Test) -> Case:
    name = f"{test.manifest.parent.relative_to(root()).as_posix()}/{test.key}"
    action, result = test.action, test.result
    expected = None if result is None or isinstance(result, BNode) else str(result)
    if not isinstance(action, BNode):
        return Case(name, test.kind, str(action or ""), result=expected)
    text = test.graph.value(action, QT.query) or test.graph.value(action, UT.request) or ""
    return Case(
        name,
        test.kind,
        str(text),
        data=_content(test.graph, action) or _named_by_query(str(text)),
        result=expected,
        result_data=_content(test.graph, result) if isinstance(result, BNode) else Content(),
        services=_services(test, action),
        lax=(test.node, MF.resultCardinality, MF.LaxCardinality) in test.graph,
    )


def _services(test: Test, action: Node) -> tuple[tuple[str, Content], ...]:
    found = test.graph.objects(action, QT.serviceData)
    return tuple(sorted((str(test.graph.value(s, QT.endpoint)), _content(test.graph, s)) for s in found))


def _content(graph: Graph, node: Node) -> Content:
    default = sorted(str(n) for prop in (QT.data, UT.data) for n in graph.objects(node, prop))
    named = [_graph_data(graph, n) for prop in (QT.graphData, UT.graphData) for n in graph.objects(node, prop)]
    return Content(tuple(default), tuple(sorted(named, key=lambda data: data.name)))


def _named_by_query(text: str) -> Content:
    """Return what a query's own FROM and FROM NAMED name; those of the suites are files next to the query."""
    if not text.endswith(".rq"):
        return Content()
    found = [urljoin(text, iri) for iri in _FROM.findall(read_text(text))]
    files = [iri for iri in found if path_of(iri).is_file()]
    return Content(named=tuple(GraphData(file, file) for file in dict.fromkeys(files)))


def _graph_data(graph: Graph, node: Node) -> GraphData:
    if isinstance(node, URIRef):
        return GraphData(str(node), str(node))
    return GraphData(str(graph.value(node, RDFS.label)), str(graph.value(node, UT.graph)))


__all__ = ["MF", "Case", "Content", "GraphData", "path_of", "read_cases", "read_text", "root"]
