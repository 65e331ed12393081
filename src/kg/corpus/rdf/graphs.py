"""A named graph as it is published: what was read, what is derived from it, and its canonical bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    parse,
    serialize,
)

from kg.corpus.rdf.derive import Context, derive

APART = frozenset({"shapes", "queries"})
"""Short names of the graphs whose things are not data; nothing is derived in them."""


def graph_of(quad: Quad) -> str:
    """Return the IRI of the graph of a quad, "" for the default graph."""
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


def make_graph(iri: str, quads: Iterable[Quad], context: Context, before: Iterable[Quad] = ()) -> GraphFile:
    """Return a graph as it is published: derived and canonical."""
    is_apart = iri.rpartition("/graph/")[2] in APART
    return canonicalise(iri, quads if is_apart else derive(NamedNode(iri), quads, context, before))


def follows_alike(before: bytes, after: bytes, context: Context) -> bool:
    """Return whether two states of a graph, in canonical N-Quads, differ in nothing from which anything follows."""
    lines = set(before.splitlines()) ^ set(after.splitlines())
    told = {f"<{name.value}>".encode() for name in context.told}
    return not any(line.split(b" ", 2)[1] in told for line in lines)


def canonicalise(iri: str, quads: Iterable[Quad]) -> GraphFile:
    """Return a graph in canonical N-Quads (RDF Dataset Canonicalization, RDFC-1.0), whatever graph its quads name."""
    name = NamedNode(iri)
    named = [Quad(subject, predicate, value, name) for subject, predicate, value, _ in quads]
    nquads = serialize(named, format=RdfFormat.N_QUADS) or b""
    if b"_:" in nquads:  # without blank nodes, only the order of the lines is left to be settled
        dataset = Dataset(named)
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        nquads = serialize(dataset, format=RdfFormat.N_QUADS) or b""
    return GraphFile(iri, b"".join(sorted(set(nquads.splitlines(keepends=True)))))
