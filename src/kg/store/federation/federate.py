"""SERVICE in a query → the same query with the answers of the endpoints written into it.

A worker has no network, and needs none: SPARQL 1.1 Federated Query (§2, §4) evaluates a SERVICE group by itself and
joins its solutions with the rest, so each group is sent to its endpoint beforehand, and VALUES with the solutions
takes its place. Tokens are enough to find the groups; nothing here parses a client's SPARQL. A SERVICE that the
tokens do not show, because it is written as no standard allows, stays where it is, and the worker refuses it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from kg.errors import QueryCancelled, QueryError, QueryRefused, QueryTimeout, QueryTooLarge
from kg.settings import Settings
from kg.store import Query
from kg.store.cancel import Cancellation
from kg.store.federation.inline import read_solutions, to_values
from kg.store.federation.outbound import ask_endpoint
from kg.store.sparql.tokens import (
    QUERY_FORMS,
    Names,
    Token,
    is_blank,
    read_form,
    read_prologue,
    scan,
)

MOST_CALLS = 8
"""SERVICE groups a query may have, so that one request here does not become a hundred elsewhere."""

EMPTY_SOLUTION = "VALUES () { () }"
"""The result of a SERVICE SILENT that fails (§2.2)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One outermost ``SERVICE [SILENT] endpoint { … }``; ``start`` and ``end`` are its offsets in the query."""

    start: int
    end: int
    silent: bool
    endpoint: str
    group: str

    @property
    def variables(self) -> frozenset[str]:
        """Names of the variables in the group."""
        named = (t.value[1:] for t in scan(self.group) if t.kind == "name" and t.value[0] in "?$")
        return frozenset(named)


def calls_out(text: str) -> bool:
    """Return whether a query may have a SERVICE group; never False for one that has."""
    return "service" in text.casefold() and read_form(text) in QUERY_FORMS


def find_calls(text: str) -> list[Call]:
    """Return the outermost SERVICE groups of a query that can be parsed, in their order.

    Raises QueryRefused where the endpoint of one is not written out as an IRI or a prefixed name.
    """
    tokens, calls, at = list(scan(text)), [], 0
    while at < len(tokens):
        if tokens[at].kind == "word" and tokens[at].value.upper() == "SERVICE":
            at, call = _read_call(text, tokens, at)
            calls.append(call)
        else:
            at += 1
    return calls


def federate(query: Query, settings: Settings, deadline: float) -> Query:
    """Return the query with the solutions of each SERVICE group in the group's place.

    ``deadline`` is a time of the monotonic clock. Nothing is sent unless all endpoints may be called. Raises
    QueryRefused for an endpoint that may not, ServiceFailed or QueryTooLarge for an answer that cannot be used (no
    error under SILENT), and QueryTimeout at the deadline.
    """
    calls = find_calls(query.text)
    if len(calls) > MOST_CALLS:
        raise QueryRefused(f"The query calls other endpoints {len(calls)} times; at most {MOST_CALLS} are allowed.")
    endpoints = [_allow(call, query, settings) for call in calls]
    prologue = _write_prologue(query)
    text, done = "", 0
    for number, (call, endpoint) in enumerate(zip(calls, endpoints, strict=True)):
        values = _values(call, endpoint, number, prologue, settings, deadline, query.cancellation)
        text += f"{query.text[done : call.start]} {values} "
        done = call.end
    return replace(query, text=text + query.text[done:])


def _read_call(text: str, tokens: list[Token], at: int) -> tuple[int, Call]:
    """Return the call whose SERVICE is at an index, and the index behind its group."""
    silent = at + 1 < len(tokens) and tokens[at + 1].value.upper() == "SILENT"
    first = at + 1 + silent
    if first + 1 >= len(tokens) or tokens[first].kind not in ("iri", "name") or tokens[first + 1].value != "{":
        raise QueryRefused(
            "The endpoint of a SERVICE cannot be determined. Write its IRI between < and >, without \\u escapes."
        )
    if tokens[first].value[0] in "?$":
        raise QueryRefused(
            f"A variable ({tokens[first].value}) cannot name the endpoint of a SERVICE here: give its IRI."
        )
    for before, after in zip(tokens[at : first + 1], tokens[at + 1 : first + 2], strict=True):
        if not is_blank(text[before.end : after.start]):
            raise QueryRefused("Only white space may come between SERVICE, its endpoint and its group.")
    last = _match_brace(tokens, first + 1)
    group = text[tokens[first + 1].start : tokens[last].end]
    return last + 1, Call(tokens[at].start, tokens[last].end, silent, tokens[first].value, group)


def _match_brace(tokens: list[Token], opening: int) -> int:
    depth = 0
    for index in range(opening, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[index].value, 0) if tokens[index].kind == "mark" else 0
        if depth == 0:
            return index
    raise QueryRefused("The group of a SERVICE is not closed.")


def _allow(call: Call, query: Query, settings: Settings) -> str | None:
    """Return the IRI of a call's endpoint, None for one that may not be called, and need not be."""
    iri = Names(query.text, query.base_iri or "").to_iri(call.endpoint)
    if iri in settings.endpoints:
        return iri
    if call.silent:
        return None
    listed = ", ".join(f"<{endpoint}>" for endpoint in settings.endpoints)
    raise QueryRefused(f"SERVICE <{iri}> is not allowed here. The endpoints that may be called are {listed}.")


def _write_prologue(query: Query) -> str:
    """Return the query's own BASE and PREFIX lines, behind the base that it has here."""
    lines = [f"BASE <{query.base_iri}>"] if query.base_iri else []
    tokens = read_prologue(query.text)
    for index, token in enumerate(tokens):
        length = {"BASE": 2, "PREFIX": 3}.get(token.value.upper(), 0) if token.kind == "word" else 0
        if length:
            lines.append(" ".join(part.value for part in tokens[index : index + length]))
    return "\n".join(lines)


def _values(
    call: Call,
    endpoint: str | None,
    number: int,
    prologue: str,
    settings: Settings,
    deadline: float,
    cancellation: Cancellation | None,
) -> str:
    """Return the pattern that takes the place of the endpoint's answer."""
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise QueryTimeout(
            f"The query was not answered within {settings.query_seconds:g} seconds, spent on the endpoints it calls.",
            "seconds",
        )
    if endpoint is None:
        return EMPTY_SOLUTION
    try:
        body = ask_endpoint(endpoint, f"{prologue}\nSELECT * WHERE {call.group}", settings, remaining, cancellation)
        solutions = read_solutions(endpoint, body, call.variables)
        if len(solutions.rows) > settings.service_rows:
            raise QueryTooLarge(
                f"SERVICE <{endpoint}> has {len(solutions.rows):,} solutions; at most {settings.service_rows:,} are"
                " taken. Narrow its group, by VALUES or a sub-SELECT with LIMIT inside it."
            )
        return to_values(solutions, f"service{number}")
    except QueryCancelled:
        raise
    except QueryError:
        if call.silent:
            return EMPTY_SOLUTION
        raise
