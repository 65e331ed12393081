"""The stored queries of a release as questions that can be asked with values: their parameters, read and bound."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urljoin

from werkzeug.exceptions import BadRequest

from kg.queries import ANY_CODE, ANY_IRI, ANY_THING, LITERAL_KINDS, Parameter
from kg.web import access
from kg.web.naming import resolve
from kg.web.resources import Resource

XSD = "http://www.w3.org/2001/XMLSchema#"
INTEGER_DIGITS = 18
"""As many as the engine's integers have at the least."""
_IRI = re.compile(r"""https?://[^/?#\x00-\x20<>"{}|\\^`]+(?:[/?#][^\x00-\x20<>"{}|\\^`]*)?""")
"""An absolute IRI of the web, with none of the characters that no IRI holds (RFC 3987 §2.2)."""
_CLASSES = {"Resource": ANY_THING, "Concept": ANY_CODE}
"""Classes that are none of the ontology's → the kind of parameter that takes their records."""
_ESCAPES = {c: f"\\u{c:04X}" for c in range(0x20)} | {ord("\\"): "\\\\", ord('"'): '\\"'}


@dataclass(frozen=True, slots=True)
class Question:
    """A stored query. ``gives_rows`` is False where its answer is a graph.

    ``replaces`` are the addresses, relative to ``/query/``, of what it took the place of.
    """

    name: str
    title: str
    description: str
    text: str
    gives_rows: bool
    parameters: tuple[Parameter, ...]
    replaces: tuple[str, ...] = ()


def questions() -> dict[str, Question]:
    """Return the stored queries of this request's release by their names, in the order of those."""
    release = access.release()
    return _questions(release.manifest.id)


def successor(name: str) -> tuple[Question, str] | None:
    """Return the question that took the place of one of an earlier release, and the parameters to ask it with."""
    for question in questions().values():
        for replaced in question.replaces:
            old, _, parameters = replaced.partition("?")
            if old == name:
                return question, parameters
    return None


@lru_cache(maxsize=4)  # a release never changes
def _questions(_: str) -> dict[str, Question]:
    stored = access.ask_resources("catalogue").of_type("sh:SPARQLExecutable")
    return {query.key: _question(query) for query in sorted(stored, key=lambda query: query.key)}


def _question(stored: Resource) -> Question:
    rows = stored.text("sh:select") or stored.text("sh:ask")
    graph = stored.text("sh:construct") or stored.text("sh:describe")
    return Question(
        name=stored.key,
        title=stored.values("rdfs:label")[0].text if stored.values("rdfs:label") else stored.key,
        description=stored.text("rdfs:comment") or "",
        text=rows or graph or "",
        gives_rows=rows is not None,
        parameters=tuple(sorted(map(_parameter, stored.links("sh:parameter")), key=lambda each: each.name)),
        replaces=tuple(link.iri.partition("/query/")[2] for link in stored.links("dcterms:replaces")),
    )


def _parameter(stored: Resource) -> Parameter:
    datatype, cls = stored.link("sh:datatype"), stored.link("sh:class")
    if datatype is not None:
        kind = datatype.key.replace("langString", "label")
    else:
        kind = ANY_IRI if cls is None else _CLASSES.get(cls.key, cls.key)
    return Parameter(stored.key, kind, stored.text("skos:example") or "", stored.text("sh:description") or "")


def to_term(parameter: Parameter, value: str, base: str) -> str:
    """Return a parameter's value as a term in N-Triples syntax; raises BadRequest for one that is not of its kind."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadRequest(f"The parameter {parameter.name} is not valid Unicode text.") from None
    if parameter.kind == "integer":
        return f'"{_integer(parameter.name, value)}"^^<{XSD}integer>'
    if parameter.kind == "date":
        return f'"{_date(parameter.name, value)}"^^<{XSD}date>'
    if parameter.kind == ANY_IRI:
        return _iri(parameter.name, value, base)
    if parameter.kind not in LITERAL_KINDS:
        return access.iri_term(resolve(parameter.name, parameter.kind, value))
    return f'"{value.translate(_ESCAPES)}"' + ("@en" if parameter.kind == "label" else "")


def _integer(name: str, value: str) -> int:
    if not re.fullmatch(rf"[+-]?[0-9]{{1,{INTEGER_DIGITS}}}", value):
        raise BadRequest(f"The parameter {name} is a whole number of at most {INTEGER_DIGITS} digits, as in 7.")
    return int(value)


def _date(name: str, value: str) -> datetime.date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return datetime.date.fromisoformat(value)
    except ValueError:  # a day that there is not
        pass
    raise BadRequest(f"The parameter {name} is a date, as in 2025-12-20.")


def _iri(name: str, value: str, base: str) -> str:
    try:
        iri = urljoin(base, value)
    except ValueError:  # such as an address in brackets that is none
        iri = ""
    if not _IRI.fullmatch(value and iri):
        raise BadRequest(f"The parameter {name} is an http or https IRI, absolute or relative, as in id/russia.")
    return access.iri_term(iri)
