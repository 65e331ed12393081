"""Properties that may be given directly, by kind of thing. All else is a claim: a statement with a claimant.

For terms of the ontology they follow from ``schema:domainIncludes``; those of other vocabularies are listed here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rdflib import RDF, BNode, Literal, URIRef
from rdflib.namespace import OWL
from rdflib.term import Node

from kg.corpus.checks.classes import superclasses
from kg.corpus.rdf.graphs import APART
from kg.corpus.rdf.triples import Triple
from kg.corpus.report import VIOLATION, Result
from kg.corpus.sources.load import Corpus
from kg.terms import PREFIXES

TYPE = RDF.type  # looked up once: rdflib makes it anew each time


def _iri(name: str) -> URIRef:
    prefix, _, local = name.partition(":")
    return URIRef(PREFIXES[prefix] + local)


WORDS = frozenset(
    map(
        _iri,
        "rdfs:label rdfs:comment skos:altLabel skos:prefLabel skos:definition skos:scopeNote skos:editorialNote"
        " dcterms:created dcterms:modified dcterms:language".split(),
    )
)
"""Properties of anything, whose values are always literals."""

SELECTOR = _iri("oa:TextPositionSelector")
CONCEPTS = frozenset({_iri("skos:Concept"), _iri("skos:ConceptScheme")})
SAME_AS = _iri("schema:sameAs")

AKIN = frozenset({_iri("skos:broader"), _iri("skos:related")})
"""Properties between things of one kind: within a thesaurus or a code list."""
ELSEWHERE = frozenset(map(_iri, ("schema:sameAs", "skos:exactMatch", "skos:closeMatch", "schema:url")))
"""Properties that lead out of our own data."""
REFERENCE = tuple(_iri(f"schema:{name}") for name in ("headline", "author", "publisher", "datePublished", "url"))
"""What an article gives of itself, or is said not to give."""
ALSO_GIVEN = tuple(_iri(f"schema:{name}") for name in ("dateModified", "license"))
"""Optional properties of an article itself."""

FOREIGN = {
    "Article": frozenset((*REFERENCE, *ALSO_GIVEN)),
    "Entity": frozenset({SAME_AS}),
    "Passage": frozenset({_iri("oa:hasSource"), _iri("oa:hasSelector")}),
    "FormerRecord": frozenset({_iri("dcterms:isReplacedBy")}),
    "Encoding": frozenset(map(_iri, ("prov:used", "prov:wasAssociatedWith", "prov:startedAtTime", "prov:endedAtTime"))),
}
"""Class of ours → properties of other vocabularies that its instances may have, too."""
THESAURUS = AKIN | frozenset(
    map(
        _iri,
        "skos:inScheme skos:topConceptOf skos:exactMatch skos:closeMatch skos:notation rdfs:seeAlso".split(),
    )
)
"""Properties that concepts may have: codes, issues, and the entities that are concepts."""


def bare_triples(corpus: Corpus) -> Iterator[Result]:
    """Find triples of the data that state outright what only a statement may, or whose property is misspelt."""
    rules = _Rules(corpus)
    left_out = {URIRef(corpus.iris.graph(name)) for name in (*APART, "ontology")}
    for name, graph in corpus.graphs.items():
        for subject, predicate, value in graph if name not in left_out else ():
            if not rules.admit((subject, predicate, value)):
                yield Result(VIOLATION, "BareTriple", subject, predicate, value, None, None)


class _Rules:
    """What the classes of the things in a corpus admit."""

    def __init__(self, corpus: Corpus) -> None:
        self._base = corpus.iris.base
        ontology = corpus.graph("ontology")
        self._classes = set(ontology.subjects(TYPE, OWL.Class))
        self._above = superclasses(corpus)
        self._properties = {
            *ontology.subjects(TYPE, OWL.ObjectProperty),
            *ontology.subjects(TYPE, OWL.DatatypeProperty),
        }
        self._state, self._organisation, self._acts_for, self._not_given = (
            URIRef(corpus.iris.term(name)) for name in ("State", "Organisation", "actsFor", "notGiven")
        )
        self._borne: dict[Node, set[Node]] = defaultdict(set)
        for term, cls in ontology.subject_objects(_iri("schema:domainIncludes")):
            self._borne[cls].add(term)
            self._borne[cls].discard(URIRef(corpus.iris.term("about")))  # only the build states it
        for name, terms in FOREIGN.items():
            self._borne[URIRef(corpus.iris.term(name))] |= terms
        self._borne[_iri("skos:Concept")] |= THESAURUS
        top = URIRef(corpus.iris.term("Entity"))
        self._concepts = {cls for cls, above in self._above.items() if {top, _iri("skos:Concept")} <= above}
        self._borne[SELECTOR] |= {_iri("oa:start"), _iri("oa:end")}
        self._types: dict[Node, set[Node]] = defaultdict(set)
        for subject, predicate, value in corpus.graph_of:
            if predicate == TYPE:
                self._types[subject].add(value)
        self._admitted: dict[frozenset[Node], set[Node]] = {}

    def admit(self, triple: Triple) -> bool:
        """Return whether a triple may be stated outright, or is for another check to report."""
        subject, predicate, value = triple
        types = self._types.get(subject, set())
        if predicate == TYPE:
            return value in self._classes or value in CONCEPTS or value == SELECTOR or str(value).startswith(self._base)
        if not isinstance(subject, BNode) and (not str(subject).startswith(self._base) or not self._known(types)):
            return True  # OwnSubject, TypedSubject, DeclaredTerm, or its class is bare already
        if str(predicate).startswith(self._base) and predicate not in self._properties:
            return True  # DeclaredTerm
        if predicate in WORDS:
            return isinstance(value, Literal)
        return predicate in self._terms(frozenset(types)) and self._fits(types, predicate, value)

    def _known(self, types: set[Node]) -> bool:
        return bool(types) and all(t in self._classes or t in CONCEPTS or t == SELECTOR or t in _META for t in types)

    def _terms(self, types: frozenset[Node]) -> set[Node]:
        """Return the properties that things of these classes, or of their superclasses, may have."""
        if types not in self._admitted:
            kinds = {cls for own in types for cls in (own, *self._above.get(URIRef(str(own)), ()))} or {SELECTOR}
            self._admitted[types] = {term for cls in kinds for term in self._borne.get(cls, ())}
        return self._admitted[types]

    def _fits(self, types: set[Node], predicate: Node, value: Node) -> bool:
        others = self._types.get(value, set())
        if predicate in ELSEWHERE:
            return isinstance(value, URIRef) and not value.startswith(self._base)
        if predicate in AKIN:
            are_akin = bool(types & others) or bool(types & self._concepts and others & self._concepts)
            return not others or are_akin  # of no class: KnownThing
        if predicate == self._acts_for:
            return not others or bool(others & {self._state, self._organisation})
        if predicate == self._not_given:
            return value in (*REFERENCE, *ALSO_GIVEN)
        return True


_META = frozenset({OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.Ontology})
"""Classes that the ontology describes and the data add nothing to."""
