"""Figures as a page compares them: each count once with its printings, like with like, each with its bound."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from kg.web.data.resources import Resource, Resources
from kg.web.parts.timeline import days
from kg.web.text.language import gettext, mark
from kg.web.words.codes import amount_words, slug_of

PLAIN = "as-printed"
"""Code of the bound of a number that no word bounds."""
BOUNDS = {
    PLAIN: mark("No word bounds the number: it is printed just so."),
    "at-least": mark("The true number is this or higher."),
    "more-than": mark("The true number is higher than this."),
    "at-most": mark("The true number is this or lower."),
    "less-than": mark("The true number is lower than this."),
    "approximately": mark("The true number may be somewhat lower or higher."),
    "at-least-scope-unclear": mark(
        "It is not clear whether “at least” governs this number too: it may be exact, or the least it can be."
    ),
}
"""Code of a bound → what it means for the number, for those who do not know the word; of others, their definition."""


@dataclass(frozen=True, slots=True)
class Printing:
    """One figure: a statement that prints a count.

    ``differing`` are the IRIs of all figures that give the same count with another number or bound, ``others`` the
    first of them.
    """

    statement: Resource
    count: Count
    differing: list[str] = field(default_factory=list, compare=False)
    others: list[Printing] = field(default_factory=list, compare=False)

    @property
    def bound(self) -> Resource | None:
        """How the words printed here bound the number."""
        return self.statement.link("att:bound")

    @property
    def words(self) -> str:
        """The number with its bound as printed here, in words."""
        return bounded(self.count.amount, self.bound)

    @property
    def elsewhere(self) -> list[tuple[str, list[Printing]]]:
        """The others of the same article and those of other articles, each under words that say so."""
        own = slug_of(self.statement)
        here = [other for other in self.others if slug_of(other.statement) == own]
        there = [other for other in self.others if slug_of(other.statement) != own]
        named = [(gettext("but elsewhere in the same article"), here), (gettext("but in another article"), there)]
        return [(words, printings) for words, printings in named if printings]


@dataclass(frozen=True, slots=True)
class Count:
    """One observation with the figures that print it; ``value`` is its number, or the text that stands for one."""

    observation: Resource
    value: Decimal | str
    printings: list[Printing] = field(default_factory=list, compare=False)

    def link(self, name: str) -> Resource | None:
        """Return the first resource of a property of the observation."""
        return self.observation.link(name)

    @property
    def bound(self) -> Resource | None:
        """The most cautious bound of its printings."""
        return self.observation.link("att:bound")

    @property
    def amount(self) -> str:
        """The number without its bound, in words."""
        return amount_words(self.value) if isinstance(self.value, Decimal) else self.value

    @property
    def words(self) -> str:
        """The number with its bound in words."""
        return bounded(self.amount, self.bound)

    @property
    def example(self) -> str:
        """What a legend explains: the number where a word bounds it, else that none does."""
        return self.bound.label if self.bound is not None and self.bound.key == PLAIN else self.words

    @property
    def meaning(self) -> str:
        """What the bound means for the number."""
        found = self.bound
        if found is None:
            return ""
        known = BOUNDS.get(found.key)
        return gettext(known) if known else found.text("skos:definition") or found.label

    @property
    def measured(self) -> tuple[str, str, str]:
        """IRIs of what is measured: counts that share them can differ from one another."""
        return _iri(self.link("att:indicator")), _iri(self.link("att:population")), _iri(self.link("att:period"))


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Counts of one indicator, population, unit and length of time, so that each may be compared with each."""

    key: str
    indicator: Resource
    population: Resource | None
    unit: Resource | None
    counts: list[Count]

    @property
    def printings(self) -> list[Printing]:
        """The figures of the group, those of one count after another."""
        return [printing for count in self.counts for printing in count.printings]

    @property
    def periods(self) -> list[Resource]:
        """The periods in the order of the counts, each once."""
        return list(dict.fromkeys(period for count in self.counts if (period := count.link("att:period"))))

    @property
    def bounds(self) -> list[Count]:
        """One count for each bound, to explain it by."""
        return list({_iri(count.bound): count for count in reversed(self.counts)}.values())[::-1]


def bounded(amount: str, bound: Resource | None) -> str:
    """Return a number with its bound in words, by the bound's own pattern."""
    if bound is None:
        return amount
    pattern = bound.text("att:template") or f"{{number}} ({bound.label})"
    return pattern.replace("{number}", amount)


def read_counts(found: Resources) -> list[Count]:
    """Return the observations that have a number and are printed, in the order in which articles print them."""
    counts = {}
    for observation in found.of_type("att:Observation"):
        text, number = observation.text("att:value"), observation.decimal("att:value")
        if text is not None:
            counts[observation.iri] = Count(observation, text if number is None else number)
    for figure in found.of_type("att:Figure"):
        for observation in figure.links("att:prints"):
            if observation.iri in counts:
                count = counts[observation.iri]
                count.printings.append(Printing(figure, count))
    return sorted((count for count in counts.values() if count.printings), key=lambda c: c.printings[0].statement.iri)


def figure_groups(
    found: Resources, shown: Collection[str], differing: Mapping[tuple[str, str], list[str]], most: int
) -> list[FigureGroup]:
    """Return the counts of an answer of ``queries/figures.rq`` in groups that compare like with like.

    ``shown`` are the IRIs of their observations. ``differing`` gives for an observation and a bound, "" for none, the
    figures that give the same count with another number or bound; the first ``most`` of each are in the answer. The
    groups come in the order in which articles first print one of them.
    """
    counts = read_counts(found)
    printings = {(each.statement.iri, count.measured): each for count in counts for each in count.printings}
    groups: dict[tuple[str, str, str, str], list[Count]] = defaultdict(list)
    for count in counts:
        if count.observation.iri not in shown:
            continue
        for one in count.printings:
            one.differing.extend(differing.get((count.observation.iri, _iri(one.bound)), []))
            near = ((iri, count.measured) for iri in one.differing[:most])
            one.others.extend(printings[other] for other in near if other in printings)
        population, unit = _iri(count.link("att:population")), _iri(count.link("att:unit"))
        groups[_iri(count.link("att:indicator")), population, unit, _length(count)].append(count)
    return [_group(members) for members in groups.values()]


def _group(members: list[Count]) -> FigureGroup:
    first = members[0]
    indicator = first.link("att:indicator") or first.observation
    population, unit, period = first.link("att:population"), first.link("att:unit"), first.link("att:period")
    key = "-".join(_short(part) for part in (indicator, population, unit, period) if part)
    return FigureGroup(key, indicator, population, unit, sorted(members, key=_order))


def _short(resource: Resource) -> str:
    """Return what identifies a resource in an id of the page; that of an article names the article."""
    return re.sub("^/(id/|code/)?", "", resource.path or resource.iri).replace("/", ".")


def _order(count: Count) -> tuple[str, str]:
    period = count.link("att:period")
    day = (period.text("att:lastDay") or period.text("att:firstDay") or "") if period else ""
    return day, count.observation.iri


def _length(count: Count) -> str:
    """Return how many days a period has, months counted as equal, or else which period it is."""
    period = count.link("att:period")
    first, last = days(period) if period else (None, None)
    if not first or not last or last == datetime.date.max:
        return _iri(period)
    after = last + datetime.timedelta(days=1)
    if first.day == after.day == 1:
        return f"{(after.year - first.year) * 12 + after.month - first.month} months"
    return f"{(after - first).days} days"


def _iri(resource: Resource | None) -> str:
    return resource.iri if resource else ""
