"""Events a page at a time: those with a date in the order of time, those without, and times that have no date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from werkzeug.exceptions import NotFound

from kg.catalogue.fields import UNDATED
from kg.catalogue.finding.browse import page as by_name
from kg.catalogue.finding.browse import select, values_of
from kg.catalogue.sets import Records
from kg.web.data.context import Context
from kg.web.lists.asking import count
from kg.web.lists.linked import leading_to
from kg.web.lists.listing import EVENT, PERIOD, Listed, both, chunks, filters, in_order, iris_of, narrow, take_page
from kg.web.parts.timeline import Timeline, timeline

FILTERS = ("article", "date", "participant", "reporter")
LENGTHS = {"page": 20, "undated": 12, "relative": 12}
"""Events with a date, events without, and times without a date, of one page."""
MOST_TOLD = 1000
"""Statements on times without a date that one page asks for (``queries/timeline.rq``)."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """What a page of the timeline shows, and which part of each list that is."""

    times: Timeline
    dated: Listed
    undated: Listed
    relative: Listed
    told: dict[str, int]
    """IRI of a time without a date → how many statements name it, where some of them may be left out."""


@dataclass(frozen=True, slots=True)
class EventSelection:
    """The events of a status, that the request's filters select, and that have to do with what it names."""

    context: Context
    chosen: dict[str, tuple[str, ...]]
    within: Records | None

    @classmethod
    def of_request(cls, context: Context, status: str) -> EventSelection:
        """Return what the request selects; raises BadRequest for a value that nothing has, NotFound for a thing."""
        view = context.catalogue
        within = view.set(EVENT, "status", status) if status else None
        of = context.args.get("of", "")
        if of:
            leading = leading_to(view, EVENT, of) if view.record(of) is not None else None
            if leading is None:
                raise NotFound(f"There is nothing called {of} here to which events lead. Is it spelt right?")
            within = both(within, leading)
        return cls(context, narrow(context, "event", FILTERS), within)

    @property
    def selected(self) -> Records:
        """The records of the events."""
        found = both(select(self.context.catalogue, "event", self.chosen), self.within)
        return self.context.catalogue.set(EVENT, "", "") if found is None else found

    def dated(self, limit: int, offset: int) -> list[int]:
        """Return events that have a date, in the order of time."""
        return in_order(self.context.catalogue, EVENT, "span", self.selected - self._undated, limit, offset)

    def undated(self, limit: int, offset: int) -> list[int]:
        """Return events that have none, in the order of their names."""
        return by_name(self.context.catalogue, "event", self.selected & self._undated, limit, offset)

    @property
    def _undated(self) -> Records:
        return self.context.catalogue.set(EVENT, "span", UNDATED)

    @property
    def times(self) -> Records:
        """The times without a date that statements name: all, or those of the article that is chosen."""
        view = self.context.catalogue
        chosen = {name: values for name, values in self.chosen.items() if name == "article"}
        shared = Records(view.records(values_of(view, "statement", "period")))
        told = view.set(PERIOD, "span", UNDATED) & (view.set(PERIOD, "told", "yes") | shared)
        return both(select(view, "period", chosen), told) or Records()

    def page(self) -> EventPage:
        """Return the page that the request names; raises BadRequest and NotFound for one that there is not."""
        selected, times, view = self.selected, self.times, self.context.catalogue
        offered = filters(self.context, "event", FILTERS, self.chosen, self.within)
        dated = take_page(self.context, self.dated, len(selected - self._undated), LENGTHS["page"], filters=offered)
        undated = take_page(self.context, self.undated, len(selected & self._undated), LENGTHS["undated"], "undated")
        relative = take_page(
            self.context,
            lambda limit, offset: by_name(view, "period", times, limit, offset),
            len(times),
            LENGTHS["relative"],
            "relative",
        )
        found = ask(self.context, [*dated.shown, *undated.shown], relative.shown)
        return EventPage(found, dated, undated, relative, self._told(found))

    def _told(self, found: Timeline) -> dict[str, int]:
        if len({statement.iri for _, told in found.relative for statement in told}) < MOST_TOLD:
            return {}
        base = self.context.iris.base
        return {
            period.iri: count(self.context, "statements", of=period.iri.removeprefix(base), link="^period")
            for period, _ in found.relative
        }

    def parts(self) -> Iterator[Timeline]:
        """Yield all events, some at a time, those with a date first."""
        for take in (self.dated, self.undated):
            for records in chunks(take):
                yield ask(self.context, records, [])


def ask(context: Context, events: Sequence[int], times: Sequence[int]) -> Timeline:
    """Return some events and times."""
    values = {"event": iris_of(context, events), "time": iris_of(context, times)}
    return timeline(context.ask_resources("timeline", values), values["event"], values["time"])
