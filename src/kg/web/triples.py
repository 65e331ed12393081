"""A graph in canonical N-Triples → terms for a table, and Turtle for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, pairwise
from urllib.parse import urljoin

from kg.terms import Iris
from kg.web.cells import Term, compact
from kg.web.resources import unescape

_TOKEN = re.compile(r'<<\(|\)>>|<[^>]*>|_:[^\s<>"]+|"(?:[^"\\]|\\.)*"|\^\^|@[A-Za-z0-9-]+|\.')
_RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_FIRST = (_RDF_TYPE, "<http://www.w3.org/2000/01/rdf-schema#label>")
"""What people look for first among the properties of a thing."""

Node = list[str]
"""The tokens of one term: one for an IRI, up to three for a literal, more for a triple term."""


def read_triples(body: bytes, most: int) -> tuple[list[tuple[Node, ...]], int]:
    """Return the first triples, in the order in which people read them, and how many there are in all."""
    lines = [line for line in body.decode("utf-8").split("\n") if line]
    triples = [tuple(_nodes(_TOKEN.findall(line))) for line in lines[:most]]
    places = {node: place for place, node in enumerate(dict.fromkeys(_key(n) for t in triples for n in t[:2]))}
    first = {_key([iri]): rank - len(_FIRST) for rank, iri in enumerate(_FIRST)}
    return sorted(triples, key=lambda t: (places[_key(t[0])], first.get(_key(t[1]), places[_key(t[1])]))), len(lines)


def to_term(node: Node) -> Term:
    """Return a term as SPARQL 1.1 Query Results JSON has it."""
    first = node[0]
    if first == "<<(":
        inner = list(_nodes(node[1:-1]))
        return {
            "type": "triple",
            "value": dict(zip(("subject", "predicate", "object"), map(to_term, inner), strict=True)),
        }
    if first.startswith("<"):
        return {"type": "uri", "value": unescape(first[1:-1])}
    if first.startswith("_:"):
        return {"type": "bnode", "value": first[2:]}
    term = {"type": "literal", "value": unescape(first[1:-1])}
    if node[1:2] == ["^^"]:
        term["datatype"] = unescape(node[2][1:-1])
    elif node[1:]:
        term["xml:lang"] = node[1][1:]
    return term


def write_turtle(triples: list[tuple[Node, ...]], iris: Iris) -> str:
    """Return the triples as Turtle, with our base and the prefixes that occur (RDF 1.2 Turtle §2)."""
    used: set[str] = set()
    blocks = []
    for subject, group in groupby(triples, key=lambda triple: triple[0]):
        lines = []
        for verb, same in groupby(group, key=lambda triple: triple[1]):
            lines.append(f"  {_verb(verb, iris, used)} {' , '.join(_write(node, iris, used) for _, _, node in same)}")
        blocks.append(f"{_write(subject, iris, used)}\n" + " ;\n".join(lines) + " .\n")
    prefixes = iris.prefixes()
    head = [f"@base <{iris.base}> .\n", *(f"@prefix {p}: <{prefixes[p]}> .\n" for p in sorted(used))]
    return "\n".join(["".join(head), *blocks])


def _nodes(tokens: list[str]) -> Iterator[Node]:
    """Return the terms that the tokens of a line, or of the inside of a triple term, make up."""
    at = 0
    while at < len(tokens) and tokens[at] != ".":
        end = at + 1
        if tokens[at] == "<<(":
            depth = 1
            while depth:
                depth += {"<<(": 1, ")>>": -1}.get(tokens[end], 0)
                end += 1
        elif tokens[end : end + 1] == ["^^"]:
            end += 2
        elif end < len(tokens) and tokens[end].startswith("@"):
            end += 1
        yield tokens[at:end]
        at = end


def _key(node: Node) -> str:
    return " ".join(node)


def _verb(node: Node, iris: Iris, used: set[str]) -> str:
    return "a" if node == [_RDF_TYPE] else _write(node, iris, used)


def _write(node: Node, iris: Iris, used: set[str]) -> str:
    written = ""
    for before, after in pairwise(["", *node]):
        glued = not written or before == "^^" or after == "^^" or after.startswith("@")
        written += ("" if glued else " ") + _shorten(after, iris, used)
    return written


def _shorten(token: str, iris: Iris, used: set[str]) -> str:
    if not token.startswith("<") or token.startswith("<<"):
        return token
    iri = token[1:-1]
    short = compact(iri, iris)
    if short is not None:
        used.add(short.partition(":")[0])
        return short
    relative = iri.removeprefix(iris.base)
    return f"<{relative}>" if relative and urljoin(iris.base, relative) == iri else token
