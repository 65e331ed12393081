"""A graph that is sent is read in each encoding that its syntax allows, and refused with what to do in another."""

from __future__ import annotations

import codecs

import pytest
from pyoxigraph import Literal

from kg.errors import ContentError
from kg.store.stores.document import read_document
from kg.store.stores.writes import Document

BASE = "https://attested.example/"
LABEL = "Kyjiw – Київ"
TURTLE = f'<id/x> <http://www.w3.org/2000/01/rdf-schema#label> "{LABEL}" .'
NTRIPLES = f'<a:x> <http://www.w3.org/2000/01/rdf-schema#label> "{LABEL}" .'
JSONLD = f'{{"@id": "a:x", "http://www.w3.org/2000/01/rdf-schema#label": "{LABEL}"}}'
XML = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#">
<rdf:Description rdf:about="a:x"><rdfs:label>{}</rdfs:label></rdf:Description></rdf:RDF>"""
RDF_XML = "application/rdf+xml"


def read_label(media_type: str, body: bytes) -> str:
    [quad] = read_document(Document(media_type, body), BASE)
    assert isinstance(quad.object, Literal)
    return quad.object.value


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        ("text/turtle", TURTLE),
        ("application/trig", TURTLE),
        ("application/n-triples", NTRIPLES),
        ("application/n-quads", NTRIPLES),
        ("application/ld+json", JSONLD),
        (RDF_XML, XML.format(LABEL)),
    ],
)
def test_a_byte_order_mark_is_no_part_of_any_syntax(media_type: str, text: str) -> None:
    assert read_label(media_type, text.encode("utf-8-sig")) == LABEL


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("UTF-8", LABEL),
        ("UTF-16", LABEL),
        ("ISO-8859-1", "Zürich"),
        ("windows-1251", "Київ"),
        ("KOI8-U", "Київ"),
        ("ISO-8859-5", "Москва"),
    ],
)
def test_rdf_xml_is_read_in_the_encoding_that_it_declares(encoding: str, text: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding}" standalone=\'yes\'?>\n' + XML.format(text)
    assert read_label(RDF_XML, declared.encode(encoding)) == text


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_rdf_xml_in_utf_16_needs_no_declaration(mark: str) -> None:
    bom = codecs.BOM_UTF16_LE if mark == "utf-16-le" else codecs.BOM_UTF16_BE
    assert read_label(RDF_XML, bom + XML.format(LABEL).encode(mark)) == LABEL


@pytest.mark.parametrize(
    ("media_type", "body", "said"),
    [
        ("text/turtle", TURTLE.encode("utf-16"), "Save it as UTF-8"),
        ("application/ld+json", JSONLD.encode("utf-16"), "Save it as UTF-8"),
        ("text/turtle", TURTLE.encode("koi8-u", "replace"), "not text/turtle"),
        (RDF_XML, b'<?xml version="1.0" encoding="punycode"?>' + XML.encode(), "punycode is not read"),
        (RDF_XML, b'<?xml version="1.0" encoding="x-nobody"?>' + XML.encode(), "Send the content in UTF-8"),
        (RDF_XML, b'<?xml version="1.0" encoding="us-ascii"?>' + XML.format("Zürich").encode(), "not us-ascii at byte"),
        (RDF_XML, codecs.BOM_UTF16_LE + b"<", "not utf-16 at byte"),
        (
            "application/ld+json",
            b'{"@context": "https://schema.org", "@id": "a:x", "name": "x"}',
            "write the context itself",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(media_type: str, body: bytes, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        read_document(Document(media_type, body), BASE)
