"""One method, ``query``, and the engines that answer it.

::

    Query ──▶ Engine.query ──▶ Answer        or an exception of kg.errors.QueryError
              ├── embedded.Pool              killable pyoxigraph processes over a store directory
              └── remote.RemoteEngine        any SPARQL 1.1 service that holds the release

kg.store.engines opens the one that the settings choose. This module imports none, so a front can name these types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Literal, Protocol

from kg.store.cancel import Cancellation

Kind = Literal["solutions", "boolean", "graph"]

ROW_TYPES = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
"""Media types of the answer to a SELECT or an ASK, the preferred first."""

GRAPH_TYPES = (
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
    "application/trig",
    "application/n-quads",
)
"""Media types of the answer to a CONSTRUCT or a DESCRIBE, the preferred first."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query, the media types that its answer may have, and the dataset it is asked of.

    ``row_type`` is for SELECT and ASK, ``graph_type`` for CONSTRUCT and DESCRIBE; None means that the client
    accepts none. ``bindings`` maps a variable's name, without its question mark, to a term in N-Triples
    syntax; a SELECT must name the variable in its projection. The graphs are those of SPARQL 1.1 Protocol
    §2.1.4: where either kind is given, they replace the query's own FROM; where neither is, and the query has
    no FROM, the default graph is the union of all graphs, or with ``union`` False the unnamed graph alone.
    ``internal`` marks a query of the site itself, which need not wait for those of clients; ``client`` is whom its
    seconds count for, so that no client waits longer than it must because of another.
    ``spreadsheet`` asks for rows in CSV or TSV without formulas (kg.store.evaluation.spreadsheet). ``first`` asks for
    at most so many rows of SPARQL JSON or N-Triples, after the first ``skip``, and for the total. ``spooled`` takes a
    long answer as a file. ``cancellation`` ends the query once nobody waits for it.
    """

    text: str
    row_type: str | None = ROW_TYPES[0]
    graph_type: str | None = GRAPH_TYPES[0]
    bindings: Mapping[str, str] = field(default_factory=dict)
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    base_iri: str | None = None
    union: bool = True
    internal: bool = False
    client: str = ""
    spreadsheet: bool = False
    first: int | None = None
    skip: int = 0
    spooled: bool = False
    cancellation: Cancellation | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, serialised as ``media_type``.

    ``file`` holds it in place of the body where the query takes it so. ``digest`` is the SHA-1 of its bytes, if the
    engine gives it; ``total`` the number of rows where only the first were asked for.
    """

    kind: Kind
    media_type: str
    body: bytes
    file: IO[bytes] | None = None
    digest: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a plan, in the engine's own words, and the steps whose rows it takes.

    ``rows`` is how many it gave, of a plan that was not carried out to its end how many its pattern has by itself,
    where MOST_COUNTED means that or more; None where neither is known. ``seconds`` include those of the steps below.
    """

    name: str
    rows: int | None = None
    seconds: float | None = None
    steps: tuple[Step, ...] = ()


MOST_COUNTED = 100_000
"""Rows of a pattern by itself up to which they are counted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How an engine answers a query; ``is_complete`` where it carried the plan out to its end, and so measured it."""

    root: Step
    is_complete: bool


@dataclass(frozen=True, slots=True)
class EngineStats:
    """An engine at one moment, in workers and queries.

    A worker is a process, or of a service a query that it may have in flight; none of them is alive while the service
    cannot be reached. ``ended`` counts those that died or were killed. ``unenforced`` names the limits that this
    platform cannot set, ``troubles`` what else an operator should correct, and ``cannot`` what this kind of engine can
    never do, each in a sentence.
    """

    wanted: int
    alive: int
    idle: int
    waiting: int
    ended: int
    unenforced: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()


class Engine(Protocol):
    """What answers queries; safe for use by many threads. One that ``is_lost`` must be opened anew."""

    is_lost: bool

    def query(self, query: Query) -> Answer:
        """Return the whole answer, never a part of it. Raises QueryError, by the kind of what went wrong."""
        ...

    def explain(self, query: Query) -> Plan:
        """Return the plan of a query, carried out to measure it; raises QueryError, such as NotExplained."""
        ...

    def stats(self) -> EngineStats:
        """Return what the engine does at this moment; asks nothing that could take long."""
        ...

    def close(self) -> None:
        """End what the engine holds. A query asked afterwards raises EngineUnavailable."""
        ...
