"""Stored queries: whether the engine can read them, and what is published of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import Store
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, SH, XSD
from rdflib.term import Node

from kg.corpus.report import VIOLATION, Place, Result
from kg.errors import QuerySyntaxError
from kg.queries import ANY_CODE, ANY_IRI, ANY_THING, Parameter, read_queries
from kg.store.sparql.syntax import explain
from kg.terms import PREFIXES, Iris

_SCHEMA = PREFIXES["schema"]
_DATATYPES = {"label": RDF.langString, "string": XSD.string, "integer": XSD.integer, "date": XSD.date}
"""Kind of a stored query's parameter → the datatype of its values."""
_NOT_OURS = {
    ANY_IRI: (SH.nodeKind, SH.IRI),
    ANY_THING: (SH["class"], RDFS.Resource),
    ANY_CODE: (SH["class"], URIRef(PREFIXES["skos"] + "Concept")),
}
"""Kind of a parameter whose values are IRIs of no class of the ontology's → what says so."""

Triple = tuple[Node, Node, Node]


def check_queries(folder: Path, base_iri: str) -> Iterator[Result]:
    """Find stored queries that the engine cannot read, each at the line where that shows."""
    for path in sorted(folder.rglob("*.rq")):
        error = _syntax_error(path.read_text(encoding="utf-8-sig"), base_iri)
        if error:
            message = f"This is not SPARQL: {error} Correct the query, here or just before."
            yield Result(VIOLATION, "Syntax", None, None, None, message, Place(path, error.line or 1))


def _syntax_error(text: str, base_iri: str) -> QuerySyntaxError | None:
    try:
        Store().query(text, base_iri=base_iri)
    except SyntaxError as error:
        return explain(str(error), text)
    except (OSError, RuntimeError, ValueError):
        return None  # it was read, and could not be evaluated over no data
    return None


def describe_queries(folder: Path, iris: Iris) -> Graph:
    """Return each stored query as a SHACL-AF SPARQLExecutable, so that editors can offer it.

    An export also leads to its answer. Raises DataError as kg.queries.read_queries does.
    """
    graph = Graph()
    for query in read_queries(folder, iris.base):
        node = URIRef(iris.query(query.name))
        triples: list[Triple] = [
            (node, RDF.type, SH.SPARQLExecutable),
            (node, RDF.type, SH[f"SPARQL{query.form.title()}Executable"]),
            (node, RDFS.label, Literal(query.title, lang="en")),
            (node, RDFS.comment, Literal(query.description, lang="en")),
            (node, DCTERMS.identifier, Literal(query.name)),
            (node, SH[query.form.lower()], Literal(query.text)),
        ]
        triples += [(node, RDFS.label, Literal(text, lang=language)) for language, text in query.titles]
        triples += [(node, RDFS.comment, Literal(text, lang=language)) for language, text in query.descriptions]
        triples += [(node, URIRef(_SCHEMA + "keywords"), Literal(word)) for word in query.keywords]
        answers = [URIRef(iris.export(f"{query.name}.{suffix}")) for suffix in query.formats]
        triples += [(node, DCTERMS.hasFormat, answer) for answer in answers]
        triples += [(node, DCTERMS.replaces, URIRef(iris.query(old))) for old in query.replaces]
        for parameter in query.parameters:
            triples += _describe_parameter(node, parameter, iris)
        for triple in triples:
            graph.add(triple)
    return graph


def _describe_parameter(query: URIRef, parameter: Parameter, iris: Iris) -> list[Triple]:
    """Return what is published of a parameter (SHACL-AF §5.1); its name is the fragment of its IRI."""
    node = URIRef(f"{query}#{parameter.name}")
    kind = (SH["class"], URIRef(iris.term(parameter.kind)))
    if parameter.kind in _DATATYPES:
        kind = (SH.datatype, _DATATYPES[parameter.kind])
    elif parameter.kind in _NOT_OURS:
        kind = _NOT_OURS[parameter.kind]
    return [
        (query, SH.parameter, node),
        (node, RDF.type, SH.Parameter),
        (node, SH.path, node),
        (node, SH.optional, Literal(True)),
        (node, SH.description, Literal(parameter.description, lang="en")),
        *((node, SH.description, Literal(text, lang=language)) for language, text in parameter.translations),
        (node, URIRef(PREFIXES["skos"] + "example"), Literal(parameter.example)),
        (node, *kind),
    ]
