"""A release against its manifest: every file and object is there, is the one that was published, and no other is.

What releases share is read once. That a store holds what the objects say was proved when it was made, graph by graph;
with its files as they were then it still does, and of the active release it is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kg.catalogue.schema import FILE_NAME as CATALOGUE
from kg.errors import KgError, LogDamaged
from kg.release import catalogued
from kg.release.format.facts import read_totals
from kg.release.format.objects import sha256
from kg.release.intact import find_faults, forget
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.terms import Iris

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one release, of the pointer or of the log; no faults where all is as it should be.

    ``notes`` are for a person to look at, and nothing is damaged.
    """

    what: str
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return a line where all is well, else one for each fault; and one for each note."""
        return "\n".join(f"{self.what}: {line}" for line in (*(self.faults or ("as published",)), *self.notes))


@dataclass(slots=True)
class Verifier:
    """Looks at the releases of a folder; ``say`` gets the progress."""

    releases: Releases
    say: Progress = lambda _: None
    _seen: dict[str, str | None] = field(default_factory=dict)

    def folder(self) -> Iterator[Verdict]:
        """Yield what is wrong with the pointer and the log, and then with each release, the newest first."""
        forget()
        active = ""
        try:
            active = self.releases.active_id()
            self.releases.manifest(active)
            yield Verdict("pointer", ())
        except KgError as error:
            yield Verdict("pointer", (str(error),))
        yield Verdict("log", tuple(self._faults_of_log()), tuple(self._notes_of_log()))
        if (self.releases.folder / CATALOGUE).exists():  # one that is missing is made anew
            yield Verdict("catalogue", tuple(self._faults_of_catalogue()))
        identifiers = self.releases.identifiers()
        for number, identifier in enumerate(identifiers, 1):
            self.say(f"{number} of {len(identifiers)} releases: {identifier}")
            yield self.release(identifier, content=identifier == active)

    def release(self, identifier: str, *, content: bool = True) -> Verdict:
        """Return what is wrong with one release; with ``content``, its store is read whole and compared, too."""
        try:
            manifest = self.releases.manifest(identifier)
            faults = list(find_faults(self.releases.folder / identifier, manifest, None))
            faults += self._faults_of_objects(manifest)
            if not faults and content:
                faults += self._faults_of_store(manifest)
        except (KgError, OSError) as error:
            faults = [str(error)]
        return Verdict(identifier, tuple(faults))

    def _faults_of_log(self) -> Iterator[str]:
        log = self.releases.log
        try:
            for record in log.records():
                if not record.id:
                    yield f"record {record.sequence} names no release"
            log.waiting()
        except LogDamaged as error:
            yield str(error)

    def _notes_of_log(self) -> Iterator[str]:
        for path, record in self.releases.log.aside():
            what = "is damaged, and" if record is None else f"of {record.manifest['issued']}"
            number = path.stem
            yield (
                f"{path.name} {what} was accepted, could not be published and is set aside. Its objects are kept."
                f" Rename it to {number}.accepted to have it tried again, or to {number}.withdrawn to give it up"
            )

    def _faults_of_catalogue(self) -> list[str]:
        active = self.releases.find_active()
        try:
            return catalogued.find_faults(self.releases, active, self.say) if active else []
        except (KgError, OSError, ValueError) as error:
            return [str(error)]

    def _faults_of_objects(self, manifest: Manifest) -> Iterator[str]:
        graphs = self.releases.graphs(manifest)
        for number, digest in enumerate((manifest.totals, *graphs.references())):
            if digest not in self._seen:
                self._seen[digest] = self._fault_of_object(digest)
                if number % 1000 == 999:
                    self.say(f"{number + 1} objects of {manifest.id}")
            fault = self._seen[digest]
            if fault is not None:
                yield fault
        if graphs.digest() != manifest.digest:
            yield "its graphs have another digest than the release"

    def _fault_of_object(self, digest: str) -> str | None:
        try:
            self.releases.objects.get(digest)
        except KgError as error:
            return str(error)
        return None

    def _faults_of_store(self, manifest: Manifest) -> Iterator[str]:
        from kg.store.stores.bulk import OpenStore  # here: it loads the engine

        store = OpenStore(self.releases.store(manifest.id))
        wanted = {iri: entry.digest for iri, entry in self.releases.graphs(manifest).items()}
        if manifest.description:
            wanted[Iris(manifest.base_iri).graph("description")] = manifest.description
        for number, (iri, digest) in enumerate(sorted(wanted.items()), 1):
            if sha256(store.graph(iri)) != digest:
                yield f"the store holds another graph <{iri}> than was published"
            if number % 100 == 0:
                self.say(f"{number} of {len(wanted)} graphs in the store of {manifest.id}")
        for iri in sorted(store.graphs() - wanted.keys()):
            yield f"the store holds a graph <{iri}> that the release has not"
        totals = read_totals(self.releases.objects.get(manifest.totals))
        if totals.triples + manifest.described != manifest.counts["quads"]:
            yield "its totals are not those of its graphs"


def verify(releases: Releases, identifier: str) -> Verdict:
    """Return what is wrong with one release, the content of its store included."""
    forget()
    return Verifier(releases).release(identifier)


def verify_folder(releases: Releases, say: Progress = lambda _: None) -> Iterator[Verdict]:
    """Yield what is wrong with the pointer and the log, and then with each release, the newest first."""
    return Verifier(releases, say).folder()
