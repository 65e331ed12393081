"""IRIs, once: those that the project mints, and those of the vocabularies it uses."""

from __future__ import annotations

import re
from dataclasses import dataclass

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "np": "http://www.nanopub.org/nschema#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "time": "http://www.w3.org/2006/time#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes of vocabularies that are not ours."""

ARTICLE_PREFIXES = {"event": "e", "observation": "o", "passage": "p", "statement": "s", "period": "t", "thing": "x"}
"""Kind of an article's things, as written in their IRIs → the prefix that the article's files declare for it."""

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""Form of an article's short name, as written in IRIs, folders and commands."""

_NAME = r"(?![^/]*\.[A-Za-z][A-Za-z0-9]*\Z)[^/?%]+"
_PART = rf"(?:passage|statement|event|period|thing|observation)/{_NAME}|voice|encoding"
_RECORD = re.compile(rf"(?:(?:id|code)/{_NAME}|article/[^/?%]+(?:/(?:{_PART}))?)\Z")
"""Paths at which records are served. A name that ends like a file's would be taken for a form of another record."""


@dataclass(frozen=True, slots=True)
class Iris:
    """The IRIs that are minted under one base IRI, which ends in ``/``."""

    base: str

    def term(self, name: str) -> str:
        """IRI of a class or property of the ontology."""
        return f"{self.base}ns#{name}"

    @property
    def ontology(self) -> str:
        """IRI of the ontology."""
        return f"{self.base}ns"

    def shape(self, name: str) -> str:
        """IRI of a shape or check."""
        return f"{self.base}shapes#{name}"

    def code(self, name: str) -> str:
        """IRI of a member of a code list."""
        return f"{self.base}code/{name}"

    def graph(self, name: str) -> str:
        """IRI of a named graph."""
        return f"{self.base}graph/{name}"

    def query(self, name: str) -> str:
        """IRI of a stored query."""
        return f"{self.base}query/{name}"

    def export(self, name: str) -> str:
        """IRI of the answer of an export, in the form of the name's suffix."""
        return f"{self.base}export/{name}"

    def article(self, slug: str) -> str:
        """IRI of an article."""
        return f"{self.base}article/{slug}"

    def passage(self, slug: str, number: int) -> str:
        """IRI of a passage of an article."""
        return f"{self.article(slug)}/passage/{number:03d}"

    def release(self, identifier: str) -> str:
        """IRI of a release."""
        return f"{self.base}release/{identifier}"

    def prefixes(self) -> dict[str, str]:
        """Prefixes of our own namespaces and of the vocabularies in use, for serialisers and editors."""
        own = {
            "att": f"{self.base}ns#",
            "code": f"{self.base}code/",
            "graph": f"{self.base}graph/",
            "id": f"{self.base}id/",
        }
        return own | PREFIXES

    def is_record(self, iri: str) -> bool:
        """Return True where a record of this IRI, or a part of one by a fragment, can be served at its own address."""
        return iri.startswith(self.base) and bool(_RECORD.match(iri.removeprefix(self.base).partition("#")[0]))

    def short(self, iri: str) -> str:
        """Return one of our IRIs as an editor writes it, as in id:harrowmere-pier, code:flat, p:012 or s:012-1."""
        for prefix, space in self.prefixes().items():
            if iri.startswith(space) and "/" not in iri[len(space) :]:
                return f"{prefix}:{iri[len(space) :]}"
        parts = iri.removeprefix(self.base).split("/")
        if parts[0] == "article" and len(parts) == 4 and parts[2] in ARTICLE_PREFIXES:
            return f"{ARTICLE_PREFIXES[parts[2]]}:{parts[3]}"
        return "/".join(parts)

    def path(self, iri: str) -> str | None:
        """Return the path of one of our IRIs on whatever host serves it; None for any other IRI.

        A path that starts with two slashes would lead to another host, so an IRI that has one is no address here.
        """
        rest = iri.removeprefix(self.base)
        return "/" + rest if iri.startswith(self.base) and not rest.startswith("/") else None


_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')


def iri_term(iri: str) -> str:
    """Return an IRI as a term in N-Triples syntax, with what an IRI may not contain escaped (RFC 3987 §3.1)."""
    return f"<{_NOT_IN_IRI.sub(lambda match: f'%{ord(match[0]):02X}', iri)}>"
