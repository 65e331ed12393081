"""The tables of the catalogue, and how the file is opened.

``since`` and ``until`` are sequence numbers of releases: a row holds for ``since <= n < until``.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kg.errors import ReleaseError, StorageFull

FILE_NAME = "catalogue.sqlite"
FORMAT = 6
"""Number of this layout; a file of another one is rebuilt."""
OPEN = 1 << 62
"""``until`` of what holds still."""
GROUP_SHIFT = 40
"""A thing's number begins with that of its group, so that one group is one range of numbers."""
CHUNK_SHIFT = 16
PART = 1000
"""Records in one part of the sitemap."""
MAPPED = 1 << 32
"""Bytes of the file that readers map into memory rather than copy from it."""
MARK = "made"
"""Name in meta of what no other file has: record numbers of one file mean nothing in another."""
PRUNED = "pruned"
"""Name in meta of how often rows were deleted that only pruned releases had."""
HOLDS = "since <= :n AND until > :n"

_WORDS = "content='', detail=none, columnsize=0, tokenize=\"unicode61 tokenchars '='\""
LOG_PAGES = 250
"""Pages of the log of writes next to the file, past which they are put into the file and the log begins anew."""
SCHEMA = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE releases (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, issued TEXT NOT NULL,
  new INTEGER NOT NULL, changed INTEGER NOT NULL,
  fed INTEGER NOT NULL, passages INTEGER NOT NULL);
CREATE INDEX releases_by_id ON releases (id, sequence);
CREATE TABLE graphs (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, digest TEXT);
CREATE TABLE records (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, rank INTEGER);
CREATE TABLE stands (record INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, first INTEGER NOT NULL,
  rank INTEGER, PRIMARY KEY (record, since)) WITHOUT ROWID;
CREATE INDEX stands_by_release ON stands (since DESC, rank, record, until) WHERE rank < 3;
CREATE TABLE parts (graph INTEGER NOT NULL, record INTEGER NOT NULL, digest BLOB NOT NULL, thing BLOB,
  PRIMARY KEY (graph, record)) WITHOUT ROWID;
CREATE INDEX parts_by_record ON parts (record);
CREATE TABLE sitemap (part INTEGER NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (part, since)) WITHOUT ROWID;
CREATE TABLE things (id INTEGER PRIMARY KEY, record INTEGER NOT NULL, graph INTEGER NOT NULL, since INTEGER NOT NULL,
  until INTEGER NOT NULL, grp INTEGER NOT NULL, folded TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX things_by_record ON things (record, until);
CREATE INDEX things_in_order ON things (grp, folded, record, since, until);
CREATE TABLE names (id INTEGER PRIMARY KEY, thing INTEGER NOT NULL, record INTEGER NOT NULL, folded TEXT NOT NULL,
  since INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE INDEX names_by_name ON names (folded);
CREATE INDEX names_by_thing ON names (thing);
CREATE TABLE sets (id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  chunk INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, members BLOB NOT NULL);
CREATE INDEX sets_by_value ON sets (name, value, grp, chunk, until);
CREATE INDEX sets_by_since ON sets (since);
CREATE INDEX sets_by_until ON sets (until);
CREATE TABLE periods (graph INTEGER NOT NULL, path TEXT NOT NULL, times TEXT NOT NULL, PRIMARY KEY (path, graph))
  WITHOUT ROWID;
CREATE TABLE classes (since INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE vocabulary (word TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (text, prefix='1 2 3 4', {_WORDS});
CREATE VIRTUAL TABLE said USING fts5 (text, prefix='2 3 4', {_WORDS});
CREATE VIRTUAL TABLE trigrams USING fts5 (name, content='', columnsize=0, tokenize=trigram);
CREATE VIRTUAL TABLE runs USING fts5vocab (trigrams, row);
"""


def create(path: Path) -> None:
    """Make an empty catalogue; raises StorageFull or ReleaseError where it cannot be written."""
    with writing(path, journal="WAL") as base:
        known = f"INSERT INTO meta VALUES ('format', '{FORMAT}'), ('{MARK}', '{secrets.token_hex(8)}');"
        base.executescript(f"BEGIN; {SCHEMA} {known} COMMIT;")


@contextmanager
def writing(path: Path, journal: str = "WAL") -> Iterator[sqlite3.Connection]:
    """Open the catalogue to write it; turns what SQLite says into StorageFull or ReleaseError."""
    base = None
    try:
        base = sqlite3.connect(path, isolation_level=None, timeout=10)
        base.execute(f"PRAGMA journal_mode = {journal}")
        base.execute("PRAGMA synchronous = NORMAL")
        base.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        base.execute("PRAGMA cache_size = -64000")
        base.execute("PRAGMA temp_store = MEMORY")
        yield base
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise StorageFull(f"There is no room left on the disk of {path.parent}. Nothing was changed.") from error
        raise ReleaseError(
            f"The catalogue {path} cannot be written ({error}). Make its folder writable, or rebuild it."
        ) from error
    finally:
        if base is not None:
            base.close()


class Immutable(sqlite3.Connection):
    """A connection that takes the file for one that nobody changes: without locks, or the log of writes next to it."""


def reading(path: Path) -> sqlite3.Connection:
    """Open the catalogue to read it; raises sqlite3.Error where it cannot be."""
    place = path.absolute().as_posix().replace("?", "%3f").replace("#", "%23")
    try:
        return _checked(sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=5))
    except sqlite3.OperationalError:
        is_shared = all(path.with_name(f"{path.name}-{part}").exists() for part in ("wal", "shm"))
        if os.access(path.parent, os.W_OK) or is_shared:
            raise  # as where too many files are open
        # a folder that may not be written has no room for the shared memory of WAL
        return _checked(sqlite3.connect(f"file:{place}?mode=ro&immutable=1", uri=True, factory=Immutable))


def read_meta(base: sqlite3.Connection, name: str) -> str | None:
    """Return a value of meta, None for one that this file was made without; raises sqlite3.Error."""
    row = base.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def _checked(base: sqlite3.Connection) -> sqlite3.Connection:
    try:
        base.row_factory = sqlite3.Row
        base.execute("PRAGMA cache_size = -8000")
        base.execute(f"PRAGMA mmap_size = {MAPPED}")
        read_meta(base, "format")
    except sqlite3.Error:
        base.close()
        raise
    return base


def format_of(path: Path) -> int | None:
    """Return the number of the file's layout; None where it is missing or is no catalogue."""
    if not path.exists():
        return None
    try:
        base = reading(path)
    except sqlite3.Error:
        return None
    try:
        found = read_meta(base, "format")
        return int(found) if found else None
    except (sqlite3.Error, ValueError):
        return None
    finally:
        base.close()
