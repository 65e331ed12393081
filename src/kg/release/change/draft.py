"""The record of a change → the files of its release: its store, drafted from the one before, and its manifest."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kg.errors import NotStorable
from kg.release.format.delta import Delta, between_stored, from_bytes
from kg.release.format.description import describe
from kg.release.format.facts import read_totals
from kg.release.format.log import Record
from kg.release.format.objects import sha256
from kg.release.format.stores import CHANGES, Base, describe_store
from kg.release.manifest import Manifest, describe_file, from_dict, write_manifest
from kg.release.publish import Releases
from kg.store.stores.bulk import OpenStore, load_store
from kg.store.stores.draft import Draft
from kg.store.stores.labels import to_store
from kg.terms import Iris

WHOLE_SHARE = 0.5
"""Share of the quads that changed past which a store is loaded whole."""


@dataclass(frozen=True, slots=True)
class MadeStore:
    """The store of a release in the making: its base, what it is beyond that, and the description that it holds."""

    opened: OpenStore
    base: Base | None
    since: Delta
    description: bytes


def make_store(releases: Releases, active: Manifest | None, record: Record, directory: Path) -> MadeStore:
    """Make the store of a change to the active release in a new directory."""
    manifest = from_dict(record.manifest)
    description = b""
    if manifest.description:
        totals = read_totals(releases.objects.get(manifest.totals))
        description = describe(manifest, releases.graphs(manifest), totals)
    changes = _changes(releases, active, record, manifest, description) if active else None
    if active is None or changes is None:
        load_store(_to_load(releases, manifest, description), directory)
        return MadeStore(OpenStore(directory), None, Delta(), description)
    base, since = _base(releases, active, manifest.counts["quads"], changes.removed)
    since = since.then(changes)
    draft = Draft(releases.stores.directory(base), directory)
    draft.apply(since.removed, since.added)
    draft.close()
    return MadeStore(OpenStore(directory), base, since, description)


def _base(releases: Releases, active: Manifest, quads: int, going: frozenset[bytes]) -> tuple[Base, Delta]:
    """Return a base for the store that comes after the active release's, and what that one is beyond the base.

    A new base leaves out what is going to be taken away. Most of that is what each release says of itself alone: were
    it in the base, each store drafted from that would have to take it away once more.
    """
    stores = releases.stores
    base = stores.find(active.store)
    if base is None:
        return stores.from_release(active.id, releases.store(active.id)), Delta()
    since = from_bytes(gzip.decompress((releases.folder / active.id / "delta.gz").read_bytes()))
    if len(since) > CHANGES:
        return stores.advance(active.id, base, since.then(Delta(removed=going)), quads), Delta(added=going)
    return base, since


def _changes(
    releases: Releases, active: Manifest, record: Record, manifest: Manifest, description: bytes
) -> Delta | None:
    """Return the changes of the store, in its labels; None where they are so many that the store is made whole."""
    most = WHOLE_SHARE * manifest.counts["quads"]
    graphs, found = releases.graphs(active), []
    for iri, (old, new) in record.graphs.items():
        before, after = (releases.objects.get(digest) if digest else b"" for digest in (old, new))
        found.append(between_stored(before, after, iri) if graphs.get(iri) else Delta(added=_lines(after, iri)))
        if sum(map(len, found)) > most:
            return None
    name = Iris(manifest.base_iri).graph("description")
    found.append(between_stored(_description(releases, active), description, name))
    # No line is in two graphs
    return Delta(frozenset().union(*(d.removed for d in found)), frozenset().union(*(d.added for d in found)))


def _description(releases: Releases, release: Manifest) -> bytes:
    """Return what a release says of itself: made once more, or as its store has it where other software made that."""
    if not release.description:
        return b""
    again = describe(release, releases.graphs(release), read_totals(releases.objects.get(release.totals)))
    if sha256(again) == release.description:
        return again
    return OpenStore(releases.store(release.id)).graph(Iris(release.base_iri).graph("description"))


def _lines(nquads: bytes, iri: str) -> frozenset[bytes]:
    return frozenset(to_store(nquads, iri).splitlines(keepends=True))


def _to_load(releases: Releases, manifest: Manifest, description: bytes) -> Iterable[bytes]:
    for iri, nquads in releases.dataset(manifest):
        yield to_store(nquads, iri)
    yield description


def make_release(releases: Releases, record: Record, made: MadeStore, folder: Path) -> Manifest:
    """Write what a release has besides its store into its folder, and return its manifest, which is written last.

    Raises NotStorable where the store holds something else than the record says.
    """
    manifest = from_dict(record.manifest)
    _prove(releases, manifest, record, made)
    (folder / "delta.gz").write_bytes(gzip.compress(made.since.to_bytes(), mtime=0))
    (folder / "report.ttl").write_text(record.report, encoding="utf-8")
    base = made.base
    if base is None:
        stored = {path.name: describe_file(path) for path in sorted((folder / "store").iterdir())}
        base = releases.stores.keep_whole(manifest.id, folder / "store", stored)
    else:
        stored = describe_store(folder / "store", releases.stores.directory(base), base.files)
    files = {name: describe_file(folder / name) for name in ("delta.gz", "report.ttl")}
    files |= {f"store/{name}": told for name, told in stored.items()}
    manifest = manifest.with_(files=files, store=base.name)
    write_manifest(folder, manifest)
    return manifest


def _prove(releases: Releases, manifest: Manifest, record: Record, made: MadeStore) -> None:
    """Refuse a store that holds other quads than were validated: engines rewrite some literals (``01`` → ``1``)."""
    opened = made.opened
    for iri, (_, digest) in record.graphs.items():
        _compare(opened.graph(iri), releases.objects.get(digest) if digest else b"")
    if manifest.description:
        _compare(opened.graph(Iris(manifest.base_iri).graph("description")), made.description)


def _compare(held: bytes, wanted: bytes) -> None:
    if held != wanted:
        one, other = set(wanted.splitlines()), set(held.splitlines())
        raise NotStorable(
            f"The store would hold something else than this: {min(one - other or other - one).decode()}\n"
            "Write the literal in its canonical form, such as 1 for 01, and try again."
        )
