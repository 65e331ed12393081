"""How statements and passages are put together on a page: by passage, by section, by issue and claimant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from kg.corpus.text import coverage_state
from kg.web.access import words_of
from kg.web.corrections import correction_link
from kg.web.issues import IssueView
from kg.web.records import stands
from kg.web.resources import Resource

NO_ISSUE: tuple[None] = (None,)


def claimed_by(claimant: Resource, statements: list[Resource]) -> set[str]:
    """Return the IRIs of those statements that the claimant makes."""
    return {s.iri for s in statements if claimant in s.links("att:claimant")}


def linking(target: Resource, statements: list[Resource], name: str) -> list[Resource]:
    """Return those statements that link to the target by the property."""
    return [s for s in statements if target in s.links(name)]


def by_passage(statements: list[Resource]) -> dict[str, list[Resource]]:
    """Return the statements that rest on each passage, by the passage's IRI."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for statement in statements:
        for passage in statement.links("att:evidence"):
            found[passage.iri].append(statement)
    return found


def passage_state(passage: Resource, said: list[Resource]) -> str:
    """Return whether a passage is encoded, structural, not encoded for a reason, or open."""
    kind = passage.link("att:kind")
    return coverage_state(kind.key if kind else "", bool(said), passage.text("skos:editorialNote") is not None)


def by_section(passages: list[Resource]) -> list[tuple[Resource | None, list[Resource]]]:
    """Return the passages under each heading, in order, those before the first heading under None."""
    sections: list[tuple[Resource | None, list[Resource]]] = []
    for passage in passages:
        heading = passage.link("att:section")
        if heading is None and passage.links("att:kind") and passage.links("att:kind")[0].key == "heading":
            sections.append((passage, []))
        elif sections and sections[-1][0] == heading:
            sections[-1][1].append(passage)
        else:
            sections.append((heading, [passage]))
    return sections


Parties = list[tuple[list[Resource], list[Resource]]]
"""Who says something, one or several together, with what they say."""


def by_issue(statements: list[Resource]) -> list[tuple[Resource | None, Parties]]:
    """Return statements by the issue on which they bear, and under it by who makes them; those on none come last."""
    issues: dict[Resource | None, list[Resource]] = defaultdict(list)
    for statement in statements:
        for issue in statement.links("att:issue") or NO_ISSUE:
            issues[issue].append(statement)
    ordered = sorted(issues.items(), key=lambda pair: (pair[0] is None, pair[0].sort_key if pair[0] else ("", "")))
    return [(issue, by_claimants(said)) for issue, said in ordered]


def by_claimants(statements: list[Resource]) -> Parties:
    """Return statements by who makes them, those who say most first."""
    parties: dict[tuple[str, ...], list[Resource]] = defaultdict(list)
    for statement in statements:
        parties[tuple(claimant.iri for claimant in statement.links("att:claimant"))].append(statement)
    named = [(said[0].links("att:claimant"), said) for said in parties.values()]
    return sorted(named, key=lambda pair: (-len(pair[1]), [claimant.sort_key for claimant in pair[0]]))


def positions_in(view: IssueView) -> set[str]:
    """Return the IRIs of the positions that an issue's view sets side by side."""
    return {position.iri for _, positions in view.parties for position in positions}


GLOBALS: dict[str, Callable[..., Any]] = {
    "statements_by": claimed_by,
    "linking": linking,
    "by_passage": by_passage,
    "by_section": by_section,
    "by_claimants": by_claimants,
    "by_issue": by_issue,
    "positions_in": positions_in,
    "passage_state": passage_state,
    "words_of": words_of,
    "correction_link": correction_link,
    "stands": stands,
}
