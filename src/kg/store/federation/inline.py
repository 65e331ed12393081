"""SPARQL 1.1 Query Results JSON of another endpoint → inline data (SPARQL 1.1 Query §10.2) for one of our queries.

What comes back is foreign: only the variables that were asked for are taken, and each term is written so that it
cannot be anything but a term.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

from kg.errors import ServiceFailed

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})

Term = tuple[str, str]
"""Kind (iri, literal or blank) and the term: in SPARQL syntax, or for a blank node its label there."""


@dataclass(frozen=True, slots=True)
class Solutions:
    """The variables, without question marks, and for each solution the terms of those that are bound."""

    variables: tuple[str, ...]
    rows: list[dict[str, Term]]


def read_solutions(endpoint: str, body: bytes, asked: Set[str]) -> Solutions:
    """Return the solutions that an endpoint sent (SPARQL 1.1 Query Results JSON Format §3).

    Raises ServiceFailed, naming the endpoint, for anything else, and for a variable that was not asked for.
    """
    try:
        document = json.loads(body)
        variables = tuple(dict.fromkeys(document["head"]["vars"]))
        rows = [{name: _read_term(term) for name, term in row.items()} for row in document["results"]["bindings"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ServiceFailed(f"SERVICE <{endpoint}> did not answer with SPARQL JSON results: {error!r:.200}.") from None
    unasked = sorted({str(name) for name in variables} - asked | {name for row in rows for name in row} - asked)
    if unasked:
        raise ServiceFailed(f"SERVICE <{endpoint}> answers with variables that are not in its group: {unasked!r:.200}.")
    bound = {name for row in rows for name in row}
    return Solutions((*variables, *sorted(bound.difference(variables))), rows)


def to_values(solutions: Solutions, blank_prefix: str) -> str:
    """Return a pattern whose solutions are these.

    Inline data cannot hold blank nodes (§10.2.1), so each is made from its label by BNODE, which in our engine gives
    one node for one label; ``blank_prefix`` keeps the labels of one call apart from those of another.
    """
    blank = [v for v in solutions.variables if any(row.get(v, ("",))[0] == "blank" for row in solutions.rows)]
    if not blank:
        return _data(solutions.variables, solutions.rows)
    helpers = _name_helpers(blank, solutions.variables)
    labels: dict[str, str] = {}
    rows = []
    for row in solutions.rows:
        rows.append(dict(row))
        for name in blank:
            kind, value = rows[-1].pop(name, ("", ""))
            if kind == "blank":
                label = labels.setdefault(value, f"{blank_prefix}blank{len(labels)}")
                rows[-1][helpers[name][1]] = ("literal", f'"{label}"')
            elif kind:
                rows[-1][helpers[name][0]] = (kind, value)
    columns = [name for name in solutions.variables if name not in blank]
    columns += [helper for pair in helpers.values() for helper in pair]
    binds = " ".join(f"BIND(COALESCE(?{term}, BNODE(?{label})) AS ?{name})" for name, (term, label) in helpers.items())
    shown = " ".join(f"?{name}" for name in solutions.variables)
    return f"{{ SELECT {shown} {{ {_data(columns, rows)} {binds} }} }}"


def _data(variables: Sequence[str], rows: list[dict[str, Term]]) -> str:
    """Return ``VALUES (?a …) { (…) … }``."""
    written = (f"({' '.join(row[name][1] if name in row else 'UNDEF' for name in variables)})" for row in rows)
    return f"VALUES ({' '.join(f'?{name}' for name in variables)}) {{ {' '.join(written)} }}"


def _name_helpers(blank: Sequence[str], taken: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return for each variable the names of two that are seen in the sub-SELECT only: for terms, and for labels."""
    stem = "given"
    while any(name.startswith(stem) for name in taken):
        stem += "_"
    return {name: (f"{stem}Term{n}", f"{stem}Label{n}") for n, name in enumerate(blank)}


def _read_term(term: dict[str, Any]) -> Term:
    """Return one term; raises ValueError for what is none, TypeError and KeyError for what lacks a part."""
    kind, value = term["type"], term["value"]
    if kind == "uri":
        return "iri", _to_iri(value)
    if kind == "bnode":
        return "blank", str(value)
    if kind not in ("literal", "typed-literal"):
        raise ValueError(f"a term of type {kind!r}")
    _require_text(value)
    quoted = f'"{value.translate(_ESCAPES)}"'
    language, datatype = term.get("xml:lang"), term.get("datatype")
    if language is not None:
        if not _LANGUAGE.fullmatch(language):
            raise ValueError(f"{language!r} is no language tag")
        return "literal", f"{quoted}@{language}"
    return "literal", f"{quoted}^^{_to_iri(datatype)}" if datatype is not None else quoted


def _to_iri(text: str) -> str:
    if not _IRI.fullmatch(text):
        raise ValueError(f"{text!r} is no IRI")
    _require_text(text)
    return f"<{text}>"


def _require_text(text: str) -> None:
    """Raise ValueError for half a surrogate pair, which is text to JSON but to nobody else."""
    text.encode()


_NTRIPLES = re.compile(r'<([^<>]*)>|"((?:[^"\\\n\r]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^<>]*)>)?')
_NTRIPLES_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.?))", re.DOTALL)
_SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


def read_ntriples_term(text: str) -> str:
    """Return an IRI or literal in N-Triples syntax as a term of a query.

    Escapes are read first: SPARQL would read them before it looks where a term ends. Raises ValueError, with the
    reason, for anything else, blank nodes among it: inline data cannot hold them (SPARQL 1.1 Query §10.2.1).
    """
    match = _NTRIPLES.fullmatch(text)
    if match is None:
        raise ValueError("that is not an IRI or literal in N-Triples syntax")
    iri, words, language, datatype = match.groups()
    if iri is not None:
        return _to_iri(_unescape(iri))
    term = {"type": "literal", "value": _unescape(words)}
    if language is not None:
        term["xml:lang"] = language
    if datatype is not None:
        term["datatype"] = _unescape(datatype)
    return _read_term(term)[1]


def _unescape(text: str) -> str:
    def read(escape: re.Match[str]) -> str:
        code = escape[1] or escape[2]
        if code is None and escape[3] not in _SHORT:
            raise ValueError(f"\\{escape[3]} is no escape")
        return _SHORT[escape[3]] if code is None else chr(int(code, 16))

    try:
        return _NTRIPLES_ESCAPE.sub(read, text)
    except OverflowError:
        raise ValueError("an escape is no character") from None
