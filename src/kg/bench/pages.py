"""What each kind of page takes of the server's time and of the engine, and what a browser has to fetch for it."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from html.parser import HTMLParser
from statistics import median, median_high
from typing import TYPE_CHECKING

from kg.bench.addresses import find_addresses
from kg.errors import KgError
from kg.release.bounds import collect_rarely
from kg.settings import Settings
from kg.terms import Iris
from kg.web.app import create_app
from kg.web.data.serving import Serving
from kg.web.watch.metrics import Metrics

if TYPE_CHECKING:
    from werkzeug.test import Client

REQUESTS = 15
"""Requests of each address, after one that warms the caches and is left out."""
SLOW = 0.01
"""Seconds above which a query is slow: a bound of the histogram in which queries are counted."""
MOST_SLOW = 2
"""Slow queries that a page may ask."""
MOST_BYTES, EDITOR_BYTES = 20_000, 250_000
"""Bytes, compressed, below which the script and style of a page stay together; and those of a page with the editor."""
WITH_EDITOR = {"query page", "answer"}
NO_LIMITS = {f"client_{name}": 0 for name in ("requests", "seconds", "errors", "front_seconds")}
"""Settings by which the one client here is not taken for a greedy one."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one page took: milliseconds, queries of a request (of the median one), bytes (of assets in gzip)."""

    kind: str
    path: str
    median: float
    worst: float
    queries: int
    slow: int
    size: int
    assets: int

    @property
    def holds(self) -> bool:
        """Whether the page stays within the limits."""
        return self.slow <= MOST_SLOW and self.assets < (EDITOR_BYTES if self.kind in WITH_EDITOR else MOST_BYTES)


def measure_pages(settings: Settings, progress: Callable[[str], None]) -> list[Page]:
    """Return what each kind of page takes in the active release, apart from the kinds that it has none of."""
    app = create_app(settings.with_(**NO_LIMITS))
    serving: Serving = app.extensions["kg-serving"]
    collect_rarely()  # as kg serve does
    try:
        release = serving.current()
        addresses = find_addresses(release.engine, Iris(settings.base_iri), release.manifest.id)
        progress(f"{len(addresses)} kinds of pages")
        client, metrics = app.test_client(), app.extensions["kg-metrics"]
        return [_measure(client, metrics, kind, path) for kind, path in addresses.items()]
    finally:
        serving.close()


def to_table(pages: list[Page]) -> str:
    """Return a Markdown table of the pages, with whether each stays within the limits."""
    rows = [
        f"| {page.kind} | {page.median:.1f} | {page.worst:.1f} | {page.queries} | {page.slow} | {page.size:,} |"
        f" {page.assets:,} | {'yes' if page.holds else '**no**'} |"
        for page in pages
    ]
    return "\n".join(
        [
            f"The server's milliseconds in {REQUESTS} requests after a first one, without a network between; the"
            " queries that a request asks of the engine, those of the search index apart, and how many of them take"
            f" over {SLOW * 1000:.0f} ms (in the median request); and uncompressed bytes. Of each kind it is the page"
            f" of the thing to which most leads. The limits: at most {MOST_SLOW} such queries, and less than"
            f" {MOST_BYTES:,} bytes of script and style in gzip, {EDITOR_BYTES:,} with the editor of queries.",
            "",
            "| page | median | worst | queries | slow ones | answer | script and style | within limits |",
            "|---|---:|---:|---:|---:|---:|---:|---|",
            *rows,
            "",
        ]
    )


def _measure(client: Client, metrics: Metrics, kind: str, path: str) -> Page:
    first = _get(client, path)
    times, asked, slow = [], [], []
    for _ in range(REQUESTS):
        before, start = _count_queries(metrics), time.perf_counter()
        _get(client, path)
        times.append((time.perf_counter() - start) * 1000)
        counts = [after - earlier for after, earlier in zip(_count_queries(metrics), before, strict=True)]
        asked.append(counts[0])
        slow.append(counts[0] - counts[1])
    assets = sum(len(gzip.compress(_get(client, address))) for address in _find_assets(first))
    return Page(kind, path, median(times), max(times), median_high(asked), median_high(slow), len(first), assets)


def _get(client: Client, path: str) -> bytes:
    """Return what a browser gets; raises KgError for anything but a page."""
    with closing(client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})) as response:
        if response.status_code != 200:
            raise KgError(f"{path} answered {response.status}, so it cannot be measured: {response.text[:200]}")
        return bytes(response.data)


def _count_queries(metrics: Metrics) -> tuple[int, int]:
    """Return how many queries were counted so far, and how many of them were not slow."""
    total = quick = 0.0
    for asked_by in ("page", "client"):
        labels = {"asked_by": asked_by}
        total += metrics.registry.get_sample_value("kg_query_seconds_count", labels) or 0
        quick += metrics.registry.get_sample_value("kg_query_seconds_bucket", labels | {"le": str(SLOW)}) or 0
    return int(total), int(quick)


def _find_assets(page: bytes) -> set[str]:
    """Return the addresses of the scripts and style sheets of a page; none for an answer that is no page."""
    finder = _Assets()
    finder.feed(page.decode("utf-8"))
    return finder.found


class _Assets(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and given.get("src"):
            self.found.add(given["src"] or "")
        elif tag == "link" and "stylesheet" in (given.get("rel") or "").split():
            self.found.add(given.get("href") or "")
