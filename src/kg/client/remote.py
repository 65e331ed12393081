"""A server of ``kg serve``, asked by HTTP.

httpx2, and not SPARQLWrapper: it keeps connections, has a deadline for each phase, and reads an answer in pieces, so
that one larger than expected is given up and not held.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from kg.client.forwarding import forwarding
from kg.client.records import Hit, StoredQuery
from kg.client.source import GRAPH, ROWS
from kg.client.values import Iri, Named
from kg.errors import (
    EngineUnavailable,
    KgError,
    ParameterError,
    Pruned,
    QueryError,
    QueryNotAcceptable,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    ReleaseError,
    SettingsError,
    TooManyQueries,
)

ANSWER_BYTES = 64_000_000
"""Largest answer that is read, as of a server with its defaults."""
SECONDS = 60.0
"""How long a server may be silent."""
MOST_ROWS = 10**9
"""The limit by which a stored query gives all of its rows."""
_MESSAGE = 2_000
"""Characters of a server's message that an error repeats."""
_ERRORS: dict[int, type[KgError]] = {
    400: QuerySyntaxError,
    404: ReleaseError,
    406: QueryNotAcceptable,
    410: Pruned,
    413: QueryTooLarge,
    414: QueryTooLarge,
    429: TooManyQueries,
}
_CURRENT = "SELECT ?release WHERE { ?dataset <http://www.w3.org/ns/dcat#hasCurrentVersion> ?release }"


class Remote:
    """One release of a server. Safe for use by many threads."""

    def __init__(self, url: str, release: str | None) -> None:
        """Find out which release the server is at, unless one is named.

        Raises SettingsError for an address that is none, KgError where nothing like kg answers there.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"{url!r} is no address of a server: give http://host/ or https://host/.")
        self.url = url.removesuffix("/sparql").rstrip("/")
        self._http = httpx2.Client(timeout=SECONDS, follow_redirects=False)
        self.release = release or ""
        try:
            current = self._current({"release": release} if release else {})
        except BaseException:
            self._http.close()
            raise
        self.base, _, self.release = current.rpartition("release/")

    def query(self, text: str) -> tuple[str, bytes]:
        """Return the server's answer; raises QueryError."""
        form = {"query": text}
        return self._send("POST", "/sparql", {"release": self.release}, form, f"{ROWS}, {GRAPH}")

    def ask_stored(self, query: StoredQuery, values: Mapping[str, str]) -> tuple[str, bytes]:
        """Return the answer of ``/api``, all rows of it."""
        given = {**values, "release": self.release}
        is_graph = "CONSTRUCT" in query.text or "DESCRIBE" in query.text
        suffix, most = ("nt", {}) if is_graph else ("srj", {"limit": str(MOST_ROWS)})
        return self._send("GET", f"/api/{query.name}.{suffix}", given | most, None, "*/*", asked=ParameterError)

    def search(self, text: str, group: str | None) -> list[Hit]:
        """Return what ``/search`` finds."""
        asked = {"q": text, "release": self.release} | ({"group": group} if group else {})
        found = json.loads(self._send("GET", "/search.json", asked, None, "application/json")[1])
        return [_hit(each) for each in found["results"]]

    def latest(self) -> str:
        """Return the release that is served now."""
        return self._current({}).rpartition("release/")[2]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _current(self, asked: Mapping[str, str]) -> str:
        """Return the IRI of the release that a release's own description names."""
        media_type, body = self._send("POST", "/sparql", asked, {"query": _CURRENT}, ROWS)
        rows = json.loads(body)["results"]["bindings"] if media_type == ROWS else []
        iri = str(rows[0]["release"]["value"]) if len(rows) == 1 else ""
        if "release/" not in iri:
            raise EngineUnavailable(f"{self.url}/sparql answers, but names no release: it is no server of kg.")
        return iri

    def _send(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        form: Mapping[str, str] | None,
        accept: str,
        asked: type[KgError] = QuerySyntaxError,
    ) -> tuple[str, bytes]:
        request = self._http.build_request(
            method, self.url + path, params=dict(parameters), data=form, headers={"Accept": accept, **forwarding()}
        )
        try:
            response = self._http.send(request, stream=True)
            try:
                body = self._read(response)
            finally:
                response.close()
        except httpx2.TimeoutException:
            raise QueryTimeout(
                f"{self.url} was silent for {SECONDS:.0f} seconds. Try again, or ask for less."
            ) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise EngineUnavailable(f"{self.url} cannot be asked: {error}.") from None
        if response.status_code != httpx2.codes.OK:
            raise _to_error(response, body, asked)
        return response.headers.get("Content-Type", "").partition(";")[0], body

    def _read(self, response: httpx2.Response) -> bytes:
        read = bytearray()
        for piece in response.iter_bytes():
            read += piece
            if len(read) > ANSWER_BYTES:
                raise QueryTooLarge(f"The answer is longer than {ANSWER_BYTES:,} bytes. Ask for less, page by page.")
        return bytes(read)


def _to_error(response: httpx2.Response, body: bytes, asked: type[KgError]) -> KgError:
    """Return a server's refusal as the error that it stands for, with the server's own words."""
    text, limit = body.decode("utf-8", "replace").strip(), response.headers.get("Query-Limit-Reached")
    if response.headers.get("Content-Type", "").startswith("application/problem+json"):
        told: dict[str, Any] = json.loads(text)
        text = str(told.get("detail") or told.get("title") or text)
    status = response.status_code
    text = text[:_MESSAGE] or f"The server answered {status} and nothing else."
    names_nothing = status == 404 and asked is ParameterError and text.startswith("The parameter ")
    kind = asked if status == 400 or names_nothing else _ERRORS.get(status, EngineUnavailable)
    if status == 503 and limit:
        kind = QueryTimeout
    error = kind(text)
    if isinstance(error, QueryError):
        error.limit = limit
    return error


def _hit(told: Mapping[str, Any]) -> Hit:
    who = tuple(Named(Iri(each["iri"]), each["label"]) for each in told.get("claimants", ()))
    how = told.get("modality")
    return Hit(Iri(told["iri"]), told["label"], told["type"], told["group"], who, Iri(how["iri"]) if how else None)
