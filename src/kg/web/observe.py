"""What is told of each request once its answer is given: a line in the log, and the figures for Prometheus."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from kg.settings import Settings
from kg.web import logs
from kg.web.metrics import Metrics

NO_ROUTE = "none"
HEADER = "X-Request-Id"


@dataclass(slots=True)
class Exchange:
    """A request, and what is known of its answer so far."""

    method: str
    path: str
    address: str
    agent: str
    identifier: str
    route: str = NO_ROUTE
    query: str | None = None
    status: int = 500
    bytes: int = 0
    is_kept: bool = False
    began: float = field(default_factory=time.perf_counter)


class Observer:
    """Counts and logs requests. Safe for use by many threads."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Keep how much is told."""
        self._settings, self._metrics = settings, metrics

    def begin(self) -> None:
        """Count a request that is being answered."""
        self._metrics.in_hand.inc()

    def end(self, exchange: Exchange) -> None:
        """Tell of a request that is answered, or given up."""
        seconds = time.perf_counter() - exchange.began
        self._metrics.in_hand.dec()
        self._metrics.count_request(exchange.method, exchange.route, exchange.status, seconds)
        level = logging.DEBUG if exchange.route in logs.PROBES else logging.INFO
        if not logs.requests.isEnabledFor(level):
            return
        fields = {
            "request_id": exchange.identifier,
            "method": logs.shorten(exchange.method),
            "route": exchange.route,
            "path": logs.shorten(exchange.path),
            "status": exchange.status,
            "bytes": exchange.bytes,
            "seconds": round(seconds, 4),
            "cached": exchange.is_kept or None,
            "client": logs.shown_client(exchange.address, self._settings.log_clients),
            "user_agent": logs.shorten(exchange.agent) or None,
            "query": (exchange.query or "")[: self._settings.log_queries] or None,
        }
        logs.requests.log(level, "request", extra={"fields": fields})
