"""Checks of names: who shares one, in which languages it is given, and what SKOS clients read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.namespace import SKOS
from rdflib.term import Node

from kg.corpus.checks.classes import superclasses
from kg.corpus.report import VIOLATION, WARNING, Result
from kg.corpus.sources.load import Corpus
from kg.terms import Iris

LANGUAGES = ("en", "de")
"""Languages in which what articles share is named."""
TONGUES, OPTIONS = {"en": "English", "de": "German"}, {"en": "its NAME", "de": "--de NAME"}
NAMES = (RDFS.label, SKOS.altLabel)
"""Properties whose values an entity is known by; a code is known by the first."""
SHARED = ("authority", "codes")
"""Short names of the graphs whose things all articles share."""


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A name as recorded: whether its graph is an article's, the graph, whose name, by which property, of a code."""

    is_local: bool
    graph: str
    subject: Node
    predicate: Node
    text: Literal
    is_code: bool


def shared_names(corpus: Corpus) -> Iterator[Result]:
    """Find things with the name of another thing, ignoring case: they may be one thing, recorded twice."""
    entities, codes = _of_classes(corpus, "Entity"), set(corpus.graph("codes").subjects(SKOS.inScheme))
    shared = {corpus.iris.graph(name) for name in SHARED}
    names = (
        Name(str(graph) not in shared, str(graph), subject, predicate, text, subject in codes)
        for graph, triples in corpus.graphs.items()
        for predicate in NAMES
        for subject, text in triples.subject_objects(predicate)
        if isinstance(text, Literal) and (subject in entities or (predicate == RDFS.label and subject in codes))
    )
    yield from repeated_names(corpus.iris, names)


def repeated_names(iris: Iris, names: Iterable[Name]) -> Iterator[Result]:
    """Find names that another thing bears that all share, or one of the same article; codes are held against codes.

    Of two that share a name the one reported is that of an article, or comes later in the order of IRIs.
    """
    named: dict[tuple[str, str | None, bool], list[Name]] = defaultdict(list)
    for name in sorted(names):
        others = named[str(name.text).casefold(), name.text.language, name.is_code]
        same = (o.subject for o in others if o.subject != name.subject and (not o.is_local or o.graph == name.graph))
        other = next(same, None)
        if other is not None:
            told = f"“{name.text}” is a name of {iris.short(str(other))} too. If both are one thing, keep one record "
            told += "(kg merge); if not, tell their names apart."
            yield Result(WARNING, "SharedName", name.subject, name.predicate, name.text, told, None)
        others.append(name)


def missing_languages(corpus: Corpus) -> Iterator[Result]:
    """Find things that articles share and that have a name, but not one in each language."""
    for name in SHARED:
        graph = corpus.graph(name)
        for subject in set(graph.subjects(RDF.type)):
            labels = {label.language for label in graph.objects(subject, RDFS.label) if isinstance(label, Literal)}
            missing = [code for code in LANGUAGES if code not in labels]
            if labels and None not in labels and missing:  # the shape Label reports that there is none
                told = (
                    f"What articles share has a name in English and one in German. Add its {TONGUES[missing[0]]} name, "
                )
                told += f'as in "…"@{missing[0]} (kg add: {OPTIONS[missing[0]]}).'
                yield Result(VIOLATION, "LabelLanguages", subject, RDFS.label, None, told, None)


def concepts(corpus: Corpus) -> Iterator[Result]:
    """Find codes and issues that lack a definition, or whose label for SKOS clients is another."""
    data, concept = corpus.data, SKOS.Concept
    kinds = {concept} | {cls for cls, above in superclasses(corpus).items() if concept in above}
    found = {subject for kind in kinds for subject in data.subjects(RDF.type, kind)}
    for subject in found - _of_classes(corpus, "Entity"):
        if set(data.objects(subject, SKOS.prefLabel)) != set(data.objects(subject, RDFS.label)):
            yield Result(VIOLATION, "ConceptLabel", subject, None, None, None, None)
        if data.value(subject, SKOS.definition) is None:
            yield Result(VIOLATION, "ConceptDefinition", subject, None, None, None, None)


def _of_classes(corpus: Corpus, name: str) -> set[Node]:
    top = URIRef(corpus.iris.term(name))
    kinds = {top} | {cls for cls, above in superclasses(corpus).items() if top in above}
    return {subject for kind in kinds for subject in corpus.data.subjects(RDF.type, kind)}
