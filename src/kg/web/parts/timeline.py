"""Events in the order of time, the status of each, and what is said of times that have no date."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from babel.dates import format_date

from kg.web.data.resources import Resource, Resources
from kg.web.text.language import current, gettext
from kg.web.text.plain import Words

DAYS = ("att:firstDay", "att:lastDay")


@dataclass(frozen=True, slots=True)
class Moment:
    """An event with its days; either may be missing where the article does not give it."""

    event: Resource
    first: datetime.date | None
    last: datetime.date | None

    @property
    def status(self) -> str:
        """Code of the status."""
        found = self.event.link("att:status")
        return found.key if found else ""

    @property
    def dated(self) -> bool:
        """True where one day at least is known."""
        return self.first is not None or self.last is not None

    @property
    def given(self) -> str:
        """The texts that are given where days should be, empty where there are none."""
        periods = self.event.links("att:period")
        return Words(", ".join(value.text for period in periods for name in DAYS for value in period.values(name)))

    @property
    def when(self) -> str:
        """The time in words: the day, or the days from and to, or else the texts given where days should be."""
        if self.first and self.last:
            return span_words(self.first, self.last)
        if self.first:
            return gettext("since %(first)s", first=day_words(self.first))
        if self.last:
            return gettext("until %(last)s", last=day_words(self.last))
        period = self.event.link("att:period")
        if period is None:
            return gettext("no date given")
        return Words(f"{period.label} ({self.given})") if self.given else period.label


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events with a date, those without, and the times that are known only relative to the article or not at all."""

    dated: list[Moment]
    undated: list[Moment]
    relative: list[tuple[Resource, list[Resource]]]


def timeline(found: Resources, events: Iterable[str], times: Iterable[str]) -> Timeline:
    """Return the events and the times that are named by IRI, of an answer of ``queries/timeline.rq``."""
    moments = [_moment(found.get(event)) for event in events]
    dated = sorted((m for m in moments if m.dated), key=lambda m: (m.first or m.last, m.last or m.first, m.event.iri))
    undated = sorted((m for m in moments if not m.dated), key=lambda m: m.event.sort_key)
    statements = found.of_type("att:Statement")
    relative = [(p, [s for s in statements if p in s.links("att:period")]) for p in map(found.get, times)]
    return Timeline(dated, undated, sorted(relative, key=lambda pair: pair[0].sort_key))


def days(period: Resource) -> tuple[datetime.date | None, datetime.date | None]:
    """Return the first and the last day of a period, neither where one is no day or they are in the wrong order."""
    first, last = map(period.day, DAYS)
    is_sound = all(period.day(name) for name in DAYS if period.text(name)) and not (first and last and last < first)
    return (first, last) if is_sound else (None, None)


def day_words(day: datetime.date) -> str:
    """Return a day as people of the page's language write it."""
    return format_date(day, "d MMM y", locale=current())


def span_words(first: datetime.date, last: datetime.date) -> str:
    """Return a day, a year, or from when to when, as short as may be."""
    if first == last:
        return day_words(first)
    if (first.month, first.day, last.month, last.day, first.year) == (1, 1, 12, 31, last.year):
        return str(first.year)
    same_month = (first.year, first.month) == (last.year, last.month)
    start = str(first.day) if same_month else day_words(first)
    return gettext("%(first)s to %(last)s", first=start, last=day_words(last))


def _moment(event: Resource) -> Moment:
    period = event.link("att:period")
    first, last = days(period) if period else (None, None)
    return Moment(event, first, last)
