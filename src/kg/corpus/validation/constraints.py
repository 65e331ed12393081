"""SHACL-SPARQL constraints, run by the engine on the store that holds the dataset (SHACL §5)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal as StoredLiteral
from pyoxigraph import NamedNode, QuerySolution, QuerySolutions, Store, Variable
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from kg.corpus.rdf.convert import Term, to_rdflib
from kg.corpus.report import VIOLATION, Result
from kg.corpus.validation.shacl import SEVERITIES, shape_name
from kg.errors import DataError
from kg.store.sparql.near import reads_near
from kg.store.sparql.tokens import scan
from kg.terms import Iris

_THIS = Variable("this")
_PLACEHOLDER = re.compile(r"\{[?$](\w+)\}")


@dataclass(frozen=True)
class Constraint:
    """One ``sh:sparql`` of a shape. ``query`` is complete SPARQL in which only ``$this`` is given a value."""

    shape: str
    severity: str
    message: str | None
    query: str
    targets: frozenset[tuple[URIRef, Node]]
    """Kind of target, such as sh:targetClass, and what it names."""
    is_node_shape: bool

    @cached_property
    def is_near(self) -> bool:
        """True where each triple that the query reads is one of ``$this``, or of a node that has it as a value.

        Then a change concerns only what it says something of, and the values there. Of any other query it is not
        known whom a change concerns.
        """
        return reads_near(self.query, "this")

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        """The positions of ``$this`` in the query's pattern, if its value may be there as well.

        It can not where a variable is asked for: in a query within the query, in BOUND, or behind AS.
        """
        tokens = list(scan(self.query))
        depth, places = 0, []
        for token in tokens:
            if token.kind == "mark" and token.value in "{}":
                depth += 1 if token.value == "{" else -1
            elif depth and token.kind == "word" and token.value.upper() in ("SELECT", "BOUND", "AS", "VALUES"):
                return []
            elif depth and token.value in ("$this", "?this"):
                places.append((token.start, token.end))
        return places

    def _query_of(self, node: Term) -> str:
        """Return the query with a focus node in its pattern, from which the engine can then begin.

        It orders a pattern by its terms, and ignores values given to variables.
        """
        if not isinstance(node, NamedNode):
            return self.query
        query = self.query
        for start, end in reversed(self._places):
            query = f"{query[:start]}{node}{query[end:]}"
        return query

    def run(self, store: Store, base_iri: str, node: Term) -> Iterator[Result]:
        """Find what is wrong with a focus node."""
        try:
            found = store.query(
                self._query_of(node), base_iri=base_iri, use_default_graph_as_union=True, substitutions={_THIS: node}
            )
        except (SyntaxError, ValueError, RuntimeError) as error:
            raise DataError(f"The shapes cannot be run: {self.shape} has a query that fails: {error}.") from None
        if not isinstance(found, QuerySolutions):
            raise DataError(f"The shapes cannot be run: the query of {self.shape} is no SELECT.")
        names = {variable.value for variable in found.variables}
        for row in found:
            yield self._to_result(row, names, node)

    def _to_result(self, row: QuerySolution, names: Collection[str], node: Term) -> Result:
        given = {name: row[name] for name in names if row[name] is not None}
        path, value = given.get("path"), given.get("value", node if self.is_node_shape else None)
        message = _PLACEHOLDER.sub(lambda m: str(_text(given.get(m[1]), m[0])), self.message) if self.message else None
        focus = to_rdflib(node)
        return Result(
            self.severity,
            self.shape,
            focus,
            to_rdflib(path) if path is not None else None,
            to_rdflib(value) if value is not None else None,
            message,
            None,
        )


def _text(term: Term | None, otherwise: str) -> str:
    return otherwise if term is None else str(getattr(term, "value", term))


def find_constraints(shapes: Graph, iris: Iris) -> list[Constraint]:
    """Return the constraints of a shapes graph, in the order of their shapes; raises DataError for one at fault."""
    found = []
    for shape, node in sorted(shapes.subject_objects(SH.sparql)):
        if any(str(shapes.value(one, SH.deactivated) or "") == "true" for one in (shape, node)):
            continue
        query = shapes.value(node, SH.select)
        name = shape_name(iris, shapes, shape)
        targets = frozenset((kind, value) for kind in _TARGETS for value in shapes.objects(shape, kind))
        if query is None or "$PATH" in str(query) or not targets:
            raise DataError(
                f"The shapes cannot be run: give {name} a target, and its sh:sparql a sh:select without $PATH."
            )
        messages = sorted(map(str, [*shapes.objects(node, SH.message), *shapes.objects(shape, SH.message)]))
        severity = shapes.value(shape, SH.severity)
        found.append(
            Constraint(
                name,
                SEVERITIES[severity] if isinstance(severity, URIRef) else VIOLATION,
                messages[0] if messages else None,
                _prologue(shapes, node, iris) + str(query),
                targets,
                (shape, RDF.type, SH.PropertyShape) not in shapes,
            )
        )
    return found


_TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode)


def _prologue(shapes: Graph, node: Node, iris: Iris) -> str:
    """Return the prefixes that a constraint is given (SHACL §5.2.1), relative namespaces made absolute."""
    lines = []
    for holder in shapes.objects(node, SH.prefixes):
        for declared in shapes.objects(holder, SH.declare):
            prefix, namespace = shapes.value(declared, SH.prefix), str(shapes.value(declared, SH.namespace))
            lines.append(f"PREFIX {prefix}: <{namespace if ':' in namespace else iris.base + namespace}>\n")
    return "".join(sorted(lines))


def find_targets(store: Store, constraint: Constraint, classes: Mapping[Node, Iterable[Node]]) -> set[Term]:
    """Return all focus nodes of a constraint; ``classes`` are those below each class."""
    found: set[Term] = set()
    for kind, value in constraint.targets:
        found |= set(_targets(store, kind, value, classes))
    return found


def is_target(store: Store, constraint: Constraint, node: Term, classes: Mapping[Node, Iterable[Node]]) -> bool:
    """Return whether a node is a focus node of a constraint."""
    return any(_is_target(store, kind, value, node, classes) for kind, value in constraint.targets)


def _is_target(store: Store, kind: URIRef, value: Node, node: Term, classes: Mapping[Node, Iterable[Node]]) -> bool:
    name = NamedNode(str(value))
    if kind == SH.targetNode:
        return to_rdflib(node) == value
    if kind == SH.targetObjectsOf:
        return any(store.quads_for_pattern(None, name, node))
    if isinstance(node, StoredLiteral):
        return False
    if kind == SH.targetSubjectsOf:
        return any(store.quads_for_pattern(node, name, None))
    kinds = (NamedNode(str(one)) for one in (value, *classes.get(value, ())))
    return any(any(store.quads_for_pattern(node, _TYPE, one)) for one in kinds)


_TYPE = NamedNode(str(RDF.type))


def _targets(store: Store, kind: URIRef, value: Node, classes: Mapping[Node, Iterable[Node]]) -> Iterator[Term]:
    name = NamedNode(str(value))
    if kind == SH.targetClass:
        for one in (value, *classes.get(value, ())):
            yield from (quad.subject for quad in store.quads_for_pattern(None, _TYPE, NamedNode(str(one))))
    elif kind == SH.targetSubjectsOf:
        yield from (quad.subject for quad in store.quads_for_pattern(None, name, None))
    elif kind == SH.targetObjectsOf:
        yield from (quad.object for quad in store.quads_for_pattern(None, name, None))
    elif isinstance(value, URIRef | Literal):
        yield name
