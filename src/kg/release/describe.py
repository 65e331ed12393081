"""What a release says of itself in RDF: the description graph, and the counts of the manifest."""

from __future__ import annotations

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, VOID, XSD, Namespace

from kg.corpus.load import Corpus
from kg.terms import PREFIXES

DCAT = Namespace(PREFIXES["dcat"])  # rdflib's own lacks the terms of DCAT 3
LICENCE = URIRef("https://creativecommons.org/publicdomain/zero/1.0/")

COUNTED = {
    "articles": "Article",
    "passages": "Passage",
    "statements": "Statement",
    "figures": "Figure",
    "events": "Event",
    "entities": "Entity",
    "issues": "Issue",
}
"""Names of counts in the manifest, and the class that each counts."""


def count_things(corpus: Corpus, entailed: Graph) -> dict[str, int]:
    """Return how many things of the chief classes there are, once the classes above each are stated."""
    term = Namespace(corpus.iris.term(""))
    return {name: len(set(entailed.subjects(RDF.type, term[cls]))) for name, cls in COUNTED.items()} | {
        "queries": len(corpus.queries)
    }


def describe(corpus: Corpus, identifier: str, issued: str, digest: str, triples: int) -> Graph:
    """Return the description graph of a release in VoID, DCAT and PROV."""
    iris = corpus.iris
    graph = Graph()
    release = URIRef(iris.release(identifier))
    dataset = URIRef(iris.base + "dataset")
    for node in (dataset, release):
        graph.add((node, RDF.type, VOID.Dataset))
        graph.add((node, RDF.type, DCAT.Dataset))
        graph.add((node, DCTERMS.license, LICENCE))
        graph.add((node, DCTERMS.creator, URIRef(iris.base + "id/attested-editors")))
    title = "Attested: what news articles say"
    graph.add((dataset, DCTERMS.title, Literal(title, lang="en")))
    graph.add((dataset, RDFS.label, Literal(title, lang="en")))
    graph.add((dataset, DCAT.hasVersion, release))
    graph.add((dataset, VOID.sparqlEndpoint, URIRef(iris.base + "sparql")))
    graph.add((dataset, VOID.uriSpace, Literal(iris.base)))
    graph.add((release, DCTERMS.title, Literal(f"{title}, release {identifier}", lang="en")))
    graph.add((release, RDFS.label, Literal(f"Release {identifier}", lang="en")))
    graph.add((release, DCAT.version, Literal(identifier)))
    graph.add((release, DCTERMS.isVersionOf, dataset))
    graph.add((release, DCTERMS.issued, Literal(issued, datatype=XSD.dateTime, normalize=False)))
    graph.add((release, DCTERMS.identifier, Literal(f"sha256:{digest}")))
    graph.add((release, VOID.triples, Literal(triples)))
    for slug in corpus.slugs:
        graph.add((release, PROV.wasDerivedFrom, URIRef(iris.article(slug))))
    return graph
