"""Any SPARQL 1.1 endpoint, asked over HTTP through SPARQLWrapper."""

from __future__ import annotations

import ast
import http.client
import re
import time
import urllib.error
from typing import NoReturn
from urllib.parse import urlsplit

from SPARQLWrapper import POST, SELECT, SPARQLExceptions, SPARQLWrapper

from kg.errors import (
    EngineUnavailable,
    QueryError,
    QueryNotAcceptable,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    SettingsError,
)
from kg.settings import Settings
from kg.store import GRAPH_TYPES, ROW_TYPES, Answer, Query
from kg.store.tokens import read_form

_CHUNK = 65_536  # bytes between two looks at the clock
_MESSAGE_LENGTH = 1_000  # characters of a server's own message; some send a whole page
_PLACE = re.compile(r"(?:\bat |line[ :]+)(\d+)(?::|,? column[ :]+)(\d+)", re.IGNORECASE)
_FAILURES = (http.client.HTTPException, OSError, SPARQLExceptions.SPARQLWrapperException)
_STATUS: dict[type[Exception], int] = {
    SPARQLExceptions.QueryBadFormed: 400,
    SPARQLExceptions.Unauthorized: 401,
    SPARQLExceptions.EndPointNotFound: 404,
    SPARQLExceptions.URITooLong: 414,
    SPARQLExceptions.EndPointInternalError: 500,
}
_KINDS: dict[int, type[QueryError]] = {
    401: QueryRefused,
    403: QueryRefused,
    406: QueryNotAcceptable,
    413: QueryTooLarge,
    414: QueryTooLarge,
}


class RemoteEndpoint:
    """The engine behind ``url``. Holds no connection, so it is safe for use by many threads."""

    def __init__(self, url: str, settings: Settings) -> None:
        """Keep the address. Raises SettingsError unless it is an http or https URL."""
        parts = urlsplit(url)
        # urllib would open file: and ftp: as well
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"{url!r} is not the address of an endpoint: give an http or https URL.")
        self._url = url
        self._settings = settings

    def query(self, query: Query) -> Answer:
        """Return the endpoint's whole answer to the query, sent by POST (SPARQL 1.1 Protocol §2.1.2).

        Raises QueryRefused for a query with bindings, which the protocol cannot carry, QueryNotAcceptable for
        an answer in a media type that was not asked for, and what else kg.errors lists.
        """
        if query.bindings:
            raise QueryRefused(f"{self._url} cannot be given bindings: write the values into the query.")
        if query.row_type is None and query.graph_type is None:
            raise QueryNotAcceptable("No media type is accepted for the answer.")
        deadline = time.monotonic() + self._settings.query_seconds
        try:
            with self._request(query).query().response as response:
                self._check_address(response.geturl())
                media_type = response.headers.get_content_type()
                body = self._read(response, deadline)
        except _FAILURES as error:
            self._fail(error)
        return self._to_answer(query, media_type, body)

    def close(self) -> None:
        """Do nothing: no connection outlives its query."""

    def _request(self, query: Query) -> SPARQLWrapper:
        wrapper = SPARQLWrapper(self._url)
        wrapper.setMethod(POST)
        wrapper.setOnlyConneg(True)  # or it sends format=, output= and results= as well
        wrapper.addCustomHttpHeader("Accept", _accept(query))
        # Not setTimeout, which cuts to whole seconds, and so 0.5 to none at all
        wrapper.timeout = self._settings.query_seconds  # type: ignore[assignment]
        # Not setQuery, which guesses the form by a pattern, and would send what looks like an update as one
        wrapper.queryString, wrapper.queryType = query.text, SELECT
        for name, graphs in (
            ("default-graph-uri", query.default_graphs),
            ("named-graph-uri", query.named_graphs),
        ):
            for graph in graphs:
                wrapper.addParameter(name, graph)
        return wrapper

    def _check_address(self, answered: str) -> None:
        if answered != self._url.partition("#")[0]:  # urllib follows a redirect by GET, and drops the query
            raise EngineUnavailable(f"{self._url} redirects to {answered}: give that address instead.")

    def _read(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        """Return the body. The socket's timeout holds for each read only, so the whole is timed here."""
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > self._settings.answer_bytes:
                raise QueryTooLarge(f"The answer of {self._url} is longer than {self._settings.answer_bytes:,} bytes.")
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length:  # what Content-Length promised beyond this; http.client says nothing
            raise http.client.IncompleteRead(bytes(body), response.length)
        return bytes(body)

    def _to_answer(self, query: Query, media_type: str, body: bytes) -> Answer:
        if media_type in ROW_TYPES and media_type == query.row_type:
            return Answer("boolean" if read_form(query.text) == "ASK" else "solutions", media_type, body)
        if media_type in GRAPH_TYPES and media_type == query.graph_type:
            return Answer("graph", media_type, body)
        raise QueryNotAcceptable(
            f"{self._url} answered in {media_type}, which was not asked for. Is it a SPARQL endpoint?"
        )

    def _fail(self, error: Exception) -> NoReturn:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, TimeoutError):
            raise QueryTimeout(
                f"{self._url} gave no whole answer within {self._settings.query_seconds:g} seconds."
            ) from error
        status, message = _read_status(error)
        if status is None:
            raise EngineUnavailable(f"{self._url} cannot be asked: {reason}") from error
        raise _to_error(status, f"{self._url} answered with status {status}. {message}".strip()) from error


def _accept(query: Query) -> str:
    """Return the Accept header. It names both types, as the endpoint decides which form the query has."""
    weighted = (query.row_type, query.graph_type and query.graph_type + ";q=0.9")
    return ", ".join(media_type for media_type in weighted if media_type)


def _read_status(error: Exception) -> tuple[int | None, str]:
    """Return the HTTP status, None where there was no answer, and the server's own message."""
    if isinstance(error, urllib.error.HTTPError):
        try:
            with error:
                return error.code, _to_text(error.read(_MESSAGE_LENGTH))
        except (http.client.HTTPException, OSError):
            return error.code, ""
    status = _STATUS.get(type(error))
    _, _, shown = str(error).partition("Response:\n")  # SPARQLWrapper keeps the body only as its repr
    return status, _to_text(ast.literal_eval(shown)) if status and shown else ""


def _to_text(body: bytes) -> str:
    return body.decode(errors="replace").strip()[:_MESSAGE_LENGTH]


def _to_error(status: int, message: str) -> QueryError:
    if status == http.HTTPStatus.BAD_REQUEST:
        place = _PLACE.search(message)
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        return QuerySyntaxError(message, line, column)
    return _KINDS.get(status, EngineUnavailable)(message)
