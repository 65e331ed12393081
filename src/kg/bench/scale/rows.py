"""The lines of the table: what is measured at each size, and what it is to reach."""

from __future__ import annotations

from kg.bench.scale.figures import Row, at_most, steady

SECONDS, MILLISECONDS, KILOBYTES, RATIO = "{:,.1f} s", "{:,.0f} ms", "{:,.0f} kB", "{:,.1f} ×"

ROWS = {
    "quads": Row("quads", "{:,.0f}"),
    "build": Row("first build, validated", "{:,.2f} min", at_most(20, "under 20 minutes")),
    "build processor": Row("first build: processor time", "{:,.2f} min"),
    "build memory": Row("first build: peak memory of all processes", "{:,.2f} GB", at_most(4, "under 4 GB")),
    "unchanged": Row("build where nothing changed", SECONDS, at_most(10, "under 10 s")),
    "publish": Row(
        "publish one changed article, from command to reader, p95", SECONDS, steady(1, 1.5, "under 1 s, at most 1.5 ×")
    ),
    "publish processor": Row("publish one changed article: processor time", SECONDS),
    "request": Row(
        "publish one changed article by PUT, from request to answer, p95",
        SECONDS,
        steady(1, 1.5, "under 1 s, at most 1.5 ×"),
    ),
    "request processor": Row("publish one changed article by PUT: processor time", SECONDS),
    "update median": Row("one-triple update over HTTP, p50", MILLISECONDS),
    "update": Row("one-triple update over HTTP, p95", MILLISECONDS, steady(500, 1.5, "under 500 ms, at most 1.5 ×")),
    "update processor": Row("one-triple update: processor time", MILLISECONDS),
    "update disk": Row("one-triple update: disk", KILOBYTES, at_most(200, "under 200 kB")),
    "record": Row("one-triple update of a shared record, p95", MILLISECONDS),
    "record disk": Row("one-triple update of a shared record: disk", KILOBYTES),
    "page": Row("slowest kind of page, p95", MILLISECONDS, at_most(150, "under 150 ms")),
    "page bytes": Row("largest kind of page", KILOBYTES, at_most(150, "under 150 kB")),
    "page growth": Row(
        "kind of page that grew most, p95 against one that shows as much", RATIO, at_most(2, "at most 2 ×")
    ),
    "query": Row("slowest stored query, first page of its answer, p50", MILLISECONDS, at_most(250, "under 250 ms")),
    "queries over": Row("stored queries over 250 ms", "{:,.0f}", at_most(0, "none")),
    "search": Row("search, p99", MILLISECONDS, at_most(20, "under 20 ms")),
    "suggestion": Row("suggestion, p99", MILLISECONDS, at_most(20, "under 20 ms")),
    "browse by three facets": Row("browse by three facets, p99", MILLISECONDS, at_most(20, "under 20 ms")),
    "start": Row("start of kg serve, first answer", SECONDS, at_most(3, "under 3 s")),
    "switch failed": Row("requests that failed while releases were switched", "{:,.0f}", at_most(0, "none")),
    "switch": Row(
        "slowest request while releases were switched, above the median", MILLISECONDS, at_most(100, "under 100 ms")
    ),
    "verify": Row("kg verify", SECONDS),
    "verify speed": Row("kg verify", "{:,.1f} MB/s"),
    "verify told": Row("kg verify: lines of progress", "{:,.0f}"),
    "backup": Row("kg backup", SECONDS),
    "backup speed": Row("kg backup", "{:,.1f} MB/s"),
    "backup told": Row("kg backup: lines of progress", "{:,.0f}"),
}
"""Key → line. Every size has a figure for each that was measured."""
