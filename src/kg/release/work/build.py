"""A folder of data, or a dataset as it is → a release that is served.

Files that have not changed since the active release was built are not parsed again, and what does not change is not
validated again. The graphs are read and kept one at a time, so memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kg.corpus.crew import Crew
from kg.corpus.rdf.derive import SHARED
from kg.corpus.report import Report, Result
from kg.corpus.sources.places import locate
from kg.corpus.sources.read import Look, look, read_graphs
from kg.corpus.sources.seen import Seen
from kg.corpus.sources.sources import Reading
from kg.corpus.validation.advice import advise
from kg.corpus.validation.validate import REST, make_report, require_shapes, validate_all
from kg.errors import NotConforming
from kg.release.change.commit import Checked, Digests, Graph, Progress, commit, ungated
from kg.release.change.following import following_graphs
from kg.release.change.gate import as_checked, validate_changes
from kg.release.change.names import lost_names
from kg.release.change.recover import recover_or_leave
from kg.release.change.upgrade import upgrade
from kg.release.intact import SOUND_BYTES
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.steps import CANONICALISING
from kg.settings import Settings
from kg.store.stores.bulk import OpenStore, as_stored, split_graphs
from kg.terms import Iris

FEW = 50
"""Changed graphs up to which what they concern is validated, and not everything by several processes."""
RULES = ("ontology", "shapes")
SEEN = ".seen.json"
"""File of the folder of releases that remembers what the files of the data held."""
AS_BEFORE = "Nothing was published; what was served before is served still."


def build(
    settings: Settings, progress: Progress, reading: Reading = lambda _: None, crew: Crew | None = None
) -> tuple[Manifest, Report, bool]:
    """Validate the data, publish them as a release and make it the one that is served.

    ``progress`` gets each step before it is taken, and ``reading`` each file before it is read; a crew shares the
    work. Returns the manifest, the validation report, and whether the release is new: where the active release already
    holds the same data, that one is returned. Raises NotConforming, leaving everything as it was, where there is a
    violation, and where a name that was published would be lost.
    """
    releases = Releases(settings.releases)
    require_shapes(settings)
    with releases.lock():
        upgrade(releases, progress)
        recover_or_leave(releases, progress)
        job = _Build(settings, releases, progress, crew or Crew())
        progress("reading and validating")
        manifest, is_new = commit(releases, job.active, settings.base_iri, job.read(reading), job.validate, progress)
    return manifest, job.report, is_new


class _Build:
    """A folder of data on its way to a release."""

    def __init__(self, settings: Settings, releases: Releases, progress: Progress, crew: Crew) -> None:
        self._settings, self._releases, self._progress, self._crew = settings, releases, progress, crew
        self._iris = Iris(settings.base_iri)
        self.active = find_base(releases, settings.base_iri)
        self.report = Report((), self._iris)
        self._results: list[Result] = []

    def read(self, reading: Reading) -> Iterator[Graph]:
        """Yield the graphs that may have changed; raises NotConforming once a file of any cannot be read."""
        entries = dict(self._releases.graphs(self.active).items()) if self.active else {}
        known = {iri: entry.key for iri, entry in entries.items() if entry.key}
        looked = look(self._settings, Seen(self._releases.folder / SEEN))
        if self.active and not self._has_same_context(looked, known):
            for iri in following_graphs(self._releases, self.active, looked.context):
                known.pop(iri, None)
        for found in read_graphs(self._settings, known, self._crew, reading, looked):
            entries.pop(found.source.graph, None)
            self._results += found.results
            if found.graph is not None:
                yield Graph(found.source.graph, found.graph.nquads, found.key)
        syntax = [result for result in self._results if result.shape == "Syntax"]
        if syntax:
            self._refuse(make_report(self._iris, syntax, (), (REST,)))
        yield from (Graph(iri, b"") for iri in entries)

    def _has_same_context(self, looked: Look, known: Mapping[str, str]) -> bool:
        """Return whether the files from which other graphs are derived are those of the active release."""
        shared = (self._iris.graph(name) for name in SHARED)
        return all(iri in known and looked.keys.get(iri) == known[iri] for iri in shared)

    def validate(self, store: OpenStore, digests: Digests) -> Checked:
        """Return how the dataset in a store was validated; raises NotConforming."""
        has_new_rules = bool({self._iris.graph(name) for name in RULES} & digests.keys())
        if self.active is None or not self.active.description or has_new_rules or len(digests) > FEW:
            found = validate_all(store.directory, self._iris, self._settings.texts, self._crew, self._progress)
            report = make_report(self._iris, found.results, found.checked, found.unchecked)
        else:
            report = validate_changes(self._settings, self._releases, self.active, store, digests)
        results = {*report.results, *self._results}
        located = locate(self._settings, store.engine, results) if results else ()
        self.report = make_report(self._iris, located, report.checked, report.unchecked)
        if not self.report.conforms:
            told = advise(self._settings, store.engine, self.report.results)
            self._refuse(make_report(self._iris, told, report.checked, report.unchecked))
        lost = list(lost_names(self._releases, self.active, self._iris, digests)) if self.active else []
        if lost:
            raise NotConforming("\n".join([*lost, AS_BEFORE]))
        return as_checked(self.report)

    def _refuse(self, report: Report) -> None:
        raise NotConforming(report.to_text() + AS_BEFORE)


def find_base(releases: Releases, base_iri: str) -> Manifest | None:
    """Return the release from which the next is made: the active one, if it is whole and of the same base IRI."""
    active = releases.find_intact(SOUND_BYTES)
    return active if active is not None and active.base_iri == base_iri else None


def publish_dataset(
    releases: Releases, nquads: bytes, base_iri: str, progress: Progress = lambda _: None
) -> tuple[Manifest, bool]:
    """Publish any dataset as it is, without a gate, a description or derived classes; otherwise as commit.

    Such a release has no shapes graph, and writes to it meet no gate: it is for trying things out, and for test suites.
    Literals are stored in the forms that the store gives them. Raises ContentError for what is not N-Quads.
    """
    progress(CANONICALISING)
    active = find_base(releases, base_iri)
    held = [iri for iri, _ in releases.graphs(active).items()] if active else []
    graphs = dict.fromkeys(held, b"") | split_graphs(as_stored(nquads))
    changed = (Graph(iri, nquads) for iri, nquads in graphs.items())
    return commit(releases, active, base_iri, changed, ungated, progress, is_described=False)
