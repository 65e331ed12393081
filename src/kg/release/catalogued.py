"""The catalogue of a folder of releases (kg.catalogue), kept up to the releases that there are."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from kg.catalogue.check import find_faults as find_faults_of
from kg.catalogue.lines import split_graphs
from kg.catalogue.write import Release, applied, apply, rebuild
from kg.errors import ReleaseError
from kg.release.manifest import Manifest
from kg.release.publish import Releases

_log = logging.getLogger(__name__)


def add(releases: Releases, manifest: Manifest) -> None:
    """Add a release that is about to become active, after those that the catalogue lacks. The caller holds the lock."""
    catch_up(releases, but=manifest.id)
    graphs = _Graphs(releases, manifest)
    number = max(applied(releases.folder), default=0) + 1
    apply(releases.folder, graphs.release(number), graphs.digests, graphs.read)


def catch_up(releases: Releases, but: str = "") -> int:
    """Add the releases that the catalogue lacks, the oldest first; return how many. The caller holds the lock.

    A release that cannot be read, or was made under another base IRI than the newest, is left out.
    """
    listed = [manifest for manifest in reversed(releases.all()) if manifest.id != but]
    known = applied(releases.folder)
    missing = [m for m in listed if m.id not in known.values() and m.base_iri == listed[-1].base_iri]
    number = max(known, default=0)
    for manifest in missing:
        with _left_out(manifest):
            graphs = _Graphs(releases, manifest)
            number += 1
            apply(releases.folder, graphs.release(number), graphs.digests, graphs.read)
    return len(missing)


def catch_up_or_leave(releases: Releases) -> None:
    """Do so before serving; where the folder cannot be written or is being written, tell of it in the log."""
    try:
        with releases.lock():
            catch_up(releases)
    except ReleaseError as error:
        _log.warning("the catalogue is not brought up to date: %s", error)


def rebuild_all(releases: Releases) -> int:
    """Make the catalogue anew from all releases; return how many it has. The caller holds the lock."""
    listed = list(reversed(releases.all()))
    last: list[_Graphs] = []

    def each() -> Iterator[tuple[Release, dict[str, str]]]:
        for number, manifest in enumerate(listed, 1):
            graphs = None
            if manifest.base_iri == listed[-1].base_iri:
                with _left_out(manifest):
                    graphs = _Graphs(releases, manifest)
            if graphs is not None:
                last[:] = [graphs]
                yield graphs.release(number), graphs.digests

    rebuild(releases.folder, each(), lambda iri, digest: last[0].read(iri, digest))
    return len(applied(releases.folder))


def find_faults(releases: Releases, manifest: Manifest) -> list[str]:
    """Return what is wrong with the catalogue as of a release."""
    graphs = _Graphs(releases, manifest)
    return find_faults_of(releases.folder, graphs.release(0), graphs.digests, graphs.read)


@contextmanager
def _left_out(manifest: Manifest) -> Iterator[None]:
    try:
        yield
    except (ReleaseError, ValueError) as error:
        _log.warning("release %s is left out of the catalogue: %s", manifest.id, error)


class _Graphs:
    """The named graphs of a release, split out of its dataset."""

    def __init__(self, releases: Releases, manifest: Manifest) -> None:
        self._manifest = manifest
        self._graphs = split_graphs(releases.dataset(manifest.id))
        self.digests = {iri: hashlib.sha256(lines).hexdigest() for iri, lines in self._graphs.items()}

    def release(self, number: int) -> Release:
        return Release(number, self._manifest.id, self._manifest.issued, self._manifest.base_iri)

    def read(self, iri: str, _: str) -> bytes:
        return self._graphs[iri]
