"""Figures a page at a time: each observation once, those of one indicator after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from kg.catalogue.finding.browse import count, select
from kg.web.data.context import Context
from kg.web.data.resources import Value
from kg.web.lists.listing import (
    MOST_OFFERED,
    OBSERVATION,
    Listed,
    chunks,
    filters,
    in_order,
    iris_of,
    labels_of,
    narrow,
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

    def take(self, limit: int, offset: int) -> list[int]:
        """Return some of the observations, by indicator."""
        chosen = self.chosen | ({"indicator": (self.indicator,)} if self.indicator else {})
        return in_order(
            self.context.catalogue,
            OBSERVATION,
            "indicator",
            select(self.context.catalogue, "observation", chosen),
            limit,
            offset,
        )

    def page(self) -> tuple[list[FigureGroup], Listed]:
        """Return the page that the request names; raises BadRequest and NotFound for one that there is not."""
        within = self.context.catalogue.set(OBSERVATION, "indicator", self.indicator) if self.indicator else None
        chosen = self.chosen | ({"indicator": (self.indicator,)} if self.indicator else {})
        total = count(self.context.catalogue, "observation", select(self.context.catalogue, "observation", chosen))
        offered = filters(self.context, "observation", FILTERS, self.chosen, within)
        page = take_page(self.context, self.take, total, LENGTH, filters=offered)
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
    differing = {
        (row["figure"], row["observation"]): sorted(row["others"].split(), key=partial(_nearest, row["figure"]))
        for row in context.ask_rows("differing", {"observation": iris})
    }
    others = sorted({other for each in differing.values() for other in each[:most]})
    found = context.ask_resources("figures", {"observation": iris, "other": others})
    return figure_groups(found, frozenset(iris), differing, most)


def _nearest(figure: str, other: str) -> tuple[bool, str]:
    """Return what orders the figures that differ from one: those of its article come first."""
    return other.rpartition("/")[0] != figure.rpartition("/")[0], other


def indicators(context: Context) -> dict[str, Value]:
    """Return the labels of the indicators of which there are most figures, by their codes, in the order of labels."""
    view = context.catalogue
    labels = labels_of(context, "indicator", view.sets.values(OBSERVATION, "indicator")[:MOST_OFFERED])
    return dict(sorted(labels.items(), key=lambda one: one[1].text.casefold()))
