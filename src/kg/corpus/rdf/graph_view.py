"""An rdflib graph as a reading sees data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from kg.reading import Text
from kg.terms import Iris

_NOTHING: Mapping[Node, Sequence[Node]] = {}


class GraphView:
    """A view over a graph that does not change meanwhile: see kg.reading.View."""

    def __init__(self, graph: Graph, iris: Iris) -> None:
        """Look at a graph whose own terms are below a base IRI."""
        self._graph = graph
        self._prefixes = iris.prefixes()
        self._predicates: dict[str, URIRef] = {}
        self._said: dict[Node, Mapping[Node, Sequence[Node]]] = {}

    def links(self, iri: str, name: str) -> Sequence[str]:
        """Return the IRIs that a property of a thing leads to."""
        return [str(value) for value in self.values(URIRef(iri), name) if isinstance(value, URIRef | BNode)]

    def texts(self, iri: str, name: str) -> Sequence[Text]:
        """Return the literals of a property of a thing."""
        values = self.values(URIRef(iri), name)
        return [Text(str(value), value.language) for value in values if isinstance(value, Literal)]

    def values(self, node: Node, name: str) -> Sequence[Node]:
        """Return all values of a property of a thing."""
        return self.said(node).get(self._expand(name), ())

    def said(self, node: Node) -> Mapping[Node, Sequence[Node]]:
        """Return all triples of a thing: property → values."""
        said = self._said.get(node)
        if said is None:
            said = self._said[node] = self._read(node)
        return said

    def _read(self, node: Node) -> Mapping[Node, Sequence[Node]]:
        found: dict[Node, list[Node]] = defaultdict(list)
        for predicate, value in self._graph.predicate_objects(node):
            found[predicate].append(value)
        return found or _NOTHING

    def _expand(self, name: str) -> URIRef:
        found = self._predicates.get(name)
        if found is None:
            prefix, _, local = name.partition(":")
            found = self._predicates[name] = URIRef(self._prefixes[prefix] + local)
        return found
