"""Plain queries, answered without the application: what programs ask most, and what must cost least.

A query by GET or POST that a program asks of the release that is served, and that has an answer, is answered from here.
Whatever else there is to it, a page, a parameter with a meaning of its own, or an error to report, is the
application's; what went wrong with the query already is raised there in place of asking again.
"""

from __future__ import annotations

import time
from functools import lru_cache
from urllib.parse import parse_qsl

from flask import Flask

from kg.errors import QueryCancelled, QueryError
from kg.settings import Settings
from kg.store import GRAPH_TYPES, ROW_TYPES, Query
from kg.store import Answer as Found
from kg.store.sparql.tokens import BYTE_ORDER_MARK
from kg.web.data.serving import Serving
from kg.web.front.cache import Answer, Headers
from kg.web.front.requests import Request
from kg.web.http.budget import Budgets
from kg.web.http.headers import CORS_HEADERS, DATA_HEADERS
from kg.web.http.limits import LIMITS_HEADER, to_header
from kg.web.http.negotiate import Accept, best, prefers_html, read_accept
from kg.web.http.share import Share
from kg.web.protocol.sparql import DIRECT, FORM, content_type

PATHS = frozenset({"/sparql", "/sparql/"})
_OTHERS = frozenset({"accept", "update", "release", "lang"})
"""Parameters by which a request asks for something else than the answer to a query."""
_GRAPHS = {"default-graph-uri": "default_graphs", "named-graph-uri": "named_graphs"}
_TOLD = {"Content-Type", "Content-Length", "ETag"}


class Direct:
    """Answers plain queries. Safe for use by many threads."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        """Keep what the application has."""
        self._serving: Serving = app.extensions["kg-serving"]
        self._budgets: Budgets = app.extensions["kg-budgets"]
        self._base = settings.base_iri
        self._headers: Headers = [
            ("Vary", "Accept, Accept-Language, Cookie"),
            ("Cache-Control", "no-cache"),
            (LIMITS_HEADER, to_header(settings)),
            *CORS_HEADERS.items(),
            *DATA_HEADERS.items(),
        ]

    def answer(self, request: Request, body: bytes, share: Share, route: str) -> Answer | None:
        """Return the answer; None where the application is to answer.

        Raises QueryCancelled where nobody waits for it any more.
        """
        began = time.thread_time()
        query = self._read(request, body, share)
        if query is None:
            return None
        share.note_query(query.text)
        share.query = query.text
        try:
            found = self._ask(query, share)
        except QueryCancelled:
            raise
        except QueryError as error:
            share.raised = error
            return None
        finally:
            self._budgets.spend_front(share.client, time.thread_time() - began)
        return self._give(found, request, route)

    def _read(self, request: Request, body: bytes, share: Share) -> Query | None:
        """Return the query that a request asks and no more than that; None for any other request."""
        types = _types(read_accept(request.headers.get("accept")))
        given = _read_parameters(request, body)
        if types is None or given is None:
            return None
        return Query(
            given["query"][0],
            *types,
            default_graphs=tuple(given["default-graph-uri"]),
            named_graphs=tuple(given["named-graph-uri"]),
            base_iri=self._base,
            client=share.client,
            spooled=True,
            cancellation=share.cancellation,
        )

    def _ask(self, query: Query, share: Share) -> Found:
        held = self._serving.acquire()
        try:
            share.releases.add(held.manifest.id)
            return held.query(query)
        finally:
            self._serving.give_back(held)

    def _give(self, found: Found, request: Request, route: str) -> Answer:
        size = len(found.body) if found.file is None else found.file.tell()
        headers = [
            ("Content-Type", content_type(found.media_type)),
            ("Content-Length", str(size)),
            *([("ETag", f'"{found.digest}"')] if found.digest and request.method == "GET" else []),
            *self._headers,
        ]
        if found.file is None:
            return Answer.of(200, headers, route, body=found.body)
        return Answer.of_file(200, headers, route, found.file, size)


@lru_cache(maxsize=256)
def _types(accept: Accept) -> tuple[str | None, str | None] | None:
    """Return the types that are liked best of rows and of graphs; None where a page is, or neither of them."""
    if prefers_html(accept, ROW_TYPES + GRAPH_TYPES):
        return None
    found = best(accept, ROW_TYPES), best(accept, GRAPH_TYPES)
    return found if any(found) else None


def _read_parameters(request: Request, body: bytes) -> dict[str, list[str]] | None:
    """Return the parameters of a query operation (SPARQL 1.1 Protocol §2.1) that is nothing but one."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    given: dict[str, list[str]] = {"query": [], "default-graph-uri": [], "named-graph-uri": []}
    try:
        asked = body.decode("ascii") if media_type == FORM and request.method == "POST" else request.query
        for name, value in parse_qsl(asked, keep_blank_values=True, errors="strict"):
            if name in _OTHERS:
                return None
            if name in given:
                given[name].append(value)
        if request.method == "POST" and media_type == DIRECT:
            if given["query"]:
                return None
            given["query"] = [body.decode("utf-8")]
        elif request.method == "POST" and (media_type != FORM or _OTHERS & {n for n, _ in parse_qsl(request.query)}):
            return None
    except ValueError:
        return None
    given["query"] = [text.removeprefix(BYTE_ORDER_MARK) for text in given["query"]]
    return given if len(given["query"]) == 1 and request.method in ("GET", "POST") else None
