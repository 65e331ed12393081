"""Issues as a page sets them out: who holds which position, why, who disputes it, and why the gap stays."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from kg.web.resources import Resource, Resources

MOST_COLUMNS = 4
"""Parties that have a column of their own; with more, a table does not fit a screen."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A statement and one that contradicts it, with the reasons given for the second by those who make it."""

    claim: Resource
    rejection: Resource
    reasons: list[Resource]


@dataclass(frozen=True, slots=True)
class IssueView:
    """One issue. ``parties`` are the claimants with their positions, the most positions first."""

    issue: Resource
    parties: list[tuple[Resource, list[Resource]]]
    hard: list[Resource]
    reasons: list[Resource]
    disputes: list[Dispute]
    grounds: dict[str, list[Resource]]
    """IRI of a position → the statements given as reasons for it."""

    def positions_of(self, party: Resource) -> list[Resource]:
        """Return the positions of one party."""
        return next((positions for holder, positions in self.parties if holder is party), [])


def issue_view(found: Resources, issue: Resource) -> IssueView:
    """Return all that is said on an issue, of an answer of ``queries/issue.rq`` or ``queries/issues.rq``."""
    statements = found.of_type("att:Statement")
    about = [s for s in statements if issue in s.links("att:issue")]
    by_party: dict[Resource, list[Resource]] = defaultdict(list)
    for position in about:
        if position.has_type("att:Position"):
            for claimant in position.links("att:claimant"):
                by_party[claimant].append(position)
    hard = [s for s in about if any(r.key == "is-hard-to-bridge" for r in s.links("att:relation"))]
    return IssueView(
        issue=issue,
        parties=sorted(by_party.items(), key=lambda pair: (-len(pair[1]), pair[0].sort_key)),
        hard=hard,
        reasons=[s for s in about if any(link in hard for link in s.links("att:supports"))],
        disputes=_disputes(statements, issue),
        grounds={s.iri: [r for r in statements if s in r.links("att:supports")] for s in about},
    )


def issue_views(found: Resources) -> list[IssueView]:
    """Return every issue, the most disputed first and then the one with the most positions."""
    views = [issue_view(found, issue) for issue in found.of_type("att:Issue")]
    return sorted(views, key=lambda v: (-len(v.disputes), -sum(len(p) for _, p in v.parties), v.issue.sort_key))


def columns(views: list[IssueView]) -> list[Resource]:
    """Return the parties that hold positions on several issues, those on most first: each has a column of its own."""
    issues = Counter(party for view in views for party, _ in view.parties)
    several = [party for party, count in issues.items() if count > 1]
    return sorted(several, key=lambda party: (-issues[party], party.sort_key))[:MOST_COLUMNS]


def _disputes(statements: list[Resource], issue: Resource) -> list[Dispute]:
    return [
        Dispute(claim, rejection, [s for s in statements if rejection in s.links("att:supports")])
        for rejection in statements
        for claim in rejection.links("att:contradicts")
        if issue in claim.links("att:issue") or issue in rejection.links("att:issue")
    ]
