"""A release's N-Quads → a corpus, so that what a write would make of it is checked as files are, but without places.

A release states what follows from its data (kg.corpus.derive). That is left out again here: what only followed from
what a write took away must go with it, and the shapes are to see what was asserted, as they do when files are checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from kg.corpus.derive import asserted_nquads
from kg.corpus.load import Corpus, Triple
from kg.errors import NotStorable
from kg.terms import SLUG, Iris

Quad = tuple[Triple, URIRef]
_IRI, _BLANK = r"<([^>]*)>", r"_:(\S+)"
_LITERAL = r'"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?'
_LINE = re.compile(rf"(?:{_IRI}|{_BLANK}) {_IRI} (?:{_IRI}|{_BLANK}|{_LITERAL}) {_IRI} \.")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def read_corpus(nquads: bytes, iris: Iris, before: bytes = b"") -> Corpus:
    """Return the corpus of a dataset in canonical N-Quads, without what is derived.

    ``before`` is the dataset that it was made from by an update: what followed there and no longer does is left out.
    Raises NotStorable for a line that is not of RDF 1.1 or stands in no named graph.
    """
    corpus = Corpus(iris)
    for triple, graph in _read(asserted_nquads(nquads, iris, before)):
        corpus.add(corpus.graphs.setdefault(graph, Graph(identifier=graph)), triple)
    prefix = iris.graph("article/")
    names = (str(graph).removeprefix(prefix) for graph in corpus.graphs if graph.startswith(prefix))
    corpus.slugs = sorted(name for name in names if SLUG.fullmatch(name))
    return corpus


def _read(nquads: bytes) -> Iterator[Quad]:
    for line in nquads.decode("utf-8").split("\n"):
        if line:
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
