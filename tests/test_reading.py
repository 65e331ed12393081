"""A reading says what the triples say, in plain English and German, and never looks at the statement's label."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pyoxigraph import QueryTriples, RdfFormat, Store
from rdflib import Graph, URIRef
from rdflib.namespace import RDFS

from kg.corpus.rdf.graph_view import GraphView
from kg.errors import DataError
from kg.reading import Text, TripleView, closure_query, read_statement
from kg.reading.grammar import Forms, Group, english, fill, german, listed, number, read_forms
from kg.terms import Iris

BASE = "https://attested.example/"
SAMPLE = Path(__file__).parent / "data" / "reading" / "sample.ttl"

READINGS = tomllib.loads(SAMPLE.with_name("readings.toml").read_text("utf-8"))
ENGLISH, GERMAN = ({name: both[language] for name, both in READINGS.items()} for language in ("en", "de"))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph().parse(SAMPLE, format="turtle", publicID=BASE)


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store()
    store.load(SAMPLE.read_bytes(), RdfFormat.TURTLE, base_iri=BASE)
    return store


def iri(name: str) -> str:
    return f"{BASE}article/harbours/statement/{name}"


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [("en", name, text) for name, text in ENGLISH.items()] + [("de", name, text) for name, text in GERMAN.items()],
)
def test_a_statement_reads_as_its_triples_say(graph: Graph, language: str, name: str, expected: str) -> None:
    assert str(read_statement(GraphView(graph, Iris(BASE)), iri(name), language)) == expected


def test_the_sample_has_an_expected_reading_for_nearly_every_statement(graph: Graph) -> None:
    statements = {str(s).rsplit("/", 1)[-1] for s in graph.subjects() if "/statement/" in s and "#" not in s}
    assert statements - set(ENGLISH) == {"004-3"}  # read within 004-1 and 004-4


def test_no_reading_changes_when_the_labels_of_statements_do(graph: Graph) -> None:
    bare = Graph()
    for triple in graph:
        if not (triple[1] == RDFS.label and "/statement/" in str(triple[0])):
            bare.add(triple)
    assert len(bare) < len(graph)
    assert str(read_statement(GraphView(bare, Iris(BASE)), iri("001-1"), "en")) == ENGLISH["001-1"]


@pytest.mark.parametrize("name", ENGLISH)
def test_the_closure_of_a_statement_holds_all_that_its_reading_needs(store: Store, graph: Graph, name: str) -> None:
    triples = store.query(closure_query(BASE, f"<{iri(name)}>"))
    assert isinstance(triples, QueryTriples)
    closure = Graph().parse(triples.serialize(format=RdfFormat.N_TRIPLES), format="nt")
    assert 0 < len(closure) < len(graph)
    assert str(read_statement(GraphView(closure, Iris(BASE)), iri(name), "de")) == GERMAN[name]


def test_a_view_over_plain_triples_reads_like_one_over_a_graph(graph: Graph) -> None:
    triples = [
        (str(s), str(p), str(o) if isinstance(o, URIRef) else Text(str(o), getattr(o, "language", None)))
        for s, p, o in graph
    ]
    assert str(read_statement(TripleView(triples, Iris(BASE)), iri("002-2"), "en")) == ENGLISH["002-2"]


def test_statements_that_lead_to_each_other_are_read_once_each(graph: Graph) -> None:
    circle = Graph() + graph
    att = BASE + "ns#"
    circle.remove((URIRef(iri("002-3")), URIRef(att + "object"), None))
    circle.add((URIRef(iri("002-3")), URIRef(att + "object"), URIRef(iri("002-2"))))
    reading = read_statement(GraphView(circle, Iris(BASE)), iri("002-2"), "en")
    assert "demand [Velmara does not close […]]" in reading.sentence


def test_a_thing_that_is_no_statement_is_refused(graph: Graph) -> None:
    with pytest.raises(DataError, match="is no statement"):
        read_statement(GraphView(graph, Iris(BASE)), BASE + "id/velmara", "en")


def test_a_note_names_another_statement_by_its_number_and_cuts_its_reading(graph: Graph) -> None:
    longer = Graph() + graph
    longer.add((URIRef(iri("001-1")), URIRef(BASE + "ns#supports"), URIRef(iri("009-3"))))
    notes = read_statement(GraphView(longer, Iris(BASE)), iri("001-1"), "en").notes
    whole = str(read_statement(GraphView(graph, Iris(BASE)), iri("009-3"), "en").sentence)
    note = next(note for note in notes if note.startswith("Reason for: 009-3 ("))
    shown = note.removeprefix("Reason for: 009-3 (").removesuffix(" …)")
    assert whole.startswith("[" + shown) or whole.startswith(shown)
    assert 80 < len(shown) <= 110 < len(whole)


@pytest.mark.parametrize(
    ("group", "plural", "expected"),
    [
        (Group(), False, "rejects"),
        (Group(), True, "reject"),
        (Group(negated=True), False, "does not reject"),
        (Group(negated=True), True, "do not reject"),
        (Group(outer=["often"], inner=["only"], negated=True), False, "often does not only reject"),
        (Group(inner=["not only"]), False, "does not only reject"),
        (Group(within=[Forms("begin to", "begins to", "begin to")], negated=True), False, "does not begin to reject"),
        (
            Group(auxiliaries=[Forms("may", "may", "may")], within=[Forms("begin to", "begins to", "begin to")]),
            True,
            "may begin to reject",
        ),
        (Group(auxiliaries=[Forms("may", "may", "may")], negated=True), False, "may not reject"),
        (
            Group(auxiliaries=[Forms("be likely to", "is likely to", "are likely to")], negated=True),
            True,
            "are likely not to reject",
        ),
    ],
)
def test_english_verbs(group: Group, plural: bool, expected: str) -> None:
    assert english(Forms("reject", "rejects", "reject"), group, plural) == (expected, "")


def test_be_takes_not_and_adverbs_after_it() -> None:
    forms = Forms("be meant for", "is meant for", "are meant for")
    assert english(forms, Group(outer=["still"], negated=True), False) == ("is still not meant for", "")


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (Group(), ("lehnt", "ab")),
        (Group(outer=["oft"], negated=True), ("lehnt oft nicht", "ab")),
        (Group(auxiliaries=[Forms("müssen", "muss", "müssen")], negated=True), ("muss nicht", "ablehnen")),
        (
            Group(auxiliaries=[Forms("können", "kann", "können"), Forms("müssen", "muss", "müssen")]),
            ("kann", "ablehnen müssen"),
        ),
    ],
)
def test_german_verbs(group: Group, expected: tuple[str, str]) -> None:
    assert german(Forms("ablehnen", "lehnt ab", "lehnen ab"), group, False) == expected


def test_a_reflexive_pronoun_follows_the_finite_verb() -> None:
    forms = Forms("sich befassen mit", "befasst sich mit", "befassen sich mit")
    assert german(forms, Group(negated=True), False) == ("befasst sich nicht", "mit")
    can = Group(auxiliaries=[Forms("können", "kann", "können")], negated=True)
    assert german(forms, can, True) == ("können sich nicht", "befassen mit")


def test_a_slot_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(DataError, match=r"\{objekt\}. There is \{subject\}"):
        fill("{subject} {objekt}", {"subject": "x"}, {})


def test_what_stands_in_brackets_goes_with_its_empty_slot_and_brackets_of_a_value_stay() -> None:
    slots = {"subject": "a [b]", "object": ""}
    assert fill("{subject} sees[ with {object}]", slots, {}) == "a [b] sees"
    assert fill("{subject} sees {object}", slots, {"object": "something"}) == "a [b] sees something"


def test_forms_that_are_not_three_are_refused() -> None:
    with pytest.raises(DataError, match="not three forms"):
        read_forms("reject, rejects")


def test_lists_and_numbers() -> None:
    assert [listed(list("abc"[:n]), "and") for n in (0, 1, 2, 3)] == ["", "a", "a and b", "a, b and c"]
    assert [number(n, ".", ",") for n in ("66000000000", "-1234.5", "many")] == ["66.000.000.000", "-1.234,5", "many"]
