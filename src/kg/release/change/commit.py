"""Changed graphs → a release that is served: the one way in which a release comes about.

What it costs depends on the graphs that changed. They are kept as objects, a store is drafted from the one before and
proved to hold what was validated, and the change is logged; from then on the release is made, also after a crash.
"""

from __future__ import annotations

import datetime
import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kg
from kg.errors import NotStorable, ReleaseError
from kg.release.durable import telling_of_the_disk
from kg.release.format.delta import Delta, between, between_stored, from_bytes
from kg.release.format.description import describe
from kg.release.format.facts import Facts, Totals, count_graph, read_facts, read_totals, sum_up
from kg.release.format.log import Record
from kg.release.format.objects import sha256
from kg.release.format.stores import CHANGES, Base, describe_store
from kg.release.format.tree import Entry, GraphMap
from kg.release.manifest import Manifest, describe_file, from_dict, write_manifest
from kg.release.publish import Releases
from kg.release.steps import ACCEPTED, KEPT
from kg.store.bulk import OpenStore, load_store
from kg.store.draft import Draft
from kg.store.labels import to_store
from kg.terms import PREFIXES, Iris

Progress = Callable[[str], None]
SOFTWARE = "attested-kg"
LONGEST_LINE = 1_100_000
"""Bytes of one triple in N-Quads. The engine keeps terms in blocks and reads a block whole: one of 10 MB made each
look-up beside it take a hundredth of a second."""
COUNTED = {
    "articles": "Article",
    "passages": "Passage",
    "statements": "Statement",
    "figures": "Figure",
    "events": "Event",
    "entities": "Entity",
    "issues": "Issue",
}
"""Names of counts in the manifest, and the class that each counts."""
WHOLE_SHARE = 0.5
"""Share of the quads that changed past which a store is loaded whole."""
FIRST_YEAR = 2024
SMALL_STEP = datetime.timedelta(days=1)
"""How far a clock may go back and dates keep their order all the same."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How a dataset was validated, for the manifest, and the report in Turtle. Without a gate nothing is described."""

    validation: dict[str, Any] = field(default_factory=dict)
    report: str = ""
    is_gated: bool = True


def commit(
    releases: Releases, active: Manifest | None, base_iri: str, graphs: Mapping[str, bytes], how: Checked, say: Progress
) -> tuple[Manifest, bool]:
    """Publish the active release with some graphs replaced; return the manifest, and whether another is active now.

    ``graphs`` are in canonical N-Quads, empty for one that goes. The caller holds the lock, and is told by ``say``
    before each step; with ACCEPTED the release can no more be stopped, and with KEPT it is on the disk. Raises
    NotStorable for data that a release cannot hold as they are written, StorageFull and StorageFailed.
    """
    before = GraphMap(releases.objects, active.shards if active else {})
    changed = {iri: nquads for iri, nquads in graphs.items() if not _is_same(before.get(iri), nquads)}
    if active is not None and not changed:
        return active, False
    for nquads in changed.values():
        _require_short(nquads)
    record = _prepare(releases, active, before, base_iri, changed, how)
    if releases.is_whole(record.id):
        return releases.activate(record.id), True  # as after a rollback: the release that came next is made again
    say(ACCEPTED)
    with telling_of_the_disk(releases.folder), releases.draft() as folder:
        manifest = _make(releases, active, record, folder)
        releases.log.accept(record)
        say(KEPT)
        _publish(releases, folder, manifest)
    return manifest, True


def publish_record(releases: Releases, active: Manifest | None, record: Record) -> Manifest:
    """Publish a change that was logged and not published. The caller holds the lock."""
    with telling_of_the_disk(releases.folder), releases.draft() as folder:
        manifest = _make(releases, active, record, folder)
        _publish(releases, folder, manifest)
    return manifest


def _publish(releases: Releases, folder: Path, manifest: Manifest) -> None:
    releases.publish(folder, manifest)
    releases.log.published(manifest.sequence)
    releases.stores.remove_others(manifest.store)


def _is_same(entry: Entry | None, nquads: bytes) -> bool:
    return not nquads if entry is None else entry.digest == sha256(nquads)


def _require_short(nquads: bytes) -> None:
    """Raise NotStorable for a literal so long that the store would read it again for each of its neighbours."""
    longest = max(nquads.splitlines(), key=len, default=b"")
    if len(longest) > LONGEST_LINE:
        raise NotStorable(
            f"A literal is some {len(longest):,} bytes long, and {LONGEST_LINE:,} is the most that a release holds:"
            f" {longest[:150].decode('utf-8', 'replace')}… Keep it elsewhere, and link to it."
        )


def _prepare(
    releases: Releases,
    active: Manifest | None,
    before: GraphMap,
    base_iri: str,
    changed: Mapping[str, bytes],
    how: Checked,
) -> Record:
    """Keep the objects of a change, and return its record, which names them."""
    iris, objects = Iris(base_iri), releases.objects
    entries: dict[str, Entry | None] = {}
    facts: dict[str, tuple[Facts | None, Facts | None]] = {}
    lines = Delta()
    for iri, nquads in changed.items():
        old = before.get(iri)
        new = count_graph(nquads, iri, iris) if nquads else None
        facts[iri] = (read_facts(objects.get(old.facts)) if old else None, new)
        entries[iri] = Entry(objects.put(nquads), new.triples, objects.put(new.to_json())) if new else None
        if old and nquads:
            lines = lines.then(between(objects.get(old.digest), nquads))
    after = before.replaced(entries)
    totals = sum_up(
        read_totals(objects.get(active.totals)) if active else Totals(),
        facts,
        lambda: ((iri, read_facts(objects.get(entry.facts))) for iri, entry in after.items()),
    )
    digest = after.digest()
    issued = issue(datetime.datetime.now(datetime.UTC), active.issued if active else None)
    manifest = Manifest(
        id=_identify(issued, digest, active),
        sequence=releases.log.next_number(),
        previous=active.id if active else None,
        issued=issued,
        base_iri=base_iri,
        software=f"{SOFTWARE} {kg.__version__}",
        digest=digest,
        counts=_count(totals, iris),
        shards=after.shards,
        totals=objects.put(totals.to_json()),
        description="",
        validation=how.validation,
        files={},
    )
    if how.is_gated:
        description = describe(manifest, after, totals)
        manifest = manifest.with_(description=sha256(description), described=description.count(b"\n"))
        manifest.counts["quads"] += manifest.described
    digests = {iri: (_digest(before.get(iri)), _digest(entry)) for iri, entry in entries.items()}
    return Record(manifest.sequence, manifest.previous, manifest.to_dict(), digests, how.report, lines)


def _digest(entry: Entry | None) -> str | None:
    return entry.digest if entry else None


def _identify(issued: str, digest: str, active: Manifest | None) -> str:
    """Return the identifier: the day, and a digest of the data and the release before.

    So the same first data give the same identifier, and an earlier state that comes back is a release of its own.
    """
    name = digest if active is None else sha256(f"{digest} {active.id}".encode())
    return f"{issued[:10]}-{name[:12]}"


def issue(now: datetime.datetime, previous: str | None) -> str:
    """Return when a release is issued: now, or a second after the one before where the clock went back a little.

    Where the one before lies more than a day ahead, the clock was wrong then: the order of releases follows from their
    numbers, and this one gets the true date. Raises ReleaseError where the clock is wrong now.
    """
    if now.year < FIRST_YEAR:
        raise ReleaseError(f"This machine's clock says {now.date()}, so no release is made. Set the clock, try again.")
    now = now.replace(microsecond=0)
    if previous:
        before = datetime.datetime.fromisoformat(previous)
        if now <= before <= now + SMALL_STEP:
            now = before + datetime.timedelta(seconds=1)
    return now.isoformat().replace("+00:00", "Z")


def _count(totals: Totals, iris: Iris) -> dict[str, int]:
    counts = {name: totals.classes.get(f"<{iris.term(cls)}>", 0) for name, cls in COUNTED.items()}
    return {"quads": totals.triples} | counts | {"queries": totals.classes.get(f"<{PREFIXES['sh']}SPARQLExecutable>", 0)}


def _make(releases: Releases, active: Manifest | None, record: Record, folder: Path) -> Manifest:
    """Write all files of a release below a new folder, and return its manifest, which is written last."""
    folder.mkdir(mode=0o755)
    manifest = from_dict(record.manifest)
    graphs = GraphMap(releases.objects, manifest.shards)
    description = b""
    if manifest.description:
        description = describe(manifest, graphs, read_totals(releases.objects.get(manifest.totals)))
    changes = _changes(releases, active, record, manifest, description)
    base, since = _make_store(releases, active, manifest, changes, graphs, description, folder / "store")
    _prove(releases, folder / "store", manifest, record, description)
    (folder / "delta.gz").write_bytes(gzip.compress(since.to_bytes(), mtime=0))
    (folder / "report.ttl").write_text(record.report, encoding="utf-8")
    stored = describe_store(folder / "store", releases.stores.directory(base), base.files)
    files = {name: describe_file(folder / name) for name in ("delta.gz", "report.ttl")}
    files |= {f"store/{name}": told for name, told in stored.items()}
    manifest = manifest.with_(files=files, store=base.name)
    write_manifest(folder, manifest)
    return manifest


def _changes(
    releases: Releases, active: Manifest | None, record: Record, manifest: Manifest, description: bytes
) -> Delta | None:
    """Return what is to change in the store, in its labels; None where there is none to change."""
    if active is None:
        return None
    name = Iris(manifest.base_iri).graph("description")
    store = OpenStore(releases.store(active.id))
    changes = between_stored(store.graph(name) if active.description else b"", description, name)
    for iri, (old, new) in record.graphs.items():
        before = releases.objects.get(old) if old else b""
        after = releases.objects.get(new) if new else b""
        changes = changes.then(between_stored(before, after, iri))
    return changes


def _make_store(
    releases: Releases,
    active: Manifest | None,
    manifest: Manifest,
    changes: Delta | None,
    graphs: GraphMap,
    description: bytes,
    directory: Path,
) -> tuple[Base, Delta]:
    """Make the store of a release; return its base, and what the store is beyond that."""
    stores = releases.stores
    if active is None or changes is None or len(changes) > WHOLE_SHARE * manifest.counts["quads"]:
        load_store(_to_load(releases, graphs, manifest, description), directory)
        files = {path.name: describe_file(path) for path in sorted(directory.iterdir())}
        return stores.keep_whole(manifest.id, directory, files), Delta()
    base = stores.find(active.store)
    if base is None:
        base, since = stores.from_release(active.id, releases.store(active.id), {}), Delta()
    else:
        since = from_bytes(gzip.decompress((releases.folder / active.id / "delta.gz").read_bytes()))
    if len(since) > CHANGES:
        base, since = stores.advance(active.id, base, since, manifest.counts["quads"]), Delta()
    since = since.then(changes)
    draft = Draft(stores.directory(base), directory)
    draft.apply(since.removed, since.added)
    draft.close()
    return base, since


def _to_load(releases: Releases, graphs: GraphMap, manifest: Manifest, description: bytes) -> Iterable[bytes]:
    for iri, entry in graphs.items():
        yield to_store(releases.objects.get(entry.digest), iri)
    yield description


def _prove(releases: Releases, store: Path, manifest: Manifest, record: Record, description: bytes) -> None:
    """Refuse a store that holds other quads than were validated: engines rewrite some literals (``01`` → ``1``)."""
    opened = OpenStore(store)
    wanted = {iri: releases.objects.get(digest) if digest else b"" for iri, (_, digest) in record.graphs.items()}
    if manifest.description:
        wanted[Iris(manifest.base_iri).graph("description")] = description
    for iri, nquads in wanted.items():
        held = opened.graph(iri)
        if held != nquads:
            one, other = set(nquads.splitlines()), set(held.splitlines())
            raise NotStorable(
                f"The store would hold something else than this: {min(one - other or other - one).decode()}\n"
                "Write the literal in its canonical form, such as 1 for 01, and try again."
            )
