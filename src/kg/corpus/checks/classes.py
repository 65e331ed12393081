"""The classes of the ontology, and the superclasses of each."""

from __future__ import annotations

from rdflib import RDFS, URIRef

from kg.corpus.sources.load import Corpus


def superclasses(corpus: Corpus) -> dict[URIRef, set[URIRef]]:
    """Return, for each class of the ontology, all the classes above it by rdfs:subClassOf, itself left out."""
    ontology = corpus.graph("ontology")
    above: dict[URIRef, set[URIRef]] = {}
    for cls in set(ontology.subjects(RDFS.subClassOf, None)):
        found = {c for c in ontology.transitive_objects(cls, RDFS.subClassOf) if isinstance(c, URIRef)}
        above[URIRef(str(cls))] = found - {URIRef(str(cls))}
    return above
