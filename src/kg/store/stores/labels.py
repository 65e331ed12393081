"""Blank node labels: canonical in a graph's own file, and unlike those of any other graph in a store.

RDFC-1.0 calls the blank nodes of each graph c14n0, c14n1 and so on. Where graphs are put together, each label gets a
prefix that follows from the graph's IRI, so that the same graph gives the same quads each time.
"""

from __future__ import annotations

import hashlib
import re

_TERM = re.compile(rb'<<\(|<[^<>]*>|"(?:[^"\\]|\\.)*"|_:(\S+)')


def to_store(nquads: bytes, graph: str) -> bytes:
    """Return the canonical N-Quads of a graph with the labels that its blank nodes have in a store."""
    if b"_:" not in nquads:
        return nquads
    prefix = b"_:g" + hashlib.sha256(graph.encode()).hexdigest()[:12].encode()

    def relabel(match: re.Match[bytes]) -> bytes:
        return match[0] if match[1] is None else prefix + match[1]

    lines = nquads.splitlines(keepends=True)
    return b"".join(_TERM.sub(relabel, line) if b"_:" in line else line for line in lines)


def has_blank(nquads: bytes) -> bool:
    """Return whether N-Quads contain a blank node; text in a literal that looks like one does not count."""
    return b"_:" in nquads and any(
        match[1] is not None for line in nquads.splitlines() if b"_:" in line for match in _TERM.finditer(line)
    )
