"""The W3C test suites' manifests, read into plain objects.

The suites are not part of the repository: they are read from the folder that KG_W3C_TESTS names, or from
``../shared/w3c`` beside the checkout. A test that needs them calls ``find_suites`` and skips, saying so, without them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import Namespace
from rdflib.term import Node

HOME = Path(__file__).resolve().parent.parent.parent
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
DAWGT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")

STATUSES = {"OK": 200, "Created": 201, "NoContent": 204, "BadRequest": 400, "NotFound": 404}
"""Names in http://www.w3.org/2011/http-statusCodes# that the suites use, besides classes such as StatusCode4xx."""

NO_SUITES = "the W3C suites are not available: put them in ../shared/w3c, or name their folder by KG_W3C_TESTS"


def find_suites() -> Path | None:
    """Return the folder that holds sparql10, sparql11 and sparql12, or None where there is none."""
    named = os.environ.get("KG_W3C_TESTS")
    for folder in (Path(named),) if named else (HOME.parent / "shared" / "w3c",):
        for root in (folder, folder / "sparql"):
            if (root / "sparql11").is_dir():
                return root
    return None


@dataclass(frozen=True)
class Test:
    """One entry of a manifest. ``iri`` names it, ``kind`` is the last part of its class, as in QueryEvaluationTest."""

    __test__ = False  # not a class of tests for pytest to collect

    iri: str
    kind: str
    name: str
    comment: str
    approval: str
    manifest: Path
    graph: Graph = field(repr=False)
    node: Node = field(repr=False)

    @property
    def key(self) -> str:
        """The last part of its IRI, for test identifiers."""
        return self.iri.rpartition("#")[2]

    @property
    def action(self) -> Node | None:
        """What is to be done: a file's IRI or a node with more."""
        return self.graph.value(self.node, MF.action)

    @property
    def result(self) -> Node | None:
        """What is to come of it."""
        return self.graph.value(self.node, MF.result)

    def path(self, node: Node | None) -> Path | None:
        """Return the file that an IRI of the manifest names, None for another node."""
        return to_path(node)

    @property
    def requires(self) -> set[str]:
        """Return the last parts of the features that it asks for."""
        return {str(feature).rpartition("#")[2] for feature in self.graph.objects(self.node, MF.requires)}


def to_path(node: Node | None) -> Path | None:
    """Return the file that a file IRI names, None for any other node."""
    parts = urlsplit(str(node)) if isinstance(node, URIRef) else None
    return Path(unquote(parts.path)) if parts and parts.scheme == "file" else None


@cache
def read_graph(path: Path) -> Graph:
    """Return a Turtle or N-Triples file's graph, its relative IRIs resolved against the file's own."""
    return Graph().parse(path, format="turtle", publicID=path.resolve().as_uri())


def read_tests(path: Path) -> Iterator[Test]:
    """Yield the entries of a manifest in its order, those of the manifests that it includes first."""
    path = path.resolve()
    graph = read_graph(path)
    # Not of the manifest by its address: SPARQL 1.2's is called by another IRI than that of its file
    for included in graph.objects(None, MF.include):
        for node in Collection(graph, included):
            found = to_path(node)
            if found is not None:
                yield from read_tests(found)
    for listed in graph.objects(None, MF.entries):
        for node in Collection(graph, listed):
            yield _read_test(graph, node, path)


def _read_test(graph: Graph, node: Node, path: Path) -> Test:
    kinds = sorted(str(kind).rpartition("#")[2] for kind in graph.objects(node, RDF.type))
    return Test(
        iri=str(node),
        kind=kinds[0] if kinds else "",
        name=str(graph.value(node, MF.name) or ""),
        comment=str(graph.value(node, RDFS.comment) or ""),
        approval=str(graph.value(node, DAWGT.approval) or "").rpartition("#")[2],
        manifest=path,
        graph=graph,
        node=node,
    )


@dataclass(frozen=True)
class Request:
    """One HTTP request of a protocol or graph store test, and what is expected of its response."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    statuses: frozenset[str]
    response_headers: dict[str, str]
    response_body: str | None
    boolean: bool | None
    format: str | None
    location: str | None

    def expects(self, status: int) -> bool:
        """Return whether the status is one of those expected, by number or by class."""
        return any(
            name == f"StatusCode{status // 100}xx" or STATUSES.get(name) == status or name == str(status)
            for name in self.statuses
        )


def read_requests(test: Test) -> list[Request]:
    """Return the HTTP requests of a test in their order (ht:requests)."""
    return [
        _read_request(test.graph, node)
        for listed in test.graph.objects(test.action, HT.requests)
        for node in Collection(test.graph, listed)
    ]


def _read_request(graph: Graph, node: Node) -> Request:
    response = graph.value(node, HT.resp)
    body = graph.value(node, HT.body)
    text = graph.value(body, CNT.chars)
    encoding = str(graph.value(body, CNT.characterEncoding) or "UTF-8")
    boolean = graph.value(response, MF.expectedBoolean)
    kind, location = graph.value(response, MF.expectedFormat), graph.value(response, MF.expectedLocation)
    answered = graph.value(graph.value(response, HT.body), CNT.chars)
    return Request(
        method=str(graph.value(node, HT.methodName)),
        path=str(graph.value(node, HT.absolutePath)),
        headers=_read_headers(graph, node),
        body=None if text is None else str(text).encode(encoding),
        statuses=frozenset(str(s).rpartition("#")[2] for s in graph.objects(response, MF.expectedStatus)),
        response_headers=_read_headers(graph, response),
        response_body=None if answered is None else str(answered),
        boolean=bool(boolean.toPython()) if isinstance(boolean, Literal) else None,
        format=None if kind is None else str(kind),
        location=None if location is None else str(location),
    )


def _read_headers(graph: Graph, node: Node | None) -> dict[str, str]:
    listed = graph.value(node, HT.headers)
    nodes = Collection(graph, listed) if listed is not None else ()
    return {str(graph.value(n, HT.fieldName)).lower(): str(graph.value(n, HT.fieldValue)) for n in nodes}


def read_graph_data(test: Test, node: Node | None = None) -> list[tuple[str, Path]]:
    """Return the named graphs that there are to be before a test: IRI and file (ut:graphData, of the test itself or of
    another node of its manifest)."""
    found = []
    for data in test.graph.objects(test.node if node is None else node, UT.graphData):
        file = to_path(test.graph.value(data, UT.graph))
        if file is not None:
            found.append((str(test.graph.value(data, RDFS.label)), file))
    return sorted(found)
