"""Figures for Prometheus at ``/metrics``: of this process, in a registry of its own, with labels of few values."""

from __future__ import annotations

import datetime
import ipaddress
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from werkzeug.exceptions import Forbidden

import kg
from kg.errors import KgError
from kg.web.data.context import Context
from kg.web.data.serving import Serving
from kg.web.http.policy import PROBE, Routes
from kg.web.watch.observe import SECONDS

blueprint = Routes("metrics", PROBE)


class Metrics:
    """What is counted of queries and writes. Safe for use by many threads."""

    def __init__(self) -> None:
        """Start at zero."""
        made = self.registry = CollectorRegistry()
        ProcessCollector(registry=made)
        self._queries = Counter("kg_queries", "Queries, by whose they are.", ["asked_by", "outcome"], registry=made)
        self._query_seconds = Histogram(
            "kg_query_seconds",
            "Seconds of a query, its wait included.",
            ["asked_by"],
            buckets=SECONDS,
            registry=made,
        )
        self._writes = Counter("kg_writes", "Updates and changes of graphs.", ["outcome"], registry=made)

    def encode(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics in the form that a client takes, and its media type."""
        try:
            encode, media_type = choose_encoder(accept)
        except (TypeError, ValueError):  # a version of OpenMetrics that is no number
            encode, media_type = choose_encoder("")
        return encode(self.registry), media_type

    @contextmanager
    def query(self, *, internal: bool) -> Iterator[None]:
        """Count a query, a page's own or a client's, with its seconds and its outcome."""
        asked_by = "page" if internal else "client"
        began = time.perf_counter()
        outcome = "failure"
        try:
            yield
            outcome = "answered"
        except KgError as error:
            outcome = _words(error)
            raise
        finally:
            self._queries.labels(asked_by, outcome).inc()
            self._query_seconds.labels(asked_by).observe(time.perf_counter() - began)

    @contextmanager
    def write(self) -> Iterator[None]:
        """Count a write, and its outcome."""
        outcome = "failure"
        try:
            yield
            outcome = "published"
        except KgError as error:
            outcome = _words(error)
            raise
        finally:
            self._writes.labels(outcome).inc()


def _words(error: KgError) -> str:
    """Return the kind of an error in words, such as ``query-timeout``: of these there are few."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()


class ServingCollector(Collector):
    """What is served, and the query workers that serve it, as they are at the moment of asking."""

    def __init__(self, serving: Serving) -> None:
        """Keep what is asked."""
        self._serving = serving

    def describe(self) -> list[Metric]:
        """Return nothing: the metrics are described when they are asked for."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Return the stats."""
        release = self._serving.current()
        stats, manifest = release.engine.stats(), release.manifest
        info = GaugeMetricFamily("kg_release_info", "The release that is served.", labels=["release", "version"])
        info.add_metric([manifest.id, kg.__version__], 1)
        yield info
        issued = datetime.datetime.fromisoformat(manifest.issued).timestamp()
        yield GaugeMetricFamily("kg_release_issued_timestamp_seconds", "When it was issued.", issued)
        things = GaugeMetricFamily("kg_release_things", "What it holds.", labels=["kind"])
        for kind, count in sorted(manifest.counts.items()):
            things.add_metric([kind], count)
        yield things
        workers = GaugeMetricFamily("kg_query_workers", "Query workers.", labels=["state"])
        for state, count in (("alive", stats.alive), ("idle", stats.idle), ("wanted", stats.wanted)):
            workers.add_metric([state], count)
        yield workers
        yield GaugeMetricFamily("kg_queries_waiting", "Queries that wait for a worker.", stats.waiting)
        yield CounterMetricFamily("kg_query_workers_ended", "Workers of this release that ended.", stats.ended)
        troubles = release_troubles(self._serving)
        yield GaugeMetricFamily("kg_degraded", "Reasons why less is served than should be.", len(troubles))


def release_troubles(serving: Serving) -> list[str]:
    """Return why less is served, or less safely, than should be: nothing where all is well."""
    stats = serving.current().engine.stats()
    troubles = serving.troubles
    if stats.unenforced:
        troubles.append(f"query workers are not held to: {', '.join(stats.unenforced)}")
    troubles += stats.troubles
    if stats.alive < stats.wanted:
        troubles.append(f"{stats.alive} of {stats.wanted} query workers are alive")
    return troubles


@blueprint.route("/metrics")
def metrics(context: Context) -> Response:
    """Give the figures to this machine, or to everyone where KG_METRICS_PUBLIC says so."""
    if not context.settings.metrics_public and not _is_from_here(context):
        raise Forbidden("The figures are for this machine only. KG_METRICS_PUBLIC=1 opens them.")
    body, media_type = context.site.metrics.encode(context.request.headers.get("Accept", ""))
    response = Response(body, content_type=media_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept"
    return response


def _is_from_here(context: Context) -> bool:
    """Return True for a client on this machine itself: a proxy on it forwards those of others."""
    if "X-Forwarded-For" in context.request.headers or "Forwarded" in context.request.headers:
        return False
    try:
        return ipaddress.ip_address(context.request.remote_addr or "").is_loopback
    except ValueError:
        return False
