"""Which records a list shows: those that the request's filters select, so many a page, with the number of all.

The catalogue says which; a page's query then asks for these and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import request
from pyroaring import BitMap
from werkzeug.exceptions import BadRequest, NotFound

from kg.catalogue import browse, fields
from kg.catalogue.search import LONGEST, labelled
from kg.catalogue.view import View
from kg.web import access
from kg.web.language import current, gettext, mark

STATEMENT, EVENT = fields.STATEMENT, fields.GROUPS.index("event")
MOST_OFFERED = 50
"""Values of a filter that are offered, those with most first."""
CHUNK = 200
"""Records that a download asks for at once."""
FILTER_WORDS = {
    "article": mark("Article"),
    "date": mark("Month or year"),
    "participant": mark("Who takes part"),
    "claimant": mark("Who says it"),
}
"""Filter → what it is called; the parameter has the same name."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that a list offers: its values, each with a label and how many there are, and the one that is chosen."""

    name: str
    words: str
    chosen: str
    values: list[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list: ``shown`` of ``total``, on page ``number``; ``parameter`` names the page in an address."""

    shown: Sequence[Any]
    total: int
    number: int
    length: int
    parameter: str = "page"
    filters: list[Filter] = field(default_factory=list)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // self.length))

    def address(self, number: int) -> str:
        """Return the address of another page of this list, all else as it is asked for now."""
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != self.parameter]
        return f"{access.quote(request.path)}?{urlencode([*kept, (self.parameter, str(number))])}"


def page_number(parameter: str = "page") -> int:
    """Return the number of the page that the request names; raises BadRequest for what is none."""
    text = request.args.get(parameter, "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= 1_000_000):
        raise BadRequest(f"The parameter {parameter} is a number from 1.")
    return int(text)


def take_page(
    take: Callable[[int, int], Sequence[Any]],
    total: int,
    length: int,
    parameter: str = "page",
    filters: list[Filter] | None = None,
) -> Listed:
    """Return the page that the request names; ``take`` gives so many records from an offset on.

    Raises NotFound for a page after the last.
    """
    number = page_number(parameter)
    start = (number - 1) * length
    if number > 1 and start >= total:
        raise NotFound(f"There is no page {number} here: {total} are listed in all.")
    return Listed(take(length, start), total, number, length, parameter, filters or [])


def narrow(view: View, group: str, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the values that the request chooses of some filters; raises BadRequest for one that nothing has."""
    chosen = {name: request.args.get(name, "")[:LONGEST] for name in names}
    for name, value in chosen.items():
        if value and not browse.has(view, name, value):
            offered = ", ".join(view.sets.values(fields.GROUPS.index(group), name)[:10]) or "none"
            raise BadRequest(f"The parameter {name}: nothing here has {value}. There are, for example, {offered}.")
    return {name: (value,) for name, value in chosen.items() if value}


def filters(view: View, group: str, names: Iterable[str], selection: browse.Selection) -> list[Filter]:
    """Return the filters of a list; none where there is one article only, for it has nothing to tell apart."""
    if view.sets.size(fields.GROUPS.index("article"), "", "") < 2:
        return []
    return [_filter(view, group, name, selection) for name in names]


def _filter(view: View, group: str, name: str, selection: browse.Selection) -> Filter:
    among = browse.select(view, group, {key: wanted for key, wanted in selection.items() if key != name})
    counted = view.sets.count(fields.GROUPS.index(group), name, among, MOST_OFFERED)
    chosen = next(iter(selection.get(name, ())), "")
    if chosen and chosen not in dict(counted):
        counted.append((chosen, len(view.set(fields.GROUPS.index(group), name, chosen))))
    labels = labels_of(view, name, [value for value, _ in counted])
    values = sorted(((value, labels.get(value, value), n) for value, n in counted), key=lambda one: one[1].casefold())
    return Filter(name, gettext(FILTER_WORDS[name]), chosen, values)


def labels_of(view: View, name: str, values: Iterable[str]) -> dict[str, str]:
    """Return the labels of a filter's values in the language of the page, as far as they name records."""
    facet = fields.LABELLED.get(name)
    if facet is None:
        return {}
    paths = {value: facet.path(value) for value in values}
    things = view.named(paths.values())
    return {value: labelled(things[path], current())[0] for value, path in paths.items() if path in things}


def in_order(view: View, group: str, name: str, selected: BitMap | None, limit: int, offset: int = 0) -> list[int]:
    """Return the records of one page of what is selected, None for all, in the order of their values of a set's name.

    Those that have the same value come in the order in which they were recorded: an article's in the order of IRIs.
    """
    number = fields.GROUPS.index(group)
    found: list[int] = []
    for value in view.sets.sorted_values(number, name):
        members = view.sets.get(number, name, value)
        common = members if selected is None else members & selected
        found += common[offset : offset + limit - len(found)]
        offset = max(0, offset - len(common))
        if len(found) == limit:
            break
    return found


def iris_of(view: View, records: Iterable[int]) -> list[str]:
    """Return the IRIs of records, in the order given."""
    base = access.iris().base
    return [base + path for path in view.paths(records)]


def chunks(take: Callable[[int, int], list[int]]) -> Iterator[list[int]]:
    """Yield all records of a list, CHUNK at a time."""
    offset = 0
    while records := take(CHUNK, offset):
        yield records
        offset += CHUNK


def facet_path(path: str) -> str:
    """Return what the sets of statements call the record of a path."""
    return fields.facet_value(path)
