"""Changed graphs → their objects, on the disk, and the record of the change, from which all else follows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Protocol

import kg
from kg.errors import NotStorable, ReleaseError
from kg.release.format.delta import Delta, between
from kg.release.format.description import describe
from kg.release.format.facts import Facts, Totals, count_graph, read_facts, read_totals, sum_up
from kg.release.format.log import Record
from kg.release.format.objects import sha256
from kg.release.format.tree import Entry, GraphMap
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.terms import PREFIXES, Iris

SOFTWARE = "attested-kg"
LONGEST_LINE = 1_100_000
"""Bytes of one triple in N-Quads. The engine keeps terms in blocks and reads a block whole: one of 10 MB made each
look-up next to it take a hundredth of a second."""
COUNTED = {
    "articles": "Article",
    "passages": "Passage",
    "statements": "Statement",
    "figures": "Figure",
    "events": "Event",
    "entities": "Entity",
    "issues": "Issue",
}
"""Names of counts in the manifest, and the class that each counts."""
FIRST_YEAR = 2024
SMALL_STEP = datetime.timedelta(days=1)
"""How far a clock may go back and dates keep their order all the same."""


class Graph(Protocol):
    """A graph that may have changed (kg.release.change.commit)."""

    @property
    def iri(self) -> str: ...  # noqa: D102
    @property
    def nquads(self) -> bytes: ...  # noqa: D102
    @property
    def key(self) -> str: ...  # noqa: D102


def prepare(
    releases: Releases,
    active: Manifest | None,
    base_iri: str,
    graphs: Iterable[Graph],
    *,
    is_described: bool,
    known_as: tuple[str, str] | None = None,
) -> Record | None:
    """Keep the objects of a change, and return its record; None where the active release holds all of it already.

    ``known_as`` are the identifier and the date of issue of a release that has them already.

    Raises NotStorable for a literal that is too long, ReleaseError where the clock is wrong.
    """
    before = GraphMap(releases.objects, active.shards if active else {})
    change = _Change(releases, before, Iris(base_iri))
    for graph in graphs:
        change.add(graph)
    if active is not None and not change.entries and known_as is None:
        return None
    after = before.replaced(change.entries)
    totals = _sum(releases, active, after, change)
    manifest = _describe(releases, active, base_iri, after, totals, known_as, is_described=is_described)
    digests = {
        iri: (old.digest if (old := before.get(iri)) else None, entry.digest if entry else None)
        for iri, entry in change.entries.items()
    }
    return Record(manifest.sequence, manifest.previous, manifest.to_dict(), digests, "", change.lines)


class _Change:
    """What changes from one map of graphs to the next, as far as it was seen."""

    def __init__(self, releases: Releases, before: GraphMap, iris: Iris) -> None:
        self._objects, self._before, self._iris = releases.objects, before, iris
        self.entries: dict[str, Entry | None] = {}
        self.facts: dict[str, tuple[Facts | None, Facts | None]] = {}
        self.lines = Delta()

    def add(self, graph: Graph) -> None:
        """Keep a graph that may have changed."""
        old, nquads = self._before.get(graph.iri), graph.nquads
        if not nquads and old is None:
            return
        if old is not None and nquads and old.digest == sha256(nquads):
            if graph.key != old.key:  # other files with the same triples
                self.entries[graph.iri] = Entry(old.digest, old.triples, old.facts, graph.key)
            return
        _require_short(nquads)
        new = count_graph(nquads, graph.iri, self._iris) if nquads else None
        self.facts[graph.iri] = (read_facts(self._objects.get(old.facts)) if old else None, new)
        self.entries[graph.iri] = (
            Entry(self._objects.put(nquads), new.triples, self._objects.put(new.to_json()), graph.key) if new else None
        )
        if old and nquads:
            self.lines = self.lines.then(between(self._objects.get(old.digest), nquads))


def _require_short(nquads: bytes) -> None:
    """Raise NotStorable for a literal so long that the store would read it again for each of its neighbours."""
    longest = max(nquads.splitlines(), key=len, default=b"")
    if len(longest) > LONGEST_LINE:
        raise NotStorable(
            f"A literal is some {len(longest):,} bytes long, and {LONGEST_LINE:,} is the most that a release holds:"
            f" {longest[:150].decode('utf-8', 'replace')}… Keep it elsewhere, and link to it."
        )


def _sum(releases: Releases, active: Manifest | None, after: GraphMap, change: _Change) -> Totals:
    objects = releases.objects
    before = read_totals(objects.get(active.totals)) if active else Totals()
    return sum_up(
        before, change.facts, lambda: ((iri, read_facts(objects.get(entry.facts))) for iri, entry in after.items())
    )


def _describe(
    releases: Releases,
    active: Manifest | None,
    base_iri: str,
    graphs: GraphMap,
    totals: Totals,
    known_as: tuple[str, str] | None,
    *,
    is_described: bool,
) -> Manifest:
    digest = graphs.digest()
    if known_as is None:
        issued = issue(datetime.datetime.now(datetime.UTC), active.issued if active else None)
        identifier = _identify(issued, digest, active)
    else:
        identifier, issued = known_as
    manifest = Manifest(
        id=identifier,
        sequence=releases.log.next_number(),
        previous=active.id if active else None,
        issued=issued,
        base_iri=base_iri,
        software=f"{SOFTWARE} {kg.__version__}",
        digest=digest,
        counts=_count(totals, Iris(base_iri)),
        shards=graphs.shards,
        totals=releases.objects.put(totals.to_json()),
        description="",
        validation={},
        files={},
    )
    if is_described:
        description = describe(manifest, graphs, totals)
        manifest = manifest.with_(description=sha256(description), described=description.count(b"\n"))
        manifest.counts["quads"] += manifest.described
    return manifest


def _identify(issued: str, digest: str, active: Manifest | None) -> str:
    """Return the identifier: the day, and a digest of the data and the release before.

    So the same first data give the same identifier, and an earlier state that comes back is a release of its own.
    """
    name = digest if active is None else sha256(f"{digest} {active.id}".encode())
    return f"{issued[:10]}-{name[:12]}"


def issue(now: datetime.datetime, previous: str | None) -> str:
    """Return when a release is issued: now, or a second after the one before where the clock went back a little.

    Where the one before lies more than a day ahead, the clock was wrong then: the order of releases follows from their
    numbers, and this one gets the true date. Raises ReleaseError where the clock is wrong now.
    """
    if now.year < FIRST_YEAR:
        raise ReleaseError(f"This machine's clock says {now.date()}, so no release is made. Set the clock, try again.")
    now = now.replace(microsecond=0)
    if previous:
        before = datetime.datetime.fromisoformat(previous)
        if now <= before and before - now <= SMALL_STEP:
            now = before + datetime.timedelta(seconds=1)
    return now.isoformat().replace("+00:00", "Z")


def _count(totals: Totals, iris: Iris) -> dict[str, int]:
    counts = {name: totals.classes.get(f"<{iris.term(cls)}>", 0) for name, cls in COUNTED.items()}
    return (
        {"quads": totals.triples} | counts | {"queries": totals.classes.get(f"<{PREFIXES['sh']}SPARQLExecutable>", 0)}
    )
