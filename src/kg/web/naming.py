"""What a parameter's value names: an IRI, the last part of one, or a name in any case → the IRI of a record.

One rule for every door (stored queries, browse, timeline): a value that names nothing, or several things, is an error
that lists the nearest names, and never an empty answer.
"""

from __future__ import annotations

from urllib.parse import urljoin

from werkzeug.exceptions import BadRequest

from kg.catalogue.naming import called, is_of, nearest
from kg.queries import ANY_CODE, ANY_THING
from kg.web import access

MOST_NEAR = 5
"""Names that an error suggests."""
_KINDS = {
    ANY_THING: ("entity", "document", "event", "issue", "period", "observation", "code"),
    ANY_CODE: ("code",),
}
"""Kinds that are no class of the ontology → the groups of the catalogue whose records they take in."""
_FOLDERS = ("id/", "code/", "")
"""Where the last part of an IRI is looked for."""


def resolve(parameter: str, kind: str, value: str) -> str:
    """Return the IRI of the record of a kind that a value names in this request's release.

    Raises BadRequest, with the nearest names, where it names none or more than one.
    """
    view, base, kinds = access.catalogue(), access.iris().base, _KINDS.get(kind, (kind,))
    for folder in _FOLDERS:
        iri = _join(base + folder, value)
        path = iri.removeprefix(base)
        if path != iri and (is_of(view, path, kinds) or (kind == ANY_THING and view.record(path) is not None)):
            return iri
    found = called(view, value, kinds)
    if len(found) == 1:
        return base + found[0]
    if found:
        listed = ", ".join(found[:MOST_NEAR])
        raise BadRequest(f"The parameter {parameter}: {value[:50]!r} names several records. Send one of {listed}.")
    near = ", ".join(nearest(view, value.removeprefix(base).rpartition("/")[2], kinds, MOST_NEAR))
    advice = f" Nearest: {near}." if near else ""
    raise BadRequest(f"The parameter {parameter}: this release has no {kind} called {value[:50]!r}.{advice}")


def _join(base: str, value: str) -> str:
    try:
        return urljoin(base, value)
    except ValueError:  # such as an address in brackets that is none
        return ""
