"""Counts of a graph for VoID: classes, properties, distinct subjects and objects."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rdflib import RDF, Graph, URIRef
from rdflib.term import Node


@dataclass(slots=True)
class Statistics:
    """What one graph, or the union of several, holds (VoID §4)."""

    triples: int = 0
    subjects: set[Node] = field(default_factory=set)
    objects: set[Node] = field(default_factory=set)
    classes: dict[URIRef, set[Node]] = field(default_factory=dict)
    properties: Counter[URIRef] = field(default_factory=Counter)

    def add(self, graph: Graph) -> None:
        """Count one more graph in. Each triple stands in one graph only, so counts of triples add up."""
        for subject, predicate, value in graph:
            self.triples += 1
            self.subjects.add(subject)
            self.objects.add(value)
            self.properties[URIRef(str(predicate))] += 1
            if predicate == RDF.type:
                self.classes.setdefault(URIRef(str(value)), set()).add(subject)

    def entities(self, base_iri: str) -> int:
        """Return the number of things described under the base IRI."""
        return sum(isinstance(subject, URIRef) and subject.startswith(base_iri) for subject in self.subjects)


def count(graphs: list[Graph]) -> Statistics:
    """Return the counts of the union of graphs."""
    found = Statistics()
    for graph in graphs:
        found.add(graph)
    return found
