"""A release's N-Quads → a corpus, so that what a write would make of it is checked as files are, but without places.

A release states every class above a thing's own. Those are left out again here: what was only implied by a class that
a write took away must go with it, and the shapes are to see what was asserted, as they do when files are checked.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from kg.corpus.classes import superclasses
from kg.corpus.load import Corpus, Triple
from kg.errors import NotStorable
from kg.terms import SLUG, Iris

Quad = tuple[Triple, URIRef]
Types = dict[tuple[Node, URIRef], set[Node]]
"""The classes of each thing in each graph."""

_IRI, _BLANK = r"<([^>]*)>", r"_:(\S+)"
_LITERAL = r'"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?'
_LINE = re.compile(rf"(?:{_IRI}|{_BLANK}) {_IRI} (?:{_IRI}|{_BLANK}|{_LITERAL}) {_IRI} \.")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_TYPE = f"<{RDF.type}>"


def read_corpus(nquads: bytes, iris: Iris, before: bytes = b"") -> Corpus:
    """Return the corpus of a dataset in canonical N-Quads, without the classes that others imply.

    ``before`` is the dataset that it was made from by an update: a class that was implied there and no longer is, is
    left out. Raises NotStorable for a line that is not of RDF 1.1 or stands in no named graph.
    """
    corpus = Corpus(iris)
    quads = list(_read(nquads))
    ontology = URIRef(iris.graph("ontology"))
    _add(corpus, (quad for quad in quads if quad[1] == ontology))
    above = superclasses(corpus)
    types = _types(quads)
    dropped = _implied(types, above)
    for thing, lost in _implied(_types(_read(before, _TYPE)), above).items():
        still = {cls for own in types[thing] - lost for cls in above.get(URIRef(str(own)), ())}
        dropped[thing] |= lost - still if thing in types else set()
    _add(
        corpus,
        (q for q in quads if q[1] != ontology and not (q[0][1] == RDF.type and q[0][2] in dropped[q[0][0], q[1]])),
    )
    prefix = iris.graph("article/")
    names = (str(graph).removeprefix(prefix) for graph in corpus.graphs if graph.startswith(prefix))
    corpus.slugs = sorted(name for name in names if SLUG.fullmatch(name))
    return corpus


def _add(corpus: Corpus, quads: Iterable[Quad]) -> None:
    for triple, iri in quads:
        corpus.add(corpus.graphs.setdefault(iri, Graph(identifier=iri)), triple)


def _types(quads: Iterable[Quad]) -> Types:
    found: Types = defaultdict(set)
    for (subject, predicate, value), graph in quads:
        if predicate == RDF.type:
            found[subject, graph].add(value)
    return found


def _implied(types: Types, above: Mapping[URIRef, set[URIRef]]) -> Types:
    """Return the classes of each thing that another of its classes lies below; of equivalent ones, none."""
    found: Types = defaultdict(set)
    for thing, classes in types.items():
        for cls in classes:
            higher = above.get(URIRef(str(cls)), set())
            found[thing] |= {c for c in higher & classes if cls not in above.get(URIRef(str(c)), ())}
    return found


def _read(nquads: bytes, containing: str = "") -> Iterator[Quad]:
    for line in nquads.decode("utf-8").split("\n"):
        if line and containing in line:
            match = _LINE.fullmatch(line)
            if match is None:
                raise NotStorable(
                    f"This stands in no named graph, or is not of RDF 1.1, so it cannot be checked: {line}"
                )
            yield _quad(match)


def _quad(match: re.Match[str]) -> Quad:
    iri, blank, predicate, value_iri, value_blank, text, language, datatype, graph = match.groups()
    value: Node
    if value_iri is not None:
        value = URIRef(_unescape(value_iri))
    elif value_blank is not None:
        value = BNode(value_blank)
    else:  # normalize=False: as written, as the store holds it
        kind = URIRef(_unescape(datatype)) if datatype else None
        value = Literal(_unescape(text), lang=language, datatype=kind, normalize=False)
    subject: Node = URIRef(_unescape(iri)) if iri is not None else BNode(blank)
    return (subject, URIRef(_unescape(predicate)), value), URIRef(_unescape(graph))


def _unescape(text: str) -> str:
    return _ESCAPE.sub(_unescape_one, text) if "\\" in text else text


def _unescape_one(match: re.Match[str]) -> str:
    four, eight, short = match.groups()
    return _SHORT.get(short, short) if short else chr(int(four or eight, 16))
