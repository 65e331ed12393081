"""Reading the search index of a release: what matches some words, what begins so, what is there to browse.

No query engine is asked, so what is here works also where that does not. Words from outside are never the index's own
query syntax: each is put in quotation marks.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from kg.errors import EngineUnavailable
from kg.names import fold, plain
from kg.release.search import FILE_NAME
from kg.web.language import SOURCE

WORDS = 12
"""Words of a search that are looked for; more of them narrow down nothing."""
FACETS = ("type", "claimant", "issue", "modality", "date")
_WORD = re.compile(r"(?:\w|[\u0300-\u036f])+")
"""A word, with the diacritics that are characters of their own."""
Selection = Mapping[str, Sequence[str]]
"""Name of a facet → the values of which one must hold."""


@dataclass(frozen=True, slots=True)
class Found:
    """An item with what matched in its label, and the other name that matched if the label did not.

    ``language`` and ``other_language`` are those of the two names, None where they are not known.
    """

    path: str
    label: tuple[tuple[str, bool], ...]
    other: tuple[tuple[str, bool], ...]
    kind: str
    group: str
    note: str
    claimant: str
    modality: str
    language: str | None = None
    other_language: str | None = None

    @property
    def text(self) -> str:
        """The label as it is."""
        return "".join(part for part, _ in self.label)


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a facet has among what is selected, and how often."""

    value: str
    label: str
    count: int
    is_selected: bool


class Index:
    """The index of one release. Safe for use by many threads."""

    def __init__(self, path: Path) -> None:
        """Take the file; it is opened by each thread on its own."""
        self._path = path
        self._own = threading.local()

    def search(
        self, text: str, group: str = "", limit: int = 20, offset: int = 0, language: str = SOURCE
    ) -> list[Found]:
        """Return what matches all words of a text, the best first: the same name, names that begin so, all others.

        Each has its label in the language, if there is one.
        """
        match = to_match(text)
        if not match:
            return []
        rows = self._ask(
            "SELECT items.* FROM words JOIN items ON items.id = words.rowid"
            " WHERE words MATCH ?1 AND (?2 = '' OR grouped = ?2)"
            " ORDER BY instr(names, char(10) || ?3 || char(10)) > 0 DESC, instr(names, char(10) || ?3) > 0 DESC,"
            "  bm25(words, 10, 6, 1), folded, path LIMIT ?4 OFFSET ?5",
            (match, group, fold(text), limit, offset),
        )
        return [_found(row, language, _words(text)) for row in rows]

    def count(self, text: str) -> dict[str, int]:
        """Return how many match all words of a text, by group."""
        match = to_match(text)
        sql = "SELECT grouped, count(*) FROM words JOIN items ON items.id = words.rowid WHERE words MATCH ? GROUP BY 1"
        return dict(self._ask(sql, (match,))) if match else {}

    def alike(self, text: str) -> str | None:
        """Return the text with its unknown words replaced by known ones that are much like them, or None."""
        known = [row[0] for row in self._ask("SELECT term FROM vocabulary ORDER BY cnt DESC", ())]
        words = _words(text)
        better = [word if word in known else next(iter(get_close_matches(word, known, 1, 0.7)), "") for word in words]
        return " ".join(better) if all(better) and better != words else None

    def browse(
        self,
        group: str,
        selection: Selection,
        letter: str = "",
        limit: int = 100,
        offset: int = 0,
        language: str = SOURCE,
    ) -> tuple[int, list[Found]]:
        """Return how many items of a group are selected, and some of them in the order of their English labels."""
        where, values = _where(group, selection, letter)
        [(total,)] = self._ask(f"SELECT count(*) FROM items WHERE {where}", values)  # noqa: S608 - no value in it
        rows = self._ask(
            f"SELECT * FROM items WHERE {where}"  # noqa: S608
            " ORDER BY folded, path LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return total, [_found(row, language, ()) for row in rows]

    def letters(self, group: str, selection: Selection) -> dict[str, int]:
        """Return how many of the selected items begin with each letter."""
        where, values = _where(group, selection, "")
        return dict(self._ask(f"SELECT letter, count(*) FROM items WHERE {where} GROUP BY 1 ORDER BY 1", values))  # noqa: S608

    def facets(self, group: str, selection: Selection, letter: str = "") -> dict[str, list[Value]]:
        """Return the values of each facet, each counted among what the letter and the other facets select."""
        found = {}
        for name in FACETS:
            others = {key: values for key, values in selection.items() if key != name}
            where, values = _where(group, others, letter)
            counted = f"FROM facets JOIN items ON items.id = item WHERE name = ? AND {where} GROUP BY value"
            sql = f"SELECT value, min(facets.label), count(*) {counted} ORDER BY 3 DESC, 2"
            rows = self._ask(sql, (name, *values))
            chosen = selection.get(name, ())
            found[name] = [Value(value, label, count, value in chosen) for value, label, count in rows]
        return {name: values for name, values in found.items() if values}

    def has(self, name: str, value: str) -> bool:
        """Return whether anything has this value of a facet."""
        return bool(self._ask("SELECT 1 FROM facets WHERE name = ? AND value = ? LIMIT 1", (name, value)))

    def groups(self) -> dict[str, int]:
        """Return how many items each group has."""
        return dict(self._ask("SELECT grouped, count(*) FROM items GROUP BY 1", ()))

    def _ask(self, sql: str, values: Sequence[object]) -> list[Any]:
        try:
            base = getattr(self._own, "base", None)
            if base is None:
                base = self._own.base = _open(self._path)
            found: list[Any] = base.execute(sql, values).fetchall()
            return found
        except sqlite3.Error as error:
            raise EngineUnavailable(
                f"The search index cannot be read ({error}). Browse by /browse or ask in SPARQL; whoever keeps this"
                " server makes it again by kg build."
            ) from None


@lru_cache(maxsize=4)
def open_index(folder: Path) -> Index:
    """Return the index in a release's folder."""
    return Index(folder / FILE_NAME)


def to_match(text: str) -> str:
    """Return words as a query of the index: each of them in quotation marks, the beginning of a word; "" for none."""
    return " ".join(f'"{word}"*' for word in _words(text))


def _words(text: str) -> list[str]:
    return plain(text).split()[:WORDS]


def _open(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(f"file:{path.absolute().as_posix()}?mode=ro&immutable=1", uri=True)
    base.row_factory = sqlite3.Row
    return base


def _where(group: str, selection: Selection, letter: str) -> tuple[str, tuple[object, ...]]:
    """Return a condition on items and its values, none of which is part of the condition's text."""
    parts: list[str] = ["grouped = ?"]
    values: list[object] = [group]
    for name, wanted in selection.items():
        marks = ", ".join("?" * len(wanted))
        parts.append(f"items.id IN (SELECT item FROM facets WHERE name = ? AND value IN ({marks}))")  # noqa: S608
        values += [name, *wanted]
    if letter:
        parts.append("letter = ?")
        values.append(letter)
    return " AND ".join(parts), tuple(values)


def _found(row: sqlite3.Row, language: str, words: Sequence[str]) -> Found:
    """Return an item; in a release made before names had their languages these are not known."""
    labels, languages = json.loads(row["languages"]) if "languages" in row.keys() else ({}, {})  # noqa: SIM118
    label = labels.get(language, row["label"])
    names = [_parts(name, words) for name in row["other"].split("\n") if name and name != label]
    other = next((name for name in names if any(is_match for _, is_match in name)), names[0] if names else ())
    said = (row["kind"], row["grouped"], row["note"], row["claimant"], row["modality"])
    named = "".join(part for part, _ in other)
    return Found(row["path"], _parts(label, words), other, *said, languages.get(label), languages.get(named))


def _parts(text: str, words: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """Return a text in parts, each with whether it is a word that begins like one that was looked for."""
    parts: list[tuple[str, bool]] = []
    for piece in re.split(f"({_WORD.pattern})", text):
        is_match = any(word.startswith(sought) for word in plain(piece).split() for sought in words)
        if parts and not is_match and not parts[-1][1]:
            parts[-1] = (parts[-1][0] + piece, False)
        elif piece:
            parts.append((piece, is_match))
    return tuple(parts)
