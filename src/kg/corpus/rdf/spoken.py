"""What a statement is about: the properties that lead from it to things, and from things to more.

Imports no library of RDF: derivation and the checks each pass their own graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

PLACES = (
    "subject",
    "object",
    "recipient",
    "respect",
    "purpose",
    "means",
    "exchange",
    "comparedWith",
    "place",
    "holder",
)
"""Properties of a statement whose values it is about."""
WITHIN = ("antecedent", "consequent", "prints")
"""Properties that lead to what a statement is made of, and is about what that is about."""
MEASURED = ("population", "indicator")
"""Properties of an observation whose values it is about."""
LEADS = ("concerns", "actsFor", "partOf")
"""Properties of things and events whose values one speaks of in speaking of them; skos:broader is another."""
TAKES_PART = ("participant", "place")
"""Properties of an event whose values one speaks of only in speaking of the event itself: who speaks of victims of a
war speaks of the war, but of none of its parties."""

T = TypeVar("T")


def fillers(statement: T, places: Callable[[T], Iterable[T]], is_made_of_more: Callable[[T], bool]) -> set[T]:
    """Return what fills the places of a statement, of statements within it and of observations that it prints.

    ``places`` gives the values of one node's places; ``is_made_of_more`` returns whether it is a statement or
    observation, and not a thing.
    """
    found: set[T] = set()
    seen, ahead = {statement}, [statement]
    while ahead:
        for value in places(ahead.pop()):
            if not is_made_of_more(value):
                found.add(value)
            elif value not in seen:
                seen.add(value)
                ahead.append(value)
    return found


def reach(things: Iterable[T], leads: Callable[[T], Iterable[T]]) -> set[T]:
    """Return the things and all that they lead to, ``leads`` giving what is one step away."""
    found = set(things)
    ahead = list(found)
    while ahead:
        new = set(leads(ahead.pop())) - found
        found |= new
        ahead.extend(new)
    return found
