"""What a parameter's value names: an IRI, the last part of one, or a name in any case → the IRI of a record.

One rule for every door (stored queries, browse, timeline): a value that names nothing, or several things, is an error
that lists the nearest names, and never an empty answer.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urljoin

from werkzeug.exceptions import BadRequest

from kg.names import fold
from kg.queries import ANY_CODE, ANY_THING
from kg.terms import PREFIXES
from kg.web import access

LONGEST = 200
"""Characters of a name that are compared."""
MOST_NEAR = 5
"""Names that an error suggests."""
_KINDS = {
    ANY_THING: ("att:Entity", "att:Event", "att:Issue", "att:Period", "skos:Concept"),
    ANY_CODE: ("skos:Concept",),
}
"""Kinds that are no class of the ontology → the classes whose records they take in."""
_FOLDERS = ("id/", "code/", "ns#", "")
"""Where the last part of an IRI is looked for."""


def resolve(parameter: str, kind: str, value: str) -> str:
    """Return the IRI of the record of a kind that a value names in this request's release.

    Raises BadRequest, with the nearest names, where it names none or more than one.
    """
    names = _names(access.release().manifest.id, _KINDS.get(kind, (f"att:{kind}",)))
    base = access.iris().base
    known = {iri for found in names.values() for iri in found}
    for folder in _FOLDERS:
        iri = _join(base + folder, value)
        if iri in known:
            return iri
    found = sorted(names.get(fold(value[:LONGEST]), ()))
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(iri.removeprefix(base) for iri in found[:MOST_NEAR])
        raise BadRequest(f"The parameter {parameter}: {value[:50]!r} names several records. Send one of {listed}.")
    near = _nearest(value, names, base)
    advice = f" Nearest: {near}." if near else ""
    raise BadRequest(f"The parameter {parameter}: this release has no {kind} called {value[:50]!r}.{advice}")


def _join(base: str, value: str) -> str:
    try:
        return urljoin(base, value)
    except ValueError:  # such as an address in brackets that is none
        return ""


@lru_cache(maxsize=64)  # a release never changes
def _names(_release: str, classes: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Return the folded names of the records of some classes, each with the IRIs that bear it."""
    found: dict[str, set[str]] = {}
    prefixes = access.iris().prefixes() | PREFIXES
    for name in classes:
        prefix, _, local = name.partition(":")
        for row in access.ask_rows("names", {"class": access.iri_term(prefixes[prefix] + local)}):
            found.setdefault(fold(row["name"]), set()).add(row["thing"])
    return {name: frozenset(iris) for name, iris in found.items()}


def _nearest(value: str, names: Iterable[str], base: str) -> str:
    """Return the names nearest to a value, as a list in words; the last part of an IRI is compared, too."""
    wanted = fold(value.removeprefix(base).rpartition("/")[2].replace("-", " ")[:LONGEST])
    return ", ".join(difflib.get_close_matches(wanted, list(names), MOST_NEAR, 0.6))
