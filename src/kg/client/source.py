"""Where a connection's answers come from: a server by HTTP, or a folder of releases on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kg.client.records import Hit, StoredQuery

ROWS, GRAPH = "application/sparql-results+json", "application/n-triples"


class Source(Protocol):
    """One release that can be asked."""

    release: str
    """Identifier of the release."""
    base: str
    """Base IRI, against which relative IRIs resolve."""

    def query(self, text: str) -> tuple[str, bytes]:
        """Return the media type, ROWS or GRAPH, and the body of an answer; raises QueryError."""
        ...

    def ask_stored(self, query: StoredQuery, values: Mapping[str, str]) -> tuple[str, bytes]:
        """Return the answer of a stored query with values of its parameters; raises QueryError, ParameterError."""
        ...

    def search(self, text: str, group: str | None) -> list[Hit]:
        """Return what some words find, the best first; raises KgError."""
        ...

    def latest(self) -> str:
        """Return the identifier of the release that is active now; raises KgError."""
        ...

    def close(self) -> None:
        """End what the source holds."""
        ...
