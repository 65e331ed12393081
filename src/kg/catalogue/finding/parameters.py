"""The value of a stored query's parameter → a term: an IRI, the last part of one, or a name in any case.

One rule for every entry point (stored queries, browse, timeline, the Python client): a value that names nothing, or
several things, is an error that lists the nearest names, and never an empty answer.
"""

from __future__ import annotations

import datetime
import re
from urllib.parse import urljoin

from kg.catalogue.finding.naming import called, is_of, nearest
from kg.catalogue.view import View
from kg.errors import NothingNamed, ParameterError
from kg.queries import ANY_CODE, ANY_IRI, ANY_THING, LITERAL_KINDS, Parameter
from kg.terms import iri_term

XSD = "http://www.w3.org/2001/XMLSchema#"
INTEGER_DIGITS = 18
"""As many as the engine's integers have at the least."""
MOST_NEAR = 5
"""Names that an error suggests."""
_KINDS = {
    ANY_THING: ("entity", "document", "event", "issue", "period", "observation", "code"),
    ANY_CODE: ("code",),
}
"""Kinds that are no class of the ontology → the groups of the catalogue whose records they take in."""
_FOLDERS = ("id/", "code/", "")
"""Where the last part of an IRI is looked for."""
_IRI = re.compile(r"""https?://[^/?#\x00-\x20<>"{}|\\^`]+(?:[/?#][^\x00-\x20<>"{}|\\^`]*)?""")
"""An absolute IRI of the web, with none of the characters that no IRI holds (RFC 3987 §2.2)."""
_ESCAPES = {c: f"\\u{c:04X}" for c in range(0x20)} | {ord("\\"): "\\\\", ord('"'): '\\"'}


def to_term(view: View, base: str, parameter: Parameter, value: str) -> str:
    """Return a parameter's value as a term in N-Triples syntax; raises ParameterError for one that is not of its kind.

    Names are looked up in the catalogue as of one release, relative IRIs resolved against the base IRI.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ParameterError(f"The parameter {parameter.name} is not valid Unicode text.") from None
    if parameter.kind == "integer":
        return f'"{_integer(parameter.name, value)}"^^<{XSD}integer>'
    if parameter.kind == "date":
        return f'"{_date(parameter.name, value)}"^^<{XSD}date>'
    if parameter.kind == ANY_IRI:
        return _iri(parameter.name, value, base)
    if parameter.kind not in LITERAL_KINDS:
        return iri_term(resolve(view, base, parameter.name, parameter.kind, value))
    return f'"{value.translate(_ESCAPES)}"' + ("@en" if parameter.kind == "label" else "")


def resolve(view: View, base: str, parameter: str, kind: str, value: str) -> str:
    """Return the IRI of the record of a kind that a value names; ``parameter`` is what an error calls it.

    Raises NothingNamed, with the nearest names, where it names none; ParameterError where it names more than one.
    """
    kinds = _KINDS.get(kind, (kind,))
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
        raise ParameterError(f"The parameter {parameter}: {value[:50]!r} names several records. Send one of {listed}.")
    near = ", ".join(nearest(view, value.removeprefix(base).rpartition("/")[2], kinds, MOST_NEAR))
    advice = f" Nearest: {near}." if near else ""
    raise NothingNamed(f"The parameter {parameter}: this release has no {kind} called {value[:50]!r}.{advice}")


def _join(base: str, value: str) -> str:
    try:
        return urljoin(base, value)
    except ValueError:  # such as an address in brackets that is none
        return ""


def _integer(name: str, value: str) -> int:
    if not re.fullmatch(rf"[+-]?[0-9]{{1,{INTEGER_DIGITS}}}", value):
        raise ParameterError(f"The parameter {name} is a whole number of at most {INTEGER_DIGITS} digits, as in 7.")
    return int(value)


def _date(name: str, value: str) -> datetime.date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return datetime.date.fromisoformat(value)
    except ValueError:  # a day that there is not
        pass
    raise ParameterError(f"The parameter {name} is a date, as in 2025-12-20.")


def _iri(name: str, value: str, base: str) -> str:
    iri = _join(base, value)
    if not _IRI.fullmatch(value and iri):
        raise ParameterError(f"The parameter {name} is an http or https IRI, absolute or relative, as in id/russia.")
    return iri_term(iri)
