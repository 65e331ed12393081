"""A folder of releases on this machine, asked without a server.

Queries are evaluated as a server does it: in a process that has no network, under the same limits (kg.settings).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kg.catalogue.fields import LABELLED
from kg.catalogue.finding import search
from kg.catalogue.finding.parameters import to_term
from kg.catalogue.things import Thing
from kg.catalogue.view import open_catalogue
from kg.client.records import Hit, StoredQuery
from kg.client.source import GRAPH, ROWS
from kg.client.values import Iri, Named
from kg.errors import ReleaseError
from kg.queries import Parameter
from kg.release.content import content_of
from kg.release.manifest import IDENTIFIER
from kg.release.publish import Releases
from kg.settings import read_settings
from kg.store import Query
from kg.store.engines import open_engine

SHOWN, MOST_SHOWN = 5, 50
"""Results of each group, and of a group that is asked for alone: as many as a server gives."""


class Local:
    """One release of a folder. Safe for use by many threads."""

    def __init__(self, folder: Path, release: str | None) -> None:
        """Open the active release, or the one that is named; raises ReleaseError."""
        self._releases = Releases(folder)
        self.release = release or self._releases.active_id()
        if not IDENTIFIER.fullmatch(self.release):
            raise ReleaseError(f"{self.release[:60]!r} is no release. kg releases lists those of {folder}.")
        manifest = self._releases.manifest(self.release)
        self.base = manifest.base_iri
        settings = read_settings().with_(releases=folder, base_iri=self.base, engine="embedded", workers=1)
        self._engine = open_engine(content_of(self._releases, self.release), settings)
        self._view = open_catalogue(folder)

    def query(self, text: str) -> tuple[str, bytes]:
        """Return the engine's answer; raises QueryError."""
        return self._ask(text, {})

    def ask_stored(self, query: StoredQuery, values: Mapping[str, str]) -> tuple[str, bytes]:
        """Return the whole answer of a stored query, its values looked up in the catalogue."""
        view = self._view.at(self.release)
        bound = {}
        for name, value in values.items():
            told = query.parameters[name]
            parameter = Parameter(name, told["kind"], told["example"], told["description"])
            bound[name] = to_term(view, self.base, parameter, value)
        return self._ask(query.text, bound)

    def search(self, text: str, group: str | None) -> list[Hit]:
        """Return what the catalogue finds."""
        view = self._view.at(self.release)
        found = search.find(view, text, (group,)) if group else search.find(view, text)
        most = MOST_SHOWN if group else SHOWN
        listed = [record for records in found.records.values() for record in records[:most]]
        things = view.things(listed)
        shown = [things[record] for record in listed if record in things]
        who = view.named(path for thing in shown for path in _paths(thing, "claimant"))
        return [self._hit(thing, who) for thing in shown]

    def _hit(self, thing: Thing, who: Mapping[str, Thing]) -> Hit:
        claimants = (
            Named(Iri(self.base + path), who[path].labels[0][0] if path in who else path.rpartition("/")[2])
            for path in _paths(thing, "claimant")
        )
        how = next((Iri(self.base + path) for path in _paths(thing, "modality")), None)
        named = Iri(self.base + thing.path), thing.labels[0][0], thing.kind, thing.group
        return Hit(*named, tuple(sorted(claimants, key=str)), how)

    def latest(self) -> str:
        """Return the release that is active now."""
        return self._releases.active_id()

    def close(self) -> None:
        """End the engine's process."""
        self._engine.close()

    def _ask(self, text: str, bound: Mapping[str, str]) -> tuple[str, bytes]:
        answer = self._engine.query(Query(text, ROWS, GRAPH, bound, base_iri=self.base))
        return answer.media_type, answer.body


def _paths(thing: Thing, facet: str) -> list[str]:
    """Return the paths of what a facet of a thing names; only a statement has claimants and a modality."""
    return [LABELLED[facet].path(value) for value in thing.facets.get(facet, ())]
