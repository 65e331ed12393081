"""Which statements and events have to do with a thing, as the catalogue knows them: how many, and some of each."""

from __future__ import annotations

from dataclasses import dataclass

from kg.catalogue.fields import COUNTED_PATHS, LABELLED
from kg.catalogue.sets import Records
from kg.catalogue.view import View
from kg.web.data.context import Context
from kg.web.lists.listing import EVENT, STATEMENT, iris_of

MOST, MOST_OTHERS = 60, 30
"""Statements of a role, and other statements and events, that a page shows; a link leads to the rest."""
ROLES = ("says", "wants", "about")
"""How statements have to do with a thing: it makes them, they say what it wants, or they are about it."""


@dataclass(frozen=True, slots=True)
class Some:
    """The IRIs of some records, and how many there are in all."""

    iris: list[str]
    total: int


@dataclass(frozen=True, slots=True)
class Linked:
    """What has to do with a thing: statements by role, each once; other statements that lead to it; and events."""

    roles: dict[str, Some]
    others: Some
    events: Some

    @property
    def iris(self) -> list[str]:
        """The IRIs of all that is to be shown."""
        shown = (*self.roles.values(), self.others, self.events)
        return list(dict.fromkeys(iri for some in shown for iri in some.iris))


def linked_with(context: Context, path: str) -> Linked:
    """Return what has to do with the thing of a path. Of a thing of one article, the roles alone are known."""
    view = context.catalogue
    left = Records()
    roles = {}
    for role in ROLES:
        found = statements_of(view, path, role) or Records()
        roles[role] = _some(context, found - left, len(found))
        left |= found
    return Linked(roles, _others(context, path, left), _events(context, path))


def linked_with_issue(context: Context, path: str) -> Linked:
    """Return what has to do with an issue besides the positions on it, which have a list of their own."""
    view = context.catalogue
    positions = _having(view, "issue", path) & view.set(STATEMENT, "type", "Position")
    return Linked({}, _others(context, path, positions), _events(context, path))


def statements_of(view: View, path: str, role: str) -> Records | None:
    """Return the statements that lead to the thing of a path in a role, or with "" in any way.

    None where the catalogue does not know these: of what belongs to one article, and of terms.
    """
    if role == "says":
        return _having(view, "claimant", path)
    if role == "wants":
        return _having(view, "holder", path) & view.set(STATEMENT, "type", "Position")
    if role == "about":
        return _having(view, "about", path)
    return leading_to(view, STATEMENT, path)


def _having(view: View, facet: str, path: str) -> Records:
    """Return the statements that have the thing of a path as a value of a facet."""
    return view.set(STATEMENT, facet, LABELLED[facet].value(path))


def leading_to(view: View, group: int, path: str) -> Records | None:
    """Return the records of a group that lead to an entity or code in any way; None for the path of anything else."""
    return view.set(group, "to", path.removeprefix("id/")) if path.startswith(COUNTED_PATHS) else None


def _others(context: Context, path: str, shown: Records) -> Some:
    view = context.catalogue
    found = (statements_of(view, path, "") or Records()) - shown
    return _some(context, found, len(found), MOST_OTHERS)


def _events(context: Context, path: str) -> Some:
    view = context.catalogue
    found = leading_to(view, EVENT, path) or Records()
    return _some(context, found, len(found), MOST_OTHERS)


def _some(context: Context, found: Records, total: int, most: int = MOST) -> Some:
    return Some(iris_of(context, found[:most]), total)
