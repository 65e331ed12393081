"""What a shape reads, seen from its focus node: sequences of steps along properties.

From them follows whom a change concerns. A triple that came or went, and that is the third step of a sequence, concerns
the nodes from which two steps lead to it; all other nodes are validated as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode
from rdflib import RDF, BNode, Graph, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from kg.errors import DataError

REPEATS = 8
"""Times that a path which repeats (``*``, ``+``) is followed when it is asked whom a change concerns."""


@dataclass(frozen=True, slots=True)
class Step:
    """A property, followed from subject to value or, ``inverse``, from value to subject."""

    predicate: NamedNode
    inverse: bool = False


Sequence = tuple[Step, ...]
TYPE = Step(NamedNode(str(RDF.type)))

_PAIRS = (SH.lessThan, SH.lessThanOrEquals, SH.equals, SH.disjoint)
_NESTED = (SH.node, SH.property, SH["not"], SH.qualifiedValueShape)
_REPEATED = ((SH.zeroOrMorePath, 0, REPEATS), (SH.oneOrMorePath, 1, REPEATS), (SH.zeroOrOnePath, 0, 1))
_LISTS = (SH["or"], SH["and"], SH.xone)


def find_sequences(shapes: Graph) -> frozenset[Sequence]:
    """Return all sequences that the paths and constraints of a graph's shapes read; SHACL-SPARQL is left out.

    Raises DataError for a path that SHACL does not know.
    """
    found = {one for shape in _shapes(shapes) for one in _of_shape(shapes, shape, (), frozenset())}
    return frozenset(found - {()})


def find_targets(shapes: Graph) -> frozenset[Step]:
    """Return the steps that make a node a target of a shape: its class, its properties, and those it is a value of."""
    return frozenset(step for shape in _shapes(shapes) for step in _of_target(shapes, shape))


def _shapes(shapes: Graph) -> set[Node]:
    return {*shapes.subjects(RDF.type, SH.NodeShape), *shapes.subjects(RDF.type, SH.PropertyShape)}


def _of_target(shapes: Graph, shape: Node) -> Iterator[Step]:
    if (shape, SH.targetClass, None) in shapes:
        yield TYPE
    for predicate in shapes.objects(shape, SH.targetSubjectsOf):
        yield Step(NamedNode(str(predicate)))
    for predicate in shapes.objects(shape, SH.targetObjectsOf):
        yield Step(NamedNode(str(predicate)), inverse=True)


def _of_shape(shapes: Graph, shape: Node, before: Sequence, above: frozenset[Node]) -> Iterator[Sequence]:
    if shape in above:
        return
    above |= {shape}
    path = shapes.value(shape, SH.path)
    ends = [before] if path is None else [before + steps for steps in _of_path(shapes, path)]
    yield from ends
    for predicate in _PAIRS:
        for other in shapes.objects(shape, predicate):
            yield (*before, Step(NamedNode(str(other))))
    nested = [one for predicate in _NESTED for one in shapes.objects(shape, predicate)]
    nested += [one for predicate in _LISTS for head in shapes.objects(shape, predicate) for one in shapes.items(head)]
    for end in ends:
        if (shape, SH["class"], None) in shapes:
            yield (*end, TYPE)
        for one in nested:
            yield from _of_shape(shapes, one, end, above)


def _of_path(shapes: Graph, path: Node) -> list[Sequence]:
    """Return the sequences of steps that a path describes (SHACL §2.3.1)."""
    if isinstance(path, URIRef):
        return [(Step(NamedNode(str(path))),)]
    inverse = shapes.value(path, SH.inversePath)
    if inverse is not None:
        return [tuple(Step(s.predicate, not s.inverse) for s in reversed(one)) for one in _of_path(shapes, inverse)]
    alternatives = shapes.value(path, SH.alternativePath)
    if alternatives is not None:
        return [one for part in shapes.items(alternatives) for one in _of_path(shapes, part)]
    for predicate, least, most in _REPEATED:
        part = shapes.value(path, predicate)
        if part is not None:
            return [one * times for one in _of_path(shapes, part) for times in range(least, most + 1)]
    parts = list(shapes.items(path)) if isinstance(path, BNode) else []
    if not parts:
        raise DataError(f"The shapes cannot be run: {path} is no path of SHACL (§2.3.1).")
    found: list[Sequence] = [()]
    for part in parts:
        found = [one + more for one in found for more in _of_path(shapes, part)]
    return found


def depth_of(sequences: Iterable[Sequence]) -> int:
    """Return how many steps the longest sequence has."""
    return max(map(len, sequences), default=1)
