"""Terms of the engine that parses and stores ↔ terms of rdflib, in which pyshacl and the checks work."""

from __future__ import annotations

from functools import lru_cache

from pyoxigraph import BlankNode, NamedNode, Quad, Triple
from pyoxigraph import Literal as StoredLiteral
from rdflib import RDF, XSD, BNode, Literal, URIRef
from rdflib.term import Node

_PLAIN = frozenset({str(XSD.string), str(RDF.langString)})
Term = NamedNode | BlankNode | StoredLiteral | Triple


@lru_cache(maxsize=200_000)
def to_rdflib(term: Term) -> Node:
    """Return the same term for rdflib, a literal as it is written; raises ValueError for a triple term (RDF 1.2)."""
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, BlankNode):
        return BNode(term.value)
    if isinstance(term, Triple):
        raise ValueError("a triple term is of RDF 1.2")
    return Literal(term.value, lang=term.language, datatype=_datatype(term), normalize=False)


def _datatype(literal: StoredLiteral) -> URIRef | None:
    name: str = literal.datatype.value
    if literal.language is not None:
        return None
    # "x" and "x"^^xsd:string are one literal in RDF 1.1 and two in rdflib, which parses both as written
    return None if name in _PLAIN else URIRef(name)


def to_triple(quad: Quad) -> tuple[Node, Node, Node]:
    """Return a quad's triple for rdflib."""
    return to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)


def to_quad(triple: tuple[Node, Node, Node], graph: NamedNode) -> Quad:
    """Return rdflib's triple as a quad of a graph; raises TypeError for what RDF has no such triple of."""
    subject, predicate, value = map(to_engine, triple)
    if isinstance(subject, StoredLiteral) or not isinstance(predicate, NamedNode):
        raise TypeError(f"{triple} is no triple of RDF")
    return Quad(subject, predicate, value, graph)


def to_engine(node: Node) -> Term:
    """Return the same term for the engine."""
    if isinstance(node, URIRef):
        return NamedNode(str(node))
    if isinstance(node, BNode):
        return BlankNode(str(node))
    if not isinstance(node, Literal):
        raise TypeError(f"{node!r} is no term of RDF")
    if node.language:
        return StoredLiteral(str(node), language=node.language)
    return StoredLiteral(str(node), datatype=NamedNode(str(node.datatype)) if node.datatype else None)
