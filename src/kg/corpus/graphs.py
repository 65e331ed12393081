"""A named graph as it is published: what was read, what is derived from it, and its canonical bytes."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
    serialize,
)

from kg.terms import PREFIXES

RDF_TYPE = NamedNode(PREFIXES["rdf"] + "type")
SUBCLASS_OF = NamedNode(PREFIXES["rdfs"] + "subClassOf")
APART = frozenset({"shapes", "queries"})
"""Short names of the graphs whose things are not data; nothing is derived in them."""

Subject = NamedNode | BlankNode | Triple


def graph_of(quad: Quad) -> str:
    """Return the IRI of the graph in which a quad stands, "" for the default graph."""
    return "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value


@dataclass(frozen=True)
class GraphFile:
    """One named graph as it is published, derived triples included.

    ``nquads`` are canonical: blank node labels by RDFC-1.0, lines sorted, the graph's IRI on each. The labels are
    those of this graph alone, so graphs that are put together need new ones.
    """

    iri: str
    nquads: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal digits."""
        return hashlib.sha256(self.nquads).hexdigest()

    def quads(self) -> list[Quad]:
        """Return the quads, with the canonical blank node labels."""
        return list(parse(self.nquads, format=RdfFormat.N_QUADS))

    def renamed(self) -> Iterator[Quad]:
        """Give the quads with blank nodes that no other graph has, as a store needs them."""
        return iter(parse(self.nquads, format=RdfFormat.N_QUADS, rename_blank_nodes=True))


@dataclass(frozen=True)
class Context:
    """What derived triples depend on besides the graph in which they stand: the classes above each class."""

    above: Mapping[NamedNode, frozenset[NamedNode]] = field(default_factory=dict)

    @classmethod
    def of(cls, ontology: Iterable[Quad]) -> Context:
        """Return the context that an ontology gives."""
        direct: dict[NamedNode, set[NamedNode]] = defaultdict(set)
        for quad in ontology:
            below, above = quad.subject, quad.object
            if quad.predicate == SUBCLASS_OF and isinstance(below, NamedNode) and isinstance(above, NamedNode):
                direct[below].add(above)
        return cls({one: frozenset(_reach(one, direct) - {one}) for one in direct})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that the context says: where it changes, every graph is derived anew."""
        lines = sorted(f"{one.value} {high.value}\n" for one, higher in self.above.items() for high in higher)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def _reach(start: NamedNode, direct: Mapping[NamedNode, set[NamedNode]]) -> set[NamedNode]:
    found: set[NamedNode] = set()
    ahead = [start]
    while ahead:
        new = direct.get(ahead.pop(), set()) - found
        found |= new
        ahead.extend(new)
    return found


def asserted(quads: Iterable[Quad], context: Context) -> set[Quad]:
    """Return the quads of a graph without the classes that another class of the same thing implies.

    Of equivalent classes all are kept.
    """
    quads = set(quads)
    types = _types(quads)
    return {quad for quad in quads if not _is_implied(quad, types, context)}


def derive(quads: Iterable[Quad], context: Context, before: Iterable[Quad] = ()) -> set[Quad]:
    """Return the quads of a graph with every class above a thing's own stated, so that no query needs inference.

    ``before`` is the graph as it was published until now: a class that was only implied there, and no longer is, goes
    with what implied it.
    """
    old = set(before)
    old_types = _types(old)
    kept = {quad for quad in quads if quad not in old or not _is_implied(quad, old_types, context)}
    return kept | {
        Quad(quad.subject, RDF_TYPE, higher, quad.graph_name)
        for quad in kept
        if quad.predicate == RDF_TYPE and isinstance(quad.object, NamedNode)
        for higher in context.above.get(quad.object, ())
    }


def make_graph(iri: str, quads: Iterable[Quad], context: Context, before: Iterable[Quad] = ()) -> GraphFile:
    """Return a graph as it is published: derived and canonical."""
    is_apart = iri.rpartition("/graph/")[2] in APART
    return canonicalise(iri, quads if is_apart else derive(quads, context, before))


def canonicalise(iri: str, quads: Iterable[Quad]) -> GraphFile:
    """Return a graph in canonical N-Quads (RDF Dataset Canonicalization, RDFC-1.0), whatever graph its quads name."""
    name = NamedNode(iri)
    dataset = Dataset(Quad(quad.subject, quad.predicate, quad.object, name) for quad in quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    lines = (serialize(dataset, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True)
    return GraphFile(iri, b"".join(sorted(lines)))


def _types(quads: Iterable[Quad]) -> dict[Subject, set[NamedNode]]:
    found: dict[Subject, set[NamedNode]] = defaultdict(set)
    for quad in quads:
        if quad.predicate == RDF_TYPE and isinstance(quad.object, NamedNode):
            found[quad.subject].add(quad.object)
    return found


def _is_implied(quad: Quad, types: Mapping[Subject, set[NamedNode]], context: Context) -> bool:
    if quad.predicate != RDF_TYPE or not isinstance(quad.object, NamedNode):
        return False
    above = context.above
    return any(
        quad.object in above.get(other, ()) and other not in above.get(quad.object, ())
        for other in types.get(quad.subject, ())
    )
