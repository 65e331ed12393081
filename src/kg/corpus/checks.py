"""Checks that SHACL shapes cannot make, or only slowly.

Each has a name, a severity and a message in ``ontology/shapes.ttl``, like any shape. What a check reads decides where
it stands below, since only some nodes are judged after a change, in a corpus that holds what is around them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.namespace import OWL, SH, SKOS
from rdflib.term import Node

from kg.corpus.articles import described_articles, own_folder, passage_order, section_headings
from kg.corpus.bare import bare_triples
from kg.corpus.classes import superclasses
from kg.corpus.figures import printed_values
from kg.corpus.load import Corpus
from kg.corpus.report import VIOLATION, WARNING, Result

TYPE = RDF.type  # looked up once: rdflib makes it anew each time


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
    entities = {subject for kind in kinds for subject in corpus.data.subjects(TYPE, kind)}
    names = [
        (subject, predicate, name)
        for predicate in (RDFS.label, SKOS.altLabel)
        for subject, name in corpus.data.subject_objects(predicate)
        if subject in entities and isinstance(name, Literal)
    ]
    records = corpus.graph("authority")
    yield from repeated_names((name not in records, *name) for name in names)


def repeated_names(names: Iterable[tuple[bool, Node, Node, Literal]]) -> Iterator[Result]:
    """Find names that another entity bears; told of each are whether it is no record, the entity, property and name.

    Of two that share a name the one reported is that which is no record, or comes later in the order of IRIs.
    """
    named: dict[tuple[str, str | None], Node] = {}
    for _, subject, predicate, name in sorted(names):
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


Check = Callable[[Corpus], Iterable[Result]]

BY_NODE: tuple[Check, ...] = (
    declared_terms,
    own_subjects,
    typed_subjects,
    row_cells,
    plain_statements,
    bare_triples,
    own_folder,
    section_headings,
    printed_values,
)
"""Checks that judge a node by what is said of it, and by what READ names of the nodes around it."""

BY_GRAPH: tuple[Check, ...] = (described_articles, passage_order)
"""Checks that judge an article by the whole of its graph."""

READ_BY_GRAPH = (TYPE, "number")
"""Properties that the checks by graph read."""

WHOLE: tuple[Check, ...] = (shared_names, known_targets)
"""Checks that need everything; kg.corpus.validate has a way of its own for each."""

READ = (("evidence", "kind"), ("section", "kind"), ("section", TYPE), ("actsFor", TYPE))
"""What the checks by node read beyond what is said of the node itself: properties, followed one after the other."""
