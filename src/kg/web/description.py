"""SPARQL 1.1 Service Description (https://www.w3.org/TR/sparql11-service-description/) of the query endpoint."""

from __future__ import annotations

from flask import Response, request
from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, VOID, Namespace
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable

from kg.web import access
from kg.web.negotiate import best

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
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


def answer(accept: MIMEAccept) -> Response:
    """Return the service description in the form that the client likes best; raises NotAcceptable."""
    media_type = best(accept, tuple(SERIALISERS))
    if media_type is None:
        raise NotAcceptable(f"The service description comes as {', '.join(SERIALISERS)}.")
    body = describe_service().serialize(format=SERIALISERS[media_type], encoding="utf-8")
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return Response(body, content_type=media_type + charset)


def describe_service() -> Graph:
    """Return the description; its subject is the address under which the endpoint was reached (§2)."""
    manifest = access.release().manifest
    graph = Graph()
    graph.bind("sd", SD)
    endpoint = URIRef(request.host_url + "sparql")
    graph.add((endpoint, RDF.type, SD.Service))
    graph.add((endpoint, SD.endpoint, endpoint))
    graph.add((endpoint, SD.supportedLanguage, SD.SPARQL11Query))
    graph.add((endpoint, SD.feature, SD.UnionDefaultGraph))
    for name in RESULT_FORMATS:
        graph.add((endpoint, SD.resultFormat, FORMATS[name]))
    dataset, default = BNode(), BNode()
    graph.add((endpoint, SD.defaultDataset, dataset))
    graph.add((dataset, RDF.type, SD.Dataset))
    graph.add((dataset, DCTERMS.identifier, Literal(manifest.id)))
    graph.add((dataset, SD.defaultGraph, default))
    graph.add((default, RDF.type, SD.Graph))
    graph.add((default, VOID.triples, Literal(manifest.counts["quads"])))
    for iri, triples in sorted(manifest.graphs.items()):
        named, content = BNode(), BNode()
        graph.add((dataset, SD.namedGraph, named))
        graph.add((named, RDF.type, SD.NamedGraph))
        graph.add((named, SD.name, URIRef(iri)))
        graph.add((named, SD.graph, content))
        graph.add((content, RDF.type, SD.Graph))
        graph.add((content, VOID.triples, Literal(triples)))
    return graph
