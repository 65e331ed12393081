"""The whole dataset as files to take away: made from the objects when they are asked for, graph by graph.

They hold every named graph but the description. No file is kept, and no more than one graph is in memory.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kg.store.stores.labels import to_store

STEM = "attested"
"""Name, before its first dot, of the files that hold the whole dataset."""


@dataclass(frozen=True, slots=True)
class Dump:
    """One file: its name, title and media type; ``packed`` where it is a gzip file."""

    name: str
    title: str
    media_type: str
    packed: bool = False

    @property
    def key(self) -> str:
        """The name as a fragment of an IRI, such as ``nq``."""
        return self.name.split(".")[1]


_KINDS = (
    Dump(f"{STEM}.nq.gz", "N-Quads, packed", "application/n-quads", packed=True),
    Dump(f"{STEM}.trig", "TriG", "application/trig"),
    Dump(f"{STEM}.jsonld", "JSON-LD", "application/ld+json"),
)
DUMPS = {dump.name: dump for dump in _KINDS}

Graphs = Iterable[tuple[str, bytes]]
"""Graph IRI and the graph in canonical N-Quads."""


def write_dump(name: str, graphs: Graphs, prefixes: dict[str, str]) -> Iterator[bytes]:
    """Yield a dump of graphs, in parts. The same graphs give the same bytes."""
    return _WRITERS[name](graphs, prefixes)


def _write_nquads(graphs: Graphs, _: dict[str, str]) -> Iterator[bytes]:
    # gzip files one after the other are one gzip file (RFC 1952 §2.2)
    return (gzip.compress(to_store(nquads, iri), mtime=0) for iri, nquads in graphs)


def _write_trig(graphs: Graphs, prefixes: dict[str, str]) -> Iterator[bytes]:
    from kg.store.stores.bulk import write_nquads_as  # here: it loads the engine

    for number, (iri, nquads) in enumerate(graphs):
        text = write_nquads_as(to_store(nquads, iri), "application/trig", prefixes)
        yield text if number == 0 else b"".join(_without_prefixes(text))


def _without_prefixes(text: bytes) -> Iterator[bytes]:
    return (line for line in text.splitlines(keepends=True) if not line.startswith(b"@prefix "))


def _write_jsonld(graphs: Graphs, prefixes: dict[str, str]) -> Iterator[bytes]:
    from kg.store.stores.bulk import write_nquads_as

    yield b"["
    for number, (iri, nquads) in enumerate(graphs):
        text = write_nquads_as(to_store(nquads, iri), "application/ld+json", prefixes)
        yield (b"," if number else b"") + text.strip()[1:-1]  # without the brackets of the list
    yield b"]\n"


def _write_plain(graphs: Graphs, _: dict[str, str]) -> Iterator[bytes]:
    return (to_store(nquads, iri) for iri, nquads in graphs)


_WRITERS: dict[str, Callable[[Graphs, dict[str, str]], Iterator[bytes]]] = {
    f"{STEM}.nq.gz": _write_nquads,
    "dataset.nq": _write_plain,
    f"{STEM}.trig": _write_trig,
    f"{STEM}.jsonld": _write_jsonld,
}
