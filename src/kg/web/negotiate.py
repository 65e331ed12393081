"""Content negotiation (RFC 9110 §12): which of the offered media types a client likes best."""

from __future__ import annotations

import re
from collections.abc import Sequence

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

HTML = "text/html"

SUFFIXES = {
    "html": HTML,
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
"""File name suffix → media type, for addresses that name the form of a document."""

ACCEPT_NAMES = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "trig": "application/trig",
    "nq": "application/n-quads",
}
"""Value of the parameter ``accept``, and suffix of the file it downloads → media type."""
ROW_NAMES = {"csv": "CSV", "tsv": "TSV", "json": "JSON", "xml": "XML"}
GRAPH_NAMES = {
    "ttl": "Turtle",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
    "jsonld": "JSON-LD",
    "trig": "TriG",
    "nq": "N-Quads",
}
"""Value of the parameter ``accept`` → the format's name, for rows and for graphs."""

_PARAMETER = re.compile(r";\s*(?!q\s*=)[^;,]*", re.IGNORECASE)


def read_accept(header: str | None) -> MIMEAccept:
    """Return what an Accept header takes. None or an empty header takes everything; parameters but q are left out."""
    return parse_accept_header(_PARAMETER.sub("", header) if header else "*/*", MIMEAccept)


def best(accept: MIMEAccept, offers: Sequence[str]) -> str | None:
    """Return the offer of the highest quality, the first of equals; None where none is acceptable."""
    quality, _, offer = max((accept.quality(offer), -index, offer) for index, offer in enumerate(offers))
    return offer if quality > 0 else None


def prefers_html(accept: MIMEAccept, offers: Sequence[str]) -> bool:
    """Return True where HTML is liked better than each of the offers, as browsers do and programs do not."""
    return accept.quality(HTML) > max(accept.quality(offer) for offer in offers)
