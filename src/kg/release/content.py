"""A release → what an engine must know of it. The one place that engines lean on the files of a release by."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from kg.errors import ReleaseError
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.store.content import Content
from kg.terms import Iris

_QUAD = re.compile(rb"(\S+ \S+ .+) <([^>]*)> \.", re.DOTALL)
"""A line of canonical N-Quads that names a graph; one that does not has no space before an IRI that ends it."""


def content_of(releases: Releases, identifier: str) -> Content:
    """Return what an engine must know of a release; raises ReleaseError where there is no such release."""
    manifest = releases.manifest(identifier)
    files = _Files(releases, manifest)
    return Content(
        identifier=identifier,
        base_iri=manifest.base_iri,
        description=files.description,
        store=releases.store(identifier),
        graphs=files,
        read=files.read,
        earlier=lambda other: _find(releases, other),
    )


def _find(releases: Releases, identifier: str) -> Content | None:
    try:
        return content_of(releases, identifier)
    except ReleaseError:
        return None


class _Files(Mapping[str, str]):
    """The graphs of a release, split from its dataset when one is asked for."""

    def __init__(self, releases: Releases, manifest: Manifest) -> None:
        self._releases, self._id = releases, manifest.id
        self.description = Iris(manifest.base_iri).graph("description")
        self._names = sorted(manifest.graphs.keys() - {self.description})

    @cached_property
    def _graphs(self) -> dict[str, bytes]:
        return split(self._releases.dataset(self._id))

    def read(self, graph: str) -> bytes:
        """Return a graph in N-Triples."""
        if graph != self.description:
            return self._graphs.get(graph, b"")
        path: Path = self._releases.folder / self._id / "description.nq"
        return split(path.read_bytes()).get(graph, b"") if path.is_file() else b""

    def __getitem__(self, graph: str) -> str:
        if graph not in self._names:
            raise KeyError(graph)
        return hashlib.sha256(self.read(graph)).hexdigest()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def split(nquads: bytes) -> dict[str, bytes]:
    """Return the graphs of canonical N-Quads, by IRI, each in N-Triples; quads of no named graph are left out."""
    lines: defaultdict[str, list[bytes]] = defaultdict(list)
    for line in nquads.splitlines():
        quad = _QUAD.fullmatch(line)
        if quad is not None:
            lines[quad[2].decode()].append(quad[1] + b" .\n")
    return {graph: b"".join(triples) for graph, triples in lines.items()}
