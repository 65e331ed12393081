"""Changed graphs → a release that is served: the one way in which a release comes about.

What it costs depends on the graphs that changed. They are kept as objects, a store is drafted from the one before,
validated, and proved to hold what was validated, and the change is logged; from then on the release is made, also
after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg.durable import telling_of_the_disk
from kg.errors import KgError, NotStorable, ReleaseError, Unpublished
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
    NotStorable for data that a release cannot hold as they are written, StorageFull and StorageFailed; Unpublished
    where the change was accepted, could not be published, and is kept to be published next.
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
        with _telling_what_becomes_of_it(releases, record):
            with _taken_back(releases, record):
                releases.log.accept(record)
                say(KEPT)
            _publish(releases, folder, manifest, _taken_back(releases, record))
    return manifest, True


def publish_record(releases: Releases, active: Manifest | None, record: Record) -> Manifest:
    """Publish a change that was logged and not published. The caller holds the lock."""
    with telling_of_the_disk(releases.folder), releases.draft() as folder:
        folder.mkdir(mode=0o755)
        made = make_store(releases, active, record, folder / "store")
        manifest = make_release(releases, record, made, folder)
        _publish(releases, folder, manifest)
    return manifest


def _publish(
    releases: Releases, folder: Path, manifest: Manifest, undoing: AbstractContextManager[None] | None = None
) -> None:
    """Have a release served; ``undoing`` takes back all but the last step, which needs no room on the disk.

    Once the catalogue has a release, that is not undone: later ones build on what the catalogue says.
    """
    with undoing or nullcontext():
        pointer = releases.place(folder, manifest)
        catalogued.add(releases, manifest)
    releases.switch(pointer)
    releases.log.published(manifest.sequence)
    releases.stores.remove_others(manifest.store)


@contextmanager
def _taken_back(releases: Releases, record: Record) -> Iterator[None]:
    """Where this fails, as for want of room, see to it that nothing was changed; what cannot be taken back is kept."""
    try:
        yield
    except (OSError, KgError, RuntimeError):
        with suppress(OSError):
            if (releases.folder / record.id).exists():
                releases.remove(record.id)
            releases.log.withdraw(record.sequence)
        raise


@contextmanager
def _telling_what_becomes_of_it(releases: Releases, record: Record) -> Iterator[None]:
    """Where publishing fails, raise what is so: Unpublished unless the change was taken back or is served."""
    try:
        yield
    except (OSError, KgError, RuntimeError, MemoryError) as error:
        with suppress(ReleaseError):
            if releases.active_id() == record.id:
                return  # what failed comes after that, and is made up for
        if releases.log.waits:
            raise Unpublished(
                f"The change was accepted and is kept, but its release could not be made yet ({error or 'no memory'})."
                " That is done next, by the server or the next kg build: do not send it again."
            ) from error
        raise


__all__ = ["Checked", "Digests", "Gate", "Graph", "NotStorable", "Progress", "commit", "publish_record", "ungated"]
