"""How times, memory and disk grow with the number of articles: ``kg bench --scale``."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import kg
from kg.bench.scale import writing
from kg.bench.scale.commands import held, run
from kg.bench.scale.folders import bring_data, fresh
from kg.bench.scale.reading import PAGES, QUERIES, Page, measure_lookups, measure_pages, measure_queries, reading
from kg.bench.scale.rows import ROWS
from kg.bench.scale.server import Server
from kg.bench.scale.switching import measure_switches
from kg.bench.scale.table import page_growth, page_table, query_table, table
from kg.errors import ParameterError
from kg.release.publish import Releases
from kg.settings import Settings

SIZES = (1, 10, 100, 1000)
SLOW = 0.25
"""Seconds above which a stored query is slow."""

Progress = Callable[[str], None]


@dataclass(slots=True)
class Figures:
    """What was measured so far: figures by line and size, and pages and stored queries by size."""

    progress: Progress
    by_row: dict[str, dict[int, float]] = field(default_factory=dict)
    pages: dict[int, dict[str, Page]] = field(default_factory=dict)
    queries: dict[int, dict[str, Page]] = field(default_factory=dict)

    def note(self, articles: int, **found: float) -> None:
        """Record figures, and report them."""
        for name, figure in found.items():
            key = name.replace("_", " ")
            self.by_row.setdefault(key, {})[articles] = figure
            self.progress(f"{articles:,} articles: {ROWS[key].words}: {ROWS[key].show(figure)}")


PARTS = ("build", "lookups", "pages", "queries", "publish", "request", "update", "record", "switch", "verify", "backup")
"""What can be measured by itself."""


def measure_scale(settings: Settings, sizes: Sequence[int], folder: Path, progress: Progress, only: str = "") -> str:
    """Return the figures of some numbers of articles as Markdown, the smallest number first.

    The articles are invented; their data and releases are below ``folder``. With ``only``, some of PARTS with commas
    between, nothing else is measured, and releases that are there from before are used. Raises ParameterError for what
    is none of them, KgError where anything fails.
    """
    parts = frozenset(part.strip() for part in only.split(",") if part.strip()) or frozenset(PARTS)
    if unknown := sorted(parts - {*PARTS}):
        raise ParameterError(f"{unknown[0]!r} cannot be measured. Choose from {', '.join(PARTS)}.")
    figures = Figures(progress)
    every: dict[int, Settings] = {}
    for articles in sorted(set(sizes)):
        data = bring_data(settings, folder, articles, progress)
        releases = folder / f"{articles}" / "releases"
        measured = every[articles] = settings.with_(data=data.resolve(), releases=releases.resolve())
        if "build" in parts:
            fresh(releases)
        elif "publish" in parts or Releases(releases).find_intact() is None:
            progress(f"{articles:,} articles: building a release to measure; after a change of the rules it takes long")
            writing.build(measured)
        _measure(measured, articles, figures, parts)
    if "pages" in parts:
        _read_pages(every, figures)
    return to_markdown(figures)


def to_markdown(figures: Figures) -> str:
    """Return what BENCHMARKS.md says of size."""
    return "\n".join(
        [
            "## Size",
            "",
            f"Made by `kg bench --scale` with attested-kg {kg.__version__}, Python {platform.python_version()},"
            f" {os.cpu_count()} processors, of which {_load()} were busy with other things when it ended. The articles"
            " are invented, of some 6,400 quads each. A growth is that from the smallest to the largest size.",
            "",
            table(figures.by_row),
            *_tables(figures),
        ]
    )


def _tables(figures: Figures) -> Iterator[str]:
    if figures.pages:
        yield (
            f"### Pages\n\nMilliseconds in the server, p95 of {PAGES} requests after a first one, of the thing to which"
            " most leads; the sizes are asked in turns. Bytes without compression. A page is compared with that of the"
            " smallest size at which it has two thirds as many bytes, which is named: a list of one row is no measure"
            " of a list of fifty. What grows with the articles because it lists them all, such as the sitemap, has"
            " none.\n"
        )
        yield page_table(figures.pages)
    if figures.queries:
        yield (
            f"### The ten slowest stored queries\n\nMilliseconds in the server, the median of {QUERIES} requests, of"
            " the first page of the answer, without a value for any parameter. Exports, which are whole"
            " graphs, are not measured.\n"
        )
        yield query_table(figures.queries)


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "an unknown number"


def _measure(settings: Settings, articles: int, figures: Figures, parts: frozenset[str]) -> None:
    if "build" in parts:
        built = writing.build(settings)
        figures.note(
            articles, build=built.seconds / 60, build_processor=built.spent / 60, build_memory=built.peak / 1e9
        )
        figures.note(articles, quads=Releases(settings.releases).active().counts["quads"])
        figures.note(articles, unchanged=writing.build(settings).seconds)
    if parts & {"lookups", "queries"}:
        _read(settings, articles, figures, parts)
    if parts & {"publish", "request", "update", "record", "switch"}:
        with Server(settings) as server:
            figures.note(articles, start=server.started)
            _write(settings, server, articles, figures, parts)
    if "verify" in parts:
        _verify(settings, articles, figures)
    if "backup" in parts:
        _back_up(settings, articles, figures)


def _write(settings: Settings, server: Server, articles: int, figures: Figures, parts: frozenset[str]) -> None:
    if "publish" in parts:
        published = writing.publish_changed(settings, server)
        figures.note(articles, publish=published.at(0.95), publish_processor=published.spent)
    if "request" in parts:
        sent = writing.publish_by_request(settings, server)
        figures.note(articles, request=sent.at(0.95), request_processor=sent.spent)
    if "update" in parts:
        updates = writing.update_article(settings, server)
        figures.note(articles, update_median=updates.times.at(0.5) * 1000, update=updates.times.at(0.95) * 1000)
        figures.note(articles, update_processor=updates.times.spent * 1000, update_disk=updates.disk / 1000)
    if "record" in parts:
        records = writing.update_record(settings, server)
        figures.note(articles, record=records.times.at(0.95) * 1000, record_disk=records.disk / 1000)
    if "switch" in parts:
        switches = measure_switches(settings, server)
        figures.note(articles, switch_failed=switches.failed, switch=switches.slowest * 1000)


def _read(settings: Settings, articles: int, figures: Figures, parts: frozenset[str]) -> None:
    with reading(settings) as reader:
        if "lookups" in parts:
            for way, times in measure_lookups(reader):
                figures.note(articles, **{way: times.at(0.99) * 1000})
        if "queries" in parts:
            queries = figures.queries[articles] = dict(measure_queries(reader))
            figures.note(
                articles,
                query=max(query.times.at(0.5) for query in queries.values()) * 1000,
                queries_over=sum(query.times.at(0.5) > SLOW for query in queries.values()),
            )


def _read_pages(every: Mapping[int, Settings], figures: Figures) -> None:
    with ExitStack() as stack:
        readers = {articles: stack.enter_context(reading(settings)) for articles, settings in every.items()}
        for articles, kind, page in measure_pages(readers):
            figures.pages.setdefault(articles, {})[kind] = page
    for articles, pages in figures.pages.items():
        smaller = {size: found for size, found in figures.pages.items() if size <= articles}
        figures.note(
            articles,
            page=max(page.times.at(0.95) for page in pages.values()) * 1000,
            page_bytes=max(page.size for page in pages.values()) / 1000,
            page_growth=max(page_growth(smaller, kind)[1] for kind in pages),
        )


def _verify(settings: Settings, articles: int, figures: Figures) -> None:
    size = held(settings.releases) / 1e6
    ran = run(settings, "verify")
    figures.note(articles, verify=ran.seconds, verify_speed=size / ran.seconds, verify_told=ran.lines)


def _back_up(settings: Settings, articles: int, figures: Figures) -> None:
    size = held(settings.releases) / 1e6
    copy = settings.releases.with_name("backup")
    try:
        ran = run(settings, "backup", copy)
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    figures.note(articles, backup=ran.seconds, backup_speed=size / ran.seconds, backup_told=ran.lines)
