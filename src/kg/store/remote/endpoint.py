"""Any SPARQL 1.1 endpoint, asked over HTTP as the protocol says."""

from __future__ import annotations

import http
import re
import sys
import time
from dataclasses import replace
from itertools import pairwise
from urllib.parse import urlencode

from kg.errors import (
    EngineUnavailable,
    NotExplained,
    QueryError,
    QueryNotAcceptable,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
)
from kg.settings import Settings
from kg.store import GRAPH_TYPES, ROW_TYPES, Answer, EngineStats, Plan, Query
from kg.store.evaluation.bounded import Bounded
from kg.store.remote.bindings import bind
from kg.store.remote.http import Address, Reply
from kg.store.sparql.tokens import read_form, read_prologue

ABSENT = "urn:x-attested:absent"
"""A graph that no dataset has: what is asked of it alone is asked of an empty default graph."""
_MESSAGE_LENGTH = 1_000  # characters of a server's own message
_PLACE = re.compile(r"(?:\bat |line[ :]+)(\d+)(?::|,? column[ :]+)(\d+)", re.IGNORECASE)
_TIMED_OUT = re.compile(r"tim(?:e|ed)[ -]?out|cancel|deadline|exceed", re.IGNORECASE)
"""What servers say of a query that they gave up, with status 500 or 503."""
_TABBED = re.compile(rb"^(\S+)[ \t]+(\S+)[ \t]+(.*\S)[ \t]*\.$", re.MULTILINE)
"""A line of N-Triples, with any white space between its terms; the canonical form has one space."""
_ESCAPES = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|.)", re.DOTALL)
_COMMENTS = re.compile(rb"^[ \t]*(?:#.*)?\n", re.MULTILINE)
_KINDS: dict[int, type[QueryError]] = {
    401: EngineUnavailable,
    403: QueryRefused,
    406: QueryNotAcceptable,
    408: QueryTimeout,
    413: QueryTooLarge,
    414: QueryTooLarge,
    504: QueryTimeout,
}


class RemoteEndpoint:
    """The engine behind a URL, asked as it is, with whatever the query holds. Safe for use by many threads."""

    def __init__(self, url: str, settings: Settings, authorization: str | None = None) -> None:
        """Keep the address. Raises SettingsError unless it is an http or https URL."""
        self._address = Address(url, authorization)
        self._settings = settings
        self.is_lost = False  # it holds what it holds

    def query(self, query: Query) -> Answer:
        """Return the endpoint's whole answer to the query, sent by POST (SPARQL 1.1 Protocol §2.1.2).

        A base IRI and bindings are written into the text, since the protocol has neither. Raises QueryNotAcceptable
        for an answer in a media type that was not asked for, QueryTooLarge past the limits in rows and bytes,
        QueryTimeout at the deadline, EngineUnavailable where the endpoint cannot be reached, and what else kg.errors
        lists. A query that was given up may still run at the endpoint: HTTP cannot end it.
        """
        return self.ask(query, time.monotonic() + self._settings.query_seconds)

    def explain(self, query: Query) -> Plan:  # noqa: ARG002 - it is an engine like others
        """Raise NotExplained: the protocol has no way to ask for a plan."""
        raise NotExplained(
            "This server answers from a SPARQL service, and the protocol has no way to ask it for the plan of a query."
            " Ask the service's own page or command for it."
        )

    def ask(self, query: Query, deadline: float) -> Answer:
        """Return the answer by a deadline of the monotonic clock; raises as ``query``."""
        if query.row_type is None and query.graph_type is None:
            raise QueryNotAcceptable("No media type is accepted for the answer.")
        text = bind(query.text, query.bindings)
        before = f"BASE <{query.base_iri}> " if query.base_iri and not _has_base(query.text) else ""
        rows = sys.maxsize if query.internal else self._settings.query_rows
        is_graph = read_form(query.text) in ("CONSTRUCT", "DESCRIBE")
        counted = query.graph_type if is_graph else query.row_type
        body = Bounded(self._settings.answer_bytes, rows, counted or "")
        headers = {"Accept": _accept(query), "Content-Type": "application/x-www-form-urlencoded"}
        reply = self._address.send("POST", _form(replace(query, text=before + text)), headers, body, deadline)
        if reply.status != http.HTTPStatus.OK:
            raise _to_error(self._address.url, reply, len(before) if text == query.text else None)
        found = body.getvalue()
        if reply.media_type == "application/n-triples":
            found = _to_canonical(found)
        return self._to_answer(query, reply.media_type, found)

    def stats(self) -> EngineStats:
        """Return nothing of interest: an endpoint that is only asked has no workers here."""
        return EngineStats(0, 0, 0, 0, 0)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._address.close()

    def _to_answer(self, query: Query, media_type: str, body: bytes) -> Answer:
        if media_type in ROW_TYPES and media_type == query.row_type:
            return Answer("boolean" if read_form(query.text) == "ASK" else "solutions", media_type, body)
        if media_type in GRAPH_TYPES and media_type == query.graph_type:
            return Answer("graph", media_type, body)
        wanted = " or ".join(filter(None, (query.row_type, query.graph_type)))
        raise QueryNotAcceptable(
            f"{self._address.url} answered in {media_type}, not in {wanted} as it was asked to. Ask for another form;"
            " if none works, it is no SPARQL endpoint."
        )


def _to_canonical(ntriples: bytes) -> bytes:
    """Return N-Triples as the pages read them: one space between terms, no comments, characters as they are."""
    if b"\t" in ntriples:
        ntriples = _TABBED.sub(rb"\1 \2 \3 .", ntriples)
    if b"\\u" in ntriples or b"\\U" in ntriples:
        ntriples = _ESCAPES.sub(_read_escape, ntriples)
    return _COMMENTS.sub(b"", ntriples)


def _read_escape(escape: re.Match[bytes]) -> bytes:
    """Return the character of an escape; an escape of none, or of one that must be escaped, stays as written."""
    code = int(escape[1] or escape[2] or b"0", 16)
    stays = code < 0xA0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF
    return escape[0] if stays else chr(code).encode()


def _has_base(text: str) -> bool:
    """Return whether the query has an absolute base of its own: not every service takes two BASE lines."""
    bases = (iri.value for word, iri in pairwise(read_prologue(text)) if word.value.upper() == "BASE")
    return ":" in next(bases, "")


def _form(query: Query) -> bytes:
    default, named = query.default_graphs, query.named_graphs
    if not query.union and not default and not named:
        default = (ABSENT,)
    fields = [("query", query.text)]
    fields += [("default-graph-uri", graph) for graph in dict.fromkeys(default)]
    fields += [("named-graph-uri", graph) for graph in dict.fromkeys(named)]
    return urlencode(fields).encode()


def _accept(query: Query) -> str:
    """Return the Accept header. It names both types, as the endpoint decides which form the query has."""
    weighted = (query.row_type, query.graph_type and query.graph_type + ";q=0.9")
    return ", ".join(media_type for media_type in weighted if media_type)


def _to_error(url: str, reply: Reply, shift: int | None) -> QueryError:
    """Return the error for a reply that is none of success.

    ``shift`` is the offset of the query's text in what was sent; None where its places cannot be mapped.
    """
    said = reply.said[:_MESSAGE_LENGTH]
    message = f"{url} answered with status {reply.status}. {said}".strip()
    if reply.status == http.HTTPStatus.BAD_REQUEST:
        place = _PLACE.search(said)
        if place is None or shift is None:
            return QuerySyntaxError(message)
        line, column = int(place[1]), int(place[2])
        return QuerySyntaxError(message, line, max(1, column - shift) if line == 1 else column)
    kind = _KINDS.get(reply.status, EngineUnavailable)
    if reply.status in (500, 503) and _TIMED_OUT.search(said):
        kind = QueryTimeout
    return kind(message, "seconds") if kind is QueryTimeout else kind(message)
