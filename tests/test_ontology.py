"""The ontology: small, used, and true to its shapes."""

from __future__ import annotations

import re

import pytest
from rdflib import RDF, RDFS, URIRef
from rdflib.namespace import OWL, SH, SKOS

from kg.corpus.load import Corpus, load_corpus
from kg.settings import Settings
from serving import HOME

CODES = {
    "StatementModality": "modality",
    "FigureUnit": "unit",
    "FigureBound": "bound",
    "PassageKind": "passage-kind",
    "PeriodPrecision": "precision",
    "EventStatus": "status",
}
"""Shapes that admit the codes of one list."""


@pytest.fixture(scope="module")
def corpus(settings: Settings) -> Corpus:
    return load_corpus(settings)


def terms(corpus: Corpus, kind: URIRef) -> list[URIRef]:
    return [URIRef(str(term)) for term in corpus.graph("ontology").subjects(RDF.type, kind)]


def test_the_ontology_is_small(corpus: Corpus) -> None:
    assert 20 <= len(terms(corpus, OWL.Class)) <= 32
    assert 30 <= len(terms(corpus, OWL.ObjectProperty) + terms(corpus, OWL.DatatypeProperty)) <= 48


def test_the_example_of_every_term_uses_it(corpus: Corpus) -> None:
    """A class's example is an instance, a property's bears it; instances of a class below count for the class above."""
    ontology, data = corpus.graph("ontology"), corpus.data
    for cls in terms(corpus, OWL.Class):
        kinds = set(ontology.transitive_subjects(RDFS.subClassOf, cls))
        for example in ontology.objects(cls, SKOS.example):
            assert set(data.objects(example, RDF.type)) & kinds, f"{example} is no {cls}"
    for term in terms(corpus, OWL.ObjectProperty) + terms(corpus, OWL.DatatypeProperty):
        for example in ontology.objects(term, SKOS.example):
            assert list(data.objects(example, term)), f"{example} does not bear {term}"


def test_the_article_uses_every_term(corpus: Corpus) -> None:
    data = corpus.data
    above = {c: set(corpus.graph("ontology").transitive_subjects(RDFS.subClassOf, c)) for c in terms(corpus, OWL.Class)}
    used = set(data.objects(None, RDF.type))
    assert [cls for cls, below in above.items() if not below & used] == []
    predicates = set(data.predicates())
    properties = terms(corpus, OWL.ObjectProperty) + terms(corpus, OWL.DatatypeProperty)
    assert [term for term in properties if term not in predicates] == []


def test_every_object_property_leads_to_something_known(corpus: Corpus) -> None:
    """The shapes between them ask of every object property of ours that its object exists."""
    shapes = corpus.graph("shapes")
    asked = set(shapes.objects(None, SH.targetObjectsOf))
    asked |= {shapes.value(shape, SH.path) for shape in shapes.subjects(SH["class"], None)}
    asked |= {shapes.value(shape, SH.path) for shape in shapes.subjects(SH["in"], None)}
    missing = [term for term in terms(corpus, OWL.ObjectProperty) if term not in asked]
    assert missing == []


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_shape_admits_exactly_the_codes_of_its_list(corpus: Corpus, name: str) -> None:
    shapes = corpus.graph("shapes")
    shape = URIRef(corpus.iris.shape(name))
    admitted = set(shapes.items(shapes.value(shape, SH["in"])))
    members = set(corpus.graph("codes").subjects(SKOS.inScheme, URIRef(corpus.iris.code(CODES[name]))))
    assert admitted == members


def test_every_relation_is_used(corpus: Corpus) -> None:
    data = corpus.data
    used = set(data.objects(None, URIRef(corpus.iris.term("relation"))))
    assert [code for code in data.subjects(RDF.type, URIRef(corpus.iris.term("Relation"))) if code not in used] == []


def test_every_record_is_used(corpus: Corpus) -> None:
    """An authority record that nothing points to is a leftover; the editors are pointed to by what they made."""
    used = {value for graph in corpus.graphs.values() for value in graph.objects()}
    assert [str(record) for record in set(corpus.graph("authority").subjects()) if record not in used] == []


def test_the_ontology_names_no_term_that_it_does_not_declare() -> None:
    text = (HOME / "ontology" / "kg.ttl").read_text(encoding="utf-8")
    declared = set(re.findall(r"^att:(\w+) a owl:", text, re.MULTILINE))
    named = set(re.findall(r"\batt:(\w+)", text))
    assert named == declared
