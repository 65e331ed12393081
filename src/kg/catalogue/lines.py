"""A named graph in canonical N-Quads → the digest of each record, and its nodes with their values."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from typing import NamedTuple

_LINE = re.compile(
    r'(<[^>]*>|_:\S+) <([^>]*)> (?:<([^>]*)>|(_:\S+)|"(.*)"(?:@([\w-]+)|\^\^<[^>]*>)?)(?: (?:<[^>]*>|_:\S+))? \.'
)
_TRIPLE = r"<<\( .* \)>>"
_GRAPH = re.compile(
    rf'(?:<[^>]*>|_:\S+) <[^>]*> (?:<[^>]*>|_:\S+|{_TRIPLE}|".*"(?:@[\w-]+|\^\^<[^>]*>)?)(?: (?:<([^>]*)>|_:\S+))? \.'
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_BLANK = re.compile(r"_:c14n\d+")
DIGEST_BYTES = 12


class Term(NamedTuple):
    """The object of a triple: an IRI or blank node where ``is_link``, else a literal with its language."""

    text: str
    language: str | None
    is_link: bool


Node = dict[str, list[Term]]
"""Property IRI → values."""
Nodes = dict[str, Node]
"""IRI or blank node label → what the graph says with it as subject."""


def read_graph(nquads: bytes, base_iri: str) -> tuple[dict[str, bytes], Nodes]:
    """Return the digest of each record by its path below the base IRI, and all nodes of the graph.

    A record is all that is said with an IRI, or with a fragment of it, as subject. What is said of blank nodes counts
    for none, and the label of a blank node for nothing: a change elsewhere can change it. Lines of RDF 1.2 that hold a
    triple as a term count for the digest and give no value.
    """
    digests: dict[str, hashlib.blake2b] = {}
    nodes: Nodes = defaultdict(lambda: defaultdict(list))
    start = "<" + base_iri
    for line in nquads.decode("utf-8").split("\n"):
        if line.startswith(start):
            end = line.index(">")
            path = line[len(start) : end].split("#", 1)[0]
            if path:
                digest = digests.get(path)
                if digest is None:
                    digest = digests[path] = hashlib.blake2b(digest_size=DIGEST_BYTES)
                digest.update(_BLANK.sub("_:", line[len(start) + len(path) :]).encode() + b"\n")
        match = _LINE.fullmatch(line)
        if match is not None:
            subject, predicate, iri, blank, text, language = match.groups()
            term = Term(unescape(text), language, False) if text is not None else Term(iri or blank, None, True)
            nodes[subject.strip("<>")][predicate].append(term)
    return {path: digest.digest() for path, digest in digests.items()}, nodes


def unescape(text: str) -> str:
    """Return a literal of N-Quads without its escapes."""
    return _ESCAPE.sub(_unescape_one, text) if "\\" in text else text


def _unescape_one(match: re.Match[str]) -> str:
    four, eight, short = match.groups()
    return _SHORT.get(short, short) if short else chr(int(four or eight, 16))


def split_graphs(nquads: bytes) -> dict[str, bytes]:
    """Return the lines of each named graph of a dataset in canonical N-Quads; those of the default graph are left out.

    Raises ValueError at a line that is no quad.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for line in nquads.decode("utf-8").split("\n"):
        match = _GRAPH.fullmatch(line) if line else None
        if match is None and line:
            raise ValueError(f"Not canonical N-Quads: {line[:200]}")
        if match is not None and match[1] is not None:
            found[match[1]].append(line + "\n")
    return {graph: "".join(lines).encode() for graph, lines in found.items()}
