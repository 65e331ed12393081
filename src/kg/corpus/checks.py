"""Checks over the whole dataset that SHACL shapes cannot make, or only slowly.

Each has a name, a severity and a message in ``ontology/shapes.ttl``, like any shape.
"""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.namespace import OWL, SH, SKOS
from rdflib.term import Node

from kg.corpus.articles import check_articles
from kg.corpus.bare import bare_triples
from kg.corpus.classes import superclasses
from kg.corpus.figures import printed_values
from kg.corpus.label_check import labels_that_say_more
from kg.corpus.load import Corpus
from kg.corpus.phrase_check import unusable_phrases
from kg.corpus.report import VIOLATION, WARNING, Result

TYPE = RDF.type  # looked up once: rdflib makes it anew each time


def check_dataset(corpus: Corpus) -> list[Result]:
    """Return the findings of all checks of this module, in no order."""
    return [
        *declared_terms(corpus),
        *own_subjects(corpus),
        *typed_subjects(corpus),
        *row_cells(corpus),
        *shared_names(corpus),
        *known_targets(corpus),
        *bare_triples(corpus),
        *check_articles(corpus),
        *printed_values(corpus),
        *plain_statements(corpus),
        *labels_that_say_more(corpus),
        *unusable_phrases(corpus),
    ]


def declared_terms(corpus: Corpus) -> Iterator[Result]:
    """Find predicates and classes under the base IRI that the ontology does not declare."""
    ontology = corpus.graph("ontology")
    properties = {
        *ontology.subjects(RDF.type, OWL.ObjectProperty),
        *ontology.subjects(RDF.type, OWL.DatatypeProperty),
    }
    classes = set(ontology.subjects(RDF.type, OWL.Class))
    own = corpus.iris.base
    for graph in corpus.graphs.values():
        for predicate in {p for p in graph.predicates() if str(p).startswith(own)} - properties:
            for subject, value in graph.subject_objects(predicate):
                yield Result(VIOLATION, "DeclaredTerm", subject, predicate, value, None, None)
        for cls in {c for c in graph.objects(None, TYPE) if str(c).startswith(own)} - classes:
            for subject in graph.subjects(TYPE, cls):
                yield Result(VIOLATION, "DeclaredTerm", subject, TYPE, cls, None, None)


def own_subjects(corpus: Corpus) -> Iterator[Result]:
    """Find things described here that lie outside the base IRI, except for external terms in alignments and shapes."""
    for subject in {triple[0] for triple in corpus.graph_of}:
        if isinstance(subject, URIRef) and not subject.startswith(corpus.iris.base):
            yield Result(VIOLATION, "OwnSubject", subject, None, None, None, None)


def typed_subjects(corpus: Corpus) -> Iterator[Result]:
    """Find things that are described but not said to be of any class."""
    subjects = {triple[0] for triple in corpus.graph_of}
    typed = {subject for graph in corpus.graphs.values() for subject in graph.subjects(TYPE)}
    for subject in subjects - typed:
        if isinstance(subject, URIRef) and subject.startswith(corpus.iris.base):
            yield Result(VIOLATION, "TypedSubject", subject, None, None, None, None)


def row_cells(corpus: Corpus) -> Iterator[Result]:
    """Find statements that rest on a table row and do not say on which of its cells."""
    evidence, kind, cell = (URIRef(corpus.iris.term(name)) for name in ("evidence", "kind", "cell"))
    row = URIRef(corpus.iris.code("table-row"))
    rows = set(corpus.data.subjects(kind, row))
    in_rows = {statement for passage in rows for statement in corpus.data.subjects(evidence, passage)}
    for statement in in_rows - set(corpus.data.subjects(cell)):
        yield Result(VIOLATION, "RowCell", statement, None, None, None, None)


def plain_statements(corpus: Corpus) -> Iterator[Result]:
    """Find statements of which it is not said what kind of statement they are."""
    statement = URIRef(corpus.iris.term("Statement"))
    for subject in set(corpus.data.subjects(TYPE, statement)):
        if set(corpus.data.objects(subject, TYPE)) == {statement}:
            yield Result(VIOLATION, "StatementKind", subject, TYPE, statement, None, None)


def shared_names(corpus: Corpus) -> Iterator[Result]:
    """Find entities that bear the name of another one, in whatever case: they may be one thing, recorded twice."""
    entity = URIRef(corpus.iris.term("Entity"))
    kinds = {entity} | {cls for cls, above in superclasses(corpus).items() if entity in above}
    named: dict[tuple[str, str | None], Node] = {}
    entities = {subject for kind in kinds for subject in corpus.data.subjects(TYPE, kind)}
    names = [
        (subject, predicate, name)
        for predicate in (RDFS.label, SKOS.altLabel)
        for subject, name in corpus.data.subject_objects(predicate)
        if subject in entities and isinstance(name, Literal)
    ]
    order = {triple: number for number, triple in enumerate(corpus.graph_of)}
    for subject, predicate, name in sorted(names, key=order.__getitem__):
        first = named.setdefault((str(name).casefold(), name.language), subject)
        if first != subject:
            yield Result(WARNING, "SharedName", subject, predicate, name, None, None)


def known_targets(corpus: Corpus) -> Iterator[Result]:
    """Find shapes whose target names a class or property of ours that the ontology lacks: they would check nothing."""
    known = {triple[0] for triple in corpus.graph("ontology")}
    shapes = corpus.graph("shapes")
    for predicate in (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf):
        for shape, target in shapes.subject_objects(predicate):
            if str(target).startswith(corpus.iris.base) and target not in known:
                yield Result(VIOLATION, "ShapeTarget", shape, predicate, target, None, None)
