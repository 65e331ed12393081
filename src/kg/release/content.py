"""A release → what an engine must know of it. The one place that engines lean on the files of a release by."""

from __future__ import annotations

from kg.errors import ReleaseError
from kg.release.format.description import describe
from kg.release.format.facts import read_totals
from kg.release.format.objects import sha256
from kg.release.keep.dump import DESCRIPTION, stream_dump
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.store.content import Content
from kg.terms import Iris


def content_of(releases: Releases, identifier: str) -> Content:
    """Return what an engine must know of a release; raises ReleaseError where there is no such release."""
    manifest = releases.manifest(identifier)
    own, graphs = Iris(manifest.base_iri).graph("description"), releases.graphs(manifest)

    def read(graph: str) -> bytes:
        if graph == own:
            return to_triples(read_description(releases, manifest), graph)
        entry = graphs.get(graph)
        return to_triples(releases.objects.get(entry.digest), graph) if entry else b""

    return Content(
        identifier=identifier,
        base_iri=manifest.base_iri,
        description=own,
        store=releases.store(identifier),
        graphs={iri: entry.digest for iri, entry in graphs.items() if iri},
        read=read,
        earlier=lambda other: _find(releases, other),
    )


def read_description(releases: Releases, release: Manifest) -> bytes:
    """Return what a release says of itself in canonical N-Quads; nothing where it does not describe itself.

    It is made once more, or, where other software made it, read from the store by a process of its own.
    """
    if not release.description:
        return b""
    again = describe(release, releases.graphs(release), read_totals(releases.objects.get(release.totals)))
    if sha256(again) == release.description:
        return again
    return b"".join(stream_dump(releases, release, DESCRIPTION))


def to_triples(nquads: bytes, graph: str) -> bytes:
    """Return a graph in canonical N-Quads as N-Triples."""
    ending = f" <{graph}> .".encode()
    return b"".join(line.removesuffix(ending) + b" .\n" for line in nquads.split(b"\n") if line)


def _find(releases: Releases, identifier: str) -> Content | None:
    try:
        return content_of(releases, identifier)
    except ReleaseError:
        return None
