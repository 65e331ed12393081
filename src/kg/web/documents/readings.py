"""A statement put into words from its triples alone, in the language of the page (kg.reading)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kg.errors import DataError
from kg.reading import Reading, Text, closure_query, read_statement
from kg.store import Query
from kg.web.data.page_queries import iri_term
from kg.web.data.resources import Resource, Resources
from kg.web.documents.document import NTRIPLES


class ResourceView:
    """The resources of an answer as a reading sees them."""

    def __init__(self, resources: Resources) -> None:
        """Take the answer to kg.reading's own query."""
        self._resources = resources

    def links(self, iri: str, name: str) -> Sequence[str]:
        """Return the IRIs that a property of a thing leads to."""
        return [link.iri for link in self._resources.get(iri).links(name)]

    def texts(self, iri: str, name: str) -> Sequence[Text]:
        """Return the literals of a property of a thing."""
        return [Text(value.text, value.language) for value in self._resources.get(iri).values(name)]


def reading_of(statement: Resource) -> Reading | None:
    """Return a statement in words, or None where a pattern in the data cannot be read; raises QueryError."""
    context = statement.resources.context
    base = context.iris.base
    query = Query(closure_query(base, iri_term(statement.iri)), None, NTRIPLES, base_iri=base)
    view = ResourceView(context.read_resources(context.ask_own(query)))
    try:
        return read_statement(view, statement.iri, context.language)
    except DataError:  # told by kg check; the page has all else
        return None


GLOBALS: dict[str, Callable[..., Any]] = {"reading_of": reading_of}
