"""The ontology: small, used, and true to its shapes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, BNode, Graph, URIRef
from rdflib.namespace import OWL, SH, SKOS

from helpers.serving import HOME
from kg.corpus.sources.load import Corpus, load_corpus
from kg.corpus.sources.sources import ONTOLOGY_FILES
from kg.settings import Settings

DERIVED = {"about"}
UNPUBLISHED = {"draft"}
"""What is in no data that conform."""
"""Terms that only the build states."""
VOCABULARY = {"topConceptOf", "broader", "related", "inScheme", "exactMatch", "closeMatch"}
SAMPLE = HOME / "tests" / "data" / "valid" / "articles" / "sample"
PREFIX = re.compile(r"@prefix (\w+): <([^>]*)> \.")


@pytest.fixture(scope="module")
def corpus(settings: Settings) -> Corpus:
    return load_corpus(settings)


@pytest.fixture(scope="module")
def sample_corpus(sample_home: Path) -> Corpus:
    return load_corpus(Settings(home=sample_home))


def terms(corpus: Corpus, *kinds: URIRef) -> list[URIRef]:
    found = [term for kind in kinds for term in corpus.graph("ontology").subjects(RDF.type, kind)]
    return sorted(URIRef(str(term)) for term in found)


def properties(corpus: Corpus) -> list[URIRef]:
    return terms(corpus, OWL.ObjectProperty, OWL.DatatypeProperty)


def test_the_ontology_is_small(corpus: Corpus) -> None:
    assert 30 <= len(terms(corpus, OWL.Class)) <= 38
    assert 60 <= len(properties(corpus)) <= 95


def test_every_term_is_named_and_defined_in_english_and_german(corpus: Corpus) -> None:
    ontology = corpus.graph("ontology")
    for term in terms(corpus, OWL.Class) + properties(corpus):
        for name in (RDFS.label, SKOS.definition):
            assert {value.language for value in ontology.objects(term, name)} == {"en", "de"}, term


def test_no_two_classes_and_no_two_properties_bear_one_name(corpus: Corpus) -> None:
    ontology = corpus.graph("ontology")
    for group in (terms(corpus, OWL.Class), properties(corpus)):
        names = [label for term in group for label in ontology.objects(term, RDFS.label)]
        assert sorted(names) == sorted(set(names))


def test_the_example_of_every_term_is_turtle_that_the_sample_states(sample_corpus: Corpus) -> None:
    """Its prefixes are those of the sample's files; what the build derives is in no file."""
    heads = {
        f"@prefix {p}: <{iri}> ." for path in SAMPLE.glob("*.ttl") for p, iri in PREFIX.findall(path.read_text("utf-8"))
    }
    for term, example in sample_corpus.graph("ontology").subject_objects(SKOS.example):
        name = str(term).removeprefix(sample_corpus.iris.term(""))
        text = "\n".join(sorted(heads)) + "\n" + str(example)
        triples = list(Graph().parse(data=text, format="turtle", publicID=sample_corpus.iris.base))
        assert triples, name
        if name not in DERIVED | UNPUBLISHED:
            assert [t for t in triples if t not in sample_corpus.data] == [], name


def test_the_sample_uses_every_term_but_those_of_the_build(sample_corpus: Corpus) -> None:
    data, ontology = sample_corpus.data, sample_corpus.graph("ontology")
    used = set(data.objects(None, RDF.type))
    for cls in terms(sample_corpus, OWL.Class):
        assert set(ontology.transitive_subjects(RDFS.subClassOf, cls)) & used, cls
    predicates = set(data.predicates())
    unused = [str(term).partition("#")[2] for term in properties(sample_corpus) if term not in predicates]
    assert set(unused) == DERIVED | UNPUBLISHED


def test_the_sample_uses_no_code_that_the_lists_lack(sample_corpus: Corpus) -> None:
    codes = set(sample_corpus.graph("codes").subjects(RDF.type))
    for graph in sample_corpus.graphs.values():
        if "/article/" in str(graph.identifier):
            used = {value for value in graph.objects() if str(value).startswith(sample_corpus.iris.code(""))}
            assert used - codes == set()


def test_every_object_property_leads_to_something_known(corpus: Corpus) -> None:
    """The shapes between them ask of every object property of ours that its object exists."""
    shapes = corpus.graph("shapes")
    asked = set(shapes.objects(None, SH.targetObjectsOf))
    for shape in {*shapes.subjects(SH["class"]), *shapes.subjects(SH.node)}:
        path = shapes.value(shape, SH.path)
        alternatives = shapes.value(path, SH.alternativePath) if isinstance(path, BNode) else None
        asked |= set(shapes.items(alternatives)) if alternatives else {path}
    missing = {str(term).partition("#")[2] for term in terms(corpus, OWL.ObjectProperty) if term not in asked}
    assert missing == {"about", "asksFor", "infers", "notGiven"}, "these lead to properties, or are derived"


def test_every_list_of_codes_that_a_shape_names_has_codes(corpus: Corpus) -> None:
    shapes, codes = corpus.graph("shapes"), corpus.graph("codes")
    named = {scheme for scheme in shapes.objects(None, SH.hasValue) if str(scheme).startswith(corpus.iris.code(""))}
    schemes = set(codes.subjects(RDF.type, SKOS.ConceptScheme))
    lists = {scheme for scheme in named if scheme in schemes}
    assert len(lists) >= 18
    for scheme in lists:
        assert len(set(codes.subjects(SKOS.inScheme, scheme))) > 1, scheme


def test_no_shape_lists_codes(corpus: Corpus) -> None:
    """A new code must need no change of a shape: those that name one ask for what that code alone means."""
    shapes = corpus.graph("shapes")
    listed = {code for listing in shapes.objects(None, SH["in"]) for code in shapes.items(listing)}
    assert {str(code).rsplit("/", 1)[1] for code in listed} <= {"scheduled", "supposed", "ns"}


def test_every_relation_is_used(corpus: Corpus) -> None:
    data = corpus.data
    used = set(data.objects(None, URIRef(corpus.iris.term("relation"))))
    used |= {above for code in used for above in data.transitive_objects(code, SKOS.broader)}
    assert [code for code in data.subjects(RDF.type, URIRef(corpus.iris.term("Relation"))) if code not in used] == []


def test_every_record_is_used(corpus: Corpus) -> None:
    """An authority record that nothing points to is a leftover; the editors are pointed to by what they made."""
    used = {value for graph in corpus.graphs.values() for value in graph.objects()}
    assert [str(record) for record in set(corpus.graph("authority").subjects()) if record not in used] == []


def test_the_ontology_names_no_term_that_it_does_not_declare() -> None:
    files = [HOME / "ontology" / name for name, graph in ONTOLOGY_FILES.items() if graph == "ontology"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    declared = set(re.findall(r"^att:(\w+) a owl:", text, re.MULTILINE))
    assert set(re.findall(r"\batt:(\w+)", text)) == declared


def test_no_mapping_of_concepts_makes_a_concept_of_a_term(corpus: Corpus) -> None:
    """SKOS entails that what is mapped, broader or related is a concept; classes and properties are none."""
    ontology = corpus.graph("ontology")
    assert not {str(p).rsplit("#", 1)[-1] for p in ontology.predicates()} & VOCABULARY
