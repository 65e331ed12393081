"""Issues as a page sets them out: whose position is which, why, what disputes it, what is said of the issue itself."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kg.web.data.resources import Resource, Resources

MOST_COLUMNS = 4
"""Parties that have a column of their own; with more, a table does not fit a screen."""
DISPUTING = ("att:contradicts", "att:opposes")
"""Links of a statement that disputes another: both cannot be true, or both are positions that oppose each other."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A statement and one that contradicts or opposes it, with the reasons given for the second."""

    claim: Resource
    rejection: Resource
    reasons: list[Resource]
    is_contradiction: bool


@dataclass(frozen=True, slots=True)
class IssueView:
    """One issue. ``parties`` are the holders with their positions, the most positions first.

    ``itself`` is what is said of the issue as such, ``reasons`` what is given as a reason for that.
    """

    issue: Resource
    parties: list[tuple[Resource, list[Resource]]]
    itself: list[Resource]
    reasons: list[Resource]
    disputes: list[Dispute]
    grounds: dict[str, list[Resource]]
    """IRI of a position → the statements given as reasons for it."""
    totals: Mapping[tuple[str, str], int]
    """IRI of an issue or a statement, and ``itself``, ``reasons`` or ``disputes`` → how many of these there are in
    all, where some may be left out."""

    def total(self, thing: Resource, part: str) -> int:
        """Return how many there are in all of a part around a thing; 0 where none is left out."""
        return self.totals.get((thing.iri, part), 0)

    def positions_of(self, party: Resource) -> list[Resource]:
        """Return the positions of one party."""
        return next((positions for holder, positions in self.parties if holder is party), [])


def owners(statement: Resource) -> list[Resource]:
    """Return whose a statement is: whose position, or else who puts it forward."""
    return statement.links("att:holder") or statement.links("att:claimant")


def issue_view(
    found: Resources,
    issue: Resource,
    shown: Collection[str] | None = None,
    totals: Mapping[tuple[str, str], int] | None = None,
) -> IssueView:
    """Return all that is said on an issue, of an answer of ``queries/issues.rq``; of positions, only those shown."""
    statements = found.of_type("att:Statement")
    about = [s for s in statements if issue in s.links("att:issue")]
    by_party: dict[Resource, list[Resource]] = defaultdict(list)
    for position in about:
        if position.has_type("att:Position") and (shown is None or position.iri in shown):
            for owner in owners(position):
                by_party[owner].append(position)
    itself = [s for s in about if issue in s.links("att:subject") + s.links("att:respect")]
    grounds: dict[str, list[Resource]] = defaultdict(list)
    for reason in statements:
        for supported in reason.links("att:supports"):
            grounds[supported.iri].append(reason)
    reasons = {reason.iri: reason for said in itself for reason in grounds.get(said.iri, [])}
    return IssueView(
        issue=issue,
        parties=sorted(by_party.items(), key=lambda pair: (-len(pair[1]), pair[0].sort_key)),
        itself=itself,
        reasons=sorted(reasons.values(), key=lambda reason: reason.iri),
        disputes=_disputes(statements, issue, grounds),
        grounds=grounds,
        totals=totals or {},
    )


def issue_views(found: Resources) -> list[IssueView]:
    """Return every issue, the most disputed first and then the one with the most positions."""
    views = [issue_view(found, issue) for issue in found.of_type("att:Issue")]
    return sorted(views, key=lambda v: (-len(v.disputes), -sum(len(p) for _, p in v.parties), v.issue.sort_key))


def clusters(views: list[IssueView]) -> list[tuple[list[Resource], list[IssueView]]]:
    """Return the issues in groups that share parties, each with the parties that have a column of their own."""
    groups: list[tuple[set[Resource], list[IssueView]]] = []
    for view in views:
        parties = {party for party, _ in view.parties}
        joined = [group for group in groups if group[0] & parties]
        merged = (parties.union(*(g[0] for g in joined)), [v for g in joined for v in g[1]] + [view])
        place = groups.index(joined[0]) if joined else len(groups)
        groups = [group for group in groups if group not in joined]
        groups.insert(place, merged)
    return [(columns(members), members) for _, members in groups]


def columns(views: list[IssueView]) -> list[Resource]:
    """Return the parties that hold positions on several of the issues, or on the only one, those on most first."""
    issues = Counter(party for view in views for party, _ in view.parties)
    several = [party for party, count in issues.items() if count > 1 or len(views) == 1]
    return sorted(several, key=lambda party: (-issues[party], party.sort_key))[:MOST_COLUMNS]


def _disputes(statements: list[Resource], issue: Resource, grounds: Mapping[str, list[Resource]]) -> list[Dispute]:
    """Return the disputes on an issue, each pair of statements once: the later in the text disputes the earlier."""
    found: dict[tuple[str, str], Dispute] = {}
    known = set(statements)
    for statement in statements:
        for name in DISPUTING:
            for other in known.intersection(statement.links(name)):
                claim, rejection = sorted((statement, other), key=_place)
                if issue in claim.links("att:issue") + rejection.links("att:issue"):
                    reasons = grounds.get(rejection.iri, [])
                    dispute = Dispute(claim, rejection, reasons, name == DISPUTING[0])
                    found.setdefault((claim.iri, rejection.iri), dispute)
    return sorted(found.values(), key=lambda dispute: (_place(dispute.claim), _place(dispute.rejection)))


def _place(statement: Resource) -> tuple[str, list[int]]:
    """Return what orders statements as in their article: 015-2 comes before 015-10."""
    article, _, number = statement.iri.rpartition("/")
    return article, [int(part) for part in re.findall(r"[0-9]{1,18}", number)]
