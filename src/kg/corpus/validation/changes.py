"""What a write, or new files, changed in a graph: the triples that came or went."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from kg.corpus.rdf.convert import Term
from kg.corpus.rdf.derive import Subject

Pair = tuple[Subject, NamedNode, Term | str]
"""Subject, property and value of a triple; for a value that is a blank node, a digest of all its triples."""


@dataclass(frozen=True, slots=True)
class Change:
    """A graph, and its N-Quads before and after; None where it did not or does not exist."""

    graph: str
    before: bytes | None
    after: bytes | None

    def triples(self) -> set[Pair]:
        """Return the triples that came or went. Those of a blank node count as their owner's, with its property."""
        old, new = _lines(self.before), _lines(self.after)
        if not any(b"_:" in line for line in old ^ new):
            return _resolve(_parse(old ^ new))
        return _resolve(_parse(old)) ^ _resolve(_parse(new))

    def added(self) -> list[Quad]:
        """Return the quads that came. Where blank nodes have new labels, theirs are among them."""
        return _parse(_lines(self.after) - _lines(self.before))


def _lines(nquads: bytes | None) -> set[bytes]:
    return set((nquads or b"").splitlines(keepends=True))


def _parse(lines: Iterable[bytes]) -> list[Quad]:
    return list(parse(b"".join(lines), format=RdfFormat.N_QUADS))


def _resolve(quads: Iterable[Quad]) -> set[Pair]:
    """Return the triples of IRIs, blank nodes identified by their triples and not by their labels."""
    of_blank: dict[BlankNode, list[Quad]] = defaultdict(list)
    named = []
    for quad in quads:
        if isinstance(quad.subject, BlankNode):
            of_blank[quad.subject].append(quad)
        else:
            named.append(quad)
    known: dict[BlankNode, str] = {}

    def value(term: Term) -> Term | str:
        return describe(term) if isinstance(term, BlankNode) else term

    def describe(blank: BlankNode) -> str:
        if blank not in known:
            known[blank] = ""  # for one that leads back to itself
            lines = sorted(f"{quad.predicate} {value(quad.object)}" for quad in of_blank[blank])
            known[blank] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        return known[blank]

    found: set[Pair] = {(quad.subject, quad.predicate, value(quad.object)) for quad in named}
    reached = set(known)
    # A blank node that nothing refers to is a subject of its own
    found |= {
        (blank, quad.predicate, value(quad.object)) for blank in set(of_blank) - reached for quad in of_blank[blank]
    }
    return found
