"""XML that every XML parser reads back as what was stored (XML 1.0 §2.2, §2.11; RDF 1.1 XML Syntax §2.13).

The engine writes SPARQL Results XML and RDF/XML without asking whether XML can carry it: characters that XML lacks,
carriage returns that a parser turns into line feeds, and names of elements that are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pyoxigraph import Quad, Triple

from kg.errors import QueryNotAcceptable

RDF_XML = "application/rdf+xml"
XML_TYPES = (RDF_XML, "application/sparql-results+xml")

_NAME_START = "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
_NAME_START += "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_LOCAL_NAME = re.compile(rf"[{_NAME_START}][{_NAME_START}.\-0-9\xb7\u0300-\u036f\u203f-\u2040]*\Z")
"""The end of an IRI that can name an element: an NCName (Namespaces in XML 1.0 §3)."""
_SYNTAX = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SYNTAX_TERMS = "RDF ID about parseType resource nodeID datatype bagID aboutEach aboutEachPrefix li Description"
_RESERVED = frozenset(_SYNTAX + name for name in _SYNTAX_TERMS.split())
"""Terms of RDF/XML itself, which no property may have for a name (RDF 1.1 XML Syntax §5.1)."""
_XMLNS = "http://www.w3.org/2000/xmlns/"
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
"""Characters that XML 1.0 cannot hold, not even escaped (§2.2), in UTF-8."""
_NAMELESS = re.compile(rb'<(?P<prefix>[^<>\s/?!:]*):(?: xmlns:(?P=prefix)="(?P<iri>[^"]*)")?(?P<rest>[ >][^<]*)')
"""The start tag of a resource whose class has no local name: the engine writes a prefix and a colon."""
_NAMELESS_END = re.compile(rb"</[^<>\s/?!:]*:>")


def nameable(triples: Iterable[Triple | Quad]) -> Iterator[Triple | Quad]:
    """Yield the triples; raises QueryNotAcceptable for a predicate that RDF/XML has no name for."""
    for triple in triples:
        if not _names_element(triple.predicate.value):
            raise QueryNotAcceptable(
                f"RDF/XML cannot write the predicate <{triple.predicate.value}>: it ends in no XML name (a letter or _,"
                " then letters, digits, - . _), or in one that XML keeps for itself. Ask for Turtle, N-Triples or"
                " JSON-LD."
            )
        yield triple


def usable(prefixes: dict[str, str]) -> dict[str, str]:
    """Return the prefixes but those that XML keeps for itself (Namespaces in XML 1.0 §3)."""
    return {name: iri for name, iri in prefixes.items() if not name.casefold().startswith("xml")}


def well_formed(body: bytes, media_type: str, prefixes: dict[str, str] | None = None) -> bytes:
    """Return an answer of the engine as XML that keeps each character; another type as it is.

    ``prefixes`` are those that the engine was given to write RDF/XML with. Raises QueryNotAcceptable, with the
    character, where XML lacks it.
    """
    if media_type not in XML_TYPES:
        return body
    if found := _NOT_XML.search(body):
        code = ord(found[0].decode())
        raise QueryNotAcceptable(
            f"The answer holds the character U+{code:04X}, which XML 1.0 cannot carry. Ask for another format."
        )
    body = body.replace(b"\r", b"&#13;")
    return _write_out_types(body, prefixes or {}) if media_type == RDF_XML and b":>" in body else body


def _write_out_types(body: bytes, prefixes: dict[str, str]) -> bytes:
    """Write a class that cannot name an element as an ``rdf:type`` (RDF 1.1 XML Syntax §2.13 is an abbreviation)."""

    def described(found: re.Match[bytes]) -> bytes:
        iri = found["iri"] or _escape(prefixes[found["prefix"].decode()])
        return b'<rdf:Description%b<rdf:type rdf:resource="%b"/>' % (found["rest"], iri)

    return _NAMELESS_END.sub(b"</rdf:Description>", _NAMELESS.sub(described, body))


def _escape(iri: str) -> bytes:
    return iri.replace("&", "&amp;").encode()


@lru_cache(maxsize=4096)
def _names_element(iri: str) -> bool:
    return bool(_LOCAL_NAME.search(iri)) and iri not in _RESERVED and not iri.startswith(_XMLNS)
