"""Issues as the catalogue counts them, and the positions of one issue a page at a time, party by party."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kg.catalogue.finding.browse import Selection, select
from kg.catalogue.finding.search import labelled
from kg.catalogue.sets import Records
from kg.catalogue.things import Thing
from kg.catalogue.view import View
from kg.web.data.context import Context
from kg.web.data.resources import Resources, Value
from kg.web.lists.asking import count_rows
from kg.web.lists.listing import ISSUE, STATEMENT, Listed, both, iris_of, number_of_values, take_page
from kg.web.parts.issues import IssueView, issue_view

ALL_PARTIES = 3000
"""Parties of an issue that are counted at the most."""
MOST_TOGETHER = 50
"""Positions and disputed statements up to which one page sets all issues side by side."""
MOST_OF_ISSUE = 30
"""The same of one issue, up to which its page shows all of them."""
POSITIONS = 20
"""Positions of one page of an issue with more."""
MOST_AROUND = 400
"""Statements that a page shows around those on issues: what disputes them, is said of the issues, and reasons."""
MOST_EACH = (50, 20, 5, 1)
"""Of these around one statement or issue, the most that are shown: so many as MOST_AROUND allows."""

Around = Mapping[tuple[str, str], list[str]]
"""IRI of an issue or a statement, and ``itself``, ``reasons`` or ``disputes`` → the IRIs of all these."""


@dataclass(frozen=True, slots=True)
class IssueCount:
    """An issue with how many positions on it there are, of how many parties, and how many statements dispute others."""

    path: str
    label: Value
    note: str
    statements: int
    positions: int
    parties: int
    disputing: int


def whole(context: Context) -> Resources | None:
    """Return all issues with what is said on them; None where that is more than one page holds."""
    view = context.catalogue
    said = on_issues(view)
    issues = view.set(ISSUE, "", "")
    shown = _shown(view, said)
    if max(len(shown), len(issues)) > MOST_TOGETHER:
        return None
    around = {iri for each in _around(context, issues, shown).values() for iri in each}
    return None if len(around) > MOST_AROUND else ask(context, issues, shown, around)


def on_issues(view: View) -> Records:
    """Return the statements on any issue."""
    return Records().union(*(view.set(STATEMENT, "issue", key) for key in view.sets.values(STATEMENT, "issue")))


def _shown(view: View, said: Records) -> Records:
    """Return those of some statements on issues that a page sets out: positions, and what disputes another."""
    return said & (view.set(STATEMENT, "type", "Position") | view.set(STATEMENT, "disputes", "yes"))


def ask(context: Context, issues: Records | list[int], said: Records | list[int], around: Collection[str]) -> Resources:
    """Return some issues with some of what is said on them, and what is around that, by IRI."""
    return context.ask_resources("issues", {"x": sorted({*iris_of(context, issues), *iris_of(context, said), *around})})


def _around(context: Context, issues: Records | list[int], said: Records | list[int]) -> Around:
    """Return what is said of the issues themselves, what disputes the statements, and all reasons, in order."""
    rows = context.ask_rows("issue-parts", {"issue": iris_of(context, issues), "said": iris_of(context, said)})
    return {(row["of"], row["part"]): sorted(row["things"].split()) for row in rows}


def _bounded(around: Around) -> set[str]:
    """Return the first of each part, as many as one page shows."""
    chosen: set[str] = set()
    for most in MOST_EACH:
        chosen = {iri for each in around.values() for iri in each[:most]}
        if len(chosen) <= MOST_AROUND:
            break
    return chosen


def _totals(context: Context, issue: str, around: Around, shown: Collection[str]) -> dict[tuple[str, str], int]:
    """Return how many there are of each part in all, for the issue of an IRI; nothing where all of them are shown."""
    if all(iri in shown for each in around.values() for iri in each):
        return {}
    totals = {part: len(iris) for part, iris in around.items()}
    reasons = (around.get((itself, "reasons"), []) for itself in around.get((issue, "itself"), []))
    disputes = count_rows(context, "disputes", on=issue.removeprefix(context.iris.base))
    return totals | {(issue, "reasons"): len(set().union(*reasons)), (issue, "disputes"): disputes}


def count_issues(context: Context, selection: Selection, limit: int, offset: int) -> list[IssueCount]:
    """Return the issues with statements that are selected, those with most first."""
    view = context.catalogue
    selected = select(view, "statement", selection)
    counted = view.sets.count(STATEMENT, "issue", selected, limit + offset)[offset:]
    things = view.named(f"id/{key}" for key, _ in counted)
    return [_count(context, key, selected, things[f"id/{key}"]) for key, _ in counted if f"id/{key}" in things]


def number_of_issues(view: View, selection: Selection) -> int:
    """Return how many issues have statements that are selected."""
    return number_of_values(view, STATEMENT, "issue", select(view, "statement", selection))


def one_issue(context: Context, issue: str) -> tuple[IssueView, Listed | None]:
    """Return an issue with what is said on it, given its path, and None; of one with much, a page of its positions.

    Raises BadRequest and NotFound for a page that there is not.
    """
    view = context.catalogue
    said, record = view.set(STATEMENT, "issue", issue.removeprefix("id/")), view.record(issue)
    issues = [] if record is None else [record]
    whole = _shown(view, said)
    if len(whole) <= MOST_OF_ISSUE:
        return _view(context, issue, issues, whole), None
    parties = _parties(view, said)
    total = sum(party.number for party in parties)
    page = take_page(context, lambda limit, offset: _slice(view, parties, limit, offset), total, POSITIONS)
    shown = list(dict.fromkeys(page.shown))
    return _view(context, issue, issues, shown, set(iris_of(context, shown))), page


def _view(
    context: Context, issue: str, issues: list[int], said: Records | list[int], shown: set[str] | None = None
) -> IssueView:
    """Return the issue of a path with some statements on it, and what is around these, as much as one page shows."""
    iri, around = context.iris.base + issue, _around(context, issues, said)
    chosen = _bounded(around)
    found = ask(context, issues, said, chosen)
    totals = _totals(context, iri, around, chosen.union(iris_of(context, said)))
    return issue_view(found, found.get(iri), shown, totals)


def position_chunks(context: Context, selection: Selection) -> Iterator[list[IssueView]]:
    """Yield all issues with the positions on them that are selected, POSITIONS at a time: they may be many."""
    view = context.catalogue
    selected = select(view, "statement", selection)
    for key in view.sets.values(STATEMENT, "issue"):
        record = view.record(f"id/{key}")
        parties = _parties(view, both(view.set(STATEMENT, "issue", key), selected) or Records())
        for offset in range(0, sum(party.number for party in parties), POSITIONS):
            shown = list(dict.fromkeys(_slice(view, parties, POSITIONS, offset)))
            iris = iris_of(context, shown)
            around = _around(context, [], shown)
            reasons = {reason for iri in iris for reason in around.get((iri, "reasons"), [])}
            found = ask(context, [] if record is None else [record], shown, reasons)
            yield [issue_view(found, found.get(f"{context.iris.base}id/{key}"), set(iris))]


class _Party(NamedTuple):
    """The positions of one party: those of ``among`` that have a value of a set's name, and how many these are."""

    among: Records
    name: str
    value: str
    number: int


def _parties(view: View, said: Records) -> list[_Party]:
    """Return the parties with positions, the one with most first; then, of those without a holder, by claimant."""
    found: list[_Party] = []
    left = said & view.set(STATEMENT, "type", "Position")
    for name in ("holder", "claimant"):
        if not left:
            break
        counted = view.sets.count(STATEMENT, name, left, ALL_PARTIES)
        found += [_Party(left, name, value, number) for value, number in counted]
        left = left - Records().union(*(view.set(STATEMENT, name, value) for value, _ in counted))
    if left:
        found.append(_Party(left, "type", "Position", len(left)))
    return found


def _slice(view: View, parties: list[_Party], limit: int, offset: int) -> list[int]:
    """Return some of the positions of parties, one party's after another's; only these are looked up."""
    found: list[int] = []
    for party in parties:
        if offset < party.number:
            positions = party.among & view.set(STATEMENT, party.name, party.value)
            found += positions[offset : offset + limit - len(found)]
        offset = max(0, offset - party.number)
        if len(found) == limit:
            break
    return found


def _count(context: Context, key: str, selected: Records | None, thing: Thing) -> IssueCount:
    view = context.catalogue
    said = view.set(STATEMENT, "issue", key)
    said = said if selected is None else said & selected
    positions = said & view.set(STATEMENT, "type", "Position")
    text, language = labelled(thing, context.language)
    return IssueCount(
        f"/doc/{key}",
        Value(text, language, None),
        thing.note,
        len(said),
        len(positions),
        view.sets.number(STATEMENT, "holder", positions),
        said.intersection_cardinality(view.set(STATEMENT, "disputes", "yes")),
    )
