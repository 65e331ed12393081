"""What is stored comes back equal, character by character, in every format, or is refused for what the format lacks."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import rdflib
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from kg.errors import QueryNotAcceptable
from kg.store import GRAPH_TYPES, Query
from kg.store.evaluation.evaluate import evaluate

EVERYTHING = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
RDF_XML = "application/rdf+xml"
NAME_AT_END = re.compile(r"[^\W\d·][\w.·-]*\Z")
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
RESULTS = "{http://www.w3.org/2005/sparql-results#}"
CONTROLS = "\r\n\t\x01\x0b\x85\u2028\ufffe\uffff\ufeff"
CHARACTERS = st.one_of(
    st.characters(exclude_categories=("Cs",)),
    st.sampled_from(CONTROLS + "\"'<&]\\{}=+,;"),
)
TEXTS = st.text(CHARACTERS, max_size=8)
IRI_ENDS = st.text(st.sampled_from("aZéжあ_09-.:/?&=@()~·"))
"""Ends of IRIs, of characters that each edition of XML 1.0 takes alike: expat still reads names by the fourth."""
IRIS = IRI_ENDS.map("http://example.org/".__add__)
LITERALS = st.one_of(
    TEXTS.map(Literal),
    st.builds(lambda text, tag: Literal(text, language=tag), TEXTS, st.sampled_from(["en", "de-at", "zh-hant"])),
    st.builds(lambda text, name: Literal(text, datatype=NamedNode(f"http://example.org/{name}")), TEXTS, st.just("t")),
)


def name(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError:
        assume(False)
        raise


@contextmanager
def refused_for(reason: bool) -> Iterator[None]:
    """The block may refuse only for the reason, and must where there is one."""
    try:
        yield
    except QueryNotAcceptable:
        assert reason, "refused without a reason"
    else:
        assert not reason, "written though the format cannot carry it"


def answer(triples: list[Triple], text: str, media_type: str) -> bytes:
    store = Store()
    store.extend(Quad(*triple, DefaultGraph()) for triple in triples)
    asked = Query(text, media_type, media_type, base_iri="https://attested.example/")
    return evaluate(store, asked, 1 << 20, 1000, network_denied=True).body


many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@many
@given(literal=LITERALS)
@pytest.mark.parametrize("media_type", GRAPH_TYPES)
def test_a_literal_comes_back_from_each_form_of_a_graph(media_type: str, literal: Literal) -> None:
    triple = Triple(NamedNode("http://example.org/s"), NamedNode("http://example.org/p"), literal)
    with refused_for(media_type == RDF_XML and bool(NO_XML.search(literal.value))):
        body = answer([triple], EVERYTHING, media_type)
        [read] = parse(body, format=RdfFormat.from_media_type(media_type))
        assert read.triple == triple
        if media_type == RDF_XML:
            [(_, _, other)] = rdflib.Graph().parse(data=body, format="xml")
            assert str(other) == literal.value


@many
@given(end=IRI_ENDS)
def test_rdf_xml_is_read_back_or_names_the_predicate_that_it_cannot_write(end: str) -> None:
    predicate = name(f"http://example.org/{end}")
    triple = Triple(NamedNode("http://example.org/s"), predicate, Literal("x"))
    is_name = bool(NAME_AT_END.search(predicate.value))
    with refused_for(not is_name):
        body = answer([triple], EVERYTHING, RDF_XML)
        assert [quad.triple for quad in parse(body, format=RdfFormat.RDF_XML)] == [triple]
        assert [str(each) for each in rdflib.Graph().parse(data=body, format="xml").predicates()] == [predicate.value]


@many
@given(end=IRI_ENDS, more=st.booleans())
def test_a_class_of_any_name_is_written_in_rdf_xml(end: str, more: bool) -> None:
    subject, cls = NamedNode("http://example.org/s"), name(f"http://example.org/{end}")
    triples = [Triple(subject, NamedNode(str(rdflib.RDF.type)), cls)]
    triples += [Triple(subject, NamedNode("http://example.org/p"), Literal("<a:>\r"))] * more
    body = answer(triples, EVERYTHING, RDF_XML)
    assert {quad.triple for quad in parse(body, format=RdfFormat.RDF_XML)} == set(triples)
    assert [str(each) for each in rdflib.Graph().parse(data=body, format="xml").objects(None, rdflib.RDF.type)] == [
        cls.value
    ]


@many
@given(literal=LITERALS)
def test_a_literal_comes_back_from_each_form_of_rows(literal: Literal) -> None:
    triple = Triple(NamedNode("http://example.org/s"), NamedNode("http://example.org/p"), literal)

    def rows(media_type: str) -> bytes:
        return answer([triple], "SELECT ?o { ?s ?p ?o }", media_type)

    [binding] = json.loads(rows("application/sparql-results+json"))["results"]["bindings"]
    assert (binding["o"]["value"], binding["o"].get("xml:lang")) == (literal.value, literal.language)
    head, *cells = csv.reader(io.StringIO(rows("text/csv").decode(), newline=""))
    assert (head, cells) == (["o"], [[literal.value]] if literal.value else [[]])
    [line] = rows("text/tab-separated-values").decode().removeprefix("?o\n").removesuffix("\n").split("\n")
    [read] = parse(f"<b:> <b:> {line} .", format=RdfFormat.TURTLE)
    assert read.object == literal
    with refused_for(bool(NO_XML.search(literal.value))):
        tree = ElementTree.fromstring(rows("application/sparql-results+xml"))  # noqa: S314
        found = tree.find(f".//{RESULTS}literal")
        assert found is not None
        assert (found.text or "") == literal.value


def test_a_class_without_a_local_name_is_written_as_a_type() -> None:
    subject, number = NamedNode("http://example.org/s"), NamedNode("http://example.org/7")
    triples = [
        Triple(subject, NamedNode(rdflib.RDF.type), number),
        Triple(BlankNode("b"), name(str(rdflib.RDF.type)), number),
    ]
    body = answer(triples, "PREFIX seven: <http://example.org/7>\n" + EVERYTHING, RDF_XML)
    read = rdflib.Graph().parse(data=body, format="xml")
    assert sorted(map(str, read.objects(None, rdflib.RDF.type))) == ["http://example.org/7"] * 2


@pytest.mark.parametrize("prefix", ["xml", "xmlns", "XMLish"])
def test_a_prefix_that_xml_keeps_for_itself_spoils_no_rdf_xml(prefix: str) -> None:
    triple = Triple(*map(NamedNode, ("http://example.org/s", "http://example.org/p", "http://example.org/o")))
    body = answer([triple], f"PREFIX {prefix}: <http://example.org/>\n" + EVERYTHING, RDF_XML)
    assert len(rdflib.Graph().parse(data=body, format="xml")) == 1


@pytest.mark.parametrize("term", ["li", "Description", "about", "RDF"])
def test_a_term_of_rdf_xml_itself_is_refused_as_a_predicate(term: str) -> None:
    triple = Triple(NamedNode("a:s"), NamedNode(str(rdflib.RDF) + term), NamedNode("a:o"))
    with pytest.raises(QueryNotAcceptable, match=f"predicate <{rdflib.RDF}{term}>"):
        answer([triple], EVERYTHING, RDF_XML)


def test_a_character_that_xml_lacks_is_named() -> None:
    triple = Triple(NamedNode("a:s"), NamedNode("a:p"), Literal("bell \x07"))
    with pytest.raises(QueryNotAcceptable, match=r"U\+0007"):
        answer([triple], "SELECT ?o { ?s ?p ?o }", "application/sparql-results+xml")
