"""The folder of releases: which there are, which one is served, and how that changes in one step."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from kg.durable import put_draft, sweep_drafts, sync, sync_tree, telling_of_the_disk, write_draft
from kg.errors import Pruned, ReleaseError, ReleasesBusy, StorageFailed
from kg.release.format.log import Log, Record
from kg.release.format.objects import Objects
from kg.release.format.tree import GraphMap
from kg.release.intact import SOUND_BYTES, START_BYTES, require_intact
from kg.release.manifest import IDENTIFIER, Manifest, from_dict, read_manifest

if TYPE_CHECKING:
    from kg.release.format.stores import Stores

POINTER = "current"
DRAFT = ".building-"
"""Start of the names of folders in which a release is made."""
GOING = ".pruned-"
"""Start of the names of folders that are being deleted."""
PRUNED = "pruned"
"""Folder of the manifests of releases that were pruned."""
PATIENCE = 30.0
"""Seconds for which the lock is waited for: beside a server that takes writes it is free for moments only."""
LOCK_PAUSE = 0.02
"""Seconds between two tries to take the lock."""


_log = logging.getLogger(__name__)


class Releases:
    """A folder of release directories and the pointer to the active one."""

    def __init__(self, folder: Path) -> None:
        """Take the folder as it is; it need not exist before the first build."""
        self.folder = folder
        self.objects = Objects(folder)
        self.log = Log(folder)

    @property
    def stores(self) -> Stores:
        """The stores from which those of releases are drafted; reading this loads the engine."""
        from kg.release.format.stores import Stores

        return Stores(self.folder)

    @contextmanager
    def lock(self, until: float | None = None) -> Iterator[None]:
        """Hold the folder for one writer, and clear away what one that was killed left behind.

        Raises ReleasesBusy where another holds it, and still does at ``until`` (of ``time.monotonic``; by default, in
        PATIENCE seconds); StorageFailed where the folder cannot be written.
        """
        until = time.monotonic() + PATIENCE if until is None else until
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("w")
        except OSError as error:
            raise StorageFailed(
                f"{self.folder} cannot be written ({error.strerror}). Let the user that runs kg write there, or name"
                " another folder: KG_RELEASES."
            ) from None
        with lock as file:
            while not _try_lock(file):
                if time.monotonic() >= until:
                    raise ReleasesBusy(f"Another build is writing to {self.folder}. Try again when it is done.")
                time.sleep(LOCK_PAUSE)
            with telling_of_the_disk(self.folder):
                self._clear_away()
            yield

    def _clear_away(self) -> None:
        for draft in (*self.folder.glob(DRAFT + "*"), *self.folder.glob(GOING + "*")):
            shutil.rmtree(draft, ignore_errors=True)
        sweep_drafts(self.folder)

    @property
    def write_trouble(self) -> str | None:
        """What is wrong with writing here, as far as is known without trying; None where nothing is."""
        for path in (self.folder, self.folder / ".lock"):
            if path.exists() and not os.access(path, os.W_OK):
                return f"writes are refused: {path.name} cannot be written by the user that runs this server"
        return None

    @property
    def aside_trouble(self) -> str | None:
        """What to say of writes that were accepted and are set aside; None where none is."""
        aside = ", ".join(path.name for path in self.log.files_aside())
        if aside:
            return f"a write was accepted, could not be published and is set aside: {aside}. See kg verify"
        return None

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Have nothing deleted meanwhile; writes go on. Raises ReleaseError where the folder is not there."""
        with self._keeping(fcntl.LOCK_SH):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one, so that what is deleted is missed by nobody; raises ReleasesBusy."""
        with self._keeping(fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield

    @contextmanager
    def _keeping(self, how: int) -> Iterator[None]:
        try:
            file = (self.folder / ".keep").open("w")
        except OSError as error:
            raise ReleaseError(f"{self.folder} cannot be written ({error.strerror}).") from None
        with file:
            try:
                fcntl.flock(file, how)
            except BlockingIOError:
                raise ReleasesBusy(f"A backup of {self.folder} is being made. Try again when it is done.") from None
            yield

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """Give a folder for a release in the making, on the same file system as the releases."""
        with tempfile.TemporaryDirectory(prefix=DRAFT, dir=self.folder, ignore_cleanup_errors=True) as folder:
            yield Path(folder) / "release"

    @property
    def has_pointer(self) -> bool:
        """True where a release is active, whether it can be read or not."""
        return (self.folder / POINTER).exists()

    def active_id(self) -> str:
        """Return the identifier of the active release; raises ReleaseError where none is active."""
        try:
            identifier = (self.folder / POINTER).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise ReleaseError(f"{self.folder} has no active release. Make one with: kg build") from None
        except OSError as error:
            raise ReleaseError(
                f"{self.folder / POINTER} cannot be read ({error}). Make it readable, or choose a release from"
                " kg releases with: kg rollback ID"
            ) from None
        except ValueError:
            identifier = ""
        if not IDENTIFIER.fullmatch(identifier):
            raise ReleaseError(
                f"{self.folder / POINTER} does not name a release. Choose one from kg releases with: kg rollback ID"
            )
        return identifier

    def active(self) -> Manifest:
        """Return the manifest of the active release; raises ReleaseError as active_id does."""
        return self.manifest(self.active_id())

    def find_active(self) -> Manifest | None:
        """Return the manifest of the active release, or None where none can be read."""
        try:
            return self.active()
        except ReleaseError:
            return None

    def find_intact(self, limit: int = START_BYTES) -> Manifest | None:
        """Return the manifest of the active release, or None where that is damaged or there is none.

        Digests are checked of as many files as ``limit`` bytes hold.
        """
        try:
            return require_intact(self.folder / self.active_id(), limit)
        except ReleaseError:
            return None

    def choose(self) -> tuple[Manifest, str | None]:
        """Return the release to serve: the active one, or where that is damaged the newest that is not, and why.

        Raises ReleaseError where there is none, the one of the active release.
        """
        try:
            return require_intact(self.folder / self.active_id()), None
        except ReleaseError as error:
            for manifest in self.all():
                with suppress(ReleaseError):
                    return require_intact(self.folder / manifest.id), str(error)
            raise

    def manifest(self, identifier: str) -> Manifest:
        """Return the manifest of one release; raises ReleaseError where there is none, Pruned where there was one."""
        if not IDENTIFIER.fullmatch(identifier):
            raise ReleaseError(f"There is no release {identifier!r} in {self.folder}. List them with: kg releases")
        if not (self.folder / identifier).is_dir():
            known = self.find_pruned(identifier)
            if known is not None:
                raise Pruned(
                    f"Release {identifier}, issued {known.issued}, was pruned and is no longer kept. Its digest is"
                    f" sha256:{known.digest}; the log of changes says what changed in it."
                )
            raise ReleaseError(f"There is no release {identifier!r} in {self.folder}. List them with: kg releases")
        return read_manifest(self.folder / identifier)

    def find_pruned(self, identifier: str) -> Manifest | None:
        """Return the manifest of a release that was pruned; None where none of that identifier was."""
        try:
            return from_dict(json.loads((self.folder / PRUNED / f"{identifier}.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def graphs(self, release: Manifest) -> GraphMap:
        """Return the map of a release's graphs, the description left out."""
        return self.graphs_of(release.shards)

    def graphs_of(self, shards: Mapping[str, str]) -> GraphMap:
        """Return the map that shards make."""
        return GraphMap(self.objects, shards)

    def dataset(self, release: Manifest) -> Iterator[tuple[str, bytes]]:
        """Yield each graph of a release but the description: its IRI, and the graph in canonical N-Quads.

        Raises ReleaseError where an object is missing or damaged.
        """
        for iri, entry in self.graphs(release).items():
            yield iri, self.objects.get(entry.digest)

    def unpublished_objects(self) -> set[str]:
        """Return the digests of the objects of changes that were accepted and are not published.

        It is all that the one needs that waits, and what there still is of those that are set aside. Raises LogDamaged.
        """
        record = self.log.waiting()
        found = set(self._objects_of(record)) if record else set()
        for _, aside in self.log.aside():
            with suppress(ReleaseError):  # an object is missing
                found.update(filter(lambda digest: self.objects.path(digest).exists(), self._objects_of(aside)))
        return found

    def _objects_of(self, record: Record | None) -> Iterator[str]:
        if record is not None:
            yield from (digest for digests in record.graphs.values() for digest in digests if digest)
            yield record.manifest["totals"]
            yield from self.graphs_of(record.manifest["shards"]).references()

    def store(self, identifier: str) -> Path:
        """Return the directory of a release's store."""
        return self.folder / identifier / "store"

    def identifiers(self) -> list[str]:
        """Return the identifiers of all releases, damaged ones included, the newest day first."""
        return sorted((p.name for p in self.folder.glob("*") if IDENTIFIER.fullmatch(p.name)), reverse=True)

    def all(self) -> list[Manifest]:
        """Return the manifests of all releases that have one to rely on, the newest first."""
        found = self.some(self.identifiers())
        return sorted(found, key=lambda manifest: manifest.sequence, reverse=True)

    def some(self, identifiers: Iterable[str]) -> list[Manifest]:
        """Return the manifests of those of some releases that have one to rely on, in the order given."""
        found = map(self._find, identifiers)
        return [manifest for manifest in found if manifest is not None]

    def _find(self, identifier: str) -> Manifest | None:
        try:
            return self.manifest(identifier)
        except ReleaseError as error:
            _log.warning("a release is left out: %s", error)
            return None

    def place(self, draft: Path, manifest: Manifest) -> Path:
        """Move a finished draft to its place, and return the draft of the pointer to it, for ``switch``.

        That needs no room on the disk then. A release of the same identifier is the same and is kept as it is, unless
        it is damaged or of another layout: then this one takes its place.
        """
        target = self.folder / manifest.id
        with telling_of_the_disk(self.folder):
            if target.exists() and not self.is_whole(manifest.id):
                # Out of sight first: what is half deleted must never be found at the target
                target.rename(draft.with_name("replaced"))
            if not target.exists():
                sync_tree(draft)
                draft.rename(target)
                sync(self.folder)
            (self.folder / PRUNED / f"{manifest.id}.json").unlink(missing_ok=True)
            return self._point(manifest.id, SOUND_BYTES)

    def remove(self, identifier: str) -> None:
        """Delete the directory of a release, in one step: what is half deleted is never found."""
        going = self.folder / f"{GOING}{identifier}"
        shutil.rmtree(going, ignore_errors=True)
        (self.folder / identifier).rename(going)
        sync(self.folder)
        shutil.rmtree(going, ignore_errors=True)

    def is_whole(self, identifier: str) -> bool:
        """Return whether there is a release of that identifier which may be served."""
        try:
            require_intact(self.folder / identifier)
        except ReleaseError:
            return False
        return True

    def activate(self, identifier: str, limit: int = START_BYTES) -> Manifest:
        """Make a release the active one in a single step; raises ReleaseError where it is not there or is damaged.

        Digests are checked of as many files as ``limit`` bytes hold.
        """
        manifest = self.manifest(identifier)
        self.switch(self._point(identifier, limit))
        return manifest

    def _point(self, identifier: str, limit: int) -> Path:
        require_intact(self.folder / identifier, limit)
        self.log.sync()
        return write_draft(self.folder / POINTER, f"{identifier}\n".encode())

    def switch(self, pointer: Path) -> None:
        """Make the release active to which the draft of a pointer points."""
        put_draft(pointer, self.folder / POINTER)


def _try_lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
