"""A write → a new release, if what it makes of the active one conforms. Runs in the writer's process.

The gate is the one of ``kg build``, by the release's own shapes graph. A release without one has no gate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kg.durable import telling_of_the_disk
from kg.errors import WriteRefused
from kg.release.change.commit import Gate, Graph, Progress, commit, ungated
from kg.release.change.gate import derive, write_gate
from kg.release.change.recover import recover
from kg.release.format.tree import GraphMap
from kg.release.intact import require_intact
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.steps import CANONICALISING
from kg.settings import Settings
from kg.store.stores.change import Changed, change_by_update, change_graph
from kg.store.stores.writes import GraphWrite, Update, Write, Written
from kg.terms import Iris

PROTECTED = ("ontology", "shapes", "queries", "description")
"""Graphs that no write changes: they are made from files, and the first two decide what conforms."""


def write(
    settings: Settings, asked: Write, report_type: str, progress: Progress, *, until: float, network_denied: bool
) -> Written:
    """Apply a write to the active release, publish what it makes of it, and make that the active release.

    ``progress`` gets each step, as from ``kg build``. Raises NotConforming with the report in ``report_type``,
    ReleasesBusy where the lock is not free ``until`` then (of ``time.monotonic``), NotStorable, and what
    kg.store.stores.change raises.
    """
    releases = Releases(settings.releases)
    with releases.lock(until):
        recover(releases, progress)
        active = require_intact(releases.folder / releases.active_id())
        iris, graphs = Iris(active.base_iri), releases.graphs(active)
        gated = graphs.get(iris.graph("shapes")) is not None
        if gated and isinstance(asked, GraphWrite):
            _refuse_protected(iris, (asked.graph or "",))
        progress(CANONICALISING)
        changed = _change(releases, active, graphs, asked, gated=gated, network_denied=network_denied)
        if not changed.graphs:
            return Written(active.id, False, changed.created)
        after: Iterable[Graph] = (Graph(iri, nquads) for iri, nquads in changed.graphs.items())
        gate: Gate = ungated
        if gated:
            _refuse_protected(iris, changed.graphs)
            after = derive(releases, active, changed.graphs, is_update=isinstance(asked, Update))
            gate = write_gate(settings, releases, active, report_type)
        is_described = bool(active.description)
        manifest, is_new = commit(releases, active, active.base_iri, after, gate, progress, is_described=is_described)
    return Written(manifest.id, is_new, changed.created)


def _change(
    releases: Releases, active: Manifest, graphs: GraphMap, asked: Write, *, gated: bool, network_denied: bool
) -> Changed:
    def read(iri: str) -> bytes:
        entry = graphs.get(iri)
        return releases.objects.get(entry.digest) if entry else b""

    if isinstance(asked, GraphWrite):
        return change_graph(asked, read, active.base_iri)
    store, base_iri = releases.store(active.id), active.base_iri
    with telling_of_the_disk(releases.folder), releases.draft() as folder:
        return change_by_update(store, folder, asked, base_iri, read, network_denied=network_denied, union=gated)


def _refuse_protected(iris: Iris, touched: Collection[str]) -> None:
    for name in PROTECTED:
        if iris.graph(name) in touched:
            raise WriteRefused(
                f"The graph <{iris.graph(name)}> cannot be written to: it is made from files, by kg build."
                " Name other graphs; CLEAR ALL and DROP ALL take in this one. Nothing was changed."
            )
    if "" in touched:
        raise WriteRefused(
            "Here the default graph is the union of the named graphs and holds nothing itself, so it cannot be written"
            f" to. Name a graph, as in GRAPH <{iris.graph('authority')}> or ?graph=. Nothing was changed."
        )
