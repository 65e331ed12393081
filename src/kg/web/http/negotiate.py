"""Content negotiation (RFC 9110 §12): which of the offers a client likes best.

A header is read once, member by member, in time linear in its length: it is a client's, and may be kilobytes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

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

GENERIC = {
    "application/sparql-results+json": ("application/json",),
    "application/sparql-results+xml": ("application/xml", "text/xml"),
    "application/ld+json": ("application/json",),
    "application/rdf+xml": ("application/xml", "text/xml"),
}
"""Media type → the names of its syntax, which clients ask for and other endpoints answer too."""

_WEIGHT = re.compile(r"[01]?(?:\.[0-9]{0,10})?|[01]")
"""A weight (§12.4.2), and what clients send for one: ``.5``."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Accept:
    """What a header takes: each range, as ``text/*`` or ``de``, with its weight; equal headers are equal objects."""

    weights: tuple[tuple[str, float], ...]

    def quality(self, media_type: str) -> float:
        """Return the weight of the most specific range that a media type is in; 0 where it is in none.

        The name of its syntax alone, as ``application/json``, is less specific than its own, and more than ``*/*``.
        """
        kind = media_type.partition("/")[0]
        weights = dict(self.weights)
        ranges = (media_type, *GENERIC.get(media_type, ()), f"{kind}/*", "*/*")
        return next((weights[each] for each in ranges if each in weights), 0.0)

    def language(self, offers: Sequence[str], default: str) -> str:
        """Return the language of the highest weight, the default where none of them is taken (RFC 4647 §3.4)."""
        weights = dict(self.weights)
        for given, weight in self.weights:  # de-AT takes de, where de is not given itself
            weights.setdefault(given.partition("-")[0], weight)
        weighed = [(weights.get(offer, weights.get("*", 0.0)), -index) for index, offer in enumerate(offers)]
        quality, index = max(weighed, default=(0.0, 0))
        return offers[-index] if quality > 0 else default


def read_accept(header: str | None) -> Accept:
    """Return what an Accept header takes. None or an empty header takes everything; parameters but q are left out."""
    return _read(header or "*/*")


def read_languages(header: str | None) -> Accept:
    """Return what an Accept-Language header takes; None takes whatever there is."""
    return _read(header or "*")


@lru_cache(maxsize=1024)
def _read(header: str) -> Accept:
    """Return the ranges by weight, the highest of one that is named twice, those that can be read only."""
    found: dict[str, float] = {}
    for member in _split(header, ","):
        name, *parameters = _split(member, ";")
        weight = _weight(parameters)
        name = name.strip().lower()
        if weight is not None and all(_TOKEN.fullmatch(half) for half in name.split("/", 1)):
            found[name] = max(weight, found.get(name, 0.0))
    return Accept(tuple(sorted(found.items(), key=lambda item: (-item[1], item[0]))) or (("*/*", 1.0),))


def _weight(parameters: Sequence[str]) -> float | None:
    """Return the weight among the parameters of a member, 1 without one; None for one that is no weight."""
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if equals and name.strip().lower() == "q":
            text = value.strip()
            return min(1.0, float(text)) if text not in ("", ".") and _WEIGHT.fullmatch(text) else None
    return 1.0


def _split(text: str, separator: str) -> Iterator[str]:
    """Return the parts between the separators that are in no quoted string (§5.6.4)."""
    if '"' not in text:
        yield from text.split(separator)
        return
    start, is_quoted, position = 0, False, 0
    while position < len(text):
        character = text[position]
        if is_quoted and character == "\\":
            position += 1
        elif character == '"':
            is_quoted = not is_quoted
        elif character == separator and not is_quoted:
            yield text[start:position]
            start = position + 1
        position += 1
    yield text[start:]


def best(accept: Accept, offers: Sequence[str]) -> str | None:
    """Return the offer of the highest quality, of equals the first that is named itself; None where none will do."""
    named = {name for name, _ in accept.weights}
    quality, _, _, offer = max(
        (accept.quality(offer), offer in named or named.isdisjoint(GENERIC.get(offer, ())), -index, offer)
        for index, offer in enumerate(offers)
    )
    return offer if quality > 0 else None


def prefers_html(accept: Accept, offers: Sequence[str]) -> bool:
    """Return True where HTML is liked better than each of the offers, as browsers do and programs do not."""
    return accept.quality(HTML) > max(accept.quality(offer) for offer in offers)
