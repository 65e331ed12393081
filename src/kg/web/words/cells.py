"""The terms of an answer → what a cell of a table shows: labels, links, and what kind of literal it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import escape

from kg.terms import Iris
from kg.web.data.resources import unescape
from kg.web.data.turtle import split_literal, split_triple_term
from kg.web.text.plain import CELL, in_address, shorten, turn_visible
from kg.web.words.codes import is_web_link

XSD = "http://www.w3.org/2001/XMLSchema#"
NUMERIC = frozenset(
    XSD + name
    for name in ["integer", "decimal", "double", "float", "nonNegativeInteger", "positiveInteger", "long", "int"]
)
"""Datatypes that are set to the right, so that digits are under digits."""

MOST_BYTES = 350_000
"""Bytes of a table on a page; the downloads have the whole."""
LONGEST_LINK = 2_000
"""Characters of an address to which a cell leads."""
MARKUP = 60
"""Bytes of markup around the text of a cell."""

_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

Term = dict[str, Any]
"""A term as SPARQL 1.1 Query Results JSON has it (§3.2.2)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. ``tag`` is a literal's language or datatype, or the prefixed name of an IRI that shows its label;
    ``name`` is the IRI where the text is a label or short for it."""

    text: str = ""
    href: str | None = None
    external: bool = False
    tag: str | None = None
    name: str | None = None
    numeric: bool = False
    blank: bool = False
    is_iri: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; ``tag`` is what all its literals share, and is said here only."""

    name: str
    tag: str | None = None
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, and rows of as many cells; ``total`` counts the rows that are not shown as well."""

    columns: list[Column]
    rows: list[list[Cell]]
    total: int


def own_iris(rows: Iterable[Sequence[Term | None]], iris: Iris) -> list[str]:
    """Return those of our IRIs that the rows hold, each once, in the order in which they come."""
    found = (term["value"] for row in rows for term in row if term is not None and term["type"] == "uri")
    return [iri for iri in dict.fromkeys(found) if iris.path(iri) is not None]


def make_table(
    names: Sequence[str], rows: Sequence[Sequence[Term | None]], total: int, iris: Iris, labels: dict[str, str]
) -> Table:
    """Return the table of as many rows as a page bears; ``labels`` has those of our IRIs that have one."""
    cells: list[list[Cell]] = []
    size = 0
    for row in rows:
        made = [_cut(_to_cell(term, iris, labels)) if term else Cell() for term in row]
        size += sum(map(_size, made))
        if cells and size > MOST_BYTES:
            break
        cells.append(made)
    columns = [_to_column(name, [row[index] for row in cells]) for index, name in enumerate(names)]
    return Table(columns, cells, total)


def read_term(written: str) -> Term:
    """Return a term of canonical N-Triples as SPARQL 1.1 Query Results JSON has it; raises ValueError."""
    if written.startswith("<<("):
        parts = zip(("subject", "predicate", "object"), split_triple_term(written), strict=True)
        return {"type": "triple", "value": {name: read_term(part) for name, part in parts}}
    if written.startswith("<"):
        return {"type": "uri", "value": unescape(written[1:-1])}
    if written.startswith("_:"):
        return {"type": "bnode", "value": written[2:]}
    text, language, datatype = split_literal(written)
    term = {"type": "literal", "value": unescape(text)}
    if language:
        term["xml:lang"] = language
    return term | ({"datatype": unescape(datatype)} if datatype else {})


def compact(iri: str, iris: Iris) -> str | None:
    """Return an IRI as a prefixed name of the vocabularies in use, None where none of their prefixes fits."""
    for prefix, namespace in iris.prefixes().items():
        if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
            return f"{prefix}:{iri[len(namespace) :]}"
    return None


def _to_column(name: str, cells: list[Cell]) -> Column:
    given = [cell for cell in cells if cell.text]
    tags = {None if cell.name else cell.tag for cell in given}
    shared = tags.pop() if len(tags) == 1 else None
    return Column(name, shared, bool(given) and all(cell.numeric for cell in given))


def _to_cell(term: Term, iris: Iris, labels: dict[str, str]) -> Cell:
    kind = term["type"]
    if kind == "uri":
        return _iri_cell(term["value"], iris, labels)
    if kind == "bnode":
        return Cell(f"_:{term['value']}", blank=True, is_iri=True)
    if kind == "triple":
        return Cell(" ".join(_write_triple(term, iris)))
    datatype = term.get("datatype")
    tag = term.get("xml:lang") or (datatype and (compact(datatype, iris) or datatype))
    return Cell(term["value"], tag=tag or None, numeric=datatype in NUMERIC)


def _cut(cell: Cell) -> Cell:
    """Return a cell with all that is long in it cut; an address cannot be, and is left out."""
    tag, name = (part and shorten(part, CELL) for part in (cell.tag, cell.name))
    href = cell.href if cell.href and len(cell.href) <= LONGEST_LINK else None
    return replace(cell, text=shorten(cell.text, CELL), tag=tag, name=name, href=href)


def _size(cell: Cell) -> int:
    """Return how many bytes of the page a cell is, or a little more."""
    parts = (cell.text, cell.href, cell.tag, cell.name)
    return MARKUP + sum(len(escape(turn_visible(part)).encode()) for part in parts if part)


def _iri_cell(iri: str, iris: Iris, labels: dict[str, str]) -> Cell:
    path, short = iris.path(iri), compact(iri, iris)
    if path is not None:
        return Cell(
            labels.get(iri) or path.lstrip("/") or iri,
            in_address(path),
            tag=short if iri in labels else None,
            name=iri,
            is_iri=True,
        )
    href = iri if is_web_link(iri) else None
    return Cell(short or iri, href, external=href is not None, name=iri if short else None, is_iri=True)


def _write_triple(term: Term, iris: Iris) -> list[str]:
    """Return the words of a triple term (RDF 1.2), which may hold others."""
    words, waiting = [], [term]
    while waiting:
        part = waiting.pop()
        if part["type"] == "triple":
            inner = part["value"]
            close = {"type": "mark", "value": ")>>"}
            waiting += [close, inner["object"], inner["predicate"], inner["subject"]]
            words.append("<<(")
        elif part["type"] == "uri":
            words.append(compact(part["value"], iris) or f"<{part['value']}>")
        elif part["type"] == "mark":
            words.append(part["value"])
        else:
            words.append(f"“{part['value']}”" if part["type"] != "bnode" else f"_:{part['value']}")
    return words
