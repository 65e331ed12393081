"""What is recorded of each request once its answer is given: a line in the log, and the metrics for Prometheus.

The layer ahead of the application reports some ten thousand requests a second: so the figures are plain numbers, which
become those of Prometheus only when somebody asks for them.
"""

from __future__ import annotations

import logging
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from kg.settings import Settings
from kg.web.http import logs

NO_ROUTE = "none"
HEADER = "X-Request-Id"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Bounds of the histograms, up to past the default deadline of a query."""
_BOUNDS = (*map(str, SECONDS), "+Inf")


@dataclass(slots=True)
class Exchange:
    """A request, and what is known of its answer so far."""

    method: str
    path: str
    identifier: str
    address: str = ""
    agent: str = ""
    route: str = NO_ROUTE
    query: str | None = None
    status: int = 500
    bytes: int = 0
    is_kept: bool = False
    began: float = field(default_factory=time.perf_counter)


class Observer(Collector):
    """Counts and logs requests. Safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        """Start at zero."""
        self._settings = settings
        self._lock = threading.Lock()
        self._in_hand = 0
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._taken: dict[str, tuple[list[int], list[float]]] = {}

    def begin(self) -> None:
        """Count a request that is being answered."""
        with self._lock:
            self._in_hand += 1

    def end(self, exchange: Exchange) -> None:
        """Record a request that is answered, or given up."""
        seconds = time.perf_counter() - exchange.began
        method = exchange.method if exchange.method in METHODS else "other"
        with self._lock:
            self._in_hand -= 1
            self._counts[method, exchange.route, exchange.status] += 1
            taken = self._taken.get(exchange.route)
            if taken is None:
                taken = self._taken[exchange.route] = [0] * len(_BOUNDS), [0.0]
            taken[0][bisect_left(SECONDS, seconds)] += 1
            taken[1][0] += seconds
        level = logging.DEBUG if exchange.route in logs.PROBES else logging.INFO
        if logs.requests.isEnabledFor(level):
            self._log(level, exchange, seconds)

    def describe(self) -> list[Metric]:
        """Return nothing: the metrics are described when they are asked for."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Return the figures, as they are at this moment."""
        requests = CounterMetricFamily("kg_http_requests", "Requests.", labels=["method", "route", "status"])
        for (method, route, status), count in list(self._counts.items()):
            requests.add_metric([method, route, str(status)], count)
        yield requests
        taken = HistogramMetricFamily("kg_http_request_seconds", "Seconds to an answer's end.", labels=["route"])
        for route, (counts, [total]) in list(self._taken.items()):
            taken.add_metric([route], list(zip(_BOUNDS, accumulate(counts), strict=True)), total)
        yield taken
        yield GaugeMetricFamily("kg_http_requests_in_hand", "Requests that are being answered.", self._in_hand)

    def _log(self, level: int, exchange: Exchange, seconds: float) -> None:
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
