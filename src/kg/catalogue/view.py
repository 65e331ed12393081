"""The catalogue as of one release: history of records, withdrawals, feeds, the sitemap, articles and counts."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pyroaring import BitMap

from kg.catalogue import fields
from kg.catalogue.schema import FILE_NAME, FORMAT, HOLDS, MARK, PART, Immutable, read_meta, reading
from kg.catalogue.sets import UNLOADED, Sets, read_set, read_sets
from kg.catalogue.things import Thing, from_json
from kg.errors import EngineUnavailable

VIEWS = 8
"""Releases whose sets are kept in memory."""
TRIES, PAUSE = 5, 0.02
"""How often, and after how many seconds, a file is looked for that is just being replaced."""


class Change(NamedTuple):
    """A record that a release added or changed: its path, and when it was new and last changed."""

    path: str
    first: str
    last: str
    first_issued: str
    last_issued: str

    @property
    def is_new(self) -> bool:
        """Whether it was new in the release in which it last changed."""
        return self.first == self.last


class Brought(NamedTuple):
    """How many records were new in a release, and how many others changed."""

    new: int
    changed: int


class File(NamedTuple):
    """A catalogue's file: its inode, and what it was given when it was made, since the number is used again."""

    inode: int
    mark: str | None


class _Own(threading.local):
    """What one thread has: its connection, to which file, and when that last changed, in nanoseconds."""

    base: sqlite3.Connection | None = None
    file = File(0, None)
    changed = 0


class Catalogue:
    """The catalogue of a folder of releases. Safe for many threads."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; the file is opened when it is first asked."""
        self.path = folder / FILE_NAME
        self._own = _Own()
        self._views: OrderedDict[tuple[File, int], View] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, identifier: str) -> View:
        """Return the catalogue as of a release; raises EngineUnavailable where it has not that one, or is damaged."""
        rows = self.ask("SELECT max(sequence) AS n FROM releases WHERE id = :id", id=identifier)
        sequence = rows[0]["n"]
        if sequence is None:
            raise self.unavailable(f"it does not know release {identifier}")
        key = (self._own.file, sequence)
        with self._lock:
            found = self._views.pop(key, None) or View(self, self._own.file, sequence, identifier)
            self._views[key] = found
            while len(self._views) > VIEWS:
                self._views.popitem(last=False)
        return found

    def sequences(self) -> dict[int, str]:
        """Return the identifier of each release that the catalogue has, by its sequence number."""
        return {row["sequence"]: row["id"] for row in self.ask("SELECT sequence, id FROM releases")}

    def releases(self, limit: int, offset: int = 0) -> list[tuple[str, str]]:
        """Return the identifier of some releases and when each was issued, the newest first."""
        rows = self.ask(
            "SELECT id, issued FROM releases ORDER BY sequence DESC LIMIT :limit OFFSET :offset",
            limit=limit,
            offset=offset,
        )
        return [(row["id"], row["issued"]) for row in rows]

    def count_releases(self) -> int:
        """Return how many releases the catalogue has."""
        return int(self.ask("SELECT count(*) AS n FROM releases")[0]["n"])

    def near(self, view: View) -> Sets | None:
        """Return the sets of the release in memory that is nearest to another."""
        with self._lock:
            held = [one.loaded for (file, _), one in self._views.items() if file == view.file and one.loaded]
        return min(held, key=lambda sets: abs(sets.sequence - view.sequence), default=None)

    def ask(self, sql: str, file: File | None = None, **values: object) -> list[sqlite3.Row]:
        """Return the rows of a query, of one file where that is given; raises EngineUnavailable."""
        with self.asking(file) as base:
            return base.execute(sql, values).fetchall()

    @contextmanager
    def each(self, sql: str, file: File | None = None, **values: object) -> Iterator[Iterator[tuple[Any, ...]]]:
        """Give the rows of a query one by one, otherwise as ``ask``: those that are not taken cost nothing."""
        with self.asking(file) as base, closing(base.cursor()) as rows:
            rows.row_factory = None
            yield rows.execute(sql, values)

    @contextmanager
    def asking(self, file: File | None = None) -> Iterator[sqlite3.Connection]:
        """Give this thread's connection for the block, in which a failure is EngineUnavailable."""
        try:
            yield self.connection(file)
        except (sqlite3.Error, OSError) as error:
            self._own.base = None
            raise self.unavailable(str(error)) from None

    def connection(self, file: File | None = None) -> sqlite3.Connection:
        """Return this thread's connection to the file that is in place now, or to the one that is given.

        A thread goes on reading a file that it has open, also once another is in its place. Raises EngineUnavailable
        where the file is there no more, OSError or sqlite3.Error where it cannot be read.
        """
        if file is not None and file == self._own.file and self._own.base is not None:
            return self._own.base
        for tries in range(TRIES):
            try:
                base = self._connect()
                break
            except (FileNotFoundError, sqlite3.OperationalError):
                if tries == TRIES - 1:
                    raise
                time.sleep(PAUSE)
        if file is not None and file != self._own.file:
            raise EngineUnavailable("The catalogue was made again in the middle of this request. Try again.")
        return base

    def _connect(self) -> sqlite3.Connection:
        """Return this thread's connection to the file that is in place, opened anew where it is to another one."""
        own, found = self._own, self.path.stat()
        is_old = isinstance(own.base, Immutable) and own.changed != found.st_mtime_ns
        if own.base is not None and own.file.inode == found.st_ino and not is_old:
            return own.base
        base = reading(self.path)
        if read_meta(base, "format") != str(FORMAT):
            base.close()
            raise sqlite3.DatabaseError("its layout is that of another version of kg")
        if self.path.stat().st_ino != found.st_ino:  # it may have been opened with the log of writes of the other
            base.close()
            raise FileNotFoundError(f"{self.path} was replaced as it was opened")
        own.base, own.file, own.changed = base, File(found.st_ino, read_meta(base, MARK)), found.st_mtime_ns
        return base

    def close(self) -> None:
        """Close this thread's connection; it is opened again where need be."""
        if self._own.base is not None:
            self._own.base.close()
            self._own.base = None

    @staticmethod
    def unavailable(why: str) -> EngineUnavailable:
        """Return the error that says why the catalogue cannot be read, and what to do."""
        return EngineUnavailable(
            f"The catalogue, which search and lists rest on, cannot be read ({why}). Ask in SPARQL meanwhile; the"
            " operator makes it again by kg catalogue."
        )


class View:
    """The catalogue as of one release, of one file: another file has other numbers. Safe for many threads."""

    def __init__(self, catalogue: Catalogue, file: File, sequence: int, identifier: str) -> None:
        """Start without anything in memory."""
        self.file = file
        self._catalogue, self.sequence, self.identifier = catalogue, sequence, identifier
        self.loaded: Sets | None = None
        self._lock = threading.Lock()
        self._of_class: dict[tuple[int, str], BitMap] = {}
        self._classes: dict[str, dict[str, Any]] | None = None

    def ask(self, sql: str, **values: object) -> list[sqlite3.Row]:
        """Return the rows of a query, in which ``:n`` is the sequence number; raises EngineUnavailable."""
        return self._catalogue.ask(sql, file=self.file, n=self.sequence, **values)

    def each(self, sql: str, **values: object) -> AbstractContextManager[Iterator[tuple[Any, ...]]]:
        """Give the rows of a query one by one, otherwise as ``ask``."""
        return self._catalogue.each(sql, file=self.file, n=self.sequence, **values)

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection; raises EngineUnavailable."""
        try:
            return self._catalogue.connection(self.file)
        except (sqlite3.Error, OSError) as error:
            raise Catalogue.unavailable(str(error)) from None

    @property
    def sets(self) -> Sets:
        """The sets of this release; read when they are first asked for, from those of a near release if possible."""
        if self.loaded is None:
            with self._lock:
                if self.loaded is None:
                    near = self._catalogue.near(self)
                    with self._catalogue.asking(self.file) as base:
                        self.loaded = read_sets(base, self.sequence, near)
        return self.loaded

    def set(self, group: int, name: str, value: str) -> BitMap:
        """Return the numbers of the records of a set; do not change them."""
        if name not in UNLOADED:
            return self.sets.get(group, name, value)
        if name != "class" or value not in self.classes:  # of classes there are few, and each search asks for them
            return self._read_set(group, name, value)
        if (group, value) not in self._of_class:
            self._of_class[group, value] = self._read_set(group, name, value)
        return self._of_class[group, value]

    def _read_set(self, group: int, name: str, value: str) -> BitMap:
        with self._catalogue.asking(self.file) as base:
            return read_set(base, self.sequence, group, name, value)

    @property
    def classes(self) -> dict[str, dict[str, Any]]:
        """The classes of the ontology by name: label, definition, those above, depth. Do not change them."""
        if self._classes is None:
            rows = self.ask("SELECT body FROM classes WHERE since <= :n ORDER BY since DESC LIMIT 1")
            self._classes = json.loads(rows[0]["body"]) if rows else {}
        return self._classes

    # Things

    def things(self, records: Iterable[int]) -> dict[int, Thing]:
        """Return the things of some records by the records' numbers."""
        listed = json.dumps(list(records))
        rows = self.ask(
            f"SELECT record, body FROM things WHERE record IN (SELECT value FROM json_each(:records)) AND {HOLDS}",
            records=listed,
        )
        return {row["record"]: from_json(row["body"]) for row in rows}

    def thing(self, path: str) -> Thing | None:
        """Return the thing of a path, or None."""
        return self.named([path]).get(path)

    def named(self, paths: Iterable[str]) -> dict[str, Thing]:
        """Return those of some paths that name a thing, by path."""
        rows = self.ask(
            "SELECT path, body FROM things JOIN records ON records.id = record"
            f" WHERE path IN (SELECT value FROM json_each(:paths)) AND {HOLDS}",
            paths=json.dumps(list(dict.fromkeys(paths))),
        )
        return {row["path"]: from_json(row["body"]) for row in rows}

    def paths(self, records: Iterable[int]) -> list[str]:
        """Return the paths of records by their numbers, in the order given."""
        listed = list(records)
        rows = self.ask(
            "SELECT id, path FROM records WHERE id IN (SELECT value FROM json_each(:records))",
            records=json.dumps(listed),
        )
        found = {row["id"]: row["path"] for row in rows}
        return [found[record] for record in listed if record in found]

    def record(self, path: str) -> int | None:
        """Return the number of a record that this release holds, or None."""
        rows = self.ask(f"SELECT id FROM records JOIN stands ON record = id WHERE path = :path AND {HOLDS}", path=path)
        return rows[0]["id"] if rows else None

    def records(self, paths: Iterable[str]) -> list[int]:
        """Return the numbers of those of some paths whose records this release holds."""
        rows = self.ask(
            "SELECT id FROM records JOIN stands ON record = id"
            f" WHERE path IN (SELECT value FROM json_each(:paths)) AND {HOLDS}",
            paths=json.dumps(list(paths)),
        )
        return [row["id"] for row in rows]

    # History

    def history(self, path: str) -> tuple[str, str] | None:
        """Return the releases in which a record was new and last changed; None where this one has no such record."""
        rows = self.ask(
            "SELECT a.id AS first, b.id AS last FROM records JOIN stands ON record = records.id"
            " JOIN releases a ON a.sequence = first JOIN releases b ON b.sequence = since"
            f" WHERE path = :path AND {HOLDS}",
            path=path,
        )
        return (rows[0]["first"], rows[0]["last"]) if rows else None

    def withdrawn(self, path: str) -> str | None:
        """Return the last release before this one that had a record which this one has not; None where none had it."""
        rows = self.ask(
            "SELECT max(until) AS until FROM records JOIN stands ON record = records.id"
            " WHERE path = :path AND until <= :n AND NOT EXISTS ("
            f"  SELECT 1 FROM stands WHERE record = records.id AND {HOLDS})",
            path=path,
        )
        if not rows or rows[0]["until"] is None:
            return None
        last = self.ask(
            "SELECT id FROM releases WHERE sequence < :until ORDER BY sequence DESC LIMIT 1", until=rows[0]["until"]
        )
        return last[0]["id"] if last else None

    def brought(self, identifiers: Sequence[str]) -> dict[str, Brought]:
        """Return how many records each of some releases added and changed, as far as the catalogue knows it."""
        rows = self.ask(
            "SELECT id, new, changed FROM releases WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY sequence",
            ids=json.dumps(list(identifiers)),
        )
        return {row["id"]: Brought(row["new"], row["changed"]) for row in rows}

    def count_changes(self) -> int:
        """Return how many records the feed of changes lists."""
        return int(self.ask("SELECT fed FROM releases WHERE sequence = :n")[0]["fed"])

    def changes(self, limit: int, offset: int = 0) -> list[Change]:
        """Return the records with a page, passages left out, the last changed first; of each release statements and
        entities first."""
        rows = self.ask(
            "WITH told AS (SELECT record, first, since FROM stands INDEXED BY stands_by_release"
            f"  WHERE rank < 3 AND {HOLDS} ORDER BY since DESC, rank, record LIMIT :limit OFFSET :offset)"
            " SELECT path, a.id AS first, b.id AS last, a.issued AS first_issued, b.issued AS last_issued FROM told"
            " JOIN records ON records.id = record JOIN releases a ON a.sequence = first"
            " JOIN releases b ON b.sequence = told.since ORDER BY told.since DESC, rank, record",
            limit=limit,
            offset=offset,
        )
        return [Change(row["path"], row["first"], row["last"], row["first_issued"], row["last_issued"]) for row in rows]

    # Sitemap

    def sitemap_parts(self) -> list[tuple[int, str]]:
        """Return the number of each part of the sitemap, and when the release was issued that last changed it."""
        rows = self.ask(
            "SELECT part, issued FROM (SELECT part, max(since) AS last FROM sitemap WHERE since <= :n GROUP BY part)"
            " JOIN releases ON sequence = last ORDER BY part"
        )
        return [(row["part"], row["issued"]) for row in rows]

    def sitemap_part(self, part: int) -> list[tuple[str, str]] | None:
        """Return the paths of one part's records that have a page, each with the date of its last change; None where
        there is no such part."""
        if not self.ask("SELECT 1 FROM sitemap WHERE part = :part AND since <= :n LIMIT 1", part=part):
            return None
        rows = self.ask(
            "SELECT path, issued FROM records JOIN stands ON record = records.id JOIN releases ON sequence = since"
            " WHERE records.id >= :low AND records.id < :high AND records.rank IS NOT NULL"
            f" AND {HOLDS} ORDER BY records.id",
            low=part * PART,
            high=(part + 1) * PART,
        )
        return [(row["path"], row["issued"]) for row in rows]

    # Counts

    def counts(self) -> dict[str, int]:
        """Return how many things each group has, groups without any left out."""
        sizes = ((group, self.sets.size(number, "", "")) for number, group in enumerate(fields.GROUPS))
        return {group: size for group, size in sizes if size}

    def totals(self) -> dict[str, int]:
        """Return how much there is of what readers ask for: statements, issues, entities, figures and so on."""
        sizes = {name: self.sets.size(fields.GROUPS.index(grp), *key) for name, (grp, *key) in fields.TOTALS.items()}
        return sizes | {"passages": self.ask("SELECT passages FROM releases WHERE sequence = :n")[0]["passages"]}

    def articles(self, limit: int, offset: int = 0) -> tuple[int, list[Thing]]:
        """Return how many articles there are, and some in the order of their labels; ``more`` has their coverage."""
        group = fields.GROUPS.index("article")
        rows = self.ask(
            f"SELECT body FROM things WHERE grp = :grp AND {HOLDS} ORDER BY folded, record LIMIT :limit OFFSET :offset",
            grp=group,
            limit=limit,
            offset=offset,
        )
        return self.sets.size(group, "", ""), [from_json(row["body"]) for row in rows]


@lru_cache(maxsize=4)
def open_catalogue(folder: Path) -> Catalogue:
    """Return the catalogue of a folder of releases."""
    return Catalogue(folder)
