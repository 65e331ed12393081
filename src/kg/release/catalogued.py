"""The catalogue of a folder of releases (kg.catalogue), kept up to the releases that there are."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kg.catalogue.check import find_faults as find_faults_of
from kg.catalogue.write import Release, applied, apply, rebuild
from kg.errors import ReleaseError, StorageFailed
from kg.release.manifest import Manifest
from kg.release.publish import Releases

_log = logging.getLogger(__name__)


def add(releases: Releases, manifest: Manifest) -> None:
    """Add a release that is about to become active, after those that the catalogue lacks. The caller holds the lock."""
    if manifest.sequence - 1 not in applied(releases.folder):
        catch_up(releases, but=manifest.id)
    _apply(releases, manifest)


def catch_up(releases: Releases, but: str = "") -> int:
    """Add the releases that the catalogue lacks, the oldest first; return how many. The caller holds the lock.

    One that lies before what the catalogue has has no place in it any longer. A release that cannot be read, or was
    made under another base IRI than the newest, is left out.
    """
    listed = [manifest for manifest in reversed(releases.all()) if manifest.id != but]
    last = max(applied(releases.folder), default=0)
    missing = [m for m in listed if m.sequence > last and m.base_iri == listed[-1].base_iri]
    for manifest in missing:
        with _left_out(manifest):
            _apply(releases, manifest)
    return len(missing)


def catch_up_or_leave(releases: Releases) -> None:
    """Do so before serving; where the folder cannot be written or is being written, log that.

    Without a catalogue, or with one of another layout, it is waited for who is writing: nothing could be found.
    """
    try:
        with releases.lock(until=0 if applied(releases.folder) else None):
            catch_up(releases)
    except (ReleaseError, StorageFailed) as error:
        _log.warning("the catalogue is not updated: %s", error)


def rebuild_all(releases: Releases) -> int:
    """Make the catalogue anew from all releases; return how many it has. The caller holds the lock."""
    listed = list(reversed(releases.all()))

    def each() -> Iterator[tuple[Release, dict[str, str]]]:
        for manifest in listed:
            if manifest.base_iri == listed[-1].base_iri:
                with _left_out(manifest):
                    yield _release(manifest), _digests(releases, manifest)

    rebuild(releases.folder, each(), _reader(releases))
    return len(applied(releases.folder))


def find_faults(releases: Releases, manifest: Manifest, say: Callable[[str], None] = lambda _: None) -> list[str]:
    """Return what is wrong with the catalogue as of a release; ``say`` gets the progress."""
    release, digests = _release(manifest), _digests(releases, manifest)
    return find_faults_of(releases.folder, release, digests, _reader(releases), say)


@contextmanager
def _left_out(manifest: Manifest) -> Iterator[None]:
    try:
        yield
    except (ReleaseError, ValueError) as error:
        _log.warning("release %s is left out of the catalogue: %s", manifest.id, error)


def _apply(releases: Releases, manifest: Manifest) -> None:
    apply(releases.folder, _release(manifest), _digests(releases, manifest), _reader(releases))


def _release(manifest: Manifest) -> Release:
    return Release(manifest.sequence, manifest.id, manifest.issued, manifest.base_iri)


def _digests(releases: Releases, manifest: Manifest) -> dict[str, str]:
    return {iri: entry.digest for iri, entry in releases.graphs(manifest).items() if iri}


def _reader(releases: Releases) -> Callable[[str, str], bytes]:
    return lambda _, digest: releases.objects.get(digest)
