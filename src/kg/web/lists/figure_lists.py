"""Figures a page at a time: each observation once, those of one indicator after another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from kg.catalogue.fields import FIGURE
from kg.catalogue.finding.browse import select
from kg.catalogue.sets import Records
from kg.catalogue.view import View
from kg.web.data.context import Context
from kg.web.data.resources import Resource, Value, to_decimal
from kg.web.lists.asking import NONE
from kg.web.lists.listing import (
    MOST_OFFERED,
    OBSERVATION,
    Listed,
    both,
    chunks,
    filters,
    in_order,
    iris_of,
    labels_of,
    narrow,
    number_of_values,
    take_page,
)
from kg.web.parts.figures import FigureGroup, figure_groups

FILTERS = ("article", "date", "reporter")
LENGTH = 16
"""Observations of one page."""
MOST_DIFFERING = 10
"""Figures shown at the most of those that give the same count as one with another number or bound."""


@dataclass(frozen=True, slots=True)
class FigureSelection:
    """The observations of an indicator, or of all, that the request's filters select."""

    context: Context
    chosen: dict[str, tuple[str, ...]]
    indicator: str

    @classmethod
    def of_request(cls, context: Context, indicator: str) -> FigureSelection:
        """Return what the request selects; raises BadRequest for a value that nothing has."""
        return cls(context, narrow(context, "observation", FILTERS), indicator)

    @property
    def _within(self) -> Records:
        """The observations of the indicator that an article prints."""
        all_figures = figures(self.context.catalogue)
        if not self.indicator:
            return all_figures
        return all_figures & self.context.catalogue.set(OBSERVATION, "indicator", self.indicator)

    @property
    def _selected(self) -> Records:
        """Those of them that the filters select."""
        return both(select(self.context.catalogue, "observation", self.chosen), self._within) or Records()

    def take(self, limit: int, offset: int) -> list[int]:
        """Return some of the observations, by indicator."""
        return in_order(self.context.catalogue, OBSERVATION, "indicator", self._selected, limit, offset)

    def page(self) -> tuple[list[FigureGroup], Listed]:
        """Return the page that the request names; raises BadRequest and NotFound for one that there is not."""
        offered = filters(self.context, "observation", FILTERS, self.chosen, self._within)
        page = take_page(self.context, self.take, len(self._selected), LENGTH, filters=offered)
        return ask(self.context, page.shown), page

    def parts(self) -> Iterator[list[FigureGroup]]:
        """Yield all groups, those of some observations at a time."""
        for records in chunks(self.take):
            yield ask(self.context, records, 0)


def ask(context: Context, observations: Sequence[int], most: int = MOST_DIFFERING) -> list[FigureGroup]:
    """Return some observations in groups that compare like with like.

    Of the figures that differ from one, ``most`` are described, those of the same article first; all are named.
    """
    iris = iris_of(context, observations)
    differing = _differing(context.ask_rows("same-count", {"observation": iris}))
    others = sorted({other for each in differing.values() for other in each[:most]})
    found = context.ask_resources("figures", {"observation": iris, "other": others})
    return figure_groups(found, frozenset(iris), differing, most)


def _differing(rows: list[dict[str, str]]) -> dict[tuple[str, str], list[str]]:
    """Return, by an observation and a bound with which a figure prints it, "" for none, the IRIs of all figures that
    give the same count with another number or bound, those of the same article first."""
    counts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        counts[row["observation"]].append(row)
    differing = {}
    for observation, same in counts.items():
        nearest = partial(_nearest, observation)
        for said in [_said(row) for row in same if row["own"] == "true"]:
            others = {iri for row in same if _said(row) != said for iri in row["figures"].split()}
            differing[observation, said[1]] = sorted(others, key=nearest)
    return differing


def _said(row: dict[str, str]) -> tuple[Decimal | str, str]:
    """Return the number of a row, or the text in its place, and the IRI of its bound, "" for none."""
    number = to_decimal(row["value"])
    return row["value"] if number is None else number, row.get("bound", "")


def _nearest(observation: str, figure: str) -> tuple[bool, str]:
    """Return what orders the figures that differ from an observation: those of its article come first."""
    return figure.rsplit("/", 2)[0] != observation.rsplit("/", 2)[0], figure


def shared_by(group: FigureGroup) -> dict[str, list[str]]:
    """Return the filters that give the figures of a group and no others: the periods tell its length of time."""
    one = {"indicator": group.indicator, "population": group.population, "unit": group.unit}
    return {name: [_named(thing)] for name, thing in one.items()} | {"period": [*map(_named, group.periods)] or [NONE]}


def _named(thing: Resource | None) -> str:
    return (thing.path or "").removeprefix("/") if thing else NONE


def figures(view: View) -> Records:
    """Return the observations that are listed as figures."""
    return view.set(OBSERVATION, FIGURE, "yes")


def indicators(context: Context) -> tuple[dict[str, Value], int]:
    """Return the labels of the indicators of which there are most figures, by their codes, in the order of labels; and
    how many other indicators figures have."""
    view = context.catalogue
    found = figures(view)
    counted = view.sets.count(OBSERVATION, "indicator", found, MOST_OFFERED)
    labels = labels_of(context, "indicator", [value for value, _ in counted])
    left_out = number_of_values(view, OBSERVATION, "indicator", found) - len(counted)
    return dict(sorted(labels.items(), key=lambda one: one[1].text.casefold())), left_out
