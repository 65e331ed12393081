"""Changed graphs → a release that is served: the one way in which a release comes about.

What it costs depends on the graphs that changed. They are kept as objects, a store is drafted from the one before,
validated, and proved to hold what was validated, and the change is logged; from then on the release is made, also
after a crash.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg.durable import telling_of_the_disk
from kg.errors import KgError, NotStorable, ReleaseError
from kg.release import catalogued
from kg.release.change.draft import make_release, make_store
from kg.release.change.prepare import prepare
from kg.release.format.log import Record
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.steps import ACCEPTED, KEPT
from kg.store.stores.bulk import OpenStore

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph that may have changed: its IRI, its canonical N-Quads, empty where it goes, and the key of its files."""

    iri: str
    nquads: bytes
    key: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """How a dataset was validated, for the manifest, and the report in Turtle."""

    validation: dict[str, Any] = field(default_factory=dict)
    report: str = ""


Digests = Mapping[str, tuple[str | None, str | None]]
"""IRI of each graph that changes → the digests of its objects before and after, None where there was or is none."""
Gate = Callable[[OpenStore, Digests], Checked]
"""Says how the dataset in a store was validated, given what changes; raises NotConforming."""


def ungated(_: OpenStore, __: Digests) -> Checked:
    """Validate nothing: for datasets without shapes."""
    return Checked({"unchecked": ["everything: the dataset has no shapes graph"]})


def commit(
    releases: Releases,
    active: Manifest | None,
    base_iri: str,
    graphs: Iterable[Graph],
    gate: Gate,
    say: Progress,
    *,
    is_described: bool = True,
) -> tuple[Manifest, bool]:
    """Publish the active release with some graphs replaced; return the manifest, and whether another is active now.

    The graphs are taken one at a time. The caller holds the lock; ``say`` is called before each step; with
    ACCEPTED the release can no more be stopped, and with KEPT it is on the disk. Raises what ``gate`` raises,
    NotStorable for data that a release cannot hold as they are written, StorageFull and StorageFailed.
    """
    record = prepare(releases, active, base_iri, graphs, is_described=is_described)
    if record is None:
        assert active is not None  # noqa: S101 - the first release always changes something
        return active, False
    if releases.is_whole(record.id):
        return releases.activate(record.id), True  # as after a rollback: the release that came next is made again
    with telling_of_the_disk(releases.folder), releases.draft() as folder:
        folder.mkdir(mode=0o755)
        made = make_store(releases, active, record, folder / "store")
        checked = gate(made.opened, record.graphs)
        record = record.validated(checked.validation, checked.report)
        say(ACCEPTED)
        manifest = make_release(releases, record, made, folder)
        releases.log.accept(record)
        say(KEPT)
        with _taken_back_if_not_published(releases, record):
            _publish(releases, folder, manifest)
    return manifest, True


def publish_record(releases: Releases, active: Manifest | None, record: Record) -> Manifest:
    """Publish a change that was logged and not published. The caller holds the lock."""
    with telling_of_the_disk(releases.folder), releases.draft() as folder:
        folder.mkdir(mode=0o755)
        made = make_store(releases, active, record, folder / "store")
        manifest = make_release(releases, record, made, folder)
        _publish(releases, folder, manifest)
    return manifest


def _publish(releases: Releases, folder: Path, manifest: Manifest) -> None:
    releases.publish(folder, manifest, lambda: catalogued.add(releases, manifest))
    releases.log.published(manifest.sequence)
    releases.stores.remove_others(manifest.store)


@contextmanager
def _taken_back_if_not_published(releases: Releases, record: Record) -> Iterator[None]:
    """Where publishing fails, as for want of room, see to it that nothing was changed, as will be said."""
    try:
        yield
    except (OSError, KgError, RuntimeError):
        with suppress(ReleaseError):
            if releases.active_id() == record.id:
                return  # it is served: what failed comes after that, and is made up for
        with suppress(OSError):
            releases.log.withdraw(record.sequence)
            shutil.rmtree(releases.folder / record.id, ignore_errors=True)
        raise


__all__ = ["Checked", "Digests", "Gate", "Graph", "NotStorable", "Progress", "commit", "publish_record", "ungated"]
