"""Checks that SHACL shapes cannot make, or only slowly.

Each has a name, a severity and a message in ``ontology/check-shapes.ttl``, like any shape. What a check reads decides
which list below it is in, since only some nodes are validated after a change, in a corpus that holds what is around
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.namespace import OWL, SH, SKOS

from kg.corpus.checks.articles import described_articles, own_folder, passage_order, references, section_headings
from kg.corpus.checks.bare import bare_triples
from kg.corpus.checks.figures import printed_values
from kg.corpus.checks.label_check import labels_that_say_more, labels_without_negation
from kg.corpus.checks.labels import concepts, missing_languages, shared_names
from kg.corpus.checks.statements import (
    check_statements,
    drafts,
    former_records,
    observation_bounds,
    row_cells,
    single_kinds,
)
from kg.corpus.checks.word_order import relations_way_round
from kg.corpus.checks.wording import check_words, unusable_phrases
from kg.corpus.report import VIOLATION, Result
from kg.corpus.sources.load import Corpus

TYPE = RDF.type  # looked up once: rdflib makes it anew each time
RECORDS = ("authority", "codes", "article")
"""How the names of graphs start that hold records."""


def check_dataset(corpus: Corpus) -> list[Result]:
    """Return the findings of all checks on a corpus that holds everything, in no order."""
    return [result for check in (*BY_NODE, *BY_GRAPH, *WHOLE) for result in check(corpus)]


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


def served_subjects(corpus: Corpus) -> Iterator[Result]:
    """Find records of articles and of what they share whose IRI has no address of its own."""
    for name, graph in corpus.graphs.items():
        if name.removeprefix(corpus.iris.graph("")).partition("/")[0] in RECORDS:
            for subject in set(graph.subjects(TYPE)):
                known = isinstance(subject, URIRef) and subject.startswith(corpus.iris.base)  # else OwnSubject
                if known and not corpus.iris.is_record(str(subject)):
                    yield Result(VIOLATION, "ServedSubject", subject, None, None, None, None)


def typed_subjects(corpus: Corpus) -> Iterator[Result]:
    """Find things that are described but not said to be of any class."""
    subjects = {triple[0] for triple in corpus.graph_of}
    typed = {subject for graph in corpus.graphs.values() for subject in graph.subjects(TYPE)}
    for subject in subjects - typed:
        if isinstance(subject, URIRef) and subject.startswith(corpus.iris.base):
            yield Result(VIOLATION, "TypedSubject", subject, None, None, None, None)


def known_targets(corpus: Corpus) -> Iterator[Result]:
    """Find shapes whose target names a class or property of ours that the ontology lacks: they would check nothing."""
    known = {triple[0] for triple in corpus.graph("ontology")}
    shapes = corpus.graph("shapes")
    for predicate in (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf):
        for shape, target in shapes.subject_objects(predicate):
            if str(target).startswith(corpus.iris.base) and target not in known:
                yield Result(VIOLATION, "ShapeTarget", shape, predicate, target, None, None)


def idle_examples(corpus: Corpus) -> Iterator[Result]:
    """Find examples of terms that are no line of Turtle with the term, or a subclass of it."""
    ontology = corpus.graph("ontology")
    for term, example in ontology.subject_objects(SKOS.example):
        below = {term, *ontology.transitive_subjects(RDFS.subClassOf, term)}
        names = "|".join(re.escape(str(one).removeprefix(corpus.iris.term(""))) for one in below)
        if isinstance(example, Literal) and not re.search(rf"\batt:({names})\b.* \.$", str(example)):
            yield Result(VIOLATION, "ExampleUses", term, SKOS.example, example, None, None)


Check = Callable[[Corpus], Iterable[Result]]

BY_NODE: tuple[Check, ...] = (
    declared_terms,
    own_subjects,
    served_subjects,
    typed_subjects,
    missing_languages,
    concepts,
    unusable_phrases,
    bare_triples,
    own_folder,
    section_headings,
    references,
    row_cells,
    check_statements,
    drafts,
    former_records,
    single_kinds,
    printed_values,
    observation_bounds,
    check_words,
    labels_that_say_more,
    labels_without_negation,
    relations_way_round,
)
"""Checks that validate a node by its triples, and by what kg.corpus.validation.around lists of the nodes around it."""

BY_GRAPH: tuple[Check, ...] = (described_articles, passage_order)
"""Checks that validate an article by the whole of its graph: by the numbers of its passages, and by its own class."""

WHOLE: tuple[Check, ...] = (shared_names, known_targets, idle_examples)
"""Checks that need everything; kg.corpus.validation.validate has a way of its own for each."""
