"""An rdflib graph as a reading sees data."""

from __future__ import annotations

from collections.abc import Sequence

from rdflib import BNode, Graph, Literal, URIRef

from kg.reading import Text
from kg.terms import Iris


class GraphView:
    """A view over a graph: see kg.reading.View."""

    def __init__(self, graph: Graph, iris: Iris) -> None:
        """Look at a graph whose own terms stand under a base IRI."""
        self._graph = graph
        self._prefixes = iris.prefixes()
        self._predicates: dict[str, URIRef] = {}

    def links(self, iri: str, name: str) -> Sequence[str]:
        """Return the IRIs that a property of a thing leads to."""
        values = self._graph.objects(URIRef(iri), self._expand(name))
        return [str(value) for value in values if isinstance(value, URIRef | BNode)]

    def texts(self, iri: str, name: str) -> Sequence[Text]:
        """Return the literals of a property of a thing."""
        values = self._graph.objects(URIRef(iri), self._expand(name))
        return [Text(str(value), value.language) for value in values if isinstance(value, Literal)]

    def _expand(self, name: str) -> URIRef:
        if name not in self._predicates:
            prefix, _, local = name.partition(":")
            self._predicates[name] = URIRef(self._prefixes[prefix] + local)
        return self._predicates[name]
