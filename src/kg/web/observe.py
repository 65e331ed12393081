"""The outermost layer of the application: gives each request an identifier, and tells of each once it is answered."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask, request

from kg.settings import Settings
from kg.web import logs
from kg.web.metrics import Metrics

ROUTE = "kg.route"
QUERY = "kg.query"
"""Keys of the WSGI environment under which the application leaves what is logged."""
NO_ROUTE = "none"
HEADER = "X-Request-Id"

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def init_app(app: Flask, settings: Settings, metrics: Metrics) -> None:
    """Put this layer around an application."""
    app.before_request(_note_route)
    app.wsgi_app = Observed(app.wsgi_app, settings, metrics)  # type: ignore[method-assign]


def _note_route() -> None:
    if request.url_rule is not None:
        request.environ[ROUTE] = request.url_rule.rule


def note_query(text: str, settings: Settings) -> None:
    """Have the start of a stranger's query logged with its request, as far as the settings want that."""
    if settings.log_queries:
        request.environ[QUERY] = text[: settings.log_queries]


class Observed:
    """A WSGI application of which each request is counted and logged."""

    def __init__(self, application: Wsgi, settings: Settings, metrics: Metrics) -> None:
        """Wrap an application."""
        self._application = application
        self._settings = settings
        self._metrics = metrics

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        given = environ.get("HTTP_X_REQUEST_ID") if self._settings.trusted_proxies else None
        identifier = logs.begin_request(given)
        exchange = _Exchange(environ)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            exchange.status = int(status[:3])
            return start_response(status, [*headers, (HEADER, identifier)], *more)

        self._metrics.in_hand.inc()
        return _Counted(self._application(environ, start), exchange, self._end)

    def _end(self, exchange: _Exchange) -> None:
        environ, seconds = exchange.environ, time.perf_counter() - exchange.began
        route, method = environ.get(ROUTE, NO_ROUTE), environ.get("REQUEST_METHOD", "")
        self._metrics.in_hand.dec()
        self._metrics.count_request(method, route, exchange.status, seconds)
        level = logging.DEBUG if route in logs.PROBES else logging.INFO
        fields = {
            "method": logs.shorten(method),
            "route": route,
            "path": logs.shorten(environ.get("PATH_INFO", "")),
            "status": exchange.status,
            "bytes": exchange.bytes,
            "seconds": round(seconds, 4),
            "client": logs.shown_client(environ.get("REMOTE_ADDR", ""), self._settings.log_clients),
            "user_agent": logs.shorten(environ.get("HTTP_USER_AGENT", "")) or None,
            "query": environ.get(QUERY),
        }
        logs.requests.log(level, "request", extra={"fields": fields})
        logs.end_request()


class _Exchange:
    """A request, and what is known of its answer so far."""

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.began = time.perf_counter()
        self.status = 500
        self.bytes = 0


class _Counted:
    """An answer's parts, counted as they are sent."""

    def __init__(self, parts: Iterable[bytes], exchange: _Exchange, end: Callable[[_Exchange], None]) -> None:
        self._parts = parts
        self._exchange = exchange
        self._end: Callable[[_Exchange], None] | None = end

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self._exchange.bytes += len(part)
            yield part
        self._tell()  # here already: a server that is stopping may end before it closes what it has sent

    def close(self) -> None:
        """End the answer, whole or broken off."""
        try:
            close = getattr(self._parts, "close", None)
            if close is not None:
                close()
        finally:
            self._tell()

    def _tell(self) -> None:
        end, self._end = self._end, None
        if end is not None:
            end(self._exchange)
