"""Figures as a page compares them: like with like, each with its bound, and where print differs from print."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from kg.catalogue.fields import facet_value
from kg.web.language import gettext, mark
from kg.web.resources import Resource, Resources
from kg.web.timeline import days
from kg.web.words import digits, slug_of

BOUNDS = {
    "as-printed": (mark("as printed"), mark("No word bounds the number: it is given just so.")),
    "at-least": (
        mark("at least"),
        mark("The number is a lower bound: the true number may be higher, and is not said to be lower."),
    ),
    "more-than": (mark("more than"), mark("The true number is above this one; how far above is not said.")),
    "approximately": (
        mark("about"),
        mark("The number is approximate: the true one may be somewhat lower or higher."),
    ),
    "at-least-scope-unclear": (
        mark("perhaps at least"),
        mark("It is not clear whether “at least” governs this number too: it may be exact, or a lower bound."),
    ),
}
"""Code of a bound → its word, and what it means for the number, for those who do not know the word."""
BOUND_PREFIXES = {
    "at-least": mark("at least %(value)s"),
    "more-than": mark("more than %(value)s"),
    "approximately": mark("about %(value)s"),
    "at-least-scope-unclear": mark("perhaps at least %(value)s"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``others`` are those of the same indicator, population and period that are printed differently.

    ``value`` is the number, or the text that stands where one should.
    """

    statement: Resource
    value: Decimal | str
    others: list[Figure] = field(default_factory=list, compare=False)

    def link(self, name: str) -> Resource | None:
        """Return the first resource of a property of the statement."""
        return self.statement.link(name)

    @property
    def bound(self) -> str:
        """Code of the bound."""
        found = self.statement.link("att:bound")
        return found.key if found else "as-printed"

    @property
    def words(self) -> str:
        """The number with its bound in words."""
        value = digits(str(self.statement.text("att:value")))
        return gettext(BOUND_PREFIXES[self.bound], value=value) if self.bound in BOUND_PREFIXES else value

    @property
    def example(self) -> str:
        """What a legend explains: the number where a word bounds it, else that none does."""
        return self.words if self.bound in BOUND_PREFIXES else gettext(BOUNDS["as-printed"][0])

    @property
    def meaning(self) -> str:
        """What the bound means for the number."""
        found = self.statement.link("att:bound")
        if self.bound in BOUNDS:
            return gettext(BOUNDS[self.bound][1])
        return (found.text("skos:definition") or found.label) if found else ""

    @property
    def elsewhere(self) -> list[tuple[str, list[Figure]]]:
        """The others, told apart by whether they stand in the same article, each under words that say so."""
        own = slug_of(self.statement)
        here = [other for other in self.others if slug_of(other.statement) == own]
        there = [other for other in self.others if slug_of(other.statement) != own]
        named = [(gettext("but elsewhere in the same article"), here), (gettext("but in another article"), there)]
        return [(words, figures) for words, figures in named if figures]

    @property
    def measured(self) -> tuple[str, str, str]:
        """IRIs of what is measured: figures that share them can differ from one another."""
        return _iri(self.link("att:indicator")), _iri(self.link("att:population")), _iri(self.link("att:period"))


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Figures of one indicator, population, unit and length of time, so that each may be set beside each."""

    key: str
    indicator: Resource
    population: Resource | None
    unit: Resource | None
    figures: list[Figure]

    @property
    def periods(self) -> list[Resource]:
        """The periods in the order of the figures, each once."""
        return list(dict.fromkeys(period for f in self.figures if (period := f.link("att:period"))))

    @property
    def bounds(self) -> list[Figure]:
        """One figure for each bound, to explain it by."""
        return list({f.bound: f for f in reversed(self.figures)}.values())[::-1]


def figure_groups(found: Resources) -> list[FigureGroup]:
    """Return the figures of an answer of ``queries/figures.rq`` in groups that compare like with like.

    First come the indicators of which one figure is printed in two ways.
    """
    said = [(s, text) for s in found.of_type("att:Figure") if (text := s.text("att:value"))]
    figures = [Figure(s, text if (number := s.decimal("att:value")) is None else number) for s, text in said]
    by_measure: dict[tuple[str, str, str], list[Figure]] = defaultdict(list)
    for figure in figures:
        by_measure[figure.measured].append(figure)
    for same in by_measure.values():
        for figure in same:
            figure.others.extend(o for o in same if (o.value, o.bound) != (figure.value, figure.bound))
    groups: dict[tuple[str, str, str, str], list[Figure]] = defaultdict(list)
    for figure in figures:
        population, unit = _iri(figure.link("att:population")), _iri(figure.link("att:unit"))
        groups[_iri(figure.link("att:indicator")), population, unit, _length(figure)].append(figure)
    made = [_group(members) for members in groups.values()]
    differing = {group.indicator for group in made if any(figure.others for figure in group.figures)}
    return sorted(made, key=lambda g: (g.indicator not in differing, g.indicator.sort_key, -len(g.periods), g.key))


def _group(members: list[Figure]) -> FigureGroup:
    first = members[0]
    indicator = first.link("att:indicator") or first.statement
    period = first.link("att:period")
    ordered = sorted(members, key=_order)
    population, unit = first.link("att:population"), first.link("att:unit")
    key = "-".join(_short(part) for part in (indicator, population, unit, period) if part)
    return FigureGroup(key, indicator, population, unit, ordered)


def _short(resource: Resource) -> str:
    """Return what tells a resource from all others in an id of the page; that of an article names the article."""
    return facet_value(resource.path or resource.iri).replace("/", ".")


def _order(figure: Figure) -> tuple[str, str]:
    period = figure.link("att:period")
    day = (period.text("att:lastDay") or period.text("att:firstDay") or "") if period else ""
    return day, figure.statement.iri


def _length(figure: Figure) -> str:
    """Return how many days a period has, months counted as equal, or else which period it is."""
    period = figure.link("att:period")
    first, last = days(period) if period else (None, None)
    if not first or not last or last == datetime.date.max:
        return _iri(period)
    after = last + datetime.timedelta(days=1)
    if first.day == after.day == 1:
        return f"{(after.year - first.year) * 12 + after.month - first.month} months"
    return f"{(after - first).days} days"


def _iri(resource: Resource | None) -> str:
    return resource.iri if resource else ""
