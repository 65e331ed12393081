"""Figures as tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kg.bench.scale.figures import BySize, find_like, growth
from kg.bench.scale.rows import ROWS

if TYPE_CHECKING:
    from kg.bench.scale.reading import Page

SLOWEST = 10
MANY = 1000
"""Rows from which a page of an answer is full."""


def table(by_row: Mapping[str, BySize]) -> str:
    """Return the table of all lines, with a column for each size, the growth, and what is to be reached."""
    sizes = sorted({size for found in by_row.values() for size in found})
    heads = ["", *(f"{size:,} article{'s' * (size > 1)}" for size in sizes), "growth", "reach", "reached"]
    lines = []
    for key, row in ((key, row) for key, row in ROWS.items() if key in by_row):
        found = by_row[key]
        target = row.target
        reached = "" if target is None else "yes" if target.holds(found) else "**no**"
        shown = [row.show(found[size]) for size in sizes]
        lines.append([row.words, *shown, f"{growth(found):.1f} ×", target.words if target else "", reached])
    return _markdown(heads, lines, left={0, len(sizes) + 2, len(sizes) + 3})


def page_table(pages: Mapping[int, Mapping[str, Page]]) -> str:
    """Return the table of all kinds of pages, the slowest at the largest size first."""
    sizes = sorted(pages)
    last = pages[sizes[-1]]
    lines = []
    for kind in sorted(last, key=lambda kind: -last[kind].times.at(0.95)):
        times = {size: pages[size][kind].times.at(0.95) for size in sizes if kind in pages[size]}
        shown = [f"{times[size] * 1000:,.0f}" if size in times else "" for size in sizes]
        processor = f"{last[kind].times.spent * 1000:,.0f}"
        base, grown = page_growth(pages, kind)
        grew = f"{grown:.1f} × of {base:,}" if base != sizes[-1] else "–"
        lines.append([kind, *shown, grew, processor, f"{last[kind].size:,}"])
    heads = ["page", *(f"{size:,}" for size in sizes), "growth", "processor", "bytes"]
    return _markdown(heads, lines, left={0})


def page_growth(pages: Mapping[int, Mapping[str, Page]], kind: str) -> tuple[int, float]:
    """Return how many times its time at the smallest size that shows as much a kind of page takes, and that size."""
    found = {size: by_kind[kind] for size, by_kind in pages.items() if kind in by_kind}
    base = find_like({size: page.size for size, page in found.items()})
    return base, growth({size: page.times.at(0.95) for size, page in found.items() if size >= base})


def query_table(queries: Mapping[int, Mapping[str, Page]]) -> str:
    """Return the table of the slowest stored queries at the largest size, with the reason of each."""
    sizes = sorted(queries)
    last = queries[sizes[-1]]
    slowest = sorted(last, key=lambda name: -last[name].times.at(0.5))[:SLOWEST]
    lines = [
        [
            name,
            *(f"{queries[size][name].times.at(0.5) * 1000:,.0f}" for size in sizes),
            f"{last[name].times.spent * 1000:,.0f}",
            f"{last[name].rows:,}",
            f"{last[name].size:,}",
            _reason(last[name]),
        ]
        for name in slowest
    ]
    heads = ["stored query", *(f"{size:,}" for size in sizes), "processor", "rows", "bytes", "reason"]
    return _markdown(heads, lines, left={0, len(heads) - 1})


def _reason(query: Page) -> str:
    if query.rows >= MANY:
        return f"a full page: {query.rows:,} rows, {query.size // query.rows:,} bytes each, to decode and to write"
    if query.rows:
        return "counts or sorts all that fits before it gives its rows"
    return "looks through all that could fit, and finds nothing"


def _markdown(heads: Iterable[str], lines: Iterable[Iterable[str]], left: set[int]) -> str:
    names = list(heads)
    rule = ["---" if number in left else "---:" for number in range(len(names))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [names, rule, *lines]) + "\n"
