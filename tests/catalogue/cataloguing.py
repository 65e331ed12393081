"""A catalogue of small releases for tests, made from graphs in Turtle."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rdflib import Dataset, URIRef

from helpers.serving import BASE
from kg.catalogue.view import Catalogue, View
from kg.catalogue.write import Graphs, Release, apply, rebuild
from kg.store.stores.bulk import canonical_nquads

PREFIXES = "".join(
    f"PREFIX {name}: <{iri}>\n"
    for name, iri in {
        "att": "ns#",
        "code": "code/",
        "id": "id/",
        "oa": "http://www.w3.org/ns/oa#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "schema": "https://schema.org/",
        "sh": "http://www.w3.org/ns/shacl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
    }.items()
)


class Kept:
    """A folder with a catalogue; each release is the graphs that it is given by name, in Turtle."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.releases: list[tuple[Release, Graphs]] = []
        self.read_graphs: list[str] = []
        self._lines: dict[str, bytes] = {}

    def release(self, **graphs: str) -> Release:
        """Return the next release of some graphs, without applying it; ``__`` in a name means ``/``."""
        digests = {}
        for name, data in graphs.items():
            iri = f"{BASE}graph/{name.replace('__', '/')}"
            dataset = Dataset()
            dataset.graph(URIRef(iri)).parse(data=PREFIXES + data, format="turtle", publicID=BASE)
            lines = canonical_nquads(dataset.serialize(format="nquads", encoding="utf-8"))
            digests[iri] = hashlib.sha256(lines).hexdigest()
            self._lines[digests[iri]] = lines
        number = len(self.releases) + 1
        made = Release(number, f"2026-01-{number:02}-{number:012x}", f"2026-01-{number:02}T00:00:00Z", BASE)
        self.releases.append((made, digests))
        return made

    def publish(self, **graphs: str) -> View:
        """Apply the next release and return the catalogue as of it."""
        made = self.release(**graphs)
        apply(self.folder, made, self.releases[-1][1], self.read)
        return self.at(made.sequence)

    def at(self, number: int) -> View:
        """Return the catalogue as of a release, read anew."""
        return Catalogue(self.folder).at(self.releases[number - 1][0].id)

    def read(self, iri: str, digest: str) -> bytes:
        """Return the lines of a graph, and note that it was read."""
        self.read_graphs.append(iri.removeprefix(f"{BASE}graph/"))
        return self._lines[digest]

    def rebuild(self) -> None:
        """Make the catalogue anew from all releases."""
        rebuild(self.folder, self.releases, self.read)
