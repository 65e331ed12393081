"""A store that is made from another by hard links, changed, and closed: what a write costs depends on the write alone.

A store's table files never change, so the draft shares them. What is written goes to a log file of the engine's, which
readers replay, and stays there: nothing is compacted, however large the store. So a draft is for few changes, and from
time to time a new store to draft from is made (kg.release.format.stores).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, Store, parse

from kg.errors import ReleaseError
from kg.store.stores.bulk import canonical_graph, filled_graphs, graph_name, raw_graph, tidy


def link_store(source: Path, target: Path) -> None:
    """Make a copy of a closed store: tables by hard links, the few small files that the engine changes copied."""
    target.mkdir()
    for path in source.iterdir():
        if path.suffix == ".sst":
            os.link(path, target / path.name)
        else:
            shutil.copyfile(path, target / path.name)


class Draft:
    """A store that may be changed; one thread uses it. ``close`` makes it a store to be read."""

    def __init__(self, source: Path, directory: Path) -> None:
        """Draft a store from a closed one; raises ReleaseError where that cannot be done."""
        self.directory = directory
        try:
            link_store(source, directory)
            self.store = Store(str(directory))
        except (OSError, RuntimeError) as error:
            raise ReleaseError(f"No store can be drafted from {source}: {error}") from error

    def apply(self, removed: Iterable[bytes], added: Iterable[bytes]) -> None:
        """Take lines of N-Quads away and add others; blank nodes have the labels of the store."""
        try:
            for quad in parse(b"".join(removed), format=RdfFormat.N_QUADS):
                self.store.remove(quad)
            emptied = {graph_name(quad) for quad in parse(b"".join(removed), format=RdfFormat.N_QUADS)} - {""}
            self.store.extend(parse(b"".join(added), format=RdfFormat.N_QUADS))
            for iri in emptied:  # the engine keeps the name of an empty graph, and queries would list it
                if next(iter(self.store.quads_for_pattern(None, None, None, NamedNode(iri))), None) is None:
                    self.store.remove_graph(NamedNode(iri))
        except (OSError, RuntimeError) as error:
            raise ReleaseError(f"The store in {self.directory} cannot be written: {error}") from error

    def graph(self, iri: str) -> bytes:
        """Return a graph in canonical N-Quads; empty where there is none."""
        return canonical_graph(self.store, iri)

    def graphs(self) -> set[str]:
        """Return the IRIs of the graphs that hold anything, "" among them where the default graph does."""
        return filled_graphs(self.store)

    def raw(self, iri: str) -> bytes:
        """Return a graph in N-Triples in the engine's own order: equal where nothing of it has changed."""
        return raw_graph(self.store, iri)

    def compact(self, *, fully: bool) -> None:
        """Put the changes into tables, or with ``fully`` write all tables anew, so that reading is fast again."""
        try:
            self.store.flush()
            if fully:
                self.store.optimize()
        except (OSError, RuntimeError) as error:
            raise ReleaseError(f"The store in {self.directory} cannot be written: {error}") from error

    def discard(self) -> None:
        """Close the store and discard it."""
        del self.store

    def close(self, target: Path | None = None) -> None:
        """Close the store, with ``target`` as a copy there, which is whole and has no file that is not needed."""
        try:
            if target is not None:
                self.store.backup(str(target))
            del self.store
        except (OSError, RuntimeError) as error:
            raise ReleaseError(f"The store in {self.directory} cannot be written: {error}") from error
        tidy(self.directory)
        if target is not None:
            tidy(target)
            shutil.rmtree(self.directory)
