"""Stores made and read whole, for builds: the only use of pyoxigraph outside a query worker.

The data are our own and validated by now. Each function holds the whole dataset in memory.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, Store, parse, serialize

from kg.errors import DataError, ReleaseError, StorageFull

_CHATTER = ("LOG", "LOCK")
"""Files of the engine that say nothing of the data; without them every file of a store has a digest that stays."""
_FULL = "No space left on device"


def canonical_nquads(nquads: bytes) -> bytes:
    """Return the dataset in canonical N-Quads (RDF Dataset Canonicalization, RDFC-1.0): sorted lines, UTF-8.

    Two datasets that differ only in order, repetition or blank node labels give the same bytes. Raises
    DataError for what is not N-Quads.
    """
    try:
        dataset = Dataset(parse(nquads, format=RdfFormat.N_QUADS))
    except SyntaxError as error:
        raise DataError(f"The data are not N-Quads: {error}") from None
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    written = serialize(dataset, format=RdfFormat.N_QUADS) or b""
    return b"".join(sorted(written.splitlines(keepends=True)))


def load_store(nquads: bytes, directory: Path) -> int:
    """Make a store of the dataset in ``directory``, to be opened read-only; return how many quads it holds.

    The directory must be absent. Blank nodes get new labels, and some literals new forms: compare
    with ``dump_store``. Raises DataError for what is not N-Quads, ReleaseError where the store cannot be
    written.
    """
    if directory.exists():
        raise ReleaseError(f"{directory} is there already. A store is made in a folder of its own.")
    live = directory.with_name(f"{directory.name}.live")
    try:
        store = Store(live)
        store.bulk_load(nquads, format=RdfFormat.N_QUADS)
        store.optimize()
        store.flush()
        store.backup(directory)  # which the engine will not tidy up in its own time, as it does a store that was open
        total = len(store)
        del store
        shutil.rmtree(live)
        for name in _CHATTER:
            (directory / name).unlink(missing_ok=True)
    except SyntaxError as error:
        raise DataError(f"The data are not N-Quads: {error}") from None
    except (OSError, RuntimeError) as error:
        if _FULL in str(error):  # the engine gives no errno
            raise StorageFull(f"There is no room left on the disk of {directory}. Nothing was changed.") from error
        raise ReleaseError(f"The store in {directory} cannot be written: {error}") from error
    return total


def dump_store(directory: Path) -> bytes:
    """Return canonical N-Quads of what the store in ``directory`` holds, read as a query worker reads it.

    Raises ReleaseError where it cannot be read.
    """
    try:
        nquads = Store.read_only(str(directory)).dump(format=RdfFormat.N_QUADS)
    except (OSError, RuntimeError) as error:
        raise ReleaseError(f"The store in {directory} cannot be read: {error}") from error
    return canonical_nquads(nquads or b"")


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
