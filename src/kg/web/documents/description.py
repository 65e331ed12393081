"""What programs read to know the endpoint: SPARQL 1.1 Service Description, and the description of a release.

The service description (https://www.w3.org/TR/sparql11-service-description/) is about the address under which the
endpoint was reached, and takes in what the active release says of itself in VoID and DCAT.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from flask import Response
from rdflib import RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.namespace import Namespace
from rdflib.term import Node
from werkzeug.exceptions import NotAcceptable, NotFound

from kg.release.content import read_description
from kg.release.manifest import Manifest
from kg.store.engines import is_remote
from kg.terms import PREFIXES
from kg.web.data.context import Context
from kg.web.data.resources import unescape
from kg.web.data.turtle import read_nquads, split_literal
from kg.web.http.limits import LIMITS, Limit
from kg.web.http.negotiate import Accept, best

SD = Namespace(PREFIXES["sd"])
VOID = Namespace(PREFIXES["void"])
SCHEMA = Namespace(PREFIXES["schema"])
FORMATS = Namespace("http://www.w3.org/ns/formats/")
RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "RDF_XML",
    "JSON-LD",
    "TriG",
    "N-Quads",
)
SERIALISERS = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
}
"""Media type → rdflib's name of its serialiser."""


def answer(context: Context, accept: Accept) -> Response:
    """Return the service description in the form that the client likes best; raises NotAcceptable."""
    media_type = best(accept, tuple(SERIALISERS))
    if media_type is None:
        raise NotAcceptable(f"The service description comes as {', '.join(SERIALISERS)}.")
    endpoint, identifier = context.root + "sparql", context.manifest.id
    body = context.once(
        ("service", endpoint, media_type), lambda: _write_service(context, endpoint, identifier, media_type)
    )
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    response = Response(body, content_type=media_type + charset)
    response.headers["Link"] = '</.well-known/void>; rel="describedby"'
    return response


def describe_release(context: Context, identifier: str, media_type: str) -> bytes:
    """Return what a release says of itself; raises NotFound where it says nothing."""
    key = ("description", identifier, media_type)
    return context.site.kept.once(key, lambda: _serialise(_read(context, identifier), media_type))


def _write_service(context: Context, endpoint: str, identifier: str, media_type: str) -> bytes:
    graph = _read(context, identifier)
    add_service(context, graph, URIRef(endpoint), context.releases.manifest(identifier))
    return _serialise(graph, media_type)


def _read(context: Context, identifier: str) -> Graph:
    """Return the description graph of a release, literals as they are written."""
    graph = Graph(bind_namespaces="none")
    for name, namespace in context.iris.prefixes().items():
        graph.bind(name, namespace)
    found = context.releases
    manifest = found.manifest(identifier)
    if not manifest.description:
        raise NotFound(f"Release {identifier} does not describe itself.")
    content = read_description(found, manifest)
    blanks: dict[str, BNode] = defaultdict(BNode)
    for (subject, predicate, value), _ in read_nquads(content):
        graph.add((_to_node(subject, blanks), URIRef(predicate[1:-1]), _to_node(value, blanks)))
    return graph


def _to_node(term: str, blanks: dict[str, BNode]) -> Node:
    if term.startswith("<"):
        return URIRef(unescape(term[1:-1]))
    if term.startswith("_:"):
        return blanks[term]
    text, language, datatype = split_literal(term)
    kind = URIRef(datatype) if datatype else None
    # rdflib would write a time in UTC as +00:00, which the store has as Z
    return Literal(unescape(text), lang=language, datatype=kind, normalize=False)


def _serialise(graph: Graph, media_type: str) -> bytes:
    return graph.serialize(format=SERIALISERS[media_type], encoding="utf-8")


def add_service(context: Context, graph: Graph, endpoint: URIRef, manifest: Manifest) -> None:
    """Add the description of the service; its subject is the address under which the endpoint was reached (§2)."""
    iris = context.iris
    graph.add((endpoint, RDF.type, SD.Service))
    graph.add((endpoint, SD.endpoint, endpoint))
    graph.add((endpoint, SD.supportedLanguage, SD.SPARQL11Query))
    graph.add((endpoint, SD.feature, SD.UnionDefaultGraph))
    if context.settings.endpoints and not is_remote(context.settings):
        graph.add((endpoint, SD.feature, SD.BasicFederatedQuery))
    for name in RESULT_FORMATS:
        graph.add((endpoint, SD.resultFormat, FORMATS[name]))
    for limit in LIMITS:
        _add_limit(context, graph, endpoint, limit)
    for sentence in context.release.engine.stats().cannot:
        graph.add((endpoint, RDFS.comment, Literal(sentence, lang="en")))
    dataset, default = URIRef(iris.release(manifest.id)), BNode()
    graph.add((endpoint, SD.defaultDataset, dataset))
    graph.add((dataset, RDF.type, SD.Dataset))
    graph.add((dataset, SD.defaultGraph, default))
    graph.add((default, RDF.type, SD.Graph))
    graph.add((default, VOID.triples, Literal(manifest.counts["quads"])))
    names = [iri for iri, _ in context.releases.graphs(manifest).items() if iri]
    for iri in sorted([*names, *([iris.graph("description")] if manifest.description else [])]):
        named = BNode()
        graph.add((dataset, SD.namedGraph, named))
        graph.add((named, RDF.type, SD.NamedGraph))
        graph.add((named, SD.name, URIRef(iri)))
        graph.add((named, SD.graph, URIRef(iri)))


def _add_limit(context: Context, graph: Graph, endpoint: URIRef, limit: Limit) -> None:
    """Add a limit of the service, as schema.org's PropertyValue: SPARQL has no terms for such."""
    value = limit.value(context.settings)
    if not value:
        return
    node = BNode()
    graph.add((endpoint, SCHEMA.additionalProperty, node))
    graph.add((node, RDF.type, SCHEMA.PropertyValue))
    graph.add((node, SCHEMA.propertyID, Literal(limit.name)))
    graph.add((node, SCHEMA.description, Literal(limit.says, lang="en")))
    graph.add((node, SCHEMA.maxValue, Literal(int(value) if value == int(value) else Decimal(str(value)))))
