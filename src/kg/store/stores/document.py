"""A document that was sent → the triples that it holds, in whichever encoding its syntax allows."""

from __future__ import annotations

import codecs
import re

from pyoxigraph import Quad, RdfFormat, parse

from kg.errors import ContentError, QueryTooLarge
from kg.store.stores.writes import Document

RDF_XML = "application/rdf+xml"
MOST_TIMES = 20
"""How many times its sent size a document may have once written out: a prefix can be short for much."""
ALWAYS_BYTES = 1_000_000
"""What it may be in any case."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]{0,40})[\"'][^>]{0,100}>")
_CODECS = re.compile(r"utf-8|utf-16(-[lb]e)?|ascii|iso8859-\d+|cp125\d|koi8-[ru]")
"""Encodings that are read, by Python's names: those that XML is written in, and no other codec."""


def read_document(document: Document, base_iri: str) -> list[Quad]:
    """Return what a document says; raises ContentError, and QueryTooLarge where it says far more than it is long."""
    quads, room = [], max(MOST_TIMES * len(document.body), ALWAYS_BYTES)
    try:
        for quad in parse(
            _to_utf8(document.body, document.media_type),
            format=RdfFormat.from_media_type(document.media_type),
            base_iri=base_iri,
            without_named_graphs=True,
            rename_blank_nodes=True,
        ):
            room -= len(str(quad))
            if room < 0:
                raise QueryTooLarge(
                    f"Written out, the content is more than {MOST_TIMES} times as long as it was sent, as entities that"
                    " hold entities make it. Nothing was changed; send it written out."
                )
            quads.append(quad)
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        raise ContentError(_explain(str(error), document.media_type)) from None
    except MemoryError:
        raise QueryTooLarge("The content needed more memory than it may have. Split it.") from None
    return quads


def _explain(error: str, media_type: str) -> str:
    if "LoadDocumentCallback" in error:
        error = "its @context is an address, and no other server is asked; write the context itself into the document"
    return f"The content is not {media_type}: {error.removesuffix('.')}. Nothing was changed."


def _to_utf8(body: bytes, media_type: str) -> bytes:
    """Return the content in UTF-8 without a byte order mark; raises ContentError for an encoding that is not read.

    XML may be in another encoding and say so (XML 1.0 §4.3.3); Turtle, JSON and their kin are UTF-8.
    """
    if media_type == RDF_XML:
        return _xml_to_utf8(body)
    if body.startswith(_UTF16):
        raise ContentError(f"The content is UTF-16, and {media_type} is UTF-8. Save it as UTF-8. Nothing was changed.")
    return body.removeprefix(codecs.BOM_UTF8)


def _xml_to_utf8(body: bytes) -> bytes:
    if body.startswith(codecs.BOM_UTF8):
        return body.removeprefix(codecs.BOM_UTF8)
    if body.startswith(_UTF16):
        return _decode(body, "utf-16").encode()
    declared = _DECLARATION.match(body)
    return _decode(body, declared[1].decode("ascii")).encode() if declared else body


def _decode(body: bytes, encoding: str) -> str:
    """Return XML as text that declares no encoding."""
    try:
        codec = codecs.lookup(encoding).name
        if not _CODECS.fullmatch(codec):
            raise LookupError
        text = body.decode(codec)
    except LookupError:
        raise ContentError(
            f"The encoding {encoding} is not read. Send the content in UTF-8. Nothing was changed."
        ) from None
    except UnicodeDecodeError as error:
        raise ContentError(f"The content is not {encoding} at byte {error.start}. Nothing was changed.") from None
    return re.sub(r"\A<\?xml[^>]*\?>", "", text)
