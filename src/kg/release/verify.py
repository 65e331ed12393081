"""A release against its manifest: whether every file is there, is the one that was published, and no other is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.catalogue.schema import FILE_NAME
from kg.errors import KgError
from kg.release.catalogued import find_faults as find_faults_of_catalogue
from kg.release.intact import find_faults
from kg.release.journal import Journal
from kg.release.manifest import Manifest, file_digest, read_manifest
from kg.release.publish import Releases
from kg.store.bulk import canonical_nquads, dump_store


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one release, of the pointer or of the journal; nothing where all is as it should be."""

    what: str
    faults: tuple[str, ...]

    def to_text(self) -> str:
        """Return a line where all is well, else one for each fault."""
        return "\n".join(f"{self.what}: {fault}" for fault in self.faults) or f"{self.what}: as published"


def verify(releases: Releases, identifier: str) -> Verdict:
    """Return what is wrong with one release, every byte of it looked at, the content of its store included."""
    directory = releases.folder / identifier
    try:
        manifest = read_manifest(directory)
        faults = list(find_faults(directory, manifest, None)) or list(_faults_of_content(directory, manifest))
    except (KgError, OSError) as error:
        faults = [str(error)]
    return Verdict(identifier, tuple(faults))


def verify_folder(releases: Releases) -> Iterator[Verdict]:
    """Yield what is wrong with the pointer, the journal and the catalogue, then with each release, newest first.

    A catalogue that is missing is no fault: it is made anew.
    """
    yield Verdict("pointer", _fault_of(lambda: releases.manifest(releases.active_id())))
    yield Verdict("journal", _fault_of(Journal(releases.folder).require_whole))
    if (releases.folder / FILE_NAME).exists():
        yield Verdict("catalogue", _faults_of_catalogue(releases))
    for identifier in releases.identifiers():
        yield verify(releases, identifier)


def _faults_of_catalogue(releases: Releases) -> tuple[str, ...]:
    active = releases.find_active()
    try:
        return tuple(find_faults_of_catalogue(releases, active)) if active else ()
    except (KgError, OSError, ValueError) as error:
        return (str(error),)


def _fault_of(read: Callable[[], object]) -> tuple[str, ...]:
    try:
        read()
    except KgError as error:
        return (str(error),)
    return ()


def _faults_of_content(directory: Path, manifest: Manifest) -> Iterator[str]:
    dataset = directory / "dataset.nq"
    if not manifest.id.endswith(manifest.digest[:12]) or directory.name != manifest.id:
        yield "its name is not that of its digest"
    if file_digest(dataset) != manifest.digest:
        yield "dataset.nq has another digest than the release"
    wanted = canonical_nquads(dataset.read_bytes() + (directory / "description.nq").read_bytes())
    if dump_store(directory / "store") != wanted:
        yield "the store holds other quads than the dataset and its description"
