"""What a value names: the records of a kind that have a name, in any case, and the names nearest to one that none has.

The work is bounded, however many records there are.
"""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import fuzz, process

from kg.catalogue.finding.names import MOST_SAME, records_sharing, rows_of_names
from kg.catalogue.things import Thing
from kg.catalogue.view import View
from kg.names import fold

LONGEST = 200
"""Characters of a name that are looked at."""
NEAR = 60
"""Likeness from which a name is near to another, 100 for the same."""
LOOKED_AT = 300
"""Records that share letters with a name, among which the nearest are."""

Kinds = Collection[str]
"""Names of classes and groups of the catalogue of which a record has one."""


def is_of(view: View, path: str, kinds: Kinds) -> bool:
    """Return whether a release has a record at a path, below the base IRI, that is of one of some kinds."""
    thing = view.thing(path)
    return thing is not None and _is_of(view, thing, kinds)


def called(view: View, name: str, kinds: Kinds) -> list[str]:
    """Return the paths of the records of some kinds that have a name."""
    found = [record for record, _ in rows_of_names(view, "names.folded = :sought", fold(name[:LONGEST]), MOST_SAME)]
    return sorted({thing.path for thing in view.things(found).values() if _is_of(view, thing, kinds)})


def nearest(view: View, name: str, kinds: Kinds, most: int) -> list[str]:
    """Return the names of records of some kinds that are nearest to a name, folded, the nearest first."""
    sought = fold(name[:LONGEST])
    things = view.things(records_sharing(view, sought, LOOKED_AT)).values()
    names = {each for thing in things if _is_of(view, thing, kinds) for each in thing.names}
    found = process.extract(sought, sorted(names), scorer=fuzz.ratio, limit=most, score_cutoff=NEAR)
    return [near for near, _, _ in found]


def _is_of(view: View, thing: Thing, kinds: Kinds) -> bool:
    own = {thing.kind, *thing.facets.get("class", ())}
    above = {cls for name in own for cls in view.classes.get(name, {"above": ()})["above"]}
    return not {thing.group, *own, *above}.isdisjoint(kinds)
