"""Checks of names: who shares one, in which languages it is given, and what SKOS clients read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.namespace import SKOS
from rdflib.term import Node

from kg.corpus.classes import superclasses
from kg.corpus.load import Corpus
from kg.corpus.report import VIOLATION, WARNING, Result

LANGUAGES = ("en", "de")
"""Languages in which what articles share is named."""
_NAMES = (RDFS.label, SKOS.altLabel)


def check_labels(corpus: Corpus) -> Iterator[Result]:
    """Find names that two things bear, shared things without a name in a language, and codes without a definition."""
    yield from _shared_names(corpus)
    yield from _missing_languages(corpus)
    yield from _concepts(corpus)


def _shared_names(corpus: Corpus) -> Iterator[Result]:
    """Find things that bear the name of another one, in whatever case: they may be one thing, recorded twice.

    Entities are held against those that articles share and those of their own article, codes against codes.
    """
    entities, codes = _of_classes(corpus, "Entity"), set(corpus.graph("codes").subjects(SKOS.inScheme))
    shared = {URIRef(corpus.iris.graph(name)) for name in ("authority", "codes")}
    found = [
        (triple, graph)
        for triple, graph in corpus.graph_of.items()
        if (triple[1] in _NAMES and triple[0] in entities) or (triple[1] == RDFS.label and triple[0] in codes)
    ]
    named: dict[tuple[str, str | None, bool], list[tuple[Node, URIRef]]] = defaultdict(list)
    for (subject, predicate, name), graph in sorted(found, key=lambda pair: pair[1] not in shared):
        if isinstance(name, Literal):
            others = named[str(name).casefold(), name.language, subject in codes]
            if any(other != subject and (home == graph or home in shared) for other, home in others):
                yield Result(WARNING, "SharedName", subject, predicate, name, None, None)
            others.append((subject, graph))


def _missing_languages(corpus: Corpus) -> Iterator[Result]:
    for name in ("authority", "codes"):
        graph = corpus.graph(name)
        for subject in set(graph.subjects(RDF.type)):
            labels = {label.language for label in graph.objects(subject, RDFS.label) if isinstance(label, Literal)}
            if labels and None not in labels and not labels >= set(LANGUAGES):  # of none, the shape Label tells
                yield Result(VIOLATION, "LabelLanguages", subject, None, None, None, None)


def _concepts(corpus: Corpus) -> Iterator[Result]:
    """Find codes and issues that lack a definition, or whose label for SKOS clients is another."""
    data, concept = corpus.data, SKOS.Concept
    kinds = {concept} | {cls for cls, above in superclasses(corpus).items() if concept in above}
    concepts = {subject for kind in kinds for subject in data.subjects(RDF.type, kind)}
    for subject in concepts - _of_classes(corpus, "Entity"):
        if set(data.objects(subject, SKOS.prefLabel)) != set(data.objects(subject, RDFS.label)):
            yield Result(VIOLATION, "ConceptLabel", subject, None, None, None, None)
        if data.value(subject, SKOS.definition) is None:
            yield Result(VIOLATION, "ConceptDefinition", subject, None, None, None, None)


def _of_classes(corpus: Corpus, name: str) -> set[Node]:
    top = URIRef(corpus.iris.term(name))
    kinds = {top} | {cls for cls, above in superclasses(corpus).items() if top in above}
    return {subject for kind in kinds for subject in corpus.data.subjects(RDF.type, kind)}
