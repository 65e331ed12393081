"""Which records a list shows: those that the request's filters select, so many a page, with the number of all.

The catalogue says which; a page's query then asks for these and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.exceptions import BadRequest, NotFound

from kg.catalogue import fields
from kg.catalogue.finding import browse
from kg.catalogue.finding.search import LONGEST, labelled
from kg.catalogue.sets import Records
from kg.catalogue.view import View
from kg.web.data.context import RELEASE, Context
from kg.web.data.resources import Value
from kg.web.lists.index import things_of
from kg.web.text.language import gettext, mark

STATEMENT = fields.STATEMENT
EVENT, PERIOD, ISSUE, OBSERVATION, ARTICLE = (
    fields.GROUPS.index(name) for name in ("event", "period", "issue", "observation", "article")
)
MOST_OFFERED = 25
"""Values of a filter that are offered, those with most first."""
CHUNK = 200
"""Records that a download asks for at once."""
FILTER_WORDS = {
    "article": mark("Article"),
    "date": mark("Month or year"),
    "participant": mark("Who takes part"),
    "claimant": mark("Who says it"),
    "reporter": mark("Who reports it"),
}
"""Filter → what it is called; the parameter has the same name."""
PAGES = ("page", "undated", "relative")
"""Parameters that name a page of a list."""
KEPT = frozenset({*FILTER_WORDS, *PAGES, "of", "role", "status", "indicator", RELEASE})
"""Parameters that the addresses of other pages of a list keep."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that a list offers: its values, each with a label and how many there are, and the one that is chosen.

    ``left_out`` is how many values there are that are not offered.
    """

    name: str
    words: str
    chosen: str
    values: list[tuple[str, str, int]]
    left_out: int


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list: ``shown`` of ``total``, on page ``number``; ``parameter`` names the page in an address."""

    context: Context
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
        return address_with(
            self.context, PAGES if self.parameter == PAGES[0] else (self.parameter,), **{self.parameter: str(number)}
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter has a value."""
        return any(one.chosen for one in self.filters)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What else the request asks for than pages and the values of filters, as names and values."""
        return _asked(self.context, (*PAGES, *(one.name for one in self.filters)))


def address_with(context: Context, without: Collection[str] = PAGES, **changes: str) -> str:
    """Return this page's address with some parameters changed, "" for none, and without others: the first pages."""
    kept = _asked(context, (*without, *changes)) + [(name, value) for name, value in changes.items() if value]
    return quote(context.path) + (f"?{urlencode(kept)}" if kept else "")


def asked_of(context: Context, path: str) -> str:
    """Return the address of another form of what this page lists, which in_release completes."""
    kept = urlencode(_asked(context, (RELEASE,)))
    return path + (f"?{kept}" if kept else "")


def _asked(context: Context, without: Collection[str]) -> list[tuple[str, str]]:
    kept = KEPT - set(without)
    return [(name, value) for name, value in context.args.items(multi=True) if name in kept and value]


def page_number(context: Context, parameter: str = "page") -> int:
    """Return the number of the page that the request names; raises BadRequest for what is none."""
    text = context.args.get(parameter, "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= 1_000_000):
        raise BadRequest(f"The parameter {parameter} is a number from 1.")
    return int(text)


def take_page(
    context: Context,
    take: Callable[[int, int], Sequence[Any]],
    total: int,
    length: int,
    parameter: str = "page",
    filters: list[Filter] | None = None,
) -> Listed:
    """Return the page that the request names; ``take`` gives so many records from an offset on.

    Raises NotFound for a page after the last.
    """
    number = page_number(context, parameter)
    start = (number - 1) * length
    if number > 1 and start >= total:
        raise NotFound(f"There is no page {number} here: {total} are listed in all.")
    return Listed(context, take(length, start), total, number, length, parameter, filters or [])


def narrow(context: Context, group: str, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the values that the request chooses of some filters; raises BadRequest for one that nothing has."""
    view = context.catalogue
    chosen = {name: context.args.get(name, "")[:LONGEST] for name in names}
    for name, value in chosen.items():
        if value and not browse.has(view, name, value):
            offered = ", ".join(view.sets.values(fields.GROUPS.index(group), name)[:10]) or "none"
            raise BadRequest(f"The parameter {name}: nothing here has {value}. There are, for example, {offered}.")
    return {name: (value,) for name, value in chosen.items() if value}


def filters(
    context: Context, group: str, names: Iterable[str], selection: browse.Selection, within: Records | None = None
) -> list[Filter]:
    """Return the filters of a list, which holds some records only where ``within`` names them; none where there is
    one article only, for there is nothing to choose."""
    view = context.catalogue
    if view.sets.size(fields.GROUPS.index("article"), "", "") < 2:
        return []
    return [_filter(context, group, name, selection, within) for name in names]


def _filter(context: Context, group: str, name: str, selection: browse.Selection, within: Records | None) -> Filter:
    view = context.catalogue
    among = both(browse.select(view, group, {key: one for key, one in selection.items() if key != name}), within)
    counted = view.sets.count(fields.GROUPS.index(group), name, among, MOST_OFFERED)
    chosen = next(iter(selection.get(name, ())), "")
    if chosen and chosen not in dict(counted):
        counted.append((chosen, len(both(view.set(fields.GROUPS.index(group), name, chosen), among) or ())))
    offered = sum(number > 0 for _, number in counted)
    left_out = number_of_values(view, fields.GROUPS.index(group), name, among) - offered
    labels = labels_of(context, name, [value for value, _ in counted])
    named = [(value, labels[value].text if value in labels else value, number) for value, number in counted]
    return Filter(name, gettext(FILTER_WORDS[name]), chosen, sorted(named, key=lambda one: one[1].casefold()), left_out)


def number_of_values(view: View, group: int, name: str, among: Records | None) -> int:
    """Return how many values of a set's name some records of a group have, None for all records."""
    return len(view.sets.values(group, name)) if among is None else view.sets.number(group, name, among)


def both(one: Records | None, other: Records | None) -> Records | None:
    """Return what two selections have in common, None for one of all records."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def labels_of(context: Context, name: str, values: Iterable[str]) -> dict[str, Value]:
    """Return the labels of a filter's values in the language of the page, as far as they name records."""
    view = context.catalogue
    labels = {value: labelled(thing, context.language) for value, thing in things_of(view, name, values).items()}
    return {value: Value(text, language, None) for value, (text, language) in labels.items()}


def in_order(
    view: View,
    group: int,
    name: str,
    selected: Records | None,
    limit: int,
    offset: int = 0,
    *,
    is_last_first: bool = False,
) -> list[int]:
    """Return the records of one page of what is selected, None for all, in the order of their values of a set's name.

    Those that have the same value come in the order in which they were recorded: an article's in the order of IRIs. A
    record with several values comes with each; those without any come last.
    """
    found: list[int] = []
    values = view.sets.sorted_values(group, name)
    for members in _by_value(view, group, name, reversed(values) if is_last_first else values):
        common = members if selected is None else members & selected
        found += common[offset : offset + limit - len(found)]
        offset = max(0, offset - len(common))
        if len(found) == limit:
            break
    return found


def _by_value(view: View, group: int, name: str, values: Iterable[str]) -> Iterator[Records]:
    """Yield the records of each value of a set's name, and those that have none."""
    left = view.set(group, "", "")
    for value in values:
        members = view.sets.get(group, name, value)
        yield members
        left = left - members
    yield left


def place_of(view: View, group: int, name: str, selected: Records | None, record: int) -> int | None:
    """Return how many records come before one in the order of ``in_order``; None where it is not among them."""
    before = 0
    for members in _by_value(view, group, name, view.sets.sorted_values(group, name)):
        common = members if selected is None else members & selected
        if record in common:
            return before + common.rank(record) - 1
        before += len(common)
    return None


def iris_of(context: Context, records: Iterable[int]) -> list[str]:
    """Return the IRIs of records, in the order given."""
    view = context.catalogue
    base = context.iris.base
    return [base + path for path in view.paths(records)]


def chunks(take: Callable[[int, int], list[int]]) -> Iterator[list[int]]:
    """Yield all records of a list, CHUNK at a time."""
    offset = 0
    while records := take(CHUNK, offset):
        yield records
        offset += CHUNK


GLOBALS = {"address_with": address_with, "asked_of": asked_of}
