"""Writing the catalogue: a release is applied in one transaction that costs what its changed graphs cost."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kg.catalogue import fields
from kg.catalogue.classes import read_classes
from kg.catalogue.lines import Nodes, read_graph
from kg.catalogue.schema import FILE_NAME, FORMAT, GROUP_SHIFT, OPEN, PART, PRUNED, create, format_of, writing
from kg.catalogue.sets import Changes, keys_of, members
from kg.catalogue.things import Maker, Thing, from_json, structural_kinds
from kg.errors import ReleaseError
from kg.terms import Iris

Graphs = Mapping[str, str]
"""IRI of each named graph of a release → the digest of its canonical N-Quads."""
Read = Callable[[str, str], bytes]
"""IRI and digest of a graph → its canonical N-Quads."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release as the catalogue knows it. ``sequence`` grows from release to release, whatever is rolled back."""

    sequence: int
    id: str
    issued: str
    base_iri: str


def apply(folder: Path, release: Release, graphs: Graphs, read: Read) -> bool:
    """Update the catalogue of a folder to a release that comes after all that it has; return whether it changed.

    Only graphs whose digest differs from what the catalogue holds are read. A release that was applied is passed over.
    A crash in the middle leaves the catalogue at the release before. A catalogue of another layout or base IRI is
    begun anew. Raises ReleaseError for a sequence number that is too low, or where the file cannot be written.
    """
    path = folder / FILE_NAME
    if format_of(path) != FORMAT or _base_iri(path) not in (None, release.base_iri):
        rebuild(folder, [(release, graphs)], read)
        return True
    with writing(path) as base:
        return _apply(base, release, graphs, read)


def applied(folder: Path) -> dict[int, str]:
    """Return the identifier of each release that the catalogue of a folder has, by its sequence number.

    It is empty where the catalogue is missing, cannot be read, or has another layout.
    """
    if format_of(folder / FILE_NAME) != FORMAT:
        return {}
    with writing(folder / FILE_NAME) as base:
        return dict(base.execute("SELECT sequence, id FROM releases"))


def rebuild(folder: Path, releases: Iterable[tuple[Release, Graphs]], read: Read) -> None:
    """Make the catalogue anew from some releases in the order of their sequence numbers, and put it in the old one's
    place in one step: a reader of the old one reads it to the end."""
    path = folder / FILE_NAME
    draft = folder / f".{FILE_NAME}.new"
    _remove(draft)
    try:
        create(draft)
        with writing(draft, journal="OFF") as base:  # a draft that fails is thrown away
            for release, graphs in releases:
                _apply(base, release, graphs, read)
            for table in ("words", "said", "trigrams"):
                base.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
            base.execute("ANALYZE")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        _remove(path)  # with its log of writes, which must never be taken for the new one's
        draft.replace(path)
    finally:
        _remove(draft)
    with writing(path):
        pass  # in WAL again


def prune(folder: Path, kept: Collection[int]) -> None:
    """Forget what only releases held that are not among the kept sequence numbers, the newest excepted.

    When a record was new, last changed or withdrawn is still known.
    """
    with writing(folder / FILE_NAME) as base, _transaction(base):
        newest = base.execute("SELECT max(sequence) FROM releases").fetchone()[0]
        ordered = sorted({*kept, newest})

        def is_kept(since: int, until: int) -> bool:
            return any(since <= sequence < until for sequence in ordered)

        base.create_function("is_kept", 2, is_kept, deterministic=True)
        gone = f"until < {OPEN} AND NOT is_kept(since, until)"
        for number, body in base.execute(f"SELECT id, body FROM things WHERE {gone}").fetchall():
            thing = from_json(body)
            _forget(base, number, thing)
        if base.execute(f"DELETE FROM sets WHERE {gone}").rowcount:
            count = "INSERT INTO meta VALUES (?, '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
            base.execute(count, (PRUNED,))


def _forget(base: sqlite3.Connection, number: int, thing: Thing) -> None:
    table = _table(thing)
    base.execute(
        f"INSERT INTO {table} ({table}, rowid, text) VALUES ('delete', ?, ?)",
        (number, thing.text),
    )
    named = base.execute("SELECT id, folded FROM names WHERE thing = ?", (number,)).fetchall()
    for name_id, folded in named if "class" in thing.facets else ():
        base.execute("INSERT INTO trigrams (trigrams, rowid, name) VALUES ('delete', ?, ?)", (name_id, _padded(folded)))
    base.execute("DELETE FROM names WHERE thing = ?", (number,))
    base.execute("DELETE FROM things WHERE id = ?", (number,))


def _apply(base: sqlite3.Connection, release: Release, graphs: Graphs, read: Read) -> bool:
    with _transaction(base):
        (known,) = base.execute("SELECT max(sequence) FROM releases").fetchone()
        if base.execute("SELECT 1 FROM releases WHERE sequence = ?", (release.sequence,)).fetchone():
            return False
        if known is not None and release.sequence < known:
            raise ReleaseError(
                f"The catalogue has release number {known}, so {release.sequence} ({release.id}) comes too late for it."
                " Rebuild the catalogue."
            )
        base.execute("INSERT OR REPLACE INTO meta VALUES ('base_iri', ?)", (release.base_iri,))
        _Step(base, release, graphs, read).run()
        return True


class _Step:
    """One release on its way into the catalogue."""

    def __init__(self, base: sqlite3.Connection, release: Release, graphs: Graphs, read: Read) -> None:
        self._base, self._release, self._read = base, release, read
        self._iris = Iris(release.base_iri)
        passed_over = self._iris.graph(fields.DESCRIPTION)
        self._graphs = {iri: digest for iri, digest in graphs.items() if iri != passed_over}
        self._graph_path = (self._iris.path(self._iris.graph("")) or "/")[1:]
        self._n = release.sequence
        self._touched: set[int] = set()
        sizes = base.execute("SELECT fed, passages FROM releases ORDER BY sequence DESC LIMIT 1").fetchone()
        self._fed: int = sizes[0] if sizes else 0
        self._passages: int = sizes[1] if sizes else 0
        self._sets = Changes()
        self._general: frozenset[str] = frozenset()
        self._structural: frozenset[str] = frozenset()
        self._memo: dict[str, tuple[str, ...]] = {}

    def run(self) -> None:
        held = dict(self._base.execute("SELECT iri, digest FROM graphs WHERE digest IS NOT NULL"))
        changed = {iri for iri in {*held, *self._graphs} if held.get(iri) != self._graphs.get(iri)}
        if self._take_classes(changed):
            changed |= self._graphs.keys()
        if self._take_structural(changed):
            changed |= {iri for iri in self._graphs if iri.startswith(self._iris.graph("article/"))}
        done: set[str] = set()
        dated: set[str] = set()
        while waiting := sorted(changed - done, key=self._order):
            iri = waiting[0]
            dated |= self._take(iri)
            done.add(iri)
            if len(waiting) == 1 and dated:  # their dates are kept with what refers to them
                changed |= self._referring(dated)
                dated = set()
                self._memo.clear()
        new, others = self._take_stands()
        self._sets.write(self._base, self._n)
        self._base.execute(
            "INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._n, self._release.id, self._release.issued, new, others, self._fed, self._passages),
        )

    def _order(self, iri: str) -> tuple[bool, str]:
        """Graphs of articles come last, since they refer to the others."""
        return iri.startswith(self._iris.graph("article/")), iri

    def _take_classes(self, changed: set[str]) -> bool:
        """Take the classes of the ontology; return whether the kinds of things may change with them."""
        row = self._base.execute("SELECT body FROM classes ORDER BY since DESC LIMIT 1").fetchone()
        before = json.loads(row[0]) if row else {}
        classes = before
        ontology = self._iris.graph("ontology")
        if ontology in changed:
            digest = self._graphs.get(ontology)
            nodes = read_graph(self._read(ontology, digest), self._iris.base)[1] if digest else {}
            classes = read_classes(nodes, self._iris)
            if classes != before or row is None:
                body = json.dumps(classes, ensure_ascii=False, sort_keys=True)
                self._base.execute("INSERT INTO classes VALUES (?, ?)", (self._n, body))
        self._general = frozenset(name for cls in classes.values() for name in cls["above"])
        return self._general != frozenset(name for cls in before.values() for name in cls["above"])

    def _take_structural(self, changed: set[str]) -> bool:
        """Take which kinds of passage need no statement; return whether that changed, and coverage may with it."""
        row = self._base.execute("SELECT value FROM meta WHERE name = 'structural'").fetchone()
        before = self._structural = frozenset(json.loads(row[0])) if row else frozenset()
        codes = self._iris.graph("codes")
        if codes in changed or row is None:
            digest = self._graphs.get(codes)
            nodes = read_graph(self._read(codes, digest), self._iris.base)[1] if digest else {}
            self._structural = structural_kinds(nodes, self._iris)
            body = json.dumps(sorted(self._structural))
            self._base.execute("INSERT OR REPLACE INTO meta VALUES ('structural', ?)", (body,))
        return self._structural != before

    def _take(self, iri: str) -> set[str]:
        """Update what is held of a graph; return the paths of periods whose dates changed."""
        digest = self._graphs.get(iri)
        self._base.execute("INSERT OR IGNORE INTO graphs (iri) VALUES (?)", (iri,))
        (graph,) = self._base.execute("SELECT id FROM graphs WHERE iri = ?", (iri,)).fetchone()
        records: dict[str, bytes] = {}
        nodes: Nodes = {}
        if digest is not None:
            records, nodes = read_graph(self._read(iri, digest), self._iris.base)
            path = self._iris.path(iri)
            if path is not None:
                records.setdefault(path[1:], b"graph")
        maker = Maker(nodes, iri, self._iris, self._general, self._structural, self._times)
        dated = self._take_periods(graph, maker.periods())
        things = {thing.path: thing for thing in maker.things()}
        self._take_records(graph, records, things)
        self._base.execute("UPDATE graphs SET digest = ? WHERE id = ?", (digest, graph))
        return dated

    def _take_periods(self, graph: int, periods: Mapping[str, tuple[str, ...]]) -> set[str]:
        rows = self._base.execute("SELECT path, times FROM periods WHERE graph = ?", (graph,))
        before = {path: tuple(json.loads(times)) for path, times in rows}
        changed = {path for path in {*before, *periods} if before.get(path) != periods.get(path)}
        self._base.executemany("DELETE FROM periods WHERE graph = ? AND path = ?", [(graph, path) for path in changed])
        self._base.executemany(
            "INSERT INTO periods VALUES (?, ?, ?)",
            [(graph, path, json.dumps(periods[path])) for path in sorted(changed & periods.keys())],
        )
        return changed

    def _times(self, path: str) -> tuple[str, ...]:
        if path not in self._memo:
            rows = self._base.execute("SELECT times FROM periods WHERE path = ?", (path,))
            self._memo[path] = tuple(time for row in rows for time in json.loads(row[0]))
        return self._memo[path]

    def _referring(self, periods: set[str]) -> set[str]:
        """Return the graphs with things that refer to periods of another graph."""
        found: set[str] = set()
        for path in periods:
            for record in members(self._base, "period", path):
                rows = self._base.execute(
                    f"SELECT iri FROM things JOIN graphs ON graphs.id = graph WHERE record = ? AND until = {OPEN}",
                    (record,),
                )
                found |= {row[0] for row in rows}
        return found & self._graphs.keys()

    def _take_records(self, graph: int, records: Mapping[str, bytes], things: Mapping[str, Thing]) -> None:
        rows = self._base.execute(
            "SELECT path, record, digest, thing FROM parts JOIN records ON records.id = record WHERE graph = ?",
            (graph,),
        )
        before = {path: (record, digest, thing) for path, record, digest, thing in rows}
        for path in sorted(before.keys() - records.keys()):
            record, _, thing = before[path]
            self._base.execute("DELETE FROM parts WHERE graph = ? AND record = ?", (graph, record))
            self._touched.add(record)
            self._take_thing(graph, record, None)
        for path in sorted(records):
            record, digest, thing = before.get(path) or (self._record(path), None, None)
            made = things.get(path)
            body = made.to_json() if made is not None else ""
            mark = _mark(body)
            if digest != records[path]:
                self._touched.add(record)
            if mark != thing or digest is None:
                self._take_thing(graph, record, made, body)
            if (digest, thing) != (records[path], mark):
                self._base.execute(
                    "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)", (graph, record, records[path], mark)
                )

    def _record(self, path: str) -> int:
        row = self._base.execute("SELECT id FROM records WHERE path = ?", (path,)).fetchone()
        if row is None:
            row = self._base.execute(
                "INSERT INTO records (path, rank) VALUES (?, ?) RETURNING id", (path, fields.rank(path))
            ).fetchone()
        return int(row[0])

    def _take_thing(self, graph: int, record: int, made: Thing | None, body: str = "") -> None:
        """End what was found by a record's name, and begin what is."""
        rows = self._base.execute(
            f"SELECT id, graph, grp, body, since FROM things WHERE record = ? AND until = {OPEN}", (record,)
        ).fetchall()
        held = {number: (of, keys_of(grp, from_json(old).sets)) for number, of, grp, old, _ in rows}
        before = {key for _, keys in held.values() for key in keys}
        after = {key for of, keys in held.values() if of != graph for key in keys}
        for number, of, _, old, since in rows:
            if of == graph and since == self._n:
                _forget(self._base, number, from_json(old))
            elif of == graph:
                self._base.execute("UPDATE things SET until = ? WHERE id = ?", (self._n, number))
                self._base.execute("UPDATE names SET until = ? WHERE thing = ?", (self._n, number))
        if made is not None:
            after |= keys_of(fields.GROUPS.index(made.group), made.sets)
            self._add(graph, record, made, body)
        self._sets.note(record, before, after)

    def _add(self, graph: int, record: int, made: Thing, body: str) -> None:
        group = fields.GROUPS.index(made.group)
        low, high = group << GROUP_SHIFT, (group + 1) << GROUP_SHIFT
        (last,) = self._base.execute("SELECT max(id) FROM things WHERE id >= ? AND id < ?", (low, high)).fetchone()
        number = low if last is None else last + 1
        self._base.execute(
            "INSERT INTO things VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, record, graph, self._n, OPEN, group, made.folded, body),
        )
        text = made.text
        self._base.execute(f"INSERT INTO {_table(made)} (rowid, text) VALUES (?, ?)", (number, text))
        words = [(word,) for word in text.split() if not word.startswith("=")]
        self._base.executemany("INSERT OR IGNORE INTO vocabulary VALUES (?)", words)
        if group != fields.STATEMENT:
            for folded in made.names:
                (name,) = self._base.execute(
                    "INSERT INTO names (thing, record, folded, since, until) VALUES (?, ?, ?, ?, ?) RETURNING id",
                    (number, record, folded, self._n, OPEN),
                ).fetchone()
                if "class" in made.facets:
                    self._base.execute("INSERT INTO trigrams (rowid, name) VALUES (?, ?)", (name, _padded(folded)))

    def _take_stands(self) -> tuple[int, int]:
        """Begin and end what holds of the touched records; return how many are new, and how many others changed.

        A graph's own IRI is a record, so that one that is withdrawn is known, but counts for neither.
        """
        counts = {"new": 0, "changed": 0}
        parts: set[tuple[int, int]] = set()
        for record in sorted(self._touched):
            parts.add((record // PART, self._n))
            is_there = self._base.execute("SELECT 1 FROM parts WHERE record = ? LIMIT 1", (record,)).fetchone()
            first = self._base.execute(
                f"UPDATE stands SET until = ? WHERE record = ? AND until = {OPEN} RETURNING first", (self._n, record)
            ).fetchone()
            path, rank = self._base.execute("SELECT path, rank FROM records WHERE id = ?", (record,)).fetchone()
            if rank == fields.UNFED:
                self._passages += bool(is_there) - bool(first)
            elif rank is not None:
                self._fed += bool(is_there) - bool(first)
            if is_there:
                counts["changed" if first else "new"] += not path.startswith(self._graph_path)
                self._base.execute(
                    "INSERT INTO stands VALUES (?, ?, ?, ?, ?)",
                    (record, self._n, OPEN, first[0] if first else self._n, rank),
                )
        self._base.executemany("INSERT OR IGNORE INTO sitemap VALUES (?, ?)", sorted(parts))
        return counts["new"], counts["changed"]


def _mark(body: str) -> bytes | None:
    return hashlib.blake2b(body.encode(), digest_size=8).digest() if body else None


def _table(thing: Thing) -> str:
    return "said" if thing.group == fields.GROUPS[fields.STATEMENT] else "words"


def _padded(folded: str) -> str:
    return f"  {folded} "


def _base_iri(path: Path) -> str | None:
    with writing(path) as base:
        row = base.execute("SELECT value FROM meta WHERE name = 'base_iri'").fetchone()
        return row[0] if row else None


@contextmanager
def _transaction(base: sqlite3.Connection) -> Iterator[None]:
    base.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        base.execute("ROLLBACK")
        raise
    base.execute("COMMIT")


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + end).unlink(missing_ok=True)
