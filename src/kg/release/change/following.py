"""Which graphs say something else where shared ones change: what statements are about follows from those, too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from kg.corpus.rdf.derive import SHARED, Context
from kg.corpus.rdf.graphs import GraphFile
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.store.stores.bulk import OpenStore
from kg.terms import Iris


def context_of(releases: Releases, release: Manifest) -> Context:
    """Return the context with which the graphs of a release were derived."""
    iris, graphs = Iris(release.base_iri), releases.graphs(release)
    entries = [graphs.get(iris.graph(name)) for name in SHARED]
    return _context(releases.folder, iris, tuple(entry.digest for entry in entries if entry))


@lru_cache(maxsize=2)
def _context(folder: Path, iris: Iris, digests: tuple[str, ...]) -> Context:
    objects = Releases(folder).objects
    return Context.of(iris, (quad for digest in digests for quad in GraphFile("", objects.get(digest)).quads()))


def context_after(releases: Releases, release: Manifest, changed: Mapping[str, bytes]) -> Context:
    """Return the context after some graphs of a release were replaced, in canonical N-Quads."""
    iris, graphs = Iris(release.base_iri), releases.graphs(release)
    names = [iris.graph(name) for name in SHARED]
    if not changed.keys() & set(names):
        return context_of(releases, release)
    entries = {name: entry for name in names if (entry := graphs.get(name))}
    held = {name: releases.objects.get(entry.digest) for name, entry in entries.items() if name not in changed}
    shared = [GraphFile(name, (held | dict(changed))[name]) for name in names if name in held or name in changed]
    return Context.of(iris, (quad for graph in shared for quad in graph.quads()))


def following_graphs(releases: Releases, release: Manifest, context: Context) -> set[str]:
    """Return the graphs of a release in which other things follow in a new context: statements about what moved."""
    before = context_of(releases, release)
    if before.order != context.order:
        return {iri for iri, _ in releases.graphs(release).items()}
    moved = before.moved(context)
    if not moved:
        return set()
    about = Iris(release.base_iri).term("about")
    return OpenStore(releases.store(release.id)).graphs_with(about, (thing.value for thing in moved))
