"""Stores made and read whole, and graphs put into canonical form. The data are our own and validated by now."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    parse,
    serialize,
)

from kg.errors import ContentError, DataError, NotStorable, ReleaseError
from kg.store.stores.labels import has_blank

_NOISE = ("LOG", "LOCK", "IDENTITY", "OPTIONS-")
"""Starts of the names of the engine's files that say nothing of the data; it opens a store without them."""


def canonical_nquads(nquads: bytes) -> bytes:
    """Return the dataset in canonical N-Quads (RDF Dataset Canonicalization, RDFC-1.0): sorted lines, UTF-8.

    Two datasets that differ only in order, repetition or blank node labels give the same bytes. Raises
    DataError for what is not N-Quads.
    """
    try:
        quads = parse(nquads, format=RdfFormat.N_QUADS)
        return _canonical(quads, blank=has_blank(nquads))
    except SyntaxError as error:
        raise DataError(f"The data are not N-Quads: {error}") from None


def _canonical(quads: Iterable[Quad], *, blank: bool) -> bytes:
    dataset: Dataset | set[Quad] = Dataset(quads) if blank else set(quads)
    if isinstance(dataset, Dataset):
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    written = serialize(dataset, format=RdfFormat.N_QUADS) or b""
    return b"".join(sorted(written.splitlines(keepends=True)))


def split_graphs(nquads: bytes) -> dict[str, bytes]:
    """Return each graph of a dataset in canonical N-Quads, by its IRI, "" for the default graph.

    Raises DataError for what is not N-Quads, and NotStorable for a graph that a blank node names.
    """
    graphs: dict[str, list[Quad]] = {}
    try:
        for quad in parse(nquads, format=RdfFormat.N_QUADS):
            graphs.setdefault(graph_name(quad), []).append(quad)
    except SyntaxError as error:
        raise DataError(f"The data are not N-Quads: {error}") from None
    blank = has_blank(nquads)
    return {iri: _canonical(quads, blank=blank) for iri, quads in graphs.items()}


def graph_name(quad: Quad) -> str:
    """Return the IRI of a quad's graph, "" for the default graph; raises NotStorable where a blank node names it."""
    if isinstance(quad.graph_name, BlankNode):
        raise NotStorable("A graph is named by a blank node, so nobody could ask for it. Name it by an IRI.")
    return "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value


def named(iri: str) -> NamedNode | DefaultGraph:
    """Return the engine's name of a graph."""
    return NamedNode(iri) if iri else DefaultGraph()


def as_stored(nquads: bytes) -> bytes:
    """Return a dataset as a store holds it, in N-Quads: some literals get another form, as ``01`` becomes ``1``.

    Raises ContentError for what is not N-Quads.
    """
    store = Store()
    try:
        store.extend(parse(nquads, format=RdfFormat.N_QUADS))
    except SyntaxError as error:
        raise ContentError(f"The data are not N-Quads: {error}") from None
    return store.dump(format=RdfFormat.N_QUADS) or b""


def load_store(graphs: Iterable[bytes], directory: Path) -> int:
    """Make a store of graphs in N-Quads in ``directory``, to be opened read-only; return how many quads it holds.

    The directory must be absent. Blank nodes keep their labels; some literals get new forms: compare with
    ``read_graph``. One graph at a time is held in memory. Raises DataError for what is not N-Quads, ReleaseError where
    the store cannot be written.
    """
    if directory.exists():
        raise ReleaseError(f"{directory} is there already. A store is made in a folder of its own.")
    live = directory.with_name(f"{directory.name}.live")
    with _telling(directory):
        store = Store(live)
        blank = _Apart()
        store.bulk_load(io.BufferedReader(_Stream(blank.others(graphs)), 1 << 20), format=RdfFormat.N_QUADS)
        for nquads in blank.found:  # bulk_load would give their blank nodes new labels
            store.bulk_extend(parse(nquads, format=RdfFormat.N_QUADS))
        store.optimize()
        store.flush()
        store.backup(directory)  # which the engine will not tidy up in its own time, as it does a store that was open
        total = len(store)
        del store
        shutil.rmtree(live)
        tidy(directory)
    return total


class _Apart:
    """Sets the graphs with blank nodes, which are few and small, apart from the others."""

    def __init__(self) -> None:
        self.found: list[bytes] = []

    def others(self, graphs: Iterable[bytes]) -> Iterator[bytes]:
        for nquads in graphs:
            if has_blank(nquads):
                self.found.append(nquads)
            else:
                yield nquads


class _Stream(io.RawIOBase):
    """Parts of a file, read as one."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = memoryview(part)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


@contextmanager
def _telling(directory: Path) -> Iterator[None]:
    try:
        yield
    except SyntaxError as error:
        raise DataError(f"The data are not N-Quads: {error}") from None
    except (OSError, RuntimeError) as error:
        raise ReleaseError(f"The store in {directory} cannot be written: {error}") from error


def tidy(directory: Path) -> None:
    """Remove the files of a closed store that say nothing of its data, so that each that stays has a digest."""
    for path in directory.iterdir():
        if path.name.startswith(_NOISE) or (path.suffix == ".log" and not path.stat().st_size):
            path.unlink()


class OpenStore:
    """A store of a release, read graph by graph as a query worker reads it."""

    def __init__(self, directory: Path) -> None:
        """Open the store; raises ReleaseError where that fails."""
        self.directory = directory
        try:
            self._store = Store.read_only(str(directory))
        except (OSError, RuntimeError) as error:
            raise ReleaseError(f"The store in {directory} cannot be read: {error}") from error

    @property
    def engine(self) -> Store:
        """The engine's own store, for validation."""
        return self._store

    def graph(self, iri: str) -> bytes:
        """Return a graph in canonical N-Quads; empty where there is none."""
        with self._telling():
            return canonical_graph(self._store, iri)

    def graphs(self) -> set[str]:
        """Return the IRIs of the graphs that hold anything, "" among them where the default graph does."""
        with self._telling():
            return filled_graphs(self._store)

    def raw(self, iri: str) -> bytes:
        """Return a graph in N-Triples in the engine's own order: equal where nothing of it has changed."""
        with self._telling():
            return raw_graph(self._store, iri)

    def graphs_with(self, predicate: str, values: Iterable[str]) -> set[str]:
        """Return the IRIs of the named graphs that hold a triple with a property and one of some IRIs as its value."""
        found = set()
        with self._telling():
            for value in values:
                for quad in self._store.quads_for_pattern(None, NamedNode(predicate), NamedNode(value)):
                    found.add(graph_name(quad))
        return found - {""}

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError) as error:
            raise ReleaseError(f"The store in {self.directory} cannot be read: {error}") from error


def filled_graphs(store: Store) -> set[str]:
    """Return the IRIs of the graphs of a store that hold anything, "" among them where the default graph does."""
    names = {name.value for name in store.named_graphs() if isinstance(name, NamedNode)} | {""}
    return {iri for iri in names if next(iter(store.quads_for_pattern(None, None, None, named(iri))), None)}


def raw_graph(store: Store, iri: str) -> bytes:
    """Return one graph of a store in N-Triples, in the engine's order and with its labels."""
    return store.dump(format=RdfFormat.N_TRIPLES, from_graph=named(iri)) or b""


def canonical_graph(store: Store, iri: str) -> bytes:
    """Return one graph of a store in canonical N-Quads."""
    triples = raw_graph(store, iri)
    ending = f" <{iri}> .\n".encode() if iri else b" .\n"
    nquads = [line.removesuffix(b" .") + ending for line in triples.split(b"\n") if line]
    if has_blank(triples):
        return canonical_nquads(b"".join(nquads))
    return b"".join(sorted(nquads))


def dump_store(directory: Path) -> bytes:
    """Return canonical N-Quads of all that the store in ``directory`` holds; raises ReleaseError where it cannot be
    read.
    """
    store = OpenStore(directory)
    return b"".join(sorted(line for iri in store.graphs() for line in store.graph(iri).splitlines(keepends=True)))


def write_nquads_as(nquads: bytes, media_type: str, prefixes: dict[str, str]) -> bytes:
    """Return a dataset in N-Quads in another syntax for datasets, its graphs and subjects each in one piece.

    The same dataset gives the same bytes where its blank nodes have the same labels. Raises
    DataError for what is not N-Quads.
    """
    syntax = RdfFormat.from_media_type(media_type)
    if syntax is None or not syntax.supports_datasets:
        raise ValueError(f"{media_type} is no syntax for datasets")
    try:
        quads = sorted(parse(nquads, format=RdfFormat.N_QUADS), key=lambda quad: (str(quad.graph_name), str(quad)))
    except SyntaxError as error:
        raise DataError(f"The data are not N-Quads: {error}") from None
    lines = (serialize(quads, format=syntax, prefixes=prefixes) or b"").split(b"\n")
    declared = sum(line.startswith(b"@prefix ") for line in lines[: len(prefixes)])
    # pyoxigraph declares prefixes in another order each time
    return b"\n".join([*sorted(lines[:declared]), *lines[declared:]])
