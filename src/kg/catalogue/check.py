"""The catalogue against the graphs of a release: whether it holds what they say, and nothing else."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from pyroaring import BitMap

from kg.catalogue import fields
from kg.catalogue.classes import read_classes
from kg.catalogue.lines import Nodes, read_graph
from kg.catalogue.schema import FILE_NAME, FORMAT, HOLDS, format_of
from kg.catalogue.sets import Key, keys_of, read_set
from kg.catalogue.things import Maker, Thing, from_json, structural_kinds
from kg.catalogue.view import Catalogue, View
from kg.catalogue.words import STOP_WORDS
from kg.catalogue.write import Graphs, Read, Release
from kg.errors import EngineUnavailable
from kg.terms import Iris

MOST_FAULTS = 20
PAUSE = 100
"""Graphs after which the progress is reported."""


def find_faults(
    folder: Path, release: Release, graphs: Graphs, read: Read, say: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Return what is wrong with the catalogue of a folder as of a release, the first MOST_FAULTS of it.

    It is nothing where the catalogue holds what the release's graphs say. The time is proportional to their size;
    ``say`` is called with the progress.
    """
    found = format_of(folder / FILE_NAME)
    if found != FORMAT:
        return ["the catalogue is missing or cannot be read" if found is None else "the catalogue has another layout"]
    catalogue = Catalogue(folder)
    try:
        (state,) = catalogue.ask("PRAGMA quick_check(1)")[0]
        if state != "ok":
            return [f"the catalogue's file is damaged: {state}"]
        return list(islice(_Check(catalogue.at(release.id), release, graphs, read, say).faults(), MOST_FAULTS))
    except EngineUnavailable as error:
        return [str(error)]
    finally:
        catalogue.close()


class _Check:
    def __init__(self, view: View, release: Release, graphs: Graphs, read: Read, say: Callable[[str], None]) -> None:
        self._say = say
        self._view, self._read, self._iris = view, read, Iris(release.base_iri)
        passed_over = self._iris.graph(fields.DESCRIPTION)
        self._graphs = {iri: digest for iri, digest in sorted(graphs.items()) if iri != passed_over}
        self._sets: dict[Key, BitMap] = defaultdict(BitMap)
        self._seen: set[int] = set()

    def faults(self) -> Iterator[str]:
        classes = read_classes(self._nodes_of("ontology"), self._iris)
        if classes != self._view.classes:
            yield "the classes are not those of the ontology"
        general = frozenset(name for cls in classes.values() for name in cls["above"])
        structural = structural_kinds(self._nodes_of("codes"), self._iris)
        times = self._periods(general)
        self._indexed = {table: self._read_index(table) for table in ("words", "said")}
        for number, (iri, digest) in enumerate(self._graphs.items(), 1):
            records, nodes = read_graph(self._read(iri, digest), self._iris.base)
            maker = Maker(nodes, iri, self._iris, general, structural, lambda path: times.get(path, ()))
            yield from self._faults_of_records(iri, set(records))
            yield from self._faults_of_things(iri, {thing.path: thing for thing in maker.things()})
            if number % PAUSE == 0:
                self._say(f"{number} of {len(self._graphs)} graphs in the catalogue")
        (held,) = self._view.ask(f"SELECT count(*) FROM stands WHERE {HOLDS}")[0]
        if held != len(self._seen):
            yield f"it holds {held:,} records, and the graphs {len(self._seen):,}"
        yield from self._faults_of_sets()

    def _nodes_of(self, name: str) -> Nodes:
        iri = self._iris.graph(name)
        return read_graph(self._read(iri, self._graphs[iri]), self._iris.base)[1] if iri in self._graphs else {}

    def _periods(self, general: frozenset[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for iri, digest in self._graphs.items():
            nodes = read_graph(self._read(iri, digest), self._iris.base)[1]
            for path, times in Maker(nodes, iri, self._iris, general, frozenset(), lambda _: ()).periods().items():
                found[path] += times
        return found

    def _faults_of_records(self, iri: str, paths: set[str]) -> Iterator[str]:
        own = self._iris.path(iri)
        for path in sorted(paths | ({own[1:]} if own else set())):
            record = self._view.record(path)
            if record is None:
                yield f"{path} is missing"
            else:
                self._seen.add(record)

    def _faults_of_things(self, iri: str, things: dict[str, Thing]) -> Iterator[str]:
        rows = self._view.ask(
            "SELECT things.id, path, record, grp, body FROM things JOIN graphs ON graphs.id = graph"
            f" JOIN records ON records.id = record WHERE iri = :iri AND {HOLDS}",
            iri=iri,
        )
        for number, path, record, group, body in rows:
            thing = things.pop(path, None)
            if thing is None or thing.to_json() != body or fields.GROUPS[group] != thing.group:
                yield f"what is held of {path} is not what {iri} says"
                continue
            for key in keys_of(group, from_json(body).sets):
                self._sets[key].add(record)
            if not self._is_found(number, group, thing):
                yield f"{path} is not found by its words"
        for path in things:
            yield f"{path} of {iri} is not found by search"

    def _read_index(self, table: str) -> dict[int, int]:
        """Return the number of each thing in an index of words, and the sum of the hashes of its words.

        The index is read from end to end: to look each thing up by its words would take, for each, a time that grows
        with their number.
        """
        connection, sums = self._view.connection(), dict[int, int]()
        try:
            connection.execute(f"CREATE VIRTUAL TABLE temp.{table}_read USING fts5vocab(main, {table}, instance)")
            for word, number in connection.execute(f"SELECT term, doc FROM temp.{table}_read"):
                sums[number] = sums.get(number, 0) + hash(word)
            connection.execute(f"DROP TABLE temp.{table}_read")
        except sqlite3.Error as error:
            raise Catalogue.unavailable(str(error)) from None
        return sums

    def _is_found(self, number: int, group: int, thing: Thing) -> bool:
        table = "said" if group == fields.STATEMENT else "words"
        if self._indexed[table].get(number, 0) == sum(map(hash, set(thing.text.split()))):
            return True
        words = [word for word in thing.text.split() if word not in STOP_WORDS and not word.startswith("=")]
        if not words:
            return True
        match = " AND ".join(f'"{word}"' for word in words[:20])  # where the index cuts words otherwise
        return bool(
            self._view.ask(f"SELECT 1 FROM {table} WHERE {table} MATCH :match AND rowid = :id", match=match, id=number)
        )

    def _faults_of_sets(self) -> Iterator[str]:
        rows = self._view.ask(f"SELECT DISTINCT grp, name, value FROM sets WHERE {HOLDS}")
        for group, name, value in sorted({tuple(row) for row in rows} | self._sets.keys()):
            held = read_set(self._view.connection(), self._view.sequence, group, name, value)
            if held != self._sets.get((group, name, value), BitMap()):
                kind = fields.GROUPS[group]
                yield f"the set of {kind} by {name or 'group'} {value} has other members than the graphs"
