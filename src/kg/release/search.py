"""The search index of a release: names and descriptions of all that has a page, and by what it can be narrowed down.

::

    releases/<id>/search.sqlite     items    one row for each thing, with its kind, group, letter and label
                                    words    full-text index of the plain words of their labels, other names and notes
                                    facets   what each can be narrowed down by: kind, claimant, issue, modality, time

The words are plain (kg.names), and so are those that are looked for: SQLite alone would not find Łódź by lodz.

The same data give the same bytes. It is read without a lock and without the query engine.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Set
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, RDFS, SKOS, Dataset, Graph, Literal, URIRef
from rdflib.namespace import Namespace
from rdflib.term import Node

from kg.errors import ReleaseError, StorageFull
from kg.names import fold, plain
from kg.terms import Iris

FILE_NAME = "search.sqlite"

GROUPS = (
    ("Issue", "issue"),
    ("Event", "event"),
    ("Article", "article"),
    ("Document", "document"),
    ("Statement", "statement"),
    ("Entity", "entity"),
)
"""Class → the group in which its things are found; the first that fits."""
UNSEARCHED = ("ontology", "shapes", "queries", "description")
"""Graphs whose things are found elsewhere, if at all."""

MOST_MONTHS = 24
"""Months that a period may span to be found in each of them; a longer one is found in its years."""

_SCHEMA = """
CREATE TABLE items (id INTEGER PRIMARY KEY, path TEXT NOT NULL, label TEXT NOT NULL, other TEXT NOT NULL,
  note TEXT NOT NULL, kind TEXT NOT NULL, grouped TEXT NOT NULL, folded TEXT NOT NULL, names TEXT NOT NULL,
  letter TEXT NOT NULL, claimant TEXT NOT NULL, modality TEXT NOT NULL, languages TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5 (label, other, note, content='',
  tokenize='unicode61 remove_diacritics 2', prefix='2 3 4');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row);
CREATE TABLE facets (item INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, label TEXT NOT NULL,
  PRIMARY KEY (name, value, item)) WITHOUT ROWID;
CREATE INDEX items_by_group ON items (grouped, folded);
"""
_INSERT = f"INSERT INTO items VALUES ({', '.join('?' * 13)})"  # noqa: S608 - marks alone


@dataclass(frozen=True, slots=True)
class Item:
    """Something that has a page; ``facets`` are pairs of a name, a value as it stands in addresses, and its label.

    ``other`` are its other names, among them its labels in other languages than that of ``label``. ``translations``
    are pairs of a language and the label in it, ``languages`` pairs of a name and its language, as far as it is known.
    """

    path: str
    label: str
    other: tuple[str, ...]
    note: str
    kind: str
    group: str
    facets: tuple[tuple[str, str, str], ...] = ()
    translations: tuple[tuple[str, str], ...] = ()
    languages: tuple[tuple[str, str], ...] = ()

    def labels(self, name: str) -> str:
        """Return what a facet says, in words; for the modality its code."""
        return ", ".join(
            sorted({value if name == "modality" else label for n, value, label in self.facets if n == name})
        )


def write_index(dataset: Dataset, iris: Iris, general: Set[URIRef], folder: Path) -> None:
    """Write the index of a dataset to a release's folder; ``general`` are the classes that have others below them.

    Raises StorageFull or ReleaseError where it cannot be written.
    """
    write_items(find_items(dataset, iris, general), folder / FILE_NAME)


def write_items(items: Iterable[Item], path: Path) -> None:
    """Write an index of items in the order of their paths; raises StorageFull or ReleaseError where that fails."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as base:
            base.execute("PRAGMA journal_mode = OFF")
            base.executescript(_SCHEMA)
            base.execute("BEGIN")
            for number, item in enumerate(sorted(items, key=lambda item: item.path), 1):
                folded = fold(item.label)
                names = "\n".join(["", folded, *map(fold, item.other), ""])
                row = (item.path, item.label, "\n".join(item.other), item.note, item.kind, item.group)
                said = (item.labels("claimant"), item.labels("modality"))
                spoken = json.dumps([dict(item.translations), dict(item.languages)], ensure_ascii=False, sort_keys=True)
                base.execute(_INSERT, (number, *row, folded, names, _letter(folded), *said, spoken))
                words = (plain(item.label), "\n".join(map(plain, item.other)), plain(item.note))
                base.execute("INSERT INTO words (rowid, label, other, note) VALUES (?,?,?,?)", (number, *words))
                for name, value, label in sorted(set(item.facets)):
                    base.execute("INSERT OR IGNORE INTO facets VALUES (?,?,?,?)", (number, name, value, label))
            base.execute("INSERT INTO words (words) VALUES ('optimize')")
            base.execute("COMMIT")
            base.execute("VACUUM")
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise StorageFull(f"There is no room left on the disk of {path.parent}. Nothing was changed.") from error
        raise ReleaseError(f"The search index {path} cannot be written: {error}") from error


def find_items(dataset: Dataset, iris: Iris, general: Set[URIRef]) -> Iterator[Item]:
    """Yield what a dataset names that has a page: entities, statements, events, articles, and codes."""
    whole = Graph()
    for graph in dataset.graphs():
        if graph.identifier not in {URIRef(iris.graph(name)) for name in UNSEARCHED}:
            for triple in graph:
                whole.add(triple)
    att = Namespace(iris.term(""))
    for thing in sorted({s for s in whole.subjects(RDF.type) if isinstance(s, URIRef)}):
        path, label = iris.path(str(thing)), _label(whole, thing)
        if path is None or "#" in path or label is None:
            continue
        group = next((group for name, group in GROUPS if (thing, RDF.type, att[name]) in whole), None)
        if group is None and not path.startswith("/code/"):
            continue
        kind = _kind(whole, thing, att, general) if group else "Code"
        facets = tuple(_facets(whole, thing, kind, att, iris))
        other, translations, languages = _names(whole, thing, label)
        note = _note(whole, thing)
        yield Item(path, label, other, note, kind, group or "code", facets, translations, languages)


Pairs = tuple[tuple[str, str], ...]


def _names(graph: Graph, thing: URIRef, label: str) -> tuple[tuple[str, ...], Pairs, Pairs]:
    """Return the other names of a thing, its label in each language, and the language of each name."""
    labels = [(str(o), o.language) for o in _literals(graph, thing, RDFS.label) if o.language]
    others = _literals(graph, thing, SKOS.altLabel)
    other = {str(name) for name in others} | {text for text, _ in labels if text != label}
    languages = {(str(name), name.language) for name in others if name.language} | set(labels)
    translations = {(language.split("-")[0].lower(), text) for text, language in labels}
    return tuple(sorted(other)), tuple(sorted(translations)), tuple(sorted(languages))


def _literals(graph: Graph, thing: URIRef, name: URIRef) -> list[Literal]:
    return sorted(o for o in graph.objects(thing, name) if isinstance(o, Literal))


def facet_value(path: str) -> str:
    """Return what a facet has for a thing at a path: the name of an entity or code, of all others the whole path."""
    return re.sub(r"^/?((id|code)/)?", "", path)


def _letter(folded: str) -> str:
    return folded[0].upper() if folded[:1].isalpha() else "#"


def _label(graph: Graph, thing: URIRef) -> str | None:
    found = min(
        _literals(graph, thing, RDFS.label), key=lambda label: (label.language != "en", str(label)), default=None
    )
    return None if found is None else str(found)


def _note(graph: Graph, thing: URIRef) -> str:
    notes = [str(o) for name in (SKOS.definition, RDFS.comment) for o in graph.objects(thing, name)]
    return " ".join(sorted(notes))


def _kind(graph: Graph, thing: URIRef, att: Namespace, general: Set[URIRef]) -> str:
    """Return the name of the thing's most special class of ours."""
    own = sorted(str(cls) for cls in graph.objects(thing, RDF.type) if str(cls).startswith(str(att)))
    special = [cls for cls in own if URIRef(cls) not in general]
    return (special or own)[0].removeprefix(str(att))


def _facets(graph: Graph, thing: URIRef, kind: str, att: Namespace, iris: Iris) -> Iterator[tuple[str, str, str]]:
    yield "type", kind, kind
    for name in ("claimant", "issue", "modality"):
        for value in graph.objects(thing, att[name]):
            path = iris.path(str(value))
            if path is not None:
                yield name, facet_value(path), _label(graph, URIRef(str(value))) or path
    for period in graph.objects(thing, att.period):
        for time in _times(graph, period, att):
            yield "date", time, time


def _times(graph: Graph, period: Node, att: Namespace) -> list[str]:
    """Return the months that a period spans; where they are many or not known, or it is dated to years, the years."""
    ends = [
        (int(day[:4]), int(day[5:7]))
        for name in (att.firstDay, att.lastDay)
        for day in map(str, graph.objects(period, name))
        if re.match(r"[0-9]{4}-(0[1-9]|1[0-2])-", day)
    ]
    if not ends:
        return []
    (year, month), (last_year, last_month) = min(ends), max(ends)
    to_years = any(str(precision).endswith("/code/year") for precision in graph.objects(period, att.precision))
    months = range(year * 12 + month - 1, last_year * 12 + last_month)
    if len(ends) < 2 or to_years or len(months) > MOST_MONTHS:
        return [f"{one:04}" for one in range(year, last_year + 1)]
    return [f"{one // 12:04}-{one % 12 + 1:02}" for one in months]
