"""Graphs of rdflib that answer from two plain dictionaries: checks and shapes look up some hundred thousand triples.

rdflib's own stores notify listeners of each triple, and hand each match through several generators.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rdflib import Graph, URIRef
from rdflib.plugins.stores.memory import SimpleMemory
from rdflib.term import Node

Triple = tuple[Node, Node, Node]
Index = defaultdict[Node, defaultdict[Node, dict[Node, None]]]
_NOTHING: dict[Any, Any] = {}


def _index() -> Index:
    return defaultdict(lambda: defaultdict(dict))


class _Triples(SimpleMemory):
    """The triples of one graph, in the order in which they came."""

    def __init__(self) -> None:
        super().__init__()
        self.values, self.subjects = _index(), _index()
        """Subject → property → values, and property → value → subjects."""
        self.size = 0

    def add(self, triple: Triple, context: Any = None, quoted: bool = False) -> None:  # noqa: ARG002 - rdflib's names
        subject, predicate, value = triple
        values = self.values[subject][predicate]
        if value not in values:
            values[value] = None
            self.subjects[predicate][value][subject] = None
            self.size += 1

    def remove(self, triple: Any, context: Any = None) -> None:  # noqa: ARG002
        for subject, predicate, value in list(self.find(*triple)):
            del self.values[subject][predicate][value]
            del self.subjects[predicate][value][subject]
            self.size -= 1

    def triples(self, triple: Any, context: Any = None) -> Iterator[tuple[Triple, Iterator[Any]]]:  # noqa: ARG002
        return ((found, iter(())) for found in self.find(*triple))

    def __len__(self, context: Any = None) -> int:
        return self.size

    def find(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[Triple]:
        """Give the triples that match, None for any term."""
        if subject is not None:
            said = self.values.get(subject, _NOTHING)
            for name in list(said) if predicate is None else (predicate,):
                values = said.get(name, _NOTHING)
                for one in list(values) if value is None else (value,) if value in values else ():
                    yield subject, name, one
            return
        for name in list(self.subjects) if predicate is None else (predicate,):
            used = self.subjects.get(name, _NOTHING)
            for one in list(used) if value is None else (value,):
                for user in list(used.get(one, _NOTHING)):
                    yield user, name, one


class TripleGraph(Graph):
    """A graph of rdflib with quick ways for what is asked most; all else is rdflib's own."""

    def __init__(self, name: URIRef | None = None) -> None:
        """Make an empty graph."""
        self._triples = _Triples()
        super().__init__(self._triples, name)

    def add(self, triple: Any) -> TripleGraph:
        """Add a triple."""
        self._triples.add(triple)
        return self

    def triples(self, triple: Any) -> Iterator[Any]:  # type: ignore[override]
        """Give the triples that match a pattern; the property may be one of rdflib's paths."""
        predicate = triple[1]
        return self._triples.find(*triple) if isinstance(predicate, Node | None) else super().triples(triple)

    def objects(self, subject: Any = None, predicate: Any = None, unique: bool = False) -> Iterator[Any]:  # type: ignore[override]
        """Give the values of a property of a thing."""
        if isinstance(subject, Node) and isinstance(predicate, Node):
            return iter(tuple(self._triples.values.get(subject, _NOTHING).get(predicate, ())))
        return super().objects(subject, predicate, unique)

    def subjects(self, predicate: Any = None, object: Any = None, unique: bool = False) -> Iterator[Any]:  # type: ignore[override]  # noqa: A002 - rdflib's name
        """Yield the things with a value of a property."""
        if isinstance(predicate, Node) and isinstance(object, Node):
            return iter(tuple(self._triples.subjects.get(predicate, _NOTHING).get(object, ())))
        return super().subjects(predicate, object, unique)

    def __contains__(self, triple: Any) -> bool:
        """Return whether a triple matches a pattern."""
        return next(self.triples(triple), None) is not None
