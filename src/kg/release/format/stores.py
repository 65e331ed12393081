"""The stores of releases: each is drafted from a base store by hard links, so that it costs what has changed.

::

    stores/<name>/base.json     how far it is from the store that it was drafted from itself, and its files
                  delta.gz      what has changed since the last store that was written whole
                  store/

A release's store is a base and the few changes since, in the engine's log file. Where these are many, a new base is
made from them, whose changes are in tables of their own (LAYERS of them at most: more, and the engine would begin to
compact). Then all since the last whole store goes into one layer, and where that is much, a whole store is written
anew. So what a write costs is bounded by what has changed, in time and on the disk. Bases are a help for the next
write and nothing else: where one is missing it is made again.
"""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kg.durable import sync, sync_tree, telling_of_the_disk
from kg.release.format.delta import Delta, from_bytes
from kg.release.manifest import describe_file
from kg.store.stores.draft import Draft, link_store

FOLDER = "stores"
DRAFT = ".making-"
LAYERS = 3
"""Layers of tables above a whole store; with one more the engine would compact at each opening."""
CHANGES = 64
"""Changes, in lines, that a release's store may have beyond its base before a new base is made.

What a release says of itself is some 40 of them, however many writes lie between it and its base. A line takes half a
kilobyte or more of each store's log, a base some 230 kB: with 25 lines more, both cost a write about the same."""
SHARE, LEAST = 0.2, 100_000
"""Share of the quads, and number of them, past which a whole store is written anew."""

Files = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Base:
    """A store to draft from: its name, the whole store that it goes back to, how many layers lie on that."""

    name: str
    root: str
    layers: int
    files: Files


class Stores:
    """The base stores of a folder of releases. To make one, hold the folder's lock."""

    def __init__(self, releases: Path) -> None:
        """Take the stores as they are; the folder need not exist."""
        self.folder = releases / FOLDER

    def find(self, name: str) -> Base | None:
        """Return a base, None where it is not there whole."""
        try:
            told = json.loads((self.folder / name / "base.json").read_text("utf-8"))
            base = Base(**told)
        except (OSError, ValueError, TypeError):
            return None
        present = all((self.directory(base) / file).is_file() for file in base.files)
        return base if name and present and (self.folder / base.root).is_dir() else None

    def directory(self, base: Base) -> Path:
        """Return the directory of a base's store."""
        return self.folder / base.name / "store"

    def delta(self, base: Base) -> Delta:
        """Return what has changed between the whole store that a base goes back to and the base."""
        if base.name == base.root:
            return Delta()
        return from_bytes(gzip.decompress((self.folder / base.name / "delta.gz").read_bytes()))

    def keep_whole(self, name: str, store: Path, files: Files) -> Base:
        """Make a store that was written whole a base, by hard links."""
        with telling_of_the_disk(self.folder), _Making(self, name) as folder:
            link_store(store, folder / "store")
            return self._finish(folder, Base(name, name, 0, files), Delta())

    def advance(self, name: str, base: Base, changes: Delta, quads: int) -> Base:
        """Make a new base from a base and the changes since; ``quads`` is how many the store holds."""
        since_root = self.delta(base).then(changes)
        root = self.find(base.root)
        fully = len(since_root) > max(LEAST, SHARE * quads) or root is None
        source, layers = base, base.layers + 1
        if layers > LAYERS and root is not None and not fully:
            source, changes, layers = root, since_root, 1
        with telling_of_the_disk(self.folder), _Making(self, name) as folder:
            draft = Draft(self.directory(source), folder / "draft")
            draft.apply(changes.removed, changes.added)
            draft.compact(fully=fully)
            draft.close(folder / "store")
            files = describe_store(folder / "store", self.directory(source), source.files)
            new = Base(name, name, 0, files) if fully else Base(name, base.root, layers, files)
            return self._finish(folder, new, Delta() if fully else since_root)

    def from_release(self, name: str, store: Path) -> Base:
        """Make a base from the store of a release, whose base is gone: whole, whatever that takes."""
        with telling_of_the_disk(self.folder), _Making(self, name) as folder:
            draft = Draft(store, folder / "draft")
            draft.compact(fully=True)
            draft.close(folder / "store")
            files = describe_store(folder / "store", store, {})
            return self._finish(folder, Base(name, name, 0, files), Delta())

    def remove_others(self, used: str) -> None:
        """Delete all bases but the one that is used, and those that it goes back to. What fails is left."""
        base = self.find(used)
        kept = {base.name, base.root} if base else set()
        for path in self.folder.glob("*"):
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    def _finish(self, folder: Path, base: Base, delta: Delta) -> Base:
        (folder / "base.json").write_text(json.dumps(asdict(base)), "utf-8")
        (folder / "delta.gz").write_bytes(gzip.compress(delta.to_bytes(), mtime=0))
        sync_tree(folder)
        target = self.folder / base.name
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
        sync(self.folder)
        return base


class _Making:
    """A folder in which a base is made, gone at the end unless it was moved to its place."""

    def __init__(self, stores: Stores, name: str) -> None:
        self._path = stores.folder / f"{DRAFT}{name}"

    def __enter__(self) -> Path:
        shutil.rmtree(self._path, ignore_errors=True)
        self._path.mkdir(parents=True)
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def describe_store(store: Path, source: Path, known: Files) -> Files:
    """Return the size and digest of each file of a store; of a table that is a link to one of the source, as known."""
    files: Files = {}
    for path in sorted(store.iterdir()):
        told = known.get(path.name)
        is_linked = told is not None and path.suffix == ".sst" and path.samefile(source / path.name)
        files[path.name] = told if told is not None and is_linked else describe_file(path)
    return files
